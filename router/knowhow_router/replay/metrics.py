"""Scores of decisions that were made: plain functions of arrays.

Every mean comes with a 95% interval and the number of values it rests on. This module knows
nothing about policies, files or tables.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypedDict

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from knowhow_router.calibration import BLOCK, held
from knowhow_router.replay.matrix import Floats

CONFIDENCE = 0.95
ECE_BINS = 10
"""Equal-width bins of stated probability, as calibration error is usually reported."""


class Figure(TypedDict):
    """A mean, its 95% interval, and how many values it rests on."""

    mean: float
    ci95: list[float] | None
    n: int


def figure(values: Floats) -> Figure:
    """The mean of independent values with Student's interval; one value alone has none."""
    n = len(values)
    mean = float(np.mean(values))
    if n < 2:
        return {"mean": mean, "ci95": None, "n": n}
    reach = float(stats.t.ppf((1 + CONFIDENCE) / 2, n - 1) * np.std(values, ddof=1) / np.sqrt(n))
    return {"mean": mean, "ci95": [mean - reach, mean + reach], "n": n}


def brier(stated: Floats, rewards: Floats) -> float:
    """Mean squared distance of the stated P(success) from what happened; 0 is perfect."""
    return float(np.mean((stated - rewards) ** 2))


def ece(stated: Floats, rewards: Floats) -> float:
    """Expected calibration error: |stated − realised| per bin, weighted by the bin's size."""
    bins = np.minimum((stated * ECE_BINS).astype(np.intp), ECE_BINS - 1)
    gaps = np.bincount(bins, weights=stated - rewards, minlength=ECE_BINS)
    return float(np.abs(gaps).sum() / len(stated))


def coverage(
    stated: Floats, low: Floats, high: Floats, rewards: Floats, alike: NDArray[np.intp]
) -> Figure | None:
    """Share of the stated 95% intervals that held; 0.95 is perfect, more is vague.

    An interval is about the mean reward of outcomes like this one, which nobody can see. So the
    decisions that are `alike` are cut, in their order, into blocks of 50: a block is held when its
    mean lies where statement, interval and the luck of 50 draws put it 95% of the time (see
    `calibration.held`). What is left over is not counted; None without a single whole block.
    """
    blocks: list[float] = []
    for label in np.unique(alike):
        rows = np.flatnonzero(alike == label)
        whole = rows[: len(rows) // BLOCK * BLOCK].reshape(-1, BLOCK)
        blocks += [_held(stated[b], low[b], high[b], rewards[b]) for b in whole]
    return figure(np.array(blocks)) if blocks else None


def _held(stated: Floats, low: Floats, high: Floats, rewards: Floats) -> float:
    """Graded rewards spread less than coins with their mean; the block itself tells how much."""
    p, realised = float(stated.mean()), float(rewards.mean())
    graded = bool(((rewards > 0.0) & (rewards < 1.0)).any())
    spread = float(rewards.var()) / (realised * (1.0 - realised)) if graded else 1.0
    sampling = spread * p * (1.0 - p) / BLOCK
    return held(p, float((high - low).mean()), realised, sampling, 0.0 if graded else 1.0 / BLOCK)


@dataclass(frozen=True, slots=True)
class Abstention:
    """How well a policy knew when nobody would succeed.

    `recall`: share of the unsolvable decisions (every arm's reward is 0) on which it abstained.
    `in_scope_accuracy`: mean reward on the other decisions, an abstention counting as 0.
    None where there are no such decisions.
    """

    unsolvable: int
    recall: float | None
    in_scope_accuracy: float | None
    abstained: float


def abstention(
    abstained: NDArray[np.bool_], rewards: Floats, unsolvable: NDArray[np.bool_]
) -> Abstention:
    kept = np.where(abstained, 0.0, rewards)
    return Abstention(
        unsolvable=int(unsolvable.sum()),
        recall=_mean_or_none(abstained[unsolvable].astype(np.float64)),
        in_scope_accuracy=_mean_or_none(kept[~unsolvable]),
        abstained=float(abstained.mean()),
    )


def _mean_or_none(values: Floats) -> float | None:
    return float(values.mean()) if len(values) else None
