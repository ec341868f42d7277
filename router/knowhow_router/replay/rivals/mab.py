"""Neighbourhood bandits of the package MABWiser: nearest, within a radius, and per cluster.

They see the same components as the linear bandits. MABWiser copies its whole history for every
outcome it is given (and clusters it anew), so outcomes are handed over in growing parts:
decisions are made on a history that is at most `DELAY` (for clusters `REFIT`) of its length
behind. Until a history is long enough for the method, arms are tried at random.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from knowhow_router.contract import Row
from knowhow_router.replay.rivals.base import UNSTATED, Rival, first_of_best
from knowhow_router.replay.rivals.space import CLUSTERS, Space

if TYPE_CHECKING:
    from mabwiser.mab import MAB, NeighborhoodPolicy

PACKAGE = "mabwiser"
INSTALL = "pip install 'knowhow[bench]'"
NEAREST = 100
"""Problems. Also the number of random decisions at the beginning: MABWiser cannot search among
fewer. It counts outcomes, so with every arm shown it is asked for that many times the arms."""
RADIUS = 1.0
"""Of vectors whose mean square length is 1."""
EXPLORED = 0.1
"""How often a random arm is tried: did better than MABWiser's UCB1 in its neighbourhoods."""
DELAY = 0.01
REFIT = 0.2


class Neighbourhood(Rival):
    """The arm with the best mean in the neighbourhood of the problem, and random ones between.

    The exploring is done here, so that it can end when it brings nothing any more.
    """

    least = 1
    delay = DELAY

    def __init__(self, name: str, space: Space) -> None:
        super().__init__(name)
        self.space = space

    @abstractmethod
    def neighbourhood(self) -> NeighborhoodPolicy: ...

    def begin(self, arms: int) -> None:
        self.known, self.delay = 0, type(self).delay
        self.pending: list[tuple[np.ndarray, int, float]] = []
        self.bandit: MAB | None = None

    def build(self) -> MAB:
        from mabwiser.mab import MAB, LearningPolicy

        return MAB(
            list(range(len(self.arms))),
            LearningPolicy.EpsilonGreedy(0),
            self.neighbourhood(),
            seed=int(self.rng.integers(2**31)),
        )

    def pick(self, row: Row) -> tuple[int, float]:
        self.hand_over()
        if self.bandit is None or (self.explores and self.rng.random() < EXPLORED):
            return int(self.rng.integers(len(self.arms))), UNSTATED
        found = self.bandit.predict_expectations([self.space.project(row.vector)])
        # Without any neighbour MABWiser expects nothing of any arm.
        expected = np.nan_to_num([found[arm] for arm in range(len(self.arms))])
        return first_of_best(expected, self.rng), UNSTATED

    def update(self, row: Row, arm: int, worth: float) -> None:
        self.pending.append((self.space.project(row.vector), arm, worth))

    def hand_over(self) -> None:
        due = max(self.least - self.known, self.delay * self.known, 1)
        if len(self.pending) < due:
            return
        contexts, arms, worths = zip(*self.pending, strict=True)
        if self.bandit is None:
            self.bandit = self.build()
            self.bandit.fit(list(arms), list(worths), np.array(contexts))
        else:
            self.bandit.partial_fit(list(arms), list(worths), np.array(contexts))
        self.known += len(self.pending)
        self.pending.clear()

    def finish_training(self) -> None:
        super().finish_training()
        self.delay = 0


class Nearest(Neighbourhood):
    def begin(self, arms: int) -> None:
        super().begin(arms)
        self.least = NEAREST

    def learn_full(self, row: Row, outcomes: Mapping[str, tuple[float, float | None]]) -> None:
        if self.bandit is None:
            self.least = NEAREST * len(self.arms)
        super().learn_full(row, outcomes)

    def finish_training(self) -> None:
        """Fewer outcomes than neighbours wanted: then all of them are neighbours."""
        super().finish_training()
        if self.bandit is None:
            self.least = max(1, min(self.least, len(self.pending)))

    def neighbourhood(self) -> NeighborhoodPolicy:
        from mabwiser.mab import NeighborhoodPolicy

        return NeighborhoodPolicy.KNearest(self.least)


class Within(Neighbourhood):
    def neighbourhood(self) -> NeighborhoodPolicy:
        from mabwiser.mab import NeighborhoodPolicy

        return NeighborhoodPolicy.Radius(RADIUS)


class PerCluster(Neighbourhood):
    least = CLUSTERS
    delay = REFIT

    def begin(self, arms: int) -> None:
        from threadpoolctl import ThreadpoolController

        super().begin(arms)
        self.threads = ThreadpoolController()

    def pick(self, row: Row) -> tuple[int, float]:
        """On one thread: for a single vector, waking others takes a hundred times longer."""
        with self.threads.limit(limits=1):
            return super().pick(row)

    def neighbourhood(self) -> NeighborhoodPolicy:
        from mabwiser.mab import NeighborhoodPolicy

        return NeighborhoodPolicy.Clusters(CLUSTERS, is_minibatch=True)
