"""Which sentences of a problem are whose: how a problem of several parts is divided, told and read.

    / A cart of figs is $47. The price is lowered by 84 percent.      arithmetic
    A cart of figs is $47. / The price is lowered by 84 percent.      percentage

Every sentence is asked about by itself, with its neighbours: does a part begin here, and whose? So
parts are found in orders that nobody has seen. Every part is then a problem of its own: its
sentences and, where others go on from it, the next one, which says what they need. Knows nothing
about models.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from knowhow_adapters.decode.grammar import Grammar
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

GOES_ON = "more"
"""Said of a sentence in which no part begins."""
AFTER = 2
"""How many sentences behind it are shown with one."""
MAX_SENTENCES = 40
"""That are asked about; the rest belongs to the last part."""


@dataclass(frozen=True)
class Share:
    """A specialist and the sentence in which its part begins."""

    expert: str
    start: int


Division = tuple[Share, ...]


def ask(sight: Sight) -> list[str]:
    """What is asked about each sentence: who there is, and where in the problem it stands."""
    told = sight.sentences
    return [
        prompt(" / ".join([*told[max(at - 1, 0) : at], " ".join(told[at : at + 1 + AFTER])]))
        for at in range(min(len(told), MAX_SENTENCES))
    ]


def grammars(sight: Sight) -> list[Grammar]:
    """What may be answered: some part begins with the problem."""
    first, later = Grammar.choice(SPECIALISTS), Grammar.choice([*SPECIALISTS, GOES_ON])
    return [first if at == 0 else later for at in range(min(len(sight.sentences), MAX_SENTENCES))]


def tell(sight: Sight, division: Division) -> list[str]:
    begins = {share.start: share.expert for share in division}
    return [begins.get(at, GOES_ON) for at in range(min(len(sight.sentences), MAX_SENTENCES))]


def read(answers: Sequence[str]) -> Division:
    shares: list[Share] = []
    for at, answer in enumerate(word.strip() for word in answers):
        if answer in SPECIALISTS:
            shares.append(Share(answer, at))
        elif answer != GOES_ON or at == 0:
            raise TraceRefused(Fault.UNKNOWN_SPECIALIST, f"there is no specialist {answer!r}")
    return tuple(shares)


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
