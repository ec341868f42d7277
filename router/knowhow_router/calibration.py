"""Says what it means: bends stated chances to what happened, and widths to how often they held.

What an interval claims: the *mean* reward of outcomes like this one lies in it. One outcome is 0
or 1 and never lies in an interval, so it is checked in blocks: BLOCK outcomes in a row of one arm
in one coarse region are a sample of that mean. A block is covered when its mean reward is within
the stated interval widened by the sampling error of a block. 95% of blocks must be.

Knows nothing about arms beyond a group's number, and nothing about choosing.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from knowhow_router.observation import Floats

KNOTS = 11
PLACES = np.linspace(0.0, 1.0, KNOTS)
CORRECTION_PRIOR = 10.0
"""Outcomes near a stated chance before the correction there counts half."""

CORRECTION_MEMORY = 0.998
NOISE_MEMORY = 0.9995
"""A router that learns outgrows its corrections fast; the noise of rewards stays what it is."""

Z95 = 1.959964
LEAST_COIN = 0.01
"""An arm that never failed may yet."""
BLOCK = 50
STEP = 0.3
"""How fast the width follows misses; at 95% covered, steps up and down cancel."""
START, NARROWEST, WIDEST = 0.5, 0.1, 4.0
"""Scales of the width. Estimates borrow from other regions and arms, so they are surer than their
own support says: streams settle between a third and two thirds."""


class Calibration:
    """Corrects a stated chance by the mean surprise of the outcomes stated alike."""

    def __init__(self) -> None:
        self._surprise = np.zeros(KNOTS)
        self._weight = np.zeros(KNOTS)

    def correct(self, stated: Floats | float) -> Floats:
        shift = self._surprise / (self._weight + CORRECTION_PRIOR)
        return np.asarray(np.clip(stated + np.interp(stated, PLACES, shift), 0.0, 1.0))

    def learn(self, stated: float, reward: float, weight: float) -> None:
        low, share = _between(stated)
        self._surprise *= CORRECTION_MEMORY
        self._weight *= CORRECTION_MEMORY
        for knot, part in ((low, 1.0 - share), (low + 1, share)):
            self._surprise[knot] += weight * part * (reward - stated)
            self._weight[knot] += weight * part


class Width:
    """95% intervals from a chance and its effective support, scaled by how often they held."""

    def __init__(self) -> None:
        self.scale = START
        self._noise, self._coin = 2.5, 2.5
        self._blocks: dict[int, list[float]] = {}

    def noise(self, p: Floats | float) -> Floats:
        """Variance of one outcome with this mean: a coin's, less for graded rewards."""
        return np.asarray(np.maximum(p * (1.0 - p), LEAST_COIN) * self._noise / self._coin)

    def interval(self, p: Floats | float, support: Floats | float) -> tuple[Floats, Floats]:
        """Around the chance with one success and one failure added, so none is ever certain."""
        smoothed = (p * support + 1.0) / (support + 2.0)
        reach = Z95 * self.scale * np.sqrt(self.noise(smoothed) / (support + 2.0))
        low, high = np.minimum(p, smoothed - reach), np.maximum(p, smoothed + reach)
        return np.maximum(low, 0.0), np.minimum(high, 1.0)

    def learn(self, group: int, p: float, support: float, reward: float) -> None:
        """`group` is the arm in its coarse region; `p` and `support` as they were stated."""
        self._noise = NOISE_MEMORY * self._noise + (reward - p) ** 2
        self._coin = NOISE_MEMORY * self._coin + p * (1.0 - p)
        low, high = map(float, self.interval(p, support))
        block = self._blocks.setdefault(group, [0.0] * 5)
        for at, value in enumerate((1.0, p, low, high, reward)):
            block[at] += value
        if block[0] >= BLOCK:
            _, p, low, high, realised = (value / BLOCK for value in block)
            held = _holds(p, low, high, realised, float(self.noise(p)) / BLOCK)
            self.scale *= math.exp(-0.05 * STEP if held else 0.95 * STEP)
            self.scale = min(max(self.scale, NARROWEST), WIDEST)
            del self._blocks[group]


def coverage(
    p: Floats, low: Floats, high: Floats, reward: Floats, group: Sequence[int]
) -> tuple[float, int]:
    """Share of blocks whose interval held, and the number of blocks; see the module's words.

    The sampling error of a block is that of a score test: a coin's with the stated mean, scaled
    by how much less than a coin's the block's own rewards spread (graded rewards do).
    Blocks are runs of one group, in the order given; what is left over is not counted.
    """
    held = blocks = 0
    labels = np.asarray(group)
    for label in np.unique(labels):
        rows = np.flatnonzero(labels == label)
        for start in range(0, len(rows) - BLOCK + 1, BLOCK):
            block = rows[start : start + BLOCK]
            stated, *bounds, realised = (float(x[block].mean()) for x in (p, low, high, reward))
            coin = realised * (1.0 - realised)
            grading = float(np.var(reward[block])) / coin if coin > 0.0 else 1.0
            sampling = grading * stated * (1.0 - stated) / BLOCK
            held += _holds(stated, bounds[0], bounds[1], realised, sampling)
            blocks += 1
    return (held / blocks if blocks else math.nan), blocks


def _holds(p: float, low: float, high: float, realised: float, sampling: float) -> bool:
    stated = (high - p if realised > p else p - low) / Z95
    return abs(realised - p) <= Z95 * math.sqrt(stated**2 + sampling)


def _between(stated: float) -> tuple[int, float]:
    """The knot below, and how far towards the next one."""
    place = _unit(stated) * (KNOTS - 1)
    low = min(int(place), KNOTS - 2)
    return low, place - low


def _unit(value: float) -> float:
    return min(max(value, 0.0), 1.0)
