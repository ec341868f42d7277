"""Who works when, at the least pay. A plan says for each day who comes."""

import random
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from knowhow_agents.skills.planning.course import Answer, Option
from knowhow_agents.skills.planning.propagation import Reader
from knowhow_agents.skills.planning.specs import Shifts
from knowhow_agents.skills.planning.steps import Steps

if TYPE_CHECKING:
    from ortools.sat.python import cp_model

State = tuple[int, tuple[int, ...], tuple[int, ...], tuple[int, ...]]
"""Shifts filled, shifts left of each person, who is there today, who was there yesterday."""
BROKEN = 2.0
"""What a broken rule costs, in the highest pay."""


class ShiftsCourse:
    """Shift by shift; those of one day in the order of the people, as who comes first is alike."""

    def __init__(self, spec: Shifts, *, told: bool) -> None:
        self._spec = spec
        people = range(len(spec.pay))
        self._people = list(people) if told else sorted(people, key=lambda i: spec.pay[i])
        self._rank = {person: rank for rank, person in enumerate(self._people)}
        self.decisions = spec.days * spec.need
        self.start: State = (0, (spec.most,) * len(spec.pay), (), ())

    def options(self, state: State, steps: Steps) -> Iterator[Option]:
        filled, left, today, yesterday = state
        day = filled // self._spec.need + 1
        after = self._rank[today[-1]] + 1 if today else 0
        for person in self._people[after:]:
            steps.take()
            if not left[person] or day in self._spec.off[person] or person in yesterday:
                continue
            fewer = (*left[:person], left[person] - 1, *left[person + 1 :])
            crew = (*today, person)
            following = (filled + 1, fewer, crew, yesterday)
            if len(crew) == self._spec.need:
                resting = tuple(sorted(crew)) if self._spec.rest else ()
                following = (filled + 1, fewer, (), resting)
            pay = float(self._spec.pay[person])
            yield Option(person, following, pay, pay)

    def bound(self, state: State, steps: Steps) -> float:
        """As if everybody could come on every day."""
        filled, left, _, _ = state
        open_, pay = self.decisions - filled, 0
        for person in sorted(self._people, key=lambda i: self._spec.pay[i]):
            steps.take()
            here = min(open_, left[person])
            pay, open_ = pay + here * self._spec.pay[person], open_ - here
        return float(pay) if not open_ else float("inf")

    def answer(self, choices: Sequence[int]) -> Answer:
        need = self._spec.need
        crews = (choices[at : at + need] for at in range(0, len(choices), need))
        return tuple(tuple(sorted(person + 1 for person in crew)) for crew in crews)


class ShiftsLandscape:
    """Somebody else takes a shift. Broken rules cost more than any pay."""

    goal = 0.0
    price = 4
    """Who goes and who comes, that day and the days around."""

    def __init__(self, spec: Shifts, rng: random.Random) -> None:
        self._spec = spec
        people = range(len(spec.pay))
        self._crews = [rng.sample(people, spec.need) for _ in range(spec.days)]
        self._load = [sum(person in crew for crew in self._crews) for person in people]
        self._broken = BROKEN * max(spec.pay)
        self.heat = float(max(spec.pay))
        self.cost = sum(self._burden(p, day) for day, crew in enumerate(self._crews) for p in crew)
        self.cost += sum(self._broken * max(0, load - spec.most) for load in self._load)

    def propose(self, rng: random.Random) -> tuple[int, int, int]:
        day = rng.randrange(self._spec.days)
        return day, rng.randrange(self._spec.need), rng.randrange(len(self._spec.pay))

    def change(self, move: tuple[int, int, int]) -> float:
        day, place, comes = move
        goes = self._crews[day][place]
        if comes in self._crews[day]:
            return 0.0
        change = self._burden(comes, day) - self._burden(goes, day)
        change += self._next_day(comes, day) - self._next_day(goes, day)
        change += self._broken * (self._load[comes] >= self._spec.most)
        return change - self._broken * (self._load[goes] > self._spec.most)

    def make(self, move: tuple[int, int, int], change: float) -> None:
        day, place, comes = move
        if comes not in self._crews[day]:
            self._load[self._crews[day][place]] -= 1
            self._load[comes] += 1
            self._crews[day][place] = comes
            self.cost += change

    def answer(self) -> Answer:
        return tuple(tuple(sorted(person + 1 for person in crew)) for crew in self._crews)

    def _burden(self, person: int, day: int) -> float:
        tired = self._spec.rest and day > 0 and person in self._crews[day - 1]
        wrong = (day + 1 in self._spec.off[person]) + tired
        return self._spec.pay[person] + self._broken * wrong

    def _next_day(self, person: int, day: int) -> float:
        follows = self._spec.rest and day + 1 < self._spec.days
        return self._broken * (follows and person in self._crews[day + 1])


def formulate(spec: Shifts, model: "cp_model.CpModel") -> Reader:
    days, people = range(spec.days), range(len(spec.pay))
    works = [[model.new_bool_var("") for _ in days] for _ in people]
    for day in days:
        model.add(sum(works[person][day] for person in people) == spec.need)
    for person in people:
        model.add(sum(works[person]) <= spec.most)
        for day in spec.off[person]:
            model.add(works[person][day - 1] == 0)
        if spec.rest:
            for day in days[1:]:
                model.add_bool_or([~works[person][day - 1], ~works[person][day]])
    model.minimize(sum(spec.pay[person] * work for person in people for work in works[person]))
    return lambda solver: tuple(
        tuple(person + 1 for person in people if solver.value(works[person][day])) for day in days
    )


def cost(spec: Shifts, answer: Answer) -> float | None:
    if len(answer) != spec.days:
        return None
    people = range(1, len(spec.pay) + 1)
    for day, crew in enumerate(answer, 1):
        if len(set(crew)) != spec.need or not set(crew) <= set(people):
            return None
        if any(day in spec.off[person - 1] for person in crew):
            return None
        if spec.rest and day > 1 and set(crew) & set(answer[day - 2]):
            return None
    if any(sum(person in crew for crew in answer) > spec.most for person in people):
        return None
    return float(sum(spec.pay[person - 1] for crew in answer for person in crew))
