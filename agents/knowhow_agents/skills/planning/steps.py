"""What an attempt may spend, counted in steps, so that outcomes repeat on every machine.

A step is one look at one thing: taken or left, a leg of a tour, a colour for a place. A change to a
whole plan costs as many steps as it makes look again, and so does a bound that looks at everything
that is left. Knows nothing about problems.
"""

STEP_BUDGET = 5_000
"""Enough for a small table, a short search or a few thousand swaps, seldom for all of them."""


class OutOfStepsError(Exception):
    """The attempt used up its budget."""


class Steps:
    def __init__(self, limit: int | None = STEP_BUDGET) -> None:
        self.limit, self.used = limit, 0

    def take(self, count: int = 1) -> None:
        self.used += count
        if self.limit is not None and self.used > self.limit:
            self.used = self.limit
            raise OutOfStepsError

    @property
    def share(self) -> float:
        """How much of the budget is gone."""
        return self.used / self.limit if self.limit else 0.0
