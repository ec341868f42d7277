"""How a row is checked: a checksum over its columns, written with it and verified when it is read,
so that a flipped bit in the database is refused instead of learned from.
"""

import json
import marshal
import zlib
from collections.abc import Mapping, Sequence
from itertools import repeat
from typing import Any, NamedTuple

from knowhow_memory.database import RESTORE_HINT
from knowhow_memory.errors import StoreDamagedError
from knowhow_memory.models import Outcome

MARSHAL_VERSION = 2
"""Binary floats and no references to shared objects: equal values give equal bytes."""
SUM_MODULUS = 2**62


class OutcomeRow(NamedTuple):
    """An outcome event as it is stored, in the order the checksum is taken over."""

    seq: int
    id: str
    event: str
    replaces: int | None
    tenant_id: int
    problem_id: int
    task: str | None
    decision_id: str | None
    propensity: float | None
    arm: str
    reward: float | None
    fault: str
    verified_by: str
    principal: str | None
    source: str | None
    cost: float | None
    latency_s: float | None
    tokens_in: int | None
    tokens_out: int | None
    big_model: str | None
    adapter_version: str | None
    content_id: str | None
    occurred_at: float
    recorded_at: float
    steps_checksum: int | None = None

    def stored(self) -> dict[str, Any]:
        return self._asdict() | {"checksum": checksum(self)}


COLUMNS = [getattr(Outcome, name) for name in OutcomeRow._fields]
CHECKSUM = Outcome.__table__.c.checksum  # type: ignore[attr-defined]


def checksum(row: tuple[Any, ...]) -> int:
    return zlib.crc32(marshal.dumps(tuple(row), MARSHAL_VERSION))


def verified(values: tuple[Any, ...], database: str) -> OutcomeRow:
    """A row as selected (`COLUMNS` and then the checksum), if it is what was written."""
    row, stored = values[:-1], values[-1]
    if checksum(row) != stored:
        raise damaged(f"outcome {row[0]}", database)
    return OutcomeRow(*row)


def all_verified(found: Sequence[Sequence[Any]], database: str) -> list[OutcomeRow]:
    """The same for many rows, without a Python call for each."""
    rows = [tuple(values[:-1]) for values in found]
    dumps = map(marshal.dumps, rows, repeat(MARSHAL_VERSION))
    for values, crc in zip(found, map(zlib.crc32, dumps), strict=True):
        if crc != values[-1]:
            raise damaged(f"outcome {values[0]}", database)
    return list(map(OutcomeRow._make, rows))


def damaged(what: str, database: str) -> StoreDamagedError:
    return StoreDamagedError(f"{what} in {database!r} is not what was written: {RESTORE_HINT}")


def fact_checksum(key: str, value: str) -> int:
    return checksum((key, value))


def tenant_checksum(name: str) -> int:
    return checksum((name,))


def decision_checksum(values: Mapping[str, Any]) -> int:
    """Over every column of a decision but the checksum itself."""
    columns = sorted(name for name in values if name not in ("candidates", "checksum"))
    return checksum((*map(values.__getitem__, columns), canonical_json(values["candidates"])))


def json_checksum(value: Any) -> int:
    return checksum((canonical_json(value),))


def canonical_json(value: Any) -> str:
    return json.dumps(value, sort_keys=True)


def vector_checksum(digest: str, vector: bytes) -> int:
    return zlib.crc32(vector, zlib.crc32(digest.encode()))
