"""Which sentences of a problem are whose: how a problem is divided, told and read.

    / A cart of figs is $47. / The price is cut by 84%. Ben sings.    arithmetic
    A cart of figs is $47. / The price is cut by 84%. / Ben sings.    percentage
    The price is cut by 47%. / Ben, 84, sings. / What is it now?      nothing

Every sentence is asked about by itself, with its neighbours: does somebody begin here, and who, or
does it not matter? So parts are found in orders that nobody has seen, what does not matter is read
by nobody, and arithmetic, which may be of any length, is read in stretches: a new one begins where
only the result of the sums before is needed. Every stretch is then a problem of its own: its
sentences and, where others go on from it, the next one, which says what they need. Knows nothing
about models.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction

from knowhow_adapters.decode.grammar import Grammar
from knowhow_agents.skills.traces import sums
from knowhow_agents.skills.traces.language import (
    SPECIALISTS,
    Fault,
    Part,
    Trace,
    TraceRefused,
    prompt,
)
from knowhow_agents.skills.traces.marks import ANY_MARK, Sight
from knowhow_agents.skills.traces.sums import NotTold

GOES_ON, NOTHING = "more", "nothing"
"""Said of a sentence in which nobody begins, and of one that does not matter."""
IN_STRETCHES = "arithmetic"
"""The others have a shape, so they never go on from themselves."""
AFTER = 2
"""How many sentences behind it are shown with one."""
MAX_SENTENCES = 40
"""That are asked about; the rest belongs to the last part."""


@dataclass(frozen=True)
class Share:
    """A specialist and the sentences of a stretch."""

    expert: str
    sentences: tuple[int, ...]


Division = tuple[Share, ...]


def ask(sight: Sight) -> list[str]:
    """What is asked about each sentence: who there is, and where in the problem it stands."""
    count = len(sight.sentences)
    places = [
        (range(max(at - 1, 0), at), [at], range(at + 1, min(at + 1 + AFTER, count)))
        for at in range(min(count, MAX_SENTENCES))
    ]
    return [prompt(sight.excerpt(*place).text) for place in places]


def grammars(sight: Sight) -> list[Grammar]:
    """What may be answered: nothing goes on before somebody began."""
    first = Grammar.choice([*SPECIALISTS, NOTHING])
    later = Grammar.choice([*SPECIALISTS, GOES_ON, NOTHING])
    return [first if at == 0 else later for at in range(min(len(sight.sentences), MAX_SENTENCES))]


def tell(sight: Sight, division: Division) -> list[str]:
    begins = {share.sentences[0]: share.expert for share in division}
    shared = {at for share in division for at in share.sentences}
    return [
        begins.get(at, GOES_ON) if at in shared else NOTHING
        for at in range(min(len(sight.sentences), MAX_SENTENCES))
    ]


def read(sight: Sight, answers: Sequence[str]) -> Division:
    shares: list[tuple[str, list[int]]] = []
    for at, answer in enumerate(word.strip() for word in answers):
        last = shares[-1][0] if shares else ""
        if answer in SPECIALISTS and (answer != last or answer == IN_STRETCHES):
            shares.append((answer, [at]))
        elif shares and answer in (*SPECIALISTS, GOES_ON):
            shares[-1][1].append(at)
        elif answer != NOTHING:
            raise TraceRefused(Fault.UNKNOWN_SPECIALIST, f"there is no specialist {answer!r}")
    if not shares:
        raise TraceRefused(Fault.UNKNOWN_SPECIALIST, "no specialist is asked about anything")
    shares[-1][1].extend(range(len(answers), len(sight.sentences)))
    return tuple(Share(expert, tuple(sentences)) for expert, sentences in shares)


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
