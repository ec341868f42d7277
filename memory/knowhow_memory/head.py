"""The store's facts: who it is, and how far its log has come.

`seq` numbers every event; `events` and `events_sum` (over the rows' checksums) let a reader prove
that it has seen every outcome row, no more and no less.
"""

import secrets
import uuid
from dataclasses import dataclass
from typing import Self

from sqlalchemy import Connection, insert, select, update

from knowhow_memory.errors import StoreDamagedError
from knowhow_memory.models import StoreFact
from knowhow_memory.rows import SUM_MODULUS

COUNTERS = ("seq", "events", "events_sum")


@dataclass
class Head:
    """The counters inside one write transaction."""

    connection: Connection
    seq: int
    events: int
    events_sum: int

    @classmethod
    def load(cls, connection: Connection) -> Self:
        return cls(connection, *read_counters(connection))

    def next(self) -> int:
        self.seq += 1
        return self.seq

    def add_event(self, checksum: int) -> None:
        self.events += 1
        self.events_sum = (self.events_sum + checksum) % SUM_MODULUS

    def remove_event(self, checksum: int) -> None:
        self.events -= 1
        self.events_sum = (self.events_sum - checksum) % SUM_MODULUS

    def mark(self) -> tuple[int, int, int]:
        return self.seq, self.events, self.events_sum

    def rewind(self, mark: tuple[int, int, int]) -> None:
        self.seq, self.events, self.events_sum = mark

    def save(self) -> None:
        for key in COUNTERS:
            write_fact(self.connection, key, str(getattr(self, key)))


def read_facts(connection: Connection) -> dict[str, str]:
    rows = connection.execute(select(StoreFact.key, StoreFact.value))  # type: ignore[call-overload]
    return {row.key: row.value for row in rows}


def read_counters(connection: Connection) -> tuple[int, int, int]:
    facts = read_facts(connection)
    try:
        seq, events, events_sum = (int(facts[key]) for key in COUNTERS)
    except (KeyError, ValueError) as error:
        raise StoreDamagedError(
            "the store's facts are missing or unreadable: restore a backup with "
            "`knowhow db restore FILE`"
        ) from error
    return seq, events, events_sum


def write_fact(connection: Connection, key: str, value: str) -> None:
    changed = connection.execute(
        update(StoreFact).where(StoreFact.key == key).values(value=value)  # type: ignore[arg-type]
    )
    if not changed.rowcount:
        connection.execute(insert(StoreFact).values(key=key, value=value))


def initialise(connection: Connection, *, fingerprint: str, name: str, dim: int) -> None:
    """Give a new store its identity; an existing one is left alone."""
    if read_facts(connection):
        return
    facts = {
        "store_id": uuid.uuid4().hex,
        "secret": secrets.token_hex(32),
        "embedder": fingerprint,
        "embedder_name": name,
        "dim": str(dim),
        "seq": "0",
        "events": "0",
        "events_sum": "0",
    }
    connection.execute(insert(StoreFact), [{"key": k, "value": v} for k, v in facts.items()])
