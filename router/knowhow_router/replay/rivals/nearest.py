"""k nearest neighbours: an arm is as good as it was on the most similar problems.

Under full feedback a neighbour shows every arm, under bandit feedback only the one that was
tried; an arm that no neighbour shows counts with its average. Knows nothing about files.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from knowhow_router.contract import Row
from knowhow_router.replay.matrix import Floats
from knowhow_router.replay.rivals.base import Rival, first_of_best
from knowhow_router.replay.rivals.tables import EXPLORED, PRIOR_WEIGHT

NEIGHBOURS = 100
ROOM_AT_FIRST = 1024


class NearestNeighbours(Rival):
    """Exact search over all remembered problems; a row of rewards each, NaN where not tried."""

    def __init__(self, name: str, dim: int) -> None:
        super().__init__(name)
        self.dim = dim

    def begin(self, arms: int) -> None:
        self.filled = 0
        self.vectors = np.empty((ROOM_AT_FIRST, self.dim), dtype=np.float32)
        self.rewards = np.empty((ROOM_AT_FIRST, arms))
        self.sums, self.counts = np.zeros(arms), np.zeros(arms)

    def pick(self, row: Row) -> tuple[int, float]:
        sums, counts = self.neighbourhood(row)
        average = (self.sums + 1) / (self.counts + 1)  # An arm nobody tried looks perfect.
        expected = (sums + PRIOR_WEIGHT * average) / (counts + PRIOR_WEIGHT)
        if self.explores and self.rng.random() < EXPLORED:
            arm = int(self.rng.integers(len(expected)))
        else:
            arm = first_of_best(expected, self.rng)
        return arm, float(np.clip(expected[arm], 0, 1))

    def neighbourhood(self, row: Row) -> tuple[Floats, Floats]:
        similar = self.vectors[: self.filled] @ row.vector
        if self.filled > NEIGHBOURS:
            nearest = np.argpartition(similar, -NEIGHBOURS)[-NEIGHBOURS:]
        else:
            nearest = np.arange(self.filled)
        rewards = self.rewards[nearest]
        return np.nansum(rewards, axis=0), np.count_nonzero(~np.isnan(rewards), axis=0).astype(
            np.float64
        )

    def update(self, row: Row, arm: int, worth: float) -> None:
        self.remember(row, {arm: worth})

    def learn_full(self, row: Row, outcomes: Mapping[str, tuple[float, float | None]]) -> None:
        self.remember(
            row,
            {self.number[arm]: self.worth(*outcome) for arm, outcome in outcomes.items()},
        )

    def remember(self, row: Row, worths: Mapping[int, float]) -> None:
        if self.filled == len(self.vectors):
            self.vectors = np.concatenate([self.vectors, np.empty_like(self.vectors)])
            self.rewards = np.concatenate([self.rewards, np.empty_like(self.rewards)])
        self.vectors[self.filled] = row.vector
        self.rewards[self.filled] = np.nan
        for arm, worth in worths.items():
            self.rewards[self.filled, arm] = worth
            self.sums[arm] += worth
            self.counts[arm] += 1
        self.filled += 1
