"""The store's facts: who it is, and how far its log has come.

`seq` numbers every event; `events` and `events_sum` (over the rows' checksums) let a reader prove
that it has seen every outcome row, no more and no less. The three change with every commit and
stand in one row.
"""

import secrets
import uuid
from dataclasses import dataclass
from typing import Self

from sqlalchemy import Connection, bindparam, insert, select, update

from knowhow_memory.database import RESTORE_HINT
from knowhow_memory.errors import StoreDamagedError
from knowhow_memory.rows import SUM_MODULUS, fact_checksum
from knowhow_memory.tables import FACT

COUNTERS = "head"
"""The row with `seq`, `events` and `events_sum`."""

_READ = select(FACT.c.key, FACT.c.value, FACT.c.checksum)
_CHANGE = (
    update(FACT)
    .where(FACT.c.key == bindparam("which"))
    .values(value=bindparam("value"), checksum=bindparam("checksum"))
)


@dataclass(frozen=True)
class Facts:
    store_id: str
    secret: str
    embedder: str
    embedder_name: str
    dim: int
    seq: int
    events: int
    events_sum: int


@dataclass
class Head:
    """The counters inside one write transaction, and the embedder that its vectors must be of."""

    connection: Connection
    facts: Facts
    seq: int
    events: int
    events_sum: int

    @classmethod
    def load(cls, connection: Connection) -> Self:
        facts = read_facts(connection)
        return cls(connection, facts, facts.seq, facts.events, facts.events_sum)

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
        write_fact(self.connection, COUNTERS, f"{self.seq} {self.events} {self.events_sum}")


def read_facts(connection: Connection) -> Facts:
    rows = connection.execute(_READ).all()
    try:
        if any(fact_checksum(key, value) != checksum for key, value, checksum in rows):
            raise ValueError
        values = {key: value for key, value, _ in rows}
        seq, events, events_sum = map(int, values.pop(COUNTERS).split())
        dim = int(values.pop("dim"))
        return Facts(**values, dim=dim, seq=seq, events=events, events_sum=events_sum)
    except (KeyError, TypeError, ValueError):
        raise StoreDamagedError(
            f"the store's facts are missing or not what was written: {RESTORE_HINT}"
        ) from None


def write_fact(connection: Connection, key: str, value: str) -> None:
    checksum = fact_checksum(key, value)
    connection.execute(_CHANGE, {"which": key, "value": value, "checksum": checksum})


def initialise(connection: Connection, *, fingerprint: str, name: str, dim: int) -> None:
    """Give a new store its identity; an existing one is left alone."""
    if connection.scalar(select(FACT.c.key).limit(1)) is not None:
        return
    facts = {
        "store_id": uuid.uuid4().hex,
        "secret": secrets.token_hex(32),
        "embedder": fingerprint,
        "embedder_name": name,
        "dim": str(dim),
        COUNTERS: "0 0 0",
    }
    rows = [{"key": k, "value": v, "checksum": fact_checksum(k, v)} for k, v in facts.items()]
    connection.execute(insert(FACT), rows)
