"""kill -9 at random moments of learning: does the same call go on, and does it end the same?

A specialist with a champion has new outcomes to learn from. One run is lived undisturbed; then many
get SIGKILL at a random moment, as processes that are forked for it or as the command that anybody
would start. After every kill another process looks: what is visible loads, and the champion is
among it. Then comes the same call again, and must end with the version of the undisturbed run.
Knows nothing about how training goes on.
"""

import os
import random
import shutil
import signal
import sys
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from pathlib import Path
from typing import TYPE_CHECKING

from knowhow.benches._records import NESTED
from knowhow.benches.crash.processes import FAILED, attend, start
from knowhow_memory.errors import InternalError, KnowhowError

if TYPE_CHECKING:
    from knowhow_adapters.base.load import Base
    from knowhow_adapters.learn.loop import Learner
    from knowhow_adapters.registry.registry import Registry
    from knowhow_memory.memory import Memory

AGENT = NESTED.agent
EMBEDDER = "hash:64"
COMMAND = ("-m", "knowhow", "learn", "run", "--agent", AGENT, "--now", "--json")
LOG = "commands.log"


@dataclass
class Struck:
    """What became of runs that were killed."""

    kills: int = 0
    on_the_way: int = 0
    """Of these, how many left a checkpoint to go on from."""
    same: int = 0
    """Runs that ended with the version of the undisturbed one."""
    seconds: float = 0.0
    """What the undisturbed one took."""


@dataclass
class Tally:
    forked: Struck = field(default_factory=Struck)
    commanded: Struck = field(default_factory=Struck)
    partial: int = 0
    """Versions that were visible and did not load."""
    lost: int = 0
    """Times the champion was another one, or none."""
    faults: list[str] = field(default_factory=list)


def strike_learning(
    base: Path,
    folder: Path,
    *,
    outcomes: int,
    kills: int,
    commands: int,
    seed: int,
    report: Callable[[str], None],
) -> Tally:
    """`kills` in forked processes and `commands` of the command; each run learns from so many new
    outcomes."""
    given = (base, folder, outcomes, kills, commands, seed)
    tally: Tally = attend(*start(_nurse, *given), report)
    return tally


def _nurse(
    pipe: Connection, base: Path, folder: Path, outcomes: int, kills: int, commands: int, seed: int
) -> None:
    """Holds what is costly to load, and forks a process for every run."""
    import torch

    from knowhow_adapters.base.load import load_base

    torch.set_num_threads(1)  # the helpers of more would not survive a fork
    folder.mkdir()
    ward = _Ward(load_base(str(base)), folder, pipe, random.Random(seed))
    pipe.send(ward.strike(outcomes, kills, commands))


class _Ward:
    def __init__(self, base: "Base", folder: Path, pipe: Connection, rng: random.Random) -> None:
        self._base, self._folder, self._pipe, self._rng = base, folder, pipe, rng
        self._tally = Tally()

    def strike(self, outcomes: int, kills: int, commands: int) -> Tally:
        before = self._folder / "before"
        expected = self._prepare(before, outcomes)
        for begin, count, struck in (
            (self._fork, kills, self._tally.forked),
            (self._spawn, commands, self._tally.commanded),
        ):
            if count:
                self._strike(begin, before, expected, count, struck)
        return self._tally

    def _prepare(self, place: Path, outcomes: int) -> "Expected":
        """A champion that learnt from the first half of the outcomes; the other half is new. Lives
        one run undisturbed, to see what others must end with."""
        drawn = NESTED.draw_outcomes(2 * outcomes, self._rng.randrange(2**31))
        with _memory(place) as memory:
            memory.record_many(drawn[:outcomes])
            _learn(learner := _learner(memory, self._base, place))
            [ref] = learner.registry.refs(AGENT)
            aliases = learner.registry.aliases(AGENT)
            if aliases.champion is None:
                learner.registry.promote(
                    AGENT, ref, expect_revision=aliases.revision, cause="a bench"
                )
            memory.record_many(drawn[outcomes:])
        self._live(self._fork, tried := self._copy(place))
        if (candidate := _candidate(tried)) is None:
            raise InternalError("learning ended without a version: see stderr")
        return Expected(candidate, {ref, _registry(tried).champion(AGENT)})

    def _strike(
        self, begin: "Begin", before: Path, expected: "Expected", count: int, struck: Struck
    ) -> None:
        usual = struck.seconds = self._live(begin, self._copy(before))
        while struck.kills < count:
            self._pipe.send(f"learning: {struck.kills} of {count} kills")
            place = self._copy(before)
            child = begin(place)
            time.sleep(lived := self._rng.uniform(0, usual))
            os.kill(child, signal.SIGKILL)
            if _ended(child) != -signal.SIGKILL:
                continue  # it was faster than usual
            struck.kills += 1
            struck.on_the_way += _has_checkpoint(place)
            self._look(place, expected.champions)
            # The machine may have become slower: kills at early moments alone would prove little.
            usual = (usual + lived + self._live(begin, place)) / 2
            self._look(place, expected.champions)
            struck.same += _candidate(place) == expected.candidate

    def _live(self, begin: "Begin", place: Path) -> float:
        """How long it took."""
        began = time.monotonic()
        if code := _ended(begin(place)):
            self._tally.faults.append(f"a run that nobody killed ended with {code}")
        return time.monotonic() - began

    def _look(self, place: Path, champions: set[str | None]) -> None:
        registry = _registry(place)
        for ref in registry.refs(AGENT):
            try:
                registry.verify(ref, self._base)
            except KnowhowError as error:
                self._tally.partial += 1
                self._tally.faults.append(f"{ref!r} is visible and does not load: {error}")
        if (found := registry.champion(AGENT)) not in champions:
            self._tally.lost += 1
            self._tally.faults.append(f"the champion is {found!r}, which never won")

    def _fork(self, place: Path) -> int:
        child = os.fork()
        if not child:
            code = FAILED
            try:
                with _memory(place) as memory:
                    _learn(_learner(memory, self._base, place))
                code = 0
            except BaseException:  # noqa: BLE001  told by the exit status
                traceback.print_exc()
            finally:
                os._exit(code)
        return child

    def _spawn(self, place: Path) -> int:
        environment = os.environ | {
            "KNOWHOW_MEMORY__LOCATION": str(place),
            "KNOWHOW_EMBEDDER__MODEL": EMBEDDER,
            "KNOWHOW_SMALL_MODEL__BASE": str(self._base.folder),
            "OMP_NUM_THREADS": "1",  # as the forked ones: the last bits depend on it
        }
        log = str(self._folder / LOG)
        said = [(os.POSIX_SPAWN_OPEN, to, log, os.O_WRONLY | os.O_CREAT, 0o666) for to in (1, 2)]
        program = sys.executable
        return os.posix_spawn(program, [program, *COMMAND], environment, file_actions=said)

    def _copy(self, before: Path) -> Path:
        place = self._folder / "tried"
        shutil.rmtree(place, ignore_errors=True)
        shutil.copytree(before, place)
        return place


@dataclass(frozen=True)
class Expected:
    candidate: str
    """The version that every run must end with."""
    champions: set[str | None]
    """Those who may serve, before the run ends or after."""


Begin = Callable[[Path], int]
"""Starts learning in a process of its own, and gives its number."""


def _ended(child: int) -> int:
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def _learn(learner: "Learner") -> None:
    from knowhow_adapters.learn.loop import Specialist

    learner.learn(Specialist(AGENT), now=True)


def _learner(memory: "Memory", base: "Base", place: Path) -> "Learner":
    from knowhow_adapters.learn.loop import Learner

    return Learner(memory, base, _registry(place), _learning(place))


def _memory(place: Path) -> "Memory":
    from knowhow_memory.memory import Memory

    return Memory.open(place, embedder=EMBEDDER)


def _registry(place: Path) -> "Registry":
    from knowhow_adapters.registry.registry import Registry

    return Registry(place / "adapters")


def _learning(place: Path) -> Path:
    return place / "learning"


def _has_checkpoint(place: Path) -> bool:
    from knowhow_adapters.learn.checkpoint import CHECKPOINT
    from knowhow_adapters.learn.loop import RUN

    return (_learning(place) / AGENT / RUN / CHECKPOINT).exists()


def _candidate(place: Path) -> str | None:
    """What the last run ended with."""
    from knowhow_adapters.learn.ledger import read_ledger

    last = read_ledger(_learning(place) / AGENT).last
    return last.candidate if last else None
