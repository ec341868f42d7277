"""Brings a database's tables to this version; `python -m knowhow_memory.migrate --check` proves
that the migrations and the table models say the same.

A new SQLite store is made under another name and then given its own, so a database without tables
is never a store that was about to be: it is a damaged one. Alembic is only imported when there is
something to do.
"""

import os
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Connection, inspect, text

from knowhow_memory.database import RESTORE_HINT, Database
from knowhow_memory.durable import (
    TEMPORARY_PREFIX,
    explain_os_errors,
    make_folder,
    remove_leftovers,
    sync_folder,
)
from knowhow_memory.errors import StoreDamagedError, StoreVersionError

if TYPE_CHECKING:
    from alembic.config import Config

HEAD = "0001"
"""The newest migration, kept here so that opening a store needs no alembic."""
MIGRATIONS = Path(__file__).parent / "migrations"


def prepare(database: Database, initialise: Callable[[Connection], None]) -> None:
    """Make sure the store is there, has this version's tables, and knows who it is."""
    if database.path is not None:
        remove_leftovers(database.path.parent)
    if database.path is None or database.path.exists():
        upgrade(database, initialise)
    else:
        _create_file(database.path, initialise)


def upgrade(database: Database, initialise: Callable[[Connection], None]) -> None:
    with database.reading() as connection:
        if _is_current(connection, database):
            return
    with database.writing() as connection:
        if not _is_current(connection, database):
            from alembic import command

            command.upgrade(_config(connection), "head")
            initialise(connection)


def _is_current(connection: Connection, database: Database) -> bool:
    if inspect(connection).has_table("alembic_version"):
        found = connection.scalar(text("SELECT version_num FROM alembic_version"))
        if found is not None and found > HEAD:
            raise StoreVersionError(
                f"{database.name!r} was made by a newer knowhow (tables {found!r}, "
                f"this one knows {HEAD!r}): upgrade knowhow"
            )
        return bool(found == HEAD)
    if database.path is not None and not database.path.name.startswith(TEMPORARY_PREFIX):
        raise StoreDamagedError(f"{database.name!r} is not a knowhow store: {RESTORE_HINT}")
    return False


def _create_file(path: Path, initialise: Callable[[Connection], None]) -> None:
    make_folder(path.parent)
    with (
        explain_os_errors(path),
        tempfile.TemporaryDirectory(prefix=TEMPORARY_PREFIX, dir=path.parent) as folder,
    ):
        draft = Database(Path(folder) / f"{TEMPORARY_PREFIX}{path.name}")
        upgrade(draft, initialise)
        draft.close()
        assert draft.path is not None
        try:
            os.link(draft.path, path)  # unlike a rename, never replaces what is there
        except FileExistsError:
            return  # another process was faster: its store is the store
        sync_folder(path.parent)


def check() -> None:
    """Fail when the models have changed and the migrations have not."""
    from alembic import command

    with tempfile.TemporaryDirectory() as folder:
        database = Database(folder)
        prepare(database, lambda connection: None)
        with database.reading() as connection:
            command.check(_config(connection))
        database.close()


def _config(connection: Connection) -> "Config":
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.attributes["connection"] = connection
    return config


if __name__ == "__main__":
    if sys.argv[1:] != ["--check"]:
        sys.exit("usage: python -m knowhow_memory.migrate --check")
    check()
