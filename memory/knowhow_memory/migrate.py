"""Brings a database's tables to this version; `python -m knowhow_memory.migrate --check` proves
that the migrations and the table models say the same.

A new SQLite store is made under another name and then given its own, so a database without tables
is never a store that was about to be: it is a damaged one. Alembic is only imported when there is
something to do.
"""

import os
import re
import sys
import tempfile
import threading
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Connection, inspect, text

from knowhow_memory.audit import refuse_damaged_pages
from knowhow_memory.database import DATABASE_FILE, RESTORE_HINT, Database
from knowhow_memory.durable import (
    TEMPORARY_PREFIX,
    explain_os_errors,
    make_folder,
    remove_leftovers,
    sync_folder,
)
from knowhow_memory.errors import StoreDamagedError, StoreVersionError
from knowhow_memory.tables import FACT

if TYPE_CHECKING:
    from alembic.config import Config

HEAD = "0001"
"""The newest migration, kept here so that opening a store needs no alembic."""
VERSION = re.compile("[0-9]{4}")
VERSION_TABLE = "alembic_version"
CHECKED_WHOLE_BYTES = 8_000_000
"""A smaller file is checked page by page at every open, in about 0.1 s. Of a larger one the rows
are checked as they are read; `knowhow doctor` reads the rest."""
ALEMBIC = threading.Lock()
"""Its operations belong to the process: two threads would write into each other's tables."""
MIGRATIONS = Path(__file__).parent / "migrations"


def prepare(database: Database, initialise: Callable[[Connection], None]) -> None:
    """Make sure the store is there, has this version's tables, and knows who it is."""
    if database.path is not None:
        remove_leftovers(database.path.parent)
        if not database.path.exists():
            _create_file(database.path, initialise)
        elif database.path.stat().st_size <= CHECKED_WHOLE_BYTES:
            refuse_damaged_pages(database)
    upgrade(database, initialise)


def upgrade(database: Database, initialise: Callable[[Connection], None]) -> None:
    with database.reading() as connection:
        if _version(connection, database) == HEAD:
            return
    with database.writing() as connection:
        if _version(connection, database) != HEAD:
            from alembic import command

            with ALEMBIC:
                command.upgrade(_config(connection), "head")
            initialise(connection)


def _version(connection: Connection, database: Database) -> str | None:
    """The newest migration that was made; None where there are no tables yet."""
    tables = set(inspect(connection).get_table_names())
    if not tables & {VERSION_TABLE, FACT.name} and (database.path is None or database.may_create):
        return None
    if not tables >= {VERSION_TABLE, FACT.name}:
        raise StoreDamagedError(f"{database.name!r} is not a knowhow store: {RESTORE_HINT}")
    found = connection.scalar(text("SELECT version_num FROM alembic_version"))
    if found is None or not VERSION.fullmatch(found):
        raise StoreDamagedError(f"the tables of {database.name!r} are damaged: {RESTORE_HINT}")
    if found > HEAD:
        raise StoreVersionError(
            f"{database.name!r} was made by a newer knowhow (tables {found!r}, "
            f"this one knows {HEAD!r}): upgrade knowhow"
        )
    return str(found)


def _create_file(path: Path, initialise: Callable[[Connection], None]) -> None:
    make_folder(path.parent)
    with (
        explain_os_errors(path),
        tempfile.TemporaryDirectory(prefix=TEMPORARY_PREFIX, dir=path.parent) as folder,
    ):
        draft = Path(folder) / DATABASE_FILE
        database = Database(draft, may_create=True)
        upgrade(database, initialise)
        database.close()
        try:
            os.link(draft, path)  # unlike a rename, never replaces what is there
        except FileExistsError:
            return  # another process was faster: its store is the store
        sync_folder(path.parent)


def check() -> None:
    """Fail when the models have changed and the migrations have not."""
    from alembic import command

    with tempfile.TemporaryDirectory() as folder:
        database = Database(folder)
        prepare(database, lambda connection: None)
        with ALEMBIC, database.reading() as connection:
            command.check(_config(connection))
        database.close()


def _config(connection: Connection) -> "Config":
    from alembic.config import Config

    config = Config(stdout=sys.stdout)  # its default is whatever that was at its first import
    config.set_main_option("script_location", str(MIGRATIONS))
    config.attributes["connection"] = connection
    return config


if __name__ == "__main__":
    if sys.argv[1:] != ["--check"]:
        sys.exit("usage: python -m knowhow_memory.migrate --check")
    check()
