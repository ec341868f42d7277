"""Trials of several policies on one file."""

import numpy as np
import pytest

from knowhow_router.replay.matrix import OutcomeMatrix
from knowhow_router.replay.play import Folds, Online, Stage, Terms
from knowhow_router.replay.rivals.space import Space
from knowhow_router.replay.trial import Trial

NAMES = ["random", "ucb", "best_single", "oracle"]


def stage(rows: int = 150) -> Stage:
    rng = np.random.default_rng(0)
    rewards = (rng.random((rows, 2)) < [0.3, 0.6]).astype(float)
    ids = [str(i) for i in range(rows)]
    matrix = OutcomeMatrix(
        "file", ("a", "b"), ids, ids, [None] * rows, rewards, np.full((rows, 2), 0.5)
    )
    return Stage.build(matrix, np.empty((rows, 0), np.float32))


def trial(names: list[str], *, folds: int | None = None) -> Trial:
    where = stage()
    way = Online(where, Terms()) if folds is None else Folds(where, Terms("full"), folds)
    return Trial(way, names, Space(where.vectors))


def test_the_document_of_an_online_trial() -> None:
    online = trial(NAMES)
    for seed in range(3):
        list(online.play(seed))
    document = online.document()
    assert document["rows"] == document["decidable"] == 150
    assert list(document["policies"]) == ["best_single", "oracle", "random", "ucb"]
    rewards = {name: p["reward"]["mean"] for name, p in document["policies"].items()}
    assert rewards["random"] < rewards["ucb"] <= rewards["oracle"]
    assert document["policies"]["oracle"]["regret"]["mean"] == 0
    assert document["policies"]["ucb"]["reward"]["n"] == 3
    assert document["policies"]["ucb"]["at"]["100"]["stretch"]["n"] == 3
    assert document["policies"]["ucb"]["at"]["300"] is None
    assert document["knowhow_versus"] is None
    assert [line.name for line in online.curves()] == NAMES


def test_marks_that_were_not_asked_for_are_not_shown() -> None:
    asked = trial(["random", "best_single"])
    list(asked.play(0))
    assert list(asked.document()["policies"]) == ["best_single", "random"]


def test_folds_have_no_curve_and_no_marks_of_progress() -> None:
    folded = trial(NAMES, folds=3)
    list(folded.play(0))
    assert folded.curves() == []
    assert folded.document()["policies"]["ucb"]["at"] is None
    assert folded.document()["policies"]["ucb"]["reward"]["n"] == 150


def test_what_was_finished_before_an_interruption_is_shown() -> None:
    broken = trial(["random", "ucb", "best_single"])
    assert not broken.begun
    list(broken.play(0))
    ticks = 0

    def interrupt() -> None:
        nonlocal ticks
        ticks += 1
        if ticks == 200:  # in the middle of the second policy of the second seed
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        list(broken.play(1, interrupt))
    assert broken.begun
    policies = broken.document()["policies"]
    assert policies["random"]["reward"]["n"] == 2
    assert policies["ucb"]["reward"]["n"] == 150, "one seed only: over its rows"


def test_steps_count_learning_policies_only() -> None:
    assert trial(NAMES).steps == 2 * 150
