"""What the router learns from, read from the log: outcomes and decisions, in the order in which
they took effect.

An outcome takes effect at its sequence number, a decision right after the last event its router had
seen, which is earlier than its own number. Knows nothing about what is learned.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from sqlalchemy import Connection, select

from knowhow_memory.database import Database
from knowhow_memory.log import nothing_collected, problem_texts, vectors_of
from knowhow_memory.rows import (
    CHECKSUM,
    COLUMNS,
    OutcomeRow,
    all_verified,
    damaged,
    decision_checksum,
)
from knowhow_memory.tables import DECISION, OUTCOME, PURGE
from knowhow_router.observation import Floats32, Opinion, is_sound

PAGE = 2000
"""Events whose texts and vectors are in memory at a time."""


@dataclass(frozen=True, slots=True)
class Past:
    """A decision that was taken, as far as it moved the router."""

    id: str
    seq: int
    learned_seq: int
    problem_id: int
    session: str | None
    task: str | None
    explored: bool
    arms: tuple[str, ...]
    opinion: Opinion

    @classmethod
    def of(cls, values: Any) -> Past:
        named = [candidate for candidate in values.candidates if "arm" in candidate]
        return cls(
            id=values.id,
            seq=values.seq,
            learned_seq=values.learned_seq or 0,
            problem_id=values.problem_id,
            session=values.session,
            task=values.task,
            explored=values.propensity is not None and values.propensity < 1.0,
            arms=tuple(candidate["arm"] for candidate in named),
            opinion={
                candidate["arm"]: candidate["opinion"]
                for candidate in named
                if is_sound(candidate.get("opinion"))
            },
        )


Happened: TypeAlias = OutcomeRow | Past


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened, with the problem it happened on."""

    what: Happened
    text: str
    vector: Floats32


class Purged(Exception):
    """Something that was learned from is gone: start over from what there is."""


def read_events(
    database: Database, tenant_id: int, after: int, until: int, embedder: tuple[str, int]
) -> Iterator[Sequence[Event]]:
    """Pages of events with sequence numbers in (after, until]."""
    with database.reading() as connection:
        if after and _purged_since(connection, after):
            raise Purged
        happened = _happened(connection, tenant_id, after, until, database.name)
    for start in range(0, len(happened), PAGE):
        yield _with_problems(database, happened[start : start + PAGE], embedder)


def _happened(
    connection: Connection, tenant_id: int, after: int, until: int, name: str
) -> list[Happened]:
    c = OUTCOME.c
    with nothing_collected():
        query = select(*COLUMNS, CHECKSUM)
        query = query.where(c.tenant_id == tenant_id, c.seq > after, c.seq <= until)
        rows = all_verified(connection.execute(query).all(), name)
    d = DECISION.c
    decisions = connection.execute(
        select(DECISION).where(d.tenant_id == tenant_id, d.seq > after, d.seq <= until)
    ).all()
    for values in decisions:
        if decision_checksum(values._asdict()) != values.checksum:
            raise damaged(f"decision {values.id!r}", name)
    happened: list[Happened] = [*rows, *map(Past.of, decisions)]
    return sorted(happened, key=_took_effect)


def _took_effect(what: Happened) -> tuple[int, int]:
    return (what.learned_seq, what.seq) if isinstance(what, Past) else (what.seq, 0)


def _with_problems(
    database: Database, page: Sequence[Happened], embedder: tuple[str, int]
) -> list[Event]:
    problems = sorted({what.problem_id for what in page})
    texts = problem_texts(database, problems)
    vectors: dict[int, Floats32] = {}
    for ids, block in vectors_of(database, problems, *embedder):
        vectors.update(zip(ids.tolist(), block, strict=True))
    if not set(problems) <= texts.keys() & vectors.keys():
        raise Purged
    return [Event(what, texts[what.problem_id], vectors[what.problem_id]) for what in page]


def _purged_since(connection: Connection, seq: int) -> bool:
    newest = connection.scalar(select(PURGE.c.seq).where(PURGE.c.seq > seq).limit(1))
    return newest is not None
