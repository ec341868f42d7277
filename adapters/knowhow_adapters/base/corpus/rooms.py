"""Meetings and rooms: read, analysed into a spec, and answered with a bare yes or no.

No sweep over the events occurs here, and no peak is ever counted: that is the specialist's part.
"""

from typing import Any

from knowhow_adapters.base.corpus import words
from knowhow_adapters.base.corpus.forms import ANALYSE, as_json, flow
from knowhow_adapters.base.corpus.reading import clock, time_of_day, write_time
from knowhow_adapters.base.corpus.registry import Draw, skill
from knowhow_adapters.base.corpus.rooms_phrasings import (
    ATTEMPT,
    DURATION,
    LAST_SEPARATORS,
    LISTING,
    MEETINGS,
    OVERLAP,
    PROBLEM,
    SEPARATORS,
)

Meeting = tuple[str, int, int]


def meetings(draw: Draw, low: int = 1, high: int = 7) -> list[Meeting]:
    found = []
    for _ in range(draw.number(low, high)):
        start = time_of_day(draw, 7, 17)
        length = draw.pick((15, 30, 45, 60, 60, 90, 120, 180))
        found.append((draw.pick(words.EVENTS), start, start + length))
    return found


def tell(draw: Draw, found: list[Meeting]) -> str:
    forms = [
        draw.phrase(MEETINGS, event=e, start=write_time(draw, s), end=write_time(draw, t))
        for e, s, t in found
    ]
    separator = draw.pick(SEPARATORS)
    if len(forms) > 1 and draw.chance(0.3):
        *others, last = forms
        return separator.join(others) + draw.pick(LAST_SEPARATORS) + last
    return separator.join(forms)


def rooms_problem(draw: Draw) -> tuple[str, dict[str, Any], bool]:
    found = meetings(draw)
    together = max(sum(s <= start < t for _, s, t in found) for _, start, _ in found)
    rooms = max(1, together + draw.pick((0, -1)) if draw.chance(0.7) else draw.number(1, 5))
    one = rooms == 1
    are, do = ("is", "does") if one else ("are", "do")
    text = draw.phrase(
        PROBLEM, n=rooms, rooms="1 room" if one else f"{rooms} rooms", text=tell(draw, found),
        name=draw.name(), are=are, do=do, Are=are.capitalize(), Do=do.capitalize(),
    )  # fmt: skip
    spec = {
        "domain": "rooms",
        "type": "meeting_rooms",
        "rooms": rooms,
        "meetings": [[clock(s), clock(t)] for _, s, t in found],
    }
    return text, spec, together <= rooms


@skill("analyse rooms", "rooms")
def analyse(draw: Draw) -> tuple[str, str]:
    text, spec, _ = rooms_problem(draw)
    return draw.phrase(ANALYSE, text=text), as_json(spec)


@skill("attempt rooms", "rooms")
def attempt(draw: Draw) -> tuple[str, str]:
    wanted = draw.chance(0.5)
    while True:  # as many of each answer, whatever the numbers do
        text, _, fits = rooms_problem(draw)
        if fits == wanted:
            break
    return draw.phrase(ATTEMPT, text=text), f"answer: {'yes' if fits else 'no'}"


@skill("read meetings", "rooms")
def read_meetings(draw: Draw) -> tuple[str, str]:
    found = meetings(draw, 1, 6)
    answer = flow([{"from": s, "to": t} for _, s, t in found])
    return draw.phrase(LISTING, text=tell(draw, found)), answer


@skill("two meetings overlap", "rooms")
def overlap(draw: Draw) -> tuple[str, str]:
    wanted = draw.chance(0.5)
    while True:
        pair = meetings(draw, 2, 2)
        (_, a, b), (_, c, d) = pair
        if (a < d and c < b) == wanted:
            break
    return draw.phrase(OVERLAP, text=tell(draw, pair), name=draw.name()), "yes" if wanted else "no"


@skill("duration", "rooms")
def duration(draw: Draw) -> tuple[str, str]:
    found = meetings(draw, 1, 1)
    return draw.phrase(DURATION, text=tell(draw, found)), str(found[0][2] - found[0][1])
