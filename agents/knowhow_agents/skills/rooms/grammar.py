"""What a specialist can write about a piece of a problem, as a grammar for its decoder.

Every text that follows it is a plan's lines, read by `language.parse`, which may still refuse what
they say. Knows nothing about what stands in the piece.
"""

import itertools
from collections.abc import Sequence

from knowhow_adapters.decode.grammar import Grammar, quote
from knowhow_agents.journal.standing import times, wholes
from knowhow_agents.skills.rooms.language import NOTHING, UNCLEAR

MAX_PIECE_MEETINGS = 12
"""A clause holds one; a text without punctuation may hold some."""

NIGHT_ENDS = "06:00"
"""What ends before it started, and earlier in the day than this, goes on over night."""
TIME = "/([01][0-9]|2[0-3]):[0-5][0-9]|24:00/"


def grammar() -> Grammar:
    """Rooms or meetings, or both; a piece without any is written as nothing but this mark."""
    return _grammar("/0|[1-9][0-9]?/", f'{TIME} "-" {TIME}')


def narrowed(piece: str) -> Grammar:
    """Only with numbers that stand in the piece, and no time of it twice in a meeting. Meetings
    that go on over night may be written down as they stand there; others that end before they start
    are told from those that do not when a piece is read for the first time."""
    found = itertools.permutations(set(times(piece)), 2)
    pairs = {f"{one}-{other}" for one, other in found if one < other or other < NIGHT_ENDS}
    return _grammar(_one_of(wholes(piece)), _one_of(sorted(pairs)))


def _grammar(number: str, span: str) -> Grammar:
    """Without numbers there are no rooms, without spans no meetings."""
    starts = {"rooms": number, "meetings": span, 'rooms "\\n" meetings': number and span}
    kinds = [kind for kind, needed in starts.items() if needed]
    kinds += [quote(NOTHING), quote(UNCLEAR)]
    rules = [f"start: {' | '.join(kinds)}"]
    if number:
        rules.append(f'rooms: "rooms: " ({number})')
    if span:
        rules.append(f'meetings: meeting ("\\n" meeting){{0,{MAX_PIECE_MEETINGS - 1}}}')
        rules.append(f'meeting: "- " ({span})')
    return Grammar.lark("\n".join(rules))


def _one_of(texts: Sequence[str]) -> str:
    return " | ".join(map(quote, texts))
