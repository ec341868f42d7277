"""More to read from the same worked examples: told again in ways that leave their traces right.

A sentence that does not matter in one problem does not matter in another either, so it is put into
it, anywhere. Quantities get other marks, so that no mark says what to do with it. And where words
are missing here and there, a problem has to be understood by what is left. No example is made up: a
variation has the trace that was verified. Knows nothing about models.
"""

import random
import re
from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction

from knowhow_agents.skills.traces.language import Trace
from knowhow_agents.skills.traces.marks import MARKS, SENTENCE, Sight, look
from knowhow_agents.skills.traces.numbers import find_numbers

IDLE_SHARE = 0.5
"""Of the variations that get a sentence which does not matter."""
DROPPED = 0.08
"""Of the words."""
PLAIN_WORD = re.compile(r"(?<= )[a-z]+ ")


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


def vary(problem: str, idle: Sequence[str], rng: random.Random) -> Sight:
    """A problem as it could also have been seen; `idle` are sentences of other problems."""
    sentences = SENTENCE.split(problem)
    if idle and rng.random() < IDLE_SHARE:
        sentences.insert(rng.randrange(len(sentences)), rng.choice(idle))
    sight = look(" ".join(sentences), tuple(rng.sample(MARKS, len(MARKS))))
    text = PLAIN_WORD.sub(lambda found: "" if rng.random() < DROPPED else found[0], sight.text)
    return replace(sight, text=text)


def _numbers(trace: Trace) -> set[Fraction]:
    values = (value for part in trace for step in part.steps for value in step.values.values())
    return {
        number
        for value in values
        for number in (value if isinstance(value, tuple) else (value,))
        if isinstance(number, Fraction)
    }
