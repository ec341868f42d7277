"""A version on trial is judged by the log."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import torch

from knowhow_adapters.artefact import linear_shapes, make_adapter
from knowhow_adapters.learn.trials import rule_on_trial
from knowhow_adapters.registry.lineage import Lineage
from knowhow_adapters.registry.registry import Registry
from knowhow_memory.memory import Memory
from knowhow_memory.models import OutcomeCreate
from tests.adapters.learn.kit import tiny_base

AGENT = "sums"


@pytest.fixture
def memory(tmp_path: Path) -> Iterator[Memory]:
    with Memory.open(tmp_path / "store", embedder="hash:16") as opened:
        yield opened


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> tuple[Registry, list[str]]:
    base, registry = tiny_base(), Registry(tmp_path_factory.mktemp("adapters"))
    refs = []
    for size in (0.0, 1e-3):
        layers = {
            path: (torch.ones(1, i), torch.full((o, 1), size))
            for path, (o, i) in linear_shapes(base).items()
        }
        adapter = make_adapter(AGENT, base.hash, layers, rank=1, alpha=1.0)
        refs.append(registry.publish(adapter, base, Lineage(origin="imported")))
    registry.promote(AGENT, refs[0], expect_revision=0, cause="a test")
    return registry, refs


def record(memory: Memory, version: str, rewards: list[float], arm: str = AGENT) -> None:
    memory.record_many(
        [
            OutcomeCreate(
                problem=f"{version} {at}", arm=arm, reward=reward, adapter_version=version
            )
            for at, reward in enumerate(rewards)
        ]
    )


def test_a_version_that_falls_short_is_taken_off_by_what_the_log_says(
    memory: Memory, published: tuple[Registry, list[str]]
) -> None:
    registry, (champion, tried) = published
    assert rule_on_trial(memory, registry, AGENT) is None
    record(memory, tried, [0.0] * 60)  # before its trial: no evidence about it
    registry.shadow(AGENT, tried, 0.1, cause="a test")
    record(memory, tried, [0.0] * 60, arm="another")
    for _ in range(10):
        record(memory, champion, [1.0] * 3)
        open_still = rule_on_trial(memory, registry, AGENT)
        assert open_still is not None and open_still.state == "open"
    for _ in range(20):
        record(memory, champion, [1.0] * 3)
        record(memory, tried, [0.0])
    ruling = rule_on_trial(memory, registry, AGENT)
    assert ruling is not None and ruling.state == "fell short" and ruling.requests <= 20
    assert registry.aliases(AGENT).shadow is None
    assert registry.champion(AGENT) == champion
    assert "fell short" in registry.history(AGENT)[-1].cause
