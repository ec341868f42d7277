"""From runs to the figures of one file: what each policy earned, and by how much it differs.

A `Panel` holds the runs of one policy over all seeds, step by step. Online, the seeds are the
independent repetitions, and every interval is over seeds (over rows when there is one seed only).
After training, the rows are: a row's score is its mean over the seeds.

What the marks of `at` mean, for a mark m:
- `stretch`: mean reward of the decisions since the previous mark,
- `cumulative`: mean reward of decisions 1..m,
- `regret`: the oracle's reward over 1..m less the policy's,
- `after`: mean reward of all decisions after the m-th; `brier`, `ece`, `coverage` are of these.
A mark a file is too short for is null. This module knows nothing about loops or tables.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from knowhow_router.replay.matrix import Floats
from knowhow_router.replay.metrics import Figure, abstention, brier, coverage, ece, figure
from knowhow_router.replay.runs import Rows, Run

MARKS_OF_PROGRESS = (100, 300, 1000, 3000)
REFERENCE = "best_single"
CEILING = "oracle"
CALIBRATION = ("brier", "ece", "coverage")
CURVE_SKIPS = 50
"""A curve begins after one fiftieth of the decisions."""
OURS = "knowhow"
PER_STEP = [
    "rewards",
    "worths",
    "costs",
    "stated",
    "low",
    "high",
    "alike",
    "abstained",
    "unsolvable",
]


@dataclass(frozen=True, slots=True, eq=False)
class RowFacts:
    """What is known of every row of a file: whether all of its rewards are 0, and a number for
    the kind of problem it is, given by how the texts lie and not by any policy."""

    unsolvable: NDArray[np.bool_]
    kinds: Rows

    def alike(self, run: Run, seed: int) -> Rows:
        """Decisions of one run with the same number had the same arm on the same kind."""
        kinds = int(self.kinds.max(initial=0)) + 1
        arms = len(run.shares)
        return (seed * arms + run.arms) * kinds + self.kinds[run.rows]


@dataclass(frozen=True, slots=True, eq=False)
class Panel:
    """Seeds × steps. `worths` is the reward less the price of its cost: what regret is about."""

    online: bool
    rewards: Floats
    worths: Floats
    costs: Floats
    stated: Floats
    low: Floats
    high: Floats
    alike: NDArray[np.intp]
    """A number for each seed, arm and kind of problem: decisions whose outcomes have one mean."""
    abstained: NDArray[np.bool_]
    unsolvable: NDArray[np.bool_]
    shares: Floats
    seconds: Floats

    @classmethod
    def build(cls, runs: Sequence[Run], facts: RowFacts, price: float, *, online: bool) -> Panel:
        rewards = np.array([run.rewards for run in runs])
        costs = np.array([run.costs for run in runs])
        return cls(
            online=online,
            rewards=rewards,
            worths=rewards - price * costs if price else rewards,
            costs=costs,
            stated=np.array([run.stated for run in runs]),
            low=np.array([run.low for run in runs]),
            high=np.array([run.high for run in runs]),
            alike=np.array([facts.alike(run, seed) for seed, run in enumerate(runs)]),
            abstained=np.array([run.abstained for run in runs]),
            unsolvable=np.array([facts.unsolvable[run.rows] for run in runs]),
            shares=np.mean([run.shares for run in runs], axis=0),
            seconds=np.concatenate([run.seconds for run in runs]),
        )

    @property
    def steps(self) -> int:
        return int(self.rewards.shape[1])

    def first(self, seeds: int) -> Panel:
        """The panel as it was after that many seeds."""
        cut = {name: getattr(self, name)[:seeds] for name in PER_STEP}
        return Panel(self.online, shares=self.shares, seconds=self.seconds, **cut)

    def mean(self, values: Floats) -> Figure:
        """The mean of a seeds × steps array, over what is independent in it."""
        return figure(values.mean(axis=1 if self.over_seeds else 0))

    def total(self, values: Floats) -> Figure:
        """The sum over the steps of one run."""
        scaled = self.mean(values)
        steps = values.shape[1]
        low_high = scaled["ci95"]
        return {
            "mean": scaled["mean"] * steps,
            "ci95": None if low_high is None else [bound * steps for bound in low_high],
            "n": scaled["n"],
        }

    @property
    def over_seeds(self) -> bool:
        return self.online and len(self.rewards) > 1


def score(panel: Panel, best: Panel, reference: Panel, arms: Sequence[str]) -> dict[str, Any]:
    """All figures of one policy; `best` is the oracle's panel, `reference` best single's."""
    best = best.first(len(panel.rewards))  # An interrupted trial has seeds some lack.
    judged = abstention(panel.abstained, panel.rewards, panel.unsolvable)
    priced = not np.isnan(panel.costs).any()
    return {
        "reward": panel.mean(panel.rewards),
        "worth": panel.mean(panel.worths),
        "cost": panel.mean(panel.costs) if priced else None,
        "regret": panel.total(best.worths - panel.worths),
        "at": progress(panel, best) if panel.online else None,
        **calibration(panel, slice(None)),
        "abstention": asdict(judged),
        "share": dict(zip(arms, panel.shares.tolist(), strict=True)),
        "ms_per_decision": float(np.median(panel.seconds) * 1e3) if len(panel.seconds) else None,
        f"versus_{REFERENCE}": difference(panel, reference),
    }


def calibration(panel: Panel, steps: slice) -> dict[str, Any]:
    """Brier score and calibration error, for policies that state a probability; how often
    intervals held, for those that state intervals."""
    values = (panel.stated, panel.low, panel.high, panel.rewards)
    stated, low, high, rewards = (each[:, steps].ravel() for each in values)
    if not len(stated) or np.isnan(stated).any():
        return dict.fromkeys(CALIBRATION)
    unbounded = bool(np.isnan(low).any() or np.isnan(high).any())
    alike = panel.alike[:, steps].ravel()
    return {
        "brier": brier(stated, rewards),
        "ece": ece(stated, rewards),
        "coverage": None if unbounded else coverage(stated, low, high, rewards, alike),
    }


def progress(panel: Panel, best: Panel) -> dict[str, Any]:
    """The learning curve at the marks, as the module's first lines define it."""
    at: dict[str, Any] = {}
    previous = 0
    for mark in MARKS_OF_PROGRESS:
        reached = mark <= panel.steps
        at[str(mark)] = _at(panel, best, previous, mark) if reached else None
        previous = mark
    return at


def _at(panel: Panel, best: Panel, previous: int, mark: int) -> dict[str, Any]:
    rest = mark < panel.steps
    return {
        "stretch": panel.mean(panel.rewards[:, previous:mark]),
        "cumulative": panel.mean(panel.rewards[:, :mark]),
        "regret": panel.total((best.worths - panel.worths)[:, :mark]),
        "after": panel.mean(panel.rewards[:, mark:]) if rest else None,
        **(calibration(panel, slice(mark, None)) if rest else dict.fromkeys(CALIBRATION)),
    }


def difference(panel: Panel, other: Panel) -> dict[str, Any]:
    """Paired difference in worth, panel − other, on the same rows in the same orders."""
    seeds = min(len(panel.rewards), len(other.rewards))
    gap = panel.worths[:seeds] - other.worths[:seeds]
    mean = panel.first(seeds).mean
    result: dict[str, Any] = {"all": mean(gap)}
    if panel.online:
        previous = 0
        for mark in MARKS_OF_PROGRESS:
            if mark <= panel.steps:
                result[str(mark)] = {
                    "stretch": mean(gap[:, previous:mark]),
                    "cumulative": mean(gap[:, :mark]),
                    "after": mean(gap[:, mark:]) if mark < panel.steps else None,
                }
            previous = mark
    return result


def compare(panels: Mapping[str, Panel]) -> dict[str, Any] | None:
    """Paired differences of knowhow against every other policy."""
    if OURS not in panels:
        return None
    ours = panels[OURS]
    return {name: difference(ours, panel) for name, panel in panels.items() if name != OURS}


@dataclass(frozen=True, slots=True, eq=False)
class Curve:
    """Mean reward of the decisions so far, over the number of decisions."""

    name: str
    decisions: Floats
    means: Floats


def curve(name: str, panel: Panel, points: int) -> Curve:
    """Averaged over the seeds; the first few decisions are left out, they are mostly noise."""
    begin = max(1, panel.steps // CURVE_SKIPS)
    steps = np.unique(np.linspace(begin, panel.steps, points).astype(np.intp))
    so_far = np.cumsum(panel.rewards.mean(axis=0)) / np.arange(1, panel.steps + 1)
    return Curve(name, steps.astype(np.float64), so_far[steps - 1])
