"""Every operation on the disk while versions are published and moved, as a point where the process
ends or where the disk says no.

A registry's short life is cut into steps. Each is lived once to see what it asks of the disk, then
again for every operation and mishap, in a process that is forked for it. Afterwards another process
looks: no version may be visible that does not load, the champion must load, the state must be the
one before the step or after it, and the step must be possible again. Knows nothing about outcomes.
"""

import os
import random
import shutil
import signal
import traceback
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cache
from multiprocessing.connection import Connection
from pathlib import Path
from typing import TYPE_CHECKING, Any

from knowhow.benches.crash import python_files
from knowhow.benches.crash.operations import Kind
from knowhow.benches.crash.processes import attend, start
from knowhow.benches.crash.taps import GROWING, Breakdown, Mishap
from knowhow_memory.errors import InternalError, KnowhowError, StoreError, StoreFullError

if TYPE_CHECKING:
    from knowhow_adapters.adapter import Adapter
    from knowhow_adapters.base.load import Base
    from knowhow_adapters.registry.registry import Registry

AGENT = "sums"
CRASHES = (Mishap.CRASH_BEFORE, Mishap.CRASH_AFTER, Mishap.CRASH_HALFWAY)
DONE, REFUSED, WRONG = 0, 10, 11
"""How a forked process says what became of its step."""


@dataclass
class Tally:
    operations: dict[str, int] = field(default_factory=dict)
    """Step → what it asks of the disk."""
    kills: int = 0
    refusals: int = 0
    faults: list[str] = field(default_factory=list)
    partial: int = 0
    """Versions that were visible and did not load."""
    lost: int = 0
    """Champions that did not load."""


@dataclass(frozen=True)
class State:
    """What another process sees of a registry."""

    versions: frozenset[str]
    champion: str | None
    shadow: str | None
    revision: int


class Life:
    """The steps, in the order in which they are lived; each may be lived again after a mishap."""

    def __init__(self, base: "Base") -> None:
        self.base = base
        self.adapter = cache(self._make)

    def first(self, registry: "Registry") -> None:
        for number in range(5):
            self.publish_one(registry, number)
        self.promote_one(registry, 0)

    def publish(self, registry: "Registry") -> None:
        self.publish_one(registry, 5)

    def promote(self, registry: "Registry") -> None:
        self.promote_one(registry, 5)

    def shadow(self, registry: "Registry") -> None:
        registry.shadow(AGENT, self.adapter(4).ref, 0.1, cause="a trial")

    def rollback(self, registry: "Registry") -> None:
        seen = registry.aliases(AGENT).revision
        registry.rollback(AGENT, cause="it fell short", expect_revision=seen)

    def forget(self, registry: "Registry") -> None:
        registry.forget(AGENT)

    def publish_one(self, registry: "Registry", number: int) -> None:
        from knowhow_adapters.registry.lineage import Lineage

        registry.publish(self.adapter(number), self.base, Lineage(origin="trained", seed=number))

    def promote_one(self, registry: "Registry", number: int) -> None:
        seen = registry.aliases(AGENT).revision
        ref = self.adapter(number).ref
        registry.promote(AGENT, ref, expect_revision=seen, cause="it is better")

    def _make(self, number: int) -> "Adapter":
        from knowhow.benches._adapters import random_adapter

        return random_adapter(self.base, number, agent=AGENT)


STEPS = (Life.publish, Life.promote, Life.shadow, Life.rollback, Life.forget)


def strike_everywhere(
    base: Path, folder: Path, *, kills: int, seed: int, report: Callable[[str], None]
) -> Tally:
    """`kills` at every operation, and every refusal once."""
    tally: Tally = attend(*start(_nurse, base, folder, kills, seed), report)
    return tally


def _nurse(pipe: Connection, base: Path, folder: Path, kills: int, seed: int) -> None:
    """Holds what is costly to load, and forks a process for every mishap."""
    import torch

    from knowhow_adapters.base.load import load_base

    torch.set_num_threads(1)  # the helpers of more would not survive a fork
    folder.mkdir()
    pipe.send(_Ward(Life(load_base(str(base))), folder, pipe, random.Random(seed)).strike(kills))


class _Ward:
    def __init__(self, life: Life, folder: Path, pipe: Connection, rng: random.Random) -> None:
        self._life, self._folder, self._pipe, self._rng = life, folder, pipe, rng
        self._tally = Tally()

    def strike(self, kills: int) -> Tally:
        before = self._folder / "first"
        self._life.first(_registry(before))
        for step in STEPS:
            after = self._folder / step.__name__
            shutil.copytree(before, after)
            step(self._life, _registry(after))
            self._strike_step(step, before, kills)
            before = after
        return self._tally

    def _strike_step(self, step: "Step", before: Path, kills: int) -> None:
        asked = self._asked(step, before)
        self._tally.operations[step.__name__] = len(asked)
        for number, kind in enumerate(asked, start=1):
            for mishap in self._mishaps(kind, kills):
                self._pipe.send(f"{step.__name__}: operation {number} of {len(asked)}")
                self._try(step, before, number, mishap)

    def _mishaps(self, kind: Kind, kills: int) -> Iterator[Mishap]:
        crashes = CRASHES if kind is Kind.WRITE else CRASHES[:-1]
        first = self._rng.randrange(len(crashes))
        yield from (crashes[(first + number) % len(crashes)] for number in range(kills))
        yield Mishap.IO_ERROR
        if kind in GROWING:
            yield Mishap.DISK_FULL

    def _asked(self, step: "Step", before: Path) -> list[Kind]:
        """What the step asks of the disk, told by a process that lives it."""
        place = self._copy(before)
        reader, writer = os.pipe()
        child = os.fork()
        if not child:
            tap = Breakdown()
            code = self._live(step, place, tap, 0, Mishap.IO_ERROR)
            os.write(writer, "\n".join(kind for _, kind in tap.asked).encode())
            os._exit(code)
        os.close(writer)
        with os.fdopen(reader) as told:
            kinds = [Kind(line) for line in told.read().splitlines()]
        if os.waitpid(child, 0)[1] or not kinds:
            raise InternalError(f"{step.__name__!r} fails by itself")
        return kinds

    def _try(self, step: "Step", before: Path, number: int, mishap: Mishap) -> None:
        place = self._copy(before)
        child = os.fork()
        if not child:
            os._exit(self._live(step, place, Breakdown(), number, mishap))
        code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        expected = (-signal.SIGKILL,) if mishap in CRASHES else (DONE, REFUSED)
        self._tally.kills += code == -signal.SIGKILL
        self._tally.refusals += code == REFUSED
        where = f"{mishap} at operation {number} of {step.__name__!r}"
        if code not in expected:
            self._tally.faults.append(f"{where}: the process ended with {code}")
        after = self._look(self._folder / step.__name__)
        allowed = [after] if code == DONE else [self._look(before), after]
        for fault in self._examine(step, place, allowed):
            self._tally.faults.append(f"{where}: {fault}")

    def _live(self, step: "Step", place: Path, tap: Breakdown, at: int, mishap: Mishap) -> int:
        """In a process of its own, which has no way back from being observed."""
        python_files.install(tap, place)
        tap.arm(at, mishap)
        try:
            step(self._life, _registry(place))
        except StoreError as error:
            full = mishap is Mishap.DISK_FULL
            return REFUSED if isinstance(error, StoreFullError) == full else WRONG
        except BaseException:  # noqa: BLE001  whatever it is, it is reported as a fault
            traceback.print_exc()
            return WRONG
        finally:
            tap.disarm()
        return DONE

    def _examine(self, step: "Step", place: Path, allowed: list[State]) -> Iterator[str]:
        registry, after = _registry(place), allowed[-1]
        for ref in registry.refs(AGENT):
            if error := self._complaint(registry, ref):
                self._tally.partial += 1
                yield error
        if (champion := registry.champion(AGENT)) and (
            error := self._complaint(registry, champion)
        ):
            self._tally.lost += 1
            yield error
        if (found := self._look(place)) not in allowed:
            yield f"{found} is neither the state before nor the one after"
        try:
            # Who was stopped while publishing publishes again, and what is there stays.
            if found != after or step is Life.publish:
                step(self._life, registry)
        except KnowhowError as error:
            yield f"it is not possible again: {error}"
        if self._look(place) != after:
            yield "done again, it leads to something else"
        yield from self._misremembered(registry, after)

    def _complaint(self, registry: "Registry", ref: str) -> str | None:
        try:
            registry.verify(ref, self._life.base)
        except KnowhowError as error:
            return f"{ref!r} is visible and does not load: {error}"
        return None

    def _misremembered(self, registry: "Registry", after: State) -> Iterator[str]:
        history = registry.history(AGENT)
        told = sorted({move.revision for move in history if move.revision})
        if told != list(range(1, after.revision + 1)):
            yield f"the history tells of the revisions {told}"
        published = sorted(str(move.ref) for move in history if move.move == "published")
        if len(set(published)) < len(published) or not after.versions <= set(published):
            yield f"the history tells of the versions {published}"

    def _look(self, place: Path) -> State:
        registry = _registry(place)
        aliases = registry.aliases(AGENT)
        versions = frozenset(registry.refs(AGENT))
        return State(versions, aliases.champion, aliases.shadow, aliases.revision)

    def _copy(self, before: Path) -> Path:
        place = self._folder / "tried"
        shutil.rmtree(place, ignore_errors=True)
        shutil.copytree(before, place)
        return place


Step = Callable[[Life, Any], None]


def _registry(folder: Path) -> "Registry":
    from knowhow_adapters.registry.registry import Registry

    return Registry(folder)
