"""The outcomes themselves, in the order learned, in arrays that grow.

Kept so that new partitions can be counted from all that is known and an old outcome can be taken
back. Views of problems are kept only while partitions may still be redrawn. Knows nothing about
what the numbers mean.
"""

from __future__ import annotations

from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from knowhow_memory.errors import NotFoundError
from knowhow_router.observation import Floats, Floats32, Ints

FIRST_ROOM = 256

Number = TypeVar("Number", bound=np.generic)


class History:
    def __init__(self, view_dim: int, partitions: int) -> None:
        self._views = np.zeros((0, view_dim), dtype=np.float32)
        self._regions = np.zeros((0, partitions), dtype=np.int16)
        self._along = np.zeros((0, 0), dtype=np.float32)
        self._task = np.zeros(0, dtype=np.int16)
        self._problem = np.zeros(0, dtype=np.int32)
        self._arm = np.zeros(0, dtype=np.int32)
        self._reward = np.zeros(0)
        self._weight = np.zeros(0)
        self._cost = np.zeros(0)
        self._row: dict[int, int] = {}
        self.problems = 0
        self.outcomes = 0

    def add_problem(
        self, view: Floats32 | None, regions: Ints | None, along: Floats32 | None, task: int
    ) -> int:
        """Remember a problem; returns its number. A view that is not given is never needed."""
        at = self.problems
        if view is not None:
            self._views = _room(self._views, at)
            self._views[at] = view
        self._regions = _room(self._regions, at)
        if regions is not None:
            self._regions[at] = regions
        self._along = _room(self._along, at)
        if along is not None:
            self._along[at] = along
        self._task = _room(self._task, at)
        self._task[at] = task
        self.problems += 1
        return at

    def add(
        self, seq: int, problem: int, arm: int, reward: float, weight: float, cost: float | None
    ) -> None:
        at = self.outcomes
        self._problem = _room(self._problem, at)
        self._arm = _room(self._arm, at)
        self._reward = _room(self._reward, at)
        self._weight = _room(self._weight, at)
        self._cost = _room(self._cost, at)
        self._problem[at], self._arm[at] = problem, arm
        self._reward[at], self._weight[at] = reward, weight
        self._cost[at] = np.nan if cost is None else cost
        self._row[seq] = at
        self.outcomes += 1

    def views(self) -> Floats32:
        return self._views[: self.problems]

    def forget_views(self) -> None:
        self._views = self._views[:0]

    def put_places(self, regions: Ints, along: Floats32) -> None:
        """New partitions and slopes: where every problem so far lies now."""
        self._regions[: self.problems] = regions
        self._along = np.zeros((len(self._regions), along.shape[1]), dtype=np.float32)
        self._along[: self.problems] = along

    def columns(self) -> tuple[Ints, Ints, Floats, Floats]:
        """Regions (a row an outcome), arms, rewards and weights of all outcomes."""
        n = self.outcomes
        regions = self._regions[self._problem[:n]].astype(np.int64)
        return regions, self._arm[:n].astype(np.int64), self._reward[:n], self._weight[:n]

    def along(self) -> Floats32:
        """Where along the slopes the problem of every outcome lies."""
        return self._along[self._problem[: self.outcomes]]

    def billed(self) -> tuple[Ints, Ints, Floats]:
        """Regions, arms and costs of the outcomes whose costs are known."""
        cost = self._cost[: self.outcomes]
        known = ~np.isnan(cost)
        regions, arms, _, _ = self.columns()
        return regions[known], arms[known], cost[known]

    def outcome(self, seq: int) -> tuple[Ints, Floats32, int, int, float, float]:
        """Regions, place along the slopes, task, arm, reward and weight of one outcome."""
        at = self._at(seq)
        problem = self._problem[at]
        regions, along = self._regions[problem].astype(np.int64), self._along[problem]
        task, arm = int(self._task[problem]), int(self._arm[at])
        return regions, along, task, arm, float(self._reward[at]), float(self._weight[at])

    def change(self, seq: int, reward: float, weight: float) -> None:
        at = self._at(seq)
        self._reward[at] = reward
        self._weight[at] = weight

    def discount(self, arm: int, keep: float) -> None:
        n = self.outcomes
        self._weight[:n][self._arm[:n] == arm] *= keep

    def _at(self, seq: int) -> int:
        if seq not in self._row:
            raise NotFoundError(f"outcome {seq!r} was never learned: replay the log first")
        return self._row[seq]


def _room(array: NDArray[Number], at: int) -> NDArray[Number]:
    """The array itself, or a copy twice as long when row `at` does not fit."""
    if at < len(array):
        return array
    longer = np.zeros((max(FIRST_ROOM, 2 * len(array)), *array.shape[1:]), dtype=array.dtype)
    longer[: len(array)] = array
    return longer
