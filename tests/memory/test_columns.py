import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from knowhow_memory import columns as columns_module
from knowhow_memory.columns import NAMES, NONE, Columns
from knowhow_memory.errors import InternalError
from knowhow_memory.models import Event, Fault
from knowhow_memory.rows import OutcomeRow


def row(seq, problem=1, *, event=Event.RECORDED, replaces=None, **given):
    values = dict.fromkeys(OutcomeRow._fields) | {
        "seq": seq,
        "id": str(seq),
        "event": event.value,
        "replaces": replaces,
        "tenant_id": 1,
        "problem_id": problem,
        "arm": "big",
        "reward": 1.0,
        "fault": Fault.AGENT.value,
        "verified_by": "program",
        "occurred_at": float(seq),
        "recorded_at": float(seq),
    }
    return OutcomeRow(**(values | given))


def corrected(seq, replaces, problem, **given):
    return row(seq, problem, event=Event.CORRECTED, replaces=replaces, **given)


def undone(seq, replaces, problem):
    return row(seq, problem, event=Event.UNDONE, replaces=replaces, reward=None)


def live(columns):
    """The live rows in order, names as texts; without keys that tell how they came about."""
    rows = np.flatnonzero(columns["live"])
    numbers = [
        columns[name][rows].tolist() for name in ("problem", "tenant", "occurred_at", "infra")
    ]
    rewards = [repr(reward) for reward in columns["reward"][rows].tolist()]
    texts = [[columns.names[n].text(code) for code in columns[n][rows]] for n in NAMES]
    return list(zip(*numbers, rewards, *texts, strict=True))


def rows_by_problem(columns, problems):
    rows, positions = columns.rows_of(np.array(problems, np.int64))
    return [
        [float(columns["occurred_at"][r]) for r in rows[positions == i]]
        for i in range(len(problems))
    ]


@st.composite
def events(draw):
    """A log, and the events of a log in which only what is live was ever recorded."""
    log, alive = [], {}
    for seq in range(1, draw(st.integers(1, 40))):
        kind = draw(st.sampled_from(["record", "record", "correct", "undo"])) if alive else "record"
        if kind == "record":
            infra = draw(st.booleans())
            new = row(
                seq,
                draw(st.integers(1, 5)),
                tenant_id=draw(st.integers(1, 2)),
                arm=draw(st.sampled_from(["big", "small"])),
                principal=draw(st.sampled_from([None, "ann"])),
                fault=(Fault.INFRA if infra else Fault.AGENT).value,
                reward=None if infra else draw(st.sampled_from([0.0, 0.5, 1.0])),
            )
            log.append(new)
            alive[seq] = new, new
            continue
        root = draw(st.sampled_from(sorted(alive)))
        first, newest = alive[root]
        if kind == "undo":
            log.append(newest._replace(seq=seq, event="undone", replaces=newest.seq, reward=None))
            del alive[root]
        else:
            reward = draw(st.sampled_from([0.0, 0.5, 1.0]))
            new = newest._replace(
                seq=seq,
                event="corrected",
                replaces=newest.seq,
                reward=reward,
                fault=Fault.AGENT.value,
                verified_by=draw(st.sampled_from(["user", "test"])),
            )
            log.append(new)
            alive[root] = first, new
    survivors = [
        new._replace(seq=root, event="recorded", replaces=None) for root, (_, new) in alive.items()
    ]
    return log, survivors


@given(events(), st.data())
def test_after_any_events_they_equal_those_of_a_log_of_what_is_live(logs, data):
    log, survivors = logs
    columns, fresh = Columns(), Columns()
    while log:  # in portions of any size
        portion = data.draw(st.integers(1, len(log)))
        columns.apply(log[:portion])
        log = log[portion:]
    fresh.apply(survivors)
    assert live(columns) == live(fresh)
    assert columns.live_count == len(survivors)
    assert columns.problems().tolist() == fresh.problems().tolist()
    every = list(range(1, 6))
    assert rows_by_problem(columns, every) == rows_by_problem(fresh, every)
    for tenant in (1, 2):
        for arm in (None, "big"):
            assert allowed(columns, tenant, arm) == allowed(fresh, tenant, arm)


def allowed(columns, tenant, arm):
    code = None if arm is None else columns.names["arm"].find(arm)
    if arm is not None and code is None:
        return []
    bits = columns.bitmap(tenant=tenant, arm=code)
    return np.flatnonzero(np.unpackbits(bits, bitorder="little")).tolist()


def test_rows_of_a_problem_come_newest_first():
    columns = Columns()
    columns.apply([row(1, 7), row(2, 8), row(3, 7)])
    columns.apply([row(4, 7), undone(5, 3, 7)])
    assert rows_by_problem(columns, [8, 7, 9]) == [[2.0], [4.0, 1.0], []]


def test_they_grow_with_the_log_and_with_the_keys(monkeypatch):
    monkeypatch.setattr(columns_module, "FIRST_CAPACITY", 2)
    columns = Columns()
    columns.apply([row(seq, problem=seq * 3) for seq in range(1, 50)])
    columns.apply([row(50, problem=1000)])
    assert columns.size == 50
    assert columns.problems().tolist() == [*range(3, 150, 3), 1000]
    assert columns.is_routable(1000)
    assert not columns.is_routable(10**6)


def test_an_absent_name_has_no_text():
    columns = Columns()
    columns.apply([row(1, task="sums"), row(2)])
    assert [columns.names["task"].text(code) for code in columns["task"]] == ["sums", None]
    assert columns["task"][1] == NONE


def test_a_chain_of_corrections_stays_in_its_place():
    columns = Columns()
    columns.apply([row(1, reward=0.0), row(2, reward=1.0)])
    columns.apply([corrected(3, 1, 1, reward=0.5), corrected(4, 3, 1, reward=0.75)])
    assert columns["reward"].tolist() == [0.75, 1.0]
    assert columns["seq"].tolist() == [4, 2]
    assert columns["root_seq"].tolist() == [1, 2]


def test_a_correction_of_nothing_is_a_fault_of_ours():
    columns = Columns()
    columns.apply([row(1)])
    with pytest.raises(InternalError, match="event 5 is replaced before it was seen"):
        columns.apply([corrected(9, 5, 1)])
