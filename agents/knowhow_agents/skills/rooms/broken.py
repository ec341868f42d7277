"""Problems that have no answer: what is wrong with them, and clauses that nobody can use.

Some clauses are for training, so that a specialist learns to say that it cannot read one, and to
write down a meeting that ends before it starts as it stands there, for the solver to refuse. What
is examined has other words and times. Knows nothing about models.
"""

import random
from collections.abc import Mapping, Sequence

from knowhow_agents.skills.rooms import phrasings
from knowhow_agents.skills.rooms.items import GRID, Difficulty, exam_items
from knowhow_agents.skills.rooms.language import UNCLEAR, Meeting, Plan
from knowhow_agents.skills.rooms.telling import choose, tell, tell_meeting, write_time

UNREADABLE = (
    "soon", "later", "noonish", "?", "25:70", "tba", "the usual hour", "9:75", "x:30", "27",
    "a quarter", "lunch", "late", "29:10", "early", "the end", "26pm", "32:00", "tbd", "supper",
    "sunset", "the bell", "after work", "33:15", "12:61", "30", "breakfast", "who knows",
    "open end", "8:88", "the evening", "24:30", "midday or so",
)  # fmt: skip
HELD_UNREADABLE = ("whenever", "31:20", "dawn", "28", "some time", "10:99", "tea")
HOUR = 60


def useless(count: int, seed: int) -> list[tuple[str, str]]:
    """Clauses for training, and what is written about each."""
    rng = random.Random(f"rooms useless:{seed}")
    unclear = [(_clause(rng, UNREADABLE, phrasings.MEETINGS), UNCLEAR) for _ in range(count // 2)]
    return unclear + [_backwards(rng) for _ in range(count - len(unclear))]


def broken(count: int, seed: int) -> Mapping[str, Sequence[str]]:
    """So many problems that must be refused, by what is wrong with them."""
    rng = random.Random(f"rooms broken:{seed}")
    found: dict[str, list[str]] = {}
    for item in exam_items(Difficulty.MEDIUM, count, seed):
        first, *others = item.meetings
        turned = Meeting(first.end, first.start)
        late = Meeting(rng.randrange(21 * HOUR, 24 * HOUR, 15), rng.randrange(HOUR, 5 * HOUR, 15))
        clause = _clause(rng, HELD_UNREADABLE, phrasings.MEETINGS)
        for kind, rooms, meetings in (
            ("ends_before_it_starts", item.rooms, [turned, *others]),
            ("overnight", item.rooms, [*others, late]),
            ("no_rooms", 0, item.meetings),
            ("no_meetings", item.rooms, []),
        ):
            problem = tell(rng, rooms, meetings).problem
            found.setdefault(kind, []).append(problem.replace(" .", ""))
        found.setdefault("unreadable_time", []).append(f"{item.problem} Then {clause}.")
    return found


def _backwards(rng: random.Random) -> tuple[str, str]:
    """From some time of the day to an earlier one, or to one of the next day."""
    end, start = sorted(rng.sample(range(0, 24 * HOUR, GRID), 2))
    meeting = Meeting(start, end)
    return tell_meeting(rng, rng.choice(phrasings.MEETINGS), meeting), str(Plan(None, (meeting,)))


def _clause(rng: random.Random, words: Sequence[str], forms: Sequence[str]) -> str:
    """One of its times cannot be read, or neither."""
    hour = rng.randrange(8, 20)
    times = [write_time(rng, hour * HOUR), rng.choice(words)]
    if rng.random() < 0.3:
        times[0] = rng.choice(words)
    rng.shuffle(times)
    text = choose(rng, rng.choice(forms))
    return text.format(event=rng.choice(phrasings.EVENTS), start=times[0], end=times[1])
