"""Worlds to try a router in: outcome matrices that are given, or one made up, so that the benches
of robustness run anywhere.

`Live` is a router that lives through problems and outcomes without a store; a copy of it lives
another life from the same state. Knows nothing about what is done to it.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from knowhow_memory.errors import InputError
from knowhow_memory.index import VectorIndex
from knowhow_router.brain import Brain, RouterSettings
from knowhow_router.decision import Decision
from knowhow_router.drift import Drift
from knowhow_router.evidence import Evidence
from knowhow_router.features import FEATURES, describe
from knowhow_router.observation import Observation
from knowhow_router.replay.matrix import OutcomeMatrix, read
from knowhow_router.replay.vectors import cache_path, problem_vectors
from knowhow_router.snapshot import Arrays, put_together, take_apart

Floats = NDArray[np.float64]
Floats32 = NDArray[np.float32]
Rows = NDArray[np.intp]

MADE_UP = "made up"
ROWS, REGIONS, DIM, ARMS = 4_000, 12, 32, 4
APART = 0.35
"""Standard deviation of a problem around the centre of its region, per unit of distance."""
LEVEL, SPECIAL, LEAST, MOST = 0.55, 0.22, 0.03, 0.97
"""Arms succeed at about LEVEL, and differ by SPECIAL from region to region."""
SOME_ARMS_BETTER = 0.06


@dataclass(frozen=True, eq=False)
class World:
    """Problems × arms with all rewards known; `kinds` numbers the type of each problem."""

    name: str
    arms: tuple[str, ...]
    rewards: Floats
    vectors: Floats32
    features: Floats32
    kinds: Rows

    def __len__(self) -> int:
        return len(self.rewards)

    @property
    def ranked(self) -> list[int]:
        """Arms by their mean reward, the best one first."""
        order = np.argsort(-self.rewards.mean(axis=0), kind="stable")
        return [int(arm) for arm in order]


def worlds(
    data: Sequence[Path] | None, seed: int, rows: int | None, report: Callable[[str], None]
) -> Iterator[World]:
    """The given matrices' worlds, or one made up of `rows` problems."""
    if not data:
        yield made_up(seed, rows or ROWS)
        return
    for path in data:
        report(f"reading {path.name}")
        yield _given(path, report)


def made_up(seed: int, rows: int) -> World:
    """Regions in a space of meanings; every arm is good in some of them."""
    rng = np.random.default_rng([seed, rows])
    centres = rng.standard_normal((REGIONS, DIM))
    kinds = rng.integers(REGIONS, size=rows)
    places = centres[kinds] + APART * DIM**0.5 * rng.standard_normal((rows, DIM)) / 2.0
    vectors = places / np.linalg.norm(places, axis=1, keepdims=True)
    level = LEVEL + SOME_ARMS_BETTER * (np.arange(ARMS)[::-1] - 1.5)
    chances = np.clip(level + SPECIAL * rng.standard_normal((REGIONS, ARMS)), LEAST, MOST)
    rewards = (rng.random((rows, ARMS)) < chances[kinds]).astype(np.float64)
    return World(
        name=MADE_UP,
        arms=tuple(f"arm{i}" for i in range(ARMS)),
        rewards=rewards,
        vectors=vectors.astype(np.float32),
        features=np.zeros((rows, FEATURES), dtype=np.float32),
        kinds=kinds,
    )


def _given(path: Path, report: Callable[[str], None]) -> World:
    from knowhow.settings import load_settings
    from knowhow_memory.embedder import load_embedder

    matrix = read(path)
    if not isinstance(matrix, OutcomeMatrix):
        raise InputError(f"{path.name!r} is a log of outcomes: give an outcome matrix")
    rows = matrix.complete
    problems = [matrix.problems[i] for i in rows]
    embedder = load_embedder(load_settings().embedder.model)
    vectors = problem_vectors(
        problems, embedder, cache_path(), lambda done: report(f"{path.name}: {done:,} embedded")
    )
    labels = [str(matrix.tasks[i]) for i in rows]
    _, kinds = np.unique(labels, return_inverse=True)
    return World(
        name=path.name.split(".")[0],
        arms=matrix.arms,
        rewards=matrix.rewards[rows],
        vectors=vectors,
        features=np.array([describe(problem) for problem in problems]),
        kinds=kinds,
    )


class Live:
    """A router on one world's problems; what it learns may differ from what is true there."""

    def __init__(self, world: World, arms: Collection[int], seed: int) -> None:
        self.world = world
        self.brain = Brain(world.vectors.shape[1], RouterSettings(abstain=False), seed)
        self.evidence = Evidence(VectorIndex(world.vectors.shape[1]))
        self._numbers = count(1)
        self._chance = 1.0
        for arm in arms:
            self.add_arm(arm)

    def add_arm(self, arm: int) -> None:
        self.brain.add_arm(self.world.arms[arm])

    def twin(self) -> Live:
        """Another router in the same state."""
        arrays: Arrays = {}
        parts = take_apart([self.brain, self.evidence], arrays)
        copies = {name: array.copy() for name, array in arrays.items()}
        other = object.__new__(Live)
        other.world = self.world
        other.brain, other.evidence = put_together(parts, copies)
        other._numbers = count(other.brain.learned + 1)
        other._chance = self._chance
        return other

    def choose(self, row: int, arms: Collection[int] | None = None) -> int:
        decision = self._decide(row, arms)
        self._chance = decision.chosen.propensity
        return self.world.arms.index(decision.fallback)

    def learn(self, row: int, arm: int, reward: float, *, principal: str | None = None) -> float:
        """The outcome of the choice just made."""
        return self._take_in(row, arm, reward, propensity=self._chance, principal=principal)

    def tell(
        self,
        row: int,
        arm: int,
        reward: float,
        *,
        principal: str | None = None,
        source: str | None = None,
        verified: bool = False,
    ) -> float:
        """Somebody's word on an arm that nobody chose; returns what it weighs."""
        return self._take_in(
            row, arm, reward, principal=principal, source=source, verified=verified
        )

    def p(self, row: int, arm: int) -> float:
        """Stated P(success) of one arm on one problem."""
        return self._decide(row, [arm]).chosen.p

    def _decide(self, row: int, arms: Collection[int] | None) -> Decision:
        vector = self.world.vectors[row]
        return self.brain.decide(
            vector,
            self.world.features[row],
            self.evidence.search(vector),
            key=str(row),
            arms=None if arms is None else [self.world.arms[arm] for arm in arms],
        )

    def _take_in(self, row: int, arm: int, reward: float, **said: Any) -> float:
        seq, vector, name = next(self._numbers), self.world.vectors[row], self.world.arms[arm]
        weight = self.brain.learn(
            Observation(
                seq=seq,
                vector=vector,
                features=self.world.features[row],
                arm=name,
                reward=reward,
                problem_key=str(row),
                neighbours=self.evidence.search(vector),
                **said,
            )
        )
        self.evidence.add(row, vector, self.brain.arms.index(name), reward, weight, seq)
        return weight

    @property
    def drifts(self) -> list[Drift]:
        return self.brain.drifts
