"""`knowhow learn distil`, as somebody types it: a journal, a strategy, a version, and the gate."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from knowhow.cli import run
from knowhow.commands import distil
from knowhow.settings import load_settings
from knowhow.store import adapters_folder
from knowhow_adapters.registry.registry import Registry
from knowhow_agents.journal import schooling, specialist
from knowhow_agents.skills.change.skill import Change
from tests.adapters.tiny import tiny_folder


@pytest.fixture(autouse=True)
def small(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    settings = {
        "MEMORY__LOCATION": str(tmp_path / "store"),
        "EMBEDDER__MODEL": "hash:16",
        "SMALL_MODEL__BASE": str(tiny_folder(tmp_path / "base")),
    }
    for key, value in settings.items():
        monkeypatch.setenv(f"KNOWHOW_{key}", value)
    monkeypatch.setattr(distil, "EXAMINED", 2)
    monkeypatch.setattr(schooling, "COPIES", 8)
    monkeypatch.setattr(specialist, "HEATS", (0.0,))
    monkeypatch.setattr(Change, "training", replace(Change.training, epochs=1, rank=4))


def answer(capsys: pytest.CaptureFixture[str], *arguments: str) -> Any:
    asked = ["learn", "distil", "--skill", "change", "-n", "12", "--examples", "6", *arguments]
    assert run([*asked, "--json"]) == 0, capsys.readouterr().err
    return json.loads(capsys.readouterr().out)


def test_the_whole_way(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    planned = answer(capsys, "--dry-run")
    assert planned["left"] == {"attempts": 12, "reflections": 2, "strategies": 1}
    assert not (tmp_path / "store").exists()
    told = answer(capsys)
    assert told["strategy"]["way"] == "table of all amounts"
    assert told["verified"] == 6 and told["examined"] == 12
    registry = Registry(adapters_folder(load_settings()))
    assert registry.refs("change") == [told["version"]]
    gate = registry.show(told["version"]).lineage.gate
    assert gate is not None and gate.verdict == told["result"]
    promoted = told["result"] == "better"
    assert registry.champion("change") == (told["version"] if promoted else None)
    assert set(answer(capsys, "--dry-run")["left"].values()) == {0}


def test_what_there_is_not_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["learn", "distil", "--skill", "room"]) == 1
    assert "no skill 'room': did you mean 'rooms'?" in capsys.readouterr().err
