"""Small reads that statistics and the command line need beside the columns."""

from typing import Any, Literal

from sqlalchemy import Connection, Select, select

from knowhow_memory.database import Database
from knowhow_memory.errors import InputError, NotFoundError
from knowhow_memory.models import Event
from knowhow_memory.tables import DECISION, OUTCOME, TENANT, TRAJECTORY

SHORTEST_BEGINNING = 6
LISTS = {"outcome": "outcome", "decision": "decisions"}


def tenant_names(database: Database) -> dict[int, str]:
    with database.reading() as connection:
        return _pairs(connection, select(TENANT.c.id, TENANT.c.name))


def stated_estimates(database: Database) -> dict[int, float]:
    """For the outcomes of decisions: sequence number → P(success) the decision stated.

    Only where the arm was tried that the estimate is about.
    """
    decided = DECISION.c.arm, DECISION.c.fallback
    query = (
        select(OUTCOME.c.seq, DECISION.c.estimate)
        .select_from(DECISION)
        .join(OUTCOME, OUTCOME.c.decision_id == DECISION.c.id)
        .where(DECISION.c.estimate.is_not(None))
        .where(OUTCOME.c.event != Event.UNDONE.value)
        .where(
            (OUTCOME.c.arm == decided[0]) | (decided[0].is_(None) & (OUTCOME.c.arm == decided[1]))
        )
    )
    with database.reading() as connection:
        return _pairs(connection, query)


def outcomes_with_trajectory(database: Database) -> dict[int, str]:
    """Sequence number → outcome id, for every event of an outcome whose steps are kept."""
    query = select(OUTCOME.c.seq, OUTCOME.c.id).join(
        TRAJECTORY, TRAJECTORY.c.outcome_id == OUTCOME.c.id
    )
    with database.reading() as connection:
        return _pairs(connection, query)


def _pairs(connection: Connection, query: Select[Any]) -> dict[Any, Any]:
    return {row[0]: row[1] for row in connection.execute(query)}


def full_id(database: Database, what: Literal["outcome", "decision"], beginning: str) -> str:
    """The whole id of what begins like this, as lists show it."""
    if len(beginning) < SHORTEST_BEGINNING:
        raise InputError(
            f"{beginning!r} is too short: give {SHORTEST_BEGINNING} characters or more of the id"
        )
    column = {"outcome": OUTCOME, "decision": DECISION}[what].c.id
    query = select(column).where(column.startswith(beginning, autoescape=True))
    with database.reading() as connection:
        found = connection.scalars(query.distinct().limit(2)).all()
    if not found:
        raise NotFoundError(f"no {what} {beginning!r}: see `knowhow {LISTS[what]} list`")
    if len(found) > 1:
        raise InputError(f"several ids begin with {beginning!r}: give more of it")
    return str(found[0])
