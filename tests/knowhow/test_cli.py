"""The command line as its user meets it: answers, exit codes, one-line errors."""

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from knowhow.cli import run

Command = Callable[..., dict[str, object]]


@pytest.fixture(autouse=True)
def own_store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("KNOWHOW_MEMORY__LOCATION", str(tmp_path / "store"))
    monkeypatch.setenv("KNOWHOW_EMBEDDER__MODEL", "hash:64")
    return tmp_path


@pytest.fixture
def ask(capsys: pytest.CaptureFixture[str]) -> Command:
    """Run a command with --json and return its document."""

    def command(*arguments: str) -> dict[str, object]:
        assert run([*arguments, "--json"]) == 0, capsys.readouterr().err
        document: dict[str, object] = json.loads(capsys.readouterr().out)
        return document

    return command


def add(ask: Command, problem: str, arm: str, reward: float) -> str:
    return str(ask("outcome", "add", problem, "--arm", arm, "--reward", str(reward))["id"])


def test_an_outcome_can_be_recorded_corrected_undone_and_seen(ask: Command) -> None:
    outcome = add(ask, "two cups", "calculator", 1.0)
    assert ask("outcome", "show", outcome)["reward"] == 1.0
    ask("outcome", "correct", outcome, "--reward", "0.25")
    assert ask("outcome", "show", outcome)["reward"] == 0.25
    assert len(ask("outcome", "list")["outcomes"]) == 1  # type: ignore[arg-type]
    ask("outcome", "undo", outcome[:8])
    assert ask("outcome", "list")["outcomes"] == []


def test_similar_shows_what_came_of_like_problems(ask: Command) -> None:
    add(ask, "the price of two cups", "calculator", 1.0)
    add(ask, "sail around the world", "dreamer", 0.0)
    [first, _] = ask("similar", "the price of three cups")["similar"]  # type: ignore[misc]
    assert first["problem"] == "the price of two cups"
    assert first["outcomes"][0]["arm"] == "calculator"


def test_route_learns_explains_and_keeps_the_decision(ask: Command) -> None:
    for number in range(12):
        add(ask, f"sort list {number}", "quick", 1.0)
        add(ask, f"sort list {number}", "slow", 0.0)
    routed = ask("route", "sort list 99", "--no-explore")
    assert (routed["arm"], routed["cause"]) == ("quick", "exploit")
    decision_id = str(routed["id"])
    shown = ask("decisions", "show", decision_id[:8])
    assert shown["propensity"] == 1.0
    assert shown["outcome"] is None
    ask("outcome", "add", "--decision", decision_id, "--reward", "1")
    assert ask("decisions", "show", decision_id)["reward"] == 1.0


def test_backup_and_restore_bring_back_what_was(ask: Command, own_store: Path) -> None:
    kept = add(ask, "kept", "a", 1.0)
    ask("db", "backup", "backup.db")
    add(ask, "lost again", "a", 1.0)
    ask("db", "restore", "backup.db")
    assert [o["id"] for o in ask("outcome", "list")["outcomes"]] == [kept]  # type: ignore[attr-defined]


def test_the_doctor_finds_a_healthy_store_well(ask: Command) -> None:
    add(ask, "anything", "a", 1.0)
    assert ask("doctor")["well"] is True


def test_another_embedder_is_refused_until_the_store_is_embedded_again(
    ask: Command, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    add(ask, "anything", "a", 1.0)
    monkeypatch.setenv("KNOWHOW_EMBEDDER__MODEL", "hash:32")
    assert run(["similar", "anything"]) == 1
    assert "knowhow db reembed" in capsys.readouterr().err
    ask("db", "reembed", "hash:32")
    assert ask("similar", "anything")["similar"]


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["outcome", "add", "x", "--arm", "a", "--reward", "3"], 1, "reward"),
        (["outcome", "add", "x", "--arm", "a", "--reward", "nan"], 1, "reward"),
        (["outcome", "add", " ", "--arm", "a", "--reward", "1"], 1, "empty"),
        (["outcome", "add", "x", "--arm", "a"], 1, "give a reward"),
        (["outcome", "undo", "nothing"], 1, "no store at"),
        (["outcom"], 2, "Did you mean 'outcome'?"),
        (["outcome", "add", "x", "--rewrad", "1"], 2, "--rewrad"),
        (["route", "anything"], 1, "no arm is known yet"),
        (["bench", "nothing"], 1, "no bench 'nothing': there are"),
        (["demo", "nothing"], 1, "no demo 'nothing'"),
    ],
)
def test_errors_are_one_line_that_says_what_to_do(
    arguments: list[str], code: int, message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(arguments) == code
    output = capsys.readouterr()
    assert output.out == ""
    assert output.err.count("\n") == 1
    assert message in output.err


def test_a_fault_of_ours_is_one_line_too(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail(**_: object) -> None:
        raise IndexError("token=abc is out of range")

    monkeypatch.setattr("knowhow.store.open_memory", fail)
    assert run(["doctor"]) == 3
    said = capsys.readouterr().err
    assert said.count("\n") == 1 and "IndexError in test_cli.py:" in said and "abc" not in said
    monkeypatch.setenv("KNOWHOW_DEBUG", "1")
    with pytest.raises(IndexError):
        run(["doctor"])


def test_a_group_without_a_command_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["db"]) == 2
    assert "name a command" in capsys.readouterr().err


def test_words_of_others_are_shown_and_never_obeyed(
    ask: Command, capsys: pytest.CaptureFixture[str]
) -> None:
    add(ask, "[bold red]not markup[/] \x1b[2J", "a", 1.0)
    run(["outcome", "list"])
    shown = capsys.readouterr().out
    assert "[bold red]not markup[/]" in shown
    assert "\x1b[2J" not in shown


def test_help_loads_nothing_heavy() -> None:
    heavy = ("torch", "faiss", "numpy", "sqlalchemy", "sqlmodel", "pydantic", "transformers")
    program = (
        "import sys; from knowhow.cli import run; run(['--help']);"
        f"sys.exit(', '.join(m for m in {heavy!r} if m in sys.modules) or 0)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert done.returncode == 0, f"imported by --help: {done.stderr}"


def test_the_demo_tells_its_story_on_a_store_that_can_be_kept(
    ask: Command, own_store: Path
) -> None:
    figures = ask("demo", "--tasks", "10", "--store", str(own_store / "store"))
    success = figures["success"]
    assert set(success) >= {"router", "random", "oracle"}  # type: ignore[call-overload]
    assert len(ask("outcome", "list")["outcomes"]) == 10  # type: ignore[arg-type]
