"""Which sentences of a problem are whose: how a problem is divided, told and read.

    A cart of figs is $47.      arithmetic
    The price is cut by 84%.    percentage
    Ben, 32, sings.             nothing
    What is it now?             more percentage

A role for every sentence: does somebody begin here, or go on, and who, or does it not matter? So
parts are found in orders that nobody has seen, what does not matter is read by nobody, and
arithmetic, which may be of any length, is read in stretches: a new one begins where only the result
of the sums before is needed. Every stretch is then a problem of its own: its sentences and, where
others go on from it, the next one, which says what they need. Knows nothing about who divides.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction

from knowhow_agents.skills.traces import sums
from knowhow_agents.skills.traces.language import (
    SPECIALISTS,
    Part,
    Trace,
)
from knowhow_agents.skills.traces.marks import ANY_MARK, Sight
from knowhow_agents.skills.traces.sums import NotTold

NOTHING = "nothing"
"""Said of a sentence that does not matter."""
MORE = {expert: f"more {expert}" for expert in SPECIALISTS}
ROLES = (*SPECIALISTS, *MORE.values(), NOTHING)
IN_STRETCHES = "arithmetic"
"""The others have a shape, so they never go on from themselves."""
MAX_SENTENCES = 40
"""That have roles; the rest belongs to the last part."""


@dataclass(frozen=True)
class Share:
    """A specialist and the sentences of a stretch."""

    expert: str
    sentences: tuple[int, ...]


Division = tuple[Share, ...]


def sentences(sight: Sight) -> list[str]:
    """Those that have roles, each with marks of its own, so that the same words look the same
    wherever they stand."""
    return [sight.excerpt([at]).text for at in range(min(len(sight.sentences), MAX_SENTENCES))]


def tell(sight: Sight, division: Division) -> list[str]:
    """The roles of the sentences."""
    roles = [NOTHING] * len(sight.sentences)
    for share in division:
        for at in share.sentences:
            roles[at] = MORE[share.expert]
        roles[share.sentences[0]] = share.expert
    return roles[:MAX_SENTENCES]


def read(sight: Sight, roles: Sequence[str]) -> Division:
    """The division that these roles stand for; only who has begun goes on."""
    shares: list[tuple[str, list[int]]] = []
    for at, role in enumerate(roles):
        if role in SPECIALISTS:
            shares.append((role, [at]))
        elif role != NOTHING:
            shares[-1][1].append(at)
    shares[-1][1].extend(range(len(roles), len(sight.sentences)))
    return tuple(Share(expert, tuple(own)) for expert, own in shares)


def given_to(expert: str, division: Division) -> Division:
    """The same sentences, all for one specialist."""
    if expert == IN_STRETCHES:
        return tuple(Share(expert, share.sentences) for share in division)
    return (Share(expert, tuple(at for share in division for at in share.sentences)),)


def divide(sight: Sight, trace: Trace) -> list[tuple[Share, Part]]:
    """How a trace divides its problem, and what belongs to every stretch.

    A part begins where the first number of its own is said. Sentences with numbers that no step
    needs do not matter.
    """
    own = [_numbers(part) for part in trace]
    idle = set(_idle(sight, frozenset[Fraction]().union(*own)))
    starts = [0]
    for numbers in own[1:]:
        starts.append(_first_sentence(sight, numbers, starts[-1]))
    found: list[tuple[Share, Part]] = []
    for part, start, end in zip(trace, starts, [*starts[1:], len(sight.sentences)], strict=True):
        sentences = tuple(at for at in range(start, end) if at not in idle)
        if not sentences:
            raise NotTold("a part needs a sentence")
        found += _stretches(sight, part, sentences)
    return found


def excerpts(sight: Sight, division: Division) -> list[Sight]:
    """What the specialist of each stretch sees."""
    nothing_before: list[list[int]] = [[]]
    then = [*([share.sentences[0]] for share in division[1:]), []]
    return [
        sight.excerpt(*(nothing_before if at else []), share.sentences, then[at])
        for at, share in enumerate(division)
    ]


def _stretches(
    sight: Sight, part: Part, sentences: tuple[int, ...]
) -> Iterator[tuple[Share, Part]]:
    start = done = 0
    if part.expert == IN_STRETCHES:
        for end, number in sums.cuts(sight.excerpt(sentences), part):
            before, part = sums.cut(part, number - done)
            yield Share(part.expert, sentences[start:end]), before
            start, done = end, number
    yield Share(part.expert, sentences[start:]), part


def _numbers(part: Part) -> frozenset[Fraction]:
    values = [value for step in part.steps for value in step.values.values()]
    inside = [each for value in values if isinstance(value, tuple) for each in value]
    return frozenset(value for value in [*values, *inside] if isinstance(value, Fraction))


def _said(sight: Sight, sentence: int) -> set[Fraction]:
    words = ANY_MARK.findall(sight.sentences[sentence])
    return {sight.numbers[word] for word in words if word in sight.numbers}


def _idle(sight: Sight, needed: frozenset[Fraction]) -> Iterator[int]:
    for at, sentence in enumerate(sight.sentences):
        said = _said(sight, at)
        if said and not sentence.endswith("?") and needed.isdisjoint(said):
            yield at


def _first_sentence(sight: Sight, numbers: frozenset[Fraction], after: int) -> int:
    for at in range(after + 1, len(sight.sentences)):
        if numbers & _said(sight, at):
            return at
    raise NotTold("a part that goes on needs a number of its own, to be found by")
