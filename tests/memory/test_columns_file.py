"""The kept columns: a start without reading the log again, and never another answer."""

import shutil
import sqlite3
from pathlib import Path

import numpy as np
import pytest

from knowhow_memory import derived, log
from knowhow_memory.audit import audit
from knowhow_memory.columns import Columns
from knowhow_memory.derived import COLUMNS_FILE
from knowhow_memory.errors import StoreDamagedError
from knowhow_memory.memory import Memory
from knowhow_memory.models import OutcomeCreate
from knowhow_memory.sealed import write_sealed


@pytest.fixture(autouse=True)
def keep_small_ones(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(derived, "SAVE_AFTER_CHANGES", 1)


@pytest.fixture
def read_rows(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many rows each look at the log brought."""
    counts: list[int] = []
    whole = log.all_verified

    def counting(found, database):  # type: ignore[no-untyped-def]
        counts.append(len(found))
        return whole(found, database)

    monkeypatch.setattr(log, "all_verified", counting)
    return counts


def memory_at(path: Path) -> Memory:
    return Memory.open(path, embedder="hash:64")


def outcome(i: int) -> OutcomeCreate:
    return OutcomeCreate(
        problem=f"problem {i % 7}", arm=f"arm {i % 3}", reward=i % 2, principal=f"p{i % 2}"
    )


def a_store(path: Path) -> None:
    """30 outcomes, one of them corrected twice and one undone; the columns are kept."""
    with memory_at(path) as memory:
        receipts = memory.record_many([outcome(i) for i in range(30)])
        memory.correct(receipts[3].id, reward=0.5)
        memory.correct(receipts[3].id, reward=0.25)
        memory.undo(receipts[4].id)
        memory.refresh()


def columns_of(memory: Memory) -> Columns:
    with memory.derived.current() as columns:
        return columns


def same(one: Columns, other: Columns) -> bool:
    (names, arrays), (other_names, other_arrays) = one.take_apart(), other.take_apart()
    problems = np.arange(12)
    return (
        names == other_names
        and all(np.array_equal(arrays[k], other_arrays[k], equal_nan=True) for k in arrays)
        and np.array_equal(one.problems(), other.problems())
        and all(map(np.array_equal, one.rows_of(problems), other.rows_of(problems)))
    )


def fresh(path: Path) -> Columns:
    (path / COLUMNS_FILE).unlink(missing_ok=True)
    with memory_at(path) as memory:
        return columns_of(memory)


def test_what_is_kept_comes_back_without_reading_a_row(
    tmp_path: Path, read_rows: list[int]
) -> None:
    a_store(tmp_path)
    read_rows.clear()
    with memory_at(tmp_path) as memory:
        kept = columns_of(memory)
    assert read_rows == []
    assert same(kept, fresh(tmp_path))


def test_what_came_since_is_read_and_nothing_else(tmp_path: Path, read_rows: list[int]) -> None:
    a_store(tmp_path)
    read_rows.clear()
    with memory_at(tmp_path) as memory:
        corrected = next(o for o in memory.outcomes() if o.reward == 0.25)
        memory.correct(corrected.id, reward=0.75)
        memory.record_many([outcome(i) for i in range(40, 45)])
        memory.undo(next(iter(memory.outcomes())).id)
        kept = columns_of(memory)
    assert sum(read_rows) == 7
    assert same(kept, fresh(tmp_path))


@pytest.mark.parametrize("harm", ["flip", "cut", "empty", "link", "another store"])
def test_a_harmed_file_is_not_believed(tmp_path: Path, read_rows: list[int], harm: str) -> None:
    store, other = tmp_path / "store", tmp_path / "other"
    a_store(store)
    a_store(other)
    file = store / COLUMNS_FILE
    content = bytearray(file.read_bytes())
    if harm == "flip":
        content[len(content) // 2] ^= 4
    if harm == "link":
        file.rename(tmp_path / "away")
        file.symlink_to(tmp_path / "away")
    elif harm == "another store":
        shutil.copy(other / COLUMNS_FILE, file)
    else:
        file.write_bytes({"flip": content, "cut": content[:-9], "empty": b""}[harm])
    read_rows.clear()
    with memory_at(store) as memory:
        kept = columns_of(memory)
    assert read_rows == [33]
    assert same(kept, fresh(store))


@pytest.mark.parametrize("header", [{}, {"format": "columns 0"}, {"origin": "routing"}])
def test_another_sealed_file_of_the_store_is_not_believed(
    tmp_path: Path, read_rows: list[int], header: dict[str, str]
) -> None:
    a_store(tmp_path)
    with memory_at(tmp_path) as memory:
        secret = bytes.fromhex(memory.facts.secret)
    write_sealed(tmp_path / COLUMNS_FILE, header, {}, secret)
    read_rows.clear()
    with memory_at(tmp_path) as memory:
        memory.refresh()
    assert read_rows == [33]


def test_a_row_that_went_missing_is_noticed_all_the_same(tmp_path: Path) -> None:
    a_store(tmp_path)
    with sqlite3.connect(tmp_path / "knowhow.db") as database:
        database.execute("DELETE FROM outcome WHERE seq = 7")
    with memory_at(tmp_path) as memory, pytest.raises(StoreDamagedError, match="missing"):
        memory.count()


def test_a_row_that_was_altered_changes_no_answer_and_an_audit_finds_it(tmp_path: Path) -> None:
    a_store(tmp_path)
    honest = fresh(tmp_path)
    with memory_at(tmp_path) as memory:
        memory.refresh()
    with sqlite3.connect(tmp_path / "knowhow.db") as database:
        database.execute("UPDATE outcome SET reward = 1 - reward WHERE seq = 7")
    with memory_at(tmp_path) as memory:
        assert same(columns_of(memory), honest)
        with pytest.raises(StoreDamagedError, match="outcome 7"):
            audit(memory.database)


def test_nothing_of_a_purge_stays_and_an_older_file_is_not_believed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    a_store(tmp_path)
    older = (tmp_path / COLUMNS_FILE).read_bytes()
    with memory_at(tmp_path) as memory:
        memory.purge(principal="p1")
        assert not (tmp_path / COLUMNS_FILE).exists()
    monkeypatch.setattr(derived, "SAVE_AFTER_CHANGES", 1000)
    (tmp_path / COLUMNS_FILE).write_bytes(older)
    with memory_at(tmp_path) as memory:
        kept = columns_of(memory)
    assert not (tmp_path / COLUMNS_FILE).exists()
    assert same(kept, fresh(tmp_path))


def test_empty_columns_come_back_empty_and_grow() -> None:
    columns = Columns.put_together(*Columns().take_apart())
    assert columns.size == 0
    assert columns.live_count == 0
