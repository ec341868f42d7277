"""Small reads that statistics need beside the columns."""

from typing import Any

from sqlalchemy import Connection, Select, select

from knowhow_memory.database import Database
from knowhow_memory.models import Event
from knowhow_memory.tables import DECISION, OUTCOME, TENANT, TRAJECTORY


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
