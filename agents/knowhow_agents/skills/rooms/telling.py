"""Tells meetings and rooms as a problem, and says what stands in each of its pieces.

Knows nothing about which meetings are wanted.
"""

import random
import re
from collections.abc import Sequence
from dataclasses import dataclass

from knowhow_agents.journal.specialist import cut
from knowhow_agents.skills.rooms import phrasings
from knowhow_agents.skills.rooms.language import Meeting, Plan

CHOICE = re.compile(r"\[([^\[\]]*)\]")
FIRST_MARK = 0xE000
"""Private characters: while a text is put together, they mark where its meetings and rooms are."""
ROOMS_MARK = "\uf8ff"
MARKS = re.compile("[\ue000-\uf8ff]")
SENTENCE = re.compile("((?:^|[.?!]\\s+)[\ue000-\uf8ff]?)([a-z])")


@dataclass(frozen=True)
class Told:
    problem: str
    pieces: tuple[Plan, ...]
    """What stands in each of the problem's pieces."""


def tell(
    rng: random.Random, rooms: int, meetings: Sequence[Meeting], *, held: bool = False
) -> Told:
    """The meetings in this order, in one of the usual phrasings or, `held`, in one kept aside."""
    frame = rng.choice(phrasings.HELD_FRAMES if held else phrasings.FRAMES)
    forms = phrasings.HELD_MEETINGS if held else phrasings.MEETINGS
    form = rng.choice(forms)
    mixed = rng.random() < 0.3
    told = [
        chr(FIRST_MARK + at) + tell_meeting(rng, rng.choice(forms) if mixed else form, meeting)
        for at, meeting in enumerate(meetings)
    ]
    listed = rng.choice(phrasings.SEPARATORS).join(told)
    text = frame.replace("{rooms}", ROOMS_MARK + _rooms(rng, rooms)).replace("{list}", listed)
    text = choose(rng, text)
    marked = SENTENCE.sub(lambda found: found[1] + found[2].upper(), text.strip())
    plans = tuple(_plan_of(piece, rooms, meetings) for piece in cut(marked))
    return Told(MARKS.sub("", marked), plans)


def choose(rng: random.Random, text: str) -> str:
    """One of each choice."""
    return CHOICE.sub(lambda found: rng.choice(found[1].split("|")), text)


def write_time(rng: random.Random, minutes: int) -> str:
    return phrasings.TIMES[rng.choice(list(phrasings.TIMES))](*divmod(minutes, 60))


def _plan_of(piece: str, rooms: int, meetings: Sequence[Meeting]) -> Plan:
    inside = MARKS.findall(piece)
    found = tuple(meetings[ord(mark) - FIRST_MARK] for mark in inside if mark != ROOMS_MARK)
    return Plan(rooms if ROOMS_MARK in inside else None, found)


def tell_meeting(rng: random.Random, form: str, meeting: Meeting) -> str:
    write = phrasings.TIMES[rng.choice(list(phrasings.TIMES))]
    start, end = (write(*divmod(minutes, 60)) for minutes in (meeting.start, meeting.end))
    form = choose(rng, form)
    return form.format(event=rng.choice(phrasings.EVENTS), start=start, end=end)


def _rooms(rng: random.Random, rooms: int) -> str:
    word = rng.choice(phrasings.ROOM_WORDS)
    number = rng.choice((str(rooms), phrasings.COUNT_WORDS[rooms]))
    return f"{number} {word.removesuffix('s') if rooms == 1 else word}"
