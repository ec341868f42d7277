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
"""Share of what is unknown about a named type of problem that is worth exploring."""


REGION_OPTIMISM = 4.0
"""The same for regions, where nobody ever succeeds. How fast it fades is in `region_worth`."""


def region_worth(best_here: float, best_overall: float, arms: int) -> float:
    """What finding out about a region is worth, from two P(success): the best arm's on the problem
    and the best single arm's on all problems.

    A region that somebody masters is left alone: regions are only a likeness, overlap, and learn
    from each other. Nor is there much to search for where one arm does well everywhere. But where
    everybody mostly fails, an arm that was unlucky early must be tried again, or a few wrong
    outcomes shut it out for good. Among many one can be forgotten; of two, the other is next.
    """
    forgotten = max(0.0, 1.0 - 2.0 / arms)
    return REGION_OPTIMISM * forgotten * (1.0 - best_here) ** 3 * (1.0 - best_overall) ** 2


def optimism(
    noise: float, global_spread: Floats, type_spread: Floats, region_spread: Floats, worth: float
) -> Floats:
    """What each arm's index gains over its estimate; `worth` is that of the region."""
    spread = global_spread + TYPE_OPTIMISM * type_spread + worth * region_spread
    return np.asarray(np.sqrt(noise * spread))


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
