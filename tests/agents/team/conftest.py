import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from knowhow_memory.memory import Memory
from tests.conftest import FAST_DISK


@pytest.fixture
def store() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(dir=FAST_DISK) as folder:
        yield Path(folder) / "store"


@pytest.fixture
def memory(store: Path) -> Iterator[Memory]:
    with Memory.open(store, embedder="hash:64") as memory:
        yield memory


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"
