"""Meetings and rooms for the story: one specialist reads, and may count in five ways.

Not all ways are right, and some only mostly. Knows nothing about whom to ask.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from demos.pupils import Pupil
from knowhow_adapters.decode.engine import Decoder
from knowhow_agents.journal.asked import read_answer
from knowhow_agents.journal.skill import Answer, Exercise
from knowhow_agents.journal.specialist import Reading, cut, examples, read, solve
from knowhow_agents.skills.rooms.items import Difficulty
from knowhow_agents.skills.rooms.language import Way
from knowhow_agents.skills.rooms.skill import Rooms
from knowhow_agents.skills.traces.team import Said

SKILL = Rooms()
AGENT = SKILL.name
PURPOSE = "finds out how many meetings overlap and whether there are enough rooms for them"
ALSO = "How many rooms are in use at the busiest moment, and are there enough?"
"""Added to each problem, as whoever answers with yes or no alone is right every second time."""
RIGHT_WAY = str(Way.ENDS_FIRST)
"""In which an examination counts: it is about reading."""
SIZES = (Difficulty.EASY, Difficulty.MEDIUM)
EXAMPLES, READINGS = 40, 3
"""Problems; each has several pieces to read."""
EXAM = 40
FRESH = 1_000
"""Seeds from here on are of examples and examinations."""
NUMBER = re.compile(r"\d+")


@dataclass(frozen=True)
class Asked:
    problem: str
    exercise: Exercise


def draw(count: int, seed: int) -> list[Asked]:
    each = -(-count // len(SIZES))
    drawn = [SKILL.exam(size, each, seed, new=False) for size in SIZES]
    mixed = [one for of_each in zip(*drawn, strict=True) for one in of_each]
    return [Asked(f"{one.problem} {ALSO}", one) for one in mixed[:count]]


def pupil() -> Pupil:
    worked = [
        Said(AGENT, one.prompt, one.answer)
        for one in examples(SKILL, SKILL.draw(EXAMPLES, FRESH), FRESH)
    ]
    return Pupil(AGENT, worked, READINGS, _examine)


def attempt(decoder: Decoder, ref: str, asked: Sequence[Asked]) -> list[Reading]:
    return read(SKILL, decoder, ref, [one.exercise.problem for one in asked])


def answers(reading: Reading) -> Mapping[str, str | None]:
    """By the way to count; None where the problem was refused."""
    found = {way: solve(SKILL, reading, way) for way in SKILL.ways}
    return {way: _told(answer) for way, answer in found.items()}


def is_answer(asked: Asked, answer: str) -> bool:
    numbers = NUMBER.findall(answer)
    verdict = read_answer(answer).enough
    right = asked.exercise.answer
    return numbers == [str(right.number)] and verdict == right.enough


def lessons(asked: Asked, reading: Reading) -> list[Said]:
    """What was written about each piece of the problem."""
    pieces = zip(cut(asked.exercise.problem), reading.pieces, strict=True)
    return [Said(AGENT, SKILL.ask(piece), written) for piece, written in pieces]


def _told(answer: Answer) -> str | None:
    return None if answer.enough is None else f"{answer.number}, {'yes' if answer.enough else 'no'}"


def _examine(decoder: Decoder, ref: str) -> list[float]:
    exam = [Asked(one.problem, one) for one in SKILL.exam(SIZES[-1], EXAM, FRESH, new=False)]
    return [
        float(solve(SKILL, reading, RIGHT_WAY) == one.exercise.answer)
        for reading, one in zip(attempt(decoder, ref, exam), exam, strict=True)
    ]
