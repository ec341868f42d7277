"""Group commit: who shares a transaction shares its durability, not its mistakes."""

import threading

import pytest

from knowhow_memory.errors import InputError, StoreBusyError, StoreError
from knowhow_memory.head import read_facts
from knowhow_memory.tables import PURGE
from knowhow_memory.writer import Writer


def note(number):
    """Work that leaves one row and one number of the log."""

    def work(head):
        row = {"seq": head.next(), "scope": str(number), "removed": 0, "recorded_at": 0.0}
        head.connection.execute(PURGE.insert(), row)
        return number

    return work


def refuse(head):
    note("refused")(head)
    raise InputError("not this one")


def stumble(head):
    note("stumbled")(head)
    raise ZeroDivisionError


def break_a_rule(head):
    head.connection.execute(PURGE.insert(), {"seq": None, "scope": "x" * 10})


def together(writer, works):
    """Queue them while a commit is held up, so that they share the next one."""
    results = [None] * len(works)

    def run(place, work):
        try:
            results[place] = writer.run(work)
        except Exception as error:  # noqa: BLE001  it is the result
            results[place] = error

    with writer._commit:
        threads = []
        for place, work in enumerate(works):
            threads.append(threading.Thread(target=run, args=(place, work)))
            threads[-1].start()
            while len(writer._queue) <= place:
                pass
    for thread in threads:
        thread.join()
    return results


def kept(memory):
    with memory.database.reading() as connection:
        rows = connection.execute(PURGE.select().order_by(PURGE.c.seq)).all()
        assert [row.seq for row in rows] == list(range(1, read_facts(connection).seq + 1))
    return [row.scope for row in rows]


def count_commits(memory, monkeypatch):
    commits = []
    writing = memory.database.writing

    def counted():
        commits.append(None)
        return writing()

    monkeypatch.setattr(memory.database, "writing", counted)
    return commits


def test_work_that_waits_shares_one_transaction(memory, monkeypatch):
    commits = count_commits(memory, monkeypatch)
    assert together(Writer(memory.database), [note(n) for n in range(10)]) == list(range(10))
    assert kept(memory) == [str(n) for n in range(10)]
    assert len(commits) == 1


@pytest.mark.parametrize(
    ("bad", "error"),
    [(refuse, InputError), (stumble, ZeroDivisionError), (break_a_rule, StoreError)],
)
def test_one_bad_piece_of_work_fails_alone(memory, bad, error):
    results = together(Writer(memory.database), [note(1), bad, note(2), bad, note(3)])
    assert [results[n] for n in (0, 2, 4)] == [1, 2, 3]
    assert all(isinstance(results[n], error) for n in (1, 3))
    assert kept(memory) == ["1", "2", "3"]


@pytest.mark.parametrize(
    ("bad", "error"),
    [(refuse, InputError), (stumble, ZeroDivisionError), (break_a_rule, StoreError)],
)
def test_work_that_fails_by_itself_leaves_nothing(memory, bad, error):
    writer = Writer(memory.database)
    with pytest.raises(error):
        writer.run(bad)
    assert kept(memory) == []
    assert writer.run(note(1)) == 1


def test_a_store_that_is_busy_is_busy_for_all(memory, monkeypatch):
    def busy():
        raise StoreBusyError("other writers held it")

    writer = Writer(memory.database)
    with monkeypatch.context() as patched:
        patched.setattr(memory.database, "writing", busy)
        results = together(writer, [note(1), note(2)])
    assert [type(result) for result in results] == [StoreBusyError] * 2
    assert writer.run(note(3)) == 3
    assert kept(memory) == ["3"]


def test_a_commit_that_fails_is_never_repeated(memory, monkeypatch):
    """It may have reached the disk all the same: repeating it would write twice."""
    database, attempts = memory.database, []
    commit = database._commit

    def commit_and_fail(*given):
        commit(*given)
        attempts.append(given)
        raise StoreError("the connection broke")

    writer = Writer(database)
    with monkeypatch.context() as patched:
        patched.setattr(database, "_commit", commit_and_fail)
        results = together(writer, [note(1), note(2)])
    assert [type(result) for result in results] == [StoreError] * 2
    assert len(attempts) == 1
    assert kept(memory) == ["1", "2"]


def test_an_interrupt_reaches_the_others_as_an_error(memory):
    def interrupted(head):
        raise KeyboardInterrupt

    writer, outcomes = Writer(memory.database), []

    def run(work):
        try:
            outcomes.append(writer.run(work))
        except BaseException as error:  # noqa: BLE001  it is the result
            outcomes.append(type(error))

    with writer._commit:
        threads = [threading.Thread(target=run, args=(work,)) for work in (note(1), interrupted)]
        for place, thread in enumerate(threads):
            thread.start()
            while len(writer._queue) <= place:
                pass
    for thread in threads:
        thread.join()
    assert set(outcomes) <= {StoreError, KeyboardInterrupt}
    assert kept(memory) == []
    assert writer.run(note(2)) == 2


def test_more_than_a_batch_goes_through(memory, monkeypatch):
    monkeypatch.setattr("knowhow_memory.writer.BATCH_LIMIT", 3)
    commits = count_commits(memory, monkeypatch)
    assert together(Writer(memory.database), [note(n) for n in range(8)]) == list(range(8))
    assert len(commits) == 3


def test_saying_nothing_new_writes_nothing(memory):
    before = kept(memory)
    assert Writer(memory.database).run(lambda head: head.seq) == 0
    assert kept(memory) == before
