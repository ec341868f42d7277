"""Parts of traces that lie scattered over a file, brought together without holding them in memory.

A temporary SQLite file on disk takes every part as it comes and gives them back trace by trace, in
the order in which the traces began. It is gone when the import ends, however it ends.
"""

import json
import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Self

from knowhow_memory.exchange.records import Record, Refusal
from knowhow_memory.exchange.values import Json

MAX_TRACE_BYTES = 16 * 2**20
"""As much as one record may have: a trace becomes one outcome, and its trajectory one row."""


class Traces:
    """Use as a context: `add` all parts, then iterate over the traces."""

    def __init__(self, *, limit: int = MAX_TRACE_BYTES) -> None:
        self._limit = limit

    def __enter__(self) -> Self:
        self._folder = tempfile.TemporaryDirectory(prefix="knowhow-traces-")
        self._database = sqlite3.connect(Path(self._folder.name) / "traces.db")
        self._database.execute("PRAGMA journal_mode = OFF")  # lost with the process anyway
        self._database.execute("PRAGMA synchronous = OFF")
        self._database.execute("CREATE TABLE part (trace TEXT, number INTEGER, body TEXT)")
        return self

    def __exit__(self, *_: object) -> None:
        self._database.close()
        self._folder.cleanup()

    def add(self, number: int, trace: str, part: Json) -> None:
        values = (trace.encode(errors="replace").decode(), number, json.dumps(part))
        self._database.execute("INSERT INTO part VALUES (?, ?, ?)", values)

    def __iter__(self) -> Iterator[Record | Refusal]:
        """Each trace as one record: the list of its parts, at the line where it began."""
        self._database.execute("CREATE INDEX part_of_trace ON part (trace, number)")
        listing = self._database.execute(
            "SELECT trace, min(number), sum(length(body)) FROM part GROUP BY trace ORDER BY 2, 1"
        )
        with closing(listing):
            for trace, number, size in listing:
                if size > self._limit:
                    yield Refusal(number, f"a trace longer than {self._limit:,} bytes")
                else:
                    yield Record(number, self._parts(trace), size)

    def _parts(self, trace: str) -> list[Json]:
        query = "SELECT body FROM part WHERE trace = ? ORDER BY number, rowid"
        return [json.loads(body) for (body,) in self._database.execute(query, (trace,))]
