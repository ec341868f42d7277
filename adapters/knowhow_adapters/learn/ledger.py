"""Where one specialist's learning stands: up to which outcome it has learnt, the run that is under
way, and what came of the last one.

A small file that replaces itself atomically. A run's order is written down before the run begins
and struck out only once its result is, so whoever comes after a kill knows what to go on with. One
process at a time may hold a specialist's ledger. Knows nothing about how learning is done.
"""

import contextlib
import fcntl
from collections.abc import Iterator
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from knowhow_memory.durable import make_folder, write_file
from knowhow_memory.errors import ConflictError, StoreDamagedError

LEDGER, LOCK = "learning.json", "learning.lock"
Result = Literal["better", "not shown", "worse", "nothing to learn", "broken"]


class LearningElsewhere(ConflictError):
    """Another process is learning for the same specialist."""


class _Kept(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Order(_Kept):
    """A run that was begun: everything that its result follows from, beside the log."""

    after: int
    """Outcomes up to this one were learnt before."""
    until: int
    """The last outcome that this run may look at."""
    outcomes: int
    champion: str | None
    seed: int


class Report(_Kept):
    """What came of a run."""

    until: int
    outcomes: int
    result: Result
    champion: str | None
    """Who served when the run began."""
    candidate: str | None
    reasons: tuple[str, ...]
    seconds: float
    finished_at: float


class Ledger(_Kept):
    learnt: int = 0
    runs: int = 0
    order: Order | None = None
    last: Report | None = None


def read_ledger(folder: Path) -> Ledger:
    path = folder / LEDGER
    try:
        return Ledger.model_validate_json(path.read_bytes())
    except FileNotFoundError:
        return Ledger()
    except ValidationError:
        raise StoreDamagedError(
            f"{str(path)!r} cannot be read: delete it, and counting begins anew"
        ) from None


def write_ledger(folder: Path, ledger: Ledger) -> None:
    make_folder(folder)
    write_file(folder / LEDGER, ledger.model_dump_json(indent=2).encode())


@contextlib.contextmanager
def only_learner(folder: Path, agent: str) -> Iterator[None]:
    """While held, nobody else learns for this specialist; a killed process holds nothing."""
    make_folder(folder)
    with (folder / LOCK).open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise LearningElsewhere(
                f"another process is learning for {agent!r}: see 'knowhow learn status'"
            ) from None
        yield
