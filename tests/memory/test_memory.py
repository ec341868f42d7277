"""The memory as its users see it, on every database it can be in."""

import threading

import pytest

from knowhow_memory.embedder import HashEmbedder
from knowhow_memory.errors import (
    ConflictError,
    EmbedderError,
    InputError,
    NotFoundError,
    StoreError,
)
from knowhow_memory.memory import Memory
from knowhow_memory.models import DecisionCreate, Fault, OutcomeCreate


def outcome(problem="two trains meet", reward=1.0, **given):
    return OutcomeCreate(**({"problem": problem, "arm": "big", "reward": reward} | given))


def infra(problem="two trains meet", **given):
    return outcome(problem, None, fault=Fault.INFRA, **given)


def decision(problem="two trains meet", **given):
    return DecisionCreate(**({"problem": problem, "cause": "test", "arm": "big"} | given))


def found(memory, problem, **asked):
    return [similar.problem for similar in memory.similar(problem, **asked)]


def test_what_is_recorded_comes_back_whole(memory):
    new = outcome(
        tenant="acme",
        principal="ann",
        task="sums",
        reward=0.25,
        verified_by="test",
        source="nightly",
        cost=0.1,
        latency_s=1 / 3,
        tokens_in=10,
        tokens_out=2**31 - 1,
        big_model="frozen",
        adapter_version="planner@0123",
        content_id="one",
        trajectory=[{"thought": "größer\n", "numbers": [1, 2.5, None, True, 2**70]}],
        occurred_at=-1.5,
    )
    receipt = memory.record(new)
    kept = memory.outcome(receipt.id)
    assert kept.model_dump(include=set(OutcomeCreate.model_fields)) == new.model_dump()
    assert (kept.id, kept.seq, kept.event) == (receipt.id, receipt.seq, "recorded")


def test_a_text_of_any_script_comes_back_as_it_was(memory):
    problem = "Wie groß ist 𝛑? e\u0301 \u202e \U0001f642 ' \" \\ ;--"
    receipt = memory.record(outcome(problem, arm=problem[:40]))
    assert memory.outcome(receipt.id).problem == problem
    assert found(memory, problem, k=1) == [problem]


def test_sequence_numbers_rise_by_one(memory):
    first = memory.record(outcome())
    second = memory.decide(decision())
    third = memory.correct(first.id, reward=0.5)
    fourth = memory.undo(first.id)
    assert [r.seq for r in (first, second, third, fourth)] == [1, 2, 3, 4]


def test_all_of_a_batch_or_nothing(memory):
    memory.record(outcome())
    with pytest.raises(NotFoundError, match=r"no decision 'unheard'.*`knowhow decisions list`"):
        memory.record_many([outcome("new"), OutcomeCreate(decision_id="unheard", reward=1.0)])
    assert memory.count() == 1
    assert found(memory, "new") == ["two trains meet"]
    assert memory.record(outcome()).seq == 2


def test_an_empty_batch_writes_nothing(memory):
    assert memory.record_many([]) == []
    assert memory.count() == 0


def test_the_same_content_is_taken_once(memory):
    first = memory.record(outcome(content_id="a"))
    again = memory.record_many([outcome("another text", content_id="a"), outcome(content_id="b")])
    assert [(r.id == first.id, r.duplicate) for r in again] == [(True, True), (False, False)]
    twice = memory.record_many([outcome(content_id="c"), outcome(content_id="c")])
    assert [r.duplicate for r in twice] == [False, True]
    assert not memory.record(outcome(content_id="a", tenant="acme")).duplicate
    assert memory.count() == 4


def test_what_was_undone_is_not_imported_again(memory):
    first = memory.record(outcome(content_id="a"))
    memory.undo(first.id)
    assert memory.record(outcome(content_id="a")).duplicate
    assert memory.count() == 0


def test_an_outcome_long_after_its_decision_inherits_what_it_does_not_say(memory):
    made = decision(
        principal="ann", task="sums", big_model="frozen", propensity=0.25, arm="planner::greedy"
    )
    receipt = memory.decide(made)
    memory.record(outcome("something in between"))
    kept = memory.outcome(memory.record(OutcomeCreate(decision_id=receipt.id, reward=1.0)).id)
    assert (kept.problem, kept.arm, kept.propensity) == (made.problem, made.arm, 0.25)
    assert (kept.principal, kept.task, kept.big_model) == ("ann", "sums", "frozen")


def test_another_arm_than_the_chosen_one_has_no_propensity(memory):
    receipt = memory.decide(decision(propensity=0.25))
    tried = memory.record(OutcomeCreate(decision_id=receipt.id, arm="small", reward=1.0))
    assert memory.outcome(tried.id).propensity is None


def test_an_abstention_falls_back_or_needs_a_name(memory):
    fell = memory.decide(decision(arm=None, fallback="big"))
    assert (
        memory.outcome(memory.record(OutcomeCreate(decision_id=fell.id, reward=1.0)).id).arm
        == "big"
    )
    abstained = memory.decide(decision(arm=None))
    with pytest.raises(InputError, match=r"abstained: name the arm that was tried"):
        memory.record(OutcomeCreate(decision_id=abstained.id, reward=1.0))


def test_a_decision_is_only_answered_within_its_tenant(memory):
    receipt = memory.decide(decision(tenant="acme"))
    with pytest.raises(NotFoundError, match="for tenant 'default'"):
        memory.record(OutcomeCreate(decision_id=receipt.id, reward=1.0))


def test_two_decisions_cannot_have_one_id(memory):
    made = decision()
    memory.decide(made)
    with pytest.raises(ConflictError, match="there is a decision"):
        memory.decide(made)


def test_an_import_brings_decisions_that_are_not_there(memory):
    there, new = decision(), decision("a new text")
    memory.decide(there)
    answers = [OutcomeCreate(decision_id=d.id, reward=1.0) for d in (there, new)]
    memory.record_many(answers, decisions=[there, new, new])
    assert {o.problem for o in memory.outcomes()} == {there.problem, new.problem}


def test_the_most_similar_come_first_with_what_came_of_them(memory):
    good = memory.record(outcome("two trains meet", 1.0))
    bad = memory.record(outcome("two trains meet", 0.0, arm="small"))
    memory.record(outcome("the price of apples"))
    memory.record(infra("two trains meet"))
    nearest, other = memory.similar("two trains meet")
    assert nearest.similarity == pytest.approx(1.0)
    assert other.similarity < nearest.similarity
    assert {o.id for o in nearest.outcomes} == {good.id, bad.id}


def test_search_stays_within_tenant_and_arm(memory):
    memory.record_many(
        [
            outcome("one"),
            outcome("two", arm="small"),
            outcome("three", tenant="acme"),
            infra("four", arm="small"),
        ]
    )
    assert set(found(memory, "one")) == {"one", "two"}
    assert found(memory, "one", arm="small") == ["two"]
    assert found(memory, "one", tenant="acme") == ["three"]
    assert found(memory, "one", tenant="acme", arm="small") == []
    assert found(memory, "one", tenant="nobody") == []
    assert found(memory, "one", arm="nobody") == []


def test_a_decision_between_two_searches_changes_nothing(memory):
    memory.record(outcome("one"))
    assert found(memory, "one") == ["one"]
    memory.decide(decision("one"))
    assert found(memory, "one") == ["one"]
    memory.decide(decision("two"))
    assert found(memory, "two") == ["one"]


@pytest.mark.parametrize("k", [0, -1, 1001])
def test_a_senseless_number_of_neighbours_is_refused(memory, k):
    with pytest.raises(InputError, match="choose between 1 and 1000"):
        memory.similar("one", k=k)


def test_an_infrastructure_fault_is_kept_and_teaches_nothing(memory):
    receipt = memory.record(infra())
    assert memory.count() == 1
    assert found(memory, "two trains meet") == []
    memory.correct(receipt.id, reward=1.0, fault=Fault.AGENT)
    assert found(memory, "two trains meet") == ["two trains meet"]
    memory.correct(receipt.id, fault=Fault.INFRA)
    assert found(memory, "two trains meet") == []


def test_a_correction_changes_what_counts_and_leaves_what_was_said(memory):
    receipt = memory.record(outcome(reward=1.0))
    changed = memory.correct(receipt.id, reward=0.5, verified_by="a person")
    kept = memory.outcome(receipt.id)
    assert (kept.seq, kept.reward, kept.verified_by) == (changed.seq, 0.5, "a person")
    with memory.database.reading() as connection:
        log = connection.exec_driver_sql("SELECT seq, event, reward, replaces FROM outcome").all()
    assert sorted(map(tuple, log)) == [(1, "recorded", 1.0, None), (2, "corrected", 0.5, 1)]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"reward": 1.5}, "reward: "),
        ({"reward": True}, "not numbers"),
        ({}, "give a reward"),
        ({"reward": 0.5, "fault": Fault.INFRA}, "has no reward"),
        ({"reward": 0.5, "verified_by": "\0"}, "NUL"),
    ],
)
def test_a_senseless_correction_is_refused(memory, change, said):
    receipt = memory.record(outcome())
    with pytest.raises(InputError, match=said):
        memory.correct(receipt.id, **change)
    assert memory.outcome(receipt.id).seq == receipt.seq


def test_what_is_undone_is_gone_but_not_its_number(memory):
    receipt = memory.record(outcome())
    memory.record(outcome("another"))
    memory.undo(receipt.id)
    assert found(memory, "two trains meet") == ["another"]
    assert memory.count() == 1
    with pytest.raises(NotFoundError, match="no live outcome"):
        memory.outcome(receipt.id)
    for again in (memory.undo, lambda id_: memory.correct(id_, reward=1.0)):
        with pytest.raises(ConflictError, match="undone already"):
            again(receipt.id)
    assert memory.record(outcome()).seq == 4


@pytest.mark.parametrize("ask", [Memory.outcome, Memory.undo, lambda m, i: m.correct(i, reward=1)])
def test_an_unknown_outcome_is_said_to_be_unknown(memory, ask):
    with pytest.raises(NotFoundError, match=r"outcome 'nope'.*`knowhow outcome list`"):
        ask(memory, "nope")


def test_outcomes_stream_in_order_from_anywhere(memory):
    receipts = memory.record_many([outcome(f"problem {n}") for n in range(7)])
    memory.record(outcome("theirs", tenant="acme"))
    memory.correct(receipts[2].id, reward=0.5)
    assert [o.seq for o in memory.outcomes(batch=2)] == [1, 2, 4, 5, 6, 7, 8, 9]
    assert [o.seq for o in memory.outcomes(after=5, tenant="default", batch=1)] == [6, 7, 9]
    assert [o.tenant for o in memory.outcomes(tenant="acme")] == ["acme"]
    assert list(memory.outcomes(tenant="nobody")) == []
    assert [o.seq for o in memory.newest(3)] == [9, 8, 7]
    assert [o.seq for o in memory.newest(9, tenant="acme")] == [8]


def test_a_store_is_the_same_when_it_is_opened_again(memory, location):
    memory.record_many([outcome(f"problem {n}") for n in range(30)])
    before = found(memory, "problem 3", k=30)
    with Memory.open(location, embedder="hash:64") as again:
        assert again.facts.store_id == memory.facts.store_id
        assert [o.seq for o in again.outcomes()] == list(range(1, 31))
        assert found(again, "problem 3", k=30) == before
        assert again.check().ok


def test_two_memories_on_one_store_see_each_other(memory, location):
    with Memory.open(location, embedder="hash:64") as other:
        receipt = memory.record(outcome("from one"))
        assert found(other, "from one") == ["from one"]
        other.record(outcome("from the other"))
        other.undo(receipt.id)
        assert found(memory, "from one") == ["from the other"]
        other.record(outcome("of someone", principal="ann"))
        memory.purge(principal="ann")
        assert other.count() == memory.count() == 1
        assert other.check().ok
        assert memory.check().ok


def test_another_embedder_is_refused_before_anything_mixes(memory, location):
    memory.record(outcome())
    said = "embedded with 'hash:64', not with 'hash:32'.*`knowhow db reembed`"
    for embedder in ("hash:32", HashEmbedder(32)):
        with pytest.raises(EmbedderError, match=said):
            Memory.open(location, embedder=embedder)


def test_an_embedder_that_changed_under_its_name_is_refused(memory, location):
    altered = HashEmbedder(64)
    altered.fingerprint = "0" * 64
    with pytest.raises(EmbedderError, match="embedded with 'hash:64', not with 'hash:64'"):
        Memory.open(location, embedder=altered)


def test_a_closed_memory_says_so(location):
    memory = Memory.open(location, embedder="hash:64")
    receipt = memory.record(outcome())
    memory.close()
    memory.close()
    for use in (
        lambda: memory.record(outcome()),
        lambda: memory.decide(decision()),
        lambda: memory.undo(receipt.id),
        lambda: memory.purge(tenant="default"),
        lambda: memory.similar("one"),
        lambda: list(memory.outcomes()),
        memory.count,
        memory.check,
    ):
        with pytest.raises(StoreError, match="was closed: open it again"):
            use()


def test_threads_write_and_search_at_once(memory):
    failures = []

    def work(name):
        try:
            for n in range(8):
                memory.record(outcome(f"{name} {n}", content_id=f"{name} {n}"))
                assert f"{name} {n}" in found(memory, f"{name} {n}", k=3)
        except BaseException as error:  # noqa: BLE001  a thread's failure is the test's
            failures.append(error)

    threads = [threading.Thread(target=work, args=(f"thread{n}",)) for n in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failures
    assert [o.seq for o in memory.outcomes()] == list(range(1, 49))
    assert memory.check().ok
