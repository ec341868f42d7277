"""Similar problems in groups: which problems belong together, found from their vectors alone.

The groups are a function of the problems in the order in which they first brought an outcome, and
of nothing else: not of what was undone or purged since, not of how often anybody looked. New
problems join the nearest group; each time the problems have grown by a quarter the groups are found
anew. How many groups there are follows from the problems: a group is halved while that explains
them enough better to pay for one group more. Knows nothing about texts or outcomes.
"""

import heapq
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Self

import numpy as np
from numpy.typing import NDArray

from knowhow_memory.columns import NONE
from knowhow_memory.rates import Codes

Ids = NDArray[np.int64]
Vectors = NDArray[np.float32]
Fetch = Callable[[Ids], Iterable[tuple[Ids, Vectors]]]
"""Blocks of (problem ids, unit vectors) of the problems asked for, in any order."""

GROWTH = 1.25
MOST_FITTED = 16_384
"""More problems than this are represented by as many of them, evenly spaced."""
MOST_GROUPS = 64
"""More would not be read."""
PRICE = 3.0
"""Two groups must explain their n problems better than one by this many times log n (Schwarz's
criterion asks half a log n for each parameter). Chosen on sets whose kinds of problems are known:
less divides even small shapeless clouds, more lumps kinds together."""
ALIKE = 0.35
"""A group that scatters so much less than all problems is of one kind, however many they are: with
enough members the price above is paid by any difference (chosen on the same sets)."""
ROUNDING = 1e-4
"""Scatter per problem that is no difference at all."""
ROUNDS = 12
"""Of moving two centres; they have settled well before."""
DECIMALS = 4
"""Likeness is compared rounded: equally near centres are told apart by their order, not by the last
bit of a product, which depends on how many problems were multiplied at once."""


@dataclass(frozen=True)
class Grouping:
    """`group[i]` is the group of `problems[i]`; groups are numbered by their first member."""

    problems: Ids = field(default_factory=lambda: np.zeros(0, np.int64))
    group: Codes = field(default_factory=lambda: np.zeros(0, np.int64))
    centres: Vectors = field(default_factory=lambda: np.zeros((0, 0), np.float32))
    fitted: int = 0

    def __len__(self) -> int:
        return len(self.centres)

    def of(self, problems: Ids) -> Codes:
        """The group of each of these problems, −1 for an unknown one."""
        if not len(self.problems):
            return np.full(len(problems), NONE, np.int64)
        order = np.argsort(self.problems)
        places = np.searchsorted(self.problems, problems, sorter=order)
        places = order[np.minimum(places, len(order) - 1)]
        group: Codes = np.where(self.problems[places] == problems, self.group[places], NONE)
        return group

    def members(self, group: int) -> Ids:
        found: Ids = self.problems[self.group == group]
        return found


def grouped(problems: Ids, fetch: Fetch, before: Grouping | None = None) -> Grouping:
    """Group the problems, given in the order of their first live outcome.

    `before` saves the work done for the first of them; it never changes the result.
    """
    fitted = fit_size(len(problems))
    known = 0
    if before is not None and before.fitted == fitted:
        known = len(before.problems)
        if not np.array_equal(before.problems, problems[:known]):
            known = 0
    if before is None or not known:
        return _found_anew(problems, fitted, fetch)
    if known == len(problems):
        return before
    joined = _nearest(problems[known:], before.centres, fetch)
    return Grouping(problems, np.concatenate([before.group, joined]), before.centres, fitted)


def fit_size(count: int) -> int:
    """How many of the first problems the groups of `count` problems are found from."""
    size = 1
    while (larger := max(size + 1, int(size * GROWTH))) <= count:
        size = larger
    return min(size, count)


def _found_anew(problems: Ids, fitted: int, fetch: Fetch) -> Grouping:
    if not len(problems):
        return Grouping()
    sample = problems[np.linspace(0, fitted - 1, min(fitted, MOST_FITTED)).astype(np.int64)]
    centres = find_centres(_in_order(sample, fetch))
    group = _nearest(problems, centres, fetch)
    used, first = np.unique(group, return_index=True)
    by_first = used[np.argsort(first)]
    number = np.full(len(centres), NONE, np.int64)
    number[by_first] = np.arange(len(by_first))
    return Grouping(problems, number[group], centres[by_first], fitted)


def find_centres(vectors: Vectors) -> Vectors:
    """Unit centres of the groups in these vectors: the widest group is halved first, as long as
    halving it is worth it."""
    one_kind = max(ALIKE * _scatter(vectors) / len(vectors), ROUNDING)
    waiting = [_Part.of(vectors, np.arange(len(vectors)))]
    done: list[Codes] = []
    while waiting:
        part = heapq.heappop(waiting)
        full = len(waiting) + len(done) + 1 >= MOST_GROUPS
        halves = None if full or part.scatter <= one_kind * len(part) else part.halves(vectors)
        if halves is None:
            done.append(part.members)
        else:
            for half in halves:
                heapq.heappush(waiting, half)
    return np.stack([_unit(vectors[members].mean(axis=0)) for members in done])


@dataclass(frozen=True)
class _Part:
    """A candidate for halving; the widest comes first, equally wide ones by their first member."""

    scatter: float
    members: Codes

    @classmethod
    def of(cls, vectors: Vectors, members: Codes) -> Self:
        return cls(round(_scatter(vectors[members]), DECIMALS), members)

    def __len__(self) -> int:
        return len(self.members)

    def __lt__(self, other: Self) -> bool:
        return (-self.scatter, self.members[0]) < (-other.scatter, other.members[0])

    def halves(self, vectors: Vectors) -> "tuple[_Part, _Part] | None":
        """Its two halves, or None if they would not explain its members enough better."""
        near = _two_means(vectors[self.members])
        if near.all() or not near.any():
            return None
        one, other = (_Part.of(vectors, self.members[half]) for half in (near, ~near))
        left = max(one.scatter + other.scatter, ROUNDING)
        if len(self) * np.log(self.scatter / left) < PRICE * np.log(len(self)):
            return None
        return one, other


def _scatter(vectors: Vectors) -> float:
    """How far unit vectors are from pointing the same way: 0 if they all do."""
    return len(vectors) - float(np.linalg.norm(vectors.sum(axis=0, dtype=np.float64)))


def _two_means(vectors: Vectors) -> NDArray[np.bool_]:
    """Who is nearer to the one of two centres; they start at the point farthest from the middle and
    the one farthest from that."""
    one = vectors[np.argmin(np.round(vectors @ _unit(vectors.mean(axis=0)), DECIMALS))]
    other = vectors[np.argmin(np.round(vectors @ one, DECIMALS))]
    nearer = np.zeros(len(vectors), np.bool_)
    for _ in range(ROUNDS):
        now: NDArray[np.bool_] = np.round(vectors @ (one - other), DECIMALS) >= 0
        if np.array_equal(now, nearer) or now.all() or not now.any():
            return now
        nearer = now
        one, other = _unit(vectors[now].mean(axis=0)), _unit(vectors[~now].mean(axis=0))
    return nearer


def _nearest(problems: Ids, centres: Vectors, fetch: Fetch) -> Codes:
    group = np.zeros(len(problems), np.int64)
    order = np.argsort(problems)
    for ids, vectors in fetch(problems):
        near = np.argmax(np.round(vectors @ centres.T, DECIMALS), axis=1)
        group[order[np.searchsorted(problems, ids, sorter=order)]] = near
    return group


def _in_order(problems: Ids, fetch: Fetch) -> Vectors:
    blocks = list(fetch(problems))
    ids = np.concatenate([ids for ids, _ in blocks])
    vectors = np.concatenate([vectors for _, vectors in blocks])
    order = np.argsort(ids)
    return vectors[order[np.searchsorted(ids, problems, sorter=order)]]


def _unit(vector: Vectors) -> Vectors:
    length = np.linalg.norm(vector)
    return vector / length if length > 0 else vector
