"""How alike texts are, as far as they are near; what all of them have in common says little.

A Gaussian kernel, as wide as texts are usually apart, centred and of length 1: what is told in much
the same way counts fully, and what is far away counts for nothing, however far it is.
"""

import numpy as np
from numpy.typing import NDArray

COMMON = 0.005
"""That any two texts are alike: who is right more often than others can be learnt, but slowly. With
nothing it never is; with much the one that is most often right is soon asked everything."""
LEAST_APART = 1e-9
"""Squares of distances below it are rounding."""
Floats = NDArray[np.float64]


class Alike:
    """To `seen`, a row for each text."""

    def __init__(self, seen: Floats) -> None:
        self._seen = seen
        apart = _squares_apart(seen, seen)
        pairs = apart[np.triu_indices(len(seen), 1)]
        self._usually_apart = max(float(np.median(pairs)), LEAST_APART) if len(pairs) else 1.0
        near = self._near(apart)
        self._usual = near.mean(axis=0)
        self._sizes = self._sizes_of(near)
        self.among = self._unusual(near, self._sizes)
        """Of those that were seen, to each other."""

    def to(self, rows: Floats) -> Floats:
        """For each of the rows, how alike it is to everything that was seen."""
        near = self._near(_squares_apart(rows, self._seen))
        return self._unusual(near, self._sizes_of(near))

    def _near(self, apart: Floats) -> Floats:
        return np.asarray(np.exp(-apart / (2 * self._usually_apart)))

    def _sizes_of(self, near: Floats) -> Floats:
        """Of what is special about each; it is as near to itself as can be."""
        own = 1 - 2 * near.mean(axis=1) + self._usual.mean()
        return np.asarray(np.sqrt(np.maximum(own, np.finfo(float).eps)))

    def _unusual(self, near: Floats, sizes: Floats) -> Floats:
        special = near - near.mean(axis=1, keepdims=True) - self._usual + self._usual.mean()
        return np.asarray(special / sizes[:, None] / self._sizes + COMMON)


def _squares_apart(rows: Floats, others: Floats) -> Floats:
    lengths = (rows**2).sum(axis=1)[:, None] + (others**2).sum(axis=1)
    return np.asarray(np.maximum(lengths - 2 * rows @ others.T, 0))
