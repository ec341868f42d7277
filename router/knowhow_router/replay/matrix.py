"""Reading what was tried offline: outcome matrices, and logs of live outcomes.

Both are JSON lines, also gzipped, read as a stream and checked row by row.

- A matrix has one problem a row with the outcomes of several arms:
  `{"id", "problem", "task", "arms": {arm: {"reward": 0..1, "cost": dollars or null}}}`.
- A log is what `knowhow outcome export` writes: one outcome a row, of the one arm that was tried,
  with the propensity it was chosen with:
  `{"problem", "task", "arm", "reward", "propensity", "cost", "fault", …}`.

The first row decides which of the two a file is. Whatever cannot be true (a reward beyond 0..1,
NaN, an id twice) is refused with its line; an arm that is missing in a row was not tried there.
This module knows nothing about vectors, policies or scores.
"""

from __future__ import annotations

import gzip
import json
import math
import zlib
from array import array
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields, replace
from io import BufferedReader
from pathlib import Path
from typing import Any, TypeAlias, TypeVar

import numpy as np
from numpy.typing import NDArray

from knowhow_memory.errors import InputError
from knowhow_memory.models import MAX_NAME_LENGTH, MAX_PROBLEM_BYTES, Fault, check_problem

Floats: TypeAlias = NDArray[np.float64]

GZIP_MAGIC = b"\x1f\x8b"
MAX_LINE_BYTES = 8 * MAX_PROBLEM_BYTES
"""JSON escapes make a text up to six times longer; beyond this it is no row of ours."""
UNKNOWN = math.nan

Table = TypeVar("Table", "OutcomeMatrix", "OutcomeLog")


@dataclass(frozen=True, slots=True, eq=False)
class OutcomeMatrix:
    """Problems × arms. `rewards` and `costs` are NaN where an arm was not tried or not priced."""

    name: str
    arms: tuple[str, ...]
    ids: list[str]
    problems: list[str]
    tasks: list[str | None]
    rewards: Floats
    costs: Floats

    def __len__(self) -> int:
        return len(self.ids)

    @property
    def complete(self) -> NDArray[np.intp]:
        """The rows on which every arm was tried: there, any decision can be scored."""
        return np.flatnonzero(~np.isnan(self.rewards).any(axis=1))

    def sample(self, size: int) -> OutcomeMatrix:
        """That many rows drawn at random, always the same ones."""
        return take(self, draw(len(self), size))

    def outcomes(self, row: int) -> dict[str, tuple[float, float | None]]:
        """What is known about one row, as a policy learns it under full feedback."""
        return {
            arm: (float(reward), known(cost))
            for arm, reward, cost in zip(self.arms, self.rewards[row], self.costs[row], strict=True)
            if not math.isnan(reward)
        }


@dataclass(frozen=True, slots=True, eq=False)
class OutcomeLog:
    """One tried arm a row; `propensities` are NaN where nobody drew the arm."""

    name: str
    arms: tuple[str, ...]
    ids: list[str]
    problems: list[str]
    tasks: list[str | None]
    tried: NDArray[np.intp]
    rewards: Floats
    costs: Floats
    propensities: Floats
    infra: int
    """Rows left out because a provider failed: they say nothing about an arm."""

    def __len__(self) -> int:
        return len(self.ids)

    def sample(self, size: int) -> OutcomeLog:
        """That many rows drawn at random, always the same ones, in their order."""
        return take(self, draw(len(self), size))


def take(table: Table, rows: NDArray[np.intp]) -> Table:
    """The same with these rows only: all that is a list or an array has one entry a row."""
    taken: dict[str, Any] = {}
    for each in fields(table):
        column = getattr(table, each.name)
        if isinstance(column, np.ndarray):
            taken[each.name] = column[rows]
        elif isinstance(column, list):
            taken[each.name] = [column[i] for i in rows]
    return replace(table, **taken)


def draw(count: int, size: int) -> NDArray[np.intp]:
    chosen: NDArray[np.intp] = np.random.default_rng(0).permutation(count)[:size]
    return np.sort(chosen)


def read(path: Path) -> OutcomeMatrix | OutcomeLog:
    """Read a matrix or a log; InputError with the line where it can be neither."""
    rows = read_rows(path)
    first = next(rows, None)
    if first is None:
        raise InputError(f"{path.name!r} holds no rows: give a file with one JSON object a line")
    if "arms" in first.data:
        return _MatrixReader(path.name).read(first, rows)
    if "arm" in first.data:
        return _LogReader(path.name).read(first, rows)
    raise first.error("neither 'arms' (an outcome matrix) nor 'arm' (exported outcomes) is there")


def known(value: float) -> float | None:
    """NaN in an array is None to the outside."""
    return None if math.isnan(value) else float(value)


@dataclass(frozen=True, slots=True)
class _Line:
    file: str
    number: int
    data: dict[str, Any]

    def error(self, what: str) -> InputError:
        return InputError(f"{self.file}, line {self.number}: {what}")

    def text(self, key: str) -> str | None:
        value = self.data.get(key)
        if value is None or isinstance(value, str):
            return value
        raise self.error(f"{key!r} must be a text, not {value!r}")

    def problem(self) -> str:
        problem = self.text("problem")
        if problem is None:
            raise self.error("the problem is missing")
        try:
            return check_problem(problem)
        except ValueError as fault:
            raise self.error(str(fault)) from None

    def arm(self, name: object) -> str:
        if not isinstance(name, str) or not 1 <= len(name) <= MAX_NAME_LENGTH:
            raise self.error(f"an arm's name must have 1 to {MAX_NAME_LENGTH} characters")
        return name

    def number_of(self, what: str, value: object, *, highest: float = math.inf) -> float:
        """A number in 0..highest. Truth values and NaN are none, whatever Python thinks."""
        if isinstance(value, int | float) and not isinstance(value, bool):
            number = float(value)
            if math.isfinite(number) and 0 <= number <= highest:
                return number
        limits = "of at least 0" if math.isinf(highest) else f"between 0 and {highest:g}"
        raise self.error(f"{what} must be a number {limits}, not {value!r}")

    def cost(self, what: str, value: object) -> float:
        return UNKNOWN if value is None else self.number_of(what, value)


def read_rows(path: Path) -> Iterator[_Line]:
    """Each line's JSON object with its number; blank lines are passed over."""
    number = 0
    try:
        with _open(path) as file:
            while raw := file.readline(MAX_LINE_BYTES + 1):
                number += 1
                if len(raw) > MAX_LINE_BYTES:
                    raise InputError(
                        f"{path.name}, line {number}: longer than {MAX_LINE_BYTES:,} bytes"
                    )
                if not raw.isspace():
                    yield _Line(path.name, number, _parse(path.name, number, raw))
    except (EOFError, gzip.BadGzipFile, zlib.error) as error:
        raise InputError(f"{path.name!r} is a damaged gzip file: copy it again") from error
    except OSError as error:
        reason = error.strerror or str(error)
        raise InputError(f"cannot read {str(path)!r}: {reason}") from error


def _open(path: Path) -> gzip.GzipFile | BufferedReader:
    with path.open("rb") as file:
        zipped = file.read(len(GZIP_MAGIC)) == GZIP_MAGIC
    return gzip.open(path, "rb") if zipped else path.open("rb")


def _parse(name: str, number: int, raw: bytes) -> dict[str, Any]:
    try:
        data = json.loads(raw)
    except (ValueError, RecursionError):
        raise InputError(f"{name}, line {number}: not a JSON object") from None
    if not isinstance(data, dict):
        raise InputError(f"{name}, line {number}: not a JSON object")
    return data


@dataclass(slots=True)
class _Problems:
    """What both kinds of rows have in common."""

    ids: list[str] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    tasks: list[str | None] = field(default_factory=list)
    lines: dict[str, int] = field(default_factory=dict)

    def add(self, line: _Line) -> None:
        identity = line.data.get("id", line.number)
        if not isinstance(identity, str | int):
            raise line.error(f"'id' must be a text, not {identity!r}")
        identity = str(identity)
        earlier = self.lines.setdefault(identity, line.number)
        if earlier != line.number:
            raise line.error(f"the id {identity!r} is already in line {earlier}")
        self.ids.append(identity)
        self.problems.append(line.problem())
        self.tasks.append(line.text("task"))


class _MatrixReader:
    def __init__(self, name: str) -> None:
        self.name = name
        self.head = _Problems()
        self.arms: dict[str, int] = {}
        # Cells as they come: a million rows fit, whichever arms turn up late.
        self.cell_row, self.cell_arm = array("q"), array("q")
        self.cell_reward, self.cell_cost = array("d"), array("d")

    def read(self, first: _Line, rest: Iterator[_Line]) -> OutcomeMatrix:
        self.add(first)
        for line in rest:
            self.add(line)
        return self.finish()

    def add(self, line: _Line) -> None:
        arms = line.data.get("arms")
        if not isinstance(arms, dict) or not arms:
            raise line.error("'arms' must name at least one arm with its outcome")
        row = len(self.head.ids)
        self.head.add(line)
        for arm, outcome in arms.items():
            reward, cost = _outcome(line, line.arm(arm), outcome)
            self.cell_row.append(row)
            self.cell_arm.append(self.arms.setdefault(arm, len(self.arms)))
            self.cell_reward.append(reward)
            self.cell_cost.append(cost)

    def finish(self) -> OutcomeMatrix:
        names = tuple(sorted(self.arms))
        place = np.empty(len(names), dtype=np.intp)
        for column, arm in enumerate(names):
            place[self.arms[arm]] = column
        shape = (len(self.head.ids), len(names))
        cells = np.asarray(self.cell_row), place[np.asarray(self.cell_arm)]
        rewards, costs = np.full(shape, UNKNOWN), np.full(shape, UNKNOWN)
        rewards[cells], costs[cells] = self.cell_reward, self.cell_cost
        head = self.head
        return OutcomeMatrix(self.name, names, head.ids, head.problems, head.tasks, rewards, costs)


def _outcome(line: _Line, arm: str, outcome: object) -> tuple[float, float]:
    if not isinstance(outcome, Mapping):
        raise line.error(f"the outcome of arm {arm!r} must be an object with a 'reward'")
    if outcome.get("reward") is None:
        raise line.error(f"arm {arm!r} has no reward: leave an arm out that was not tried")
    reward = line.number_of(f"the reward of arm {arm!r}", outcome["reward"], highest=1)
    return reward, line.cost(f"the cost of arm {arm!r}", outcome.get("cost"))


class _LogReader:
    def __init__(self, name: str) -> None:
        self.name = name
        self.head = _Problems()
        self.arms: dict[str, int] = {}
        self.tried = array("q")
        self.rewards, self.costs, self.propensities = array("d"), array("d"), array("d")
        self.infra = 0

    def read(self, first: _Line, rest: Iterator[_Line]) -> OutcomeLog:
        self.add(first)
        for line in rest:
            self.add(line)
        return self.finish()

    def add(self, line: _Line) -> None:
        if line.data.get("fault") == Fault.INFRA:
            self.infra += 1
            return
        arm = line.arm(line.data.get("arm"))
        self.head.add(line)
        self.tried.append(self.arms.setdefault(arm, len(self.arms)))
        self.rewards.append(line.number_of("the reward", line.data.get("reward"), highest=1))
        self.costs.append(line.cost("the cost", line.data.get("cost")))
        self.propensities.append(_propensity(line))

    def finish(self) -> OutcomeLog:
        if not self.head.ids:
            raise InputError(
                f"{self.name!r} holds only failures of the infrastructure: nothing to learn from"
            )
        names = tuple(sorted(self.arms))
        place = np.empty(len(names), dtype=np.intp)
        for column, arm in enumerate(names):
            place[self.arms[arm]] = column
        head = self.head
        return OutcomeLog(
            self.name,
            names,
            head.ids,
            head.problems,
            head.tasks,
            place[np.asarray(self.tried)],
            np.asarray(self.rewards),
            np.asarray(self.costs),
            np.asarray(self.propensities),
            self.infra,
        )


def _propensity(line: _Line) -> float:
    value = line.data.get("propensity")
    if value is None:
        return UNKNOWN
    propensity = line.number_of("the propensity", value, highest=1)
    if propensity == 0:
        raise line.error("the propensity must be above 0: an arm that was tried had a chance")
    return propensity
