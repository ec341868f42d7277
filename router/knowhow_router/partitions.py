"""Regions of problems: several independent partitions of the same space, coarse to fine.

A partition is a set of centres (spherical cells around them); `locate` says in which region of
every partition a problem lies, with one matrix product. Averaging over several partitions hides
the arbitrary borders of each. Knows nothing about arms or outcomes.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from knowhow_router.observation import Floats32, Ints

SIZES = (16, 16, 32, 32, 64, 64, 128, 128)
"""Regions in each partition. The coarse ones say something after a hundred outcomes, the fine ones
after thousands; two draws of each size beat one on all development sets, a third added nothing."""

LEAST_PER_REGION = 4
"""A region with fewer problems than this when it is drawn is an accident, not a kind of problem."""

AT_ONCE = 1024
"""Problems located in one product, so that its result stays small."""

SAMPLE = 2048
ROUNDS = 8
"""Problems and rounds k-means sees; more moved no measured figure."""


class Partitions:
    """Fixed centres of all partitions, stacked; `offsets[i]` is where partition i begins."""

    def __init__(self, views: Floats32, rng: np.random.Generator) -> None:
        counts = [min(size, max(2, len(views) // LEAST_PER_REGION)) for size in SIZES]
        centres = [_centres(views, count, rng) for count in counts]
        self.offsets = np.concatenate([[0], np.cumsum([len(part) for part in centres])])
        self.centres = np.vstack(centres)
        self._half_squares = (0.5 * np.einsum("ij,ij->i", self.centres, self.centres)).astype(
            np.float32
        )

    def __len__(self) -> int:
        return len(self.offsets) - 1

    @property
    def regions(self) -> int:
        """Regions of all partitions together."""
        return len(self.centres)

    def locate(self, view: Floats32) -> Ints:
        """The region of each partition in which this problem lies."""
        return self._nearest(self.centres @ view - self._half_squares)

    def locate_all(self, views: Floats32) -> Ints:
        """`locate` for each problem, many at a time."""
        found = np.empty((len(views), len(self)), dtype=np.int64)
        for start in range(0, len(views), AT_ONCE):
            part = slice(start, start + AT_ONCE)
            found[part] = self._nearest(views[part] @ self.centres.T - self._half_squares)
        return found

    def _nearest(self, closeness: Floats32) -> Ints:
        """Of each partition, along the last axis."""
        begins, ends = self.offsets[:-1], self.offsets[1:]
        best = [b + closeness[..., b:e].argmax(-1) for b, e in zip(begins, ends, strict=True)]
        return np.stack(best, axis=-1).astype(np.int64)


def _centres(views: Floats32, count: int, rng: np.random.Generator) -> Floats32:
    """k-means with k-means++ seeds on a sample; every step is a function of the generator."""
    sample = views if len(views) <= SAMPLE else views[rng.permutation(len(views))[:SAMPLE]]
    centres = _seeds(sample, count, rng)
    for _ in range(ROUNDS):
        owner = _owners(sample, centres)
        members = (owner == np.arange(len(centres))[:, None]).astype(np.float32)
        sums, sizes = members @ sample, members.sum(axis=1)
        taken = sizes > 0
        centres[taken] = sums[taken] / sizes[taken, None]
    return centres


def _owners(sample: Floats32, centres: Floats32) -> NDArray[np.intp]:
    closeness = sample @ centres.T - 0.5 * (centres * centres).sum(axis=1)
    return np.asarray(closeness.argmax(axis=1))


def _seeds(sample: Floats32, count: int, rng: np.random.Generator) -> Floats32:
    squares = np.einsum("ij,ij->i", sample, sample)
    chosen = [int(rng.integers(len(sample)))]
    distance = _distances(sample, squares, chosen[0])
    for _ in range(count - 1):
        reach = float(distance.sum()) * rng.random()
        pick = min(int(np.searchsorted(np.cumsum(distance), reach)), len(sample) - 1)
        chosen.append(pick)
        distance = np.minimum(distance, _distances(sample, squares, pick))
    return sample[chosen].copy()


def _distances(sample: Floats32, squares: Floats32, at: int) -> Floats32:
    """Squared, from one problem to all; one product is ten times faster than differences."""
    apart: Floats32 = squares + squares[at] - 2.0 * (sample @ sample[at])
    return np.maximum(apart, np.float32(0.0))
