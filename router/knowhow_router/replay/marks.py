"""What a policy is measured against: the best that could have been had, in hindsight.

- `best_single`: the best single arm; at a budget the best mixture of single arms that keeps it
  (the hull of what can be had without looking at the problem).
- `best_per_task`: the best arm of each label, an upper mark for whoever knows the labels.
- `oracle`: the best arm of each problem; at a budget the best choice per problem at one price of
  money that keeps it.

Marks are computed on outcomes, not learned: they see every reward of the rows they are made from.
They answer with weights per arm, so a mixture scores its exact expectation. Knows nothing about
policies or files.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from knowhow_memory.errors import InputError
from knowhow_router.replay.matrix import Floats

BISECTIONS = 60
"""Halvings of the price interval: below any difference in dollars that means something."""

NEVER = -np.inf
"""The worth of an arm nobody tried: it is not taken."""


@dataclass(frozen=True, slots=True, eq=False)
class Hindsight:
    """Rows with all their outcomes, and what money means: a price, a budget, or neither."""

    rewards: Floats
    costs: Floats
    tasks: Sequence[str | None]
    price: float = 0.0
    budget: float | None = None

    def __post_init__(self) -> None:
        unpriced = np.isnan(self.costs) & ~np.isnan(self.rewards)
        if (self.price or self.budget is not None) and unpriced.any():
            raise InputError(
                "a price or a budget needs the cost of every arm on every row: add 'cost', "
                "or leave out --price and --budget"
            )

    @property
    def worths(self) -> Floats:
        return self.rewards - self.price * self.costs if self.price else self.rewards


Mark = Callable[[Hindsight, Hindsight], Floats]
"""(rows to know, rows to decide) → weights of the arms on each row to decide."""


def best_single(known: Hindsight, asked: Hindsight) -> Floats:
    """One arm (or mixture) for everything, chosen on the rows that are known."""
    worths = column_means(known.worths, NEVER)
    if known.budget is None:
        weights = _one_hot(np.array([np.argmax(worths)]), len(worths))[0]
    else:
        weights = best_mixture(worths, column_means(known.costs, 0.0), known.budget)
    return np.broadcast_to(weights, asked.rewards.shape)


def best_per_task(known: Hindsight, asked: Hindsight) -> Floats:
    """The best arm of each label; labels never seen get the best single arm."""
    labels = sorted({task for task in known.tasks if task is not None})
    groups = {label: i for i, label in enumerate(labels)}
    of_known = np.array([-1 if task is None else groups[task] for task in known.tasks])
    of_asked = np.array([-1 if task is None else groups.get(task, -1) for task in asked.tasks])
    members = [of_known == group for group in range(len(labels))]
    worths = np.array([column_means(known.worths[rows], NEVER) for rows in members])
    weights = np.array(best_single(known, asked))
    if labels:
        costs = np.array([column_means(known.costs[rows], 0.0) for rows in members])
        sizes = np.array([rows.sum() for rows in members]) / max(1, (of_known >= 0).sum())
        chosen = _choose(worths, costs, known.budget, sizes)
        labelled = of_asked >= 0
        weights[labelled] = chosen[of_asked[labelled]]
    return weights


def oracle(known: Hindsight, asked: Hindsight) -> Floats:
    """The best arm of every asked row, whatever is known elsewhere."""
    even = np.full(len(asked.rewards), 1 / len(asked.rewards))
    return _choose(asked.worths, asked.costs, asked.budget, even)


MARKS: dict[str, Mark] = {
    "best_single": best_single,
    "best_per_task": best_per_task,
    "oracle": oracle,
}


def column_means(values: Floats, untried: float) -> Floats:
    """Means of what is known, and a given value for an arm nobody tried."""
    there = ~np.isnan(values)
    sums, counts = np.where(there, values, 0).sum(axis=0), there.sum(axis=0)
    return np.where(counts > 0, sums / np.maximum(counts, 1), untried)


def best_mixture(worths: Floats, costs: Floats, budget: float) -> Floats:
    """Weights of at most two arms with the highest mean worth at a mean cost within the budget.

    When even the cheapest arm costs more, it is all that can be done.
    """
    count = len(worths)
    single: Floats = np.eye(count)
    weights: Floats = single[np.argmin(costs)]
    best = -np.inf
    for arm in np.flatnonzero(costs <= budget):
        if worths[arm] > best:
            weights, best = single[arm], worths[arm]
    for cheap, dear in combinations(np.argsort(costs), 2):
        if costs[cheap] <= budget < costs[dear]:
            share = (budget - costs[cheap]) / (costs[dear] - costs[cheap])
            mixed = (1 - share) * worths[cheap] + share * worths[dear]
            if mixed > best:
                weights, best = (1 - share) * single[cheap] + share * single[dear], mixed
    return weights


def _choose(worths: Floats, costs: Floats, budget: float | None, sizes: Floats) -> Floats:
    """The best arm of each group at the lowest price of money that keeps the budget."""
    count = worths.shape[1]

    def at(price: float) -> Floats:
        utility = worths - price * costs if price else worths
        return _one_hot(np.argmax(utility, axis=1), count)

    def spent(weights: Floats) -> float:
        return float(sizes @ (weights * costs).sum(axis=1))

    if budget is None or spent(at(0.0)) <= budget:
        return at(0.0)
    low, high = 0.0, 1.0 / max(budget, 1e-12)
    while spent(at(high)) > budget:
        if high > 1e15:  # Not even the cheapest arm everywhere keeps the budget.
            return _one_hot(np.argmin(costs, axis=1), count)
        high *= 2
    for _ in range(BISECTIONS):
        middle = (low + high) / 2
        low, high = (middle, high) if spent(at(middle)) > budget else (low, middle)
    return at(high)


def _one_hot(arms: np.ndarray[tuple[int], np.dtype[np.intp]], count: int) -> Floats:
    weights = np.zeros((len(arms), count))
    weights[np.arange(len(arms)), arms] = 1
    return weights
