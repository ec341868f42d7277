"""What a specialist can write about a piece of a problem, as a grammar for its decoder.

Every text that follows it is a plan's lines, read by `language.parse`, which may still refuse what
they say. Knows nothing about what stands in the piece.
"""

from knowhow_adapters.decode.grammar import Grammar
from knowhow_agents.skills.rooms.language import NOTHING

MAX_PIECE_MEETINGS = 12
"""A clause holds one; a text without punctuation may hold some."""


def grammar() -> Grammar:
    """Rooms or meetings, or both; a piece without any is written as nothing but this mark."""
    return Grammar.lark(
        f"""
start: rooms | meetings | rooms "\\n" meetings | "{NOTHING}"
rooms: "rooms: " /0|[1-9][0-9]?/
meetings: meeting ("\\n" meeting){{0,{MAX_PIECE_MEETINGS - 1}}}
meeting: "- " time "-" time
time: /([01][0-9]|2[0-3]):[0-5][0-9]|24:00/
"""
    )
