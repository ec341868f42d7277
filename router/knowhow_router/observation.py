"""What the router is told: one outcome, and the outcomes of similar problems.

Plain records without behaviour beyond checking themselves; they know nothing about estimates.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from knowhow_memory.errors import InputError

Floats32: TypeAlias = NDArray[np.float32]
Floats: TypeAlias = NDArray[np.float64]
Ints: TypeAlias = NDArray[np.int64]
Opinion: TypeAlias = Mapping[str, float]
"""What somebody outside thinks of some arms, from 0 to 1."""


@dataclass(frozen=True, slots=True)
class Neighbours:
    """Outcomes of the problems nearest to one problem, one entry an outcome, in equal order.

    `arm` is the arm's index in the order in which arms were added; `similarity` is a cosine.
    """

    similarity: Floats32
    problem: Ints
    arm: Ints
    reward: Floats
    weight: Floats
    seq: Ints

    def __len__(self) -> int:
        return len(self.similarity)

    def faded(self, changed: Mapping[int, int], keep: float) -> Neighbours:
        """The same, but of an arm that changed at some `seq` older outcomes count less."""
        old = self.seq <= np.array([changed.get(arm, -1) for arm in self.arm.tolist()])
        return replace(self, weight=np.where(old, keep * self.weight, self.weight))


@dataclass(frozen=True, slots=True)
class Observation:
    """One outcome, as the log keeps it.

    `weight` is the trust of whoever wrote it, 1 at most. `propensity` is the chance with which
    the arm was taken. `task` is the caller's name for the type of problem, if they have one.
    `verified` outcomes come from a checker, not from somebody's word. `opinion` is the one that
    the decision was taken with.
    """

    seq: int
    vector: Floats32
    features: Floats32
    arm: str
    reward: float
    weight: float = 1.0
    propensity: float = 1.0
    principal: str | None = None
    source: str | None = None
    verified: bool = False
    cost: float | None = None
    latency: float | None = None
    problem_key: str | None = None
    task: str | None = None
    neighbours: Neighbours | None = None
    opinion: Opinion | None = None

    def __post_init__(self) -> None:
        if not 0.0 <= self.reward <= 1.0:  # also catches NaN
            raise InputError(f"reward {self.reward!r} of arm {self.arm!r}: must be from 0 to 1")
        if not 0.0 <= self.weight <= 1.0:
            raise InputError(f"weight {self.weight!r} of arm {self.arm!r}: must be from 0 to 1")
        if not 0.0 < self.propensity <= 1.0:
            raise InputError(f"propensity {self.propensity!r}: must be above 0 and at most 1")
        if self.cost is not None and not (math.isfinite(self.cost) and self.cost >= 0.0):
            raise InputError(f"cost {self.cost!r} of arm {self.arm!r}: must be 0 or more, or None")


def check_opinion(opinion: Opinion) -> None:
    """Refuse what would spoil every later estimate."""
    for arm, thought in opinion.items():
        if not is_sound(thought):
            raise InputError(f"opinion {thought!r} on arm {arm!r}: must be from 0 to 1")


def is_sound(thought: object) -> bool:
    return isinstance(thought, float | int) and 0.0 <= thought <= 1.0
