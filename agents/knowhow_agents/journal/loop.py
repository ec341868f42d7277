"""From attempts to a strategy: batches of ten, a reflection after each, distilled every five.

A teacher attempts problems, is told by the checker which attempts were wrong, and writes down what
that taught. Every step is kept before the next begins: after Ctrl-C or a provider's failure the
same call goes on where it stopped and asks nothing twice. Knows nothing about skills and models.
"""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from knowhow_agents.big_model.errors import ProviderFault
from knowhow_agents.journal.diary import Diary, Try
from knowhow_agents.journal.skill import Exercise, Skill, grade
from knowhow_agents.journal.strategy import Strategy, TooLong, read_strategy, shorten

BATCH = 10
BATCHES = 5
"""A strategy is distilled from the journal after so many."""


@dataclass(frozen=True)
class Tried:
    exercise: Exercise
    tries: Sequence[Try]


class Teacher(Protocol):
    name: str

    async def attempt(self, skill: Skill, exercise: Exercise) -> list[Try]:
        """In one way or in several; rewards are the checker's."""
        ...

    async def reflect(self, skill: Skill, batch: Sequence[Tried]) -> str: ...

    async def distil(self, skill: Skill, diary: Diary, complaint: str = "") -> str:
        """A strategy from the whole journal; `complaint` says what was wrong with the last one."""
        ...


async def keep_journal(
    skill: Skill,
    teacher: Teacher,
    diary: Diary,
    exercises: Sequence[Exercise],
    report: Callable[[int], None] = lambda done: None,
) -> Strategy:
    """The strategy after all of the exercises."""
    for start in range(0, len(exercises), BATCH):
        batch = exercises[start : start + BATCH]
        done = start + len(batch)
        numbered = dict(enumerate(batch, start))
        await _attempt(skill, teacher, diary, numbered)
        if done not in diary.reflections:
            tried = [Tried(one, diary.tries[number]) for number, one in numbered.items()]
            diary.reflected(done, await teacher.reflect(skill, tried) or "nothing")
        last = done == len(exercises)
        if (done % (BATCH * BATCHES) == 0 or last) and done not in diary.strategies:
            diary.distilled(done, await _distil(skill, teacher, diary))
        report(done)
    return diary.strategies[len(exercises)]


def left_to_do(problems: int, diary: Diary | None) -> dict[str, int]:
    """What a teacher would still be asked for; nobody is asked for this."""
    ends = [min(start + BATCH, problems) for start in range(0, problems, BATCH)]
    strategies = {end for end in ends if end % (BATCH * BATCHES) == 0 or end == problems}
    tried, reflected, distilled = (
        (diary.tries, diary.reflections, diary.strategies) if diary else ({}, {}, {})
    )
    return {
        "attempts": len(set(range(problems)) - tried.keys()),
        "reflections": len(set(ends) - reflected.keys()),
        "strategies": len(strategies - distilled.keys()),
    }


async def _attempt(
    skill: Skill, teacher: Teacher, diary: Diary, batch: Mapping[int, Exercise]
) -> None:
    """Those that were not attempted yet, all at once."""

    async def one(number: int, exercise: Exercise) -> None:
        try:
            tries = await teacher.attempt(skill, exercise)
        except ProviderFault:
            diary.failed(exercise.problem)
            raise
        judged = [replace(one, reward=grade(one.answer, exercise.answer)) for one in tries]
        diary.tried(number, exercise.problem, judged)

    left = {number: exercise for number, exercise in batch.items() if number not in diary.tries}
    found = await asyncio.gather(*(one(*pair) for pair in left.items()), return_exceptions=True)
    for failure in found:
        if failure is not None:
            raise failure


async def _distil(skill: Skill, teacher: Teacher, diary: Diary) -> Strategy:
    """Whoever writes too much is asked once more, and then cut short."""
    text = await teacher.distil(skill, diary)
    try:
        return read_strategy(text, skill.ways)
    except TooLong as refused:
        text = await teacher.distil(skill, diary, str(refused))
        return read_strategy(shorten(text), skill.ways)
