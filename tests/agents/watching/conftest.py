"""A recorder over a real store, and what it kept."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from knowhow_agents.watching.keeping import Keeping
from knowhow_agents.watching.plain import without_secrets
from knowhow_agents.watching.recorder import Recorder
from knowhow_memory.decisions import DecisionPublic, newest_decisions
from knowhow_memory.memory import Memory
from knowhow_memory.models import OutcomePublic

EMBEDDER = "hash:64"


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Memory]:
    with Memory.open(tmp_path / "store", embedder=EMBEDDER) as memory:
        yield memory


@pytest.fixture
def make(store: Memory) -> Iterator[Callable[..., Recorder]]:
    """Recorders with terms of their own."""
    made: list[Recorder] = []

    def recorder(text: bool = True, **terms: Any) -> Recorder:
        home = (store, Keeping("default", without_secrets, text=text))
        made.append(Recorder(lambda: home, **terms))
        return made[-1]

    yield recorder
    for each in made:
        each.close()


@pytest.fixture
def recorder(make: Callable[..., Recorder]) -> Recorder:
    return make()


@pytest.fixture
def decisions(store: Memory, recorder: Recorder) -> Callable[[], list[DecisionPublic]]:
    """What was kept, the oldest first."""

    def read() -> list[DecisionPublic]:
        assert recorder.flush()
        return newest_decisions(store.database, 100)[::-1]

    return read


@pytest.fixture
def outcomes(store: Memory, recorder: Recorder) -> Callable[[], list[OutcomePublic]]:
    """What was judged, the oldest first."""

    def read() -> list[OutcomePublic]:
        assert recorder.flush()
        return list(store.outcomes(trajectories=True))

    return read
