"""How meetings and rooms are told: texts of frames, of single meetings, and of times.

`[one|another]` leaves a choice. Every frame has its gaps `{rooms}` and `{list}`. What is held is
for the examination alone. Knows nothing about which meetings there are.
"""

from collections.abc import Callable, Mapping

FRAMES = (
    "The community centre has {rooms}. [Booked for today|Today's bookings]: {list}. "
    "Can every group have a room?",
    "{list}. [Are {rooms} enough|Will {rooms} do] for this day?",
    "We rent {rooms} on Friday. The schedule reads: {list}. [Does it work out|Does that work]?",
    "For {rooms} the office got these requests: {list}. [Can all be granted|Can it grant all]?",
    "Plan of the day: {list}. The school offers {rooms}. Is there room for everybody?",
    "A hotel lets {rooms} by the hour. Wanted: {list}. Can it take all [guests|of them]?",
    "[Somebody|The caretaker] entered {list} in the book. With {rooms}, does everything fit?",
    "Please check this: {list}. There are {rooms}. Must anything be moved?",
)
HELD_FRAMES = (
    "Nobody may be turned away: {list}. Could that be managed with {rooms}?",
    "The library can open {rooms} for the club week. Members asked for {list}. "
    "Would each of them get a place?",
    "If we only heat {rooms}, is there a place for all of this? {list}.",
)
MEETINGS = (
    "{event} from {start} to {end}",
    "{event} {start}-{end}",
    "{start} to {end} {event}",
    "{event} starts at {start} and ends at {end}",
    "{event} between {start} and {end}",
    "{event}, {start} until {end}",
    "from {start} till {end} {event}",
    "{event} ({start} - {end})",
)
HELD_MEETINGS = (
    "{event} lasts until {end}, beginning at {start}",
    "{event} at {start}, over by {end}",
    "{start}, {event}, done at {end}",
)
EVENTS = (
    "choir", "chess club", "yoga", "staff meeting", "first aid course", "book club",
    "band practice", "French lesson", "job interviews", "parents' evening", "drawing class",
    "dance group", "board meeting", "homework help", "repair workshop", "theatre group",
    "blood donation", "tenants' assembly", "maths tutoring", "film evening", "knitting circle",
    "debate team", "training", "sales call", "design review", "quiz", "singing lesson",
    "tax advice", "cooking course",
)  # fmt: skip
SEPARATORS = ("; ", ".\n", "\n- ")
ROOM_WORDS = ("rooms", "rooms", "halls", "studios")
COUNT_WORDS = ("one", "two", "three", "four", "five")


def _twelve(hour: int) -> int:
    return (hour - 1) % 12 + 1


def _half(hour: int) -> str:
    return "am" if hour < 12 else "pm"


TIMES: Mapping[str, Callable[[int, int], str]] = {
    "9": lambda hour, minute: f"{hour}:{minute:02d}" if minute else str(hour),
    "9:30": lambda hour, minute: f"{hour}:{minute:02d}",
    "2pm": lambda hour, minute: (
        f"{_twelve(hour)}:{minute:02d}{_half(hour)}" if minute else f"{_twelve(hour)}{_half(hour)}"
    ),
    "14:00": lambda hour, minute: f"{hour:02d}:{minute:02d}",
}
"""Hours are counted to 24, or to 12 with am and pm: there is never a doubt which half is meant."""
