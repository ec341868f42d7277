"""Whether what sums come to makes sense: an opinion that has read nothing.

    32 of its 69 seats a coach leaves empty      32 - 69     nobody ever had less than nothing
    32 heirs are left $160 in equal parts        32 / 160    and who paid a fifth of a dollar?

Whoever mistakes what a text says often comes to something that nobody has ever come to. So it is
counted, for every operation, what its results looked like in traces that were right, and what they
looked like where other sums were done with the same numbers. How much likelier the one is than the
other is what a result is worth. Knows nothing about texts, and about what the right answer is.
"""

import math
import random
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from fractions import Fraction

from knowhow_agents.skills.traces.division import Share
from knowhow_agents.skills.traces.language import Trace, TraceRefused, parse
from knowhow_agents.skills.traces.marks import look
from knowhow_agents.skills.traces.solver import Result, Solution, is_right, solve
from knowhow_agents.skills.traces.team import Said, spell_out

SEEN = 1_000
"""Traces that are counted, at most."""
OTHERS = 12
"""Other sums that are done with the numbers of each."""
BEFORE = 0.5
"""Times that everything was seen before anything was."""
CENTS = 100


class Looks(StrEnum):
    """Of a result; the first that fits."""

    UNCHANGED = "unchanged"
    NEGATIVE = "negative"
    NOTHING = "nothing"
    PART = "less than one"
    WHOLE = "whole"
    CENTS = "cents"
    FINER = "finer than cents"


Odds = Mapping[tuple[str, Looks], float]
"""By operation and what came of it: the logarithm of how much likelier it is where all is right."""


@dataclass(frozen=True)
class Sense:
    odds: Odds = field(default_factory=dict)

    def of(self, trace: Trace) -> float | None:
        """The more the better, and nought where nothing is known; None where there is no result."""
        solution = solve(trace)
        if solution.fault is not None:
            return None
        return sum(self.odds.get(seen, 0.0) for seen in _seen(solution))


def learn_sense(right: Sequence[tuple[str, str]], sums: Mapping[str, Sequence[str]]) -> Sense:
    """`right`: problems with traces that were right; `sums`: what else specialists say."""
    rng = random.Random("sense")
    ours: Counter[tuple[str, Looks]] = Counter()
    others: Counter[tuple[str, Looks]] = Counter()
    for problem, trace in rng.sample(right, min(SEEN, len(right))):
        parts = parse(trace)
        solution = solve(parts)
        if solution.answer is None:
            continue
        ours.update(_seen(solution))
        if len(parts) == 1:
            own = sums.get(parts[0].expert, [])
            for words in rng.sample(own, min(OTHERS, len(own))):
                others.update(_instead(problem, parts[0].expert, words, solution.answer))
    return Sense({seen: _odds(ours, others, *seen) for seen in {*ours, *others}})


def sums_of(said: Sequence[Said]) -> dict[str, list[str]]:
    """By specialist, each once."""
    agents = {one.agent for one in said}
    return {agent: sorted({one.answer for one in said if one.agent == agent}) for agent in agents}


def _instead(
    problem: str, expert: str, words: str, answer: Fraction
) -> Iterator[tuple[str, Looks]]:
    """What is seen where these sums are done with the numbers of a problem, and are wrong."""
    sight = look(problem)
    whole = Share(expert, tuple(range(len(sight.sentences))))
    try:
        solution = solve(spell_out([(whole, sight)], [words]))
    except TraceRefused:
        return
    if solution.answer is not None and not is_right(solution.answer, answer):
        yield from _seen(solution)


def _seen(solution: Solution) -> Iterator[tuple[str, Looks]]:
    return ((result.operation, _looks(result)) for result in solution.results)


def _looks(result: Result) -> Looks:
    value = result.value
    if value == result.of:
        return Looks.UNCHANGED
    if value < 0:
        return Looks.NEGATIVE
    if value < 1:
        return Looks.PART if value else Looks.NOTHING
    if value.denominator == 1:
        return Looks.WHOLE
    return Looks.CENTS if CENTS % value.denominator == 0 else Looks.FINER


def _odds(
    ours: Counter[tuple[str, Looks]], others: Counter[tuple[str, Looks]], operation: str, one: Looks
) -> float:
    def likely(counts: Counter[tuple[str, Looks]]) -> float:
        every = sum(counts[operation, each] + BEFORE for each in Looks)
        return (counts[operation, one] + BEFORE) / every

    return math.log(likely(ours) / likely(others))
