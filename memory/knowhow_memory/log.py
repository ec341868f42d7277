"""Reading the log: events in sequence order, live outcomes as people see them, vectors.

Reads in pages and holds no lock between them, because SQLite's writers wait for readers.
"""

import contextlib
import gc
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Connection, Select, bindparam, exists, func, select

from knowhow_memory.database import RESTORE_HINT, Database
from knowhow_memory.errors import StoreDamagedError
from knowhow_memory.head import Facts, read_facts
from knowhow_memory.models import Event, OutcomePublic
from knowhow_memory.rows import (
    CHECKSUM,
    COLUMNS,
    SUM_MODULUS,
    OutcomeRow,
    all_verified,
    damaged,
    steps_checksum,
    vector_checksum,
    verified,
)
from knowhow_memory.tables import EMBEDDING, OUTCOME, PROBLEM, PURGE, TENANT, TRAJECTORY, chunks
from knowhow_memory.texts import find_tenant, text_digest

_EVENTS = (
    select(*COLUMNS, CHECKSUM).where(OUTCOME.c.seq > bindparam("seen")).order_by(OUTCOME.c.seq)
)


@dataclass
class Tail:
    """What happened since the last look."""

    facts: Facts
    rows: list[OutcomeRow]
    whole: bool
    """The rows are all there are: what was derived from earlier ones is void."""
    purged: bool
    """Some of the earlier ones are gone for good."""


@dataclass(frozen=True)
class Position:
    """How far a log was read: its head, and the number and sum of the rows up to there."""

    seq: int = 0
    events: int = 0
    events_sum: int = 0


class Reader:
    """Follows one log and proves that it has seen every row of it."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self.position = Position()

    @property
    def seq(self) -> int:
        return self.position.seq

    def start_over(self) -> None:
        """Forget what was read, so that the next tail is whole."""
        self.position = Position()

    def resume(self, position: Position) -> bool:
        """Go on from an earlier reading, if the log still has just those rows up to there."""
        total = func.coalesce(func.sum(CHECKSUM), 0)
        rows = select(func.count(), total).where(OUTCOME.c.seq <= position.seq)
        with self._database.reading() as connection:
            events, checksums = connection.execute(rows).one()
        if (events, int(checksums) % SUM_MODULUS) != (position.events, position.events_sum):
            return False
        self.position = position
        return True

    def read(self) -> Tail | None:
        """Everything new in one consistent look, or None when there is nothing."""
        with self._database.reading() as connection:
            facts = read_facts(connection)
            if facts.seq == self.seq:
                return None
            purged = self.seq > 0 and _purged_since(connection, self.seq)
            if purged:
                self.start_over()
            whole = self.seq == 0
            with nothing_collected():
                found = connection.execute(_EVENTS, {"seen": self.seq}).all()
                rows = all_verified(found, self._database.name)
        self._count(facts, rows, sum(values[-1] for values in found))
        return Tail(facts, rows, whole, purged)

    def purged_meanwhile(self) -> bool:
        """Has something been purged that the last look still saw?"""
        with self._database.reading() as connection:
            return _purged_since(connection, self.seq)

    def _count(self, facts: Facts, rows: Sequence[OutcomeRow], checksums: int) -> None:
        events = self.position.events + len(rows)
        events_sum = (self.position.events_sum + checksums) % SUM_MODULUS
        newest = rows[-1].seq if rows else 0
        if (events, events_sum) != (facts.events, facts.events_sum) or newest > facts.seq:
            raise StoreDamagedError(
                f"outcomes are missing from {self._database.name!r}: {RESTORE_HINT}"
            )
        self.position = Position(facts.seq, events, events_sum)


@contextlib.contextmanager
def nothing_collected() -> Iterator[None]:
    """Rows by the hundred thousand hold no garbage; looking for it again and again while they come
    in takes a third of the time."""
    collecting = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if collecting:
            gc.enable()


def vectors_of(
    database: Database, problems: Sequence[int], fingerprint: str, dim: int
) -> Iterator[tuple[NDArray[np.int64], NDArray[np.float32]]]:
    """Blocks of (problem ids, vectors); a vector that is not what was written is refused, one
    that is not there is left out."""
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
                raise damaged("an embedding", database.name)
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
    query = _live_query(database, tenant).order_by(OUTCOME.c.seq)
    if problems is not None:
        query = query.where(OUTCOME.c.problem_id.in_(problems))
    if outcome_id is not None:
        query = query.where(OUTCOME.c.id == outcome_id)
    while True:
        with database.reading() as connection:
            found = connection.execute(query.where(OUTCOME.c.seq > after).limit(page)).all()
            ids = [row.id for row in found] if trajectories else []
            steps = _steps(connection, ids, database.name)
        for values in found:
            yield _public(tuple(values), steps, database.name)
        if len(found) < page:
            return
        after = found[-1].seq


def newest_outcomes(database: Database, limit: int, tenant: str | None) -> list[OutcomePublic]:
    query = _live_query(database, tenant).order_by(OUTCOME.c.seq.desc()).limit(limit)
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
                raise damaged(f"problem {row.id}", database.name)
            texts[row.id] = row.text
    return texts


def _live_query(database: Database, tenant: str | None) -> Select[Any]:
    newer = OUTCOME.alias("newer")
    query = (
        select(
            *COLUMNS,
            CHECKSUM,
            TENANT.c.name.label("tenant"),
            PROBLEM.c.text.label("problem"),
            PROBLEM.c.digest,
        )
        .select_from(OUTCOME)
        # Outer joins: an outcome whose tenant or problem is missing must not vanish unnoticed.
        .outerjoin(TENANT, TENANT.c.id == OUTCOME.c.tenant_id)
        .outerjoin(PROBLEM, PROBLEM.c.id == OUTCOME.c.problem_id)
        .where(OUTCOME.c.event != Event.UNDONE.value)
        .where(~exists().where(newer.c.replaces == OUTCOME.c.seq))
    )
    if tenant is None:
        return query
    with database.reading() as connection:
        return query.where(OUTCOME.c.tenant_id == find_tenant(connection, tenant, database.name))


def _public(
    values: tuple[Any, ...], steps: dict[str, list[dict[str, Any]]], database: str
) -> OutcomePublic:
    *stored, tenant, problem, digest = values
    row = verified(tuple(stored), database)
    if tenant is None:
        raise damaged(f"tenant {row.tenant_id}", database)
    if problem is None or text_digest(problem) != digest:
        raise damaged(f"problem {row.problem_id}", database)
    return OutcomePublic.model_validate(
        row._asdict()
        | {
            "tenant": tenant,
            "problem": problem,
            "trajectory": steps.get(row.id),
        }
    )


def _steps(
    connection: Connection, ids: Sequence[str], database: str
) -> dict[str, list[dict[str, Any]]]:
    steps: dict[str, list[dict[str, Any]]] = {}
    c = TRAJECTORY.c
    for chunk in chunks(ids):
        query = select(c.outcome_id, c.steps, c.checksum).where(c.outcome_id.in_(chunk))
        for row in connection.execute(query):
            if steps_checksum(row.outcome_id, row.steps) != row.checksum:
                raise damaged(f"the trajectory of outcome {row.outcome_id!r}", database)
            steps[row.outcome_id] = row.steps
    return steps


def _purged_since(connection: Connection, seq: int) -> bool:
    query = select(PURGE.c.seq).where(PURGE.c.seq > seq).limit(1)
    return connection.scalar(query) is not None
