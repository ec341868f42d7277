"""Whatever is refused is refused in one line, and leaves the store as it was, row for row."""

import subprocess
import sys

import pytest
from sqlmodel import SQLModel

from knowhow_memory.errors import InputError, KnowhowError
from knowhow_memory.memory import Memory
from knowhow_memory.models import MAX_PROBLEM_BYTES, DecisionCreate, Fault, OutcomeCreate
from knowhow_memory.validation import checked

UNHEARD = "f" * 32


def outcome(problem="p", **given):
    return OutcomeCreate(**({"problem": problem, "arm": "a", "reward": 1.0} | given))


def portrait(memory):
    with memory.database.reading() as connection:
        return {
            table.name: sorted(map(repr, connection.execute(table.select()).all()))
            for table in SQLModel.metadata.sorted_tables
        }


@pytest.fixture
def lived(memory):
    memory.record_many([outcome(f"p{n}", content_id=f"c{n}") for n in range(3)])
    memory.decide(DecisionCreate(id="a" * 32, problem="d", cause="x", arm="a"))
    memory.record(OutcomeCreate(decision_id="a" * 32, reward=1.0))
    memory.decide(DecisionCreate(id="b" * 32, problem="d", cause="x"))
    memory.undo(next(iter(memory.outcomes())).id)
    return memory


REFUSED = {
    "an unknown decision": lambda m: m.record(OutcomeCreate(decision_id=UNHEARD, reward=1.0)),
    "one bad among good": lambda m: m.record_many(
        [outcome("new", tenant="new"), OutcomeCreate(decision_id=UNHEARD, reward=1.0)]
    ),
    "another answer": lambda m: m.record(OutcomeCreate(decision_id="a" * 32, reward=0.0)),
    "an abstention": lambda m: m.record(OutcomeCreate(decision_id="b" * 32, reward=0.0)),
    "a decision twice": lambda m: m.decide(DecisionCreate(id="a" * 32, problem="new", cause="x")),
    "an unknown outcome": lambda m: m.undo(UNHEARD),
    "a correction of nothing": lambda m: m.correct(UNHEARD, reward=0.5),
    "a senseless correction": lambda m: m.correct(next(iter(m.outcomes())).id, reward=2.0),
    "a reward for a fault": lambda m: m.correct(
        next(iter(m.outcomes())).id, reward=1.0, fault=Fault.INFRA
    ),
    "an unknown tenant": lambda m: m.purge(tenant="nobody"),
    "an unknown principal": lambda m: m.purge(principal="nobody"),
    "a purge of nothing": lambda m: m.purge(),
    "an empty question": lambda m: m.similar(" "),
    "a question with NUL": lambda m: m.similar("a\0"),
    "half a character": lambda m: m.similar("a\ud800"),
    "too long a question": lambda m: m.similar("x" * (MAX_PROBLEM_BYTES + 1)),
    "no neighbours": lambda m: m.similar("p", k=0),
}


@pytest.mark.parametrize("what", REFUSED)
def test_a_refusal_is_one_line_and_leaves_no_trace(lived, what):
    before = portrait(lived)
    with pytest.raises(InputError) as caught:
        REFUSED[what](lived)
    assert str(caught.value)
    assert "\n" not in str(caught.value)
    assert portrait(lived) == before
    assert lived.record(outcome("next")).seq == 8
    assert lived.check().ok


def test_odd_names_are_only_names(lived):
    """No name is ever read as a part of a statement, of a path or of a pattern."""
    for name in ("'; DROP TABLE outcome; --", "%", "../..", "\\", "\n", "‮", "a" * 300):
        receipt = lived.record(outcome("odd", tenant=name, principal=name, arm=name))
        assert lived.outcome(receipt.id).tenant == name
        assert [s.problem for s in lived.similar("odd", tenant=name, arm=name)] == ["odd"]
        assert lived.purge(tenant=name, principal=name) == 1
    assert lived.check().ok


def test_a_problem_as_long_as_it_may_be(lived):
    problem = "ü" * (MAX_PROBLEM_BYTES // 2)
    receipt = lived.record(outcome(problem))
    assert lived.outcome(receipt.id).problem == problem
    assert lived.similar(problem, k=1)[0].similarity == pytest.approx(1.0)


def test_a_clock_that_goes_backwards_changes_no_order(memory, monkeypatch):
    times = iter([1e9, 5e8, 5e8, 0.0, -1.0, 1e9, 1e9])
    monkeypatch.setattr("knowhow_memory.store.now", lambda: next(times))
    receipts = [memory.record(outcome(f"p{n}")) for n in range(3)]
    memory.correct(receipts[2].id, reward=0.5)
    memory.undo(receipts[0].id)
    assert [o.seq for o in memory.outcomes()] == [2, 4]
    assert [o.recorded_at for o in memory.outcomes()] == [5e8, 0.0]
    assert memory.check().ok


def test_a_form_made_without_its_checks_stops_nobody_else(memory):
    """A caller can get around the form's checks; the database still refuses, and only that one."""
    bad = OutcomeCreate.model_construct(
        **(outcome("bad").model_dump() | {"trajectory": [{"a": object()}], "fault": Fault.AGENT})
    )
    with pytest.raises((KnowhowError, TypeError)):
        memory.record(bad)
    assert memory.count() == 0
    assert memory.record(outcome()).seq == 1


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"reward": 1.0}, "give a decision id, or both a problem and an arm"),
        ({"problem": "p", "arm": "a", "reward": 2.0, "cost": -1}, "reward: .*; cost: "),
    ],
)
def test_all_that_does_not_fit_is_said_at_once(values, said):
    with pytest.raises(InputError, match=said):
        checked(OutcomeCreate, **values)


CROWD = """
import sys
from knowhow_memory.memory import Memory
from knowhow_memory.models import OutcomeCreate

with Memory.open(sys.argv[1], embedder="hash:64") as memory:
    for n in range(15):
        new = f"{sys.argv[2]} {n}"
        memory.record(OutcomeCreate(problem=new, arm="a", reward=1.0, content_id=new))
        memory.record(OutcomeCreate(problem="same", arm="a", reward=1.0, content_id=f"same {n}"))
        assert memory.similar(new, k=1)[0].problem == new
    memory.undo(memory.record(OutcomeCreate(problem="undone", arm="a", reward=1.0)).id)
"""


def test_processes_write_search_and_undo_at_once(location):
    crowd = [subprocess.Popen([sys.executable, "-c", CROWD, location, str(n)]) for n in range(3)]
    assert [process.wait(120) for process in crowd] == [0, 0, 0]
    with Memory.open(location, embedder="hash:64") as memory:
        assert memory.count() == 3 * 15 + 15
        assert memory.check().ok
