"""Voices that have learnt nothing: what the others have to beat.

`Usual` says what was most often right where a problem begins or goes on, whatever it says.
`Nearest` says what was right for the question that has most words in common. Know nothing about
models.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Sequence

from knowhow_agents.skills.traces.learning import Shown, Taught
from knowhow_agents.skills.traces.marks import SPLIT
from knowhow_agents.skills.traces.team import Question, Said
from knowhow_memory.errors import KnowhowError

STROKE = SPLIT.lstrip()
TOKEN = re.compile(r"\w+|[^\w\s]")


class Usual:
    def __init__(self, taught: Taught) -> None:
        said: dict[tuple[str, bool], Counter[str]] = defaultdict(Counter)
        for agent, found in taught.items():
            for one in _own(agent, found):
                said[agent, _strokes_first(one.prompt)][one.answer] += 1
        self._answers = {place: found.most_common(1)[0][0] for place, found in said.items()}

    def answer(
        self, questions: Sequence[Question], *, temperature: float, seed: int
    ) -> list[str | KnowhowError]:
        return [
            self._answers.get((question.agent, _strokes_first(question.prompt)), "")
            for question in questions
        ]


class Nearest:
    def __init__(self, taught: Taught) -> None:
        self._known = {
            agent: [(_words(said.prompt), said.answer) for said in _own(agent, found)]
            for agent, found in taught.items()
        }

    def answer(
        self, questions: Sequence[Question], *, temperature: float, seed: int
    ) -> list[str | KnowhowError]:
        return [self._nearest(question) for question in questions]

    def _nearest(self, question: Question) -> str:
        words = _words(question.prompt)
        _, answer = max(self._known[question.agent], key=lambda known: _likeness(words, known[0]))
        return answer


def _strokes_first(prompt: str) -> bool:
    """A stroke stands first where a problem begins for who divides, and goes on for the others."""
    return any(line.startswith(STROKE) for line in prompt.splitlines())


def _own(agent: str, found: Sequence[Shown]) -> list[Said]:
    return [said for one in found for said in one.said if said.agent == agent]


def _words(text: str) -> frozenset[str]:
    return frozenset(TOKEN.findall(text))


def _likeness(one: frozenset[str], other: frozenset[str]) -> float:
    return len(one & other) / len(one | other)
