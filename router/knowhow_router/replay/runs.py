"""What a policy did in one pass, decision by decision, and how passes are put together.

Knows what an arm earned on a row, and nothing about the order of things.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from time import perf_counter
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from knowhow_memory.errors import InternalError
from knowhow_router.contract import Choice, Policy, Row
from knowhow_router.replay.matrix import Floats, OutcomeMatrix

Rows: TypeAlias = NDArray[np.intp]


@dataclass(slots=True, eq=False)
class Run:
    """Arrays over decisions: `arms[i]` earned `rewards[i]` on row `rows[i]` in `seconds[i]`."""

    rows: Rows
    arms: Rows
    rewards: Floats
    costs: Floats
    stated: Floats
    low: Floats
    high: Floats
    abstained: NDArray[np.bool_]
    seconds: Floats
    shares: Floats
    """Per arm, the share of the decisions that executed it."""


@dataclass(slots=True, eq=False)
class Recorder:
    """Asks a policy, keeps its choices, and looks up what they earned.

    When a policy abstains, its fallback is what is executed and scored.
    """

    matrix: OutcomeMatrix
    number: dict[str, int] = field(init=False)
    choices: list[Choice] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.number = {arm: i for i, arm in enumerate(self.matrix.arms)}

    def ask(self, policy: Policy, row: Row) -> Choice:
        began = perf_counter()
        choice = policy.decide(row)
        self.seconds.append(perf_counter() - began)
        if choice.fallback not in self.number:
            raise InternalError(f"policy {policy.name!r} chose an unknown arm {choice.fallback!r}")
        self.choices.append(choice)
        return choice

    def run(self, rows: Rows) -> Run:
        """The choices so far, which were made on `rows` in this order."""
        choices = self.choices
        arms = np.array([self.number[choice.fallback] for choice in choices], dtype=np.intp)
        counts = np.bincount(arms, minlength=len(self.number))
        return Run(
            rows=rows,
            arms=arms,
            rewards=self.matrix.rewards[rows, arms],
            costs=self.matrix.costs[rows, arms],
            stated=np.array([choice.p for choice in choices], dtype=np.float64),
            low=np.array([choice.low for choice in choices], dtype=np.float64),
            high=np.array([choice.high for choice in choices], dtype=np.float64),
            abstained=np.array([choice.arm is None for choice in choices], dtype=np.bool_),
            seconds=np.array(self.seconds, dtype=np.float64),
            shares=counts / max(1, len(choices)),
        )


def weighted_run(matrix: OutcomeMatrix, rows: Rows, weights: Floats) -> Run:
    """What a mixture of arms earns in expectation; `weights` has a row a decision."""
    unstated = np.full(len(rows), np.nan)
    return Run(
        rows=rows,
        arms=weights.argmax(axis=1),
        rewards=(weights * matrix.rewards[rows]).sum(axis=1),
        costs=np.where(weights > 0, weights * matrix.costs[rows], 0.0).sum(axis=1),
        stated=unstated,
        low=unstated,
        high=unstated,
        abstained=np.zeros(len(rows), dtype=np.bool_),
        seconds=np.empty(0),
        shares=weights.mean(axis=0),
    )


def by_row(parts: Sequence[Run]) -> Run:
    """The decisions of several runs as one, in the order of the rows."""
    rows = np.concatenate([part.rows for part in parts])
    order = np.argsort(rows)

    def merged(name: str) -> Floats:
        values: Floats = np.concatenate([getattr(part, name) for part in parts])[order]
        return values

    sizes = np.array([len(part.rows) for part in parts])
    return Run(
        rows=rows[order],
        arms=merged("arms").astype(np.intp),
        rewards=merged("rewards"),
        costs=merged("costs"),
        stated=merged("stated"),
        low=merged("low"),
        high=merged("high"),
        abstained=merged("abstained").astype(np.bool_),
        seconds=np.concatenate([part.seconds for part in parts]),
        shares=sizes @ np.array([part.shares for part in parts]) / sizes.sum(),
    )
