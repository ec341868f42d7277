"""Is an acknowledged outcome safe? Kills, failing disks, power cuts, and a crowd of writers.

    kills        processes are killed under load, the store is opened again
    failpoints   every operation on the disk: the process ends there, or the disk says no
    failing_disk the disk says no while several threads share a commit
    power_loss   what only a sync makes sure is lost, torn or kept at random
    omissions    the power cuts again, with one kind of sync left out: that must be noticed
    crowd        32 writers in 4 processes

`ok` is true when nothing was lost, doubled, half-written or damaged anywhere, and each kind of sync
that something depends on was missed when it was left out.
"""

import random
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from knowhow.figures import Figures

if TYPE_CHECKING:
    from pathlib import Path

    from knowhow.benches.crash.ledger import Findings
    from knowhow.benches.crash.powerloss import Record

Report = Callable[[str], None]
FAULTS_SHOWN = 20


@dataclass(frozen=True)
class Extent:
    kills: int
    failpoint_runs: int | None
    """None: all of them."""
    failing_disk_runs: int
    records: int
    cuts: int
    """For each record."""
    omissions: tuple[str, ...] | None
    """Which kinds of sync are left out; None: each kind there is."""
    omission_cuts: int
    """At most: the first one that does harm is enough."""
    outcomes: int
    """For each of the 32 writers."""


FULL = Extent(
    kills=1000,
    failpoint_runs=None,
    failing_disk_runs=100,
    records=4,
    cuts=100,
    omissions=None,
    omission_cuts=500,
    outcomes=2000,
)
QUICK = Extent(
    kills=16,
    failpoint_runs=64,
    failing_disk_runs=4,
    records=1,
    cuts=24,
    omissions=("database", "journal_count", "journal_end", "own_file", "own_folder"),
    omission_cuts=200,
    outcomes=5,
)


def run(*, seed: int = 0, quick: bool = False, report: Report) -> Figures:
    import tempfile
    from pathlib import Path

    from knowhow.benches.crash.processes import scratch

    extent = QUICK if quick else FULL
    figures = Figures("durability", seed=seed, n=extent.kills)
    bench = _Bench(figures, extent, seed, report)
    with scratch() as folder:
        bench.kills(folder)
        bench.failpoints(folder)
        bench.failing_disk(folder)
        bench.power_loss(folder)
    with tempfile.TemporaryDirectory(prefix="knowhow-crowd-") as folder_on_disk:
        bench.crowd(Path(folder_on_disk))
    figures.set("ok", not bench.faults)
    figures.notes += bench.faults[:FAULTS_SHOWN]
    return figures


class _Bench:
    """The five parts; each sets its figures and adds what went wrong to `faults`."""

    def __init__(self, figures: Figures, extent: Extent, seed: int, report: Report) -> None:
        self._figures = figures
        self._extent = extent
        self._seed = seed
        self._report = report
        self.faults: list[str] = []

    def kills(self, folder: "Path") -> None:
        from knowhow.benches.crash.kills import kill_repeatedly

        tally = kill_repeatedly(
            folder / "kills", kills=self._extent.kills, seed=self._seed, report=self._report
        )
        self._figures.set("kills.count", tally.kills)
        self._figures.set("kills.acknowledged", tally.confirmations)
        self._judge("kills", tally.findings)

    def failpoints(self, folder: "Path") -> None:
        from knowhow.benches.crash.failpoints import Failpoints

        failpoints = Failpoints(folder / "failpoints")
        size = self._extent.failpoint_runs
        rng = random.Random(self._seed)
        cases = failpoints.cases() if size is None else failpoints.sample(size, rng)
        tally = failpoints.strike(cases, self._report)
        self._figures.set("failpoints.operations", len(failpoints.points))
        self._figures.set("failpoints.points", tally.points)
        self._figures.set("failpoints.runs", tally.runs)
        self._figures.set("failpoints.crashes", tally.crashes)
        self._figures.set("failpoints.refusals", tally.errors.total())
        self._figures.set("failpoints.faults", len(tally.faults))
        self.faults += tally.faults

    def failing_disk(self, folder: "Path") -> None:
        from knowhow.benches.crash.refusals import refuse_repeatedly

        tally = refuse_repeatedly(
            folder / "failing-disk",
            runs=self._extent.failing_disk_runs,
            seed=self._seed,
            report=self._report,
        )
        self._figures.set("failing_disk.runs", tally.runs)
        self._figures.set("failing_disk.refusals", tally.refusals)
        self._judge("failing_disk", tally.findings)

    def power_loss(self, folder: "Path") -> None:
        from knowhow.benches.crash.ledger import Findings
        from knowhow.benches.crash.powerloss import cut_power_repeatedly, record_use

        runs = acknowledged = 0
        findings = Findings()
        for number in range(self._extent.records):
            place = folder / f"recorded-{number}"
            place.mkdir()
            record = record_use(place, seed=self._seed + number)
            tally = cut_power_repeatedly(
                record, place, runs=self._extent.cuts, seed=self._seed, report=self._report
            )
            runs += tally.runs
            acknowledged += tally.confirmations
            findings.add(tally.findings)
        self._figures.set("power_loss.runs", runs)
        self._figures.set("power_loss.acknowledged", acknowledged)
        self._judge("power_loss", findings)
        self._omissions(record, place)

    def _omissions(self, record: "Record", place: "Path") -> None:
        from knowhow.benches.crash.powerloss import (
            cut_power_repeatedly,
            essential_syncs,
            kinds_of_sync,
            without,
        )

        for sync in sorted(set(kinds_of_sync(record).values())):
            if self._extent.omissions is not None and sync not in self._extent.omissions:
                continue
            tally = cut_power_repeatedly(
                without(sync, record),
                place,
                runs=self._extent.omission_cuts,
                seed=self._seed,
                report=self._report,
                until_noticed=True,
            )
            noticed = bool(tally.findings)
            self._figures.set(f"omissions.{sync}.noticed", noticed)
            self._figures.set(f"omissions.{sync}.runs", tally.runs)
            if not noticed and sync in essential_syncs(record):
                self.faults.append(f"{tally.runs} power cuts did no harm without {sync} syncs")

    def crowd(self, folder: "Path") -> None:
        from knowhow.benches.crash.crowd import crowd

        tally = crowd(folder / "store", each=self._extent.outcomes, report=self._report)
        figures = self._figures
        figures.set("crowd.writers", tally.writers)
        figures.set("crowd.rows", tally.rows)
        figures.set("crowd.errors", len(tally.errors))
        figures.set("crowd.consecutive", tally.consecutive)
        figures.set("crowd.overtaken", tally.overtaken)
        figures.set("crowd.rows_per_s", tally.rows / tally.seconds)
        figures.percentiles("crowd.record", [a.answered - a.asked for a in tally.answers])
        self.faults += tally.errors
        if not tally.consecutive or tally.rows != tally.writers * self._extent.outcomes:
            self.faults.append(f"{tally.rows} rows, or their numbers, are not what was asked for")
        if tally.overtaken:
            self.faults.append(f"{tally.overtaken} numbers are not in the order of the commits")

    def _judge(self, part: str, findings: "Findings") -> None:
        for name, found in vars(findings).items():
            self._figures.set(f"{part}.{name}", len(found))
            self.faults += [f"{part}, {name}: {what}" for what in found]
