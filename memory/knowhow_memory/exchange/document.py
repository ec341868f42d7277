"""One JSON document of any size as a stream of its records.

Takes apart what wraps records: a top-level array, or an object with a list of runs or spans. Only
one record is in memory at a time, and a record over the limit ends the reading, because its end
cannot be known. Knows nothing about files.
"""

import json
from collections.abc import Callable, Iterator

from knowhow_memory.exchange.values import (
    Json,
    RefusedError,
    check_depth,
    finite,
    no_constant,
    refusing,
)

ENVELOPES = frozenset({"resourceSpans", "resource_spans", "runs"})
"""Lists of records inside an object; each element is passed on in an envelope of its own."""
WHITESPACE = " \t\n\r"

Found = tuple[Json | RefusedError, int]


def values_of(read: Callable[[], str], limit: int) -> Iterator[Found]:
    """Each record, or why it is refused, with its size; a broken document raises RefusedError."""
    cursor = _Cursor(read, limit)
    while cursor.peek():
        if cursor.peek() == "[":
            yield from _elements(cursor)
        elif cursor.peek() == "{":
            yield from _members(cursor, limit)
        else:
            yield cursor.value()


def _elements(cursor: "_Cursor") -> Iterator[Found]:
    cursor.take("[")
    if cursor.peek() == "]":
        cursor.take("]")
        return
    yield cursor.value()
    while cursor.take(",]") == ",":
        yield cursor.value()


def _members(cursor: "_Cursor", limit: int) -> Iterator[Found]:
    """The whole object as one record, unless one of its members is a list of records."""
    cursor.take("{")
    whole: dict[str, Json] = {}
    spent, unwrapped = 0, False
    refused: RefusedError | None = None
    while cursor.peek() != "}":
        key, size = cursor.value()
        cursor.take(":")
        if isinstance(key, str) and key in ENVELOPES and cursor.peek() == "[":
            unwrapped = True
            for element, length in _elements(cursor):
                yield element if isinstance(element, RefusedError) else {key: [element]}, length
        else:
            value, length = cursor.value()
            refused = value if isinstance(value, RefusedError) else refused
            whole[str(key)] = value
            spent += size + length
        if spent > limit:
            raise RefusedError(f"a record longer than {limit:,} characters")
        if cursor.peek() != "}":
            cursor.take(",")
    cursor.take("}")
    if not unwrapped:
        yield refused or whole, spent


class _Cursor:
    """A place in a text that is read piece by piece."""

    def __init__(self, read: Callable[[], str], limit: int) -> None:
        self._read = read
        self._limit = limit
        self._text = ""
        self._at = 0
        self._ended = False
        self._complaint: RefusedError | None = None
        self._decoder = json.JSONDecoder(
            parse_constant=lambda text: self._noting(no_constant, text),
            parse_float=lambda text: self._noting(finite, text),
        )

    def peek(self) -> str:
        """The next character that is not white space; empty at the end."""
        while True:
            while self._at < len(self._text) and self._text[self._at] in WHITESPACE:
                self._at += 1
            if self._at < len(self._text) or not self._more():
                return self._text[self._at : self._at + 1]

    def take(self, allowed: str) -> str:
        found = self.peek()
        if not found or found not in allowed:
            raise RefusedError(f"invalid JSON: expected one of {' '.join(allowed)}")
        self._at += 1
        return found

    def value(self) -> Found:
        """The value that starts here; what is wrong inside it is found without losing its end."""
        self.peek()
        while True:
            self._complaint = None
            try:
                with refusing():
                    value, end = self._decoder.raw_decode(self._text, self._at)
                if end < len(self._text) or self._ended or not self._more():
                    size, self._at = end - self._at, end
                    return self._checked(value), size
            except RefusedError:
                if not self._grow():
                    raise

    def _checked(self, value: Json) -> Json | RefusedError:
        try:
            return self._complaint or check_depth(value)
        except RefusedError as error:
            return error

    def _noting(self, convert: Callable[[str], float], text: str) -> float | None:
        """Keep decoding past a number that is refused, so that the next record can be found."""
        try:
            return convert(text)
        except RefusedError as error:
            self._complaint = error
            return None

    def _grow(self) -> bool:
        """Twice as much text, so that retries cost as much again as one reading and no more."""
        wanted = 2 * (len(self._text) - self._at)
        grown = self._more()
        while grown and len(self._text) < wanted and self._more():
            pass
        if len(self._text) > self._limit:
            raise RefusedError(
                f"a record longer than {self._limit:,} characters: export it one per line"
            )
        return grown

    def _more(self) -> bool:
        piece = "" if self._ended else self._read()
        self._ended = not piece
        self._text = self._text[self._at :] + piece
        self._at = 0
        return bool(piece)
