"""Scores against values worked out by hand."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from knowhow_router.replay.metrics import abstention, brier, coverage, ece, figure


def test_the_interval_is_students() -> None:
    result = figure(np.array([1.0, 2.0, 3.0]))
    # t(0.975, 2) = 4.302653, standard error = 1 / sqrt(3)
    assert result["mean"] == 2
    assert result["ci95"] == pytest.approx(
        [2 - 4.302653 / math.sqrt(3), 2 + 4.302653 / math.sqrt(3)]
    )
    assert result["n"] == 3


def test_one_value_has_no_interval() -> None:
    assert figure(np.array([0.5])) == {"mean": 0.5, "ci95": None, "n": 1}


def test_the_interval_covers_the_truth_about_95_times_in_100() -> None:
    rng = np.random.default_rng(0)
    covered = 0
    for _ in range(2000):
        low, high = figure(rng.normal(3, 2, 10))["ci95"] or (0, 0)
        covered += low <= 3 <= high
    assert 0.935 < covered / 2000 < 0.965


def truly_covered(reach: float, truths: np.ndarray, *, graded: bool = False) -> float:
    """Blocks of 50 whose true mean is drawn around 0.8; what is stated is 0.8 ± reach."""
    rng = np.random.default_rng(1)
    chance = np.repeat(truths, 50)
    rewards = rng.beta(4 * chance, 4 * (1 - chance)) if graded else rng.random(len(chance)) < chance
    said = np.full(len(chance), truths.mean())
    kinds = np.zeros(len(chance), dtype=np.intp)
    found = coverage(said, said - reach, said + reach, rewards.astype(float), kinds)
    assert found is not None and found["n"] == len(truths)
    return found["mean"]


@pytest.mark.parametrize("mean", [0.5, 0.8, 0.95, 0.98, 0.99])
@pytest.mark.parametrize("spread", [0.0, 0.005, 0.02])
def test_true_intervals_cover_95_percent_whatever_the_chance(mean: float, spread: float) -> None:
    spread = min(spread, (1 - mean) / 2)
    rng = np.random.default_rng(0)
    size = mean * (1 - mean) / max(spread, 1e-4) ** 2 - 1
    truths = rng.beta(mean * size, (1 - mean) * size, 4000)
    assert 0.93 <= truly_covered(1.96 * spread, truths) <= 0.975


def test_graded_rewards_are_not_taken_for_coins() -> None:
    assert 0.93 <= truly_covered(0.0, np.full(4000, 0.8), graded=True) <= 0.97


def test_intervals_that_are_too_narrow_or_too_wide_show() -> None:
    wrong = 0.8 + np.tile([0.1, -0.1], 1000)
    assert truly_covered(0.02, wrong) < 0.75
    assert truly_covered(0.4, np.full(1000, 0.8)) > 0.99


def test_brier_by_hand() -> None:
    assert brier(np.array([1.0, 0.5]), np.array([0.0, 1.0])) == pytest.approx((1 + 0.25) / 2)


def test_ece_by_hand() -> None:
    stated = np.array([0.12, 0.18, 0.95, 1.0])
    rewards = np.array([0.0, 1.0, 1.0, 0.0])
    # First bin: |0.30 − 1| over two, last bin: |1.95 − 1| over two.
    assert ece(stated, rewards) == pytest.approx((0.7 + 0.95) / 4)


@given(st.lists(st.tuples(st.floats(0, 1), st.floats(0, 1)), min_size=1, max_size=50))
def test_ece_lies_between_the_overall_gap_and_the_mean_gap(
    pairs: list[tuple[float, float]],
) -> None:
    stated, rewards = np.array(pairs).T
    error = ece(stated, rewards)
    assert abs(stated.mean() - rewards.mean()) <= error + 1e-9
    assert error <= np.abs(stated - rewards).mean() + 1e-9


def test_abstentions_by_hand() -> None:
    judged = abstention(
        abstained=np.array([True, False, True, False]),
        rewards=np.array([0.0, 0.0, 1.0, 0.5]),
        unsolvable=np.array([True, True, False, False]),
    )
    assert judged.unsolvable == 2
    assert judged.recall == 0.5
    assert judged.in_scope_accuracy == 0.25, "an abstention in scope counts as wrong"
    assert judged.abstained == 0.5


def test_nothing_unsolvable_has_no_recall() -> None:
    judged = abstention(np.array([False]), np.array([1.0]), np.array([False]))
    assert judged.recall is None
    assert judged.in_scope_accuracy == 1
