"""One connection pool to the store's database, SQLite or PostgreSQL, set up so that a commit is
durable when it returns.

Every transaction that writes takes the store's single write lock first, so sequence numbers are
handed out in commit order. Knows about locks, pragmas and the database's errors; nothing about
what the tables mean.
"""

import contextlib
import os
import sqlite3
import time
from collections.abc import Iterator
from json import JSONDecodeError
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, Transaction, create_engine, event, text
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from knowhow_memory.errors import (
    InputError,
    MissingExtraError,
    NotFoundError,
    StoreBusyError,
    StoreDamagedError,
    StoreError,
    StoreFullError,
    StoreReadOnlyError,
)

DATABASE_FILE = "knowhow.db"
WAL_FIXED_IN = (3, 51, 3)
"""Before this, a checkpoint racing a WAL reset can lose committed pages."""
BUSY_SLICE_S = 5.0
"""How long SQLite itself waits for a lock before we look at the deadline again."""
BUSY_LIMIT_S = 120.0
_TOUCH = "SELECT 1 FROM sqlite_master LIMIT 1"
"""The cheapest read of the file itself."""
LOCK_NOT_AVAILABLE = "55P03"
"""PostgreSQL's word for a lock that was not had in time."""

DAMAGE = {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_ERROR}
"""The last says that a statement does not fit the tables: then it is the tables that are hurt."""

RESTORE_HINT = "restore a backup with `knowhow db restore FILE`"


class Database:
    def __init__(self, location: str | Path, *, may_create: bool = False) -> None:
        self.url = parse_location(location)
        self.is_sqlite = self.url.get_backend_name() == "sqlite"
        self.path = Path(str(self.url.database)) if self.is_sqlite else None
        self.engine = self._make_engine()
        self._pid = os.getpid()
        self._closed = False
        self.may_create = may_create
        self._file: tuple[int, int] | None = None

    @property
    def name(self) -> str:
        """For messages: never shows a password."""
        return str(self.path) if self.path else self.url.render_as_string(hide_password=True)

    @property
    def usable(self) -> bool:
        return not self._closed and os.getpid() == self._pid

    def close(self) -> None:
        self._closed = True
        # After a fork the connections are the parent's: closing them would drop its locks.
        self.engine.dispose(close=os.getpid() == self._pid)

    @contextlib.contextmanager
    def reading(self) -> Iterator[Connection]:
        """A consistent snapshot; keep it short, commits wait for SQLite readers."""
        self._refuse_misuse()
        with explained(self.name), self._connect() as connection, connection.begin():
            if self.is_sqlite:  # its BEGIN takes no lock yet, so the first read has to wait for it
                self._patiently(lambda: connection.exec_driver_sql(_TOUCH).close())
            self._refuse_exchanged_file()
            yield connection

    @contextlib.contextmanager
    def writing(self) -> Iterator[Connection]:
        """One durable transaction under the store's write lock."""
        self._refuse_misuse()
        with explained(self.name), self._connect() as connection:
            writer = connection.execution_options(knowhow_write=True)
            transaction = self._patiently(writer.begin)
            try:
                self._refuse_exchanged_file()
                yield writer
            except BaseException:
                transaction.rollback()
                raise
            try:
                self._commit(writer, transaction)
            except BaseException:
                with contextlib.suppress(DBAPIError):
                    writer.invalidate()
                raise

    def _connect(self) -> Connection:
        connection: Connection = self._patiently(self.engine.connect)
        return connection

    def _refuse_misuse(self) -> None:
        if self._closed:
            raise StoreError(f"the store {self.name!r} was closed: open it again")
        if os.getpid() != self._pid:
            raise StoreError("an open store does not survive a fork: open it in the child")
        if self.path and not self.may_create and not self.path.exists():
            # SQLite would make an empty file, and that would pass for a damaged store.
            raise NotFoundError(f"no store at {self.name!r} (any more): {RESTORE_HINT}")

    def _refuse_exchanged_file(self) -> None:
        """What is read through the old file is not the store any more, and what is written is lost.

        Asked inside the transaction: a restore holds the write lock while it exchanges the file.
        """
        if self.path is None:
            return
        status = self.path.stat()
        file = status.st_dev, status.st_ino
        if self._file is None:
            self._file = file
        if file != self._file:
            raise StoreError(f"{self.name!r} was replaced by another file: open it again")

    def _make_engine(self) -> Engine:
        if not self.is_sqlite:
            return self._make_postgres_engine()
        assert self.path is not None
        engine = create_engine(
            self.url, connect_args={"timeout": BUSY_SLICE_S, "check_same_thread": False}
        )
        event.listen(engine, "connect", _set_up_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
        return engine

    def _make_postgres_engine(self) -> Engine:
        try:
            engine = create_engine(self.url, isolation_level="REPEATABLE READ", pool_pre_ping=True)
        except ModuleNotFoundError as error:
            raise MissingExtraError(
                "PostgreSQL needs a driver: pip install 'knowhow[postgres]'"
            ) from error
        event.listen(engine, "begin", _begin_postgres)
        return engine

    def _commit(self, writer: Connection, transaction: Transaction) -> None:
        if self.is_sqlite:
            # A reader may be in the way. SQLite keeps the transaction for another try; SQLAlchemy's
            # own commit would give it up.
            self._patiently(lambda: writer.exec_driver_sql("COMMIT"))
        transaction.commit()

    def _patiently(self, step: Any) -> Any:
        """Repeat a lock-taking step until it works or the limit is over."""
        deadline = time.monotonic() + BUSY_LIMIT_S
        while True:
            try:
                return step()
            except (OperationalError, sqlite3.OperationalError) as error:
                cause = error.orig if isinstance(error, OperationalError) else error
                if not _is_busy(cause) or time.monotonic() > deadline:
                    raise


@contextlib.contextmanager
def explained(name: str) -> Iterator[None]:
    """Turn the database's complaints into errors that say what to do."""
    try:
        yield
    except (DBAPIError, sqlite3.Error) as error:  # the latter where no SQLAlchemy is in between
        raise explain(error, name) from error
    except PoolTimeoutError as error:
        raise StoreBusyError(
            f"too many threads use {name!r} at once: let fewer of them ask, then try again"
        ) from error
    except (UnicodeDecodeError, JSONDecodeError) as error:  # rows and complaints turned to noise
        raise StoreDamagedError(
            f"the database {name!r} is damaged ({_one_line(error)}): {RESTORE_HINT}"
        ) from error


def parse_location(location: str | Path) -> URL:
    """A folder, a `.db` file, or a database URL."""
    if isinstance(location, str) and "://" in location:
        url = make_url(location)
        if url.get_backend_name() not in ("sqlite", "postgresql"):
            raise InputError(
                f"cannot keep the memory in {url.get_backend_name()!r}: "
                "give a folder or a postgresql+psycopg:// address"
            )
        return url
    path = Path(location).expanduser()
    file = path if path.suffix == ".db" else path / DATABASE_FILE
    return URL.create("sqlite", database=str(file.absolute()))


def wal_is_safe() -> bool:
    return sqlite3.sqlite_version_info >= WAL_FIXED_IN


def explain(error: DBAPIError | sqlite3.Error, name: str) -> StoreError:
    """The database's complaint as an error that says what to do."""
    cause = error.orig if isinstance(error, DBAPIError) else error
    code = getattr(cause, "sqlite_errorcode", 0) & 0xFF
    state = getattr(cause, "sqlstate", None) or ""
    if code in DAMAGE or "Could not decode to UTF-8" in str(cause):
        return StoreDamagedError(
            f"the database {name!r} is damaged ({_one_line(cause)}): {RESTORE_HINT}"
        )
    if code == sqlite3.SQLITE_FULL or state == "53100":
        return StoreFullError(f"no space left for {name!r}: free some space and try again")
    if code in (sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PERM):
        return StoreReadOnlyError(
            f"cannot write {name!r}: make the file and its folder writable or choose another place"
        )
    if _is_busy(cause):
        return StoreBusyError(
            f"others held {name!r} for over {BUSY_LIMIT_S:.0f} s: "
            "see which process is stuck, then try again"
        )
    if state.startswith(("08", "57P")) or (not state and "connect" in str(cause).lower()):
        return StoreError(f"no connection to {name!r}: is the server running? ({_one_line(cause)})")
    return StoreError(f"the database {name!r} refused: {_one_line(cause)}")


def _is_busy(cause: object) -> bool:
    code = getattr(cause, "sqlite_errorcode", 0) & 0xFF
    state = getattr(cause, "sqlstate", None)
    return code in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED) or state == LOCK_NOT_AVAILABLE


def _one_line(cause: object) -> str:
    return " ".join(str(cause).split())[:300]


def _set_up_sqlite(connection: sqlite3.Connection, _record: object) -> None:
    connection.isolation_level = None  # BEGIN is ours: see _begin_sqlite
    journal = "WAL" if wal_is_safe() else "TRUNCATE"
    for pragma in (
        f"busy_timeout={int(BUSY_SLICE_S * 1000)}",
        f"journal_mode={journal}",
        "synchronous=FULL",
        "foreign_keys=ON",
        "mmap_size=0",
        "trusted_schema=OFF",
        "cell_size_check=ON",
        "secure_delete=ON",  # what is purged leaves the file, too
        "cache_size=-65536",
    ):
        connection.execute(f"PRAGMA {pragma}").close()


def _begin_sqlite(connection: Connection) -> None:
    writes = connection.get_execution_options().get("knowhow_write")
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def _begin_postgres(connection: Connection) -> None:
    if connection.get_execution_options().get("knowhow_write"):
        # The snapshot must be taken after the lock: READ COMMITTED sees what is committed by then.
        connection.exec_driver_sql("SET TRANSACTION ISOLATION LEVEL READ COMMITTED")
        connection.exec_driver_sql(f"SET LOCAL lock_timeout = '{BUSY_LIMIT_S:.0f}s'")
        connection.execute(text("SELECT pg_advisory_xact_lock(hashtext('knowhow write'))"))
