"""From a cold store to a version that serves, while outcomes stream in and the learner is killed.

One process records attempts of a toy specialist, some at a time; `knowhow learn run` watches the
same store as anybody would start it, and gets SIGKILL at random moments. After every kill another
look: all versions load, the champion is among them, and every attempt is counted exactly once, as
learnt from or as new. Beside it: what the base alone and the first champion answer rightly. Then
single runs, each killed once at a random moment and called again: do the weights come out the same?
Last, how long a run takes that nobody disturbs, from new outcomes to its verdict.
"""

import os
import random
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from knowhow.benches._base import load_bench_base
from knowhow.benches._records import NESTED
from knowhow.figures import Figures

if TYPE_CHECKING:
    from knowhow_adapters.base.load import Base
    from knowhow_adapters.learn.counting import Standing
    from knowhow_adapters.registry.registry import Registry
    from knowhow_memory.memory import Memory

AGENT = NESTED.agent
OUTCOMES, QUICK_OUTCOMES = 500, 60
"""New ones that start a run, here as in the settings' default."""
RUNS = 2
"""Worth of outcomes that stream in."""
KILLS, QUICK_KILLS = 20, 2
BATCH, PAUSE_S = 10, 0.5
"""A learner looks at what is new more often than this brings much."""
LIFE_S = (2.0, 25.0)
"""How long a learner may live: from before it has loaded the base to after a few checkpoints."""
PATIENCE_S = 900.0
LOOK_S = 1.0
ONE_RUN, QUICK_ONE_RUN = 120, 25
"""New outcomes of a run that is killed once; as many were learnt before. Enough for checkpoints."""
ONE_KILLS, QUICK_ONE_KILLS = 50, 2
COMMANDS, QUICK_COMMANDS = 10, 0
EMBEDDER = "hash:64"
NOTE = (
    "faults: versions that did not load, champions that were none of them, attempts counted twice "
    "or not at all, seen after a kill. The stream is of a toy specialist whose attempts are right "
    "six times in ten; gain: the first champion's share of right answers less the bare base's, on "
    "held-out problems, as its gate saw it. one_run, one_command: a run killed once, as a forked "
    "process or as the command; same_version: of them, those that the same call again ended with "
    "the very weights of an undisturbed run; on_the_way: those that left a checkpoint. calm: "
    "undisturbed runs, each from as many new outcomes to its gate's verdict."
)


@dataclass
class Place:
    """A store with what lies beside it."""

    folder: Path
    base: "Base"
    outcomes: int
    recorded: int = 0
    faults: list[str] = field(default_factory=list)

    def environment(self) -> dict[str, str]:
        return os.environ | {
            "KNOWHOW_MEMORY__LOCATION": str(self.folder / "store"),
            "KNOWHOW_EMBEDDER__MODEL": EMBEDDER,
            "KNOWHOW_SMALL_MODEL__BASE": str(self.base.folder),
            "KNOWHOW_LEARNING__OUTCOMES": str(self.outcomes),
        }

    @contextmanager
    def memory(self) -> "Iterator[Memory]":
        from knowhow_memory.memory import Memory

        with Memory.open(self.folder / "store", embedder=EMBEDDER) as memory:
            yield memory

    def registry(self) -> "Registry":
        from knowhow_adapters.registry.registry import Registry

        return Registry(self.folder / "store" / "adapters")

    def standing(self, memory: "Memory") -> "Standing":
        from knowhow_adapters.learn.counting import standing

        root = self.folder / "store" / "learning"
        return standing(memory, self.registry(), root, self.outcomes, AGENT)


def run(*, seed: int, quick: bool, report: Callable[[str], None]) -> Figures:
    outcomes = QUICK_OUTCOMES if quick else OUTCOMES
    kills = QUICK_KILLS if quick else KILLS
    figures = Figures("learn", seed=seed, n=RUNS * outcomes, notes=[NOTE])
    with tempfile.TemporaryDirectory() as folder:
        place = Place(Path(folder), load_bench_base(), outcomes)
        figures.set("base", place.base.name)
        with place.memory() as memory:
            stream = threading.Thread(target=_stream, args=(place, memory, seed))
            stream.start()
            happened = _live(place, memory, stream, random.Random(seed), kills, report)
            stream.join()
            _look(place, memory)
            _write(figures, place, memory, happened)
        _kill_single_runs(figures, place, quick=quick, report=report)
        report("runs that nobody disturbs")
        _time_runs(figures, Place(place.folder / "calm", place.base, outcomes))
    return figures


def _kill_single_runs(
    figures: Figures, place: Place, *, quick: bool, report: Callable[[str], None]
) -> None:
    from knowhow.benches.crash.processes import scratch
    from knowhow.benches.crash.training import strike_learning

    assert place.base.folder
    with scratch() as memory:
        tally = strike_learning(
            place.base.folder,
            memory / "runs",
            outcomes=QUICK_ONE_RUN if quick else ONE_RUN,
            kills=QUICK_ONE_KILLS if quick else ONE_KILLS,
            commands=QUICK_COMMANDS if quick else COMMANDS,
            seed=figures.seed,
            report=report,
        )
    for name, struck in (("one_run", tally.forked), ("one_command", tally.commanded)):
        figures.set(f"{name}.kills", struck.kills)
        figures.set(f"{name}.on_the_way", struck.on_the_way)
        figures.set(f"{name}.same_version", struck.same)
        figures.set(f"{name}.undisturbed_s", struck.seconds)
    figures.set("one.partial_visible", tally.partial)
    figures.set("one.champion_lost", tally.lost)
    figures.set("one.faults", len(tally.faults))
    figures.notes += tally.faults


def _time_runs(figures: Figures, place: Place) -> None:
    """A first run, and one that goes on from what the first one left."""
    from knowhow_adapters.learn.loop import Learner, Specialist, Terms

    place.folder.mkdir()
    outcomes = NESTED.draw_outcomes(RUNS * place.outcomes, figures.seed)
    with place.memory() as memory:
        root, terms = place.folder / "learning", Terms(enough=place.outcomes)
        learner = Learner(memory, place.base, place.registry(), root, terms)
        for number, name in enumerate(("first", "second")):
            at = number * place.outcomes
            memory.record_many(outcomes[at : at + place.outcomes])
            done = learner.learn(Specialist(AGENT), now=True)
            assert done is not None
            figures.set(f"calm.{name}.s", done.seconds)
            figures.set(f"calm.{name}.verdict", done.result)


def _stream(place: Place, memory: "Memory", seed: int) -> None:
    """Attempts as they would come."""
    outcomes = NESTED.draw_outcomes(RUNS * place.outcomes, seed)
    for at in range(0, len(outcomes), BATCH):
        batch = outcomes[at : at + BATCH]
        memory.record_many(batch)
        place.recorded += len(batch)
        time.sleep(PAUSE_S)


@dataclass
class Happened:
    kills: int = 0
    ordered_at: int | None = None
    """Usable outcomes that the first run learnt from: all there were when it began."""
    promoted_at: int | None = None
    """Outcomes recorded when the first version served."""


def _live(
    place: Place,
    memory: "Memory",
    stream: threading.Thread,
    rng: random.Random,
    kills: int,
    report: Callable[[str], None],
) -> Happened:
    """Start learners and kill them; the last one lives until there is nothing left to do."""
    happened, deadline = Happened(), time.monotonic() + PATIENCE_S
    while True:
        last = happened.kills == kills
        process = _start(place)
        ends = deadline if last else time.monotonic() + rng.uniform(*LIFE_S)
        while time.monotonic() < ends and process.poll() is None:
            time.sleep(LOOK_S)
            standing = place.standing(memory)
            if standing.ledger.order and happened.ordered_at is None:
                happened.ordered_at = standing.ledger.order.outcomes
            if standing.champion and happened.promoted_at is None:
                happened.promoted_at = place.recorded
            report(
                f"{place.recorded} outcomes, {happened.kills} kills, {standing.ledger.runs} runs"
            )
            if last and not stream.is_alive() and not standing.due:
                break
        if process.poll() is not None:
            place.faults.append(f"the learner ended by itself, {process.returncode}")
        process.send_signal(signal.SIGTERM if last else signal.SIGKILL)  # a job may ignore Ctrl-C
        process.wait()
        if last:
            return happened
        happened.kills += 1
        _look(place, memory)


def _start(place: Place) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "knowhow", "learn", "run", "--json"]
    with (place.folder / "learner.log").open("ab") as log:
        return subprocess.Popen(  # noqa: S603  this very program
            command, env=place.environment(), stdout=log, stderr=log
        )


def _look(place: Place, memory: "Memory") -> None:
    """What somebody else finds after a kill."""
    from knowhow_adapters.errors import AdapterError
    from knowhow_adapters.learn.attempts import read_attempts

    registry, standing = place.registry(), place.standing(memory)
    refs = registry.refs(AGENT)
    for ref in refs:
        try:
            registry.verify(ref, place.base)
        except AdapterError as error:
            place.faults.append(str(error))
    if standing.champion is not None and standing.champion not in refs:
        place.faults.append(f"the champion {standing.champion!r} is no version")
    seqs = [attempt.seq for attempt in read_attempts(memory, AGENT)]
    learnt = sum(seq <= standing.ledger.learnt for seq in seqs)
    # Outcomes may have come between the two looks, never gone.
    if not standing.new <= len(seqs) - learnt <= standing.new + BATCH:
        place.faults.append(f"{learnt} learnt and {standing.new} new of {len(seqs)}")


def _write(figures: Figures, place: Place, memory: "Memory", happened: Happened) -> None:
    registry, standing = place.registry(), place.standing(memory)
    figures.set("recorded", place.recorded)
    figures.set("kills", happened.kills)
    figures.set("faults", len(place.faults))
    figures.set("runs", standing.ledger.runs)
    figures.set("versions", len(registry.refs(AGENT)))
    figures.set("left", standing.new)
    if happened.ordered_at is not None:
        figures.set("first_run.outcomes", happened.ordered_at)
    if happened.promoted_at is not None:
        figures.set("first_promotion.outcomes", happened.promoted_at)
    promoted = [move.ref for move in registry.history(AGENT) if move.move == "promoted"]
    figures.set("promotions", len(promoted))
    if promoted and promoted[0]:
        gate = registry.show(promoted[0]).lineage.gate
        assert gate is not None
        figures.set("first_promotion.evidence", gate.evidence)
        figures.set("first_promotion.held_out", gate.n)
        figures.set("first_promotion.gain", gate.gain)
    if last := standing.ledger.last:
        figures.set("last_run.s", last.seconds)
    figures.notes += place.faults
