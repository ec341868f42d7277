"""Policies judged on a log, in a simulated world whose truth is known."""

import math

import numpy as np
import pytest

from knowhow_memory.errors import InputError
from knowhow_router.replay.logged import LogTrial
from knowhow_router.replay.matrix import OutcomeLog
from knowhow_router.replay.play import Terms

ARMS = ("a", "b")
WORTH = np.array([[0.9, 0.2], [0.4, 0.7]])
TRIES_B = np.array([0.2, 0.7])


def log(rows: int = 2000, *, undrawn: int = 0) -> tuple[OutcomeLog, np.ndarray]:
    """Two kinds of problems, each with its own better arm; arm b is tried more where it is good."""
    rng = np.random.default_rng(0)
    kinds = rng.integers(2, size=rows)
    tried = (rng.random(rows) < TRIES_B[kinds]).astype(np.intp)
    propensities = np.where(tried == 1, TRIES_B[kinds], 1 - TRIES_B[kinds])
    propensities[:undrawn] = math.nan
    rewards = (rng.random(rows) < WORTH[kinds, tried]).astype(float)
    vectors = (np.eye(6)[kinds] + rng.normal(0, 0.03, (rows, 6))).astype(np.float32)
    ids = [str(i) for i in range(rows)]
    unknown = np.full(rows, math.nan)
    outcomes = OutcomeLog(
        "log", ARMS, ids, ids, [None] * rows, tried, rewards, unknown, propensities, 3
    )
    return outcomes, vectors


def judged(names: list[str], seeds: int = 2, undrawn: int = 0) -> dict:  # type: ignore[type-arg]
    trial = LogTrial(*log(undrawn=undrawn), names, Terms(), folds=4)
    for seed in range(seeds):
        assert set(trial.play(seed)) == {"best_single", *names}
    return trial.document()


def test_estimates_meet_the_truth() -> None:
    truths = {
        "random": WORTH.mean(),
        "best_single": WORTH.mean(axis=0).max(),
        "linucb": WORTH.max(axis=1).mean(),
    }
    document = judged(list(truths))
    for name, truth in truths.items():
        figures = document["policies"][name]
        low, high = figures["reward"]["ci95"]
        assert low - 0.01 <= truth <= high + 0.01, name
        for estimate in ("ips", "snips"):
            low, high = figures[estimate]["ci95"]
            assert low - 0.02 <= truth <= high + 0.02, (name, estimate)
    assert document["policies"]["linucb"]["versus_logged"]["ci95"][0] > 0
    assert document["policies"]["random"]["versus_logged"]["ci95"][1] < 0


def test_what_was_logged_stands_beside_it() -> None:
    outcomes, _ = log()
    document = judged(["random"], 1)
    assert document["logged_reward"]["mean"] == pytest.approx(outcomes.rewards.mean())
    assert document["infra"] == 3
    assert document["judged"] == document["rows"] == 2000


def test_outcomes_nobody_drew_are_learned_from_but_not_judged() -> None:
    document = judged(["ucb"], 1, undrawn=500)
    assert document["judged"] == 1500
    assert document["policies"]["ucb"]["reward"]["n"] == 1500


def test_marks_that_need_every_arm_are_not_run() -> None:
    trial = LogTrial(*log(200), ["oracle", "best_per_task", "random"], Terms(), folds=2)
    assert set(trial.not_run) == {"oracle", "best_per_task"}
    assert list(trial.play(0)) == ["best_single", "random"]


def test_the_reward_model_never_sees_what_it_predicts() -> None:
    outcomes, vectors = log(120)
    folds = np.array_split(np.arange(120), 3)
    before = LogTrial(outcomes, vectors, ["ucb"], Terms(), folds=3).predict(folds)
    outcomes.rewards[folds[0]] = 1 - outcomes.rewards[folds[0]]
    after = LogTrial(outcomes, vectors, ["ucb"], Terms(), folds=3).predict(folds)
    np.testing.assert_array_equal(before[folds[0]], after[folds[0]])
    assert (before[folds[1]] != after[folds[1]]).any()


def test_steps_are_what_is_ticked() -> None:
    ticks: list[None] = []
    trial = LogTrial(*log(101, undrawn=7), ["random", "ucb", "best_single"], Terms(), folds=3)
    assert len(list(trial.play(0, lambda: ticks.append(None)))) == 3
    assert len(ticks) == trial.steps


def test_a_log_without_propensities_is_refused() -> None:
    outcomes, vectors = log(100, undrawn=100)
    with pytest.raises(InputError, match="0 outcomes with a propensity"):
        LogTrial(outcomes, vectors, ["random"], Terms(), folds=5)


def test_a_log_can_be_judged_without_reading_the_problems() -> None:
    outcomes, _ = log(300)
    trial = LogTrial(outcomes, np.empty((300, 0), np.float32), ["ucb"], Terms(), folds=3)
    assert list(trial.play(0)) == ["best_single", "ucb"]
    assert 0 < trial.document()["policies"]["ucb"]["reward"]["mean"] < 1
