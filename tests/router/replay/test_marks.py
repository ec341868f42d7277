"""What could have been had in hindsight, on rows small enough to work out by hand."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from knowhow_memory.errors import InputError
from knowhow_router.replay.marks import (
    MARKS,
    Hindsight,
    best_mixture,
    best_per_task,
    best_single,
    oracle,
)

REWARDS = np.array([[1.0, 0.0], [0.0, 0.6], [0.0, 0.8], [1.0, 0.5]])
COSTS = np.array([[1.0, 3.0]] * 4)
TASKS = ["x", "y", "y", None]


def rows(price: float = 0.0, budget: float | None = None) -> Hindsight:
    return Hindsight(REWARDS, COSTS, TASKS, price, budget)


def earned(weights: np.ndarray) -> float:
    return float((weights * REWARDS).sum(axis=1).mean())


def test_the_best_single_arm() -> None:
    assert best_single(rows(), rows()).tolist() == [[1, 0]] * 4


def test_a_price_counts_against_dear_arms() -> None:
    cheap = Hindsight(REWARDS[:, ::-1], COSTS[:, ::-1], TASKS, price=1.0)
    assert best_single(cheap, cheap).tolist() == [[0, 1]] * 4


def test_the_best_arm_of_each_label_and_the_best_single_one_without() -> None:
    assert best_per_task(rows(), rows()).tolist() == [[1, 0], [0, 1], [0, 1], [1, 0]]
    unseen = Hindsight(REWARDS[:1], COSTS[:1], ["z"])
    assert best_per_task(rows(), unseen).tolist() == [[1, 0]]


def test_an_arm_nobody_tried_on_a_label_is_not_taken_there() -> None:
    rewards = np.array([[0.2, np.nan], [0.1, 0.9]])
    costs = np.where(np.isnan(rewards), np.nan, COSTS[:2])
    for budget in (None, 2.5):
        partly = Hindsight(rewards, costs, ["x", "y"], budget=budget)
        assert best_per_task(partly, partly).tolist() == [[1, 0], [0, 1]]


def test_the_oracle_takes_the_best_arm_of_each_row() -> None:
    assert earned(oracle(rows(), rows())) == pytest.approx((1 + 0.6 + 0.8 + 1) / 4)


def test_the_best_mixture_at_a_budget_by_hand() -> None:
    worths, costs = np.array([0.5, 0.9, 0.6]), np.array([1.0, 3.0, 2.0])
    np.testing.assert_allclose(best_mixture(worths, costs, 2.0), [0.5, 0.5, 0])
    np.testing.assert_allclose(best_mixture(worths, costs, 9.0), [0, 1, 0])
    np.testing.assert_allclose(best_mixture(worths, costs, 0.1), [1, 0, 0])


def test_at_a_budget_the_oracle_buys_where_it_pays_most() -> None:
    weights = oracle(rows(), rows(budget=1.5))
    # One row of four can afford the dear arm: the one where it brings 0.8.
    assert weights.tolist() == [[1, 0], [1, 0], [0, 1], [1, 0]]


@given(
    arrays(np.float64, (6, 3), elements=st.floats(0, 1)),
    arrays(np.float64, (6, 3), elements=st.floats(0.001, 1)),
    st.floats(0.001, 1),
)
def test_marks_keep_the_budget_and_stand_in_order(
    rewards: np.ndarray, costs: np.ndarray, budget: float
) -> None:
    hindsight = Hindsight(rewards, costs, ["x", "y"] * 3, budget=budget)
    affordable = max(budget, costs.mean(axis=0).min())
    for name, mark in MARKS.items():
        weights = mark(hindsight, hindsight)
        np.testing.assert_allclose(weights.sum(axis=1), 1)
        if name == "best_single":
            assert (weights * costs).sum(axis=1).mean() <= affordable + 1e-9


@given(arrays(np.float64, (6, 3), elements=st.floats(0, 1)))
def test_without_a_budget_the_oracle_is_never_below_labels_never_below_single(
    rewards: np.ndarray,
) -> None:
    hindsight = Hindsight(rewards, np.full((6, 3), np.nan), ["x", "y", None] * 2)
    values = [
        (mark(hindsight, hindsight) * rewards).sum()
        for mark in (best_single, best_per_task, oracle)
    ]
    assert values[0] <= values[1] + 1e-9 <= values[2] + 2e-9


def test_money_without_costs_is_refused() -> None:
    unknown = np.full((4, 2), np.nan)
    with pytest.raises(InputError, match="needs the cost of every arm"):
        Hindsight(REWARDS, unknown, TASKS, price=1.0)
    with pytest.raises(InputError, match="needs the cost of every arm"):
        Hindsight(REWARDS, unknown, TASKS, budget=1.0)
