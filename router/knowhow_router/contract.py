"""What replay and a routing policy owe each other.

Replay shows a policy one problem at a time, pays it the reward of the arm it chose, and keeps
the score. A policy sees only what a running router would see: never a reward it was not told.
This module knows nothing about files, estimates or scores.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol, TypeAlias

import numpy as np
from numpy.typing import NDArray

Vector: TypeAlias = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Row:
    """One problem as a policy may see it: its text, a label if it has one, and its embedding.

    The label is there for policies that keep a table per problem type; `vector` has unit length.
    """

    id: str
    problem: str
    task: str | None
    vector: Vector


@dataclass(frozen=True, slots=True)
class Choice:
    """What a policy answers for one problem.

    `arm` is None when the policy abstains; `fallback` is then the arm to use all the same, and
    otherwise equals `arm`. `p`, `low` and `high` are the expected reward of `fallback` on problems
    like this one, and its 95% interval; `propensity` is the chance with which this policy, in
    this state, takes `fallback`.
    """

    arm: str | None
    fallback: str
    p: float
    low: float
    high: float
    propensity: float


class Policy(Protocol):
    """One way of choosing arms, as replay drives it.

    `start` comes first and forgets everything. Replay calls `learn` under bandit feedback and
    `learn_full` under full feedback, never both for one row. `bill` tells what a decision cost
    wherever `learn` does not, also after training: money is spent even where nothing is learned.
    `finish_training` comes once, after the last training row and before the first decision that is
    scored.
    """

    name: str

    def start(
        self, arms: Sequence[str], *, dim: int, seed: int, budget: float | None, price: float
    ) -> None: ...

    def decide(self, row: Row) -> Choice: ...

    def learn(
        self, row: Row, arm: str, reward: float, cost: float | None, propensity: float
    ) -> None: ...

    def learn_full(self, row: Row, outcomes: Mapping[str, tuple[float, float | None]]) -> None: ...

    def finish_training(self) -> None: ...

    def bill(self, row: Row, cost: float) -> None: ...
