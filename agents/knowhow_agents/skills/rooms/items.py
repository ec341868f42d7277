"""The data: days of meetings with as many that fit as that do not, and no shortcut to tell them.

Meetings are laid on as many tracks as rooms are needed at once, and for a moment all tracks are
busy. Rooms, the number of meetings and the text are drawn the same way for both answers. What is
examined never occurs in training: the digest of a day says on which side it falls, and some
phrasings are kept. Every item follows from its seed. Knows nothing about models.
"""

import hashlib
import random
from dataclasses import dataclass
from enum import StrEnum

from knowhow_agents.journal.skill import Answer
from knowhow_agents.skills.rooms.language import Meeting
from knowhow_agents.skills.rooms.solver import truth
from knowhow_agents.skills.rooms.telling import Told, tell

OPENS, CLOSES, GRID = 7 * 60, 21 * 60, 5
AROUND = 120
"""How long before and after the busiest moment a meeting of that moment may start and end."""
ROOMS = (1, 5)
HELD_SHARE = 5
"""One day in so many is for the examination."""
TOUCHING, IDENTICAL = 0.35, 0.1
"""How often a meeting starts when the one before it ends, or is at the same time as another."""
SPARE = 0.5
"""Of the days that fit: how often a room stays empty even at the busiest moment."""
MAX_DRAWS = 10_000


class Difficulty(StrEnum):
    EASY = "easy"
    MEDIUM = "medium"
    HARD = "hard"
    XL = "xl"
    """Longer than anything that is trained on."""


MEETINGS = {
    Difficulty.EASY: (2, 4),
    Difficulty.MEDIUM: (3, 7),
    Difficulty.HARD: (6, 12),
    Difficulty.XL: (13, 30),
}
TRAINED = (Difficulty.EASY, Difficulty.MEDIUM, Difficulty.HARD)


@dataclass(frozen=True)
class Item:
    problem: str
    rooms: int
    meetings: tuple[Meeting, ...]
    answer: Answer
    told: Told
    difficulty: Difficulty


def training_items(count: int, seed: int) -> list[Item]:
    """Different problems of the difficulties that are trained on; half of them fit."""
    rng = random.Random(f"rooms training:{seed}")
    return _different(rng, count, held_out=False)


def exam_items(
    difficulty: Difficulty, count: int, seed: int, *, held_phrasings: bool = False
) -> list[Item]:
    rng = random.Random(f"rooms exam:{difficulty}:{held_phrasings}:{seed}")
    return _different(rng, count, held_out=True, difficulty=difficulty, phrasings=held_phrasings)


def _different(
    rng: random.Random,
    count: int,
    *,
    held_out: bool,
    difficulty: Difficulty | None = None,
    phrasings: bool = False,
) -> list[Item]:
    found: dict[str, Item] = {}
    while len(found) < count:
        kind = difficulty or TRAINED[len(found) // 2 % len(TRAINED)]
        item = _draw(rng, kind, fits=len(found) % 2 == 0, held_out=held_out, phrasings=phrasings)
        found.setdefault(item.problem, item)
    return list(found.values())


def is_held_out(rooms: int, meetings: tuple[Meeting, ...]) -> bool:
    """By the times alone, in whatever order they are told."""
    day = f"{rooms} {' '.join(sorted(map(str, meetings)))}"
    return hashlib.sha256(day.encode()).digest()[0] % HELD_SHARE == 0


def _draw(
    rng: random.Random, difficulty: Difficulty, *, fits: bool, held_out: bool, phrasings: bool
) -> Item:
    while True:
        count = rng.randint(*MEETINGS[difficulty])
        rooms = rng.randint(ROOMS[0], min(ROOMS[1], count - 1))
        needed = rooms + 1 if not fits else rooms - (rooms > 1 and rng.random() < SPARE)
        meetings = _day(rng, count, needed)
        if is_held_out(rooms, meetings) == held_out:
            told = tell(rng, rooms, meetings, held=phrasings)
            return Item(told.problem, rooms, meetings, truth(rooms, meetings), told, difficulty)


def _day(rng: random.Random, count: int, needed: int) -> tuple[Meeting, ...]:
    """So many meetings that need so many rooms at once, in any order."""
    for _ in range(MAX_DRAWS):
        meetings = _on_tracks(rng, _shares(rng, count, needed))
        if meetings is not None:
            rng.shuffle(meetings)
            return tuple(meetings)
    raise AssertionError(f"no day of {count} meetings needs {needed} rooms")


def _shares(rng: random.Random, count: int, tracks: int) -> list[int]:
    """How many meetings each track has: one at least."""
    shares = [1] * tracks
    for _ in range(count - tracks):
        shares[rng.randrange(tracks)] += 1
    return shares


def _on_tracks(rng: random.Random, shares: list[int]) -> list[Meeting] | None:
    """Every track has a meeting at one moment; its others come before and after that one."""
    moment = rng.randrange(OPENS + AROUND, CLOSES - AROUND, GRID)
    found: list[Meeting] = []
    for share in shares:
        start, end = moment - _some(rng, 0, AROUND), moment + _some(rng, GRID, AROUND)
        if found and rng.random() < IDENTICAL:
            start, end = found[0].start, found[0].end
        before = rng.randint(0, share - 1)
        track = _gap(rng, OPENS, start, before), _gap(rng, end, CLOSES, share - 1 - before)
        if None in track:
            return None
        found += [Meeting(start, end), *(meeting for gap in track for meeting in gap or ())]
    return found


def _gap(rng: random.Random, low: int, high: int, count: int) -> list[Meeting] | None:
    """So many meetings one after the other, some of them without a pause between."""
    points = range(low, high + 1, GRID)
    if len(points) < 2 * count:
        return None
    times = sorted(rng.sample(points, 2 * count))
    following = [*times[2::2], high][:count]
    return [
        Meeting(start, next_ if rng.random() < TOUCHING else end)
        for start, end, next_ in zip(times[::2], times[1::2], following, strict=True)
    ]


def _some(rng: random.Random, low: int, high: int) -> int:
    return rng.randrange(low, high + 1, GRID)
