"""What was tried and what came of it: additive sums per arm, per region and per type of problem.

Sums only, so an outcome can be taken back exactly. Knows nothing about estimates or policy.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from knowhow_router.observation import Floats, Ints

NO_TASK = -1
FIRST_TASKS = 16
MOST_TASKS = 4096
"""Names beyond these count as none: where there are so many, a name is hardly a type."""


def _none() -> Floats:
    return np.zeros(0)


@dataclass(slots=True)
class Totals:
    """Weight and reward of every arm, all problems together."""

    weight: Floats = field(default_factory=_none)
    reward: Floats = field(default_factory=_none)

    def add_arm(self) -> None:
        self.weight = np.append(self.weight, 0.0)
        self.reward = np.append(self.reward, 0.0)

    def add(self, arm: int, reward: float, weight: float) -> None:
        self.weight[arm] += weight
        self.reward[arm] += weight * reward

    def discount(self, arm: int, keep: float) -> None:
        self.weight[arm] *= keep
        self.reward[arm] *= keep

    @property
    def usual(self) -> float:
        """The mean of all arms, beginning as a coin's."""
        return float((self.reward.sum() + 1.0) / (self.weight.sum() + 2.0))


class RegionTable:
    """Weight and reward of every arm in every region, of all partitions stacked."""

    def __init__(self, regions: int, arms: int) -> None:
        self.weight = np.zeros((regions, arms))
        self.reward = np.zeros((regions, arms))

    def add_arm(self) -> None:
        column = np.zeros((len(self.weight), 1))
        self.weight = np.hstack([self.weight, column])
        self.reward = np.hstack([self.reward, column])

    def add(self, regions: Ints | int, arm: int, reward: float, weight: float) -> None:
        self.weight[regions, arm] += weight
        self.reward[regions, arm] += weight * reward

    def add_many(self, regions: Ints, arms: Ints, rewards: Floats, weights: Floats) -> None:
        """`regions` has one row an outcome, one column a partition."""
        for column in regions.T:
            np.add.at(self.weight, (column, arms), weights)
            np.add.at(self.reward, (column, arms), weights * rewards)

    def discount(self, arm: int, keep: float) -> None:
        self.weight[:, arm] *= keep
        self.reward[:, arm] *= keep


class TaskTable(RegionTable):
    """Weight and reward of every arm on each type of problem that callers have a name for."""

    def __init__(self) -> None:
        super().__init__(FIRST_TASKS, 0)
        self._rows: dict[str, int] = {}

    def find(self, task: str | None) -> int:
        """The row of this type of problem; NO_TASK when nothing was learned about it."""
        return NO_TASK if task is None else self._rows.get(task, NO_TASK)

    def sums(self, row: int) -> Totals:
        return Totals(self.weight[row], self.reward[row])

    def enter(self, task: str | None) -> int:
        """The row of this type of problem, from now on if there is none so far."""
        if task is None or (task not in self._rows and len(self._rows) >= MOST_TASKS):
            return NO_TASK
        row = self._rows.setdefault(task, len(self._rows))
        if row == len(self.weight):
            self.weight = np.vstack([self.weight, np.zeros_like(self.weight)])
            self.reward = np.vstack([self.reward, np.zeros_like(self.reward)])
        return row
