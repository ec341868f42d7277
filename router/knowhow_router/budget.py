"""Keeps a ceiling in dollars a problem, held over time, and finds what quality may cost.

The *price* (reward given up per dollar) is set so that the recent problems, decided at this price,
would have cost the budget, a little more while there are savings. On top of it stands a purse:
money that was not spent may be spent later, money that was not there may not. Knows nothing
about how rewards are estimated.
"""

from __future__ import annotations

import numpy as np

from knowhow_router.observation import Floats

WINDOW = 512
"""Recent problems the price is fitted to: what a router hopes to gain by paying changes as it
learns. With fewer, one dear choice is a coarse step."""

EVERY = 64
"""Decisions between two fits."""

ADVANCE = 5.0
"""Problems' worth of budget that may be spent ahead: 0.5% over a thousand problems."""

DEVIATIONS = 1.5
"""Of a bill above what is expected, for which there must be money: bills have long tails."""

SAVINGS = 200.0
"""Problems' worth that may be saved up; more would make a spree out of a quiet time."""

HALVINGS = 24
TINY, DEAREST = 1e-12, 1e15
"""Where the search for a price begins and gives up: even then the cheapest arm remains."""


class Purse:
    def __init__(self, budget: float, arms: int = 0) -> None:
        self.budget = budget
        self.price = 0.0
        self._money = ADVANCE * budget
        self._gains = np.zeros((WINDOW, arms))
        self._costs = np.zeros((WINDOW, arms))
        self._seen = 0

    def add_arm(self) -> None:
        column = np.zeros((WINDOW, 1))
        self._gains = np.hstack([self._gains, column])
        self._costs = np.hstack([self._costs, column])

    def look(self, estimates: Floats, costs: Floats) -> None:
        """A problem came by: what each arm would bring and cost."""
        at = self._seen % WINDOW
        self._gains[at], self._costs[at] = estimates, costs
        self._seen += 1
        if self._seen % EVERY == 0:
            self._fit()

    def affordable(
        self, costs: Floats, spread: Floats
    ) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
        """The arms the purse can pay for even if the bill is higher than expected by DEVIATIONS
        of its `spread` (in units of what is expected); the cheapest one always."""
        allowed = np.asarray(costs * (1.0 + DEVIATIONS * spread) <= self._money + self.budget)
        allowed[int(costs.argmin())] = True
        return allowed

    def spend(self, cost: float) -> None:
        """One problem's allowance comes in, its expected cost goes out."""
        self._money = min(self._money + self.budget - cost, SAVINGS * self.budget)

    def correct(self, difference: float) -> None:
        """The bill was higher (or lower) than expected."""
        self._money -= difference

    def _fit(self) -> None:
        rows = min(self._seen, WINDOW)
        gains, costs = self._gains[:rows], self._costs[:rows]
        target = max(self.budget + self._money / SAVINGS, 0.0)
        if self._mean_cost(gains, costs, 0.0) <= target:
            self.price = 0.0
            return
        low, high = 0.0, 1.0 / max(self.budget, TINY)
        while self._mean_cost(gains, costs, high) > target and high < DEAREST:
            high *= 4.0
        for _ in range(HALVINGS):
            middle = (low + high) / 2.0
            if self._mean_cost(gains, costs, middle) > target:
                low = middle
            else:
                high = middle
        self.price = high

    @staticmethod
    def _mean_cost(gains: Floats, costs: Floats, price: float) -> float:
        choice = np.argmax(gains - price * costs, axis=1)
        return float(costs[np.arange(len(costs)), choice].mean())
