"""A backup is one consistent state, whatever happens meanwhile; only a whole one is restored."""

import contextlib
import random
import shutil
import sqlite3
import subprocess
import sys

import pytest

from knowhow_memory import backup as backup_module
from knowhow_memory import derived
from knowhow_memory.backup import backup, restore
from knowhow_memory.database import Database
from knowhow_memory.errors import ConflictError, InputError, StoreDamagedError
from knowhow_memory.memory import Memory
from knowhow_memory.models import DecisionCreate, OutcomeCreate
from tests.conftest import EMBEDDER


def outcome(problem="p", **given):
    return OutcomeCreate(**({"problem": problem, "arm": "a", "reward": 1.0} | given))


def contents(memory):
    return [o.model_dump() for o in memory.outcomes(trajectories=True)]


def restored(source, location):
    database = Database(location)
    restore(source, database)
    database.close()
    return Memory.open(location, embedder=EMBEDDER)


@pytest.fixture
def lived(memory):
    """A store in which everything has happened."""
    memory.record_many([outcome(f"p{n}", trajectory=[{"n": n / 3}]) for n in range(12)])
    memory.record(outcome("theirs", tenant="acme", principal="ann", reward=1 / 3))
    decided = memory.decide(DecisionCreate(problem="d", cause="x", arm="a", propensity=0.3))
    memory.record(OutcomeCreate(decision_id=decided.id, reward=0.1))
    memory.record(outcome("gone", principal="bob"))
    memory.purge(principal="bob")
    ids = [o.id for o in memory.outcomes()]
    memory.correct(ids[0], reward=0.7)
    memory.undo(ids[1])
    return memory


def test_a_restored_store_is_the_store(lived, tmp_path):
    size = backup(lived.database, tmp_path / "deep" / "down" / "backup.db")
    assert size == (tmp_path / "deep" / "down" / "backup.db").stat().st_size
    with restored(tmp_path / "deep" / "down" / "backup.db", tmp_path / "again") as again:
        assert contents(again) == contents(lived)
        assert again.check().ok
        assert again.check().problems == lived.check().problems
        assert again.record(outcome()).seq == lived.record(outcome()).seq
        assert again.facts.store_id != lived.facts.store_id


@pytest.mark.postgres
def test_a_backup_moves_from_one_database_to_another(lived, tmp_path, new_postgres):
    backup(lived.database, tmp_path / "first.db")
    with restored(tmp_path / "first.db", new_postgres()) as server:
        assert contents(server) == contents(lived)
        assert server.check().ok
        backup(server.database, tmp_path / "second.db")
        new = server.record(outcome("new", tenant="new"))
        assert new.seq == lived.record(outcome("new", tenant="new")).seq
    with restored(tmp_path / "second.db", tmp_path / "again") as again:
        again.record(outcome("new", tenant="new"))
        assert [o["seq"] for o in contents(again)] == [o["seq"] for o in contents(lived)]
        assert again.check().ok


def test_an_old_backup_is_only_replaced_by_a_whole_one(sqlite_memory, tmp_path, monkeypatch):
    target = tmp_path / "backup.db"
    backup(sqlite_memory.database, target)
    before = target.read_bytes()
    sqlite_memory.record(outcome())

    def fail(*_):
        raise sqlite3.OperationalError("disk is full")

    with monkeypatch.context() as patched:
        patched.setattr(backup_module, "_sync", fail)
        with pytest.raises(sqlite3.OperationalError):
            backup(sqlite_memory.database, target)
    assert target.read_bytes() == before
    assert [path.name for path in tmp_path.iterdir() if path.is_file()] == ["backup.db"]
    backup(sqlite_memory.database, target)
    assert target.read_bytes() != before


def test_what_was_there_is_kept(lived, sqlite_memory, tmp_path):
    backup(lived.database, tmp_path / "backup.db")
    sqlite_memory.record(outcome("older"))
    path = sqlite_memory.database.path
    sqlite_memory.close()
    kept = restore(tmp_path / "backup.db", Database(path))
    with Memory.open(kept.rename(tmp_path / "kept.db"), embedder=EMBEDDER) as older:
        assert [o.problem for o in older.outcomes()] == ["older"]
    with Memory.open(path, embedder=EMBEDDER) as memory:
        assert contents(memory) == contents(lived)


def test_a_damaged_store_is_replaced(lived, sqlite_memory, tmp_path):
    backup(lived.database, tmp_path / "backup.db")
    path = sqlite_memory.database.path
    sqlite_memory.close()
    path.write_bytes(b"noise" * 5000)
    with restored(tmp_path / "backup.db", path) as memory:
        assert contents(memory) == contents(lived)


def test_caches_of_the_store_before_are_not_taken_over(sqlite_memory, tmp_path, monkeypatch):
    monkeypatch.setattr(derived, "SAVE_AFTER_CHANGES", 1)
    path = sqlite_memory.database.path
    sqlite_memory.record_many([outcome(f"p{n}") for n in range(5)])
    backup(sqlite_memory.database, tmp_path / "backup.db")
    sqlite_memory.record_many([outcome(f"later {n}") for n in range(5)])
    sqlite_memory.check()
    sqlite_memory.close()
    with restored(tmp_path / "backup.db", path) as memory:
        assert len(memory.similar("p1", k=20)) == 5
        assert "store_id" in memory.derived.rebuilt_because
        assert memory.check().ok


@pytest.mark.postgres
def test_a_server_database_in_use_is_not_overwritten(sqlite_memory, new_postgres, tmp_path):
    backup(sqlite_memory.database, tmp_path / "backup.db")
    location = new_postgres()
    with Memory.open(location, embedder=EMBEDDER) as server:
        server.decide(DecisionCreate(problem="d", cause="x"))
    with (
        contextlib.closing(Database(location)) as database,
        pytest.raises(ConflictError, match="restore into an empty database"),
    ):
        restore(tmp_path / "backup.db", database)


def test_a_backup_that_is_not_there_is_said_to_be_missing(tmp_path):
    with pytest.raises(InputError, match="no backup file at"):
        restore(tmp_path / "none.db", Database(tmp_path / "store"))
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("content", [b"", b"noise" * 1000, b"SQLite format 3\0"])
def test_a_file_that_is_no_backup_changes_nothing(sqlite_memory, tmp_path, content):
    sqlite_memory.record(outcome())
    (tmp_path / "backup.db").write_bytes(content)
    with pytest.raises(StoreDamagedError, match="use another one"):
        restore(tmp_path / "backup.db", Database(sqlite_memory.database.path))
    assert sqlite_memory.count() == 1


def test_a_damaged_backup_is_refused_or_of_no_consequence(sqlite_memory, tmp_path):
    memory = sqlite_memory
    decided = memory.decide(DecisionCreate(problem="d", cause="x", arm="a", propensity=0.3))
    memory.record(OutcomeCreate(decision_id=decided.id, reward=0.1, trajectory=[{"a": "b" * 900}]))
    memory.record_many([outcome(f"p{n}", tenant=f"t{n}") for n in range(9)])
    backup(memory.database, tmp_path / "whole.db")
    whole = (tmp_path / "whole.db").read_bytes()
    truth, rng, refused = contents(memory), random.Random(6), 0
    for n in range(100):
        content = bytearray(whole)
        content[rng.randrange(len(content))] ^= 1 << rng.randrange(8)
        (tmp_path / "hurt.db").write_bytes(content)
        shutil.rmtree(tmp_path / "again", ignore_errors=True)
        try:
            with restored(tmp_path / "hurt.db", tmp_path / "again") as again:
                assert contents(again) == truth, n
        except StoreDamagedError:
            refused += 1
            assert not (tmp_path / "again" / "knowhow.db").exists()
    assert 5 < refused < 95


WRITER = """
import sys
from knowhow_memory.memory import Memory
from knowhow_memory.models import OutcomeCreate

with Memory.open(sys.argv[1], embedder="hash:64") as memory:
    for n in range(10_000):
        memory.record(OutcomeCreate(problem=f"p{n}", arm="a", reward=1.0, content_id=f"c{n}"))
        print(n, flush=True)
"""


def test_a_backup_under_load_is_a_prefix_of_the_log(memory, location, tmp_path):
    memory.record(outcome("first"))
    writer = subprocess.Popen(
        [sys.executable, "-c", WRITER, location], stdout=subprocess.PIPE, text=True
    )
    acknowledged = []
    try:
        for number in range(3):
            acknowledged.append(int(writer.stdout.readline()))
            backup(memory.database, tmp_path / f"{number}.db")
    finally:
        writer.kill()
        writer.wait()
        writer.stdout.close()
    truth = contents(memory)
    for number, seen in enumerate(acknowledged):
        with restored(tmp_path / f"{number}.db", tmp_path / f"again {number}") as again:
            found = contents(again)
            assert found == truth[: len(found)]
            assert len(found) >= seen + 2  # the first, and those counted from zero
            assert again.check().ok
