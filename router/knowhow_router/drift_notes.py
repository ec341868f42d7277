"""The changes a router noticed, kept beside the store for whoever shows statistics: finding them
again would mean to learn everything again.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass

from knowhow_memory.memory import Memory
from knowhow_memory.sealed import SealBroken, read_sealed, write_sealed
from knowhow_memory.texts import text_digest


@dataclass(frozen=True, slots=True)
class Noted:
    """An arm changed by about so much, noticed at the log's event `seq`."""

    arm: str
    seq: int
    change: float


def cache_name(kind: str, tenant: str) -> str:
    """A file of the router's for this tenant; a purge deletes all that begin like this."""
    return f"routing-{text_digest(tenant)[:12]}.{kind}.bin"


def keep_notes(memory: Memory, tenant: str, notes: Sequence[Noted]) -> None:
    header = {"store": memory.facts.store_id, "notes": [asdict(note) for note in notes]}
    path = memory.cache_path(cache_name("drift", tenant))
    write_sealed(path, header, {}, bytes.fromhex(memory.facts.secret))


def read_notes(memory: Memory, tenant: str) -> list[Noted]:
    path = memory.cache_path(cache_name("drift", tenant))
    try:
        header, _ = read_sealed(path, bytes.fromhex(memory.facts.secret))
    except SealBroken:
        return []
    if header.get("store") != memory.facts.store_id:
        return []
    return [Noted(**note) for note in header.get("notes", ())]
