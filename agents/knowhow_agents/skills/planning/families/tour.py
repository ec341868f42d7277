"""The shortest round. A plan is the stops in their order, from the first on."""

import math
import random
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING

from knowhow_agents.skills.planning.course import Answer, Option
from knowhow_agents.skills.planning.propagation import Reader
from knowhow_agents.skills.planning.specs import Tour
from knowhow_agents.skills.planning.steps import Steps

if TYPE_CHECKING:
    from ortools.sat.python import cp_model

HEAT = 0.5
"""Of a usual leg."""


def legs_of(spec: Tour) -> list[list[int]]:
    """Between any two stops, to the nearest whole number."""
    return [[round(math.dist(a, b)) for b in spec.stops] for a in spec.stops]


class TourCourse:
    """Leg by leg; where one is and who has been visited is all that counts."""

    def __init__(self, spec: Tour, *, told: bool) -> None:
        self._legs = legs_of(spec)
        self._shortest = [
            min(leg for j, leg in enumerate(row) if j != i) for i, row in enumerate(self._legs)
        ]
        self.decisions = len(spec.stops) - 1
        self._all = range(len(spec.stops))
        self.start = (0, 1)

    def options(self, state: tuple[int, int], steps: Steps) -> Iterator[Option]:
        here, visited = state
        for stop in self._all:
            if not visited >> stop & 1:
                steps.take()
                leg = self._legs[here][stop]
                seen = visited | 1 << stop
                home = self._legs[stop][0] if seen + 1 == 1 << len(self._all) else 0
                yield Option(stop, (stop, seen), float(leg + home), float(leg))

    def bound(self, state: tuple[int, int], steps: Steps) -> float:
        """Whoever is left, and where one is, must be left by its shortest leg."""
        here, visited = state
        left = [stop for stop in self._all if not visited >> stop & 1]
        steps.take(len(left))
        return float(sum(self._shortest[stop] for stop in (here, *left))) if left else 0.0

    def answer(self, choices: Sequence[int]) -> Answer:
        return (1, *(stop + 1 for stop in choices))


class TourLandscape:
    """Turn a part of the round about."""

    goal = 0.0
    price = 4
    """Two legs go, two come."""

    def __init__(self, spec: Tour, rng: random.Random) -> None:
        self._legs = legs_of(spec)
        self._round = [*range(1, len(spec.stops))]
        rng.shuffle(self._round)
        self._round.insert(0, 0)
        self.cost = float(sum(self._legs[a][b] for a, b in pairwise([*self._round, 0])))
        self.heat = HEAT * self.cost / len(spec.stops)

    def propose(self, rng: random.Random) -> tuple[int, int]:
        first, last = sorted(rng.sample(range(1, len(self._round)), 2))
        return first, last

    def change(self, move: tuple[int, int]) -> float:
        first, last = move
        before, after = self._round[first - 1], self._round[(last + 1) % len(self._round)]
        one, other = self._round[first], self._round[last]
        legs = self._legs
        return float(
            legs[before][other] + legs[one][after] - legs[before][one] - legs[other][after]
        )

    def make(self, move: tuple[int, int], change: float) -> None:
        first, last = move
        self._round[first : last + 1] = self._round[first : last + 1][::-1]
        self.cost += change

    def answer(self) -> Answer:
        return tuple(stop + 1 for stop in self._round)


def formulate(spec: Tour, model: "cp_model.CpModel") -> Reader:
    legs = legs_of(spec)
    stops = range(len(legs))
    goes = {(i, j): model.new_bool_var("") for i in stops for j in stops if i != j}
    model.add_circuit([(i, j, used) for (i, j), used in goes.items()])
    model.minimize(sum(legs[i][j] * used for (i, j), used in goes.items()))

    def read(solver: "cp_model.CpSolver") -> Answer:
        following = {i: j for (i, j), used in goes.items() if solver.value(used)}
        order = [0]
        while (stop := following[order[-1]]) != 0:
            order.append(stop)
        return tuple(stop + 1 for stop in order)

    return read


def cost(spec: Tour, answer: Answer) -> float | None:
    if sorted(answer) != [*range(1, len(spec.stops) + 1)] or answer[0] != 1:
        return None
    legs = legs_of(spec)
    return float(sum(legs[a - 1][b - 1] for a, b in pairwise((*answer, 1))))
