"""The columns as a file beside the store: what was read and verified once need not be read again.

A cache, sealed with the store's secret. It holds what the log said when it was read, so a row that
was damaged since does no harm to it; `Reader` proves that nothing came in or went but what follows.
"""

from dataclasses import asdict
from pathlib import Path

from knowhow_memory.columns import Columns
from knowhow_memory.log import Position
from knowhow_memory.sealed import SealBroken, read_sealed, write_sealed

FORMAT = "columns 1"
"""Tells the file from other sealed ones of the store and from other forms of itself."""


def save(columns: Columns, position: Position, path: Path, secret: bytes) -> None:
    names, arrays = columns.take_apart()
    header = {"format": FORMAT, "position": asdict(position), "names": names}
    write_sealed(path, header, arrays, secret)


def load(path: Path, secret: bytes) -> tuple[Columns, Position]:
    """The columns and how much of the log is in them, or `SealBroken`."""
    header, arrays = read_sealed(path, secret)
    if header.get("format") != FORMAT:
        raise SealBroken(f"{str(path)!r} has another format")
    return Columns.put_together(header["names"], arrays), Position(**header["position"])
