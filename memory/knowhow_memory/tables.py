"""The tables as SQL expressions take them, and lists in the portions a statement can hold."""

from collections.abc import Iterable, Sequence
from typing import TypeVar

from sqlalchemy import Table

from knowhow_memory.models import (
    Decision,
    Embedding,
    Outcome,
    Problem,
    Purge,
    StoreFact,
    Tenant,
    Trajectory,
)

T = TypeVar("T")
LOOKUP_CHUNK = 500
"""SQLite limits the number of values in one statement."""

DECISION: Table = Decision.__table__  # type: ignore[attr-defined]
EMBEDDING: Table = Embedding.__table__  # type: ignore[attr-defined]
FACT: Table = StoreFact.__table__  # type: ignore[attr-defined]
OUTCOME: Table = Outcome.__table__  # type: ignore[attr-defined]
PROBLEM: Table = Problem.__table__  # type: ignore[attr-defined]
PURGE: Table = Purge.__table__  # type: ignore[attr-defined]
TENANT: Table = Tenant.__table__  # type: ignore[attr-defined]
TRAJECTORY: Table = Trajectory.__table__  # type: ignore[attr-defined]


def chunks(items: Sequence[T]) -> Iterable[Sequence[T]]:
    return (items[i : i + LOOKUP_CHUNK] for i in range(0, len(items), LOOKUP_CHUNK))
