"""Letting policies decide on problems whose outcomes are known: the three ways.

- `Online`: over the rows in a seeded order, decide and then learn; under bandit feedback the
  tried arm's outcome, under full feedback every arm's.
- `Trained`: learn all of one matrix first, then decide on another without learning.
- `Folds`: the same inside one matrix, each fold decided by a policy that learned the others.

For one seed all policies meet the same order and the same folds, so their differences are paired.
Rows on which an arm is missing are learned from where that is possible, and never decided on,
since some decisions there would have no score. This module knows nothing about files, scores or
tables.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, Protocol, TypeAlias

import numpy as np
from numpy.typing import NDArray

from knowhow_memory.errors import InputError
from knowhow_router.contract import Policy, Row
from knowhow_router.replay.marks import Hindsight, Mark
from knowhow_router.replay.matrix import OutcomeMatrix, known
from knowhow_router.replay.runs import Recorder, Rows, Run, by_row, weighted_run

Feedback: TypeAlias = Literal["bandit", "full"]
Tick: TypeAlias = Callable[[], None]
"""Called after every row that was decided or learned, for a progress bar."""


def no_tick() -> None:
    pass


@dataclass(frozen=True, slots=True)
class Terms:
    """What a replay is about: which outcomes are shown, and what money means."""

    feedback: Feedback = "bandit"
    budget: float | None = None
    """A ceiling in dollars a problem, held over time."""
    price: float = 0.0
    """What a dollar costs in reward: `reward − price · cost` is what counts."""

    def __post_init__(self) -> None:
        if self.budget is not None and not 0 < self.budget < math.inf:
            raise InputError(f"the budget must be above 0 dollars a problem, not {self.budget}")
        if not 0 <= self.price < math.inf:
            raise InputError(f"the price of a dollar must be at least 0, not {self.price}")


@dataclass(frozen=True, eq=False)
class Stage:
    """A matrix whose problems have been turned into rows a policy may see."""

    matrix: OutcomeMatrix
    vectors: NDArray[np.float32]
    rows: list[Row]

    @classmethod
    def build(cls, matrix: OutcomeMatrix, vectors: NDArray[np.float32]) -> Stage:
        fields = zip(matrix.ids, matrix.problems, matrix.tasks, vectors, strict=True)
        return cls(matrix, vectors, [Row(*row) for row in fields])

    @property
    def decidable(self) -> Rows:
        rows = self.matrix.complete
        if not len(rows):
            raise InputError(
                f"{self.matrix.name!r} has no row on which every arm was tried: "
                "nothing can be scored"
            )
        return rows

    def hindsight(self, rows: Rows, terms: Terms) -> Hindsight:
        tasks = [self.matrix.tasks[i] for i in rows]
        rewards, costs = self.matrix.rewards[rows], self.matrix.costs[rows]
        return Hindsight(rewards, costs, tasks, terms.price, terms.budget)


class Replay(Protocol):
    """One way of replaying one file."""

    @property
    def stage(self) -> Stage: ...

    @property
    def terms(self) -> Terms: ...

    @property
    def online(self) -> bool:
        """Whether the run is a sequence in which a policy gets better."""
        ...

    @property
    def steps(self) -> int:
        """Rows gone through in one run."""
        ...

    def play(self, policy: Policy, seed: int, tick: Tick) -> Run: ...

    def measure(self, mark: Mark, seed: int) -> Run: ...


@dataclass(frozen=True, eq=False)
class Online:
    """Decide and then learn, in another order for each seed."""

    stage: Stage
    terms: Terms
    online = True

    @property
    def steps(self) -> int:
        return len(self.stage.decidable)

    def order(self, seed: int) -> Rows:
        return np.random.default_rng(seed).permutation(self.stage.decidable)

    def play(self, policy: Policy, seed: int, tick: Tick) -> Run:
        begin(policy, self.stage, self.terms, seed)
        order = self.order(seed)
        recorder = Recorder(self.stage.matrix)
        decide_and_learn(policy, self.stage, order, recorder, self.terms.feedback, tick)
        return recorder.run(order)

    def measure(self, mark: Mark, seed: int) -> Run:
        order = self.order(seed)
        hindsight = self.stage.hindsight(order, self.terms)
        weights = mark(hindsight, hindsight)
        return weighted_run(self.stage.matrix, order, weights)


@dataclass(frozen=True, eq=False)
class Trained:
    """Learn all of `training`, in another order for each seed, then decide."""

    training: Stage
    stage: Stage
    terms: Terms
    online = False

    def __post_init__(self) -> None:
        if self.training.matrix.arms != self.stage.matrix.arms:
            raise InputError(
                f"the arms of {self.stage.matrix.name!r} and of the training file "
                f"{self.training.matrix.name!r} are not the same"
            )

    @property
    def steps(self) -> int:
        return len(self.shown) + len(self.stage.decidable)

    @property
    def shown(self) -> Rows:
        if self.terms.feedback == "bandit":
            return self.training.decidable
        return np.arange(len(self.training.rows))

    def play(self, policy: Policy, seed: int, tick: Tick) -> Run:
        order = np.random.default_rng(seed).permutation(self.shown)
        train(policy, self.training, order, self.terms, seed, tick)
        return decide(policy, self.stage, self.stage.decidable, tick)

    def measure(self, mark: Mark, seed: int) -> Run:
        """A mark knows all training outcomes, also where the policies saw bandit feedback."""
        known_rows = self.training.hindsight(np.arange(len(self.training.rows)), self.terms)
        asked = self.stage.decidable
        weights = mark(known_rows, self.stage.hindsight(asked, self.terms))
        return weighted_run(self.stage.matrix, asked, weights)


@dataclass(frozen=True, eq=False)
class Folds:
    """Decide each fold after learning the others; other folds for each seed."""

    stage: Stage
    terms: Terms
    count: int
    online = False

    def __post_init__(self) -> None:
        rows = len(self.stage.decidable)
        if not 2 <= self.count <= rows:
            raise InputError(f"{self.count} folds of {rows} rows: choose from 2 to {rows}")

    @property
    def steps(self) -> int:
        shown = sum(len(shown) for _, shown in self.parts(0))
        return shown + len(self.stage.decidable)

    def parts(self, seed: int) -> list[tuple[Rows, Rows]]:
        """(rows to decide, rows to learn) of each fold."""
        rows = self.stage.decidable
        folds = np.array_split(np.random.default_rng(seed).permutation(rows), self.count)
        incomplete = np.setdiff1d(np.arange(len(self.stage.rows)), rows)
        extra = incomplete if self.terms.feedback == "full" else incomplete[:0]
        return [
            (np.sort(fold), np.concatenate([*folds[:i], *folds[i + 1 :], extra]))
            for i, fold in enumerate(folds)
        ]

    def play(self, policy: Policy, seed: int, tick: Tick) -> Run:
        runs = []
        for asked, shown in self.parts(seed):
            train(policy, self.stage, shown, self.terms, seed, tick)
            runs.append(decide(policy, self.stage, asked, tick))
        return by_row(runs)

    def measure(self, mark: Mark, seed: int) -> Run:
        runs = []
        for asked, shown in self.parts(seed):
            known_rows = self.stage.hindsight(shown, self.terms)
            weights = mark(known_rows, self.stage.hindsight(asked, self.terms))
            runs.append(weighted_run(self.stage.matrix, asked, weights))
        return by_row(runs)


def begin(policy: Policy, stage: Stage, terms: Terms, seed: int) -> None:
    dim = stage.vectors.shape[1]
    policy.start(stage.matrix.arms, dim=dim, seed=seed, budget=terms.budget, price=terms.price)


def train(policy: Policy, stage: Stage, order: Rows, terms: Terms, seed: int, tick: Tick) -> None:
    """Teach a fresh policy. Under bandit feedback it practises: its own choices are its lessons."""
    begin(policy, stage, terms, seed)
    if terms.feedback == "bandit":
        practice = Recorder(stage.matrix)
        decide_and_learn(policy, stage, order, practice, terms.feedback, tick)
    else:
        for i in order:
            policy.learn_full(stage.rows[i], stage.matrix.outcomes(i))
            tick()
    policy.finish_training()


def decide(policy: Policy, stage: Stage, rows: Rows, tick: Tick) -> Run:
    """Decide without learning; what it costs is told."""
    recorder = Recorder(stage.matrix)
    for i in rows:
        choice = recorder.ask(policy, stage.rows[i])
        bill(policy, stage, i, recorder.number[choice.fallback])
        tick()
    return recorder.run(rows)


def decide_and_learn(
    policy: Policy, stage: Stage, order: Rows, recorder: Recorder, feedback: Feedback, tick: Tick
) -> None:
    """Row by row: decide, then show what this feedback lets a policy see."""
    matrix = stage.matrix
    for i in order:
        row = stage.rows[i]
        choice = recorder.ask(policy, row)
        if feedback == "full":
            bill(policy, stage, i, recorder.number[choice.fallback])
            policy.learn_full(row, matrix.outcomes(i))
        else:
            tried = i, recorder.number[choice.fallback]
            reward, cost = float(matrix.rewards[tried]), known(matrix.costs[tried])
            policy.learn(row, choice.fallback, reward, cost, choice.propensity)
        tick()


def bill(policy: Policy, stage: Stage, row: int, arm: int) -> None:
    """Say what a decision cost, where no outcome of it says so."""
    cost = known(stage.matrix.costs[row, arm])
    if cost is not None:
        policy.bill(stage.rows[row], cost)
