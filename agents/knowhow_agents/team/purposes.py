"""Whom a problem sounds like, by what the specialists say they are for: an opinion for the router.

It is what a team goes by before anything has happened, so that a new specialist is asked at once
where it claims to be good. What the claims are worth, the router learns from outcomes. Knows
nothing about outcomes and strategies.
"""

from collections.abc import Callable, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from knowhow_memory.models import split_arm

HEAT = 0.1
"""Cosine by which a purpose may be less like the problem before it counts 1/e. Texts that have
nothing to do with each other differ by as much, so nobody is ruled out by a name alone."""

Vector = NDArray[np.float32]


class Purposes:
    def __init__(self, embed: Callable[[str], Vector], purposes: Mapping[str, str]) -> None:
        """`purposes` by specialist."""
        self._embed, self._purposes = embed, purposes
        self._known: dict[str, Vector] = {}

    def opinion(self, problem: str, arms: Sequence[str]) -> dict[str, float]:
        """Each specialist's share of the likeness, for all of its arms; silent about others, and
        where there is nobody to tell apart."""
        whose = {arm: split_arm(arm)[0] for arm in arms}
        names = sorted({name for name in whose.values() if name in self._purposes})
        if len(names) < 2:
            return {}
        likeness = np.array([self._vector(name) for name in names]) @ self._embed(problem)
        shares = np.exp((likeness - likeness.max()) / HEAT)
        found = dict(zip(names, (shares / shares.sum()).tolist(), strict=True))
        return {arm: found[name] for arm, name in whose.items() if name in found}

    def _vector(self, name: str) -> Vector:
        if name not in self._known:
            self._known[name] = self._embed(self._purposes[name])
        return self._known[name]
