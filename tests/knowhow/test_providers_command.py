"""`knowhow providers` without a network: what is set, what it needs, whether it answers."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from knowhow.cli import run

Ask = Callable[..., tuple[int, dict[str, dict[str, Any]]]]
SETTINGS = """
[big_model]
model = "anthropic/claude-sonnet-4-5"
fallbacks = [
  "embedded/big-planner", "embedded/big-planer", "wat/model", "hosted_vllm/x", "closed",
  "elsewhere",
]

[big_model.providers.closed]
model = "openai/x"
api_base = "http://127.0.0.1:9/v1"

[big_model.providers.elsewhere]
model = "openai/x"
api_base = "https://ann:secret-word@models.example.com/v1"
key_variable = "MY_KEY"
price = [0.5, 2]
"""


@pytest.fixture(autouse=True)
def own_settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    for name in ("ANTHROPIC_API_KEY", "ANTHROPIC_AUTH_TOKEN", "OPENAI_API_KEY", "MY_KEY"):
        monkeypatch.delenv(name, raising=False)
    return tmp_path / "knowhow.toml"


@pytest.fixture
def ask(capsys: pytest.CaptureFixture[str]) -> Ask:
    """A command's exit code, and its rows by name."""

    def command(*arguments: str) -> tuple[int, dict[str, dict[str, Any]]]:
        code = run(["providers", *arguments, "--json"])
        rows = json.loads(capsys.readouterr().out)["providers"]
        return code, {row["name"]: row for row in rows}

    return command


def test_what_ships_with_knowhow_answers_without_settings(ask: Ask) -> None:
    code, answers = ask("test")
    assert code == 0
    assert {"embedded/big-reckoner", "embedded/big-planner"} <= set(answers)
    for answer in answers.values():
        assert answer["ok"] and answer["answer"] == "cup"
        assert answer["prompt_tokens"] > 1 and answer["completion_tokens"] >= 1
        assert answer["dollars"] == 0


def test_the_list_says_what_is_asked_when_what_it_costs_and_what_it_needs(
    own_settings: Path, ask: Ask
) -> None:
    own_settings.write_text(SETTINGS)
    code, rows = ask("list")
    assert code == 0
    roles = [(name, row["role"]) for name, row in rows.items()]
    assert roles[:2] == [
        ("anthropic/claude-sonnet-4-5", "asked first"),
        ("embedded/big-planner", "fallback 1"),
    ]
    assert rows["embedded/big-reckoner"]["role"] == "ships with knowhow"
    cloud = rows["anthropic/claude-sonnet-4-5"]
    assert cloud["missing_keys"] == ["ANTHROPIC_API_KEY"]
    assert cloud["dollars_per_million"]["out"] > cloud["dollars_per_million"]["in"] > 0
    assert rows["embedded/big-planner"]["dollars_per_million"] == {"in": 0, "out": 0}
    assert rows["embedded/big-planner"]["problem"] is None
    assert "did you mean 'big-planner'?" in rows["embedded/big-planer"]["problem"]
    assert "'wat/model' names no provider" in rows["wat/model"]["problem"]
    assert "set its api_base" in rows["hosted_vllm/x"]["problem"]
    assert rows["elsewhere"]["dollars_per_million"] == {"in": 0.5, "out": 2}
    assert rows["elsewhere"]["missing_keys"] == ["MY_KEY"]


def test_a_cloud_one_without_a_key_is_named_with_the_variable_to_set(
    own_settings: Path, ask: Ask, monkeypatch: pytest.MonkeyPatch
) -> None:
    own_settings.write_text(SETTINGS)
    monkeypatch.setenv("MY_KEY", "sk-abcdefghijklmnop")
    code, answers = ask("test")
    assert code == 1
    assert answers["embedded/big-planner"]["ok"]
    for name, problem in {
        "anthropic/claude-sonnet-4-5": "set ANTHROPIC_API_KEY to its key",
        "closed": "connection",
        "hosted_vllm/x": "set its api_base",
        "elsewhere": "the network is forbidden here",
        "wat/model": "names no provider",
    }.items():
        assert not answers[name]["ok"]
        assert problem in answers[name]["problem"]
    code, answers = ask("test", "embedded/big-planner")
    assert (code, list(answers)) == (0, ["embedded/big-planner"])


def test_a_person_reads_the_same_and_no_secret(
    own_settings: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    own_settings.write_text(SETTINGS)
    monkeypatch.setenv("COLUMNS", "250")
    monkeypatch.setenv("MY_KEY", "sk-abcdefghijklmnop")
    assert run(["providers", "list"]) == 0
    assert run(["providers", "test", "anthropic/claude-sonnet-4-5", "elsewhere"]) == 1
    shown = capsys.readouterr().out
    assert "set ANTHROPIC_API_KEY to its key" in shown
    assert "elsewhere: openai/x at https://[redacted]@models.example.com/v1" in shown
    assert "secret-word" not in shown and "sk-abc" not in shown


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["test", "closd"], "did you mean 'closed'?"),
        (["test", "gpt"], "write it as 'provider/name'"),
    ],
)
def test_a_name_that_is_none_is_one_line(
    own_settings: Path, arguments: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    own_settings.write_text(SETTINGS)
    assert run(["providers", *arguments]) == 1
    error = capsys.readouterr().err
    assert message in error and error.count("\n") == 1
