"""Routing statistics: how each arm, strategy or group of problems did, and how sure that is.

Computed from the live outcomes' columns alone. A reward between 0 and 1 counts as that part of a
success. Faults of the infrastructure are counted beside and move nothing else. Knows nothing about
databases, vectors or how a table is shown.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from itertools import pairwise
from typing import Any, Protocol, Self

import numpy as np
from numpy.typing import NDArray

from knowhow_memory.columns import NAMES, NONE, Columns
from knowhow_memory.models import split_arm
from knowhow_memory.rates import Codes, Rate, Sums
from knowhow_router.reliability import Reliability, reliability
from knowhow_router.trend import Trend, is_recent, trends

DAY_S = 86_400
SERIES_POINTS = 24
"""Points of a curve over time: each rests on as many outcomes as the others."""
FEWEST_PER_POINT = 20
"""Fewer would draw noise."""


@dataclass(frozen=True, slots=True)
class Mean:
    """Over the outcomes that say what they cost or how long they took."""

    mean: float
    n: int


@dataclass(frozen=True, slots=True)
class Line:
    """One arm, strategy, group … `share` is its part of all tries."""

    name: str | None
    rate: Rate
    share: float
    infra: int
    cost: Mean | None
    latency_s: Mean | None
    reliability: Reliability | None
    trend: Trend | None

    def document(self) -> dict[str, Any]:
        return asdict(self)


class GroupsOfProblems(Protocol):
    """What statistics need to know of groups: which one each problem is in, and their labels."""

    @property
    def labels(self) -> Sequence[str]: ...

    def of(self, problems: NDArray[np.int64]) -> Codes: ...


@dataclass(frozen=True)
class Outcomes:
    """Selected outcomes as arrays of one length; `codes[name]` says which of `names[name]` each
    has, −1 where it has none. `stated` is the estimate its decision was made on, or NaN."""

    reward: NDArray[np.float64]
    cost: NDArray[np.float32]
    latency_s: NDArray[np.float32]
    occurred_at: NDArray[np.float64]
    problem: NDArray[np.int64]
    infra: NDArray[np.bool_]
    stated: NDArray[np.float64]
    codes: Mapping[str, Codes]
    names: Mapping[str, list[str]]

    @classmethod
    def of(
        cls,
        columns: Columns,
        *,
        tenants: Mapping[int, str],
        tenant: int | None = None,
        since: float | None = None,
        stated: Mapping[int, float] | None = None,
    ) -> Self:
        """Copy the live outcomes of one tenant (or all) out of the columns; `stated` maps an
        outcome's sequence number to the estimate behind it."""
        keep = columns["live"].copy()
        if tenant is not None:
            keep &= columns["tenant"] == tenant
        if since is not None:
            keep &= columns["occurred_at"] >= since
        numbers = {name: columns[name][keep] for name in ("cost", "latency_s", "occurred_at")}
        codes = {name: columns[name][keep].astype(np.int64) for name in NAMES}
        names = {name: list(columns.names[name].texts) for name in NAMES}
        codes["tenant"], names["tenant"] = _tenants(columns["tenant"][keep], tenants)
        return cls(
            reward=columns["reward"][keep].astype(np.float64),
            problem=columns["problem"][keep].astype(np.int64),
            infra=columns["infra"][keep],
            stated=_stated(columns["seq"][keep], stated or {}),
            codes=codes,
            names=names,
            **numbers,
        )

    def __len__(self) -> int:
        return len(self.reward)

    def only(self, keep: NDArray[np.bool_]) -> Self:
        arrays = ("reward", "cost", "latency_s", "occurred_at", "problem", "infra", "stated")
        return type(self)(
            **{name: getattr(self, name)[keep] for name in arrays},
            codes={name: codes[keep] for name, codes in self.codes.items()},
            names=self.names,
        )


@dataclass(frozen=True)
class Statistics:
    """`lines` in the order of what can be relied on: the highest lower bound first."""

    by: str
    overall: Line
    problems: int
    lines: list[Line]

    @property
    def best(self) -> Line | None:
        """The line whose success is best assured; thin evidence has a low lower bound."""
        return next((line for line in self.lines if line.name and line.rate.tries), None)

    def document(self) -> dict[str, Any]:
        return {
            "by": self.by,
            "problems": self.problems,
            "best": self.best and self.best.name,
            "overall": self.overall.document(),
            "lines": [line.document() for line in self.lines],
        }


def summarise(
    outcomes: Outcomes, by: str = "arm", groups: GroupsOfProblems | None = None
) -> Statistics:
    """One line for each value of a dimension (see `dimensions`)."""
    codes, names = _lines_of(outcomes, by, groups)
    used = np.bincount(codes + 1, minlength=len(names) + 1) > 0
    labels = [name for name, here in zip([None, *names], used, strict=True) if here]
    places = (np.cumsum(used) - 1)[codes + 1]
    lines = _lines(outcomes, places, labels)
    lines.sort(key=lambda line: _rank(line, by))
    [overall] = _lines(outcomes, np.zeros(len(outcomes), np.int64), [None])
    problems = len(np.unique(outcomes.problem[~outcomes.infra]))
    return Statistics(by, overall, problems, lines)


_FROM_COLUMNS = {
    "arm": "arm",
    "task": "task",
    "big-model": "big_model",
    "adapter": "adapter_version",
    "tenant": "tenant",
    "principal": "principal",
}
_FROM_ARM = {"specialist": 0, "strategy": 1}
DIMENSIONS = (*_FROM_COLUMNS, *_FROM_ARM, "group", "day")


def _lines_of(
    outcomes: Outcomes, by: str, groups: GroupsOfProblems | None
) -> tuple[Codes, list[str]]:
    """Which line each outcome belongs to, −1 for none, and what the lines are called."""
    if by in _FROM_COLUMNS:
        return outcomes.codes[_FROM_COLUMNS[by]], outcomes.names[_FROM_COLUMNS[by]]
    if by in _FROM_ARM:
        parts = [split_arm(arm)[_FROM_ARM[by]] for arm in outcomes.names["arm"]]
        names = sorted({part for part in parts if part is not None})
        places = [NONE if part is None else names.index(part) for part in parts]
        return np.array([*places, NONE], np.int64)[outcomes.codes["arm"]], names
    if by == "day":
        days, codes = np.unique(outcomes.occurred_at // DAY_S, return_inverse=True)
        moments = (datetime.fromtimestamp(day * DAY_S, UTC) for day in days)
        return codes.astype(np.int64), [moment.date().isoformat() for moment in moments]
    if by == "group" and groups is not None:
        return groups.of(outcomes.problem), list(groups.labels)
    raise ValueError(f"no statistics by {by!r}: there are {', '.join(DIMENSIONS)}")


def _lines(outcomes: Outcomes, places: Codes, labels: Sequence[str | None]) -> list[Line]:
    count = len(labels)
    tried = ~outcomes.infra
    here, rewards = places[tried], outcomes.reward[tried]
    rates = Sums.of(rewards, here, count).rates()
    infra = np.bincount(places[outcomes.infra], minlength=count)
    costs = _means(outcomes.cost[tried], here, count)
    latencies = _means(outcomes.latency_s[tried], here, count)
    reliabilities = _reliabilities(outcomes.stated[tried], rewards, here, count)
    changes = trends(rewards, is_recent(outcomes.occurred_at[tried]), here, count)
    return [
        Line(
            labels[i],
            rates[i],
            rates[i].tries / max(len(rewards), 1),
            int(infra[i]),
            costs[i],
            latencies[i],
            reliabilities[i],
            changes[i],
        )
        for i in range(count)
    ]


def _means(values: NDArray[Any], places: Codes, count: int) -> list[Mean | None]:
    known = ~np.isnan(values)
    sums = np.bincount(places[known], values[known], count)
    sizes = np.bincount(places[known], minlength=count)
    return [
        Mean(float(total / n), int(n)) if n else None for total, n in zip(sums, sizes, strict=True)
    ]


def _reliabilities(
    stated: NDArray[np.float64], rewards: NDArray[np.float64], places: Codes, count: int
) -> list[Reliability | None]:
    given = ~np.isnan(stated)
    if not given.any():
        return [None] * count
    stated, rewards, places = stated[given], rewards[given], places[given]
    order = np.argsort(places, kind="stable")
    ends = np.searchsorted(places[order], np.arange(count + 1))
    parts = (order[start:end] for start, end in pairwise(ends))
    return [reliability(stated[part], rewards[part]) for part in parts]


def _rank(line: Line, by: str) -> tuple[Any, ...]:
    """Days in their order, everything else by what can be relied on; nameless lines last."""
    if by == "day":
        return (line.name,)
    return (line.name is None, line.rate.tries == 0, -line.rate.low, -line.rate.tries, line.name)


def _tenants(ids: NDArray[Any], tenants: Mapping[int, str]) -> tuple[Codes, list[str]]:
    found, codes = np.unique(ids, return_inverse=True)
    return codes.astype(np.int64), [tenants[int(i)] for i in found]


def _stated(seqs: NDArray[np.int64], stated: Mapping[int, float]) -> NDArray[np.float64]:
    values = np.full(len(seqs), np.nan)
    if stated:
        values[:] = [stated.get(seq, np.nan) for seq in seqs.tolist()]
    return values


@dataclass(frozen=True, slots=True)
class Point:
    """A stretch of time; `best` is how the best single arm did in it, where it was asked."""

    start: float
    end: float
    rate: Rate
    best: Rate


def series(outcomes: Outcomes, best_arm: str | None) -> list[Point]:
    """Success over time beside one arm's, in stretches of equally many outcomes."""
    tried = outcomes.only(~outcomes.infra)
    count = min(SERIES_POINTS, len(tried) // FEWEST_PER_POINT)
    if not count:
        return []
    order = np.argsort(tried.occurred_at, kind="stable")
    stretch = np.empty(len(tried), np.int64)
    stretch[order] = np.arange(len(tried)) * count // len(tried)
    names = tried.names["arm"]
    is_best = tried.codes["arm"] == (names.index(best_arm) if best_arm in names else NONE)
    rates = Sums.of(tried.reward, stretch, count).rates()
    best = Sums.of(tried.reward[is_best], stretch[is_best], count).rates()
    times = tried.occurred_at[order]
    edges = np.searchsorted(stretch[order], np.arange(count + 1))
    return [
        Point(float(times[edges[i]]), float(times[edges[i + 1] - 1]), rates[i], best[i])
        for i in range(count)
    ]
