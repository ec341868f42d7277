"""What is wrong with guidance, as far as that shows without asking any model.

Guidance says how; what it comes to must follow from the problem. So its sums are done again, they
may start only from what the problem says or anybody knows, no amount falls below nothing, and a
result must come out of them or consist of the problem's own words. Nothing found is no proof: right
numbers in a wrong sum mostly pass. Knows nothing of models.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction

from knowhow_agents.protocol.guidance import Guidance
from knowhow_agents.skills.traces.numbers import find_numbers, read_number

NUMBER = r"-?(?:\d{1,3}(?:,\d{3})+|\d{1,15})(?:\.\d{1,15})?"
SUM = re.compile(rf"({NUMBER})\s*([-+*/×÷−])\s*({NUMBER})\s*=\s*({NUMBER})")
MULTIPLIED, DIVIDED = "*×", "/÷"
COMMON = frozenset(Fraction(n) for n in (1, 2, 7, 12, 24, 60, 100, 365, 1000))
"""Halves, days, hours, percents: problems leave them unsaid. Every further one lets errors pass."""
CLOSE = Fraction(1, 100)
"""Results are often rounded to cents."""
BELOW_NOTHING = re.compile(
    r"(?<![\w)])[-−]\d|\b(?:minus|negative|below|debt|owed?s?)\b", re.IGNORECASE
)
"""A problem that knows of such amounts; things, people and hours are never fewer than none."""
WORD = re.compile(r"[^\W\d_]{3,}")
PLAIN_WORDS = frozenset({"yes", "true", "false", "none", "and", "then", "the"})
OWN_WORDS = 0.5
"""A result of which fewer words than this share are the problem's is one of another problem."""


@dataclass(frozen=True)
class Sum:
    left: Fraction
    sign: str
    right: Fraction
    result: Fraction

    @property
    def terms(self) -> tuple[Fraction, Fraction]:
        return self.left, self.right

    @property
    def is_right(self) -> bool:
        result = carry_out(self.left, self.sign, self.right)
        near = CLOSE if self.sign in DIVIDED else 0
        return result is not None and abs(self.result - result) <= near

    def __str__(self) -> str:
        return f"{shown(self.left)} {self.sign} {shown(self.right)} = {shown(self.result)}"


def carry_out(left: Fraction, sign: str, right: Fraction) -> Fraction | None:
    """What comes out; nothing where it is divided by nothing."""
    if sign in DIVIDED:
        return left / right if right else None
    if sign in MULTIPLIED:
        return left * right
    return left + right if sign == "+" else left - right


def objection(problem: str, guidance: Guidance) -> str | None:
    """Why this cannot be guidance for the problem, in a sentence; None where nothing is seen."""
    known = _told(problem) | COMMON
    for each in sums(guidance.text):
        for number in (each.left, each.right):
            if known.isdisjoint({number, number * 100, number / 100}):  # percents and hundreds
                return f"it starts from {shown(number)}, which the problem does not say"
        if not each.is_right:
            return f"{each} is not so"
        if each.result < 0 and not BELOW_NOTHING.search(problem):
            return f"{each} is less than nothing"
        known.add(each.result)
    if guidance.answer is None:
        return None
    result = read_number(guidance.answer)
    if result is not None:
        return None if result in known else f"nothing leads to its result {shown(result)}"
    return _foreign(problem, guidance.answer)


def borrowed(problem: str, guidance: Guidance, answer: str) -> str | None:
    """Why an answer was taken over from guidance that does not lead to it; None if it was not."""
    told, derived = _told(problem), {each.result for each in sums(guidance.text) if each.is_right}
    claimed = _told(guidance.text) - told - derived
    for number in _told(answer) & claimed:
        return f"the answer {shown(number)} is only claimed by the guidance"
    own, lent = _words(problem), _words(guidance.text)
    if taken := sorted((_words(answer) & lent) - own - PLAIN_WORDS):
        return f"the answer {taken[0]!r} is only claimed by the guidance"
    return None


def is_shown(reply: str, answer: str) -> bool:
    """Whether the numbers of an answer stand in the sums before it, where there are any: who
    calculates one thing and says another has been talked into it."""
    work = reply[: reply.rfind(answer)]
    return next(sums(work), None) is None or _told(answer) <= _told(work)


def sums(text: str) -> Iterator[Sum]:
    """What is calculated in a text, in its order."""
    for left, sign, right, result in SUM.findall(text):
        numbers = (Fraction(word.replace(",", "")) for word in (left, right, result))
        first, second, third = numbers
        yield Sum(first, sign, second, third)


def _told(text: str) -> set[Fraction]:
    return {reading.value for reading in find_numbers(text)}


def _words(text: str) -> set[str]:
    return {word.casefold() for word in WORD.findall(text)}


def _foreign(problem: str, result: str) -> str | None:
    """A result in words, about other things than the problem."""
    strange = _told(result) - _told(problem)
    if strange:
        return f"its result names {shown(min(strange))}, which the problem does not say"
    words = _words(result) - PLAIN_WORDS
    own = words & _words(problem)
    if words and len(own) < OWN_WORDS * len(words):
        return f"its result is about {min(words - own)!r}, which the problem does not name"
    return None


def shown(number: Fraction) -> str:
    return str(number) if number.denominator == 1 else f"{float(number):g}"
