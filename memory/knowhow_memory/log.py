"""Reading the log: events in sequence order, outcomes as people see them, vectors.

Rows are asked for by their keys, never by what a secondary index says: a damaged index would hide
some of them. Reads in pages and holds no lock between them: SQLite's writers wait for readers.
"""

import contextlib
import gc
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Connection, bindparam, func, select

from knowhow_memory.database import RESTORE_HINT, Database
from knowhow_memory.errors import StoreDamagedError
from knowhow_memory.head import Facts, read_facts
from knowhow_memory.models import OutcomePublic
from knowhow_memory.rows import (
    CHECKSUM,
    COLUMNS,
    SUM_MODULUS,
    OutcomeRow,
    all_verified,
    damaged,
    json_checksum,
    tenant_checksum,
    vector_checksum,
    verified,
)
from knowhow_memory.tables import EMBEDDING, OUTCOME, PROBLEM, PURGE, TENANT, TRAJECTORY, chunks
from knowhow_memory.texts import text_digest

_EVENTS = (
    select(*COLUMNS, CHECKSUM).where(OUTCOME.c.seq > bindparam("seen")).order_by(OUTCOME.c.seq)
)
_OUTCOMES = (
    select(
        *COLUMNS,
        CHECKSUM,
        TENANT.c.name.label("tenant"),
        TENANT.c.checksum.label("tenant_checksum"),
        PROBLEM.c.text.label("problem"),
        PROBLEM.c.digest,
    )
    .select_from(OUTCOME)
    # Outer joins: an outcome whose tenant or problem is missing must not vanish unnoticed.
    .outerjoin(TENANT, TENANT.c.id == OUTCOME.c.tenant_id)
    .outerjoin(PROBLEM, PROBLEM.c.id == OUTCOME.c.problem_id)
    .where(OUTCOME.c.seq.in_(bindparam("seqs", expanding=True)))
)

Steps = dict[str, list[dict[str, Any]]]
"""Outcome id → its trajectory."""


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


def outcomes_at(
    database: Database,
    seqs: Sequence[int],
    *,
    seen: int,
    page: int = 1000,
    trajectories: bool = False,
) -> Iterator[OutcomePublic]:
    """The outcomes as these events left them, in the order of `seqs`, read page by page.

    `seen` is how far the log had come when the numbers were read: what was purged later is left
    out, and anything else that is missing is damage.
    """
    for start in range(0, len(seqs), page):
        wanted = seqs[start : start + page]
        with database.reading() as connection:
            rows = connection.execute(_OUTCOMES, {"seqs": list(wanted)}).all()
            steps = _steps(connection, [row.id for row in rows]) if trajectories else None
            purged = len(rows) < len(wanted) and _purged_since(connection, seen)
        if len(rows) < len(wanted) and not purged:
            raise damaged("an outcome", database.name)
        by_seq = {row.seq: row for row in rows}
        for seq in wanted:
            if seq in by_seq:
                yield _public(tuple(by_seq[seq]), steps, database.name)


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


def _public(values: tuple[Any, ...], steps: Steps | None, database: str) -> OutcomePublic:
    *stored, tenant, checksum, problem, digest = values
    row = verified(tuple(stored), database)
    if tenant is None or tenant_checksum(tenant) != checksum:
        raise damaged(f"tenant {row.tenant_id}", database)
    if problem is None or text_digest(problem) != digest:
        raise damaged(f"problem {row.problem_id}", database)
    trajectory = None
    if steps is not None and row.steps_checksum is not None:
        trajectory = steps.get(row.id)
        if json_checksum(trajectory) != row.steps_checksum:
            raise damaged(f"the trajectory of outcome {row.id!r}", database)
    return OutcomePublic.model_validate(
        row._asdict() | {"tenant": tenant, "problem": problem, "trajectory": trajectory}
    )


def _steps(connection: Connection, ids: Sequence[str]) -> Steps:
    steps: Steps = {}
    c = TRAJECTORY.c
    for chunk in chunks(ids):
        rows = connection.execute(select(c.outcome_id, c.steps).where(c.outcome_id.in_(chunk)))
        steps.update((row.outcome_id, row.steps) for row in rows)
    return steps


def _purged_since(connection: Connection, seq: int) -> bool:
    query = select(PURGE.c.seq).where(PURGE.c.seq > seq).limit(1)
    return connection.scalar(query) is not None
