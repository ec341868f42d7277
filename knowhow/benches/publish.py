"""Does a version ever serve that is not whole? Kills, a failing disk, rivals, readers, trials.

kills     the process ends before, after or halfway through every operation on the disk
refusals  the disk is full, or fails, at every operation
race      two processes promote from the same state: one must win
watch     another process looks at everything while versions come, serve and go
rollback  how long the command takes, and until a running process knows
export    versions that are carried elsewhere and loaded by plain PEFT
trial     versions on trial by a tenth of the requests: equal ones, and some that fall short
"""

import random
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from knowhow.benches._base import load_bench_base
from knowhow.figures import Figures

if TYPE_CHECKING:
    from knowhow.benches.crash.publishing import Life
    from knowhow_adapters.registry.registry import Registry
    from knowhow_adapters.registry.trial import Ruling

Report = Callable[[str], None]
FAULTS_SHOWN = 20
CALLS = 10_000
EXPORTED = 3
SHARE = 0.1
CHAMPION_RATE = 0.8
GAPS = (0.0, 0.1, 0.2, 0.3, 0.5)
NOTE = (
    "kills.partial_visible: versions that were visible after a kill or a refusal and did not load; "
    "kills.champion_lost: champions that did not. rollback.seen: from the return of the call until "
    "a process that looks all the time has seen it (and checked every version in between). "
    "export.max_logit_difference: between what serves here and plain PEFT on a model of its own, "
    "over every logit of three texts; logit_size: their root mean square. "
    "trial.gap_*: share of trials that were ended, where the champion solves 80% and the version "
    "on trial so many points less; requests: of the version on trial."
)


@dataclass(frozen=True)
class Extent:
    kills: int
    """At every operation."""
    rounds: int
    moves: int
    commands: int
    trials: int


FULL = Extent(kills=20, rounds=200, moves=20, commands=10, trials=2000)
QUICK = Extent(kills=1, rounds=10, moves=3, commands=1, trials=50)


def run(*, seed: int, quick: bool, report: Report) -> Figures:
    extent = QUICK if quick else FULL
    figures = Figures("publish", seed=seed, n=extent.kills, notes=[NOTE])
    with tempfile.TemporaryDirectory(prefix="knowhow-publish-") as folder:
        base = load_bench_base()
        figures.set("base", base.name)
        assert base.folder
        measure(figures, extent, base.folder, Path(folder), seed, report)
    return figures


def measure(
    figures: Figures, extent: Extent, base: Path, folder: Path, seed: int, report: Report
) -> None:
    """Everything, on the base that lies in `base`."""
    from knowhow.benches.crash.processes import scratch
    from knowhow.benches.crash.publishing import Life, strike_everywhere
    from knowhow_adapters.base.load import load_base

    with scratch() as memory:
        tally = strike_everywhere(
            base, memory / "kills", kills=extent.kills, seed=seed, report=report
        )
    for step, count in tally.operations.items():
        figures.set(f"operations.{step}", count)
    figures.set("kills.count", tally.kills)
    figures.set("refusals.count", tally.refusals)
    figures.set("kills.partial_visible", tally.partial)
    figures.set("kills.champion_lost", tally.lost)
    figures.set("kills.faults", len(tally.faults))
    life = Life(load_base(str(base)))
    faults = [*tally.faults, *_live_together(figures, extent, life, folder / "store", report)]
    _carry(figures, life, folder, report)
    _try_versions(figures, extent.trials, seed, report)
    figures.set("ok", not faults)
    figures.notes += faults[:FAULTS_SHOWN]


def _live_together(
    figures: Figures, extent: Extent, life: "Life", store: Path, report: Report
) -> list[str]:
    from knowhow.benches._serving import race, time_commands, watch_moves
    from knowhow.benches.crash.publishing import AGENT
    from knowhow_adapters.registry.registry import Registry

    root = store / "adapters"
    life.first(Registry(root))
    report("two promote at once")
    winners = race(root, Registry(root).refs(AGENT), extent.rounds)
    figures.set("race.rounds", extent.rounds)
    figures.set("race.exactly_one_won", winners.count(1))
    report("moves that another process watches")
    watched, moved_at, rollbacks = watch_moves(life, root, range(10, 10 + extent.moves))
    figures.set("watch.looks", watched.looks)
    figures.set("watch.partial_visible", len(watched.partial))
    # A look that comes after the next move sees that one first.
    seen = [min(at for r, at in watched.seen_at.items() if r >= each) for each in rollbacks]
    late = [max(0.0, at - moved_at[each]) for each, at in zip(rollbacks, seen, strict=True)]
    figures.percentiles("rollback.seen", late)
    report("rollbacks from the command line")
    figures.mean("rollback.command_s", time_commands(root, extent.commands))
    figures.set("champion.us", _microseconds(Registry(root), AGENT))
    lost = [f"{count} promotions won at once" for count in winners if count != 1]
    return [*lost, *watched.partial]


def _carry(figures: Figures, life: "Life", folder: Path, report: Report) -> None:
    from knowhow.benches._carried import compare_with_peft
    from knowhow.benches.crash.publishing import AGENT
    from knowhow_adapters.registry.registry import Registry

    report("exported versions in plain PEFT")
    registry = Registry(folder / "store" / "adapters")
    refs = registry.refs(AGENT)[:EXPORTED]
    difference, size = compare_with_peft(life.base, registry, refs, folder / "exported")
    figures.set("export.versions", len(refs))
    figures.set("export.max_logit_difference", difference)
    figures.set("export.logit_size", size)


def _microseconds(registry: "Registry", agent: str) -> float:
    """Of asking for the champion while it stays the same."""
    time.sleep(0.1)  # until the file's time tells it from a later one
    registry.champion(agent)
    begin = time.perf_counter()
    for _ in range(CALLS):
        registry.champion(agent)
    return (time.perf_counter() - begin) / CALLS * 1e6


def _try_versions(figures: Figures, trials: int, seed: int, report: Report) -> None:
    rng = random.Random(seed)
    figures.set("trial.share", SHARE)
    for gap in GAPS:
        report(f"trials of versions {gap:.0%} worse")
        rulings = [_try_one(CHAMPION_RATE - gap, rng) for _ in range(trials)]
        ended = [float(ruling.state == "fell short") for ruling in rulings]
        requests = [float(ruling.requests) for ruling in rulings]
        figures.mean(f"trial.gap_{gap * 100:.0f}.ended", ended)
        figures.mean(f"trial.gap_{gap * 100:.0f}.requests", requests)
        figures.set(f"trial.gap_{gap * 100:.0f}.most_requests", int(max(requests)))


def _try_one(rate: float, rng: random.Random) -> "Ruling":
    from knowhow_adapters.registry.trial import Trial

    trial = Trial()
    while trial.ruling.state == "open":
        while rng.random() >= SHARE:
            trial.add_champion(float(rng.random() < CHAMPION_RATE))
        trial.add_shadow(float(rng.random() < rate))
    return trial.ruling
