from collections.abc import Iterator
from pathlib import Path

import pytest

from knowhow_memory.memory import Memory


@pytest.fixture
def memory(tmp_path: Path) -> Iterator[Memory]:
    with Memory.open(tmp_path / "store", embedder="hash:64") as memory:
        yield memory


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"
