"""`knowhow demo math` in small: it tells its story, is stopped, and goes on."""

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from knowhow.cli import app

ROOT = Path(__file__).parents[2]


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("KNOWHOW_EMBEDDER__MODEL", "hash:64")
    monkeypatch.syspath_prepend(str(ROOT))
    import demos.school

    for name, value in {"FIRST_READ": 20, "READ": 8, "EXAM": 4, "ENOUGH": 1}.items():
        monkeypatch.setattr(demos.school, name, value)
    yield
    for name in [name for name in sys.modules if name.startswith("demos.")]:
        del sys.modules[name]


def play(store: Path) -> dict[str, Any]:
    asked = ["demo", "math", "--tasks", "10", "--store", str(store), "--json"]
    result = CliRunner().invoke(app, asked)
    assert result.exit_code == 0, result.output
    told: dict[str, Any] = json.loads(result.stdout)
    return told


def test_it_is_stopped_and_goes_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from demos import math
    from demos.school import ARMS, School

    def stop(*_: Any) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as stopped:
        stopped.setattr(School, "learn", stop)
        asked = ["demo", "math", "--tasks", "10", "--store", str(tmp_path)]
        assert CliRunner().invoke(app, asked).exit_code != 0
    diary = tmp_path / math.DIARY
    assert diary.read_text().count('"line"') == 2
    with diary.open("a") as file:
        file.write('{"line": {"as')

    told = play(tmp_path)
    assert diary.read_text().count('"line"') == 10
    success = told["success"]
    assert set(success) == {"router", "random", "oracle", *ARMS}
    assert success["oracle"]["all"] >= max(success[arm]["all"] for arm in ("router", *ARMS))
    assert play(tmp_path) == told

    result = CliRunner().invoke(app, ["demo", "math", "--tasks", "20", "--store", str(tmp_path)])
    assert result.exit_code != 0
    assert "another run" in str(result.exception)
