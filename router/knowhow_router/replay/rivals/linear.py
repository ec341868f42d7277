"""Linear contextual bandits: a ridge regression per arm on the problem's main components.

`LinUcb` adds a confidence bonus, `LinThompson` draws the weights from their posterior. Both see
the same `COMPONENTS` and a constant, since on all dimensions of an embedding they learn far
slower. Knows nothing about files or scores.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from knowhow_router.contract import Row
from knowhow_router.replay.matrix import Floats
from knowhow_router.replay.rivals.base import Rival, first_of_best
from knowhow_router.replay.rivals.space import Space

RIDGE = 0.3
LINUCB_WIDTH = 0.4
LINTS_WIDTH = 0.1
"""Widths of the bonus and of the posterior; the textbook's 1 explores far more than pays here."""


class Linear(Rival):
    """Per arm A⁻¹ and b; one outcome updates A⁻¹ by a rank-one correction."""

    def __init__(self, name: str, space: Space) -> None:
        super().__init__(name)
        self.space = space

    def begin(self, arms: int) -> None:
        size = len(self.space.axes) + 1
        self.inverse = np.tile(np.eye(size) / RIDGE, (arms, 1, 1))
        self.targets = np.zeros((arms, size))
        self.weights = np.zeros((arms, size))

    def update(self, row: Row, arm: int, worth: float) -> None:
        x = self.space.project(row.vector)
        inverse = self.inverse[arm]
        reach = inverse @ x
        inverse -= np.outer(reach, reach) / (1 + x @ reach)
        self.targets[arm] += worth * x
        self.weights[arm] = inverse @ self.targets[arm]

    def spread(self, x: NDArray[np.float64]) -> Floats:
        """Standard deviation of each arm's prediction, up to the noise's scale."""
        return np.sqrt(np.maximum((self.inverse @ x) @ x, 0))


class LinUcb(Linear):
    def pick(self, row: Row) -> tuple[int, float]:
        x = self.space.project(row.vector)
        expected = self.weights @ x
        bonus = self.explores * LINUCB_WIDTH * self.spread(x)
        arm = first_of_best(expected + bonus, self.rng)
        return arm, float(np.clip(expected[arm], 0, 1))


class LinThompson(Linear):
    """Draws each arm's prediction directly: the weights' posterior seen along this problem."""

    def pick(self, row: Row) -> tuple[int, float]:
        x = self.space.project(row.vector)
        expected = self.weights @ x
        drawn = self.rng.normal(expected, self.explores * LINTS_WIDTH * self.spread(x))
        arm = first_of_best(drawn, self.rng)
        return arm, float(np.clip(expected[arm], 0, 1))
