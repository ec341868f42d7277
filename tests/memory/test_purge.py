"""After a purge nothing is left that tells it had been there."""

from pathlib import Path

import pytest

from knowhow_memory import derived
from knowhow_memory.embedder import HashEmbedder
from knowhow_memory.errors import InputError, NotFoundError
from knowhow_memory.memory import Memory
from knowhow_memory.models import DecisionCreate, OutcomeCreate
from knowhow_memory.reembed import reembed
from knowhow_memory.tables import DECISION, EMBEDDING, OUTCOME, PROBLEM, PURGE, TENANT, TRAJECTORY

SECRET = "the whereabouts of the silver spoon"


def outcome(problem, principal=None, tenant="default", **given):
    values = {"problem": problem, "arm": "a", "reward": 1.0}
    return OutcomeCreate(**(values | {"principal": principal, "tenant": tenant} | given))


def rows(memory, *tables):
    with memory.database.reading() as connection:
        return [len(connection.execute(table.select()).all()) for table in tables]


def test_a_principal_goes_with_everything_of_theirs(memory):
    memory.record(outcome("shared"))
    mine = memory.record(outcome("shared", "ann"))
    memory.correct(mine.id, reward=0.5)
    undone = memory.record(outcome("undone", "ann", trajectory=[{"step": SECRET}]))
    memory.undo(undone.id)
    memory.decide(DecisionCreate(problem="decided", cause="x", arm="a", principal="ann"))
    assert memory.purge(principal="ann") == 5
    assert [o.problem for o in memory.outcomes()] == ["shared"]
    assert rows(memory, OUTCOME, DECISION, TRAJECTORY, PROBLEM, EMBEDDING) == [1, 0, 0, 1, 1]
    assert [s.problem for s in memory.similar("undone")] == ["shared"]
    assert memory.check().ok


def test_an_answer_goes_with_the_decision_whoever_gave_it(memory):
    decided = memory.decide(DecisionCreate(problem="p", cause="x", arm="a", principal="ann"))
    memory.record(OutcomeCreate(decision_id=decided.id, reward=1.0, principal="bob"))
    memory.record(outcome("q", "bob"))
    memory.purge(principal="ann")
    assert [o.problem for o in memory.outcomes()] == ["q"]


def test_a_tenant_goes_with_its_name(memory):
    memory.record_many([outcome("theirs", tenant="acme"), outcome("ours")])
    memory.purge(tenant="acme")
    assert rows(memory, TENANT, OUTCOME, PROBLEM) == [1, 1, 1]
    with pytest.raises(NotFoundError, match="no tenant 'acme'"):
        memory.purge(tenant="acme")


def test_a_tenant_goes_also_when_it_was_emptied_before(memory):
    memory.record(outcome("theirs", "ann", tenant="acme"))
    memory.purge(principal="ann")
    assert memory.purge(tenant="acme") == 0
    assert rows(memory, TENANT) == [0]


def test_a_principal_of_one_tenant_stays_with_the_others(memory):
    memory.record_many([outcome("a", "ann", tenant="acme"), outcome("b", "ann")])
    memory.purge(tenant="acme", principal="ann")
    assert [o.problem for o in memory.outcomes()] == ["b"]


def test_nothing_is_purged_by_mistake(memory):
    memory.record(outcome("p", "ann"))
    with pytest.raises(InputError, match="say what to purge"):
        memory.purge()
    with pytest.raises(NotFoundError, match="nothing to purge of 'bob'"):
        memory.purge(principal="bob")
    assert memory.count() == 1
    assert rows(memory, PURGE) == [0]


def test_keys_of_purged_problems_never_come_back(memory):
    memory.record(outcome("old", "ann"))
    [old] = [s.problem_id for s in memory.similar("old")]
    memory.purge(principal="ann")
    memory.record(outcome("new", tenant="acme"))
    [new] = [s.problem_id for s in memory.similar("new", tenant="acme")]
    assert new > old


def test_the_files_of_a_store_hold_nothing_of_it(sqlite_memory, monkeypatch):
    monkeypatch.setattr(derived, "SAVE_AFTER_CHANGES", 1)
    memory = sqlite_memory
    memory.record_many([outcome(f"harmless {n}") for n in range(50)])
    memory.record(outcome(SECRET, SECRET[:9], trajectory=[{"step": SECRET}], arm=SECRET[4:20]))
    memory.similar(SECRET)
    memory.derived.save()
    reembed(memory.database, HashEmbedder(32))  # the old index file stays behind
    folder = memory.database.path.parent
    with Memory.open(folder, embedder="hash:32") as other:
        other.similar(SECRET)
        other.derived.save()
        assert any(SECRET.encode() in path.read_bytes() for path in folder.iterdir())
        assert len(list(folder.glob("index-*"))) == 2
        other.purge(principal=SECRET[:9])
        assert not list(folder.glob("*.bin"))
        for path in folder.iterdir():
            for part in (SECRET, SECRET[:9], SECRET[4:20]):
                assert part.encode() not in path.read_bytes()


def test_a_process_that_did_not_look_again_saves_nothing_of_it(sqlite_memory, monkeypatch):
    monkeypatch.setattr(derived, "SAVE_AFTER_CHANGES", 1)
    folder = sqlite_memory.database.path.parent
    with Memory.open(folder, embedder="hash:64") as idle:
        sqlite_memory.record_many([outcome("p", "ann"), outcome("q")])
        assert len(idle.similar("p")) == 2
        sqlite_memory.purge(principal="ann")
    with Memory.open(folder, embedder="hash:64") as after:
        index = after.derived._open_index()
        assert len(index) <= 1


def test_a_purge_while_another_process_saves_takes_the_files_back(sqlite_memory, monkeypatch):
    monkeypatch.setattr(derived, "SAVE_AFTER_CHANGES", 1)
    memory, folder = sqlite_memory, sqlite_memory.database.path.parent
    memory.record_many([outcome("p", "ann"), outcome("q")])
    memory.similar("p")
    save = derived.index_file.save

    def purge_then_save(*given):
        with Memory.open(folder, embedder="hash:64") as other:
            other.purge(principal="ann")
        save(*given)

    monkeypatch.setattr(derived.index_file, "save", purge_then_save)
    memory.derived.save()
    assert not list(Path(folder).glob("*.bin"))
