"""Counts how many rooms are in use at once, in the way a plan says, and compares.

A plan that cannot be carried out gives a fault with its reason, never a guess. `truth` is the
reference that attempts are held against. Knows nothing about texts.
"""

from collections.abc import Callable, Mapping, Sequence

from knowhow_agents.journal.skill import Answer
from knowhow_agents.skills.rooms.language import Meeting, Plan, PlanRefused, Way, join, parse


def solve(plan: Plan) -> Answer:
    if not plan.rooms:
        return Answer(None, None, "no rooms" if plan.rooms == 0 else "no number of rooms is given")
    if not plan.meetings:
        return Answer(None, None, "no meetings")
    if plan.way is None:
        return Answer(None, None, "no way to count is given")
    peak = WAYS[plan.way](plan.meetings)
    return Answer(peak, peak <= plan.rooms)


def solve_pieces(pieces: Sequence[str], way: Way) -> Answer:
    """From what a specialist wrote about each piece of a problem."""
    try:
        return solve(join(map(parse, pieces), way))
    except PlanRefused as refused:
        return Answer(None, None, str(refused))


def truth(rooms: int, meetings: Sequence[Meeting]) -> Answer:
    return solve(Plan(rooms, tuple(meetings), Way.ENDS_FIRST))


def _sweep(meetings: Sequence[Meeting], *, ends_first: bool) -> int:
    """The highest count while walking through what starts (+1) and what ends (-1)."""
    order = 1 if ends_first else -1
    events = [(meeting.start, 1) for meeting in meetings]
    events += [(meeting.end, -1) for meeting in meetings]
    peak = count = 0
    for _, change in sorted(events, key=lambda event: (event[0], event[1] * order)):
        count += change
        peak = max(peak, count)
    return peak


def _neighbours(meetings: Sequence[Meeting]) -> int:
    return max(
        sum(one.start < other.end and other.start < one.end for other in meetings)
        for one in meetings
    )


def _as_listed(meetings: Sequence[Meeting]) -> int:
    rooms: list[list[Meeting]] = []
    for meeting in meetings:
        for room in rooms:
            if all(held.end <= meeting.start or meeting.end <= held.start for held in room):
                room.append(meeting)
                break
        else:
            rooms.append([meeting])
    return len(rooms)


def _hours(meetings: Sequence[Meeting]) -> int:
    span = max(meeting.end for meeting in meetings) - min(meeting.start for meeting in meetings)
    return -(-sum(meeting.end - meeting.start for meeting in meetings) // span)


WAYS: Mapping[Way, Callable[[Sequence[Meeting]], int]] = {
    Way.ENDS_FIRST: lambda meetings: _sweep(meetings, ends_first=True),
    Way.STARTS_FIRST: lambda meetings: _sweep(meetings, ends_first=False),
    Way.NEIGHBOURS: _neighbours,
    Way.AS_LISTED: _as_listed,
    Way.HOURS: _hours,
}
