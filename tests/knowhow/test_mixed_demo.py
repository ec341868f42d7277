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


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("KNOWHOW_EMBEDDER__MODEL", EMBEDDER)
    monkeypatch.syspath_prepend(str(ROOT))
    import demos.mixed
    import demos.school

    monkeypatch.setattr(demos.mixed, "EXAMPLES", 4)
    for name, value in {"FIRST_READ": 20, "READ": 8, "EXAM": 4, "ENOUGH": 1_000}.items():
        monkeypatch.setattr(demos.school, name, value)
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
    assert set(success) == {"knowhow", "random", "oracle", *staff.ARMS}
    assert success["oracle"]["all"] >= max(success[arm]["all"] for arm in staff.ARMS)
    assert 0 < success["knowhow"]["all"] <= success["oracle"]["all"]
    with Memory.open(tmp_path, embedder=EMBEDDER) as memory:
        assert memory.count() == told["parts"] > TASKS
    assert play(tmp_path) == told


def test_parts_have_to_be_right_all() -> None:
    from demos.mixed import Line

    line = Line(["a", "b"], [1.0, 0.0], [{"a": 1.0, "b": 0.0}, {"b": 0.0, "c": 1.0}])
    assert (line.solved, line.best, line.of("a"), line.of("c")) == (0, 1, 0, 0)


def test_only_who_asks_any_model_takes_one(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["demo", "strategies", "--big-model", "embedded/big-planner"]) == 1
    assert "leave out --big-model" in capsys.readouterr().err
