"""Voices that have learnt nothing: what the others have to beat.

`Usual` says what was most often right, whatever the problem. `Nearest` says what was right for the
question that has most words in common. Know nothing about models.
"""

import re
from collections import Counter
from collections.abc import Sequence

from knowhow_agents.skills.traces.learning import Shown, Taught
from knowhow_agents.skills.traces.team import Question, Said
from knowhow_memory.errors import KnowhowError

TOKEN = re.compile(r"\w+|[^\w\s]")


class Usual:
    def __init__(self, taught: Taught) -> None:
        self._answers = {
            agent: Counter(said.answer for said in _own(agent, found)).most_common(1)[0][0]
            for agent, found in taught.items()
        }

    def answer(
        self, questions: Sequence[Question], *, temperature: float, seed: int
    ) -> list[str | KnowhowError]:
        return [self._answers[question.agent] for question in questions]


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


def _own(agent: str, found: Sequence[Shown]) -> list[Said]:
    return [said for one in found for said in one.said if said.agent == agent]


def _words(text: str) -> frozenset[str]:
    return frozenset(TOKEN.findall(text))


def _likeness(one: frozenset[str], other: frozenset[str]) -> float:
    return len(one & other) / len(one | other)
