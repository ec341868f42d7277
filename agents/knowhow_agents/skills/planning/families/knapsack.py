"""The greatest worth within a limit. A plan is the chosen things' places in the list.

What a plan costs is the worth that stays behind.
"""

import random
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from knowhow_agents.skills.planning.course import Answer, Option
from knowhow_agents.skills.planning.families.choosing import Chosen, chosen_places
from knowhow_agents.skills.planning.propagation import Reader
from knowhow_agents.skills.planning.specs import Knapsack
from knowhow_agents.skills.planning.steps import Steps

if TYPE_CHECKING:
    from ortools.sat.python import cp_model

OVERWEIGHT = 2.0
"""What a unit too much costs, in units of the usual worth of a unit: nobody gains by it."""


class KnapsackCourse:
    """Thing by thing, taken or left; the densest first unless it goes as told."""

    def __init__(self, spec: Knapsack, *, told: bool) -> None:
        places = range(len(spec.items))
        self._places = list(places)
        if not told:
            self._places.sort(key=lambda i: -spec.items[i][1] / spec.items[i][0])
        self._items = [spec.items[place] for place in self._places]
        self.decisions = len(self._items)
        self.start = (0, spec.limit)

    def options(self, state: tuple[int, int], steps: Steps) -> Iterator[Option]:
        at, room = state
        weight, worth = self._items[at]
        steps.take()
        if weight <= room:
            yield Option(True, (at + 1, room - weight), 0.0, 0.0)
        steps.take()
        yield Option(False, (at + 1, room), float(worth), 1.0)

    def bound(self, state: tuple[int, int], steps: Steps) -> float:
        """As if things could be cut."""
        at, room = state
        lost = 0.0
        for weight, worth in self._items[at:]:
            steps.take()
            lost += worth * max(0, weight - room) / weight
            room = max(0, room - weight)
        return lost

    def answer(self, choices: Sequence[bool]) -> Answer:
        return chosen_places(self._places, choices)


class KnapsackLandscape(Chosen):
    """Take or leave one, or one for another; too much is possible and dear."""

    def __init__(self, spec: Knapsack, rng: random.Random) -> None:
        super().__init__([False] * len(spec.items))
        self._weights, self._worths = zip(*spec.items, strict=True)
        self._limit, self._weight, self._lost = spec.limit, 0, sum(self._worths)
        self._dear = OVERWEIGHT * max(worth / weight for weight, worth in spec.items)
        self.goal = 0.0
        self.cost = float(self._lost)
        self.heat = self._lost / len(spec.items) / 2

    def change(self, move: tuple[int, ...]) -> float:
        weight = self._weight + self._moved(move, self._weights)
        lost = self._lost - self._moved(move, self._worths)
        return float(lost + self._dear * max(0, weight - self._limit) - self.cost)

    def make(self, move: tuple[int, ...], change: float) -> None:
        self._weight += self._moved(move, self._weights)
        self._lost -= self._moved(move, self._worths)
        self.cost += change
        self.flip(move)


def formulate(spec: Knapsack, model: "cp_model.CpModel") -> Reader:
    taken = [model.new_bool_var("") for _ in spec.items]
    model.add(sum(w * t for (w, _), t in zip(spec.items, taken, strict=True)) <= spec.limit)
    model.maximize(sum(v * t for (_, v), t in zip(spec.items, taken, strict=True)))
    return lambda solver: chosen_places(range(len(taken)), [bool(solver.value(t)) for t in taken])


def cost(spec: Knapsack, answer: Answer) -> float | None:
    """Worth counts against cost."""
    if len(set(answer)) != len(answer) or not set(answer) <= set(range(1, len(spec.items) + 1)):
        return None
    chosen = [spec.items[place - 1] for place in answer]
    if sum(weight for weight, _ in chosen) > spec.limit:
        return None
    return -float(sum(worth for _, worth in chosen))
