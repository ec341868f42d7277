"""What a decision may be told about its outcome, and what a retry is."""

import pytest

from knowhow_memory.embedder import HashEmbedder
from knowhow_memory.errors import ConflictError, EmbedderError, InputError
from knowhow_memory.memory import Memory
from knowhow_memory.models import DecisionCreate, Fault, OutcomeCreate
from knowhow_memory.reembed import reembed
from knowhow_memory.tables import PROBLEM


@pytest.fixture
def decided(memory):
    decision = DecisionCreate(problem="two trains meet", arm="big", cause="test")
    return memory.decide(decision).id


def answer(decided, reward=1.0, **given):
    return OutcomeCreate(decision_id=decided, reward=reward, **given)


def fault(decided):
    return OutcomeCreate(decision_id=decided, fault=Fault.INFRA)


def test_the_same_answer_again_is_a_retry(memory, decided):
    first = memory.record(answer(decided))
    again = memory.record(answer(decided))
    assert (again.id, again.seq, again.duplicate) == (first.id, first.seq, True)
    assert [r.duplicate for r in memory.record_many([answer(decided)] * 2)] == [True, True]
    assert memory.count() == 1


def test_another_answer_is_a_correction_and_has_to_say_so(memory, decided):
    first = memory.record(answer(decided, 1.0))
    with pytest.raises(ConflictError, match=f"`knowhow outcome correct {first.id}`"):
        memory.record(answer(decided, 0.0))
    memory.correct(first.id, reward=0.0)
    assert memory.record(answer(decided, 0.0)).duplicate
    with pytest.raises(ConflictError, match="has an outcome already"):
        memory.record(answer(decided, 1.0))


def test_two_different_answers_in_one_batch_are_refused(memory, decided):
    with pytest.raises(ConflictError):
        memory.record_many([answer(decided, 1.0), answer(decided, 0.0)])
    assert memory.count() == 0


def test_faults_of_the_infrastructure_come_before_the_answer_as_often_as_they_like(memory, decided):
    faults = memory.record_many([fault(decided), fault(decided)])
    last = memory.record(answer(decided))
    assert not any(r.duplicate for r in (*faults, last))
    assert memory.count() == 3


def test_an_undone_answer_makes_room_for_another(memory, decided):
    memory.undo(memory.record(answer(decided, 1.0)).id)
    assert not memory.record(answer(decided, 0.0)).duplicate


@pytest.mark.parametrize("later", [Memory.undo, lambda m, id_: m.correct(id_, fault=Fault.INFRA)])
def test_what_happens_to_a_fault_later_leaves_the_answer_alone(memory, decided, later):
    first = memory.record(fault(decided))
    memory.record(answer(decided, 1.0))
    later(memory, first.id)
    assert memory.record(answer(decided, 1.0)).duplicate
    with pytest.raises(ConflictError):
        memory.record(answer(decided, 0.0))


def test_a_fault_does_not_become_a_second_answer(memory, decided):
    first = memory.record(fault(decided))
    given = memory.record(answer(decided, 1.0))
    with pytest.raises(ConflictError, match=f"`knowhow outcome correct {given.id}`"):
        memory.correct(first.id, reward=0.0, fault=Fault.AGENT)
    memory.undo(given.id)
    memory.correct(first.id, reward=0.0, fault=Fault.AGENT)
    assert memory.record(answer(decided, 0.0)).duplicate


def test_a_content_id_beats_the_answer(memory, decided):
    memory.record(answer(decided, 1.0, content_id="a"))
    assert memory.record(answer(decided, 0.0, content_id="a")).duplicate


def test_an_exported_outcome_is_known_by_its_id(memory):
    first = memory.record(OutcomeCreate(problem="p", arm="a", reward=1.0))
    again = memory.record(OutcomeCreate(problem="p", arm="a", reward=1.0, content_id=first.id))
    assert (again.id, again.duplicate) == (first.id, True)


def test_many_at_once_are_looked_up_in_portions(memory, monkeypatch):
    monkeypatch.setattr("knowhow_memory.tables.LOOKUP_CHUNK", 3)
    news = [
        OutcomeCreate(problem=f"problem {n}", arm="a", reward=1.0, content_id=f"c{n}")
        for n in range(10)
    ]
    assert not any(r.duplicate for r in memory.record_many(news))
    assert all(r.duplicate for r in memory.record_many(news))
    ids = [memory.decide(DecisionCreate(problem=f"d{n}", arm="a", cause="x")).id for n in range(7)]
    assert len(memory.record_many([answer(id_) for id_ in ids])) == 7
    assert all(r.duplicate for r in memory.record_many([answer(id_) for id_ in ids]))
    assert len(memory.similar("problem 1", k=17)) == 17


def test_a_text_that_two_tenants_posed_is_embedded_once(memory, monkeypatch):
    embedded = []
    embed = HashEmbedder.embed
    monkeypatch.setattr(HashEmbedder, "embed", lambda *a: embedded.append(a[1]) or embed(*a))
    for tenant in ("one", "two", "two"):
        memory.record(OutcomeCreate(tenant=tenant, problem="p", arm="a", reward=1.0))
    assert embedded == ["p"]
    with memory.database.reading() as connection:
        assert len(connection.execute(PROBLEM.select()).all()) == 2


def test_texts_purged_between_embedding_and_writing_are_embedded_again(
    memory, location, monkeypatch
):
    theirs = {"problem": "p", "arm": "a", "reward": 1.0}
    memory.record(OutcomeCreate(**theirs, principal="ann"))
    write = memory._writer.run

    def purge_before_writing(work):
        monkeypatch.undo()
        with Memory.open(location, embedder="hash:64") as other:
            other.purge(principal="ann")
        return write(work)

    monkeypatch.setattr(memory._writer, "run", purge_before_writing)
    memory.record(OutcomeCreate(**theirs))
    assert [s.problem for s in memory.similar("p")] == ["p"]
    assert memory.check().ok


def test_a_store_that_was_reembedded_meanwhile_takes_no_vectors_of_the_old_kind(memory, location):
    memory.record(OutcomeCreate(problem="p", arm="a", reward=1.0))
    reembed(memory.database, HashEmbedder(32))
    for _ in range(2):  # the second try is no better than the first
        with pytest.raises(
            EmbedderError, match="re-embedded with 'hash:32' meanwhile: open it again"
        ):
            memory.record(OutcomeCreate(problem="new", arm="a", reward=1.0))
        with pytest.raises(
            EmbedderError, match="re-embedded with 'hash:32' meanwhile: open it again"
        ):
            memory.similar("p")
    with Memory.open(location, embedder="hash:32") as again:
        assert again.check().ok
        assert again.count() == 1


def test_an_outcome_before_its_decision_is_refused_and_taken_after_it(memory):
    decision = DecisionCreate(problem="p", arm="a", cause="test")
    with pytest.raises(InputError, match="no decision"):
        memory.record(answer(decision.id))
    memory.decide(decision)
    assert memory.record(answer(decision.id)).seq == 2
