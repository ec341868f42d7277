"""A queen in each column, none attacking another. A plan says for each column the row."""

import random
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from knowhow_agents.skills.planning.course import Answer, Option
from knowhow_agents.skills.planning.propagation import Reader
from knowhow_agents.skills.planning.specs import Queens
from knowhow_agents.skills.planning.steps import Steps

if TYPE_CHECKING:
    from ortools.sat.python import cp_model

KNIGHT = 2
"""Rows that greedy goes up from one column to the next: a knight's move is never attacked."""
HEAT = 0.3
"""Of one attack."""


class QueensCourse:
    """Column by column; what stands already is in the way from the beginning."""

    def __init__(self, spec: Queens, *, told: bool) -> None:
        self._size, self._given = spec.size, dict(spec.given)
        self.decisions = spec.size
        self.start: tuple[int, ...] = ()

    def options(self, state: tuple[int, ...], steps: Steps) -> Iterator[Option]:
        column = len(state) + 1
        last = state[-1] if state else 0
        rows = [self._given[column]] if column in self._given else range(1, self._size + 1)
        for row in rows:
            steps.take()
            if self._free(state, column, row):
                appeal = (row - last - KNIGHT) % (self._size + 1)
                yield Option(row, (*state, row), 0.0, float(appeal))

    def bound(self, state: tuple[int, ...], steps: Steps) -> float:
        return 0.0

    def answer(self, choices: Sequence[int]) -> Answer:
        return tuple(choices)

    def _free(self, state: tuple[int, ...], column: int, row: int) -> bool:
        standing = [*enumerate(state, 1), *self._given.items()]
        return all(c == column or abs(r - row) not in (0, abs(c - column)) for c, r in standing)


class QueensLandscape:
    """Every row is used once; two columns swap their rows. The cost is the number of attacks."""

    goal = 0.0
    price = 4
    """Two queens leave their lines and come into others."""
    heat = HEAT

    def __init__(self, spec: Queens, rng: random.Random) -> None:
        given = dict(spec.given)
        self._free = [c for c in range(1, spec.size + 1) if c not in given]
        rows = [*set(range(1, spec.size + 1)) - set(given.values())]
        rng.shuffle(rows)
        self._rows = given | dict(zip(self._free, rows, strict=True))
        self._up = Counter(row - column for column, row in self._rows.items())
        self._down = Counter(row + column for column, row in self._rows.items())
        self.cost = float(sum(n - 1 for n in (*self._up.values(), *self._down.values())))

    def propose(self, rng: random.Random) -> tuple[int, int]:
        return rng.choice(self._free), rng.choice(self._free)

    def change(self, move: tuple[int, int]) -> float:
        if move[0] == move[1]:
            return 0.0
        change = self._swap(move)
        self._swap(move)
        return float(change)

    def make(self, move: tuple[int, int], change: float) -> None:
        if move[0] != move[1]:
            self.cost += self._swap(move)

    def answer(self) -> Answer:
        return tuple(row for _, row in sorted(self._rows.items()))

    def _swap(self, move: tuple[int, int]) -> int:
        one, other = move
        rows = self._rows
        change = self._lift(one) + self._lift(other)
        rows[one], rows[other] = rows[other], rows[one]
        return change + self._put(one) + self._put(other)

    def _lift(self, column: int) -> int:
        row = self._rows[column]
        change = 0
        for lines, line in ((self._up, row - column), (self._down, row + column)):
            lines[line] -= 1
            change -= lines[line] > 0
        return change

    def _put(self, column: int) -> int:
        row = self._rows[column]
        change = 0
        for lines, line in ((self._up, row - column), (self._down, row + column)):
            change += lines[line] > 0
            lines[line] += 1
        return change


def formulate(spec: Queens, model: "cp_model.CpModel") -> Reader:
    rows = [model.new_int_var(1, spec.size, "") for _ in range(spec.size)]
    model.add_all_different(rows)
    model.add_all_different([row + column for column, row in enumerate(rows)])
    model.add_all_different([row - column for column, row in enumerate(rows)])
    for column, row in spec.given:
        model.add(rows[column - 1] == row)
    return lambda solver: tuple(solver.value(row) for row in rows)


def cost(spec: Queens, answer: Answer) -> float | None:
    if len(answer) != spec.size or any(answer[c - 1] != r for c, r in spec.given):
        return None
    columns = range(spec.size)
    lines = (answer, [answer[c] - c for c in columns], [answer[c] + c for c in columns])
    return 0.0 if all(len(set(line)) == spec.size for line in lines) else None
