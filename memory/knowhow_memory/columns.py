"""The live outcomes as columns in memory: what statistics and routing read without a query.

Fed with the log's events in sequence order. A correction changes its row in place, an undo takes it
away; after any sequence of events the live rows equal those of a log in which the undone ones never
were. Knows nothing about vectors, text or the database.
"""

from collections.abc import Sequence
from itertools import groupby
from operator import attrgetter
from typing import Any

import numpy as np
from numpy.typing import NDArray

from knowhow_memory.errors import InternalError
from knowhow_memory.models import Event, Fault
from knowhow_memory.rows import OutcomeRow

FIRST_CAPACITY = 1024
NONE = -1
"""The code of an absent name, and the end of a chain of rows."""

NUMBERS: dict[str, type] = {
    "seq": np.int64,
    "root_seq": np.int64,
    "problem": np.int32,
    "tenant": np.int32,
    "previous": np.int32,
    "reward": np.float32,
    "cost": np.float32,
    "latency_s": np.float32,
    "occurred_at": np.float64,
    "infra": np.bool_,
    "live": np.bool_,
}
NAMES = ("arm", "task", "principal", "source", "verified_by", "big_model", "adapter_version")


class Names:
    """Repeated texts as small numbers."""

    def __init__(self, texts: Sequence[str] = ()) -> None:
        self.texts = list(texts)
        self._codes = {text: code for code, text in enumerate(self.texts)}

    def code(self, text: str | None) -> int:
        if text is None:
            return NONE
        found = self._codes.get(text)
        if found is None:
            found = self._codes[text] = len(self.texts)
            self.texts.append(text)
        return found

    def all_codes(self, texts: Sequence[str | None]) -> NDArray[np.int32]:
        """The codes of a whole column; asks once for each different text."""
        codes = {text: self.code(text) for text in dict.fromkeys(texts)}
        return np.fromiter(map(codes.__getitem__, texts), np.int32, len(texts))

    def find(self, text: str) -> int | None:
        return self._codes.get(text)

    def text(self, code: int) -> str | None:
        return None if code == NONE else self.texts[code]


class Columns:
    """Row `i` of every array is one outcome; rows keep their place for good."""

    def __init__(self) -> None:
        self.size = 0
        self.names = {name: Names() for name in NAMES}
        self._arrays: dict[str, NDArray[Any]] = {
            name: np.zeros(FIRST_CAPACITY, kind)
            for name, kind in (NUMBERS | dict.fromkeys(NAMES, np.int32)).items()
        }
        self._moved: dict[int, int] = {}  # seq of a correction → row
        self._last_row = np.full(FIRST_CAPACITY, NONE, np.int32)  # per problem
        self._live_on = np.zeros(FIRST_CAPACITY, np.int32)  # routable outcomes per problem

    def take_apart(self) -> tuple[dict[str, list[str]], dict[str, NDArray[Any]]]:
        """All there is to keep: the names and the arrays."""
        names = {name: known.texts for name, known in self.names.items()}
        return names, {name: self[name] for name in self._arrays}

    @classmethod
    def put_together(
        cls, names: dict[str, list[str]], arrays: dict[str, NDArray[Any]]
    ) -> "Columns":
        """Columns as they were taken apart."""
        columns = cls()
        columns.names = {name: Names(names[name]) for name in NAMES}
        size = len(arrays["seq"])
        if size:
            columns.size = size
            columns._arrays = {name: arrays[name] for name in columns._arrays}
            columns._index()
        return columns

    def _index(self) -> None:
        """What is found out from the arrays instead of kept."""
        seqs, problems = self["seq"], self["problem"]
        moved = np.flatnonzero(seqs != self["root_seq"])
        self._moved = dict(zip(seqs[moved].tolist(), moved.tolist(), strict=True))
        room = max(int(problems.max(initial=0)) + 1, FIRST_CAPACITY)
        self._last_row = np.full(room, NONE, np.int32)
        self._last_row[problems] = np.arange(self.size)  # the last of equal indices wins
        routable = problems[self["live"] & ~self["infra"]]
        self._live_on = np.bincount(routable, minlength=room).astype(np.int32)

    def __getitem__(self, name: str) -> NDArray[Any]:
        return self._arrays[name][: self.size]

    @property
    def live_count(self) -> int:
        return int(self["live"].sum())

    def apply(self, rows: Sequence[OutcomeRow]) -> set[int]:
        """Take events in; returns the problems whose routable outcomes changed."""
        for event, run in groupby(rows, key=attrgetter("event")):
            if event == Event.RECORDED:
                self._append(list(run))
            else:
                for row in run:
                    self._change(row)
        return {row.problem_id for row in rows}

    def problems(self) -> NDArray[np.int64]:
        """Ids of the problems that have something to learn from, ascending."""
        return np.flatnonzero(self._live_on).astype(np.int64)

    def is_routable(self, problem: int) -> bool:
        return problem < len(self._live_on) and self._live_on[problem] > 0

    def rows_of(self, problems: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """The routable rows of these problems, newest first, and for each which problem it is of
        (as a position in `problems`)."""
        positions = np.arange(len(problems))
        known = problems < len(self._last_row)
        positions, rows = positions[known], self._last_row[problems[known]]
        found_rows, found_positions = [], []
        while True:
            going = rows != NONE
            if not going.any():
                break
            positions, rows = positions[going], rows[going]
            use = self._arrays["live"][rows] & ~self._arrays["infra"][rows]
            found_rows.append(rows[use])
            found_positions.append(positions[use])
            rows = self._arrays["previous"][rows]
        if not found_rows:
            return np.zeros(0, np.int64), np.zeros(0, np.int64)
        order = np.argsort(np.concatenate(found_positions), kind="stable")
        return (
            np.concatenate(found_rows)[order].astype(np.int64),
            np.concatenate(found_positions)[order].astype(np.int64),
        )

    def bitmap(self, *, tenant: int, arm: int | None = None) -> NDArray[np.uint8]:
        """Which problems have a routable outcome of this tenant (and arm), one bit a problem."""
        use = self["live"] & ~self["infra"] & (self["tenant"] == tenant)
        if arm is not None:
            use &= self["arm"] == arm
        flags = np.zeros(len(self._last_row), np.bool_)
        flags[self["problem"][use]] = True
        return np.packbits(flags, bitorder="little")

    def _append(self, rows: Sequence[OutcomeRow]) -> None:
        """Many at once: opening a store goes through here with all it holds."""
        given = dict(zip(OutcomeRow._fields, zip(*rows, strict=True), strict=True))
        problems, seqs = (np.array(given[name], np.int64) for name in ("problem_id", "seq"))
        self._make_room(len(rows), int(problems.max()))
        start, end = self.size, self.size + len(rows)
        self.size = end
        infra = np.array(given["fault"]) == Fault.INFRA.value
        block = {
            "seq": seqs,
            "root_seq": seqs,
            "problem": problems,
            "tenant": given["tenant_id"],
            "occurred_at": given["occurred_at"],
            "reward": np.array(given["reward"], np.float32),
            "cost": np.array(given["cost"], np.float32),
            "latency_s": np.array(given["latency_s"], np.float32),
            "infra": infra,
            "live": True,
            "previous": self._chain(problems, start),
        }
        for name in NAMES:
            block[name] = self.names[name].all_codes(given[name])
        for name, values in block.items():
            self._arrays[name][start:end] = values
        np.add.at(self._live_on, problems[~infra], 1)

    def _make_room(self, more: int, largest_problem: int) -> None:
        while self.size + more > len(self._arrays["seq"]):
            self._arrays = {name: _grown(array) for name, array in self._arrays.items()}
        while largest_problem >= len(self._last_row):
            self._last_row = _grown(self._last_row, NONE)
            self._live_on = _grown(self._live_on)

    def _chain(self, problems: NDArray[np.int64], start: int) -> NDArray[np.int64]:
        """Link each new row to the problem's row before it."""
        order = np.argsort(problems, kind="stable")
        ranked = problems[order]
        same = np.concatenate([[False], ranked[1:] == ranked[:-1]])
        before = np.where(same, np.concatenate([[0], order[:-1]]) + start, self._last_row[ranked])
        self._last_row[ranked] = order + start  # the last of equal indices wins: the newest row
        previous = np.empty(len(problems), np.int64)
        previous[order] = before
        return previous

    def _change(self, row: OutcomeRow) -> None:
        i = self._row_with_seq(row.replaces)
        self._count(i, -1)
        self._moved.pop(int(self._arrays["seq"][i]), None)
        self._moved[row.seq] = i
        self._arrays["seq"][i] = row.seq
        self._arrays["verified_by"][i] = self.names["verified_by"].code(row.verified_by)
        self._arrays["reward"][i] = np.nan if row.reward is None else row.reward
        self._arrays["infra"][i] = row.fault == Fault.INFRA
        self._arrays["live"][i] = row.event != Event.UNDONE
        self._count(i, +1)

    def _count(self, i: int, step: int) -> None:
        if self._arrays["live"][i] and not self._arrays["infra"][i]:
            self._live_on[self._arrays["problem"][i]] += step

    def _row_with_seq(self, seq: int | None) -> int:
        if seq in self._moved:
            return self._moved[seq]
        i = int(np.searchsorted(self["root_seq"], seq or 0))
        if i == self.size or self._arrays["root_seq"][i] != seq:
            raise InternalError(f"event {seq} is replaced before it was seen")
        return i


def _grown(array: NDArray[Any], fill: int = 0) -> NDArray[Any]:
    return np.concatenate([array, np.full(len(array), fill, array.dtype)])
