"""Whoever has learnt nothing: what the others have to beat, at dividing and at writing.

`Usual` says what was most often right where a problem begins or goes on, whatever it says.
`Nearest` says what was right for whatever has most words in common, `Sounding` what the text sounds
like, without any small model. Know nothing about models.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Sequence

import numpy as np

from knowhow_agents.skills.traces import division
from knowhow_agents.skills.traces.divider_learning import Lesson, told
from knowhow_agents.skills.traces.division import ROLES, Division
from knowhow_agents.skills.traces.hunches import Hunches
from knowhow_agents.skills.traces.learning import Taught, everything, said_by
from knowhow_agents.skills.traces.likeliest import COLUMN, likeliest
from knowhow_agents.skills.traces.marks import SPLIT, Sight
from knowhow_agents.skills.traces.team import Question
from knowhow_memory.errors import KnowhowError

STROKE = SPLIT.lstrip()
TOKEN = re.compile(r"\w+|[^\w\s]")
NEVER = 1e-3
"""Counted for a role that was never right."""


class Usual:
    def __init__(self, taught: Taught) -> None:
        said: dict[tuple[str, bool], Counter[str]] = defaultdict(Counter)
        for one in said_by(taught):
            said[one.agent, _goes_on(one.prompt)][one.answer] += 1
        self._answers = {place: found.most_common(1)[0][0] for place, found in said.items()}
        self._roles = np.full((2, len(ROLES)), NEVER, np.float32)
        for lesson in _lessons(taught):
            for at, role in enumerate(lesson.roles):
                self._roles[min(at, 1), COLUMN[role]] += 1

    def answer(
        self, questions: Sequence[Question], *, temperature: float, seed: int
    ) -> list[str | KnowhowError]:
        return [
            self._answers.get((question.agent, _goes_on(question.prompt)), "")
            for question in questions
        ]

    def divide(self, sight: Sight, *, temperature: float, seed: int) -> Division:
        sentences = division.sentences(sight)
        shares = self._roles / self._roles.sum(axis=1, keepdims=True)
        opinion = np.log(shares[np.minimum(np.arange(len(sentences)), 1)])
        return division.read(sight, likeliest(sentences, opinion))


class Sounding:
    def __init__(self, hunches: Hunches) -> None:
        self._hunches = hunches

    def answer(
        self, questions: Sequence[Question], *, temperature: float, seed: int
    ) -> list[str | KnowhowError]:
        return [self._likeliest(question) for question in questions]

    def _likeliest(self, question: Question) -> str:
        [hunch] = self._hunches.of(question.agent, [question.prompt])
        return max(hunch, key=hunch.__getitem__, default="")


class Nearest:
    def __init__(self, taught: Taught) -> None:
        self._known: dict[str, list[tuple[frozenset[str], str]]] = defaultdict(list)
        for one in said_by(taught):
            self._known[one.agent].append((_words(one.prompt), one.answer))
        self._roles = {
            _words(sentence): role for lesson in _lessons(taught) for sentence, role in lesson.pairs
        }

    def answer(
        self, questions: Sequence[Question], *, temperature: float, seed: int
    ) -> list[str | KnowhowError]:
        return [_nearest(question.prompt, self._known[question.agent]) for question in questions]

    def divide(self, sight: Sight, *, temperature: float, seed: int) -> Division:
        sentences = division.sentences(sight)
        opinion = np.full((len(sentences), len(ROLES)), np.log(NEVER), np.float32)
        for row, sentence in zip(opinion, sentences, strict=True):
            row[COLUMN[_nearest(sentence, list(self._roles.items()))]] = 0
        return division.read(sight, likeliest(sentences, opinion))


def _lessons(taught: Taught) -> list[Lesson]:
    return [lesson for example in everything(taught) for lesson in told(example)]


def _goes_on(prompt: str) -> bool:
    """A stroke stands first where others began."""
    return any(line.startswith(STROKE) for line in prompt.splitlines())


def _nearest(text: str, known: Sequence[tuple[frozenset[str], str]]) -> str:
    words = _words(text)
    _, answer = max(known, key=lambda one: _likeness(words, one[0]))
    return answer


def _words(text: str) -> frozenset[str]:
    return frozenset(TOKEN.findall(text))


def _likeness(one: frozenset[str], other: frozenset[str]) -> float:
    return len(one & other) / len(one | other)
