"""As few boxes as possible. A plan says for each thing the number of its box."""

import random
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING

from knowhow_agents.skills.planning.course import Answer, Option
from knowhow_agents.skills.planning.propagation import Reader
from knowhow_agents.skills.planning.specs import Packing
from knowhow_agents.skills.planning.steps import Steps

if TYPE_CHECKING:
    from ortools.sat.python import cp_model

Room = tuple[int, ...]
"""What is left in the open boxes, sorted: boxes with the same room are alike."""
SWAPS = 0.5


class PackingCourse:
    """Thing by thing, into an open box or a new one; the largest first unless it goes as told."""

    def __init__(self, spec: Packing, *, told: bool) -> None:
        places = range(len(spec.sizes))
        self._places = list(places) if told else sorted(places, key=lambda i: -spec.sizes[i])
        self._sizes = [spec.sizes[place] for place in self._places]
        self._limit = spec.limit
        self.decisions = len(self._sizes)
        self.start: Room = (0,)

    def options(self, state: Room, steps: Steps) -> Iterator[Option]:
        """A state begins with how many things are packed; a choice is the room a box had."""
        at, *room = state
        size = self._sizes[at]
        for left in dict.fromkeys(room):
            steps.take()
            if left >= size:
                others = list(room)
                others.remove(left)
                after = (at + 1, *sorted([*others, left - size]))
                yield Option(left, after, 0.0, float(left))
        steps.take()
        after = (at + 1, *sorted([*room, self._limit - size]))
        yield Option(self._limit, after, 1.0, float(self._limit))

    def bound(self, state: Room, steps: Steps) -> float:
        at, *room = state
        steps.take(self.decisions - at)
        over = sum(self._sizes[at:]) - sum(room)
        return float(max(0, -(-over // self._limit)))

    def answer(self, choices: Sequence[int]) -> Answer:
        boxes: list[int] = []
        found = [0] * len(choices)
        for place, size, room in zip(self._places, self._sizes, choices, strict=True):
            if room in boxes:
                number = boxes.index(room)
            else:
                number = len(boxes)
                boxes.append(self._limit)
            boxes[number] -= size
            found[place] = number + 1
        return tuple(found)


class PackingLandscape:
    """As many boxes as the sum takes at least; what hangs over their edges is the cost."""

    goal = 0.0
    price = 2
    """Two boxes."""

    def __init__(self, spec: Packing, rng: random.Random) -> None:
        self._sizes, self._limit = spec.sizes, spec.limit
        boxes = -(-sum(spec.sizes) // spec.limit)
        self._box = [rng.randrange(boxes) for _ in spec.sizes]
        self._load = [0] * boxes
        for box, size in zip(self._box, spec.sizes, strict=True):
            self._load[box] += size
        self.cost = float(sum(self._over(load) for load in self._load))
        self.heat = sum(spec.sizes) / len(spec.sizes) / 4

    def propose(self, rng: random.Random) -> tuple[int, int, int | None]:
        """A thing, where it goes, and what comes back for it."""
        thing = rng.randrange(len(self._sizes))
        if rng.random() < SWAPS:
            other = rng.randrange(len(self._sizes))
            return thing, self._box[other], other
        return thing, rng.randrange(len(self._load)), None

    def change(self, move: tuple[int, int, int | None]) -> float:
        thing, to, back = move
        come_from = self._box[thing]
        if come_from == to:
            return 0.0
        moved = self._sizes[thing] - (0 if back is None else self._sizes[back])
        here, there = self._load[come_from], self._load[to]
        before = self._over(here) + self._over(there)
        return float(self._over(here - moved) + self._over(there + moved) - before)

    def make(self, move: tuple[int, int, int | None], change: float) -> None:
        thing, to, back = move
        come_from = self._box[thing]
        for one, box in ((thing, to), (back, come_from)):
            if one is not None:
                self._load[self._box[one]] -= self._sizes[one]
                self._load[box] += self._sizes[one]
                self._box[one] = box
        self.cost += change

    def answer(self) -> Answer:
        """What hangs over goes into boxes of its own, as many as it takes."""
        room: list[int] = [self._limit] * len(self._load)
        found = []
        for box, size in zip(self._box, self._sizes, strict=True):
            if room[box] < size:
                spare = range(len(self._load), len(room))
                box = next((i for i in spare if room[i] >= size), len(room))
                room += [self._limit] * (box == len(room))
            room[box] -= size
            found.append(box + 1)
        return tuple(found)

    def _over(self, load: int) -> int:
        return max(0, load - self._limit)


def formulate(spec: Packing, model: "cp_model.CpModel") -> Reader:
    """As many boxes as putting each thing into the first that has room takes."""
    most = _first_fit(spec)
    open_ = [model.new_bool_var("") for _ in range(most)]
    inside = [[model.new_bool_var("") for _ in open_] for _ in spec.sizes]
    for row in inside:
        model.add_exactly_one(row)
    for box, is_open in enumerate(open_):
        load = sum(size * row[box] for size, row in zip(spec.sizes, inside, strict=True))
        model.add(load <= spec.limit * is_open)
    for one, following in pairwise(open_):
        model.add_implication(following, one)
    model.minimize(sum(open_))
    return lambda solver: tuple(
        next(box + 1 for box, here in enumerate(row) if solver.value(here)) for row in inside
    )


def _first_fit(spec: Packing) -> int:
    room: list[int] = []
    for size in sorted(spec.sizes, reverse=True):
        box = next((i for i, left in enumerate(room) if left >= size), len(room))
        room += [spec.limit] * (box == len(room))
        room[box] -= size
    return len(room)


def cost(spec: Packing, answer: Answer) -> float | None:
    if len(answer) != len(spec.sizes):
        return None
    loads: dict[int, int] = {}
    for box, size in zip(answer, spec.sizes, strict=True):
        loads[box] = loads.get(box, 0) + size
    return float(len(loads)) if max(loads.values()) <= spec.limit else None
