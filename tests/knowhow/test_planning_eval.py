"""`knowhow eval planning`, small: every line of the table is there, and figures follow outcomes."""

import asyncio
from pathlib import Path

import numpy as np
import pytest

from knowhow.evals import _planned, planning
from knowhow.evals._planned import World
from knowhow.evals._planned_models import _word
from knowhow_agents.big_model.double import ScriptedModel
from knowhow_router.replay.matrix import OutcomeMatrix
from knowhow_router.replay.play import Stage


def made_up(name: str, count: int, rng: np.random.Generator) -> Stage:
    """Two families; in each one of two ways is right, and the text says which."""
    kinds = rng.integers(4, size=count)
    rewards = np.stack([kinds % 2 == 0, kinds % 2 == 1], axis=1).astype(float)
    words = [("fewest", "most")[kind % 2] * 3 for kind in kinds]
    problems = [f"problem {i}: {word}" for i, word in enumerate(words)]
    matrix = OutcomeMatrix(
        name,
        ("planner::greedy", "planner::search"),
        [f"{name}{i}" for i in range(count)],
        problems,
        [f"family{kind // 2}" for kind in kinds],
        rewards,
        np.zeros_like(rewards),
    )
    vectors = np.eye(4, dtype=np.float32)[kinds]
    return Stage.build(matrix, vectors)


@pytest.fixture
def here() -> World:
    rng = np.random.default_rng(0)
    return World(made_up("stream", 200, rng), made_up("exam", 60, rng), np.arange(60) >= 30)


def test_every_line_is_there_and_learning_is_seen(
    here: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_planned, "world", lambda *_: here)
    monkeypatch.setattr(planning, "MODELS", ())
    monkeypatch.setattr(planning, "HELD_OUT", 1)
    monkeypatch.setattr(planning, "QUICK_ADVISED", planning.QUICK_SEEDS)
    values = planning.run(seed=0, quick=True, report=lambda said: None, n=60).values
    assert values["oracle"]["mean"] == 1
    assert values["random"]["mean"] == 0.5
    assert (
        values["best_single"]["mean"] == values[f"always.{values['best_single.strategy']}"]["mean"]
    )
    assert 0.5 <= values["best_per_family"]["mean"] < 0.8
    assert sum(values[f"best_share.{way}"] for way in ("greedy", "search")) == pytest.approx(1)
    for name in planning.LEARNT:
        assert values[name]["mean"] > 0.9
        assert values[f"{name}.of_oracle"]["mean"] == pytest.approx(values[name]["mean"])
        assert values[f"{name}.over_best"]["mean"] > 1.3
        assert values[f"{name}.curve.200"]["mean"] > values[f"{name}.curve.100"]["mean"] - 0.1
    assert values["with_adapter"]["n"] == 60
    assert values["with_adapter"]["mean"] > 0.9
    gain = values["with_adapter"]["mean"] - values["learnt"]["mean"]  # of the same orders
    assert values["with_adapter.gain"]["mean"] == pytest.approx(gain)
    assert values["learnt.usual"]["n"] == values["learnt.new"]["n"] == 30
    assert values["transfer"]["n"] == 60


def test_nothing_is_learnt_from_what_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    def outcomes(count: int, seed: int, *, held: bool, report: object) -> OutcomeMatrix:
        told = [f"{'held' * held} {number}" for number in range(count)]
        zeros = np.zeros((count, 1))
        return OutcomeMatrix("some", ("a",), told, told, [None] * count, zeros, zeros)

    monkeypatch.setattr(_planned, "outcomes", outcomes)
    monkeypatch.setattr(_planned, "_stage", lambda matrix, report: matrix)
    here = _planned.world(30, 20, 0, lambda said: None)
    assert len(here.stream) == 30
    assert not {*here.stream.problems} & {*here.exam.problems}


def test_outcomes_are_tried_once_and_read_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        "knowhow_router.replay.vectors.user_cache_path", lambda name: tmp_path / name
    )
    told: list[str] = []
    first = _planned.outcomes(8, 3, held=True, report=told.append)
    assert told
    assert {name.rpartition(".")[0].partition(".")[0] for name in first.ids} == set(first.tasks)
    again = _planned.outcomes(8, 3, held=True, report=pytest.fail)
    assert again.problems == first.problems
    assert (again.rewards == first.rewards).all()
    assert set(np.unique(first.rewards)) == {0.0, 1.0}
    assert 0 < first.costs.min() <= first.costs.max() <= 5_000 / _planned.STEPS_A_DOLLAR


@pytest.mark.parametrize(
    ("said", "chosen"),
    [("I would use Search.", "search"), ("a wand", None), ("greedy or table", None)],
)
def test_a_choice_is_the_one_strategy_that_is_named(said: str, chosen: str | None) -> None:
    assert asyncio.run(_word(ScriptedModel(said), "Which?")) == chosen


def test_shares_of_being_best_are_split() -> None:
    rewards = np.array([[1.0, 1.0], [1.0, 0.0], [0.0, 0.0]])
    assert planning._best_shares(rewards).tolist() == [0.75, 0.25]
    assert planning._ratio(rewards[None]).tolist() == [2.0]
