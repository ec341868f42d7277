"""What the router answers: a choice, its cause, and what every candidate was worth.

Plain records; they know nothing about how they came about.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

from knowhow_router.observation import Neighbours

Cause: TypeAlias = Literal[
    "exploit",
    "explore",
    "incumbent: thin evidence",
    "abstain: out of domain",
    "budget",
    "sticky session",
]


@dataclass(frozen=True, slots=True)
class Candidate:
    """One arm on this problem: P(success), its 95% interval, and what it rests on.

    `n_eff` is the effective number of outcomes like this one behind the estimate.
    """

    arm: str
    p: float
    low: float
    high: float
    n_eff: float
    cost: float | None
    latency: float | None
    propensity: float


@dataclass(frozen=True, slots=True)
class Decision:
    """`arm` is None when the router abstains; `fallback` is the arm to use in any case."""

    key: str
    arm: str | None
    fallback: str
    cause: Cause
    candidates: tuple[Candidate, ...]
    neighbours: Neighbours | None

    @property
    def chosen(self) -> Candidate:
        """The fallback's candidate."""
        return next(each for each in self.candidates if each.arm == self.fallback)
