"""Neighbours look different. A plan says for each place its colour."""

import random
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from knowhow_agents.skills.planning.course import Answer, Option
from knowhow_agents.skills.planning.propagation import Reader
from knowhow_agents.skills.planning.specs import Colouring
from knowhow_agents.skills.planning.steps import Steps

if TYPE_CHECKING:
    from ortools.sat.python import cp_model

Colours = tuple[int, ...]
OPEN, CLOSED = 0, -1
"""Not coloured yet; coloured, and all neighbours, too, so that nobody asks for its colour."""
HEAT = 0.4
"""Of one clash."""


def neighbours_of(spec: Colouring) -> list[set[int]]:
    found: list[set[int]] = [set() for _ in range(spec.places)]
    for a, b in spec.edges:
        found[a - 1].add(b - 1)
        found[b - 1].add(a - 1)
    return found


class ColouringCourse:
    """Place by place: as told, or the one with the most colours around it first."""

    def __init__(self, spec: Colouring, *, told: bool) -> None:
        self._near, self._told = neighbours_of(spec), told
        self._palette = range(1, spec.colours + 1)
        self._given = {place - 1: colour for place, colour in spec.given}
        self.decisions = spec.places
        self.start: Colours = (OPEN,) * spec.places

    def options(self, state: Colours, steps: Steps) -> Iterator[Option]:
        place = self._next(state)
        around = {state[near] for near in self._near[place]}
        around |= {self._given[near] for near in self._near[place] & self._given.keys()}
        for colour in [self._given[place]] if place in self._given else self._palette:
            steps.take()
            if colour not in around:
                choice = (place, colour)
                yield Option(choice, self._coloured(state, place, colour), 0.0, float(colour))

    def bound(self, state: Colours, steps: Steps) -> float:
        return 0.0

    def answer(self, choices: Sequence[tuple[int, int]]) -> Answer:
        return tuple(colour for _, colour in sorted(choices))

    def _next(self, state: Colours) -> int:
        open_ = [place for place, colour in enumerate(state) if colour == OPEN]
        if self._told:
            return open_[0]
        return max(open_, key=lambda place: (self._pressed(state, place), -place))

    def _pressed(self, state: Colours, place: int) -> tuple[bool, int, int]:
        around = {state[near] for near in self._near[place] if state[near] > 0}
        return place in self._given, len(around), len(self._near[place])

    def _coloured(self, state: Colours, place: int, colour: int) -> Colours:
        after = list(state)
        after[place] = colour
        if self._told:
            for one in (place, *self._near[place]):
                if after[one] > 0 and all(after[near] != OPEN for near in self._near[one]):
                    after[one] = CLOSED
        return tuple(after)


class ColouringLandscape:
    """Give a place that clashes another colour. The cost is the number of clashes."""

    goal = 0.0
    price = 1
    heat = HEAT

    def __init__(self, spec: Colouring, rng: random.Random) -> None:
        self._near, self._colours = neighbours_of(spec), spec.colours
        given = {place - 1: colour for place, colour in spec.given}
        self._fixed = given.keys()
        self._colour = [
            given.get(place, rng.randint(1, spec.colours)) for place in range(spec.places)
        ]
        self._edges = [(a - 1, b - 1) for a, b in spec.edges]
        self.cost = float(sum(self._colour[a] == self._colour[b] for a, b in self._edges))

    def propose(self, rng: random.Random) -> tuple[int, int]:
        clashing = [edge for edge in self._edges if self._colour[edge[0]] == self._colour[edge[1]]]
        return rng.choice(rng.choice(clashing)), rng.randint(1, self._colours)

    def change(self, move: tuple[int, int]) -> float:
        place, colour = move
        if place in self._fixed:
            return 0.0
        around = [self._colour[near] for near in self._near[place]]
        return float(around.count(colour) - around.count(self._colour[place]))

    def make(self, move: tuple[int, int], change: float) -> None:
        place, colour = move
        if place not in self._fixed:
            self._colour[place] = colour
            self.cost += change

    def answer(self) -> Answer:
        return tuple(self._colour)


def formulate(spec: Colouring, model: "cp_model.CpModel") -> Reader:
    colours = range(spec.colours)
    has = [[model.new_bool_var("") for _ in colours] for _ in range(spec.places)]
    for row in has:
        model.add_exactly_one(row)
    for a, b in spec.edges:
        for colour in colours:
            model.add_bool_or([~has[a - 1][colour], ~has[b - 1][colour]])
    for place, colour in spec.given:
        model.add(has[place - 1][colour - 1] == 1)
    return lambda solver: tuple(
        next(colour + 1 for colour in colours if solver.value(row[colour])) for row in has
    )


def cost(spec: Colouring, answer: Answer) -> float | None:
    if len(answer) != spec.places or not set(answer) <= set(range(1, spec.colours + 1)):
        return None
    kept = all(answer[place - 1] == colour for place, colour in spec.given)
    return 0.0 if kept and all(answer[a - 1] != answer[b - 1] for a, b in spec.edges) else None
