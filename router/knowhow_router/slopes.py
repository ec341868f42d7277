"""How each arm fares along the directions in which problems differ most: a ridge regression an arm.

A region says what went well on problems that are alike as a whole. A slope says what size, wording
or topic add, each by itself, and so speaks of combinations that nobody has met. Directions are
drawn once and stay; what is learnt along them are sums, so an outcome can be taken back. Knows
nothing about regions, neighbours or policy.
"""

from __future__ import annotations

import numpy as np

from knowhow_router.observation import Floats, Floats32, Ints

DIRECTIONS = 64
"""Half as many tell less, twice as many no more after a thousand outcomes."""
RIDGE = 1.0
"""Outcomes' worth of "this direction says nothing": a view's length is about 1.4."""
SAMPLE = 2048
"""Problems that directions are drawn from, evenly spaced, so that drawing them stays quick."""


class Slopes:
    """The principal components of some problems, and what came of each arm along them."""

    def __init__(self, views: Floats32, arms: int) -> None:
        sample = views[:: -(-len(views) // SAMPLE)]
        self._middle = sample.mean(axis=0)
        apart = sample - self._middle
        _, directions = np.linalg.eigh(apart.T @ apart)
        self._directions = np.ascontiguousarray(directions[:, ::-1][:, :DIRECTIONS])
        size = 1 + self._directions.shape[1]
        self._squares = np.zeros((arms, size, size))
        self._pull = np.zeros((arms, size))
        self._rise = np.zeros((arms, size))
        self._level = np.zeros((arms, size))

    def place(self, views: Floats32) -> Floats32:
        """Where one or many problems lie, after a 1 for what all have in common."""
        along = (views - self._middle) @ self._directions
        common = np.ones((*along.shape[:-1], 1), dtype=np.float32)
        return np.concatenate([common, along], axis=-1)

    def add_arm(self) -> None:
        self._squares, self._pull, self._rise, self._level = (
            np.concatenate([known, np.zeros((1, *known.shape[1:]))])
            for known in (self._squares, self._pull, self._rise, self._level)
        )

    def add(self, place: Floats32, arm: int, reward: float, weight: float) -> None:
        exact = place.astype(np.float64)
        self._squares[arm] += weight * np.outer(exact, exact)
        self._pull[arm] += weight * reward * exact
        self._solve(arm)

    def add_many(self, places: Floats32, arms: Ints, rewards: Floats, weights: Floats) -> None:
        """`places` has one row an outcome."""
        for arm in np.unique(arms):
            own = arms == arm
            exact = places[own].astype(np.float64)
            weighted = exact * weights[own, None]
            self._squares[arm] += weighted.T @ exact
            self._pull[arm] += rewards[own] @ weighted
            self._solve(arm)

    def discount(self, arm: int, keep: float) -> None:
        self._squares[arm] *= keep
        self._pull[arm] *= keep
        self._solve(arm)

    def predict(self, place: Floats32, usual: float) -> Floats:
        """The reward of every arm; who knows nothing about an arm says what is usual."""
        return np.asarray(usual + self._rise @ place - usual * (self._level @ place))

    def _solve(self, arm: int) -> None:
        """Slopes of rewards, and of a constant 1: from both those of rewards less what is usual,
        which moves with every outcome."""
        sides = np.stack([self._pull[arm], self._squares[arm, 0]], axis=1)
        ridge = RIDGE * np.eye(len(sides))
        self._rise[arm], self._level[arm] = np.linalg.solve(self._squares[arm] + ridge, sides).T
