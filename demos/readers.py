"""Word problems for the story: five specialists, each of whom reads a problem alone.

Whoever is asked writes sums; what a sum is for, none of them knows, so the wrong one mostly writes
nonsense. Knows nothing about whom to ask.
"""

import itertools
import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from demos.pupils import Exam, Pupil
from knowhow_adapters.decode.engine import Decoder
from knowhow_agents.skills.traces.items import Cell, exam_items, training_items
from knowhow_agents.skills.traces.language import SPECIALISTS, parse
from knowhow_agents.skills.traces.marks import look
from knowhow_agents.skills.traces.solver import is_right, run
from knowhow_agents.skills.traces.sums import NotTold
from knowhow_agents.skills.traces.team import Adapted, Said, Team, lessons
from knowhow_agents.skills.traces.telling import Item

PURPOSES: Mapping[str, str] = {
    "arithmetic": "works out totals, change, averages and what is left, in several sums",
    "rate_equation": "works out distances from speeds, pay by the hour, output by the day, prices "
    "by the piece",
    "comparison": "compares two people: one has more, fewer or so many times as many as the other",
    "percentage": "works out percentages: discounts, rises, shares of a hundred",
    "entity_track": "keeps track of what people own when things are given away, found, lost",
}
READS = "reads"
EXAMPLES, READINGS = 160, 3
EXAM = 60
POOL = 1_600
"""Problems of which the examples are the first that fit."""
FRESH = 1_000
"""Seeds from here on are of examples and examinations."""


@dataclass(frozen=True)
class Read:
    """What a specialist made of a problem."""

    answer: str | None
    said: tuple[Said, ...]


def draw(count: int, seed: int) -> list[Item]:
    """Problems of every specialist, equally often."""
    rng = random.Random(f"readers:{seed}")
    each = -(-count // len(SPECIALISTS))
    found = [item for name in SPECIALISTS for item in exam_items(Cell.NUMBERS, each, seed, of=name)]
    rng.shuffle(found)
    return found[:count]


def pupils() -> list[Pupil]:
    pool = training_items(POOL, FRESH)
    return [Pupil(name, _worked(pool, name), READINGS, _exam(name)) for name in SPECIALISTS]


def attempt(
    decoder: Decoder, versions: Mapping[str, str], problems: Sequence[str]
) -> dict[str, list[Read]]:
    """Everybody's attempts at every problem."""
    return {name: _attempt(decoder, versions[name], name, problems) for name in SPECIALISTS}


def is_answer(item: Item, answer: str) -> bool:
    try:
        return is_right(Fraction(answer.replace(",", "")), item.answer)
    except (ValueError, ZeroDivisionError):
        return False


def _attempt(decoder: Decoder, ref: str, name: str, problems: Sequence[str]) -> list[Read]:
    team = Team(Adapted(decoder, {name: ref}))
    found = team.attempt(problems, specialist=name, whole=True)
    values = [run(one.trace).answer for one in found]
    return [
        Read(None if value is None else str(value), one.said)
        for value, one in zip(values, found, strict=True)
    ]


def _exam(name: str) -> Exam:
    def examine(decoder: Decoder, ref: str) -> list[float]:
        items = exam_items(Cell.NUMBERS, EXAM, FRESH, of=name)
        found = _attempt(decoder, ref, name, [item.problem for item in items])
        return [
            float(one.answer is not None and is_answer(item, one.answer))
            for one, item in zip(found, items, strict=True)
        ]

    return examine


def _worked(pool: Sequence[Item], name: str) -> list[Said]:
    return list(itertools.islice(_alone(pool, name), EXAMPLES))


def _alone(pool: Sequence[Item], name: str) -> Iterator[Said]:
    """What one who reads everything should have said."""
    for item in pool:
        if item.specialists != (name,):
            continue
        try:
            told = lessons(look(item.problem), parse(item.trace))
        except NotTold:
            continue
        own = [said for said in told if said.agent == name]
        if len(own) == 1:
            yield own[0]
