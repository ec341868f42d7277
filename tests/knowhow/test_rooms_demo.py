"""`knowhow demo rooms` in small: it tells its story, is stopped, and goes on."""

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from knowhow.cli import app
from knowhow_agents.journal import schooling, specialist

ROOT = Path(__file__).parents[2]


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("KNOWHOW_EMBEDDER__MODEL", "hash:64")
    monkeypatch.syspath_prepend(str(ROOT))
    import demos.rooms

    monkeypatch.setattr(demos.rooms, "EXAM", 2)
    monkeypatch.setattr(schooling, "COPIES", 8)
    monkeypatch.setattr(schooling, "READ_ALONG", 8)
    monkeypatch.setattr(specialist, "HEATS", (0.0,))
    yield
    for name in [name for name in sys.modules if name.startswith("demos.")]:
        del sys.modules[name]


def test_it_is_stopped_and_goes_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import demos.rooms

    def stop(*_: Any, **__: Any) -> None:
        raise KeyboardInterrupt

    asked = ["demo", "rooms", "--tasks", "5", "--store", str(tmp_path), "--json"]
    with monkeypatch.context() as stopped:
        stopped.setattr(demos.rooms, "teach", stop)
        result = CliRunner().invoke(app, asked)
    assert result.exit_code != 0
    assert "way: sweep, ends first" in result.stderr and "Stopped." in result.stderr

    result = CliRunner().invoke(app, asked)
    assert result.exit_code == 0, result.output
    told = json.loads(result.stdout)
    assert told["strategy"].startswith("way: sweep, ends first")
    assert set(told["right"]) == {"easy", "medium", "hard", "xl"}
    assert told["version"].startswith("rooms@")
