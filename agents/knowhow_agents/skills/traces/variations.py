"""More to read from the same worked examples: told again in a way that leaves their traces right.

A sentence that does not matter in one problem does not matter in another either, so it is put into
it, anywhere. No example is made up: a variation has the trace that was verified. Knows nothing
about models.
"""

import random
from collections.abc import Sequence
from fractions import Fraction

from knowhow_agents.skills.traces.language import Trace
from knowhow_agents.skills.traces.marks import SENTENCE
from knowhow_agents.skills.traces.numbers import find_numbers

IDLE_SHARE = 0.3
"""Of the variations; the others are told as they were. At a half, whoever divides suspected
sentences that matter."""


def idle_sentences(problem: str, trace: Trace) -> list[str]:
    """Statements with numbers, none of which the trace needs."""
    needed = _numbers(trace)
    return [
        sentence
        for sentence in SENTENCE.split(problem)
        if (found := find_numbers(sentence))
        and not sentence.endswith("?")
        and needed.isdisjoint(reading.value for reading in found)
    ]


def vary(problem: str, idle: Sequence[str], rng: random.Random) -> str:
    """`idle`: sentences of other problems."""
    sentences = SENTENCE.split(problem)
    if idle and rng.random() < IDLE_SHARE:
        sentences.insert(rng.randrange(len(sentences)), rng.choice(idle))
    return " ".join(sentences)


def _numbers(trace: Trace) -> set[Fraction]:
    values = (value for part in trace for step in part.steps for value in step.values.values())
    return {
        number
        for value in values
        for number in (value if isinstance(value, tuple) else (value,))
        if isinstance(number, Fraction)
    }
