"""What only a server can do wrong. The other tests of the memory run on it as well."""

import contextlib
import os
import signal
import subprocess
import sys
import threading

import psycopg
import pytest

from knowhow_memory import database as database_module
from knowhow_memory.database import Database
from knowhow_memory.doctor import State, examine
from knowhow_memory.errors import MissingExtraError, StoreError
from knowhow_memory.log import Reader
from knowhow_memory.memory import Memory
from knowhow_memory.models import OutcomeCreate

pytestmark = pytest.mark.postgres


@pytest.fixture
def location(new_postgres, tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return new_postgres()


def outcome(problem="p", **given):
    return OutcomeCreate(**({"problem": problem, "arm": "a", "reward": 1.0} | given))


def plain(location):
    return psycopg.connect(location.replace("+psycopg", ""), autocommit=True)


WRITER = """
import sys
from knowhow_memory.memory import Memory
from knowhow_memory.models import OutcomeCreate

with Memory.open(sys.argv[1], embedder="hash:64") as memory:
    for n in range(40):
        memory.record(OutcomeCreate(problem=f"{sys.argv[2]} {n}", arm="a", reward=1.0))
"""


def test_nobody_ever_sees_a_number_before_the_one_below_it(memory, location):
    """A reader that takes up the log while others commit must not skip anything."""
    writers = [subprocess.Popen([sys.executable, "-c", WRITER, location, str(n)]) for n in range(4)]
    reader, seen = Reader(memory.database), []
    while any(writer.poll() is None for writer in writers) or len(seen) < 160:
        tail = reader.read()
        seen += [row.seq for row in tail.rows] if tail else []
        assert all(writer.poll() in (None, 0) for writer in writers)
    assert seen == list(range(1, 161))
    assert memory.check().ok


def test_numbers_and_times_come_back_to_the_last_bit(memory):
    numbers = [0.1, 1 / 3, 5e-324, 1 - 2**-53, 0.0]
    receipts = memory.record_many(
        [outcome(reward=n, occurred_at=n * 1e9, cost=n, latency_s=n) for n in numbers]
    )
    for number, receipt in zip(numbers, receipts, strict=True):
        kept = memory.outcome(receipt.id)
        assert [kept.reward, kept.cost, kept.latency_s] == [number] * 3
        assert kept.occurred_at == number * 1e9


def test_the_write_lock_is_one_for_all_and_given_back(memory, location, monkeypatch):
    monkeypatch.setattr(database_module, "BUSY_LIMIT_S", 1)
    with plain(location) as connection, connection.transaction():
        connection.execute("SELECT pg_advisory_xact_lock(hashtext('knowhow write'))")
        with pytest.raises(StoreError, match="see which process is stuck"):
            memory.record(outcome())
        assert memory.count() == 0  # reading needs no lock
    assert memory.record(outcome()).seq == 1


def test_a_connection_that_was_cut_is_replaced(memory, location):
    memory.record(outcome())
    with plain(location) as connection:
        connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE pid <> pg_backend_pid() AND datname = current_database()"
        )
    assert memory.record(outcome()).seq == 2
    assert memory.count() == 2


def test_a_connection_that_is_cut_in_the_middle_writes_nothing(memory, location):
    memory.record(outcome())

    def cut(head):
        head.next()
        with plain(location) as connection:
            connection.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                "WHERE pid <> pg_backend_pid() AND datname = current_database()"
            )
        head.save()

    with pytest.raises(StoreError, match="is the server running") as caught:
        memory._writer.run(cut)
    assert "\n" not in str(caught.value)
    assert memory.record(outcome()).seq == 2


def test_a_server_that_is_not_there_is_said_not_to_be_there():
    with pytest.raises(StoreError, match=r"no connection to .*is the server running\?") as caught:
        Memory.open("postgresql+psycopg://me:hunter2@127.0.0.1:1/none", embedder="hash:64")
    assert "\n" not in str(caught.value)
    assert "hunter2" not in str(caught.value)


def test_a_driver_that_is_not_there_is_said_to_be_missing(monkeypatch):
    monkeypatch.setitem(sys.modules, "psycopg", None)
    with pytest.raises(MissingExtraError, match=r"pip install 'knowhow\[postgres\]'"):
        Database("postgresql+psycopg://host/name")


def test_threads_share_a_pool_without_waiting_for_ever(memory):
    failures = []

    def work(name):
        try:
            for n in range(5):
                memory.record(outcome(f"{name} {n}"))
                memory.similar(f"{name} {n}")
        except Exception as error:  # noqa: BLE001  a thread's failure is the test's
            failures.append(error)

    threads = [threading.Thread(target=work, args=(n,)) for n in range(25)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert memory.count() == 125


def test_a_server_that_does_not_keep_its_word_is_found(memory, location):
    with plain(location) as connection:
        connection.execute(
            "ALTER DATABASE " + location_name(location) + " SET synchronous_commit=off"
        )
    memory.database.engine.dispose()
    found = {finding.what: finding for finding in examine(memory)}
    assert found["database"].state is State.BAD
    assert "synchronous_commit" in found["database"].detail


def location_name(location):
    return location.split("?")[0].rsplit("/", 1)[1]


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork here")
def test_a_forked_child_leaves_the_parents_connection_alone(location):
    script = """
import os, sys
from knowhow_memory.errors import StoreError
from knowhow_memory.memory import Memory
from knowhow_memory.models import OutcomeCreate

memory = Memory.open(sys.argv[1], embedder="hash:64")
memory.record(OutcomeCreate(problem="p", arm="a", reward=1.0))
child = os.fork()
if not child:
    memory.close()
    os._exit(0)
os.waitpid(child, 0)
memory.record(OutcomeCreate(problem="p", arm="a", reward=1.0))
assert memory.count() == 2
memory.close()
"""
    subprocess.run([sys.executable, "-c", script, location], check=True, timeout=60)


def test_a_killed_writer_leaves_nothing_half_done(memory, location):
    writer = subprocess.Popen([sys.executable, "-c", WRITER, location, "killed"])
    while memory.count() < 5:
        assert writer.poll() is None
    with contextlib.suppress(ProcessLookupError):
        os.kill(writer.pid, signal.SIGKILL)
    writer.wait()
    memory.record(outcome("after"))
    assert [o.seq for o in memory.outcomes()] == list(range(1, memory.count() + 1))
    assert memory.check().ok
