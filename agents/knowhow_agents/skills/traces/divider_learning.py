"""How whoever divides learns: from everybody's worked examples, in about a minute.

A verified trace tells the role of every sentence of its problem. All are read again and again, each
time told a little differently: a sentence that did not matter somewhere is put in, and parts of
different problems are put behind each other, so that orders are learnt which no example has. What
the later part calls the result may not fit the earlier one then; who reads which sentence does.
Learning begins anew every time, so what was learnt follows from the examples alone. Knows nothing
about how they came about.
"""

import random
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby, pairwise
from typing import Protocol

import numpy as np

from knowhow_adapters.learn.examples import NothingToLearn
from knowhow_agents.skills.traces import division
from knowhow_agents.skills.traces.divider import Divider, Vectors, features
from knowhow_agents.skills.traces.division import NOTHING, ROLES
from knowhow_agents.skills.traces.language import parse
from knowhow_agents.skills.traces.likeliest import COLUMN, numbers_in
from knowhow_agents.skills.traces.marks import look
from knowhow_agents.skills.traces.network import Layers, Reading, learn
from knowhow_agents.skills.traces.sums import NotTold

IDLE_SHARE = 1 / 3
"""Of the lessons, that are told with a sentence more that does not matter."""
MADE_SHARE = 1 / 2
"""Problems made of others' parts, for each lesson; `THREE_SHARE` of them have three parts."""
THREE_SHARE = 0.4
READ = 50_000
"""Lessons that are read in a training, within these bounds of readings of each."""
FEWEST_TIMES, MOST_TIMES = 8, 60
HIDDEN, ROWS = 128, 64


class Worked(Protocol):
    """A problem with a trace that was verified."""

    @property
    def problem(self) -> str: ...

    @property
    def trace(self) -> str: ...


@dataclass(frozen=True)
class Lesson:
    """The sentences of a problem and their roles."""

    sentences: tuple[str, ...]
    roles: tuple[str, ...]

    @property
    def pairs(self) -> list[tuple[str, str]]:
        return list(zip(self.sentences, self.roles, strict=True))


def learn_division(examples: Iterable[Worked], vectors: Vectors, *, seed: int = 0) -> Divider:
    lessons = [lesson for example in examples for lesson in told(example)]
    if not lessons:
        raise NothingToLearn("no worked example tells how its problem is divided")
    times = min(max(READ // len(lessons), FEWEST_TIMES), MOST_TIMES)
    rng, teller = random.Random(f"division:{seed}"), _Teller(lessons)
    vectors.of([sentence for lesson in lessons for sentence in lesson.sentences])
    return Divider(vectors, _train([teller.tell(rng) for _ in range(times)], vectors, seed))


def told(example: Worked) -> Iterator[Lesson]:
    """Nothing where the trace does not tell for sure."""
    sight = look(example.problem)
    try:
        found = division.divide(sight, parse(example.trace))
    except NotTold:
        return
    roles = division.tell(sight, tuple(share for share, _ in found))
    yield Lesson(tuple(division.sentences(sight)), tuple(roles))


# Telling lessons differently


class _Teller:
    def __init__(self, lessons: Sequence[Lesson]) -> None:
        self._lessons = lessons
        pairs = [pair for lesson in lessons for pair in lesson.pairs]
        self._idle = [sentence for sentence, role in pairs if role == NOTHING]
        parts = [list(_parts(lesson)) for lesson in lessons]
        self._first = _by_expert(own[0].facts for own in parts)
        self._middle = _by_expert(part.facts for own in parts for part in own[1:])
        self._last = _by_expert(own[-1] for own in parts if len(own) > 1)

    def tell(self, rng: random.Random) -> list[Lesson]:
        """One reading of all, and problems that are made of their parts."""
        found = [
            _with_idle(lesson, rng.choice(self._idle), rng)
            if self._idle and rng.random() < IDLE_SHARE
            else lesson
            for lesson in self._lessons
        ]
        return [*found, *self._make(round(MADE_SHARE * len(found)), rng)]

    def _make(self, count: int, rng: random.Random) -> Iterator[Lesson]:
        for _ in range(count if self._first and self._last else 0):
            kinds = [self._first, self._last]
            if self._middle and rng.random() < THREE_SHARE:
                kinds.insert(1, self._middle)
            chosen = [rng.choice(kind[rng.choice(sorted(kind))]) for kind in kinds]
            if all(one.expert != other.expert for one, other in pairwise(chosen)):
                yield _lesson(pair for part in chosen for pair in part.lesson.pairs)


def _with_idle(lesson: Lesson, sentence: str, rng: random.Random) -> Lesson:
    pairs = lesson.pairs
    pairs.insert(rng.randrange(len(pairs)), (sentence, NOTHING))
    return _lesson(pairs)


def _lesson(pairs: Iterable[tuple[str, str]]) -> Lesson:
    sentences, roles = zip(*pairs, strict=True)
    return Lesson(sentences, roles)


@dataclass(frozen=True)
class _Part:
    expert: str
    lesson: Lesson

    @property
    def facts(self) -> "_Part | None":
        """Without its question; None where that says a number."""
        kept = [pair for pair in self.lesson.pairs if not pair[0].endswith("?")]
        left_out = (one for one in self.lesson.sentences if one.endswith("?"))
        if not kept or any(map(numbers_in, left_out)):
            return None
        return _Part(self.expert, _lesson(kept))


def _parts(lesson: Lesson) -> Iterator[_Part]:
    """What matters of a problem, by the specialists who go on from each other."""
    matters = [pair for pair in lesson.pairs if pair[1] != NOTHING]
    for expert, own in groupby(matters, key=lambda pair: pair[1].split()[-1]):
        yield _Part(expert, _lesson(own))


def _by_expert(parts: Iterable[_Part | None]) -> dict[str, list[_Part]]:
    found: dict[str, list[_Part]] = {}
    for part in parts:
        if part is not None:
            found.setdefault(part.expert, []).append(part)
    return found


# The network


def _train(readings: Sequence[Sequence[Lesson]], vectors: Vectors, seed: int) -> Layers:
    sentences = sum(len(lesson.roles) for reading in readings for lesson in reading)
    return learn(
        (_table(reading, vectors) for reading in readings),
        columns=len(ROLES),
        hidden=HIDDEN,
        at_once=ROWS,
        steps=sentences // ROWS + len(readings),
        seed=seed,
    )


def _table(reading: Sequence[Lesson], vectors: Vectors) -> Reading:
    rows = [features(vectors.of(lesson.sentences), lesson.sentences) for lesson in reading]
    roles = [COLUMN[role] for lesson in reading for role in lesson.roles]
    return np.concatenate(rows), np.array(roles)
