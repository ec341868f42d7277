import threading

import pytest

from knowhow_memory.rwlock import ReadWriteLock

SOON = 0.05
"""Long enough for a thread that is free to go; a slow machine only makes the test more lenient."""
LATE = 30


def start(hold, entered, leave):
    def work():
        with hold():
            entered.set()
            assert leave.wait(LATE)

    thread = threading.Thread(target=work)
    thread.start()
    return thread


@pytest.fixture
def events():
    return [threading.Event() for _ in range(4)]


def test_readers_share(events):
    lock = ReadWriteLock()
    first, second, leave, _ = events
    threads = [start(lock.reading, first, leave), start(lock.reading, second, leave)]
    assert first.wait(LATE)
    assert second.wait(LATE)
    leave.set()
    for thread in threads:
        thread.join()


@pytest.mark.parametrize(("holder", "other"), [("reading", "writing"), ("writing", "reading")])
def test_a_writer_is_alone(events, holder, other):
    lock = ReadWriteLock()
    inside, leave, entered, done = events
    done.set()
    first = start(getattr(lock, holder), inside, leave)
    assert inside.wait(LATE)
    second = start(getattr(lock, other), entered, done)
    assert not entered.wait(SOON)
    leave.set()
    assert entered.wait(LATE)
    first.join()
    second.join()


def test_a_waiting_writer_goes_before_new_readers(events):
    lock = ReadWriteLock()
    reading, leave, wrote, late_read = events
    first = start(lock.reading, reading, leave)
    assert reading.wait(LATE)
    writer = start(lock.writing, wrote, leave)
    while not lock._writers_waiting:
        pass
    second = start(lock.reading, late_read, leave)
    assert not late_read.wait(SOON)
    leave.set()
    assert wrote.wait(LATE)
    assert late_read.wait(LATE)
    for thread in (first, writer, second):
        thread.join()


def test_an_error_inside_gives_the_lock_back():
    lock = ReadWriteLock()
    for hold in (lock.reading, lock.writing, lock.writing):
        with pytest.raises(ValueError, match="inside"), hold():
            raise ValueError("inside")
