"""What arms cost and how long they take: the mean of what came in, per arm and per region.

A problem's expected cost starts at the arm's mean and moves by what the arm cost in the problem's
regions: problems that deserve a dear arm tend to be dear. Knows nothing about budgets, prices of
quality or rewards.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from knowhow_router.observation import Floats, Ints
from knowhow_router.tables import RegionTable

REGION_PRIOR = 4.0
"""Bills of an arm a region must show before its own mean counts half."""

SPREAD_PRIOR = 3.0
"""Bills' worth of the assumption that a bill is off by as much as was expected."""


class Bills:
    def __init__(self) -> None:
        self._cost, self._latency = np.zeros((2, 0)), np.zeros((2, 0))
        self._list_price = np.zeros(0)
        self._surprise = np.zeros((2, 0))
        self._here: RegionTable | None = None

    def add_arm(self, list_price: float | None) -> None:
        """`list_price` is what its problems are taken to cost until the first bill."""
        column = np.zeros((2, 1))
        self._cost = np.hstack([self._cost, column])
        self._latency = np.hstack([self._latency, column])
        self._surprise = np.hstack([self._surprise, column])
        self._list_price = np.append(self._list_price, np.nan if list_price is None else list_price)
        if self._here is not None:
            self._here.add_arm()

    def add(
        self, arm: int, regions: Ints | None, cost: float | None, latency: float | None
    ) -> None:
        if latency is not None:
            self._latency[:, arm] += (1.0, latency)
        if cost is None:
            return
        expected = float(self.expected(regions)[arm])
        if expected > 0.0:
            self._surprise[:, arm] += (1.0, (cost / expected - 1.0) ** 2)
        self._cost[:, arm] += (1.0, cost)
        if self._here is not None and regions is not None:
            self._here.add(regions, arm, cost, 1.0)

    def redraw(self, count: int, regions: Ints, arms: Ints, costs: Floats) -> None:
        """New regions, so many, and what is known to have been billed in them."""
        self._here = RegionTable(count, len(self._list_price))
        self._here.add_many(regions, arms, costs, np.ones(len(costs)))

    @property
    def known(self) -> NDArray[np.bool_]:
        """The arms whose cost somebody has told."""
        return np.asarray((self._cost[0] > 0.0) | ~np.isnan(self._list_price))

    def expected(self, regions: Ints | None) -> Floats:
        """What a problem in these regions costs with each arm; one nobody knows the cost of counts
        as free until a bill says otherwise."""
        billed = np.where(self._cost[0] > 0.0, _means(self._cost), self._list_price)
        general = np.where(self.known, billed, 0.0)
        if self._here is None or regions is None:
            return general
        count, cost = self._here.weight[regions], self._here.reward[regions]
        return np.asarray(((cost + REGION_PRIOR * general) / (count + REGION_PRIOR)).mean(axis=0))

    @property
    def spread(self) -> Floats:
        """Standard deviation of an arm's bills, in units of what was expected."""
        count, squares = self._surprise
        return np.sqrt((squares + SPREAD_PRIOR) / (count + SPREAD_PRIOR))

    @property
    def latencies(self) -> Floats:
        """Seconds; NaN when nobody knows."""
        return _means(self._latency)


def _means(sums: Floats) -> Floats:
    """Of a row of counts and a row of totals; NaN where there is nothing."""
    count, total = sums
    unknown = np.full(len(count), np.nan)
    return np.asarray(np.divide(total, count, out=unknown, where=count > 0.0))
