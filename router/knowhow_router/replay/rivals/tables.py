"""Rivals that keep numbers in a table: one row for everything, or one per problem type.

A problem type is the label of the row where the file has labels (`task`), else the nearest
cluster; the `…_blind` forms never see a label, as a running router does not. Knows nothing about
files or scores.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from knowhow_router.contract import Row
from knowhow_router.replay.matrix import Floats
from knowhow_router.replay.rivals.base import UNSTATED, Rival, first_of_best
from knowhow_router.replay.rivals.space import Space

PRIOR_WEIGHT = 2.0
"""A cell of a count table starts as that many outcomes of the arm's average."""
EXPLORED = 0.02
"""How often a greedy method tries a random arm; without, it never leaves its first habit."""
UCB_WIDTH = 0.35
"""Of the confidence bonus; 1 is the textbook's, and explores more than 0..1 rewards need."""
ACT_R_RATE = 0.1
ACT_R_NOISE = 0.1
"""The published rate is 0.2; these did better on average."""

TypeOf = Callable[[Row], str]


def everything_alike(row: Row) -> str:
    return ""


def by_cluster(space: Space) -> TypeOf:
    return lambda row: str(space.cluster(row.vector))


def by_label(space: Space) -> TypeOf:
    """The label, or the nearest cluster on a row without one."""
    return lambda row: str(space.cluster(row.vector)) if row.task is None else f"task {row.task}"


class Random(Rival):
    """Every arm alike; nothing is learned."""

    def begin(self, arms: int) -> None:
        self.count = arms

    def pick(self, row: Row) -> tuple[int, float]:
        return int(self.rng.integers(self.count)), UNSTATED

    def update(self, row: Row, arm: int, worth: float) -> None:
        pass


class Table(Rival):
    """Sums and counts of outcomes per (problem type, arm)."""

    def __init__(self, name: str, type_of: TypeOf = everything_alike) -> None:
        super().__init__(name)
        self.type_of = type_of

    def begin(self, arms: int) -> None:
        self.count = arms
        self.cells: dict[str, tuple[Floats, Floats]] = {}
        self.overall = np.zeros(arms), np.zeros(arms)

    def cell(self, row: Row) -> tuple[Floats, Floats]:
        kind = self.type_of(row)
        if kind not in self.cells:
            self.cells[kind] = np.zeros(self.count), np.zeros(self.count)
        return self.cells[kind]

    def update(self, row: Row, arm: int, worth: float) -> None:
        for sums, counts in (self.cell(row), self.overall):
            sums[arm] += worth
            counts[arm] += 1


class CountTable(Table):
    """The arm with the best record on this type of problem, shrunk to the arm's average."""

    def pick(self, row: Row) -> tuple[int, float]:
        sums, counts = self.cell(row)
        all_sums, all_counts = self.overall
        average = (all_sums + 1) / (all_counts + 1)  # An arm nobody tried looks perfect.
        expected = (sums + PRIOR_WEIGHT * average) / (counts + PRIOR_WEIGHT)
        if self.explores and self.rng.random() < EXPLORED:
            arm = int(self.rng.integers(self.count))
        else:
            arm = first_of_best(expected, self.rng)
        return arm, float(np.clip(expected[arm], 0, 1))


class Ucb(Table):
    """UCB1: the average plus a bonus for what was seldom tried."""

    def pick(self, row: Row) -> tuple[int, float]:
        sums, counts = self.cell(row)
        if (counts == 0).any():
            return first_of_best(-counts, self.rng), UNSTATED
        means = sums / counts
        bonus = self.explores * UCB_WIDTH * np.sqrt(2 * np.log(counts.sum()) / counts)
        arm = first_of_best(means + bonus, self.rng)
        return arm, float(np.clip(means[arm], 0, 1))


class BetaThompson(Table):
    """One Beta distribution per cell, uniform at first; the best of one draw from each.

    A graded reward counts as that part of a success. With a row per problem type this is the
    table LiteLLM's adaptive router keeps.
    """

    def pick(self, row: Row) -> tuple[int, float]:
        sums, counts = self.cell(row)
        good = 1 + np.clip(sums, 0, None)
        bad = 1 + np.clip(counts - sums, 0, None)
        expected = good / (good + bad)
        drawn = self.rng.beta(good, bad) if self.explores else expected
        arm = first_of_best(drawn, self.rng)
        return arm, float(expected[arm])


class ActR(Rival):
    """ACT-R's utility learning: U += rate · (reward − U) per production, chosen with noise.

    A production is a pair (problem type, arm).
    """

    def __init__(self, name: str, type_of: TypeOf) -> None:
        super().__init__(name)
        self.type_of = type_of

    def begin(self, arms: int) -> None:
        self.count = arms
        self.utilities: dict[str, Floats] = {}

    def utility(self, row: Row) -> Floats:
        kind = self.type_of(row)
        if kind not in self.utilities:
            self.utilities[kind] = np.zeros(self.count)
        return self.utilities[kind]

    def pick(self, row: Row) -> tuple[int, float]:
        utility = self.utility(row)
        noise = self.explores * self.rng.logistic(0, ACT_R_NOISE, self.count)
        arm = first_of_best(utility + noise, self.rng)
        return arm, float(np.clip(utility[arm], 0, 1))

    def update(self, row: Row, arm: int, worth: float) -> None:
        utility = self.utility(row)
        utility[arm] += ACT_R_RATE * (worth - utility[arm])
