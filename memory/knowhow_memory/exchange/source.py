"""Files as a stream of records, in memory that does not grow with the file.

JSON lines, JSON documents (an array of records, or an object around one) and Parquet, the texts
also as gzip; which of them is told from the content, never from the name. What cannot be read is a
`Refusal` with its line; nothing in a file can raise. Knows nothing about what the records mean.
"""

import codecs
import gzip
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO, Protocol, cast

from knowhow_memory.errors import InputError
from knowhow_memory.exchange.document import values_of
from knowhow_memory.exchange.records import Record, Refusal
from knowhow_memory.exchange.values import RefusedError, parse_json

MAX_RECORD_BYTES = 16 * 2**20
"""A longer line is no trajectory: a batch of spans with full contents stays below this."""
CHUNK_BYTES = 2**16
GZIP_MAGIC, PARQUET_MAGIC = b"\x1f\x8b", b"PAR1"
UTF16_MARKS = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
DAMAGED = (EOFError, zlib.error, gzip.BadGzipFile)
"""What a cut or flipped gzip raises."""


class Source(Protocol):
    unit: str
    size: int

    def __iter__(self) -> Iterator[Record | Refusal]: ...

    def position(self) -> int:
        """How much of `size` has been read."""
        ...


def open_source(path: Path) -> Source:
    if not path.is_file():
        raise InputError(f"no file {str(path)!r} to import")
    try:
        with path.open("rb") as file:
            magic = file.read(4)
    except OSError as error:
        raise InputError(f"cannot read {str(path)!r}: {error.strerror}") from error
    if magic == PARQUET_MAGIC:
        from knowhow_memory.exchange.parquet import TableSource

        return TableSource(path)
    if magic.startswith(UTF16_MARKS):
        raise InputError(f"{str(path)!r} is UTF-16: convert it to UTF-8 first")
    return TextSource(path)


class TextSource:
    def __init__(self, path: Path, *, limit: int = MAX_RECORD_BYTES) -> None:
        self._path = path
        self._limit = limit
        self.size = path.stat().st_size
        self._position: Callable[[], int] = lambda: 0
        self._is_document = self._looks_like_a_document()
        self.unit = "row" if self._is_document else "line"

    def position(self) -> int:
        return self._position()

    def __iter__(self) -> Iterator[Record | Refusal]:
        number = 0
        with self._path.open("rb") as file:
            self._position = file.tell
            stream = _decompressed(file)
            try:
                for found in self._document(stream) if self._is_document else self._lines(stream):
                    number = found.number
                    yield found
            except DAMAGED:
                yield Refusal(number + 1, "the compressed file is damaged or cut off from here")
            finally:
                self._position = lambda: self.size

    def _looks_like_a_document(self) -> bool:
        """Not if the first line is a record by itself, or the second starts like one."""
        with self._path.open("rb") as file:
            stream = _decompressed(file)
            try:
                first, second = (stream.readline(self._limit + 1) for _ in range(2))
            except DAMAGED:
                return False
        text = first.removeprefix(codecs.BOM_UTF8).strip()
        if text.startswith(b"["):
            return True
        if not text.startswith(b"{") or _parses(text):
            return False
        begun = len(first) > self._limit or text.endswith((b"{", b"[", b","))
        return begun or not second.startswith(b"{")

    def _lines(self, stream: IO[bytes]) -> Iterator[Record | Refusal]:
        number = 0
        while line := stream.readline(self._limit + 1):
            number += 1
            if len(line) > self._limit:
                _skip_line(stream, line)
                yield Refusal(number, f"a line longer than {self._limit:,} bytes")
            elif line.strip():
                yield _record(number, line.removeprefix(codecs.BOM_UTF8) if number == 1 else line)

    def _document(self, stream: IO[bytes]) -> Iterator[Record | Refusal]:
        decoder = codecs.getincrementaldecoder("utf-8-sig")()
        number = 0

        def read() -> str:
            chunk = stream.read(CHUNK_BYTES)
            try:
                return decoder.decode(chunk, final=not chunk) or (read() if chunk else "")
            except UnicodeDecodeError:
                raise RefusedError("not UTF-8") from None

        try:
            for value, size in values_of(read, self._limit):
                number += 1
                if isinstance(value, RefusedError):
                    yield Refusal(number, str(value))
                else:
                    yield Record(number, value, size)
        except RefusedError as error:
            yield Refusal(number + 1, f"{error} (the document cannot be read on from here)")


def _decompressed(file: IO[bytes]) -> IO[bytes]:
    packed = file.read(2) == GZIP_MAGIC
    file.seek(0)
    return cast(IO[bytes], gzip.GzipFile(fileobj=file)) if packed else file


def _parses(text: bytes) -> bool:
    try:
        parse_json(text.decode())
    except (RefusedError, UnicodeDecodeError):
        return False
    return True


def _skip_line(stream: IO[bytes], line: bytes) -> None:
    while line and not line.endswith(b"\n"):
        line = stream.readline(CHUNK_BYTES)


def _record(number: int, line: bytes) -> Record | Refusal:
    try:
        return Record(number, parse_json(line.decode()), len(line))
    except UnicodeDecodeError:
        return Refusal(number, "not UTF-8")
    except RefusedError as error:
        return Refusal(number, str(error))
