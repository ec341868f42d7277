"""The export: all live outcomes of a memory as JSON lines or Parquet.

The file appears whole or not at all. Rows are streamed in the order in which they were recorded,
so the same store gives the same bytes.
"""

import contextlib
import gzip
import os
import tempfile
from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import IO, Any, BinaryIO, Protocol, cast

from knowhow_memory.durable import TEMPORARY_PREFIX, explain_os_errors, sync_folder
from knowhow_memory.errors import InputError
from knowhow_memory.exchange.jsonl import line_of, row_of
from knowhow_memory.models import OutcomePublic

ROWS_AT_ONCE = 1000
GZIP_LEVEL = 6
"""The usual compromise; 9 takes three times as long for a few per cent."""
EXPORT_FORMATS = ("jsonl", "parquet")


class Origin(Protocol):
    """What an export needs of a memory."""

    def outcomes(
        self, *, tenant: str | None = None, trajectories: bool = False
    ) -> Iterator[OutcomePublic]: ...


class RowWriter(Protocol):
    def write(self, rows: Sequence[dict[str, Any]]) -> None: ...
    def close(self) -> None: ...


class LineWriter:
    """JSON lines into a binary stream."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file

    def write(self, rows: Sequence[dict[str, Any]]) -> None:
        self._file.writelines(map(line_of, rows))

    def close(self) -> None:
        """The stream belongs to the caller."""


def export_file(
    memory: Origin,
    path: Path,
    *,
    tenant: str | None = None,
    format_name: str | None = None,
    advance: Callable[[int], None] = lambda rows: None,
) -> int:
    """Write the live outcomes to `path`; returns how many."""
    form = format_name or ("parquet" if path.suffix == ".parquet" else "jsonl")
    if form not in EXPORT_FORMATS:
        raise InputError(f"no export format {form!r}: choose one of {', '.join(EXPORT_FORMATS)}")
    if path.is_dir() or not path.parent.is_dir():
        raise InputError(f"cannot write {str(path)!r}: name a file in an existing folder")
    with _whole_or_absent(path) as file, contextlib.ExitStack() as stack:
        if form == "parquet":
            return _write(memory, _table(file, stack), tenant, advance)
        packed = path.suffix == ".gz"
        stream = stack.enter_context(_packed(file)) if packed else file
        return _write(memory, LineWriter(stream), tenant, advance)


def export_lines(memory: Origin, file: IO[bytes], *, tenant: str | None = None) -> int:
    """Write JSON lines to an open stream, for pipes."""
    return _write(memory, LineWriter(file), tenant, lambda rows: None)


def _table(file: BinaryIO, stack: contextlib.ExitStack) -> RowWriter:
    from knowhow_memory.exchange.parquet import TableWriter

    return stack.enter_context(contextlib.closing(TableWriter(file)))


def _write(
    memory: Origin, writer: RowWriter, tenant: str | None, advance: Callable[[int], None]
) -> int:
    outcomes = memory.outcomes(tenant=tenant, trajectories=True)
    written = 0
    while batch := list(islice(outcomes, ROWS_AT_ONCE)):
        writer.write([row_of(outcome) for outcome in batch])
        written += len(batch)
        advance(written)
    return written


def _packed(file: BinaryIO) -> IO[bytes]:
    """Without name and time in the header, so that the same rows give the same bytes."""
    packed = gzip.GzipFile("", "wb", compresslevel=GZIP_LEVEL, fileobj=file, mtime=0)
    return cast(IO[bytes], packed)


@contextlib.contextmanager
def _whole_or_absent(path: Path) -> Iterator[BinaryIO]:
    """A stream that becomes the file once everything is written and durable."""
    with explain_os_errors(path):
        handle, name = tempfile.mkstemp(prefix=TEMPORARY_PREFIX, dir=path.parent)
        temporary = Path(name)
        try:
            with os.fdopen(handle, "wb") as file:
                yield file
                file.flush()
                os.fsync(file.fileno())
            temporary.replace(path)
        except BaseException:
            temporary.unlink(missing_ok=True)
            raise
        sync_folder(path.parent)
