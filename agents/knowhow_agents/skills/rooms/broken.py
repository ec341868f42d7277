"""Problems that have no answer: what is wrong with them, and clauses that nobody can read.

Some clauses are for training, so that a specialist learns to say that it cannot read one; the words
in those that are examined are others. Knows nothing about models.
"""

import random
from collections.abc import Mapping, Sequence

from knowhow_agents.skills.rooms import phrasings
from knowhow_agents.skills.rooms.items import Difficulty, exam_items
from knowhow_agents.skills.rooms.language import Meeting
from knowhow_agents.skills.rooms.telling import choose, tell, write_time

UNREADABLE = (
    "soon", "later", "noonish", "?", "25:70", "tba", "the usual hour", "9:75", "x:30", "27",
    "a quarter", "lunch", "late", "29:10", "early", "the end", "26pm", "32:00",
)  # fmt: skip
HELD_UNREADABLE = ("whenever", "31:20", "dawn", "28", "some time", "10:99", "tea")
HOUR = 60


def unclear(count: int, seed: int) -> list[str]:
    """Clauses for training."""
    rng = random.Random(f"rooms unclear:{seed}")
    return [_clause(rng, UNREADABLE, phrasings.MEETINGS) for _ in range(count)]


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


def _clause(rng: random.Random, words: Sequence[str], forms: Sequence[str]) -> str:
    """One of its times cannot be read, or neither."""
    hour = rng.randrange(8, 20)
    times = [write_time(rng, hour * HOUR), rng.choice(words)]
    if rng.random() < 0.3:
        times[0] = rng.choice(words)
    rng.shuffle(times)
    text = choose(rng, rng.choice(forms))
    return text.format(event=rng.choice(phrasings.EVENTS), start=times[0], end=times[1])
