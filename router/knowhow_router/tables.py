"""What was tried and what came of it: additive sums per arm, and per arm in each region.

Sums only, so an outcome can be taken back exactly. Knows nothing about estimates or policy.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from knowhow_router.observation import Floats, Ints


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


class RegionTable:
    """Weight and reward of every arm in every region, of all partitions stacked."""

    def __init__(self, regions: int, arms: int) -> None:
        self.weight = np.zeros((regions, arms))
        self.reward = np.zeros((regions, arms))

    def add_arm(self) -> None:
        column = np.zeros((len(self.weight), 1))
        self.weight = np.hstack([self.weight, column])
        self.reward = np.hstack([self.reward, column])

    def add(self, regions: Ints, arm: int, reward: float, weight: float) -> None:
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
