"""Backups: one SQLite file that holds everything, whatever database the store is in.

Taken while others write: the copy is one consistent state. A restored store gets a new identity, so
that no index made before can be taken for its own.
"""

import contextlib
import os
import sqlite3
import tempfile
import time
import uuid
from collections.abc import Iterator
from pathlib import Path

from sqlalchemy import Connection, Table, insert, select, text
from sqlmodel import SQLModel

from knowhow_memory.audit import audit
from knowhow_memory.database import DATABASE_FILE, Database, explained
from knowhow_memory.durable import TEMPORARY_PREFIX, explain_os_errors, make_folder, sync_folder
from knowhow_memory.errors import ConflictError, InputError, StoreDamagedError
from knowhow_memory.head import initialise, read_facts, write_fact
from knowhow_memory.migrate import prepare, upgrade

COPY_BATCH = 2000
SIDE_FILES = ("-journal", "-wal", "-shm")


def backup(database: Database, target: Path) -> int:
    """Write a backup file; returns its size. An existing file is only replaced by a whole one."""
    with _draft(target) as draft:
        if database.path is not None:
            with contextlib.closing(sqlite3.connect(database.path)) as source:
                _copy_file(source, draft)
        else:
            _copy_to_file(database, draft)
        _sync(draft)
        draft.replace(target)
        sync_folder(target.parent)
    return target.stat().st_size


def restore(source: Path, database: Database) -> Path | None:
    """Put a backup in the store's place; returns where the store that was there is kept."""
    if not source.is_file():
        raise InputError(f"no backup file at {str(source)!r}")
    path = database.path
    with _draft(path or Path(tempfile.gettempdir()) / DATABASE_FILE) as draft:
        with contextlib.closing(_whole_copy(source, draft)) as copy:
            if path is None:
                _restore_rows(copy, database)
                return None
            with copy.writing() as connection:
                write_fact(connection, "store_id", uuid.uuid4().hex)
        _sync(draft)
        with _held_still(database):
            kept = _keep_aside(path)
            draft.replace(path)
            sync_folder(path.parent)
    return kept


def _whole_copy(source: Path, draft: Path) -> Database:
    """A copy of the backup that this version can work with, every row of it as it was written."""
    copy = Database(draft)
    try:
        with contextlib.closing(_open_readonly(source)) as connection:
            _copy_file(connection, draft)
        upgrade(copy, lambda connection: None)
        audit(copy)
    except BaseException as error:
        copy.close()
        if not isinstance(error, StoreDamagedError):
            raise
        raise StoreDamagedError(
            f"{str(source)!r} is not a whole backup, use another one: {error}"
        ) from error
    return copy


def _open_readonly(source: Path) -> sqlite3.Connection:
    return sqlite3.connect(f"{source.absolute().as_uri()}?mode=ro", uri=True)


@contextlib.contextmanager
def _held_still(database: Database) -> Iterator[None]:
    """Keep writers out while the file is exchanged: who waits for the lock sees that it was.

    A store that is too damaged to be locked is nobody's to write to.
    """
    with contextlib.ExitStack() as held:
        if database.path is not None and database.path.exists():
            with contextlib.suppress(StoreDamagedError):
                held.enter_context(database.writing())
        yield


@contextlib.contextmanager
def _draft(target: Path) -> Iterator[Path]:
    """A file beside the target to work on, gone afterwards unless it was renamed."""
    make_folder(target.absolute().parent)
    with (
        explain_os_errors(target),
        tempfile.TemporaryDirectory(
            prefix=TEMPORARY_PREFIX, dir=target.absolute().parent
        ) as folder,
    ):
        yield Path(folder) / f"{TEMPORARY_PREFIX}{target.name}"


def _copy_file(source: sqlite3.Connection, target: Path) -> None:
    """In one step: a copy page by page would start over at every commit of somebody else."""
    with explained(str(target)), contextlib.closing(sqlite3.connect(target)) as copy:
        source.execute("PRAGMA busy_timeout=60000")
        source.backup(copy)


def _copy_to_file(database: Database, target: Path) -> None:
    copy = Database(target, may_create=True)
    upgrade(copy, lambda connection: None)
    with database.reading() as source, copy.writing() as connection:
        _copy_rows(source, connection)
    copy.close()


def _restore_rows(copy: Database, database: Database) -> None:
    def introduce(connection: Connection) -> None:
        with copy.reading() as rows:
            facts = read_facts(rows)
        initialise(connection, fingerprint=facts.embedder, name=facts.embedder_name, dim=facts.dim)

    prepare(database, introduce)
    with copy.reading() as rows, database.writing() as connection:
        if read_facts(connection).seq:
            raise ConflictError(
                f"{database.name!r} is in use already: restore into an empty database"
            )
        for table in reversed(SQLModel.metadata.sorted_tables):
            connection.execute(table.delete())
        _copy_rows(rows, connection)
        write_fact(connection, "store_id", uuid.uuid4().hex)
        for table in SQLModel.metadata.sorted_tables:
            _continue_numbering(connection, table)


def _copy_rows(source: Connection, target: Connection) -> None:
    for table in SQLModel.metadata.sorted_tables:
        portions = {"yield_per": COPY_BATCH}
        with source.execute(select(table), execution_options=portions) as rows:
            for batch in rows.mappings().partitions():
                target.execute(insert(table), [dict(row) for row in batch])


def _continue_numbering(connection: Connection, table: Table) -> None:
    """PostgreSQL's sequences know nothing of rows that brought their own keys."""
    if "id" not in table.c or table.c.id.type.python_type is not int:
        return
    connection.execute(
        text(
            f"SELECT setval(pg_get_serial_sequence('{table.name}', 'id'), "  # noqa: S608
            f"(SELECT coalesce(max(id), 0) + 1 FROM {table.name}), false)"
        )
    )


def _keep_aside(path: Path) -> Path | None:
    if not path.exists():
        return None
    stamp = time.strftime("%Y%m%d-%H%M%S")
    kept = path.with_name(f"{path.name}.before-restore-{stamp}-{uuid.uuid4().hex[:6]}")
    os.link(path, kept)
    for suffix in SIDE_FILES:
        beside = path.with_name(path.name + suffix)
        if beside.exists():  # a journal left beside the new file would be played into it
            beside.rename(kept.with_name(kept.name + suffix))
    return kept


def _sync(path: Path) -> None:
    with path.open("rb+") as file:
        os.fsync(file.fileno())
