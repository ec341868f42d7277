"""What a specialist writes about meetings and rooms, and how it is read.

    rooms: 2
    - 09:00-10:30
    - 13:15-14:00
    by: sweep, ends first

Of a piece of a problem, any of these lines may be missing; a whole needs them all. Reading is
strict and bounded: a plan that makes no sense is refused with its reason, never mended. Knows
nothing about how rooms are counted.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from knowhow_memory.errors import InputError

MAX_LETTERS = 20_000
MAX_MEETINGS = 500
DAY = 24 * 60
ROOMS = re.compile(r"rooms: (0|[1-9][0-9]?)")
MEETING = re.compile(r"- ([0-2][0-9]):([0-5][0-9])-([0-2][0-9]):([0-5][0-9])")
BY = "by: "
NOTHING = "nothing"
"""Written about a piece in which neither rooms nor meetings are mentioned."""
UNCLEAR = "unclear"
"""Written about a piece that has something in it that cannot be read."""


class Way(StrEnum):
    """How many rooms are needed at once can be counted in several ways; not all are right."""

    ENDS_FIRST = "sweep, ends first"
    STARTS_FIRST = "sweep, starts first"
    NEIGHBOURS = "count who overlaps whom"
    AS_LISTED = "first free room, as listed"
    HOURS = "share out the hours"


class PlanRefused(InputError):
    """Says which line of a plan, or what in it, cannot be used."""


@dataclass(frozen=True)
class Meeting:
    """In minutes after midnight."""

    start: int
    end: int

    def __str__(self) -> str:
        return f"{clock(self.start)}-{clock(self.end)}"


@dataclass(frozen=True)
class Plan:
    """What stands in one piece of a problem, or in all of it."""

    rooms: int | None = None
    meetings: tuple[Meeting, ...] = ()
    way: Way | None = None

    def __str__(self) -> str:
        lines = [] if self.rooms is None else [f"rooms: {self.rooms}"]
        lines += [f"- {meeting}" for meeting in self.meetings]
        if self.way is not None:
            lines.append(f"{BY}{self.way.value}")
        return "\n".join(lines) or NOTHING


def clock(minutes: int) -> str:
    return f"{minutes // 60:02d}:{minutes % 60:02d}"


def parse(text: str) -> Plan:
    if len(text) > MAX_LETTERS:
        raise PlanRefused(f"a plan of {len(text):,} letters; at most {MAX_LETTERS:,} are read")
    if text == NOTHING:
        return Plan()
    if text == UNCLEAR:
        raise PlanRefused("something in the problem cannot be read")
    rooms, way = None, None
    meetings: list[Meeting] = []
    for number, line in enumerate(text.splitlines(), 1):
        if found := ROOMS.fullmatch(line):
            if rooms is not None:
                raise PlanRefused(f"line {number}: the rooms are given twice")
            rooms = int(found[1])
        elif found := MEETING.fullmatch(line):
            meetings.append(_meeting(number, *map(int, found.groups())))
        elif line.startswith(BY) and way is None:
            way = _way(number, line.removeprefix(BY))
        else:
            raise PlanRefused(f"line {number} is not a line of a plan: {line[:60]!r}")
    if len(meetings) > MAX_MEETINGS:
        raise PlanRefused(f"{len(meetings)} meetings; at most {MAX_MEETINGS} are read")
    return Plan(rooms, tuple(meetings), way)


def join(pieces: Iterable[Plan], way: Way) -> Plan:
    """The plan of a problem from those of its pieces."""
    pieces = list(pieces)
    counts = {piece.rooms for piece in pieces if piece.rooms is not None}
    if len(counts) > 1:
        raise PlanRefused(f"several numbers of rooms: {', '.join(map(str, sorted(counts)))}")
    meetings = tuple(meeting for piece in pieces for meeting in piece.meetings)
    return Plan(counts.pop() if counts else None, meetings, way)


def _meeting(line: int, hour: int, minute: int, last_hour: int, last_minute: int) -> Meeting:
    meeting = Meeting(hour * 60 + minute, last_hour * 60 + last_minute)
    if max(meeting.start, meeting.end) > DAY:
        raise PlanRefused(f"line {line}: a day has 24 hours, got {meeting}")
    if meeting.end <= meeting.start:
        raise PlanRefused(
            f"line {line}: a meeting ends after it starts and on the same day, got {meeting}"
        )
    return meeting


def _way(line: int, name: str) -> Way:
    try:
        return Way(name)
    except ValueError:
        known = ", ".join(repr(way.value) for way in Way)
        raise PlanRefused(f"line {line}: no way {name[:60]!r}: there are {known}") from None
