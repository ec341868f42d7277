"""`knowhow agents` and a team from the command line, as their user meets them."""

import json
from pathlib import Path

import pytest

from knowhow import big_model
from knowhow.cli import run
from knowhow_agents.big_model.double import ScriptedModel

SPEC = '{"domain": "sums"}'


@pytest.fixture(autouse=True)
def own_store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("KNOWHOW_MEMORY__LOCATION", str(tmp_path / "store"))
    monkeypatch.setenv("KNOWHOW_EMBEDDER__MODEL", "hash:64")


def test_one_is_added_asked_and_listed(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    model = ScriptedModel(SPEC, SPEC)
    monkeypatch.setattr(big_model, "open_big_model", lambda *_: model)
    assert run(["agents", "list"]) == 0
    assert "knowhow agents add NAME" in capsys.readouterr().out
    assert run(["agents", "add", "sums", "--json"]) == 0
    files = json.loads(capsys.readouterr().out)["files"]
    assert files == ["specialists/sums.toml", "specialists/sums.py"]

    assert run(["ask", "--team", "What is 2 plus 3?", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["answer"], told["solved"], told["reward"]) == ("5", True, 1.0)
    assert told["arm"] == "sums::first" and told["decision"]
    assert run(["ask", "--team", "What is 2 plus 4?", "--explain"]) == 0
    assert "verifier: reward 1 (sums)" in capsys.readouterr().out

    assert run(["agents", "list", "--json"]) == 0
    [listed] = json.loads(capsys.readouterr().out)["agents"]
    assert (listed["name"], listed["champion"]) == ("sums", None)
    assert listed["strategies"]["first"]["successes"] == 2.0
    assert run(["agents", "list"]) == 0
    assert "2/2" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["agents", "add", "A B"], "'A B' cannot name an agent"),
        (["agents", "add", "verifier"], "'verifier' is a role of every team"),
        (["agents", "add", "../x"], "cannot name an agent"),
    ],
)
def test_a_name_that_cannot_be_is_refused(
    arguments: list[str], told: str, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    assert run(arguments) == 1
    assert told in capsys.readouterr().err
    assert not (tmp_path / "specialists").exists()
