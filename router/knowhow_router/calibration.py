"""Says what it means: bends stated chances to what happened, and widths to how often they held.

What an interval claims: the *mean* reward of outcomes like this one lies in it. One outcome is 0
or 1 and never lies in an interval, so it is checked in blocks: BLOCK outcomes in a row of one arm
in one region are a sample of that mean. What the stated chance and interval, and the luck of a
block's draw, say about its mean is a Beta distribution; a block is covered when its mean lies in
the middle 95% of that. 95% of blocks must be: fewer are overconfidence, more are vagueness.

Knows nothing about arms beyond a group's name, and nothing about choosing.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import TypeAlias

import numpy as np

from knowhow_router.observation import Floats

Group: TypeAlias = tuple[int, int]
"""An arm and a region: outcomes that are like each other."""

KNOTS = 11
PLACES = np.linspace(0.0, 1.0, KNOTS)
CORRECTION_PRIOR = 10.0
"""Outcomes near a stated chance before the correction there counts half."""

CORRECTION_MEMORY = 0.99
"""Of a correction, for each outcome stated like that: a router that learns outgrows its corrections
fast. What was stated of other chances makes none older; rare ones would never be corrected."""
NOISE_MEMORY = 0.9995
"""The noise of rewards stays what it is."""

Z95 = 1.959964
CONFIDENCE = 0.95
MIDDLE = 0.025, 0.975
SUREST = 1e-6
"""A chance this near 0 or 1 still has a distribution."""
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
        for knot, part in ((low, 1.0 - share), (low + 1, share)):
            memory = CORRECTION_MEMORY ** (weight * part)
            self._surprise[knot] = memory * self._surprise[knot] + weight * part * (reward - stated)
            self._weight[knot] = memory * self._weight[knot] + weight * part


class Width:
    """95% intervals from a chance and its effective support, scaled by how often they held."""

    def __init__(self) -> None:
        self.scale = START
        self._noise, self._coin = 2.5, 2.5
        self._blocks: dict[Group, list[float]] = {}

    def noise(self, p: Floats | float) -> Floats:
        """Variance of one outcome with this mean: a coin's, less for graded rewards."""
        return np.asarray(np.maximum(p * (1.0 - p), LEAST_COIN) * self._noise / self._coin)

    def interval(self, p: Floats | float, support: Floats | float) -> tuple[Floats, Floats]:
        """Around the chance with one success and one failure added, so none is ever certain."""
        smoothed = (p * support + 1.0) / (support + 2.0)
        reach = Z95 * self.scale * np.sqrt(self.noise(smoothed) / (support + 2.0))
        low, high = np.minimum(p, smoothed - reach), np.maximum(p, smoothed + reach)
        return np.maximum(low, 0.0), np.minimum(high, 1.0)

    def learn(self, groups: Iterable[Group], p: float, support: float, reward: float) -> None:
        """`groups` this outcome belongs to; `p` and `support` as they were stated."""
        self._noise = NOISE_MEMORY * self._noise + (reward - p) ** 2
        self._coin = NOISE_MEMORY * self._coin + p * (1.0 - p)
        low, high = map(float, self.interval(p, support))
        for group in groups:
            block = self._blocks.setdefault(group, [0.0] * 5)
            graded = float(0.0 < reward < 1.0)
            for at, value in enumerate((p, high - low, reward, graded, 1.0)):
                block[at] += value
            if block[-1] >= BLOCK:
                self._follow(*(value / BLOCK for value in block[:-1]))
                del self._blocks[group]

    def _follow(self, p: float, width: float, realised: float, graded: float) -> None:
        sampling = float(self.noise(p)) / BLOCK
        covered = held(p, width, realised, sampling, 0.0 if graded else 1.0 / BLOCK)
        self.scale *= math.exp(STEP * (CONFIDENCE - covered))
        self.scale = min(max(self.scale, NARROWEST), WIDEST)


def held(p: float, width: float, realised: float, sampling: float, grain: float) -> float:
    """Whether a block's mean lies in the middle 95% of what was said about it, from 0 to 1.

    `sampling` is the variance of a block's mean around its true one. Means of whole rewards come in
    steps of `grain`; one that straddles an end is held by the part that lies inside, so that true
    statements hold 95% of the time and not 99% or 91% as the steps happen to fall.
    """
    from scipy.special import betainc

    p = min(max(p, SUREST), 1.0 - SUREST)
    variance = (width / 2.0 / Z95) ** 2 + sampling
    size = max(p * (1.0 - p) / max(variance, SUREST**2) - 1.0, SUREST)
    below, above = (
        float(betainc(p * size, (1.0 - p) * size, _unit(end)))
        for end in (realised - grain / 2.0, realised + grain / 2.0)
    )
    inside = min(above, MIDDLE[1]) - max(below, MIDDLE[0])
    if above - below > SUREST:
        return max(inside, 0.0) / (above - below)
    return float(inside >= 0.0)


def _between(stated: float) -> tuple[int, float]:
    """The knot below, and how far towards the next one."""
    place = _unit(stated) * (KNOTS - 1)
    low = min(int(place), KNOTS - 2)
    return low, place - low


def _unit(value: float) -> float:
    return min(max(value, 0.0), 1.0)
