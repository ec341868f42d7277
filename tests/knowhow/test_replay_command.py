"""`knowhow replay`, as somebody at a terminal or a script meets it."""

import json
import os
import random
import re
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.testing import CliRunner

from knowhow.commands.replay import replay
from knowhow_memory import embedder
from knowhow_memory.errors import KnowhowError
from knowhow_memory.exchange.jsonl import line_of, row_of
from knowhow_memory.memory import Memory
from knowhow_memory.models import DecisionCreate, Fault, OutcomeCreate
from knowhow_router.replay import trial
from knowhow_router.replay.policies import ALL

app = typer.Typer()
app.command()(replay)

ROWS = 60


@pytest.fixture(autouse=True)
def hashed_words(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The small embedder, and a cache folder of our own."""
    monkeypatch.setenv("KNOWHOW_EMBEDDER__MODEL", "hash:64")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("COLUMNS", "140")
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def matrix(tmp_path: Path) -> Path:
    path = tmp_path / "matrix.jsonl"
    rng = random.Random(0)
    with path.open("w") as file:
        for i in range(ROWS):
            kind = rng.choice(["sum", "word"])
            arms = {
                arm: {"reward": float(rng.random() < chance), "cost": cost}
                for arm, chance, cost in (
                    ("cheap", 0.8 if kind == "sum" else 0.2, 0.001),
                    ("dear", 0.7, 0.01),
                )
            }
            row = {"id": str(i), "problem": f"a {kind} numbered {i}", "task": kind, "arms": arms}
            file.write(json.dumps(row) + "\n")
    return path


@pytest.fixture
def log(tmp_path: Path) -> Path:
    path = tmp_path / "log.jsonl"
    rng = random.Random(1)
    with path.open("w") as file:
        for i in range(ROWS):
            arm, chance = rng.choice([("a", 0.3), ("b", 0.9)])
            outcome = {"problem": f"p {i}", "arm": arm, "propensity": 0.5, "fault": "agent"}
            outcome["reward"] = float(rng.random() < chance)
            file.write(json.dumps(outcome) + "\n")
    return path


def run(*arguments: object) -> str:
    result = CliRunner().invoke(app, [str(a) for a in arguments], catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.stdout


def document(*arguments: object) -> dict[str, Any]:
    parsed: dict[str, Any] = json.loads(run(*arguments, "--json"))
    return parsed


def refusal(*arguments: object) -> str:
    with pytest.raises(KnowhowError) as refused:
        run(*arguments)
    return str(refused.value)


def test_json_holds_what_the_documentation_promises(matrix: Path) -> None:
    whole = document(matrix, "--policy", "random,linucb,oracle", "--seeds", 2)
    assert whole["feedback"] == "bandit"
    assert whole["seeds"] == 2
    assert whole["finished"] is True
    (one,) = whole["files"]
    assert (one["file"], one["rows"], one["arms"]) == ("matrix.jsonl", ROWS, ["cheap", "dear"])
    assert set(one["policies"]) == {"random", "best_single", "linucb", "oracle"}
    figures = one["policies"]["linucb"]
    assert set(figures) >= {
        "reward", "cost", "regret", "at", "brier", "ece", "abstention", "share",
        "ms_per_decision", "versus_best_single",
    }  # fmt: skip
    assert set(figures["at"]) == {"100", "300", "1000", "3000"}
    assert figures["reward"]["n"] == 2
    assert sum(figures["share"].values()) == pytest.approx(1)


def test_several_files_and_a_table_for_each(matrix: Path, log: Path) -> None:
    shown = run(matrix, log, "--policy", "random", "--seeds", 1)
    assert "matrix.jsonl: 60 rows, 2 arms" in shown
    assert "log.jsonl: 60 of 60 rows judged, 2 arms" in shown
    assert "as logged" in shown
    assert "decisions" in shown, "the learning curve"


def test_a_log_is_judged_by_estimates(log: Path) -> None:
    (one,) = document(log, "--policy", "ucb,oracle")["files"]
    assert one["kind"] == "log"
    assert one["policies"]["ucb"]["versus_logged"]["mean"] > 0.1
    assert "oracle" in one["not_run"]


def test_policies_that_read_nothing_embed_nothing(
    matrix: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def nobody(*arguments: object) -> None:
        raise AssertionError("embedded for nothing")

    monkeypatch.setattr(embedder, "load_embedder", nobody)
    run(matrix, "--policy", "random,best_single,oracle,best_per_task,ucb", "--seeds", 1)


def test_the_second_replay_embeds_nothing_new(
    matrix: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = document(matrix, "--policy", "linucb", "--seeds", 1)

    def nobody(*arguments: object) -> None:
        raise AssertionError("embedded again")

    monkeypatch.setattr(embedder.HashEmbedder, "embed_many", nobody)
    second = document(matrix, "--policy", "linucb", "--seeds", 1)
    for whole in (first, second):
        for figures in whole["files"][0]["policies"].values():
            del figures["ms_per_decision"]
    assert first == second


def test_train_and_folds_decide_without_learning_on_the_way(matrix: Path) -> None:
    for way in (("--train", matrix), ("--folds", 3)):
        whole = document(matrix, *way, "--policy", "knn")
        assert whole["feedback"] == "full"
        assert whole["seeds"] == 1
        assert whole["files"][0]["policies"]["knn"]["at"] is None
        assert whole["files"][0]["policies"]["knn"]["reward"]["n"] == ROWS


def test_a_budget_moves_the_marks(matrix: Path) -> None:
    (one,) = document(matrix, "--policy", "oracle,random", "--budget", 0.002)["files"]
    assert one["policies"]["best_single"]["cost"]["mean"] == pytest.approx(0.002)
    assert one["policies"]["oracle"]["cost"]["mean"] <= 0.002
    assert "over!" in run(matrix, "--policy", "random", "--budget", 0.002, "--seeds", 1)


def test_a_limit_takes_fewer_rows(matrix: Path) -> None:
    assert document(matrix, "--policy", "random", "--limit", 25)["files"][0]["rows"] == 25


def test_the_plot_is_written(matrix: Path, tmp_path: Path) -> None:
    run(matrix, "--policy", "random", "--seeds", 1, "--plot", tmp_path / "plot.svg")
    assert (tmp_path / "plot.svg").read_text().startswith("<svg")
    assert "cannot write" in refusal(
        matrix, "--policy", "random", "--plot", tmp_path / "absent" / "plot.svg"
    )


def test_an_interruption_prints_what_is_finished(
    matrix: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    played = trial.Trial.play

    def interrupted(self: trial.Trial, seed: int, *rest: Any) -> Any:
        if seed == 1:
            raise KeyboardInterrupt
        return played(self, seed, *rest)

    monkeypatch.setattr(trial.Trial, "play", interrupted)
    result = CliRunner().invoke(app, [str(matrix), "--policy", "random", "--json"])
    assert result.exit_code == 130
    whole = json.loads(result.stdout)
    assert whole["finished"] is False
    assert whole["files"][0]["policies"]["random"]["reward"]["n"] == ROWS


def test_what_cannot_be_done_is_said_in_one_line(matrix: Path, log: Path, tmp_path: Path) -> None:
    other = tmp_path / "other.jsonl"
    other.write_text('{"problem": "p", "arms": {"alone": {"reward": 1}}}\n')
    cases = [
        ((matrix, "--policy", "nobody"), "unknown policy 'nobody'"),
        ((matrix, "--train", matrix, "--folds", 3), "not both"),
        ((log, "--train", matrix, "--policy", "ucb"), "leave out --train"),
        ((matrix, "--train", log, "--policy", "ucb"), "takes an outcome matrix"),
        ((matrix, "--train", other, "--policy", "ucb"), "are not the same"),
        ((other, "--budget", 1, "--policy", "ucb"), "needs the cost of every arm"),
        ((matrix, "--budget", 0), "the budget must be above 0"),
        ((matrix, "--folds", 99), "folds of 60 rows"),
        ((tmp_path / "absent",), "cannot read"),
    ]
    for arguments, expected in cases:
        said = refusal(*arguments)
        assert expected in said
        assert "\n" not in said


def test_one_arm_only_is_a_sensible_answer(tmp_path: Path) -> None:
    path = tmp_path / "one.jsonl"
    rows = [{"problem": f"p {i}", "arms": {"only": {"reward": i % 2}}} for i in range(40)]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    names = [name for name in ALL if name != "knowhow"]
    policies = document(path, "--policy", ",".join(names), "--seeds", 1)["files"][0]["policies"]
    assert {figures["reward"]["mean"] for figures in policies.values()} == {0.5}


def data_folder() -> Path:
    here = Path(__file__).resolve().parents[2]
    return Path(os.environ.get("KNOWHOW_REPLAY_DATA", here.parent / "shared" / "data" / "replay"))


@pytest.mark.skipif(
    not data_folder().is_dir(), reason="no outcome matrices: set KNOWHOW_REPLAY_DATA to a folder"
)
def test_real_matrices_are_read_and_ordered_as_they_must_be() -> None:
    files = sorted(data_folder().glob("*.jsonl.gz"))
    marks = ["best_single", "best_per_task", "oracle"]
    whole = document(*files, "--policy", ",".join([*marks, "random"]), "--seeds", 1)
    assert len(whole["files"]) == len(files) > 0
    for one in whole["files"]:
        values = {name: figures["reward"]["mean"] for name, figures in one["policies"].items()}
        order = [values[name] for name in marks]
        assert order == sorted(order), one["file"]
        assert values["random"] < values["oracle"], one["file"]


def test_help_names_every_option() -> None:
    shown = re.sub(r"\x1b\[[0-9;]*m", "", run("--help"))
    for option in ("--train", "--folds", "--feedback", "--policy", "--seeds", "--budget",
                   "--price", "--limit", "--plot", "--json"):  # fmt: skip
        assert option in shown


def test_the_store_s_own_export_can_be_replayed(tmp_path: Path) -> None:
    rng = random.Random(2)
    exported = tmp_path / "exported.jsonl"
    with Memory.open(tmp_path / "store", embedder="hash:64") as memory:
        for i in range(ROWS):
            arm = rng.choice(["a", "b"])
            decision = DecisionCreate(
                problem=f"problem {i}", arm=arm, cause="explore", propensity=0.5
            )
            memory.decide(decision)
            reward = float(rng.random() < (0.9 if arm == "b" else 0.3))
            memory.record(OutcomeCreate(decision_id=decision.id, reward=reward, cost=0.5))
        memory.record(OutcomeCreate(problem="chosen by hand", arm="a", reward=1.0))
        memory.record(OutcomeCreate(problem="timed out", arm="a", fault=Fault.INFRA))
        exported.write_bytes(b"".join(line_of(row_of(done)) for done in memory.outcomes()))
    (one,) = document(exported, "--policy", "thompson")["files"]
    assert (one["kind"], one["rows"], one["judged"], one["infra"]) == ("log", 61, 60, 1)
    assert one["policies"]["thompson"]["share"]["b"] > 0.9
