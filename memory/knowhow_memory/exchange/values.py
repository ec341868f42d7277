"""Reading JSON that somebody else wrote, without believing any of it.

Pure functions: text to JSON with bounded nesting, and JSON to the few kinds of value an outcome is
made of. What is merely absent or odd gives None; what must stop a record raises `RefusedError` with
a reason. Knows nothing about files, formats or outcomes.
"""

import contextlib
import json
import math
import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from knowhow_memory.errors import InputError

MAX_DEPTH = 64
"""Deeper than any trajectory seen, and far from Python's recursion limit in every later walk."""
MILLISECONDS_FROM = 1e11
"""A larger epoch number counts milliseconds: in seconds it would lie past the year 5000."""

GOOD = frozenset(
    {"success", "succeeded", "successful", "solved", "pass", "passed", "correct", "true", "yes"}
    | {"good", "positive", "up", "thumbs_up", "like", "liked"}
)
BAD = frozenset(
    {"failure", "failed", "fail", "unsolved", "incorrect", "wrong", "false", "no"}
    | {"bad", "negative", "down", "thumbs_down", "dislike", "disliked"}
)
PROVIDER_FAILURE = re.compile(
    r"\b(RateLimitError|APITimeoutError|APIConnectionError|InternalServerError"
    r"|ServiceUnavailableError|OverloadedError|ReadTimeout|ConnectTimeout|ConnectError"
    r"|[Ee]rror code: (429|5\d\d))\b"
)
"""How the usual clients name a failure that says nothing about the agent."""

Json = Any


class RefusedError(InputError):
    """Why a record is not taken: a short reason that many records may share."""


def parse_json(text: str) -> Json:
    """JSON without Python's extensions to it and with bounded nesting."""
    with refusing():
        value = DECODER.decode(text)
    return check_depth(value, brackets=text.count("[") + text.count("{"))


@contextlib.contextmanager
def refusing() -> Iterator[None]:
    """Turns whatever the decoder raises into a refusal."""
    try:
        yield
    except RefusedError:
        raise
    except RecursionError:
        raise RefusedError(f"nested deeper than {MAX_DEPTH} levels") from None
    except json.JSONDecodeError as error:
        raise RefusedError(f"invalid JSON: {error.msg}") from None
    except ValueError:
        raise RefusedError("invalid JSON: a number with too many digits") from None


def check_depth(value: Json, *, brackets: int | None = None) -> Json:
    """The value, unless it is nested too deep; `brackets` in its text are an upper bound."""
    if brackets is not None and brackets <= MAX_DEPTH:
        return value
    level = [value]
    for _ in range(MAX_DEPTH):
        level = [child for node in level for child in _children(node)]
        if not level:
            return value
    raise RefusedError(f"nested deeper than {MAX_DEPTH} levels")


def _children(node: Json) -> Iterator[Json]:
    values = node.values() if isinstance(node, dict) else node if isinstance(node, list) else ()
    return (child for child in values if isinstance(child, dict | list))


def no_constant(name: str) -> float:
    raise RefusedError(f"invalid JSON: {name} is not a number")


def finite(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise RefusedError("invalid JSON: a number too large to keep")
    return number


DECODER = json.JSONDecoder(parse_constant=no_constant, parse_float=finite)


def as_object(value: Json) -> dict[str, Json]:
    """The object, also when it comes as JSON text (tables keep objects that way); else empty."""
    if isinstance(value, str) and value.lstrip().startswith("{"):
        value = _parse_or_none(value)
    return value if isinstance(value, dict) else {}


def as_list(value: Json) -> list[Json]:
    """The list, also when it comes as JSON text; else empty."""
    if isinstance(value, str) and value.lstrip().startswith("["):
        value = _parse_or_none(value)
    return value if isinstance(value, list) else []


def _parse_or_none(text: str) -> Json:
    try:
        return parse_json(text)
    except RefusedError:
        return None


def as_text(value: Json) -> str | None:
    """Text of a message's content: a string, or the text parts of a list of parts."""
    if isinstance(value, list):
        value = "\n".join(part for part in map(_part_text, value) if part)
    return value if isinstance(value, str) and value.strip() else None


def _part_text(part: Json) -> str | None:
    if isinstance(part, dict):
        part = part.get("text", part.get("content"))
    return part if isinstance(part, str) and part.strip() else None


def as_name(value: Json) -> str | None:
    return value if isinstance(value, str) and value.strip() else None


def as_number(value: Json) -> float | None:
    """A finite number, also from text; None for everything else."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        number = float(value)
    except (ValueError, OverflowError):
        return None
    return number if math.isfinite(number) else None


def as_count(value: Json) -> int | None:
    number = as_number(value)
    return int(number) if number is not None and 0 <= number < 2**31 else None


def as_amount(value: Json) -> float | None:
    """A cost or a duration: a number that is not negative."""
    number = as_number(value)
    return number if number is not None and number >= 0 else None


def as_time(value: Json) -> float | None:
    """Seconds since 1970 from a number or an ISO 8601 text (UTC unless it says otherwise)."""
    number = as_number(value)
    if number is not None:
        seconds = number / 1000 if number >= MILLISECONDS_FROM else number
        return seconds if seconds >= 0 else None
    if not isinstance(value, str):
        return None
    try:
        moment = datetime.fromisoformat(value)
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
    except (ValueError, OverflowError):
        return None


def as_reward(value: Json) -> float:
    """A reward in [0, 1] from a number, a truth value or a word for it."""
    if value is None or value == "":
        raise RefusedError("no outcome")
    if isinstance(value, bool):
        return float(value)
    if isinstance(value, str):
        word = value.strip().lower().replace(" ", "_").replace("-", "_")
        if word in GOOD | BAD:
            return float(word in GOOD)
    number = as_number(value)
    if number is None:
        raise RefusedError("the outcome is neither a number nor a word like 'success' or 'failed'")
    if not 0 <= number <= 1:
        raise RefusedError("the reward is outside 0 to 1")
    return number


def is_provider_failure(error: Json) -> bool:
    return isinstance(error, str) and PROVIDER_FAILURE.search(error) is not None


def lookup(value: Json, path: str) -> Json:
    """What stands at a dotted path, or None. A key with dots in it wins over nesting."""
    if isinstance(value, str):
        value = as_object(value) or as_list(value)
    if isinstance(value, Mapping):
        return _lookup_key(value, path)
    if isinstance(value, list):
        index, _, rest = path.partition(".")
        if index.isascii() and index.isdecimal() and len(index) < 10 and int(index) < len(value):
            return lookup(value[int(index)], rest) if rest else value[int(index)]
    return None


def _lookup_key(record: Mapping[str, Json], path: str) -> Json:
    parts = path.split(".")
    for length in range(len(parts), 0, -1):
        key = ".".join(parts[:length])
        if key in record:
            rest = ".".join(parts[length:])
            return lookup(record[key], rest) if rest else record[key]
    return None


def first_of(record: Json, *paths: str) -> Json:
    """The first of these paths that holds something."""
    return next((value for path in paths if (value := lookup(record, path)) is not None), None)
