"""Vectors in cells around centroids: faiss's inverted file, kept balanced by splitting cells.

There is no training run. A cell that grows beyond its limit is split in two, and vectors of its
neighbours that lie nearer to one of the new centroids move there. That costs a few milliseconds
however large the index is, follows the data wherever they drift, and loses no recall against
k-means over everything. Nothing here is random: the same calls give the same cells.

One cell keeps float vectors (exact); many cells keep one byte a component. Knows nothing about
locks, about which ids are there already, or about files. Reading calls may run together, a changing
call (`put`, `take`, `apply`) needs the cells for itself.
"""

from dataclasses import dataclass
from functools import cache
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
Ids = NDArray[np.int64]

MAX_CELLS = 65_536
"""Above 10⁷ vectors; the empty ones cost 50 bytes each. With all in use cells just grow."""
NEIGHBOURS = 8
"""Cells that are tidied after a split: 24 gave no more recall and took half as long again."""
TWO_MEANS_ROUNDS = 8
"""The sides hardly change after five."""
SMALLEST_SIDE = 1 / 8
"""Of a split; a thinner slice would be split off again and again, so the median decides."""
NEARER = 1e-5
"""By less than that no vector changes its cell: equal vectors would wander on rounding errors."""
TYPICAL_COMPONENTS = 4
"""A byte covers at least ±4/√dim, so that later texts of another kind are not cut off."""


@dataclass(frozen=True)
class CellData:
    """All that makes up the cells, as plain arrays: vectors are grouped cell by cell."""

    dim: int
    ranges: Floats
    centroids: Floats
    sizes: Ids
    ids: Ids
    codes: NDArray[np.uint8]


class Move(NamedTuple):
    """Vectors that change their cell."""

    ids: Ids
    vectors: Floats
    cells: Ids


class Split(NamedTuple):
    """What splitting `cell` will do."""

    cell: int
    centroids: Floats
    moves: list[Move]


class Cells:
    def __init__(self, dim: int, *, ranges: Floats, centroids: Floats) -> None:
        """Without `ranges` the vectors stay floats; with them each component becomes a byte."""
        faiss = load_faiss()
        self._dim = dim
        self._ranges = ranges
        self._centroids = faiss.IndexFlatIP(dim)
        self._centroids.add(centroids)
        if ranges.size:
            self._lists = faiss.IndexIVFScalarQuantizer(
                self._centroids,
                dim,
                MAX_CELLS,
                faiss.ScalarQuantizer.QT_8bit,
                faiss.METRIC_INNER_PRODUCT,
                False,  # codes independent of their cell, so that they can move without loss
            )
            faiss.copy_array_to_vector(ranges, self._lists.sq.trained)
        else:
            self._lists = faiss.IndexIVFFlat(self._centroids, dim, 1, faiss.METRIC_INNER_PRODUCT)
        self._lists.is_trained = True
        # Finds an id's place at once, so that removing does not walk through everything.
        self._lists.set_direct_map_type(faiss.DirectMap.Hashtable)

    @classmethod
    def one(cls, dim: int) -> "Cells":
        """A single cell of float vectors: every search is exact."""
        return cls(dim, ranges=np.empty(0, np.float32), centroids=np.zeros((1, dim), np.float32))

    def coarse(self) -> "Cells":
        """The same vectors, a byte a component, in one cell that is ready to be split."""
        ids, vectors = self._members(0)
        cells = Cells(self._dim, ranges=byte_ranges(vectors), centroids=_centre(vectors)[None])
        cells.put(ids, vectors, np.zeros(len(ids), np.int64))
        return cells

    @property
    def exact(self) -> bool:
        return not self._ranges.size

    def __len__(self) -> int:
        return int(self._centroids.ntotal)

    def size(self, cell: int) -> int:
        return int(self._lists.invlists.list_size(cell))

    def assign(self, vectors: Floats) -> Ids:
        """The cell each vector belongs to."""
        load_faiss()
        cells: Ids = self._centroids.search(vectors, 1)[1][:, 0].copy()
        return cells

    def put(self, ids: Ids, vectors: Floats, cells: Ids) -> None:
        faiss = load_faiss()
        vectors = np.ascontiguousarray(vectors)
        self._lists.add_core(
            len(ids), faiss.swig_ptr(vectors), faiss.swig_ptr(ids), faiss.swig_ptr(cells)
        )

    def take(self, ids: Ids) -> None:
        faiss = load_faiss()
        if len(ids):
            self._lists.remove_ids(faiss.IDSelectorArray(ids))

    def search(
        self, queries: Floats, k: int, *, probes: int, allowed: NDArray[np.uint8] | None
    ) -> tuple[Floats, Ids]:
        """The k best of the `probes` nearest cells, best first; missing ones are -1."""
        parameters = self._parameters(probes, allowed)
        scores, ids = self._lists.search(queries, k, params=parameters)
        return scores, ids

    def above(
        self, query: Floats, score: float, *, probes: int, allowed: NDArray[np.uint8] | None
    ) -> tuple[Floats, Ids]:
        """All that score more than `score`, in no particular order."""
        parameters = self._parameters(probes, allowed)
        _, scores, ids = self._lists.range_search(query[None], score, params=parameters)
        return scores, ids

    def _parameters(self, probes: int, allowed: NDArray[np.uint8] | None) -> Any:
        faiss = load_faiss()
        probes = min(probes, len(self))
        if allowed is None:
            return faiss.SearchParametersIVF(nprobe=probes)
        return faiss.SearchParametersIVF(nprobe=probes, sel=faiss.IDSelectorBitmap(allowed))

    def plan_split(self, cell: int) -> Split | None:
        """How to split a cell; changes nothing. None when there is no room for another cell."""
        if len(self) == MAX_CELLS:
            return None
        ids, vectors = self._members(cell)
        centroids, right = halve(vectors)
        halves = np.array([cell, len(self)], np.int64)
        side = right.astype(np.int64)
        home = halves[side]
        near = self._neighbours(cell)
        if len(near):
            own = (vectors @ centroids.T)[np.arange(len(ids)), side]
            leave, better = _nearer(vectors, own, self._table()[near])
            home[leave] = near[better]
        moved = home != cell
        moves = [Move(ids[moved], vectors[moved], home[moved])]
        moves += [self._deserters(int(neighbour), centroids, halves) for neighbour in near]
        return Split(cell, centroids, moves)

    def _deserters(self, cell: int, centroids: Floats, halves: Ids) -> Move:
        """Members of a neighbour that lie nearer to one of the new centroids."""
        ids, vectors = self._members(cell)
        leave, better = _nearer(vectors, vectors @ self._table()[cell], centroids)
        return Move(ids[leave], vectors[leave], halves[better])

    def apply(self, split: Split, *, room: int) -> set[int]:
        """Carry a split out, with room for so many in the new cell; returns the cells touched."""
        self._reserve(len(self), room)
        self._table()[split.cell] = split.centroids[0]
        self._centroids.add(split.centroids[1:])
        touched = {split.cell}
        for move in split.moves:
            self.take(move.ids)
            self.put(*move)
            touched.update(move.cells.tolist())
        return touched

    def _reserve(self, cell: int, room: int) -> None:
        """Give an empty cell its memory at once: a list that grows doubles and never gives back."""
        self._lists.invlists.resize(cell, room)
        self._lists.invlists.resize(cell, 0)

    def _table(self) -> Floats:
        """The centroids, as a view: writing to it moves them."""
        faiss = load_faiss()
        table: Floats = faiss.rev_swig_ptr(self._centroids.get_xb(), len(self) * self._dim)
        return table.reshape(len(self), self._dim)

    def _neighbours(self, cell: int) -> Ids:
        k = min(NEIGHBOURS + 1, len(self))
        found: Ids = self._centroids.search(self._table()[cell][None], k)[1][0]
        near: Ids = found[found != cell][:NEIGHBOURS]
        return near

    def _members(self, cell: int) -> tuple[Ids, Floats]:
        ids, codes = self._contents(cell)
        return ids.copy(), self._decode(codes)

    def _contents(self, cell: int) -> tuple[Ids, NDArray[np.uint8]]:
        """Views of a cell's ids and codes, good until the next change."""
        faiss = load_faiss()
        lists, size, width = self._lists.invlists, self.size(cell), self._lists.code_size
        if not size:
            return np.empty(0, np.int64), np.empty((0, width), np.uint8)
        ids = faiss.rev_swig_ptr(lists.get_ids(cell), size)
        codes = faiss.rev_swig_ptr(lists.get_codes(cell), size * width).reshape(size, width)
        return ids, codes

    def _decode(self, codes: NDArray[np.uint8]) -> Floats:
        if self.exact:
            return codes.copy().view(np.float32)
        vectors: Floats = self._lists.sq.decode(np.ascontiguousarray(codes))
        return vectors

    def data(self) -> CellData:
        """One copy of everything, to be written to a file."""
        count = len(self)
        sizes = np.array([self.size(cell) for cell in range(count)], np.int64)
        ids = np.empty(sizes.sum(), np.int64)
        codes = np.empty((len(ids), self._lists.code_size), np.uint8)
        for cell, end in enumerate(np.cumsum(sizes).tolist()):
            here = slice(end - sizes[cell], end)
            ids[here], codes[here] = self._contents(cell)
        return CellData(self._dim, self._ranges, self._table().copy(), sizes, ids, codes)

    @classmethod
    def restore(cls, data: CellData, *, room: int) -> "Cells":
        """The cells that `data` was taken from, to the last bit."""
        faiss = load_faiss()
        cells = cls(data.dim, ranges=data.ranges, centroids=data.centroids)
        lists = cells._lists
        lists.set_direct_map_type(faiss.DirectMap.NoMap)
        start = 0
        for cell, size in enumerate(data.sizes.tolist()):
            cells._reserve(cell, max(size, room))
            if size:
                ids, codes = data.ids[start : start + size], data.codes[start : start + size]
                lists.invlists.add_entries(cell, size, faiss.swig_ptr(ids), faiss.swig_ptr(codes))
            start += size
        lists.ntotal = start
        lists.set_direct_map_type(faiss.DirectMap.Hashtable)
        return cells


def halve(vectors: Floats) -> tuple[Floats, NDArray[np.bool_]]:
    """Two centroids by 2-means on the sphere, and which vectors are on the second's side."""
    first = vectors[np.argmin(vectors @ _centre(vectors))]
    second = vectors[np.argmin(vectors @ first)]
    right = vectors @ (second - first) > 0
    for _ in range(TWO_MEANS_ROUNDS):
        if right.all() or not right.any():
            break
        first, second = _centre(vectors[~right]), _centre(vectors[right])
        right = vectors @ (second - first) > 0
    if min(right.sum(), (~right).sum()) < SMALLEST_SIDE * len(vectors):
        order = np.argsort(vectors @ (second - first), kind="stable")
        right = np.zeros(len(vectors), np.bool_)
        right[order[len(order) // 2 :]] = True
    return np.stack([_centre(vectors[~right]), _centre(vectors[right])]), right


def byte_ranges(vectors: Floats) -> Floats:
    """Lowest value and width of every component, in the order faiss keeps them."""
    usual = np.float32(TYPICAL_COMPONENTS / np.sqrt(vectors.shape[1]))
    low = np.minimum(vectors.min(axis=0), -usual)
    high = np.maximum(vectors.max(axis=0), usual)
    return np.concatenate([low, high - low])


def _centre(vectors: Floats) -> Floats:
    mean = vectors.mean(axis=0)
    centre: Floats = mean / max(float(np.linalg.norm(mean)), np.finfo(np.float32).tiny)
    return centre


def _nearer(vectors: Floats, own: Floats, others: Floats) -> tuple[NDArray[np.bool_], Ids]:
    """Which vectors are more alike to one of `others` than `own` says, and to which of them."""
    scores = vectors @ others.T
    leave = scores.max(axis=1) > own + NEARER
    return leave, scores[leave].argmax(axis=1)


@cache
def _import_faiss() -> Any:
    import faiss

    return faiss


def load_faiss() -> Any:
    """faiss with one thread: beside torch its own threads only fight for the cores.

    OpenMP keeps that number per thread, so it is looked at on every call.
    """
    faiss = _import_faiss()
    if faiss.omp_get_max_threads() != 1:
        faiss.omp_set_num_threads(1)
    return faiss
