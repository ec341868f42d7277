"""What is derived stays in step with the log, or is thrown away as a whole."""

import numpy as np
import pytest

from knowhow_memory import derived
from knowhow_memory.errors import StoreDamagedError, StoreError
from knowhow_memory.memory import Memory
from knowhow_memory.models import OutcomeCreate


def outcome(problem="p", **given):
    return OutcomeCreate(**({"problem": problem, "arm": "a", "reward": 1.0} | given))


def found(memory, problem="p", **asked):
    return {similar.problem for similar in memory.similar(problem, **asked)}


@pytest.fixture
def small(monkeypatch):
    monkeypatch.setattr(derived, "SAVE_AFTER_CHANGES", 1)


def cached(memory):
    return [path.name for path in memory.database.path.parent.glob("index-*")]


def test_filters_follow_without_being_made_anew(memory, monkeypatch):
    memory.record_many([outcome("one"), outcome("two", arm="b")])
    assert found(memory, arm="a") == {"one"}
    with monkeypatch.context() as patched:
        patched.delattr(derived.Columns, "bitmap")
        first = memory.record(outcome("three"))
        assert found(memory, arm="a") == {"one", "three"}
        memory.undo(first.id)
        assert found(memory, arm="a") == {"one"}
        memory.record_many([outcome(f"many {n}") for n in range(3000)])
        assert len(found(memory, k=1000, arm="a")) == 1000
    with memory.derived.searching():
        for (tenant, arm), bits in memory.derived._filters.items():
            truth = memory.derived.columns.bitmap(tenant=tenant, arm=arm)
            size = max(len(bits), len(truth))
            assert np.array_equal(
                np.pad(bits, (0, size - len(bits))), np.pad(truth, (0, size - len(truth)))
            )


def test_one_outcome_more_adds_one_vector(memory, monkeypatch):
    memory.record_many([outcome(f"p{n}") for n in range(20)])
    found(memory)
    asked = []
    vectors_of = derived.vectors_of
    monkeypatch.setattr(
        derived, "vectors_of", lambda db, ids, *a: asked.append(len(ids)) or vectors_of(db, ids, *a)
    )
    memory.record(outcome("new"))
    memory.record(outcome("p3"))
    assert "new" in found(memory, k=30)
    assert asked == [1]


@pytest.mark.parametrize("place", ["vectors_of", "Columns.apply"])
def test_an_error_on_the_way_leaves_no_half(memory, location, monkeypatch, place):
    memory.record_many([outcome("one"), outcome("two")])
    assert found(memory) == {"one", "two"}
    with Memory.open(location, embedder="hash:64") as other:
        other.record(outcome("three"))

    def fail(*_):
        raise StoreError("the server went away")

    with monkeypatch.context() as patched:
        patched.setattr(f"knowhow_memory.derived.{place}", fail)
        with pytest.raises(StoreError):
            found(memory)
    assert found(memory) == {"one", "two", "three"}
    assert memory.count() == 3
    assert memory.check().ok


def test_an_error_at_the_first_search_leaves_no_half(memory, monkeypatch):
    memory.record_many([outcome("one"), outcome("two")])

    def fail(*_):
        raise StoreError("the server went away")

    with monkeypatch.context() as patched:
        patched.setattr(derived, "vectors_of", fail)
        with pytest.raises(StoreError):
            found(memory)
    assert found(memory) == {"one", "two"}


def test_a_missing_vector_is_damage_and_stays_it(memory):
    memory.record_many([outcome("one"), outcome("two")])
    with memory.database.writing() as connection:
        connection.exec_driver_sql("DELETE FROM embedding")
    for ask in (found, Memory.check, found):
        with pytest.raises(StoreDamagedError, match=r"2 embeddings are missing.*restore a backup"):
            ask(memory)


def test_vectors_that_a_purge_took_meanwhile_are_no_damage(memory, location, monkeypatch):
    memory.record_many([outcome("one"), outcome("two", principal="ann")])
    vectors_of = derived.vectors_of

    def purge_first(*asked):
        monkeypatch.undo()
        with Memory.open(location, embedder="hash:64") as other:
            other.purge(principal="ann")
        return vectors_of(*asked)

    monkeypatch.setattr(derived, "vectors_of", purge_first)
    assert found(memory) == {"one"}
    assert found(memory) == {"one"}
    assert memory.check().ok


def test_the_check_notices_an_index_that_is_not_the_rows(memory):
    memory.record_many([outcome("one"), outcome("two")])
    assert memory.check().ok
    with memory.derived.searching() as index:
        vector = memory.embed("one")
        index.add([1], memory.embed("something else")[None])
        assert not memory.check().same_vectors
        index.add([1], vector[None])
        assert memory.check().ok
        index.remove([2])
        assert not memory.check().same_ids
        index.add([2, 99], np.stack([memory.embed("two"), vector]))
        check = memory.check()
        assert (check.ok, check.problems, check.indexed) == (False, 2, 3)


def test_the_index_is_kept_and_read_again(sqlite_memory, small):
    sqlite_memory.record_many([outcome(f"p{n}") for n in range(9)])
    found(sqlite_memory)
    sqlite_memory.close()
    assert len(cached(sqlite_memory)) == 1
    with Memory.open(sqlite_memory.database.path, embedder="hash:64") as again:
        again.record(outcome("since then"))
        assert len(found(again, k=20)) == 10
        assert again.derived.rebuilt_because is None
        assert again.check().ok


def test_a_rebuilt_index_needs_no_embedder(sqlite_memory, monkeypatch):
    sqlite_memory.record_many([outcome(f"p{n}") for n in range(9)])
    monkeypatch.setattr("knowhow_memory.memory.load_embedder", None)
    with Memory.open(sqlite_memory.database.path, embedder="hash:64") as again:
        assert again.check().ok
        assert again.derived.rebuilt_because


def test_few_changes_are_not_worth_a_file(sqlite_memory, monkeypatch):
    monkeypatch.setattr(derived, "SAVE_AFTER_CHANGES", 5)
    path = sqlite_memory.database.path
    sqlite_memory.record_many([outcome(f"p{n}") for n in range(9)])
    found(sqlite_memory)
    sqlite_memory.close()
    [name] = cached(sqlite_memory)
    written = (path.parent / name).read_bytes()
    for news, same in ((4, True), (1, False)):
        with Memory.open(path, embedder="hash:64") as again:
            again.record_many([outcome(f"{news} more {n}") for n in range(news)])
            found(again)
        assert ((path.parent / name).read_bytes() == written) == same


def test_closing_never_fails_because_the_index_cannot_be_saved(
    sqlite_memory, small, monkeypatch, caplog
):
    def fail(*_):
        raise StoreError("no space left")

    sqlite_memory.record(outcome())
    found(sqlite_memory)
    monkeypatch.setattr(derived.index_file, "save", fail)
    sqlite_memory.close()
    assert "the index was not saved: no space left" in caplog.text
