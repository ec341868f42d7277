"""A router that has learnt from given outcomes, in a memory that is gone afterwards."""

import contextlib
import tempfile
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from knowhow_memory.models import OutcomeCreate
    from knowhow_router.router import Routed, Router

EMBEDDER = "all-MiniLM-L6-v2"


@contextlib.contextmanager
def router_of(outcomes: "Sequence[OutcomeCreate]") -> "Iterator[Router]":
    from knowhow_memory.memory import Memory
    from knowhow_router.router import Router

    with (
        tempfile.TemporaryDirectory() as folder,
        Memory.open(folder, embedder=EMBEDDER) as memory,
    ):
        memory.record_many(outcomes)
        yield Router(memory)


def advised(router: "Router", problem: str) -> "Routed":
    """What it would do when it tries nothing out."""
    routed = router.advise(problem)
    assert routed is not None, "a router that has learnt from nothing"
    return routed
