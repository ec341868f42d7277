"""Proof that a store is as it was written: every page, every row, every vector is read.

For restores and for the doctor; opening a store reads only what it needs. Knows nothing about how
the rows are used.
"""

from collections.abc import Callable
from typing import Any

from sqlalchemy import Row, Select, Table, select, text

from knowhow_memory.database import Database
from knowhow_memory.log import Reader
from knowhow_memory.models import Event
from knowhow_memory.rows import (
    damaged,
    decision_checksum,
    json_checksum,
    tenant_checksum,
    vector_checksum,
)
from knowhow_memory.tables import DECISION, EMBEDDING, OUTCOME, PROBLEM, TENANT, TRAJECTORY
from knowhow_memory.texts import text_digest

BATCH = 1000


def audit(database: Database) -> int:
    """Raise a `StoreDamagedError` that names the first thing which is not as it was written.

    Returns how far the log has come.
    """
    refuse_damaged_pages(database)
    reader = Reader(database)
    reader.read()
    for table, is_whole in CHECKS.items():
        _check(database, select(table), is_whole, f"a row of the table {table.name!r}")
    _check(
        database,
        TRAJECTORIES,
        lambda row: json_checksum(row.steps) == row.steps_checksum,
        "a trajectory",
    )
    return reader.seq


def refuse_damaged_pages(database: Database) -> None:
    """Ask SQLite about its file; PostgreSQL looks after its own."""
    if database.path is None:
        return
    with database.reading() as connection:
        verdict = connection.scalar(text("PRAGMA integrity_check(1)"))
    if verdict != "ok":
        raise damaged(f"a page ({' '.join(verdict.split())})", database.name)


CHECKS: dict[Table, Callable[[Row[Any]], bool]] = {
    TENANT: lambda row: tenant_checksum(row.name) == row.checksum,
    PROBLEM: lambda row: text_digest(row.text) == row.digest,
    EMBEDDING: lambda row: vector_checksum(row.digest, row.vector) == row.checksum,
    DECISION: lambda row: decision_checksum(row._asdict()) == row.checksum,
}


TRAJECTORIES = (
    select(OUTCOME.c.id, OUTCOME.c.steps_checksum, TRAJECTORY.c.steps)
    .outerjoin(TRAJECTORY, TRAJECTORY.c.outcome_id == OUTCOME.c.id)
    .where(OUTCOME.c.steps_checksum.is_not(None), OUTCOME.c.event == Event.RECORDED.value)
)


def _check(
    database: Database, query: Select[Any], is_whole: Callable[[Row[Any]], bool], what: str
) -> None:
    with (
        database.reading() as connection,
        connection.execute(query, execution_options={"yield_per": BATCH}) as rows,
    ):
        if not all(map(is_whole, rows)):
            raise damaged(what, database.name)
