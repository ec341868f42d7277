"""Exact nearest problems in memory, for replay: what the memory's index answers at run time.

Knows nothing about estimates; unlearned problems cannot be found.
"""

from __future__ import annotations

import numpy as np

from knowhow_router.observation import Floats32, Neighbours

NEAREST = 50
"""Problems looked up; more moved no measured figure."""

FIRST_ROOM = 256


class NearestProblems:
    def __init__(self, dim: int, arms: int) -> None:
        self._vectors = np.zeros((FIRST_ROOM, dim), dtype=np.float32)
        self._rewards = np.full((FIRST_ROOM, arms), np.nan)
        self._seq = np.zeros((FIRST_ROOM, arms), dtype=np.int64)
        self._problems = 0

    def add_problem(self, vector: Floats32) -> int:
        at = self._problems
        if at == len(self._vectors):
            self._vectors = np.concatenate([self._vectors, np.zeros_like(self._vectors)])
            self._rewards = np.concatenate([self._rewards, np.full_like(self._rewards, np.nan)])
            self._seq = np.concatenate([self._seq, np.zeros_like(self._seq)])
        self._vectors[at] = vector
        self._problems += 1
        return at

    def add_outcome(self, problem: int, arm: int, reward: float, seq: int) -> None:
        self._rewards[problem, arm] = reward
        self._seq[problem, arm] = seq

    def search(self, vector: Floats32) -> Neighbours:
        """The outcomes of the nearest problems, in the order in which they were learned."""
        similarity = self._vectors[: self._problems] @ vector
        near = np.arange(self._problems)
        if self._problems > NEAREST:
            near = np.sort(np.argpartition(-similarity, NEAREST - 1)[:NEAREST])
        rewards = self._rewards[near]
        row, arm = np.nonzero(~np.isnan(rewards))
        return Neighbours(
            similarity=similarity[near][row],
            problem=near[row].astype(np.int64),
            arm=arm.astype(np.int64),
            reward=rewards[row, arm],
            weight=np.ones(len(row)),
            seq=self._seq[near][row, arm],
        )
