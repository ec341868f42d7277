"""A reader proves that it saw every row, and what cannot be proved is refused."""

import pytest

from knowhow_memory.errors import StoreDamagedError
from knowhow_memory.head import COUNTERS, read_facts, write_fact
from knowhow_memory.log import Position, Reader, outcomes_at, problem_texts, vectors_of
from knowhow_memory.memory import Memory
from knowhow_memory.models import OutcomeCreate


def outcome(problem="p", **given):
    return OutcomeCreate(**({"problem": problem, "arm": "a", "reward": 1.0} | given))


def run(memory, statement):
    with memory.database.writing() as connection:
        connection.exec_driver_sql(statement)


@pytest.fixture
def filled(memory):
    memory.record_many([outcome(f"p{n}", principal="ann" if n else None) for n in range(4)])
    return memory


def test_each_row_is_read_once(filled):
    reader = Reader(filled.database)
    first = reader.read()
    assert (first.whole, first.purged) == (True, False)
    assert [row.seq for row in first.rows] == [1, 2, 3, 4]
    assert reader.read() is None
    filled.record(outcome())
    second = reader.read()
    assert (second.whole, second.purged) == (False, False)
    assert [row.seq for row in second.rows] == [5]


def test_after_a_purge_everything_is_read_again(filled):
    reader = Reader(filled.database)
    reader.read()
    assert not reader.purged_meanwhile()
    filled.purge(principal="ann")
    assert reader.purged_meanwhile()
    tail = reader.read()
    assert (tail.whole, tail.purged) == (True, True)
    assert [row.seq for row in tail.rows] == [1]
    assert not reader.purged_meanwhile()


@pytest.mark.parametrize(
    "damage",
    [
        "DELETE FROM outcome WHERE seq = 4",
        "DELETE FROM outcome WHERE seq = 1",
        "UPDATE outcome SET reward = 0.5 WHERE seq = 2",
        "UPDATE outcome SET arm = 'b' WHERE seq = 2",
        "UPDATE outcome SET checksum = checksum + 1 WHERE seq = 2",
        "UPDATE outcome SET seq = 9 WHERE seq = 4",
        "UPDATE store_fact SET value = '4 3 0' WHERE key = 'head'",
        "DELETE FROM store_fact WHERE key = 'head'",
        "DELETE FROM store_fact",
    ],
)
def test_rows_that_are_not_as_written_are_refused_again_and_again(filled, damage):
    run(filled, damage)
    reader = Reader(filled.database)
    for _ in range(2):
        with pytest.raises(StoreDamagedError, match="`knowhow db restore FILE`"):
            reader.read()


def test_a_reading_is_taken_up_again_only_where_the_log_still_holds_it(filled):
    reader = Reader(filled.database)
    reader.read()
    position = reader.position
    again = Reader(filled.database)
    assert again.resume(position)
    assert again.read() is None
    filled.purge(principal="ann")
    assert not Reader(filled.database).resume(position)
    assert Reader(filled.database).resume(Position())


@pytest.mark.parametrize(
    "damage",
    [
        "UPDATE embedding SET checksum = checksum + 1",
        "UPDATE embedding SET digest = 'x' || substr(digest, 2)",
    ],
)
def test_vectors_that_are_not_as_written_are_refused(filled, damage):
    run(filled, damage)
    with pytest.raises(StoreDamagedError, match=r"embedding.*restore a backup"):
        filled.similar("p1")


def test_problems_that_are_not_as_written_are_refused(filled):
    run(filled, "UPDATE problem SET text = 'something else'")
    for read in (
        lambda: problem_texts(filled.database, [1]),
        lambda: list(filled.outcomes()),
        lambda: filled.similar("p1"),
    ):
        with pytest.raises(StoreDamagedError, match=r"problem \d+ .* is not what was written"):
            read()


def test_a_tenant_that_is_not_as_written_hides_nothing(filled):
    run(filled, "UPDATE tenant SET name = 'other'")
    for read in (
        lambda: list(filled.outcomes()),
        lambda: list(filled.outcomes(tenant="default")),
        lambda: filled.similar("p1"),
        lambda: filled.similar("p1", tenant="other"),
        lambda: filled.record(outcome()),
    ):
        with pytest.raises(StoreDamagedError, match=r"tenant .* is not what was written"):
            read()


@pytest.mark.parametrize("key", ["store_id", "secret", "embedder", "embedder_name", "dim", "head"])
def test_facts_that_are_not_as_written_are_refused(filled, location, key):
    run(filled, f"UPDATE store_fact SET value = '1' || value WHERE key = '{key}'")
    with pytest.raises(StoreDamagedError, match=r"the store's facts are .* not what was written"):
        Memory.open(location, embedder="hash:64")


def test_numbers_beyond_the_last_one_given_out_are_refused(filled):
    with filled.database.writing() as connection:
        head = read_facts(connection)
        write_fact(connection, COUNTERS, f"{head.seq - 1} {head.events} {head.events_sum}")
    with pytest.raises(StoreDamagedError):
        Reader(filled.database).read()


def test_a_missing_outcome_is_damage_unless_it_was_purged(filled):
    seen = Reader(filled.database)
    seen.read()
    filled.purge(principal="ann")
    assert [o.seq for o in outcomes_at(filled.database, [1, 2, 3], seen=seen.seq)] == [1]
    seen.read()
    with pytest.raises(StoreDamagedError, match="an outcome"):
        list(outcomes_at(filled.database, [1, 2, 3], seen=seen.seq))


def test_outcomes_come_in_the_order_they_are_asked_for(filled):
    asked = [3, 1, 4]
    found = outcomes_at(filled.database, asked, seen=4, page=2)
    assert [o.seq for o in found] == asked


def test_vectors_come_in_portions(filled, monkeypatch):
    monkeypatch.setattr("knowhow_memory.tables.LOOKUP_CHUNK", 3)
    facts = filled.facts
    blocks = list(vectors_of(filled.database, [1, 2, 3, 4], facts.embedder, facts.dim))
    assert [ids.tolist() for ids, _ in blocks] == [[1, 2, 3], [4]]
    assert [vectors.shape for _, vectors in blocks] == [(3, 64), (1, 64)]


def test_a_purge_while_outcomes_are_streamed_ends_them_quietly(filled):
    stream = filled.outcomes(batch=1)
    assert next(stream).seq == 1
    filled.purge(principal="ann")
    assert list(stream) == []
