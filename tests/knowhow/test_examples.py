"""The examples run as they stand, and say truly how little has to change."""

import difflib
import runpy
import time
from pathlib import Path

import pytest

import knowhow
from examples.problems import PROBLEMS
from knowhow.watcher import the_watcher
from knowhow_agents.big_model import door
from knowhow_memory.decisions import newest_decisions
from tests.litellm_state import all_is_told, own_callbacks

EXAMPLES = Path(__file__).parents[2] / "examples"
APPS = sorted(path.parent.name for path in EXAMPLES.glob("*/before.py"))
MOST_CHANGED = 15
PATIENCE_S = 60.0


@pytest.fixture(autouse=True)
def own_store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("KNOWHOW_MEMORY__LOCATION", str(tmp_path / "store"))
    monkeypatch.setenv("KNOWHOW_EMBEDDER__MODEL", "hash:64")
    the_watcher.cache_clear()


def changed(app: str) -> int:
    """Lines that are other ones, or new, or gone."""
    before, after = (
        (EXAMPLES / app / f).read_text().splitlines() for f in ("before.py", "after.py")
    )
    edits = difflib.SequenceMatcher(None, before, after, autojunk=False).get_opcodes()
    return sum(max(b - a, d - c) for kind, a, b, c, d in edits if kind != "equal")


def handed_in(number: int) -> None:
    """LiteLLM tells its callbacks in a thread of its own."""
    until = time.monotonic() + PATIENCE_S
    while sum(the_watcher().recorder.counted().values()) < number and time.monotonic() < until:
        time.sleep(0.01)


@pytest.mark.parametrize("app", APPS)
def test_little_changes(app: str) -> None:
    assert 0 < changed(app) <= MOST_CHANGED


@pytest.mark.parametrize("app", APPS)
def test_the_app_does_what_it_did_and_is_remembered(
    app: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with own_callbacks(door.litellm()):
        with all_is_told(door.litellm()):
            runpy.run_path(str(EXAMPLES / app / "before.py"), run_name="__main__")
        before = capsys.readouterr().out.splitlines()
        runpy.run_path(str(EXAMPLES / app / "after.py"), run_name="__main__")
        after = capsys.readouterr().out.splitlines()
        asked = len(PROBLEMS) if app != "function" else len(after)
        handed_in(asked)
        assert knowhow.flush(PATIENCE_S)
        the_watcher().close()
    assert len(after) == len(before)
    with knowhow.open(create=False) as know:
        outcomes = list(know.memory.outcomes())
        decisions = newest_decisions(know.memory.database, 100)
    assert len(outcomes) == len(decisions) == asked
    assert all(outcome.reward is not None for outcome in outcomes)
    if app == "function":  # chance chose before, the router does now
        assert {decision.cause for decision in decisions} > {"explore"}
    else:
        assert after == before
