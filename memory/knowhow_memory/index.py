"""The vector index: ids in, the nearest ids out. Knows nothing about texts, outcomes or tables.

Up to `IndexSizes.scan` vectors every search compares them all and is exact. Above that the vectors
live in cells (`cells.py`) at one byte a component, a search looks into the nearest cells, and an
`allowed` filter that leaves few candidates is again compared exhaustively.

Adding an id that is there replaces its vector, so that a log may be replayed; removing an id that
is not there is an error. A refused call changes nothing.

Searches run side by side. Changes go one after the other and stop the searches only for the moment
in which vectors change their place: the work on a split is done before. The same calls in the same
order give the same index. Among equal scores the smaller id comes first, whatever the order of
adding; which cells there are, and so which near misses are found, does depend on it.
"""

import hashlib
import threading
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from knowhow_memory.cells import CellData, Cells, Floats, Ids
from knowhow_memory.digests import DigestTable
from knowhow_memory.errors import InputError, NotFoundError
from knowhow_memory.rwlock import ReadWriteLock

MISSING = -1
UNIT_TOLERANCE = 1e-3
"""Float16 embedders miss the unit norm by some 1e-4."""
BLOCK = 256
"""Vectors that change at a time: a search waits for one block at most, some 2 ms."""


@dataclass(frozen=True)
class IndexSizes:
    """Where the index changes its ways; measured at 10⁴ to 10⁶ vectors of 384 components."""

    scan: int = 16_384
    """So many vectors are compared one by one in less than a millisecond."""
    cell: int = 256
    """A cell with more members is split. Smaller ones cost more to find than they save."""
    probes: int = 48
    """Cells a search looks into. 0.97 of the 64 nearest at 10⁶; 32 find 0.96, 128 find 0.98."""

    @property
    def room(self) -> int:
        """What a cell has memory for: its limit and what a block may bring before it is split."""
        return self.cell + self.cell // 8


@dataclass(frozen=True)
class IndexData:
    """An index as plain arrays, for `index_file`; `digests` go with `cells.ids`."""

    cells: CellData
    digests: NDArray[np.uint64]


class VectorIndex:
    def __init__(self, dim: int, *, sizes: IndexSizes | None = None) -> None:
        if dim < 1:
            raise InputError(f"an index needs at least one dimension, not {dim!r}")
        self.dim = dim
        self._sizes = sizes or IndexSizes()
        self._cells = Cells.one(dim)
        self._digests = DigestTable()
        self._lock = ReadWriteLock()
        self._changing = threading.Lock()

    @classmethod
    def build(
        cls,
        dim: int,
        blocks: Iterable[tuple[ArrayLike, ArrayLike]],
        *,
        sizes: IndexSizes | None = None,
    ) -> Self:
        """An index of all the (ids, vectors) that `blocks` gives."""
        index = cls(dim, sizes=sizes)
        for ids, vectors in blocks:
            index.add(ids, vectors)
        return index

    def add(self, ids: ArrayLike, vectors: ArrayLike) -> None:
        """Put unit vectors in; an id that is there gets the new vector."""
        keys = checked_ids(ids)
        rows = self._checked_vectors(vectors)
        if len(keys) != len(rows):
            raise InputError(f"{len(keys)} ids for {len(rows)} vectors: give one id a vector")
        digests = row_digests(keys, rows)
        with self._changing:
            for here in blocks_of(len(keys)):
                self._put(keys[here], rows[here], digests[here].tolist())

    def _put(self, ids: Ids, vectors: Floats, digests: list[int]) -> None:
        homes = self._cells.assign(vectors)
        known = np.array([key for key in ids.tolist() if self._digests.get(key)], np.int64)
        with self._lock.writing():
            self._drop(known)
            self._cells.put(ids, vectors, homes)
            self._digests.put(ids.tolist(), digests)
        if self._cells.exact and len(self) > self._sizes.scan:
            coarse = self._cells.coarse()
            self._settle(coarse, {0})
            with self._lock.writing():
                self._cells = coarse
        elif not self._cells.exact:
            self._settle(self._cells, set(homes.tolist()))

    def _settle(self, cells: Cells, touched: set[int]) -> None:
        """Split until no cell is too large."""
        while touched:
            cell = min(touched)
            touched.remove(cell)
            if cells.size(cell) > self._sizes.cell and (split := cells.plan_split(cell)):
                with self._lock.writing():
                    touched |= cells.apply(split, room=self._sizes.room)

    def remove(self, ids: ArrayLike) -> None:
        """Take ids out."""
        keys = checked_ids(ids)
        with self._changing:
            for key in keys.tolist():
                if not self._digests.get(key):
                    raise NotFoundError(f"no vector with id {key!r} in the index")
            for here in blocks_of(len(keys)):
                with self._lock.writing():
                    self._drop(keys[here])
            if not len(self):
                with self._lock.writing():
                    self._cells = Cells.one(self.dim)

    def _drop(self, ids: Ids) -> None:
        self._cells.take(ids)
        self._digests.drop(ids.tolist())

    def search(
        self, vectors: ArrayLike, k: int, *, allowed: NDArray[np.uint8] | None = None
    ) -> tuple[Floats, Ids]:
        """Cosine similarities and ids of the `k` nearest to each vector, best first; missing: -1.

        `allowed` is a bitmap over ids (bit i & 7 of byte i >> 3). It is best without bits of ids
        that are not in the index: how far the search goes depends on the number of bits.
        """
        queries = self._checked_vectors(vectors)
        if k < 1:
            raise InputError(f"cannot search for {k!r} neighbours: ask for at least one")
        if allowed is not None and (allowed.dtype != np.uint8 or allowed.ndim != 1):
            raise InputError("the filter must be a flat bitmap of uint8")
        allowed = None if allowed is None else np.ascontiguousarray(allowed)
        bits = None if allowed is None else count_bits(allowed)
        scores = np.full((len(queries), k), -np.inf, np.float32)
        ids = np.full((len(queries), k), MISSING, np.int64)
        for row, query in enumerate(queries):
            # One by one, so that a change waits for one query and not for all of them.
            with self._lock.reading():
                candidates = len(self) if bits is None else bits
                wanted = min(k, candidates, len(self))
                if wanted:
                    found = self._nearest(query, wanted, self._probes(candidates), allowed)
                    scores[row, : len(found[1])], ids[row, : len(found[1])] = found
        return scores, ids

    def _probes(self, candidates: int) -> int:
        """More cells the fewer of their members count, so that a filter costs no recall."""
        if candidates <= self._sizes.scan:
            return len(self._cells)
        share = max(1.0, len(self) / candidates)
        return min(len(self._cells), int(np.ceil(self._sizes.probes * share)))

    def _nearest(
        self, query: Floats, k: int, probes: int, allowed: NDArray[np.uint8] | None
    ) -> tuple[Floats, Ids]:
        """The best `k` in the nearest cells, or in all cells when those hold fewer than `k`."""
        # One more than asked shows whether the last place is shared.
        rows = self._cells.search(query[None], k + 1, probes=probes, allowed=allowed)
        scores, ids = rows[0][0], rows[1][0]
        if ids[k - 1] == MISSING and probes < len(self._cells):
            return self._nearest(query, k, len(self._cells), allowed)
        if ids[k] != MISSING and scores[k] == scores[k - 1]:
            below = float(np.nextafter(scores[k], np.float32(-np.inf)))
            scores, ids = self._cells.above(query, below, probes=probes, allowed=allowed)
        order = np.lexsort((ids, -scores))
        order = order[ids[order] != MISSING][:k]
        return np.clip(scores[order], -1, 1), ids[order]

    def __len__(self) -> int:
        return len(self._digests)

    def __contains__(self, key: object) -> bool:
        return isinstance(key, int | np.integer) and self._digests.get(int(key)) > 0

    def ids(self) -> Ids:
        """All ids, ascending."""
        with self._changing:
            return self._digests.ids()

    def vector_hash(self) -> int:
        """Of all (id, vector) pairs as they were given, in whatever order: see `row_digests`."""
        with self._changing:
            return self._digests.total

    def data(self) -> IndexData:
        """A copy of everything; changes wait for it, searches do not."""
        with self._changing:
            cells = self._cells.data()
            digests = [self._digests.get(key) for key in cells.ids.tolist()]
        return IndexData(cells, np.array(digests, np.uint64))

    @classmethod
    def restore(cls, data: IndexData, *, sizes: IndexSizes | None = None) -> Self:
        """The index that `data` was taken from: the same results, to the last bit."""
        index = cls(data.cells.dim, sizes=sizes)
        index._cells = Cells.restore(data.cells, room=index._sizes.room)
        index._digests.put(data.cells.ids.tolist(), data.digests.tolist())
        return index

    def _checked_vectors(self, vectors: ArrayLike) -> Floats:
        rows = np.ascontiguousarray(vectors, np.float32)
        if rows.ndim != 2 or rows.shape[1] != self.dim:
            raise InputError(f"vectors must be rows of {self.dim} numbers, not {rows.shape!r}")
        lengths = np.sqrt(np.einsum("ij,ij->i", rows, rows))
        wrong = np.flatnonzero(~(np.abs(lengths - 1) <= UNIT_TOLERANCE))  # also when it is NaN
        if len(wrong):
            row = int(wrong[0])
            raise InputError(f"vector {row} has length {lengths[row]:.4g}: give unit vectors")
        return rows


def blocks_of(count: int) -> Iterator[slice]:
    return (slice(start, start + BLOCK) for start in range(0, count, BLOCK))


def checked_ids(ids: ArrayLike) -> Ids:
    given = np.asarray(ids)
    if given.ndim != 1 or (given.size and given.dtype.kind not in "iu"):
        raise InputError("ids must be a flat list of integers")
    keys = np.ascontiguousarray(given, np.int64)
    if keys.size and keys.min() < 0:
        raise InputError(f"id {int(keys.min())} is out of range: ids go from 0 to 2⁶³ - 1")
    unique, counts = np.unique(keys, return_counts=True)
    if len(unique) < len(keys):
        raise InputError(f"id {int(unique[counts > 1][0])} is given twice in one call")
    return keys


def count_bits(bitmap: NDArray[np.uint8]) -> int:
    return int(np.bitwise_count(bitmap).sum(dtype=np.int64))


def row_digests(ids: Sequence[int] | Ids, vectors: Floats) -> NDArray[np.uint64]:
    """Eight bytes of blake2b over each id and its vector's bytes, never zero."""
    keys = np.ascontiguousarray(ids, "<i8")
    rows = np.ascontiguousarray(vectors, "<f4")
    digests = bytearray()
    for key, row in zip(keys, rows, strict=True):
        digest = hashlib.blake2b(key.tobytes(), digest_size=8)
        digest.update(row.data)
        digests += digest.digest()
    return np.maximum(np.frombuffer(digests, "<u8").astype(np.uint64), np.uint64(1))


def vector_hash(digests: NDArray[np.uint64]) -> int:
    """What `VectorIndex.vector_hash` gives for rows with these digests."""
    return int(digests.sum(dtype=np.uint64))


def id_hash(ids: Sequence[int] | Ids) -> int:
    """Of a set of ids, in whatever order: the sum of their scattered values modulo 2⁶⁴."""
    # The finaliser of splitmix64: neighbouring keys end up far apart, so that sums don't collide.
    scattered = np.asarray(ids, np.int64).astype(np.uint64) + np.uint64(0x9E3779B97F4A7C15)
    scattered = (scattered ^ (scattered >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    scattered = (scattered ^ (scattered >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return int((scattered ^ (scattered >> np.uint64(31))).sum(dtype=np.uint64))
