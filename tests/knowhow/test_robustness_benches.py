"""The benches of drift and poison: small lives of the real router, and what they say."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from knowhow.benches import drift, poison
from knowhow.benches._world import Live, made_up
from knowhow.cli import run
from knowhow.figures import Figures

SEED = 3
ROWS = 900


def silent(text: str) -> None:
    pass


def measured(measure: Callable[..., None]) -> dict[str, Any]:
    figures = Figures("test", seed=SEED, n=1)
    measure(figures, made_up(SEED, ROWS), [SEED], silent)
    return {key.removeprefix("made up."): value["mean"] for key, value in figures.values.items()
            if isinstance(value, dict)}  # fmt: skip


@pytest.fixture(autouse=True)
def short_lives(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {"WARM_UP": 450, "AFTER": 450, "LAST": 150}.items():
        monkeypatch.setattr(drift, name, value)


def test_a_broken_arm_is_noticed_and_its_loss_won_back() -> None:
    found = measured(drift._measure_broken)
    assert found["broken.noticed_after"] < 200
    assert found["broken.reward.unaware"] < found["broken.reward.told"] - 0.1
    assert found["broken.won_back_in_all"] > 0.6


def test_a_router_that_does_not_watch_has_not_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("knowhow_router.drift.LIMIT", 1e9)
    found = measured(drift._measure_broken)
    assert found["broken.noticed_after"] == 450
    assert found["broken.noticed_within_300"] == 0.0


def test_quiet_streams_raise_no_alarm_and_a_nervous_watch_does(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert measured(drift._measure_quiet)["quiet.shifting.false_alarms"] == 0.0
    monkeypatch.setattr("knowhow_router.drift.LIMIT", 2.0)
    assert measured(drift._measure_quiet)["quiet.shifting.false_alarms"] > 10.0


def test_a_late_arm_arrives_at_home() -> None:
    found = measured(drift._measure_late)
    assert found["late.arrived_after_at_home"] <= found["late.arrived_after"] < 300


def test_the_mix_of_problems_shifts() -> None:
    world = made_up(SEED, ROWS)
    order = drift._shifting(world, SEED)
    assert sorted(order) == list(range(ROWS))
    first, last = (np.bincount(world.kinds[half], minlength=12) for half in np.split(order, 2))
    assert np.abs(first - last).sum() > ROWS / 3


def test_a_twin_lives_the_same_life_and_then_its_own() -> None:
    world = made_up(SEED, 120)
    live = Live(world, range(4), SEED)
    for row in range(80):
        live.learn(row, live.choose(row), float(world.rewards[row, 0]))
    twin = live.twin()
    assert [twin.choose(row) for row in range(80, 120)] == [live.choose(r) for r in range(80, 120)]
    for _ in range(30):
        twin.tell(90, 1, 1.0)
    assert twin.p(90, 1) > live.p(90, 1) + 0.05


def test_one_principal_moves_less_than_nobody_in_particular() -> None:
    found = measured(poison._measure_fakes)
    assert found["fakes.influence"] < 0.1
    assert found["fakes.influence_on_copies"] < found["fakes.open.influence_on_copies"]


def test_a_liar_weighs_little_and_the_honest_fully() -> None:
    found = measured(poison._measure_sources)
    assert found["liar.weight"] < 0.1
    assert found["honest.weight"] == 1.0


def test_labels_that_are_all_wrong_cost_nearly_everything() -> None:
    world = made_up(SEED, ROWS)
    rows = np.arange(ROWS)
    lied_to = poison._flipped_life(world, rows, SEED, 1.0)
    assert lied_to < poison._flipped_life(world, rows, SEED, 0.0) - 0.1


def test_the_command_takes_matrices(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("KNOWHOW_EMBEDDER__MODEL", "hash:64")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "small.jsonl"
    with path.open("w") as file:
        for i in range(160):
            arms = {arm: {"reward": float(i % step == 0)} for arm, step in (("a", 2), ("b", 3))}
            problem = f"a problem numbered {i}"
            file.write(json.dumps({"problem": problem, "task": str(i % 2), "arms": arms}) + "\n")
    assert run(["bench", "poison", "--seeds", "1", "--data", str(path), "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert document["n"] == 1
    assert document["figures"]["small.flipped.20.points_lost"]["n"] == 1
    assert run(["bench", "route", "--seeds", "2"]) == 1
    assert "bench 'route' takes no --seeds" in capsys.readouterr().err
