"""Whatever an app handles, as short plain values that a trajectory can keep.

A value under a name that speaks of a secret is never taken over, a long text is cut between words
(half a key would not be recognised as one), and everything has an end: depth, length, number.
Never fails, whatever an object's own `repr` does. Knows nothing of episodes.
"""

import math
import re
from collections.abc import Mapping
from typing import Any

from knowhow_agents.big_model.errors import REDACTED, known_secrets

MAX_TEXT = 4_000
"""Characters of one text: an app's thread pays for every one of them."""
MAX_PROBLEM = 20_000
MAX_ITEMS = 50
MAX_NESTING = 6
CUT = " …"
NAME = (
    r"(?:api|access|private|signing|client)[_-]?key|secret|token(?!s)|passw(?:or)?d|passphrase"
    r"|authorization|cookie|credential"
)
SECRET_NAME = re.compile(NAME, re.IGNORECASE)
"""What is called so is not taken over."""
WORD_END = 200
"""How far back a cut looks for the end of a word."""
NAMED = re.compile(
    rf"""(?ix) ( (?:{NAME}) [\w-]* ["']? \s* [:=] \s* ["']? (?:(?:bearer|basic)\s+)? )
    [^\s"',;&}}]+"""
)
"""A secret in a text that looks like code, JSON, a header or an address."""
UNSOUND = re.compile("[\0\ud800-\udfff]")
"""What no store takes."""


def is_secret(name: str) -> bool:
    return bool(SECRET_NAME.search(name))


def without_secrets(text: str) -> str:
    """Without the values of this process's secret variables, and of whatever is called a secret."""
    for secret in known_secrets():
        text = text.replace(secret, REDACTED)
    return NAMED.sub(rf"\1{REDACTED}", text)


def short(text: str, most: int = MAX_TEXT) -> str:
    """The text, or its beginning."""
    if len(text) > most:
        last = max(text.rfind(" ", most - WORD_END, most), text.rfind("\n", most - WORD_END, most))
        text = (text[:last] if last > 0 else "") + CUT
    return text if text.isascii() and "\0" not in text else UNSOUND.sub("�", text)


def plain(value: object) -> Any:
    """JSON of it: numbers, texts, lists and objects as they are, of anything else its kind."""
    try:
        return _plain(value, 0)
    except Exception:  # noqa: BLE001  whatever somebody else's object does when it is looked at
        return f"<{type(value).__name__}>"


def _plain(value: object, depth: int) -> Any:
    match value:
        case None | bool():
            return value
        case str():
            return short(value)
        case int():
            return value if value.bit_length() < 64 else short(hex(value))
        case float():
            return value if math.isfinite(value) else str(value)
        case Mapping() if depth < MAX_NESTING:
            return _object(value, depth)
        case list() | tuple() | set() | frozenset() if depth < MAX_NESTING:
            items = zip(value, range(MAX_ITEMS), strict=False)
            return [_plain(item, depth + 1) for item, _ in items]
    return short(str(value)) if isinstance(value, BaseException) else f"<{type(value).__name__}>"


def _object(value: Mapping[Any, Any], depth: int) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for (key, item), _ in zip(value.items(), range(MAX_ITEMS), strict=False):
        name = short(str(key))
        found[name] = REDACTED if is_secret(name) else _plain(item, depth + 1)
    return found
