"""The outcomes of similar problems, found through the vector index.

Problems join one by one in the order they were learned, so that the same log always gives the same
index. Knows what was tried on which problem and how it went; estimates nothing.
"""

from __future__ import annotations

import copy
from typing import Any

import numpy as np
from numpy.typing import NDArray

from knowhow_memory.index import VectorIndex
from knowhow_router.observation import Floats32, Ints, Neighbours

NEAREST = 50
"""Problems looked up; more moved no measured figure."""
FIRST_ROOM = 1024
END = -1

KINDS: dict[str, type] = {
    "problem": np.int64,
    "arm": np.int32,
    "reward": np.float64,
    "weight": np.float64,
    "seq": np.int64,
    "previous": np.int64,
}


class Evidence:
    def __init__(self, index: VectorIndex) -> None:
        self.index = index
        self.size = 0
        self._columns: dict[str, NDArray[Any]] = {
            name: np.zeros(FIRST_ROOM, kind) for name, kind in KINDS.items()
        }
        self._last = np.full(FIRST_ROOM, END, np.int64)

    def add(
        self, problem: int, vector: Floats32, arm: int, reward: float, weight: float, seq: int
    ) -> None:
        """One outcome; its problem joins the index with its first one."""
        if problem not in self.index:
            self.index.add(np.array([problem]), vector[None])
        self._make_room(problem)
        i = self.size
        values = (problem, arm, reward, weight, seq, self._last[problem])
        for column, value in zip(self._columns.values(), values, strict=True):
            column[i] = value
        self._last[problem] = i
        self.size += 1

    def folded(self, arms: int) -> Evidence:
        """The same outcomes as if there were fewer arms, to measure with; for reading only."""
        folded = copy.copy(self)
        folded._columns = self._columns | {"arm": self._columns["arm"] % arms}
        return folded

    def change(self, seq: int, reward: float | None) -> None:
        """A correction, or None: the outcome counts no more."""
        i = self._row(seq)
        if reward is None:
            self._columns["weight"][i] = 0.0
        else:
            self._columns["reward"][i] = reward

    def weight(self, seq: int) -> float | None:
        """What the outcome counts; None when it was never learned."""
        i = self._row(seq)
        found = i < self.size and self._columns["seq"][i] == seq
        return float(self._columns["weight"][i]) if found else None

    def search(self, vector: Floats32) -> Neighbours:
        """The outcomes of the nearest problems, in the order in which they were learned."""
        scores, problems = self.index.search(vector[None], NEAREST)
        found = problems[0] >= 0
        rows, places = self._rows_of(problems[0][found])
        order = np.argsort(rows, kind="stable")
        rows, places = rows[order], places[order]
        use = self._columns["weight"][rows] > 0.0
        rows, places = rows[use], places[use]
        columns = self._columns
        return Neighbours(
            similarity=scores[0][found][places],
            problem=columns["problem"][rows],
            arm=columns["arm"][rows].astype(np.int64),
            reward=columns["reward"][rows],
            weight=columns["weight"][rows],
            seq=columns["seq"][rows],
        )

    def _rows_of(self, problems: Ints) -> tuple[Ints, Ints]:
        """All rows of these problems, and for each which problem it is of."""
        rows, places = self._last[problems], np.arange(len(problems))
        found: list[tuple[Ints, Ints]] = [(rows[:0], places[:0])]
        while len(rows):
            going = rows != END
            rows, places = rows[going], places[going]
            found.append((rows, places))
            rows = self._columns["previous"][rows]
        return (
            np.concatenate([rows for rows, _ in found]),
            np.concatenate([places for _, places in found]),
        )

    def _row(self, seq: int) -> int:
        return int(np.searchsorted(self._columns["seq"][: self.size], seq))

    def _make_room(self, problem: int) -> None:
        if self.size == len(self._columns["seq"]):
            self._columns = {
                name: np.concatenate([column, np.zeros_like(column)])
                for name, column in self._columns.items()
            }
        while problem >= len(self._last):
            self._last = np.concatenate([self._last, np.full(len(self._last), END)])
