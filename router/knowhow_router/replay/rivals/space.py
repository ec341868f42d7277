"""The fixed view of the problems that rivals may share: principal components and clusters.

Made once from all problems of a file, without looking at any outcome. A running router could not
have it in advance, so this favours the rivals. Knows nothing about arms or rewards.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from knowhow_router.contract import Vector

COMPONENTS = 16
"""Linear bandits learn one weight per component and arm: more of them learn too slowly."""
CLUSTERS = 16
"""Problem types when nobody labelled them: the order of the number of tasks in public sets."""
ITERATIONS = 20
FIT_ROWS = 20_000
"""Components and clusters do not change visibly beyond this many problems."""


@dataclass(frozen=True, eq=False)
class Space:
    """Built lazily: a policy that never looks at a problem costs nothing."""

    vectors: NDArray[np.float32]

    @cached_property
    def sample(self) -> NDArray[np.float32]:
        if len(self.vectors) <= FIT_ROWS:
            return self.vectors
        chosen = np.random.default_rng(0).choice(len(self.vectors), FIT_ROWS, replace=False)
        return self.vectors[np.sort(chosen)]

    @cached_property
    def mean(self) -> NDArray[np.float32]:
        return np.asarray(self.sample.mean(axis=0), dtype=np.float32)

    @cached_property
    def axes(self) -> NDArray[np.float32]:
        """The main directions, scaled so that a projected problem has about unit length."""
        centred = self.sample - self.mean
        _, scales, directions = np.linalg.svd(centred.T @ centred / len(centred))
        count = min(COMPONENTS, len(scales))
        size = float(np.sqrt(scales[:count].sum())) or 1.0
        return np.asarray(directions[:count] / size, dtype=np.float32)

    def project(self, vector: Vector) -> NDArray[np.float64]:
        """The problem as a linear bandit sees it: its components and a constant."""
        components = self.axes @ (vector - self.mean)
        return np.append(components.astype(np.float64), 1.0)

    @cached_property
    def centres(self) -> NDArray[np.float32]:
        """k-means centres of the problems, started by k-means++ with a fixed seed."""
        from scipy.cluster.vq import kmeans2

        sample = self.sample.astype(np.float64)
        distinct = len(np.unique(sample, axis=0))
        centres, _ = kmeans2(sample, min(CLUSTERS, distinct), iter=ITERATIONS, minit="++", rng=0)
        return np.asarray(centres, dtype=np.float32)

    @cached_property
    def half_norms(self) -> NDArray[np.float32]:
        return np.asarray((self.centres**2).sum(axis=1) / 2, dtype=np.float32)

    def cluster(self, vector: Vector) -> int:
        return int(np.argmax(self.centres @ vector - self.half_norms))
