"""What arms cost and how long they take: the mean of what came in, per arm.

Knows nothing about budgets, prices of quality or rewards.
"""

from __future__ import annotations

import numpy as np

from knowhow_router.observation import Floats


class Bills:
    def __init__(self) -> None:
        self._cost, self._latency = np.zeros((2, 0)), np.zeros((2, 0))
        self._list_price = np.zeros(0)

    def add_arm(self, list_price: float | None) -> None:
        """`list_price` is what its problems are taken to cost until the first bill."""
        column = np.zeros((2, 1))
        self._cost = np.hstack([self._cost, column])
        self._latency = np.hstack([self._latency, column])
        self._list_price = np.append(self._list_price, np.nan if list_price is None else list_price)

    def add(self, arm: int, cost: float | None, latency: float | None) -> None:
        for sums, value in ((self._cost, cost), (self._latency, latency)):
            if value is not None:
                sums[:, arm] += (1.0, value)

    @property
    def costs(self) -> Floats:
        """What a problem costs with each arm; NaN when nobody knows."""
        return np.where(self._cost[0] > 0.0, _means(self._cost), self._list_price)

    @property
    def assumed_costs(self) -> Floats:
        """The same; an arm nobody knows the cost of counts as free until a bill says otherwise."""
        return np.nan_to_num(self.costs, nan=0.0)

    @property
    def latencies(self) -> Floats:
        """Seconds; NaN when nobody knows."""
        return _means(self._latency)


def _means(sums: Floats) -> Floats:
    """Of a row of counts and a row of totals; NaN where there is nothing."""
    count, total = sums
    unknown = np.full(len(count), np.nan)
    return np.asarray(np.divide(total, count, out=unknown, where=count > 0.0))
