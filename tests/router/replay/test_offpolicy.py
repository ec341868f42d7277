"""Estimates from a log, against the truth of a simulated world."""

import numpy as np
import pytest

from knowhow_router.replay.matrix import Floats
from knowhow_router.replay.offpolicy import Evidence, doubly_robust, ips, snips

# Two kinds of problems, two arms: what each arm earns, and how often the log tries arm 1.
WORTH = np.array([[0.2, 0.7], [0.9, 0.4]])
TRIES_ONE = np.array([0.2, 0.4])
POLICY = np.array([1, 0])
TRUTH = float(WORTH[[0, 1], POLICY].mean())
ROWS, WORLDS = 400, 400


def world(seed: int, model: Floats) -> Evidence:
    rng = np.random.default_rng(seed)
    kinds = rng.integers(2, size=ROWS)
    tried = (rng.random(ROWS) < TRIES_ONE[kinds]).astype(int)
    chance = np.where(tried == 1, TRIES_ONE[kinds], 1 - TRIES_ONE[kinds])
    return Evidence(
        matched=POLICY[kinds] == tried,
        propensities=chance,
        rewards=(rng.random(ROWS) < WORTH[kinds, tried]).astype(float),
        predicted_tried=model[kinds, tried],
        predicted_chosen=model[kinds, POLICY[kinds]],
    )


GOOD, WRONG = WORTH, np.full((2, 2), 0.1)
ESTIMATES = [
    pytest.param(ips, WRONG, id="ips"),
    pytest.param(snips, WRONG, id="snips"),
    pytest.param(doubly_robust, GOOD, id="doubly robust"),
    pytest.param(doubly_robust, WRONG, id="doubly robust, wrong model"),
]


@pytest.mark.parametrize(("estimate", "model"), ESTIMATES)
def test_estimates_meet_the_truth_and_their_intervals_cover_it(estimate, model) -> None:  # type: ignore[no-untyped-def]
    figures = [estimate(world(seed, model)) for seed in range(WORLDS)]
    means = np.array([figure["mean"] for figure in figures])
    error = means.std() / np.sqrt(WORLDS)
    assert abs(means.mean() - TRUTH) < 4 * error + 1e-3
    covered = np.mean([low <= TRUTH <= high for low, high in (f["ci95"] for f in figures)])
    assert 0.91 < covered < 0.98


def test_ignoring_propensities_would_have_missed_it() -> None:
    """The world above is one in which the naive mean of matching rows is wrong."""
    naive = [e.rewards[e.matched].mean() for e in (world(s, GOOD) for s in range(WORLDS))]
    assert abs(np.mean(naive) - TRUTH) > 0.02


def test_a_good_model_narrows_the_interval() -> None:
    def width(estimate, model: Floats) -> float:  # type: ignore[no-untyped-def]
        intervals = [estimate(world(seed, model))["ci95"] for seed in range(20)]
        return float(np.mean([high - low for low, high in intervals]))

    assert width(doubly_robust, GOOD) < 0.8 * width(doubly_robust, WRONG)
    assert width(doubly_robust, GOOD) < 0.8 * width(ips, GOOD)
    assert width(snips, GOOD) < width(ips, GOOD)


def test_by_hand() -> None:
    evidence = Evidence(
        matched=np.array([True, False, True]),
        propensities=np.array([0.5, 0.25, 0.25]),
        rewards=np.array([1.0, 1.0, 0.5]),
        predicted_tried=np.array([0.5, 0.5, 0.5]),
        predicted_chosen=np.array([0.5, 0.8, 0.5]),
    )
    assert ips(evidence)["mean"] == pytest.approx((2 + 0 + 2) / 3)
    weighted = snips(evidence)
    assert weighted is not None
    assert weighted["mean"] == pytest.approx((2 + 2) / (2 + 4))
    # Its rows count 1, 2/3 and 1/3: a deviation of 1/3, and t(0.975, 2) = 4.302653.
    reach = 4.302653 / 3 / 3**0.5
    assert weighted["ci95"] == pytest.approx([2 / 3 - reach, 2 / 3 + reach])
    assert doubly_robust(evidence)["mean"] == pytest.approx((0.5 + 2 * 0.5 + 0.8 + 0.5) / 3)
    assert evidence.effective_size == pytest.approx(36 / 20)


def test_a_policy_that_never_agrees_with_the_log_has_no_snips() -> None:
    nobody = Evidence(np.array([False, False]), *(np.full(2, 0.5) for _ in range(4)))
    assert snips(nobody) is None
    assert nobody.effective_size == 0
    assert ips(nobody)["mean"] == 0
