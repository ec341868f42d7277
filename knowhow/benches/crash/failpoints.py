"""Every operation on the disk as a point where the process ends, or where the disk says no.

Each step of a store's short life is lived once to see what it asks of the disk, and then again for
each operation and mishap. The store must then be in the state before or after the step, and it must
go on working.
"""

import random
import shutil
import signal
import threading
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from knowhow.benches.crash.clients import EMBEDDER
from knowhow.benches.crash.inspection import integrity_faults
from knowhow.benches.crash.operations import Kind, Role
from knowhow.benches.crash.processes import end, received, start
from knowhow.benches.crash.scenario import (
    ON_A_CLOSED_STORE,
    STEPS,
    STORE,
    Life,
    outcome,
    portrait,
)
from knowhow.benches.crash.taps import GROWING, Breakdown, Mishap, observe
from knowhow_memory.database import DATABASE_FILE
from knowhow_memory.errors import InternalError, KnowhowError
from knowhow_memory.memory import Memory

LANES = 2
"""While one store is looked at, the next step is lived."""
CRASHES = (Mishap.CRASH_BEFORE, Mishap.CRASH_HALFWAY, Mishap.CRASH_AFTER)
AFTERWARDS = "afterwards"


@dataclass(frozen=True)
class Point:
    """The n-th operation (from 1) that a step asks for."""

    step: int
    number: int
    role: Role
    kind: Kind


@dataclass(frozen=True)
class Case:
    point: Point
    mishap: Mishap

    def __str__(self) -> str:
        point = self.point
        step = STEPS[point.step].__name__
        return f"{self.mishap} at operation {point.number} of {step!r} ({point.role} {point.kind})"


@dataclass(frozen=True)
class Done:
    """The step returned."""

    portrait: str
    asked: list[tuple[Role, Kind]]
    ids: dict[str, str]


@dataclass(frozen=True)
class Refusal:
    """The step raised: what the caller heard, and what the store held then."""

    portrait: str
    error: str


@dataclass
class Tally:
    points: int = 0
    runs: int = 0
    crashes: int = 0
    errors: Counter[str] = field(default_factory=Counter)
    faults: list[str] = field(default_factory=list)


class Failpoints:
    """`points` are all operations of all steps; `strike` lets some of them go wrong."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir()
        self._folder = folder
        self._looking = threading.Lock()
        self._ids: list[dict[str, str]] = [{}]
        self._states = [portrait(folder)]
        """What is there before the first step, and after each."""
        self.points: list[Point] = []
        self._before(0).mkdir()
        for step in range(len(STEPS)):
            self._find_points(step)

    def cases(self) -> list[Case]:
        return [Case(point, mishap) for point in self.points for mishap in mishaps_at(point)]

    def sample(self, size: int, rng: random.Random) -> list[Case]:
        """One case of each kind of operation in each step, as far as `size` goes."""
        kinds: dict[tuple[object, ...], list[Case]] = defaultdict(list)
        for case in self.cases():
            point = case.point
            kinds[point.step, point.role, point.kind].append(case)
        picked = [rng.choice(cases) for cases in kinds.values()]
        return rng.sample(picked, min(size, len(picked)))

    def strike(self, cases: Sequence[Case], report: Callable[[str], None]) -> Tally:
        tally = Tally(points=len({case.point for case in cases}))
        with ThreadPoolExecutor(LANES) as lanes:
            for _ in lanes.map(lambda case: self._try(case, tally), cases):
                tally.runs += 1
                report(f"failpoints: {tally.runs} of {len(cases)}")
        return tally

    def _before(self, step: int) -> Path:
        return self._folder / f"before-{step}"

    def _find_points(self, step: int) -> None:
        place = self._before(step + 1)
        match self._live(step, place):
            case [Done() as done]:
                self._states.append(done.portrait)
                self._ids.append(done.ids)
                for number, (role, kind) in enumerate(done.asked, start=1):
                    self.points.append(Point(step, number, role, kind))
            case answers:
                raise InternalError(f"{STEPS[step].__name__!r} fails by itself: {answers}")

    def _try(self, case: Case, tally: Tally) -> None:
        step = case.point.step
        place = self._folder / f"{step}-{case.point.number}-{case.mishap}"
        before, after = self._states[step : step + 2]
        faults: list[str] = []
        crashed = True
        for answer in self._live(step, place, case):
            match answer:
                case Done(found):
                    crashed, allowed = False, {after}
                case Refusal(found, error):
                    crashed, allowed = False, {before, after}
                    tally.errors[error.partition(":")[0]] += 1
                case fault:
                    faults.append(fault)
                    continue
            if found not in allowed:
                faults.append(f"{answer} is neither the state before nor the one after")
        # A store that is not there yet is made when it is opened again.
        allowed = {after} if step == 0 else {before, after}
        with self._looking:
            faults += look(place, allowed if crashed else None)
        tally.crashes += crashed
        tally.faults += [f"{case}: {fault}" for fault in faults]
        shutil.rmtree(place)

    def _live(self, step: int, place: Path, case: Case | None = None) -> list[Any]:
        """What a process said that lived one step in a copy of the state before."""
        shutil.copytree(self._before(step), place)
        process, pipe = start(live, place, step, dict(self._ids[step]), case)
        answers = received(pipe)
        code = end(process)
        expected = -signal.SIGKILL if case and case.mishap in CRASHES else 0
        if code != expected:
            answers.append(f"the process ended with {code} instead of {expected}")
        return answers


def mishaps_at(point: Point) -> Iterator[Mishap]:
    yield Mishap.CRASH_BEFORE
    yield Mishap.CRASH_AFTER
    if point.kind is Kind.WRITE:
        yield Mishap.CRASH_HALFWAY
    if point.kind in GROWING:
        yield Mishap.DISK_FULL
    if (point.role, point.kind) != (Role.JOURNAL, Kind.SYNC_FOLDER):  # SQLite swallows that one
        yield Mishap.IO_ERROR


def live(
    pipe: Connection, folder: Path, number: int, ids: dict[str, str], case: Case | None
) -> None:
    tap = Breakdown()
    observe(tap, folder)
    life, step = Life(folder, ids), STEPS[number]
    if step not in ON_A_CLOSED_STORE:
        life.open()
    tap.arm(case.point.number if case else 0, case.mishap if case else Mishap.IO_ERROR)
    try:
        step(life)
    except KnowhowError as error:
        tap.disarm()
        pipe.send(Refusal(portrait(folder), f"{type(error).__name__}: {error}"))
    except Exception as error:  # noqa: BLE001  whatever it is, it is reported as a fault
        tap.disarm()
        pipe.send(Refusal(portrait(folder), f"{type(error).__name__}: {error}"))
        pipe.send(f"the caller heard {error!r}")
    else:
        tap.disarm()
        pipe.send(Done(portrait(folder), tap.asked, life.ids))
    if case:
        go_on(pipe, life)
    elif life.is_open:
        life.memory.close()


def go_on(pipe: Connection, life: Life) -> None:
    """The disk works again: so does the store, without being opened anew."""
    try:
        if not life.is_open:
            life.open()
        life.memory.record(outcome(AFTERWARDS))
        life.memory.close()
    except Exception as error:  # noqa: BLE001  whatever it is, it is reported as a fault
        pipe.send(f"after the mishap the store does not go on: {error!r}")


def look(folder: Path, allowed: set[str] | None) -> list[str]:
    """What is wrong with a store once it is opened again."""
    try:
        with Memory.open(folder / STORE, embedder=EMBEDDER) as memory:
            faults = [] if memory.check().ok else ["the index is not the rows"]
            if allowed is not None and portrait(folder) not in allowed:
                faults.append("the state is neither before nor after the step")
            memory.record(outcome(AFTERWARDS))
    except KnowhowError as error:
        return [f"it cannot be used again: {error}"]
    return faults + integrity_faults(folder / STORE / DATABASE_FILE)
