"""How meetings and rooms are told: texts of frames, of single meetings, and of times.

`[one|another]` leaves a choice. Every frame has its gaps `{rooms}` and `{list}`. What is held is
for the examination alone. Knows nothing about which meetings there are.
"""

from collections.abc import Callable, Mapping

OPENINGS = (
    "[Booked for today|Today's bookings|Today]:",
    "[Plan of the day|The schedule reads|As it stands|At the moment]:",
    "[Wanted|Asked for|What follows was asked for]:",
    "[Somebody|The caretaker|A student] wrote down",
    "[Please check this|Have a look at this]:",
    "[Everybody hopes to come|No one has got an answer yet|All of them asked in time]:",
    "[None of it can wait|It must all be today|Not one of them has a key so far]:",
    "[The groups want|The members wish for|Neighbours would like]",
    "",
)
CLOSINGS = (
    "[Can|Does] every group [have a room|find a room|meet]?",
    "[Is one free for each of these|Does each of them find a place]?",
    "[Does it work out|Does that work|Is that possible|Can they all meet]?",
    "[Can all be granted|Should one of them be refused]?",
    "[Is there room for everybody|Has everyone a place|Can all of it be held there]?",
    "[Must anything be moved|Has one of them to wait]?",
    "[Would any two get in each other's way|Will there be a clash]?",
    "[Nobody wants to wait|Nobody should be sent home|Each should be able to start in time].",
    "[Say whether that is feasible|Tell us if it is all right].",
    "[Could each be given one|Is every one of them safe|Is that fine]?",
    "",
)
OPENINGS_WITH_ROOMS = (
    "The community centre has {rooms}.",
    "[We rent|They rent|The choir rents] {rooms} on Friday.",
    "For {rooms} [the office got|there are] these requests:",
    "A [hotel|town hall] [lets|offers] {rooms} by the hour.",
    "[{rooms} must serve for|Into {rooms} has to go] what follows.",
    "[We own {rooms} and expect|They keep {rooms} for] the following.",
    "[Since the fire there are only|After the repairs there are] {rooms} [left|to use].",
    "[This winter|Today|On Sundays] [we use|they open|the school offers] {rooms}.",
    "[You may use|You have] {rooms}, [no more|not more than that].",
    "[My aunt|The owner] [gives us|lends us] {rooms} for [the weekend|this]:",
)
CLOSINGS_WITH_ROOMS = (
    "[Are {rooms} enough|Will {rooms} do|Do {rooms} suffice] for this day?",
    "The school offers {rooms}[. Is that enough|, is that enough]?",
    "There are {rooms}. [Does it fit|Must anything be moved]?",
    "With {rooms}, [does everything fit|is that all right|will there be a clash]?",
    "[How about|What about] {rooms}?",
    "[Is it feasible|Can it be done|Would it work] [with|in] {rooms}?",
    "[Somebody says {rooms} would do, is it so|Can {rooms} hold this]?",
    "[They have|We have|She has] {rooms}.",
    "[Suppose|Say] [there are|we have] {rooms}. [Is that enough|Do all meet]?",
    "[Should it be possible to use {rooms} for all that|Could {rooms} take it all]?",
)
FRAMES = (
    *(f"{one} {{list}}. {two}" for one in OPENINGS_WITH_ROOMS for two in CLOSINGS),
    *(f"{one} {{list}}. {two}" for one in OPENINGS for two in CLOSINGS_WITH_ROOMS),
)
HELD_FRAMES = (
    "Nobody may be turned away: {list}. Could that be managed with {rooms}?",
    "The library can open {rooms} for the club week. Members asked for {list}. "
    "Would each of them get a place?",
    "If we only heat {rooms}, is there a place for all of this? {list}.",
)
MEETINGS = (
    "{event}[ from|, from| is from| goes from] {start} [to|until|till] {end}",
    "{event}[ |: | at ]{start}[-| - | to ]{end}",
    "{start}[-| - | to | until ]{end}[ |: | for the ]{event}",
    "{event} [starts|begins|opens] at {start} and [ends|stops|closes|is over] at {end}",
    "{event} [starts|begins] at {start}[, ends| and ends] at {end}",
    "{event} [between|is between|takes place between] {start} and {end}",
    "{event}[,| -] {start} [until|till|to] {end}",
    "from {start} [to|until|till] {end}[ | there is | comes the ]{event}",
    "{event} ({start}[ - |-| to ]{end})",
    "{event} [ends|is over|stops] at {end}[ and starts| and begins|, it starts] at {start}",
    "{event} [until|till] {end}[, from| from| starting at|, start at] {start}",
    "[until|till] {end}, from {start}[ on|]: {event}",
    "at {start} [begins|starts] {event}, which [ends|closes|is over] at {end}",
    "{event}, start {start}, end {end}",
    "{event}, [end|finish] {end}, start {start}",
    "{start}[: | ]{event}[, until| until|, till|, end] {end}",
    "{start} {event} [which ends at|that goes on until] {end}",
    "[starting|beginning] {start}: {event} [until|to] {end}",
    "at {start}, [the |]{event} [up to|until] {end}",
    "{event}, [till|to|up to] {end}, [starts|begins] at {start}",
    "{start}, {event}, [finished|closing|ending|through] at {end}",
    "{start}[ -|,| is for] {event}, [ends|closes|out|home|finishing] [at|by] {end}",
    "{event} at {start}, [finished|closing|through|out] [at|by] {end}",
    "{event} [runs|goes on|stays] until {end}, [opening|starting|coming in] at {start}",
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
COUNT_WORDS = ("zero", "one", "two", "three", "four", "five")


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
