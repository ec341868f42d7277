"""Families and strategies together: any strategy on any spec, under the budget, and the checker.

Knows nothing about texts.
"""

import random
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from knowhow_agents.skills.planning import strategies
from knowhow_agents.skills.planning.course import Answer, Course, Landscape
from knowhow_agents.skills.planning.families import (
    colouring,
    jobs,
    knapsack,
    packing,
    queens,
    shifts,
    subset,
    tour,
)
from knowhow_agents.skills.planning.propagation import Reader, exact, propagation
from knowhow_agents.skills.planning.specs import Spec, Unsolvable
from knowhow_agents.skills.planning.steps import OutOfStepsError, Steps
from knowhow_memory.errors import NotFoundError

if TYPE_CHECKING:
    from ortools.sat.python import cp_model

NEAR = 0.02
"""A plan this close to the best known counts as solved."""


class Strategy(StrEnum):
    GREEDY = "greedy"
    TABLE = "table"
    SEARCH = "search"
    PROPAGATION = "propagation"
    LOCAL = "local"
    BOUND = "bound"


@dataclass(frozen=True)
class Family:
    course: Callable[..., Course]
    landscape: Callable[[Any, random.Random], Landscape]
    formulate: Callable[[Any, "cp_model.CpModel"], Reader]
    cost: Callable[[Any, Answer], float | None]
    """None of a plan that breaks a rule."""


FAMILIES = {
    "colouring": Family(
        colouring.ColouringCourse, colouring.ColouringLandscape, colouring.formulate, colouring.cost
    ),
    "knapsack": Family(
        knapsack.KnapsackCourse, knapsack.KnapsackLandscape, knapsack.formulate, knapsack.cost
    ),
    "packing": Family(
        packing.PackingCourse, packing.PackingLandscape, packing.formulate, packing.cost
    ),
    "tour": Family(tour.TourCourse, tour.TourLandscape, tour.formulate, tour.cost),
    "queens": Family(queens.QueensCourse, queens.QueensLandscape, queens.formulate, queens.cost),
    "shifts": Family(shifts.ShiftsCourse, shifts.ShiftsLandscape, shifts.formulate, shifts.cost),
    "subset": Family(subset.SubsetCourse, subset.SubsetLandscape, subset.formulate, subset.cost),
    "jobs": Family(jobs.JobsCourse, jobs.JobsLandscape, jobs.formulate, jobs.cost),
}


@dataclass(frozen=True)
class Attempt:
    answer: Answer | None
    steps: int
    why: str = ""
    """There is no answer."""


def attempt(spec: Spec, strategy: str, *, limit: int | None = Steps().limit) -> Attempt:
    """The same spec and strategy make the same plan in as many steps, always."""
    way = strategy_named(strategy)
    steps = Steps(limit)
    try:
        answer = _run(spec, way, steps)
    except OutOfStepsError:
        return Attempt(None, steps.used, "out of steps")
    return Attempt(answer, steps.used, "" if answer is not None else "found no plan")


def strategy_named(name: str) -> Strategy:
    try:
        return Strategy(name)
    except ValueError:
        known = ", ".join(Strategy)
        raise NotFoundError(f"no strategy {name[:60]!r}: there are {known}") from None


def best_known(spec: Spec) -> float:
    """The cost of the best plan."""
    family = FAMILIES[spec.family]
    answer = exact(lambda model: family.formulate(spec, model))
    cost = None if answer is None else family.cost(spec, answer)
    if cost is None:
        raise Unsolvable(f"no plan does what is asked of this problem ({spec.family})")
    return cost


def check(spec: Spec, answer: Answer | None, best: float) -> float:
    """1 for a plan that keeps every rule and is near the best known."""
    cost = None if answer is None else FAMILIES[spec.family].cost(spec, answer)
    return float(cost is not None and cost <= best + NEAR * abs(best))


def _run(spec: Spec, way: Strategy, steps: Steps) -> Answer | None:
    family = FAMILIES[spec.family]
    match way:
        case Strategy.GREEDY:
            return strategies.greedy(family.course(spec, told=False), steps)
        case Strategy.TABLE:
            return strategies.table(family.course(spec, told=True), steps)
        case Strategy.SEARCH:
            return strategies.search(family.course(spec, told=True), steps)
        case Strategy.BOUND:
            return strategies.branch_and_bound(family.course(spec, told=False), steps)
        case Strategy.LOCAL:
            rng = random.Random(str(spec))
            return strategies.local(family.landscape(spec, rng), steps, rng)
        case Strategy.PROPAGATION:
            return propagation(lambda model: family.formulate(spec, model), steps)
