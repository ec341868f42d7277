"""`knowhow eval gsm8k` on a file of our own problems, and what it learns from another."""

import json
import random
from pathlib import Path

import pytest
from typer.testing import CliRunner

from knowhow.cli import app
from knowhow_agents.skills.traces.from_answers import AGENT
from knowhow_memory.errors import InputError

FIGS = "{a} has {x} figs and buys {y} bags of {z} figs. How many figs does {a} have?"
SHARE = "{a} shares {x} dollars among {y} friends. How many dollars does each friend get?"


def write_file(path: Path, count: int, seed: int) -> Path:
    """Problems with their answers as the benchmark has them."""
    rng = random.Random(seed)
    rows = []
    for _ in range(count):
        name, x, y, z = rng.choice(["Ole", "Ann"]), *(rng.randint(2, 40) for _ in range(3))
        if rng.random() < 0.5:
            sums, answer = f"<<{y}*{z}={y * z}>> <<{x}+{y * z}={x + y * z}>>", x + y * z
            text = FIGS.format(a=name, x=x, y=y, z=z)
        else:
            sums, answer = f"<<{x * y}/{y}={x}>>", x
            text = SHARE.format(a=name, x=x * y, y=y)
        rows.append(json.dumps({"question": text, "answer": f"{sums}\n#### {answer:,}"}))
    path.write_text("\n".join(rows))
    return path


@pytest.fixture(autouse=True)
def own_store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KNOWHOW_MEMORY__LOCATION", str(tmp_path / "store"))
    monkeypatch.setenv("KNOWHOW_EMBEDDER__MODEL", "hash:64")


def evaluate(*arguments: str) -> dict[str, object]:
    result = CliRunner().invoke(app, ["eval", "gsm8k", "--json", *arguments])
    assert result.exit_code == 0, result.stderr
    document: dict[str, dict[str, object]] = json.loads(result.stdout)
    return document["figures"]


def test_a_file_is_examined_and_learnt_from(tmp_path: Path) -> None:
    data = write_file(tmp_path / "test.jsonl", 12, seed=1)
    before = evaluate("--data", str(data), "--quick")
    assert str(before["version"]).startswith("base@")
    assert before["coverage"]["mean"] == 1  # type: ignore[index]
    assert before["accuracy"]["n"] == 12  # type: ignore[index]
    assert sum(int(str(v)) for key, v in before.items() if key.startswith("failure.")) > 0

    lessons = write_file(tmp_path / "train.jsonl", 120, seed=2)
    lessons.write_text(lessons.read_text() + "\n" + data.read_text())
    after = evaluate("--data", str(data), "--quick", "--train", str(lessons))
    assert after["train.overlap_left_out"] > 8  # type: ignore[operator]
    assert str(after["train.version"]).startswith(f"{AGENT}@")
    assert after["accuracy"]["mean"] > before["accuracy"]["mean"] + 0.3  # type: ignore[index]
    if after["train.gate"] == "better":
        assert after["version"] == after["train.version"]
    store = tmp_path / "store"
    assert list(store.rglob(f"{AGENT}/**/search/*.json"))

    again = evaluate("--data", str(data), "--quick", "--train", str(lessons))
    assert again["train.version"] == after["train.version"]


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        ([], "--data FILE"),
        (["--data", "nowhere.jsonl"], "nowhere.jsonl"),
        (["--data", "{data}", "--split", "all"], "no split 'all'"),
    ],
)
def test_what_cannot_be_examined_is_named(
    tmp_path: Path, arguments: list[str], reason: str
) -> None:
    data = write_file(tmp_path / "test.jsonl", 3, seed=1)
    given = [argument.format(data=data) for argument in arguments]
    result = CliRunner().invoke(app, ["eval", "gsm8k", *given])
    assert isinstance(result.exception, InputError)
    assert reason in str(result.exception)
