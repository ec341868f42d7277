"""Exact numbers: what is compared here must not depend on the processor's fast number type."""

import pytest
import torch

from knowhow_adapters.learn import rating, train


@pytest.fixture(autouse=True)
def exact(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (train, rating):
        monkeypatch.setattr(module, "working_type", lambda: torch.float32)
