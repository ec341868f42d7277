"""How much an outcome counts, by who says it.

Two rules. One principal's outcomes never weigh more than a share of everybody else's, so a crowd
cannot be outvoted by one busy account. A source whose labels disagree with verified ones of the
same problem and arm loses trust. Knows nothing about estimates.
"""

from __future__ import annotations

from knowhow_router.observation import Observation

LEAST_SHARE = 0.05
FAIR_SHARES = 1.5
"""A principal may have this many fair shares (1 / principals), or LEAST_SHARE if that is more."""

FREE_WEIGHT = 5.0
"""Outcomes anybody may bring before shares are counted: a beginning has no crowd yet."""

GRACE = 3.0
"""Agreements a source starts with."""

PENALTY = 4.0
"""A disagreement with a verified outcome weighs as much as this many agreements."""

VERIFIED_KEPT = 100_000
"""Verified outcomes remembered for comparison; the oldest go first."""


class Trust:
    def __init__(self) -> None:
        self._principals: dict[str, float] = {}
        self._all = 0.0
        self._verdicts: dict[str, list[float]] = {}
        self._verified: dict[tuple[str, str], float] = {}

    def weigh(self, obs: Observation) -> float:
        """The weight this outcome gets; counts it, so call once an outcome, in order."""
        weight = obs.weight * self._of_source(obs)
        if obs.principal is not None:
            weight *= self._room(obs.principal)
            self._principals[obs.principal] = self._principals.get(obs.principal, 0.0) + weight
        self._all += weight
        return weight

    def _room(self, principal: str) -> float:
        """1 while the principal is within its share, then what is left of it, down to 0."""
        own = self._principals.get(principal, 0.0)
        if own < FREE_WEIGHT:
            return 1.0
        share = max(LEAST_SHARE, FAIR_SHARES / len(self._principals))
        return min(1.0, max(0.0, share * self._all - own)) if share < 1.0 else 1.0

    def _of_source(self, obs: Observation) -> float:
        if obs.problem_key is None:
            return 1.0 if obs.source is None else self._trust(obs.source)
        place = (obs.problem_key, obs.arm)
        if obs.verified:
            self._verified[place] = obs.reward
            if len(self._verified) > VERIFIED_KEPT:
                del self._verified[next(iter(self._verified))]
            return 1.0
        if obs.source is None:
            return 1.0
        if place in self._verified:
            gap = abs(self._verified[place] - obs.reward)
            verdict = self._verdicts.setdefault(obs.source, [0.0, 0.0])
            verdict[0] += 1.0 - gap
            verdict[1] += gap
        return self._trust(obs.source)

    def _trust(self, source: str) -> float:
        if source not in self._verdicts:
            return 1.0
        agreed, disagreed = self._verdicts[source]
        return (agreed + GRACE) / (agreed + GRACE + PENALTY * disagreed)
