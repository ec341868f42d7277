"""`knowhow demo mixed` in small: it tells its story, is stopped, and goes on."""

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from knowhow.cli import app, run
from knowhow_memory.memory import Memory

ROOT = Path(__file__).parents[2]
EMBEDDER = "hash:64"
TASKS = 10
AT_ONCE = "knowhow_at_once"
CHOSEN = ("knowhow", AT_ONCE, "random", "random_at_once", "oracle")


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("KNOWHOW_EMBEDDER__MODEL", EMBEDDER)
    monkeypatch.syspath_prepend(str(ROOT))
    from demos import meetings, pupils, readers

    for module in (meetings, readers):
        for name, value in {"EXAMPLES": 3, "READINGS": 1, "EXAM": 4}.items():
            monkeypatch.setattr(module, name, value)
    monkeypatch.setattr(readers, "POOL", 120)
    monkeypatch.setattr(pupils, "GROWTH", 1_000)
    yield
    for name in [name for name in sys.modules if name.startswith("demos.")]:
        del sys.modules[name]


def play(store: Path) -> dict[str, Any]:
    asked = ["demo", "mixed", "--tasks", str(TASKS), "--store", str(store), "--json"]
    result = CliRunner().invoke(app, asked)
    assert result.exit_code == 0, result.output
    told: dict[str, Any] = json.loads(result.stdout)
    return told


def test_it_is_stopped_and_goes_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from demos import mixed, staff

    def stop(*_: Any) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as stopped:
        stopped.setattr(mixed, "_learn", stop)
        asked = ["demo", "mixed", "--tasks", str(TASKS), "--store", str(tmp_path)]
        assert CliRunner().invoke(app, asked).exit_code != 0
    diary = tmp_path / mixed.DIARY
    assert diary.read_text().count('"line"') == TASKS // 5

    told = play(tmp_path)
    assert diary.read_text().count('"line"') == TASKS
    success = told["success"]
    assert set(success) == {*CHOSEN, *staff.ARMS}
    assert success["oracle"]["all"] >= max(success[arm]["all"] for arm in staff.ARMS)
    assert success["random"]["all"] >= success["random_at_once"]["all"] > 0
    at_once, solved, oracle = (success[name]["all"] for name in (AT_ONCE, "knowhow", "oracle"))
    assert 0 <= at_once <= solved <= oracle
    assert solved > 0
    with Memory.open(tmp_path, embedder=EMBEDDER) as memory:
        assert memory.count() == told["attempts"] >= told["parts"] > TASKS
    assert play(tmp_path) == told


def test_parts_have_to_be_right_all() -> None:
    from demos.mixed import Line

    rewards = [{"a": 1.0, "b": 0.0}, {"b": 0.0, "c": 1.0}]
    line = Line([["a"], ["b"]], [1.0, 0.0], rewards)
    assert (line.solved, line.best, line.of("a"), line.of("c")) == (0, 1, 0, 0)
    again = Line([["a"], ["b", "c"]], [1.0, 1.0], rewards)
    assert (again.solved, again.at_once) == (1, 0)
    assert Line([["a"], ["c"]], [1.0, 1.0], rewards).at_once == 1


def test_what_chance_gets_is_counted_out() -> None:
    from demos.mixed import Line
    from demos.staff import ARMS

    two_of_all = Line([["x"]], [0.0], [dict.fromkeys(ARMS[:2], 1.0)])
    assert two_of_all.chance(1) == pytest.approx(2 / len(ARMS))
    missed = (len(ARMS) - 2) / len(ARMS) * (len(ARMS) - 3) / (len(ARMS) - 1)
    assert two_of_all.chance(2) == pytest.approx(1 - missed)
    assert Line([["x"]], [0.0], [{}]).chance(4) == 0


def test_meetings_are_answered_with_number_and_verdict() -> None:
    from demos import meetings

    [asked] = meetings.draw(1, 0)
    right = asked.exercise.answer
    verdict, other = ("yes", "no") if right.enough else ("no", "yes")
    assert right.number is not None
    assert meetings.is_answer(asked, f"{right.number}, {verdict}")
    for wrong in (verdict, f"{right.number}, {other}", f"{right.number + 1}, {verdict}", ""):
        assert not meetings.is_answer(asked, wrong)


def test_only_who_asks_any_model_takes_one(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["demo", "strategies", "--big-model", "embedded/big-planner"]) == 1
    assert "leave out --big-model" in capsys.readouterr().err
