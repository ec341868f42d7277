"""Reading the log: events in sequence order, live outcomes as people see them, vectors.

Reads in pages and holds no lock between them, because SQLite's writers wait for readers.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Connection, Select, exists, select

from knowhow_memory.database import RESTORE_HINT, Database
from knowhow_memory.errors import StoreDamagedError
from knowhow_memory.head import read_facts
from knowhow_memory.models import Event, OutcomePublic, Purge
from knowhow_memory.rows import (
    CHECKSUM,
    COLUMNS,
    SUM_MODULUS,
    OutcomeRow,
    vector_checksum,
    verified,
)
from knowhow_memory.store import (
    DECISION,
    EMBEDDING,
    OUTCOME,
    PROBLEM,
    TENANT,
    TRAJECTORY,
    chunks,
    text_digest,
)


@dataclass
class Tail:
    """What happened since the last look; after a purge, everything there still is."""

    facts: dict[str, str]
    rows: list[OutcomeRow]
    purged: bool


class Reader:
    """Follows one log and proves that it has seen every row of it."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._start_over()

    def read(self) -> Tail | None:
        """Everything new in one consistent look, or None when there is nothing."""
        with self._database.reading() as connection:
            facts = read_facts(connection)
            if int(facts.get("seq", 0)) == self.seq:
                return None
            purged = self.seq > 0 and _purged_since(connection, self.seq)
            if purged:
                self._start_over()
            query = select(*COLUMNS, CHECKSUM).where(OUTCOME.c.seq > self.seq)
            found = connection.execute(query.order_by(OUTCOME.c.seq)).all()
        rows = [verified(tuple(values), self._database.name) for values in found]
        self._count(facts, len(found), sum(values[-1] for values in found))
        return Tail(facts, rows, purged)

    def _start_over(self) -> None:
        self.seq = 0
        self._events = 0
        self._sum = 0

    def _count(self, facts: dict[str, str], events: int, checksums: int) -> None:
        self._events += events
        self._sum = (self._sum + checksums) % SUM_MODULUS
        if (self._events, self._sum) != (int(facts["events"]), int(facts["events_sum"])):
            self._start_over()
            raise StoreDamagedError(
                f"outcomes are missing from {self._database.name!r}: {RESTORE_HINT}"
            )
        self.seq = int(facts["seq"])


def vectors_of(
    database: Database, problems: Sequence[int], fingerprint: str, dim: int
) -> Iterator[tuple[NDArray[np.int64], NDArray[np.float32]]]:
    """Blocks of (problem ids, vectors); a vector that is not what was written is refused."""
    c = EMBEDDING.c
    for chunk in chunks(problems):
        query = (
            select(PROBLEM.c.id, c.digest, c.vector, c.checksum)
            .join(EMBEDDING, c.digest == PROBLEM.c.digest)
            .where(PROBLEM.c.id.in_(chunk), c.embedder == fingerprint)
            .order_by(PROBLEM.c.id)
        )
        with database.reading() as connection:
            rows = connection.execute(query).all()
        for row in rows:
            if vector_checksum(row.digest, row.vector) != row.checksum:
                raise StoreDamagedError(
                    f"an embedding in {database.name!r} is not what was written: {RESTORE_HINT}"
                )
        if rows:
            ids = np.array([row.id for row in rows], np.int64)
            blob = b"".join(row.vector for row in rows)
            yield ids, np.frombuffer(blob, "<f4").reshape(len(rows), dim)


def live_outcomes(
    database: Database,
    *,
    tenant: str | None = None,
    problems: Sequence[int] | None = None,
    outcome_id: str | None = None,
    after: int = 0,
    page: int = 1000,
    trajectories: bool = False,
) -> Iterator[OutcomePublic]:
    """Live outcomes in sequence order, read page by page."""
    query = _live_query().order_by(OUTCOME.c.seq)
    if tenant is not None:
        query = query.where(TENANT.c.name == tenant)
    if problems is not None:
        query = query.where(OUTCOME.c.problem_id.in_(problems))
    if outcome_id is not None:
        query = query.where(OUTCOME.c.id == outcome_id)
    while True:
        with database.reading() as connection:
            found = connection.execute(query.where(OUTCOME.c.seq > after).limit(page)).all()
            steps = _steps(connection, [row.id for row in found]) if trajectories else {}
        for values in found:
            yield _public(tuple(values), steps, database.name)
        if len(found) < page:
            return
        after = found[-1].seq


def newest_outcomes(database: Database, limit: int, tenant: str | None) -> list[OutcomePublic]:
    query = _live_query().order_by(OUTCOME.c.seq.desc()).limit(limit)
    if tenant is not None:
        query = query.where(TENANT.c.name == tenant)
    with database.reading() as connection:
        found = connection.execute(query).all()
    return [_public(tuple(values), {}, database.name) for values in found]


def problem_texts(database: Database, problems: Sequence[int]) -> dict[int, str]:
    texts: dict[int, str] = {}
    c = PROBLEM.c
    for chunk in chunks(problems):
        with database.reading() as connection:
            rows = connection.execute(select(c.id, c.digest, c.text).where(c.id.in_(chunk))).all()
        for row in rows:
            if text_digest(row.text) != row.digest:
                raise _damaged_problem(row.id, database.name)
            texts[row.id] = row.text
    return texts


def _live_query() -> Select[Any]:
    newer = OUTCOME.alias("newer")
    return (
        select(
            *COLUMNS,
            CHECKSUM,
            TENANT.c.name.label("tenant"),
            PROBLEM.c.text.label("problem"),
            PROBLEM.c.digest,
            DECISION.c.propensity,
        )
        .select_from(OUTCOME)
        .join(TENANT, TENANT.c.id == OUTCOME.c.tenant_id)
        .join(PROBLEM, PROBLEM.c.id == OUTCOME.c.problem_id)
        .outerjoin(DECISION, DECISION.c.id == OUTCOME.c.decision_id)
        .where(OUTCOME.c.event != Event.UNDONE.value)
        .where(~exists().where(newer.c.replaces == OUTCOME.c.seq))
    )


def _public(
    values: tuple[Any, ...], steps: dict[str, list[dict[str, Any]]], database: str
) -> OutcomePublic:
    *stored, tenant, problem, digest, propensity = values
    row = verified(tuple(stored), database)
    if text_digest(problem) != digest:
        raise _damaged_problem(row.problem_id, database)
    return OutcomePublic.model_validate(
        row._asdict()
        | {
            "tenant": tenant,
            "problem": problem,
            "propensity": propensity,
            "trajectory": steps.get(row.id),
        }
    )


def _steps(connection: Connection, ids: Sequence[str]) -> dict[str, list[dict[str, Any]]]:
    steps: dict[str, list[dict[str, Any]]] = {}
    c = TRAJECTORY.c
    for chunk in chunks(ids):
        rows = connection.execute(select(c.outcome_id, c.steps).where(c.outcome_id.in_(chunk)))
        steps.update((row.outcome_id, row.steps) for row in rows)
    return steps


def _purged_since(connection: Connection, seq: int) -> bool:
    purge = Purge.__table__  # type: ignore[attr-defined]
    return connection.scalar(select(purge.c.seq).where(purge.c.seq > seq).limit(1)) is not None


def _damaged_problem(problem: int, database: str) -> StoreDamagedError:
    return StoreDamagedError(
        f"problem {problem} in {database!r} is not what was written: {RESTORE_HINT}"
    )
