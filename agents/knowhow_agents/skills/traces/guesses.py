"""Attempts at what nobody solved: sums that were right elsewhere, with a problem's own numbers.

    right elsewhere    47 * 84; 32 - #1
    here               84 * 32; 47 - #1    comes to the answer, and nothing else does

Whoever never reads a turn of phrase right finds nothing in it to learn from. So all sums of a
specialist that were right for some problem are tried with all numbers and people in all orders. A
guess counts where all that come to the answer mean the same, that is, agree for other numbers as
well. Knows nothing about models, and about whether a specialist is the right one.
"""

import random
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from fractions import Fraction
from itertools import permutations, product

from knowhow_agents.skills.traces.language import Trace, TraceRefused, parse, write
from knowhow_agents.skills.traces.learning import Shown, Taught
from knowhow_agents.skills.traces.marks import IS_NAME, IS_NUMBER, Sight, in_order, look
from knowhow_agents.skills.traces.solver import is_right, solve
from knowhow_agents.skills.traces.sums import NotTold, operands, spell_out, tell, told_with
from knowhow_agents.skills.traces.team import Attempt

MOST_NUMBERS = 5
"""Of a problem: six could be told in too many orders."""
OTHER_NUMBERS = 16
"""Times that guesses are compared with other numbers; with some nobody could carry them out."""
LARGEST = 9_999


class Guesser:
    def __init__(self, taught: Taught) -> None:
        """`taught`: where sums were right."""
        self._right = {agent: Counter(_sums(found)) for agent, found in taught.items()}
        self._forms = {
            agent: sorted({form for words in right if (form := _form(words))})
            for agent, right in self._right.items()
        }

    def guess(self, problem: str, answer: Fraction) -> list[Attempt]:
        """One of every specialist who can come to the answer in one way only."""
        sight = look(problem)
        if not 0 < len(sight.numbers) <= MOST_NUMBERS:
            return []
        guessed = ((agent, self._guess(agent, sight, answer)) for agent in self._forms)
        return [
            Attempt(problem, write(_trace(agent, sight, words)), ())
            for agent, words in guessed
            if words
        ]

    def _guess(self, agent: str, sight: Sight, answer: Fraction) -> str:
        """The sums; empty where there are none, or several that do not mean the same."""
        found = [
            words
            for form in self._forms[agent]
            for words in _told_with(form, sight)
            if (result := _result(agent, sight, words)) is not None and is_right(result, answer)
        ]
        others = [_with_other_numbers(sight, seed) for seed in range(OTHER_NUMBERS)]
        meanings = {tuple(_result(agent, other, words) for other in others) for words in found}
        if len(meanings) != 1 or all(result is None for result in meanings.pop()):
            return ""
        right = self._right[agent]
        return max(found, key=lambda words: (right[words], words))


def _sums(found: Sequence[Shown]) -> Iterator[str]:
    """Of problems that one specialist solved alone."""
    for shown in found:
        parts = parse(shown.trace)
        if len(parts) == 1:
            try:
                yield tell(look(shown.problem), parts[0])
            except NotTold:
                continue


def _form(words: str) -> str:
    """With numbers and people in the order in which the sums name them; empty if too long."""
    numbers, _ = _operands(words)
    return told_with(words, in_order(words)) if len(numbers) <= MOST_NUMBERS else ""


def _told_with(form: str, sight: Sight) -> Iterator[str]:
    """The form, with numbers and people of a problem in all orders."""
    numbers, people = _operands(form)
    orders = product(
        permutations(sight.numbers, len(numbers)), permutations(sight.people, len(people))
    )
    for own_numbers, own_people in orders:
        new = zip([*numbers, *people], [*own_numbers, *own_people], strict=True)
        yield told_with(form, dict(new))


def _operands(words: str) -> tuple[list[str], list[str]]:
    """Numbers and people, each once."""
    found = operands(words)
    return [word for word in found if word in IS_NUMBER], [
        word for word in found if word in IS_NAME
    ]


def _trace(agent: str, sight: Sight, words: str) -> Trace:
    return (spell_out(agent, [(sight, words)]),)


def _result(agent: str, sight: Sight, words: str) -> Fraction | None:
    try:
        return solve(_trace(agent, sight, words)).answer
    except TraceRefused:
        return None


def _with_other_numbers(sight: Sight, seed: int) -> Sight:
    rng = random.Random(f"other numbers:{seed}")
    return replace(
        sight, numbers={mark: Fraction(rng.randint(1, LARGEST)) for mark in sight.numbers}
    )
