"""Locks, limits and refusals: what the database says, as one line that says what to do."""

import contextlib
import os
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import OperationalError

from knowhow_memory import database as database_module
from knowhow_memory.backup import backup, restore
from knowhow_memory.database import Database, explain, parse_location
from knowhow_memory.errors import (
    InputError,
    NotFoundError,
    StoreBusyError,
    StoreDamagedError,
    StoreError,
    StoreFullError,
    StoreReadOnlyError,
)
from knowhow_memory.memory import Memory
from knowhow_memory.models import OutcomeCreate


def outcome(problem="p", **given):
    return OutcomeCreate(**({"problem": problem, "arm": "a", "reward": 1.0} | given))


def rows(path):
    """Every row of every table, read past the store."""
    connection = sqlite3.connect(path)
    tables = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY 1")
    found = {name: connection.execute(f"SELECT * FROM {name}").fetchall() for (name,) in tables}
    connection.close()
    return found


@pytest.mark.parametrize(
    ("location", "path"),
    [
        ("/data/store", "/data/store/knowhow.db"),
        ("/data/mine.db", "/data/mine.db"),
        (Path("/data/store"), "/data/store/knowhow.db"),
        ("sqlite:////data/mine.db", "/data/mine.db"),
        ("/data/wei?rd #name%20", "/data/wei?rd #name%20/knowhow.db"),
    ],
)
def test_a_location_is_a_folder_a_file_or_an_address(location, path):
    assert Database(location).path == Path(path)


def test_a_folder_with_any_name_can_hold_a_store(tmp_path):
    with Memory.open(tmp_path / "wei?rd #name%20 ü", embedder="hash:64") as memory:
        memory.record(outcome())
        backup(memory.database, tmp_path / "back?up #1.db")
    restore(tmp_path / "back?up #1.db", Database(tmp_path / "again"))
    with Memory.open(tmp_path / "again", embedder="hash:64") as memory:
        assert memory.count() == 1


def test_another_kind_of_database_is_refused():
    with pytest.raises(InputError, match=r"cannot keep the memory in 'mysql'.*postgresql\+psycopg"):
        parse_location("mysql://host/name")


def test_a_password_is_never_shown():
    assert "hunter2" not in Database("postgresql+psycopg://me:hunter2@host/name").name


def test_a_commit_is_durable_when_it_returns(sqlite_memory):
    with sqlite_memory.database.reading() as connection:
        journal = connection.scalar(text("PRAGMA journal_mode"))
        assert journal == ("wal" if database_module.wal_is_safe() else "truncate")
        assert connection.scalar(text("PRAGMA synchronous")) == 2


def test_the_same_holds_in_wal_mode(tmp_path, monkeypatch):
    monkeypatch.setattr(database_module, "wal_is_safe", lambda: True)
    with Memory.open(tmp_path / "store", embedder="hash:64") as memory:
        memory.record(outcome(principal="ann"))
        with memory.database.reading() as connection:
            assert connection.scalar(text("PRAGMA journal_mode")) == "wal"
            memory.record(outcome("written while somebody reads"))
        memory.purge(principal="ann")
        backup(memory.database, tmp_path / "backup.db")
    restore(tmp_path / "backup.db", Database(tmp_path / "store"))
    with Memory.open(tmp_path / "store", embedder="hash:64") as memory:
        assert memory.count() == 1
        assert memory.check().ok


def test_a_writer_waits_for_a_reader(sqlite_memory, monkeypatch):
    monkeypatch.setattr(database_module, "BUSY_SLICE_S", 0.02)
    reading, done = threading.Event(), threading.Event()

    def read_slowly():
        with sqlite_memory.database.reading() as connection:
            connection.execute(text("SELECT * FROM outcome")).all()
            reading.set()
            time.sleep(0.3)
            done.set()

    with Memory.open(sqlite_memory.database.path, embedder="hash:64") as writer:
        thread = threading.Thread(target=read_slowly)
        thread.start()
        reading.wait()
        writer.record(outcome())
        assert done.is_set()
        thread.join()


def test_a_lock_that_is_never_given_back_is_reported(memory, location, monkeypatch):
    monkeypatch.setattr(database_module, "BUSY_SLICE_S", 0.02)
    monkeypatch.setattr(database_module, "BUSY_LIMIT_S", 1)
    with (
        Memory.open(location, embedder="hash:64") as other,
        memory.database.writing(),
        pytest.raises(StoreBusyError, match="see which process is stuck"),
    ):
        other.record(outcome())
    assert memory.record(outcome()).seq == 1


def test_a_store_that_is_not_there_is_not_made_by_looking(tmp_path):
    with pytest.raises(NotFoundError, match="no store at"), Database(tmp_path / "none").reading():
        pass
    with pytest.raises(NotFoundError, match="record an outcome first"):
        Memory.open(tmp_path / "none", embedder="hash:64", create=False)
    assert not list(tmp_path.iterdir())


def test_a_store_that_was_deleted_is_not_written_to(sqlite_memory):
    sqlite_memory.record(outcome())
    sqlite_memory.database.path.unlink()
    with pytest.raises(NotFoundError, match="restore a backup"):
        sqlite_memory.record(outcome())
    assert not sqlite_memory.database.path.exists()


def test_a_store_that_was_exchanged_is_neither_read_nor_written(sqlite_memory, tmp_path):
    sqlite_memory.record(outcome("old"))
    path = sqlite_memory.database.path
    backup(sqlite_memory.database, tmp_path / "backup.db")
    restore(tmp_path / "backup.db", Database(path))
    before = rows(path)
    for use in (lambda: sqlite_memory.record(outcome()), lambda: sqlite_memory.similar("old")):
        with pytest.raises(StoreError, match="was replaced by another file: open it again"):
            use()
    assert rows(path) == before


def test_a_writer_that_waits_while_the_store_is_restored_does_not_write_into_the_old_one(
    sqlite_memory, tmp_path, monkeypatch
):
    """What it was told is durable would be lost."""
    path, failures = sqlite_memory.database.path, []
    sqlite_memory.record(outcome("old"))
    backup(sqlite_memory.database, tmp_path / "backup.db")
    exchange = Path.replace

    def write():
        try:
            sqlite_memory.record(outcome("new"))
        except StoreError as error:
            failures.append(str(error))

    def exchange_while_somebody_waits(self, target):
        thread.start()
        time.sleep(0.2)
        return exchange(self, target)

    thread = threading.Thread(target=write)
    monkeypatch.setattr(Path, "replace", exchange_while_somebody_waits)
    kept = restore(tmp_path / "backup.db", Database(path))
    thread.join()
    assert "was replaced" in failures[0]
    assert len(rows(kept)["outcome"]) == 1


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork here")
def test_a_fork_is_told_to_open_its_own(tmp_path):
    script = """
import os, sys
from knowhow_memory.errors import StoreError
from knowhow_memory.memory import Memory
from knowhow_memory.models import OutcomeCreate

new = OutcomeCreate(problem="p", arm="a", reward=1.0)
memory = Memory.open(sys.argv[1], embedder="hash:64")
memory.record(new)
child = os.fork()
if not child:
    said = []
    for use in (lambda: memory.record(new), lambda: memory.similar("p"), memory.count):
        try:
            use()
        except StoreError as error:
            said.append("open it in the child" in str(error))
    memory.close()
    os._exit(0 if said == [True] * 3 else 1)
_, status = os.waitpid(child, 0)
memory.record(new)
assert memory.count() == 2 and memory.check().ok
memory.close()
sys.exit(os.waitstatus_to_exitcode(status))
"""
    subprocess.run([sys.executable, "-c", script, tmp_path / "store"], check=True, timeout=60)


def test_a_full_disk_leaves_the_store_as_it_was(sqlite_memory):
    """SQLite's own limit gives the answer that a full disk gives."""
    path = sqlite_memory.database.path
    sqlite_memory.record(outcome())
    before = rows(path)
    with sqlite_memory.database.reading() as connection:
        pages = connection.scalar(text("PRAGMA page_count"))
        connection.exec_driver_sql(f"PRAGMA max_page_count={pages}")
    with pytest.raises(StoreFullError, match="free some space and try again"):
        sqlite_memory.record_many([outcome("x" * 1000 + str(n)) for n in range(50)])
    assert rows(path) == before
    with sqlite_memory.database.reading() as connection:
        connection.exec_driver_sql("PRAGMA max_page_count=1000000")
    assert sqlite_memory.record(outcome("there is space again")).seq == 2
    assert sqlite_memory.check().ok


def test_a_limit_on_file_sizes_leaves_the_store_as_it_was(tmp_path):
    """The operating system refuses to let any file grow, as a full quota does."""
    script = """
import resource, signal, sys
from knowhow_memory.errors import StoreError
from knowhow_memory.memory import Memory
from knowhow_memory.models import OutcomeCreate

signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
memory = Memory.open(sys.argv[1], embedder="hash:64")
memory.record(OutcomeCreate(problem="p", arm="a", reward=1.0))
size = memory.database.path.stat().st_size
resource.setrlimit(resource.RLIMIT_FSIZE, (size + 4096, resource.RLIM_INFINITY))
big = [OutcomeCreate(problem="x" * 9000 + str(n), arm="a", reward=1.0) for n in range(20)]
try:
    memory.record_many(big)
except StoreError as error:
    print(error)
else:
    sys.exit("it fitted")
resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
assert memory.count() == 1 and memory.check().ok
assert memory.record_many(big)[0].seq == 2
"""
    done = subprocess.run(
        [sys.executable, "-c", script, tmp_path / "store"],
        check=True,
        timeout=60,
        capture_output=True,
        text=True,
    )
    assert len(done.stdout.splitlines()) == 1


def test_a_store_that_may_only_be_read_is_read_and_not_written(sqlite_memory, monkeypatch):
    """As root may write everywhere, SQLite is asked to refuse by itself."""
    sqlite_memory.record(outcome())
    before = rows(sqlite_memory.database.path)
    with Memory.open(sqlite_memory.database.path, embedder="hash:64") as memory:
        with memory.database.reading() as connection:
            connection.exec_driver_sql("PRAGMA query_only=ON")
        with pytest.raises(StoreReadOnlyError, match="make the file and its folder writable"):
            memory.record(outcome("new"))
        assert memory.count() == 1
    assert rows(sqlite_memory.database.path) == before


def test_a_folder_that_may_only_be_read_stays_as_it_is():
    """Root may write anywhere, so it steps down once everything is imported."""
    script = """
import os, sys
from pathlib import Path
from knowhow_memory.errors import StoreReadOnlyError
from knowhow_memory.memory import Memory
from knowhow_memory.models import OutcomeCreate

place = Path(sys.argv[1])
new = OutcomeCreate(problem="p", arm="a", reward=1.0)
with Memory.open(place / "store", embedder="hash:64") as memory:
    memory.record(new)
    memory.similar("p")
for path in (place / "store" / "knowhow.db", place / "store", place):
    path.chmod(path.stat().st_mode & 0o555)
if os.geteuid() == 0:
    place.parent.chmod(0o755)
    os.seteuid(65534)
for use in (
    lambda: Memory.open(place / "another", embedder="hash:64"),
    lambda: Memory.open(place / "store", embedder="hash:64").record(new),
):
    try:
        use()
    except StoreReadOnlyError as error:
        print(error)
with Memory.open(place / "store", embedder="hash:64") as memory:
    assert memory.count() == 1 and memory.check().ok
os.seteuid(os.getuid())
place.chmod(0o755)
assert [path.name for path in place.iterdir()] == ["store"]
"""
    with tempfile.TemporaryDirectory() as folder:  # pytest's own is closed to others
        place = Path(folder) / "place"
        place.mkdir()
        said = subprocess.run(
            [sys.executable, "-c", script, place],
            check=True,
            timeout=60,
            capture_output=True,
            text=True,
        ).stdout.splitlines()
        (place / "store").chmod(0o755)
    assert len(said) == 2
    assert all("writable or choose another place" in line for line in said)


def test_more_threads_than_connections_are_told_so(sqlite_memory):
    pool = sqlite_memory.database.engine.pool
    pool._timeout = 0.01
    with contextlib.ExitStack() as held:
        for _ in range(pool.size() + pool._max_overflow):
            held.enter_context(sqlite_memory.database.reading())
        with pytest.raises(StoreBusyError, match="too many threads"):
            sqlite_memory.count()
    assert sqlite_memory.count() == 0


def refusal(code, message="refused"):
    error = sqlite3.OperationalError(message)
    error.sqlite_errorcode = code
    return OperationalError("SELECT", {}, error)


class ServerError(Exception):
    def __init__(self, sqlstate, message="no"):
        super().__init__(message)
        self.sqlstate = sqlstate


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (refusal(sqlite3.SQLITE_CORRUPT), StoreDamagedError),
        (refusal(sqlite3.SQLITE_NOTADB), StoreDamagedError),
        (refusal(sqlite3.SQLITE_ERROR, "no such column: arn"), StoreDamagedError),
        (refusal(0, "Could not decode to UTF-8 column 'arm' with text 'a\xff'"), StoreDamagedError),
        (refusal(sqlite3.SQLITE_FULL), StoreFullError),
        (refusal(sqlite3.SQLITE_READONLY), StoreReadOnlyError),
        (refusal(sqlite3.SQLITE_CANTOPEN), StoreReadOnlyError),
        (refusal(sqlite3.SQLITE_BUSY), StoreBusyError),
        (refusal(sqlite3.SQLITE_IOERR, "disk\n I/O  error"), StoreError),
        (OperationalError("", {}, ServerError("53100")), StoreFullError),
        (OperationalError("", {}, ServerError("55P03")), StoreBusyError),
        (OperationalError("", {}, ServerError("57P01")), StoreError),
        (OperationalError("", {}, ServerError(None, "connection refused")), StoreError),
    ],
)
def test_each_refusal_is_one_line_of_its_kind(error, kind):
    said = explain(error, "mine.db")
    assert type(said) is kind
    assert "\n" not in str(said)
    assert "'mine.db'" in str(said)
    if kind is StoreDamagedError:
        assert "`knowhow db restore FILE`" in str(said)


def test_a_reader_waits_for_a_writer_as_long_as_a_writer_would(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("knowhow_memory.database.BUSY_SLICE_S", 0.05)
    with Memory.open(tmp_path / "store", embedder="hash:64") as memory:
        memory.database.engine.dispose()
        other = sqlite3.connect(memory.database.path, isolation_level=None, check_same_thread=False)
        other.execute("BEGIN EXCLUSIVE")
        release = threading.Timer(0.5, lambda: other.execute("ROLLBACK"))
        release.start()
        assert memory.count() == 0
        release.join()
        other.close()


@pytest.mark.parametrize("statement", ["_BY_CONTENT", "_BY_ID"])
def test_looking_for_earlier_imports_never_walks_through_a_tenant(
    tmp_path: Path, statement: str
) -> None:
    from knowhow_memory import store

    with Memory.open(tmp_path / "store", embedder="hash:64") as memory:
        engine = memory.database.engine
        query = getattr(store, statement)
        filled = query.params(tenant=1, contents=["a", "b"])
        compiled = filled.compile(engine, compile_kwargs={"literal_binds": True})
        with memory.database.reading() as connection:
            plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {compiled}").all()
    steps = " ".join(row[-1] for row in plan)
    assert "SCAN" not in steps
    assert "ix_outcome_content" in steps or "ix_outcome_id" in steps
