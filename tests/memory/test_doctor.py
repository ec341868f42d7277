"""The doctor says what is wrong, and nothing is wrong with a store that is well."""

import shutil
from collections import namedtuple

import pytest

from knowhow_memory import doctor
from knowhow_memory.doctor import State, examine
from knowhow_memory.memory import Memory
from knowhow_memory.models import DecisionCreate, OutcomeCreate


@pytest.fixture
def filled(memory):
    memory.record_many(
        [
            OutcomeCreate(problem=f"p{n}", arm="a", reward=1.0, trajectory=[{"n": n}])
            for n in range(9)
        ]
    )
    memory.decide(DecisionCreate(problem="d", cause="x", arm="a"))
    return memory


def findings(memory):
    return {finding.what: finding for finding in examine(memory)}


def bad(memory):
    found = findings(memory)
    assert all(f.advice for f in found.values() if f.state is State.BAD)
    return {what for what, finding in found.items() if finding.state is State.BAD}


def hurt(memory, statement):
    with memory.database.writing() as connection:
        connection.exec_driver_sql(statement)


def test_a_store_that_is_well(filled):
    found = findings(filled)
    assert bad(filled) == set()
    assert "9 outcome events, 1 decisions, 10 problems, 10 vectors, 1 tenants" in (
        found["contents"].detail
    )
    assert "9 of 9 problems" in found["index"].detail
    assert "hash:64" in found["embedder"].detail


@pytest.mark.parametrize(
    ("statement", "what"),
    [
        ("UPDATE outcome SET reward = 0.5 WHERE seq = 3", {"integrity"}),
        ("DELETE FROM outcome WHERE seq = 3", {"integrity"}),
        ("UPDATE problem SET text = 'other' WHERE id = 3", {"integrity"}),
        ("UPDATE decision SET cause = 'other'", {"integrity"}),
        ("UPDATE tenant SET name = 'other'", {"integrity"}),
        ("UPDATE embedding SET checksum = 1", {"integrity"}),
        ("UPDATE trajectory SET steps = '[]'", {"integrity"}),
        ("DELETE FROM trajectory", {"integrity"}),
    ],
)
def test_what_is_not_as_it_was_written_is_found(filled, statement, what):
    filled.count()
    hurt(filled, statement)
    assert bad(filled) == what


def test_an_index_page_that_hides_rows_is_found(sqlite_memory):
    sqlite_memory.record(OutcomeCreate(problem="p", arm="planner::greedy", reward=1.0))
    with sqlite_memory.database.writing() as connection:
        connection.exec_driver_sql("PRAGMA writable_schema=ON")
        connection.exec_driver_sql(
            "UPDATE sqlite_master SET sql = replace(sql, '(decision_id)', '(arm)') "
            "WHERE name = 'ix_outcome_decision_id'"
        )
    sqlite_memory.database.engine.dispose()
    assert bad(sqlite_memory) == {"integrity"}


def test_an_index_that_is_not_the_rows_is_found(filled):
    with filled.derived.searching() as index:
        index.remove([2])
    assert bad(filled) == {"index"}


def test_an_embedder_that_is_not_there_is_found(filled, location):
    with Memory.open(location, embedder="hash:64") as memory:
        memory._embedder = "hash:99999999"
        assert bad(memory) == {"embedder"}


def test_a_disk_that_is_nearly_full_is_noted(sqlite_memory, monkeypatch):
    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage(2**40, 2**40, 2**20))
    assert findings(sqlite_memory)["space"].state is State.NOTE


def test_a_setting_that_loses_outcomes_is_found(sqlite_memory):
    connection = sqlite_memory.database.engine.raw_connection()
    connection.execute("PRAGMA synchronous=OFF")
    connection.close()
    assert bad(sqlite_memory) == {"database"}


def test_an_affected_sqlite_in_wal_mode_is_found(sqlite_memory, monkeypatch):
    if doctor.wal_is_safe():
        monkeypatch.setattr(doctor, "wal_is_safe", lambda: False)
    connection = sqlite_memory.database.engine.raw_connection()
    connection.execute("PRAGMA journal_mode=WAL")
    connection.close()
    assert bad(sqlite_memory) == {"database"}
