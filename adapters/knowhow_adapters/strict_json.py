"""JSON of a stranger as an object: bounded, no duplicate keys, no numbers that are none.

Knows nothing about what the keys mean.
"""

import json
from typing import Any

from knowhow_adapters.errors import AdapterBroken
from knowhow_memory.exchange.values import (
    RefusedError,
    check_depth,
    finite,
    no_constant,
    refusing,
)


def parse_object(content: bytes | bytearray, what: str) -> dict[str, Any]:
    try:
        text = content.decode("utf-8")
        with refusing():
            value = check_depth(DECODER.decode(text), brackets=text.count("[") + text.count("{"))
    except UnicodeDecodeError:
        raise AdapterBroken(f"{what} is not UTF-8") from None
    except RefusedError as error:
        raise AdapterBroken(f"{what}: {error}") from None
    if not isinstance(value, dict):
        raise AdapterBroken(f"{what} is not a JSON object")
    return value


def _no_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Which of two equal keys counts depends on the reader: two readers could see two files."""
    value = dict(pairs)
    if len(value) < len(pairs):
        raise RefusedError("the same key twice")
    return value


DECODER = json.JSONDecoder(
    object_pairs_hook=_no_duplicates, parse_constant=no_constant, parse_float=finite
)
