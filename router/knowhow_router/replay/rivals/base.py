"""What the rival policies share: arms as numbers, a seeded generator, and how they answer.

A rival says which arm it takes and, where its method has one, the reward it expects. Rivals do
not abstain, and none of them knows anything about a budget: both are knowhow's own.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import numpy as np

from knowhow_router.contract import Choice, Row
from knowhow_router.replay.matrix import Floats

UNSTATED = math.nan
"""A method without probabilities states none, and is not scored on calibration."""


class Rival:
    """A policy over numbered arms; a family overrides `begin`, `pick` and `update`.

    `explores` is true while only the tried arm teaches something: with full feedback, or once
    training is over, trying an arm for the sake of learning would cost and bring nothing.
    """

    def __init__(self, name: str) -> None:
        self.name = name

    def start(
        self, arms: Sequence[str], *, dim: int, seed: int, budget: float | None, price: float
    ) -> None:
        self.arms = tuple(arms)
        self.number = {arm: i for i, arm in enumerate(self.arms)}
        self.rng = np.random.default_rng(seed)
        self.price = price
        self.explores = False
        self.begin(len(self.arms))

    def decide(self, row: Row) -> Choice:
        arm, expected = self.pick(row)
        name = self.arms[arm]
        return Choice(name, name, expected, UNSTATED, UNSTATED, UNSTATED)

    def learn(
        self, row: Row, arm: str, reward: float, cost: float | None, propensity: float
    ) -> None:
        self.explores = True
        self.update(row, self.number[arm], self.worth(reward, cost))

    def learn_full(self, row: Row, outcomes: Mapping[str, tuple[float, float | None]]) -> None:
        for arm, (reward, cost) in outcomes.items():
            self.update(row, self.number[arm], self.worth(reward, cost))

    def finish_training(self) -> None:
        self.explores = False

    def bill(self, row: Row, cost: float) -> None:
        """Knows nothing about a budget."""

    def worth(self, reward: float, cost: float | None) -> float:
        """What a rival learns from: the reward less the price of what it cost."""
        return reward - self.price * (cost or 0.0)

    def begin(self, arms: int) -> None:
        raise NotImplementedError

    def pick(self, row: Row) -> tuple[int, float]:
        """The arm's number and the reward expected from it (or `UNSTATED`)."""
        raise NotImplementedError

    def update(self, row: Row, arm: int, worth: float) -> None:
        raise NotImplementedError


def first_of_best(scores: Floats, rng: np.random.Generator) -> int:
    """The best arm, ties broken at random: the order of the names must not matter."""
    best = np.flatnonzero(scores == scores.max())
    return int(best[0]) if len(best) == 1 else int(rng.choice(best))
