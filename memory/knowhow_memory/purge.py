"""Purging: what a tenant or a principal brought in is deleted, row by row, as if it had never been.

The one place where the log loses rows. What stays is a marker that something was purged, so that
every process throws away what it derived.
"""

from sqlalchemy import ColumnElement, Connection, Table, and_, delete, insert, or_, select, true

from knowhow_memory.errors import InputError, NotFoundError
from knowhow_memory.head import Head
from knowhow_memory.models import now
from knowhow_memory.rows import CHECKSUM
from knowhow_memory.tables import (
    DECISION,
    EMBEDDING,
    OUTCOME,
    PROBLEM,
    PURGE,
    TENANT,
    TRAJECTORY,
)
from knowhow_memory.texts import find_tenant


def purge(head: Head, database: str, *, tenant: str | None, principal: str | None) -> int:
    """Delete the rows of a tenant, of a principal, or of a principal within a tenant."""
    if tenant is None and principal is None:
        raise InputError("say what to purge: a tenant, a principal, or both")
    connection = head.connection
    tenant_id = None if tenant is None else find_tenant(connection, tenant, database)
    if tenant is not None and tenant_id is None:
        raise NotFoundError(f"no tenant {tenant!r}: `knowhow stats` shows them")

    outcomes, decisions = (_owned(table, tenant_id, principal) for table in (OUTCOME, DECISION))
    # An answer to a purged decision goes with it, and so does every event of a purged outcome.
    answers = OUTCOME.c.decision_id.in_(select(DECISION.c.id).where(decisions))
    ids = select(OUTCOME.c.id).where(or_(outcomes, answers))
    checksums = connection.scalars(select(CHECKSUM).where(OUTCOME.c.id.in_(ids))).all()
    for checksum in checksums:
        head.remove_event(checksum)
    connection.execute(delete(TRAJECTORY).where(TRAJECTORY.c.outcome_id.in_(ids)))
    connection.execute(delete(OUTCOME).where(OUTCOME.c.id.in_(ids)))
    removed = len(checksums) + connection.execute(delete(DECISION).where(decisions)).rowcount
    if not removed and principal is not None:
        raise NotFoundError(f"nothing to purge of {principal!r}")
    _drop_orphans(connection)
    if principal is None:
        connection.execute(delete(TENANT).where(TENANT.c.id == tenant_id))
    scope = "tenant" if principal is None else "principal"
    marker = {"seq": head.next(), "scope": scope, "removed": removed, "recorded_at": now()}
    connection.execute(insert(PURGE), marker)
    return removed


def _owned(table: Table, tenant_id: int | None, principal: str | None) -> ColumnElement[bool]:
    return and_(
        true() if tenant_id is None else table.c.tenant_id == tenant_id,
        true() if principal is None else table.c.principal == principal,
    )


def _drop_orphans(connection: Connection) -> None:
    """Problems nobody refers to any more, and vectors of texts nobody posed."""
    connection.execute(
        delete(PROBLEM).where(
            PROBLEM.c.id.not_in(select(OUTCOME.c.problem_id)),
            PROBLEM.c.id.not_in(select(DECISION.c.problem_id)),
        )
    )
    connection.execute(delete(EMBEDDING).where(EMBEDDING.c.digest.not_in(select(PROBLEM.c.digest))))
