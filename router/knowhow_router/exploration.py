"""Which arm to try: the best estimate plus what is worth finding out, with a known chance.

The index adds to each estimate its standard error times a measure of how much the arm was
neglected (optimism that ends once an arm had its share). A small part of the decisions is drawn
by inverse gap, so that every arm keeps a chance above zero and logs stay usable for estimating
other policies. Knows nothing about evidence, costs or storage.
"""

from __future__ import annotations

import hashlib

import numpy as np

from knowhow_router.observation import Floats

DRAWN_SHARE = 0.03
"""Part of the decisions that is drawn rather than taken by the index."""

TYPE_OPTIMISM = 0.3
"""Share of what is unknown about a named type of problem that is worth exploring. Regions get none:
they are only a likeness, overlap, and learn from each other; without, three of four sets gained.
The price: where every arm mostly fails, one that was unlucky early is seldom tried again."""


def optimism(noise: float, global_spread: Floats, type_spread: Floats) -> Floats:
    """What each arm's index gains over its estimate."""
    return np.asarray(np.sqrt(noise * (global_spread + TYPE_OPTIMISM * type_spread)))


def propensities(utility: Floats, bonus: Floats, steps: float, noise: float) -> Floats:
    """Chance of each arm: the best index, and DRAWN_SHARE spread by inverse gap of utility.

    Gaps are counted in standard deviations: a gap that is plain to see is not worth drawing.
    """
    gap = (utility.max() - utility) / np.sqrt(noise)
    spread = 1.0 / (len(utility) + 2.0 * np.sqrt(steps + 1.0) * gap)
    chances = DRAWN_SHARE * spread / spread.sum()
    chances[int(np.argmax(utility + bonus))] += 1.0 - DRAWN_SHARE
    return np.asarray(chances / chances.sum())


def draw(chances: Floats, seed: int, key: str) -> int:
    """The arm this decision takes: a function of the chances, the seed and the decision's key."""
    digest = hashlib.blake2b(f"{seed}:{key}".encode(), digest_size=8).digest()
    point = int.from_bytes(digest, "big") / 2**64
    return min(int(np.searchsorted(np.cumsum(chances), point, side="right")), len(chances) - 1)
