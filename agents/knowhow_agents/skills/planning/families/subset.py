"""Numbers that add up to a goal, exactly. A plan is the chosen numbers' places in the list."""

import random
from collections.abc import Iterator, Sequence
from itertools import accumulate
from typing import TYPE_CHECKING

from knowhow_agents.skills.planning.course import Answer, Option
from knowhow_agents.skills.planning.families.choosing import Chosen, chosen_places
from knowhow_agents.skills.planning.propagation import Reader
from knowhow_agents.skills.planning.specs import Subset
from knowhow_agents.skills.planning.steps import Steps

if TYPE_CHECKING:
    from ortools.sat.python import cp_model


class SubsetCourse:
    """Number by number, taken or left; the largest first where that is wanted."""

    def __init__(self, spec: Subset, *, told: bool) -> None:
        places = range(len(spec.numbers))
        self._places = list(places) if told else sorted(places, key=lambda i: -spec.numbers[i])
        self._numbers = [spec.numbers[place] for place in self._places]
        self._rest = [*accumulate(reversed(self._numbers), initial=0)][::-1]
        self.decisions = len(self._numbers)
        self.start = (0, spec.goal)

    def options(self, state: tuple[int, int], steps: Steps) -> Iterator[Option]:
        at, left = state
        for take in (True, False):
            steps.take()
            still = left - self._numbers[at] if take else left
            if 0 <= still <= self._rest[at + 1]:
                yield Option(take, (at + 1, still), 0.0, 1.0 - take)

    def bound(self, state: tuple[int, int], steps: Steps) -> float:
        return 0.0

    def answer(self, choices: Sequence[bool]) -> Answer:
        return chosen_places(self._places, choices)


class SubsetLandscape(Chosen):
    """Flip one number, or swap one for another; the cost is how far off the sum is."""

    goal = 0.0

    def __init__(self, spec: Subset, rng: random.Random) -> None:
        self._wanted = spec.goal
        self._numbers = spec.numbers
        super().__init__([rng.random() < 0.5 for _ in spec.numbers])
        self._sum = sum(n for n, taken in zip(spec.numbers, self.taken, strict=True) if taken)
        self.cost = float(abs(self._sum - spec.goal))
        self.heat = sum(spec.numbers) / len(spec.numbers)

    def change(self, move: tuple[int, ...]) -> float:
        return abs(self._sum + self._moved(move, self._numbers) - self._wanted) - self.cost

    def make(self, move: tuple[int, ...], change: float) -> None:
        self._sum += self._moved(move, self._numbers)
        self.cost += change
        self.flip(move)


def formulate(spec: Subset, model: "cp_model.CpModel") -> Reader:
    taken = [model.new_bool_var("") for _ in spec.numbers]
    model.add(sum(n * t for n, t in zip(spec.numbers, taken, strict=True)) == spec.goal)
    return lambda solver: chosen_places(range(len(taken)), [bool(solver.value(t)) for t in taken])


def cost(spec: Subset, answer: Answer) -> float | None:
    if len(set(answer)) != len(answer) or not set(answer) <= set(range(1, len(spec.numbers) + 1)):
        return None
    return 0.0 if sum(spec.numbers[place - 1] for place in answer) == spec.goal else None
