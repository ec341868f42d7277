"""The formats there are, and which one a file is in."""

from collections.abc import Sequence

from knowhow_memory.errors import InputError
from knowhow_memory.exchange import chat, jsonl, langsmith, matrix, otel, toucan
from knowhow_memory.exchange.records import Format
from knowhow_memory.exchange.values import Json

FORMATS: tuple[Format, ...] = (
    matrix.FORMAT,
    jsonl.FORMAT,
    otel.FORMAT,
    langsmith.FORMAT,
    toucan.FORMAT,
    chat.FORMAT,
)
"""From the most particular to the most general: the first that recognises a record has it."""
NAMES = tuple(known.name for known in FORMATS)


def named(name: str) -> Format:
    found = next((known for known in FORMATS if known.name == name), None)
    if found is None:
        raise InputError(f"no format {name!r}: choose one of {', '.join(NAMES)}")
    return found


def recognise(values: Sequence[Json]) -> Format | None:
    return next((known for value in values for known in FORMATS if known.recognises(value)), None)
