"""The two commands as they are typed: answers on stdout, errors in one line, exit codes."""

import json

import pytest

from knowhow.cli import run
from tests.memory.exchange import samples


@pytest.fixture(autouse=True)
def store(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("KNOWHOW_MEMORY__LOCATION", str(tmp_path / "store"))
    monkeypatch.setenv("KNOWHOW_EMBEDDER__MODEL", "hash:64")


@pytest.fixture
def matrix(tmp_path):
    path = tmp_path / "matrix.jsonl"
    path.write_text(f"{json.dumps(samples.MATRIX)}\n{{\n")
    return path


def answer(capsys, *arguments: str) -> dict[str, object]:
    assert run(list(arguments)) == 0
    return json.loads(capsys.readouterr().out)


def test_import_twice_and_export(matrix, tmp_path, capsys):
    first = answer(capsys, "outcome", "import", str(matrix), "--json")
    assert (first["format"], first["outcomes"], first["refused"]) == ("matrix", 2, 1)
    assert [(reason["count"], reason["first"]) for reason in first["reasons"]] == [(1, [2])]
    again = answer(capsys, "outcome", "import", str(matrix), "--json")
    assert (again["outcomes"], again["duplicates"]) == (0, 2)

    path = tmp_path / "out.jsonl"
    assert answer(capsys, "outcome", "export", str(path), "--json")["outcomes"] == 2
    assert run(["outcome", "export", str(path)]) == 0
    assert "2 outcomes" in capsys.readouterr().out


def test_a_pipe_gets_rows_and_nothing_else(matrix, capfdbinary):
    assert run(["outcome", "import", str(matrix)]) == 0
    capfdbinary.readouterr()
    assert run(["outcome", "export", "-"]) == 0
    lines = capfdbinary.readouterr().out.splitlines()
    assert [json.loads(line)["arm"] for line in lines] == ["direct", "steps"]


def test_a_dry_run_shows_what_and_why_and_writes_nothing(matrix, tmp_path, capsys):
    document = answer(capsys, "outcome", "import", str(matrix), "--dry-run", "--json")
    assert [row["arm"] for row in document["would_record"]] == ["direct", "steps"]
    assert not (tmp_path / "store").exists()
    assert run(["outcome", "import", str(matrix), "--dry-run"]) == 0
    shown = capsys.readouterr().out
    assert "2 outcomes would be recorded" in shown
    assert "Is 91 prime?" in shown
    assert "invalid JSON" in shown


def test_the_wishes_reach_the_format(tmp_path, capsys):
    path = tmp_path / "bank.json"
    path.write_text(json.dumps([samples.AGENTBANK | {"stats": {"won": True}}]))
    wishes = ["--arm", "samoyed", "--reward-field", "stats.won", "--tenant", "team"]
    document = answer(capsys, "outcome", "import", str(path), *wishes, "--dry-run", "--json")
    [row] = document["would_record"]
    assert (row["arm"], row["reward"], row["tenant"]) == ("samoyed", 1.0, "team")


def test_nothing_taken_is_a_failure(tmp_path, capsys):
    path = tmp_path / "bank.json"
    path.write_text(json.dumps([samples.AGENTBANK]))
    assert run(["outcome", "import", str(path), "--arm", "a"]) == 1
    assert "no outcome" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["import", "missing.jsonl"], "no file 'missing.jsonl'"),
        (["import", "matrix.jsonl", "--format", "csv"], "no format 'csv'"),
        (["export", "no/such/folder.jsonl"], "no store"),
    ],
)
def test_errors_are_one_line(matrix, capsys, arguments, message):
    assert run(["outcome", *arguments]) == 1
    said = capsys.readouterr()
    assert message in said.err
    assert said.err.count("\n") == 1
    assert said.out == ""


def test_an_interruption_says_how_to_go_on(matrix, capsys, monkeypatch):
    from knowhow_memory.memory import Memory

    def interrupted(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(Memory, "record_many", interrupted)
    assert run(["outcome", "import", str(matrix)]) == 130
    assert "run the same command again" in capsys.readouterr().err


def test_a_full_disk_says_how_to_go_on(matrix, capsys, monkeypatch):
    from knowhow_memory.errors import StoreFullError
    from knowhow_memory.memory import Memory

    def full(*_: object, **__: object) -> None:
        raise StoreFullError("no space left")

    monkeypatch.setattr(Memory, "record_many", full)
    assert run(["outcome", "import", str(matrix)]) == 1
    said = capsys.readouterr().err
    assert "no space left (0 outcomes are safe: run the same command again" in said


def test_parquet_without_its_package_says_what_to_install(matrix, capsys, monkeypatch):
    import sys

    assert run(["outcome", "import", str(matrix)]) == 0
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    capsys.readouterr()
    assert run(["outcome", "export", "out.parquet"]) == 1
    assert "pip install 'knowhow[parquet]'" in capsys.readouterr().err
