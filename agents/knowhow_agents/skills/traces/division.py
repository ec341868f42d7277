"""Which sentences of a problem are whose: how a problem of several parts is divided, told and read.

    S1 A cart of figs is $N1. … S2 The price is lowered by N2 percent. …
    arithmetic; percentage S2

Every part is then a problem of its own: its sentences and, where others go on from it, the next
one, which says what they need. Knows nothing about models.
"""

import re
from dataclasses import dataclass
from fractions import Fraction

from knowhow_adapters.decode.grammar import Grammar
from knowhow_agents.skills.traces.grammar import MAX_PARTS
from knowhow_agents.skills.traces.language import (
    SPECIALISTS,
    Fault,
    Part,
    Trace,
    TraceRefused,
    prompt,
)
from knowhow_agents.skills.traces.marks import ANY_MARK, Sight
from knowhow_agents.skills.traces.sums import BETWEEN, NotTold

PART = re.compile(r"([a-z_]+)(?: S([1-9]\d*))?")
MAX_SENTENCES = 40
"""Of a problem that is divided; more are one part."""


@dataclass(frozen=True)
class Share:
    """A specialist and the sentence in which its part begins."""

    expert: str
    start: int


Division = tuple[Share, ...]


def ask(sight: Sight) -> str:
    """What the one that divides is asked: who there is, and the problem."""
    numbered = (f"S{number} {text}" for number, text in enumerate(sight.sentences, 1))
    return prompt(" ".join(numbered))


def tell(division: Division) -> str:
    first, *others = division
    return BETWEEN.join([first.expert, *(f"{share.expert} S{share.start + 1}" for share in others)])


def read(text: str, sight: Sight) -> Division:
    shares: list[Share] = []
    for number, words in enumerate(text.strip().split(BETWEEN)):
        found = PART.fullmatch(words)
        if found is None or (found[2] is None) is not (number == 0):
            raise TraceRefused(Fault.UNREADABLE, f"this divides nothing: {text[:60]!r}")
        if found[1] not in SPECIALISTS:
            raise TraceRefused(Fault.UNKNOWN_SPECIALIST, f"there is no specialist {found[1]!r}")
        start = int(found[2] or 1) - 1
        if start >= len(sight.sentences) or (shares and start <= shares[-1].start):
            raise TraceRefused(Fault.UNREADABLE, f"parts begin one after the other: {text[:60]!r}")
        shares.append(Share(found[1], start))
    return tuple(shares)


def grammar(sentences: int) -> Grammar:
    """What may be answered about a problem of so many sentences."""
    experts = " | ".join(f'"{name}"' for name in SPECIALISTS)
    starts = " | ".join(f'" S{number}"' for number in range(2, min(sentences, MAX_SENTENCES) + 1))
    if not starts:
        return Grammar.lark(f"start: {experts}")
    return Grammar.lark(
        f"start: expert more{{0,{MAX_PARTS - 1}}}\n"
        f"expert: {experts}\n"
        f'more: "{BETWEEN}" expert ({starts})'
    )


def division_of(sight: Sight, trace: Trace) -> Division:
    """How a trace divides its problem: a part begins where the first number of its own is said."""
    shares = [Share(trace[0].expert, 0)]
    for part in trace[1:]:
        shares.append(Share(part.expert, _first_sentence(sight, part, shares[-1].start)))
    return tuple(shares)


def excerpts(sight: Sight, division: Division) -> list[Sight]:
    """What the specialist of each part sees."""
    ends = [*(share.start for share in division[1:]), len(sight.sentences)]
    return [sight.excerpt(share.start, end) for share, end in zip(division, ends, strict=True)]


def _first_sentence(sight: Sight, part: Part, after: int) -> int:
    own = {
        value
        for step in part.steps
        for value in step.values.values()
        if isinstance(value, Fraction)
    }
    for number in range(after + 1, len(sight.sentences)):
        words = ANY_MARK.findall(sight.sentences[number])
        if own & {sight.numbers[word] for word in words if word in sight.numbers}:
            return number
    raise NotTold("a part that goes on needs a number of its own, to be found by")
