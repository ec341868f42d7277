"""`knowhow learn`, as somebody types it."""

import json
import random
from pathlib import Path
from typing import Any

import pytest

from knowhow.cli import run
from knowhow.settings import load_settings
from knowhow.store import learning_folder, open_memory
from knowhow_adapters.learn.ledger import only_learner
from knowhow_memory.models import OutcomeCreate
from tests.adapters.tiny import tiny_folder

ENOUGH = 60


@pytest.fixture(autouse=True)
def own_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    settings = {
        "MEMORY__LOCATION": str(tmp_path / "store"),
        "EMBEDDER__MODEL": "hash:16",
        "SMALL_MODEL__BASE": str(tiny_folder(tmp_path / "base")),
        "LEARNING__OUTCOMES": str(ENOUGH),
    }
    for key, value in settings.items():
        monkeypatch.setenv(f"KNOWHOW_{key}", value)


def record(count: int) -> None:
    rng = random.Random(count)
    with open_memory(load_settings()) as memory:
        for _ in range(count):
            word, answer = rng.choice((("trace", "add"), ("expert", "mul")))
            problem = f"{word} {rng.randint(0, 10**6)}"
            memory.record(
                OutcomeCreate(
                    problem=problem, arm="sorter", reward=float(rng.random() < 0.8),
                    trajectory=[{"prompt": problem, "answer": answer}],
                )
            )  # fmt: skip


def answer(capsys: pytest.CaptureFixture[str], *arguments: str) -> Any:
    assert run(["learn", *arguments, "--json"]) == 0, capsys.readouterr().err
    return json.loads(capsys.readouterr().out)


def test_a_run_that_is_due_is_made_and_shown(capsys: pytest.CaptureFixture[str]) -> None:
    record(ENOUGH + 5)
    [before] = answer(capsys, "status")["agents"]
    assert before["new"] == ENOUGH + 5 and before["due"] and before["last"] is None
    [preview] = answer(capsys, "run", "--dry-run")["previews"]
    assert preview["examples"] > 0 and preview["seconds"] > 0
    report = answer(capsys, "run", "--once")
    assert report["result"] in ("better", "not shown", "worse")
    [after] = answer(capsys, "status")["agents"]
    assert after["new"] == 0 and after["runs"] == 1 and after["last"]["result"] == report["result"]
    assert run(["learn", "status"]) == 0
    shown = " ".join(capsys.readouterr().out.split())  # long lines are wrapped
    assert "sorter: 0 of 60 new outcomes, a run after 60 more" in shown
    assert f"last run: {report['result']}" in shown and report["reasons"][0] in shown


def test_who_finds_another_at_work_yields(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A watcher looks again later; whoever asked for one run is told why there is none."""
    record(ENOUGH)

    def stop(seconds: float) -> None:
        raise KeyboardInterrupt

    with only_learner(learning_folder(load_settings()) / "sorter", "sorter"):
        assert run(["learn", "run", "--once"]) == 1
        assert "another process is learning for 'sorter'" in capsys.readouterr().err
        monkeypatch.setattr("knowhow.commands.learn.time.sleep", stop)
        assert run(["learn", "run"]) == 130
    captured = capsys.readouterr()
    assert captured.out == "" and "another process" not in captured.err


def test_nothing_due_says_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    record(25)
    assert run(["learn", "run", "--once"]) == 0
    assert capsys.readouterr().out == ""


def test_a_store_that_is_not_there_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["learn", "status"]) == 1
    assert "no store at" in capsys.readouterr().err
