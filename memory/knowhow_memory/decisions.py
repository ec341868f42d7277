"""Decisions as people see them, with what came of each."""

from typing import Any

from pydantic import BaseModel
from sqlalchemy import Select, exists, select

from knowhow_memory.database import Database
from knowhow_memory.lookups import full_id
from knowhow_memory.models import Event
from knowhow_memory.rows import damaged, decision_checksum
from knowhow_memory.tables import DECISION, OUTCOME, PROBLEM, TENANT


class DecisionPublic(BaseModel):
    id: str
    seq: int
    tenant: str
    problem: str
    arm: str | None
    fallback: str | None
    cause: str
    explored: bool
    propensity: float | None
    estimate: float | None
    low: float | None
    high: float | None
    candidates: list[dict[str, Any]]
    session: str | None
    principal: str | None
    task: str | None
    big_model: str | None
    created_at: float
    outcome: str | None
    reward: float | None


def newest_decisions(
    database: Database, limit: int, *, tenant: str | None = None
) -> list[DecisionPublic]:
    query = _query().order_by(DECISION.c.seq.desc()).limit(limit)
    return _read(database, query if tenant is None else query.where(TENANT.c.name == tenant))


def find_decision(database: Database, decision_id: str) -> DecisionPublic:
    """By its id or an unmistakable beginning of it."""
    whole = full_id(database, "decision", decision_id)
    [found] = _read(database, _query().where(DECISION.c.id == whole).limit(1))
    return found


def _query() -> Select[Any]:
    newer = OUTCOME.alias("newer")
    live = (
        (OUTCOME.c.decision_id == DECISION.c.id)
        & (OUTCOME.c.event != Event.UNDONE.value)
        & ~exists().where(newer.c.replaces == OUTCOME.c.seq)
    )
    return (
        select(
            DECISION,
            TENANT.c.name.label("tenant"),
            PROBLEM.c.text.label("problem"),
            OUTCOME.c.id.label("outcome"),
            OUTCOME.c.reward,
        )
        .join(TENANT, TENANT.c.id == DECISION.c.tenant_id)
        .join(PROBLEM, PROBLEM.c.id == DECISION.c.problem_id)
        .outerjoin(OUTCOME, live)
    )


def _read(database: Database, query: Select[Any]) -> list[DecisionPublic]:
    columns = [column.name for column in DECISION.c]
    with database.reading() as connection:
        rows = [row._asdict() for row in connection.execute(query)]
    for row in rows:
        if decision_checksum({name: row[name] for name in columns}) != row["checksum"]:
            raise damaged(f"decision {row['id']!r}", database.name)
    return [DecisionPublic.model_validate(row) for row in rows]
