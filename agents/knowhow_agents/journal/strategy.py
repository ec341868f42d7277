"""A strategy: at most 300 words that say how to go about a kind of problem.

Its first line may name the way to count, `way: …`; only a way that the skill has is taken. A longer
text is refused, so that whoever wrote it can shorten it. Knows nothing about who writes.
"""

import re
from collections.abc import Collection
from dataclasses import dataclass

from knowhow_memory.errors import InputError

MAX_WORDS = 300
WAY = re.compile(r"way: *(.+?)[. ]*", re.IGNORECASE)


class TooLong(InputError):
    """A strategy has more words than anybody keeps in mind."""


@dataclass(frozen=True)
class Strategy:
    text: str
    way: str | None
    """None where it names no way that there is: then it can be read, but not carried out."""


def read_strategy(text: str, ways: Collection[str]) -> Strategy:
    words = len(text.split())
    if words > MAX_WORDS:
        raise TooLong(f"a strategy of {words} words; at most {MAX_WORDS} are kept")
    return Strategy(text, named_way(text, ways))


def named_way(text: str, ways: Collection[str]) -> str | None:
    """The one that a line of its own names; what is named differently twice is not named."""
    lines = (WAY.fullmatch(line.strip()) for line in text.splitlines())
    named = {found[1] for found in lines if found} & set(ways)
    return named.pop() if len(named) == 1 else None


def shorten(text: str) -> str:
    """Its first words, where nobody shortened it."""
    found = list(re.finditer(r"\S+", text))
    return text if len(found) <= MAX_WORDS else text[: found[MAX_WORDS - 1].end()]
