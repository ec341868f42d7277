"""`knowhow ask` as its user meets it, with an embedded big model and with one that is down."""

import json
from pathlib import Path

import pytest

from knowhow import big_model
from knowhow.cli import run
from knowhow_agents.big_model.double import ScriptedModel
from knowhow_agents.big_model.errors import FaultKind, ProviderFault

SUMS = "Which numbers should be picked from 7, 28, 4, 16 to make 23?"


@pytest.fixture(autouse=True)
def own_store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("KNOWHOW_MEMORY__LOCATION", str(tmp_path / "store"))
    monkeypatch.setenv("KNOWHOW_EMBEDDER__MODEL", "hash:64")


def test_the_whole_way_of_a_problem(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["ask", SUMS, "--big-model", "embedded/big-planner", "--json"]) == 0
    asked = json.loads(capsys.readouterr().out)
    assert asked["spec"]["facts"] == {"numbers": [7, 28, 4, 16], "goal": 23}
    assert asked["reward"] in (0.0, 1.0)  # somebody has checked, whatever came out
    assert [call["call"] for call in asked["calls"]] == ["attempt.brief.v1"]
    assert run(["outcome", "list", "--json"]) == 0
    [outcome] = json.loads(capsys.readouterr().out)["outcomes"]
    assert outcome["decision_id"] == asked["decision"] and outcome["reward"] == asked["reward"]
    assert outcome["big_model"] == "embedded/big-planner"


def test_what_is_explained(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    spec = '{"domain": "talk", "constraints": ["be \\u001b[31mbrief"]}'
    model = ScriptedModel(spec, "Hello\nanswer: hi \x1b[2Jthere")
    monkeypatch.setattr(big_model, "open_big_model", lambda *_: model)
    assert run(["ask", "Greet me.", "--explain"]) == 0
    out = capsys.readouterr().out
    assert out.startswith("hi ") and "\x1b" not in out
    assert "big-model::alone" in out and "knowhow outcome add --decision" in out


def test_a_provider_that_is_down_is_one_line_and_one_row(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    fault = ProviderFault(FaultKind.CONNECTION, "refused", provider="test")
    monkeypatch.setattr(big_model, "open_big_model", lambda *_: ScriptedModel(fault))
    assert run(["ask", "Greet me."]) == 1
    assert capsys.readouterr().err == "knowhow: big model 'test': connection: refused\n"
    assert run(["outcome", "list", "--json"]) == 0
    [outcome] = json.loads(capsys.readouterr().out)["outcomes"]
    assert outcome["fault"] == "infra" and outcome["reward"] is None


@pytest.mark.parametrize(
    ("arguments", "code", "told"),
    [([" "], 1, "empty"), (["x", "--big-model", "nobody"], 1, "no big model"), ([], 2, "problem")],
)
def test_what_cannot_be_asked_is_one_line(
    arguments: list[str], code: int, told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["ask", *arguments]) == code
    error = capsys.readouterr().err
    assert told in error
    assert error.count("\n") == 1
