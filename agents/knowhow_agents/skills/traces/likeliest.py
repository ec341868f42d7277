"""The likeliest division of a problem that makes sense, by what is thought of each sentence alone.

Every role of every sentence has a probability; all of them together have to be a division (`more`
only of whoever began, nobody begins without a number, only numbers can be idle) and should leave
everybody something to work with: as many quantities as the specialist's sums have room for, percent
to whoever knows what they are. What should be may be broken at a price, so there always is a
division. Knows nothing about where probabilities come from.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from heapq import nlargest

import numpy as np

from knowhow_agents.skills.traces.division import IN_STRETCHES, MORE, NOTHING, ROLES
from knowhow_agents.skills.traces.language import SPECIALISTS
from knowhow_agents.skills.traces.marks import ANY_MARK, IS_NUMBER
from knowhow_agents.skills.traces.network import Floats
from knowhow_agents.skills.traces.sums import ENTITIES, PERCENTAGES

MANY = 99
QUANTITIES: Mapping[str, tuple[int, int]] = {
    "rate_equation": (2, 2),
    PERCENTAGES: (2, 2),
    "comparison": (2, 3),
    ENTITIES: (2, MANY),
    IN_STRETCHES: (1, MANY),
}
"""The fewest and the most that a specialist's sums take, with the result of the part before."""
PRICE = 6.0
"""Of what should not be, in nats: a division without it has to be 400 times less likely."""
PERCENT, FACTOR = "%", " times"
COLUMN = {role: at for at, role in enumerate(ROLES)}

State = tuple[str, int]
"""Who is at work, and with how many quantities; nobody before the first begins."""
Worth = tuple[float, tuple[str, ...]]
"""Of roles."""


def likeliest(sentences: Sequence[str], opinion: Floats) -> list[str]:
    """Their roles. `opinion`: log-probabilities, a row a sentence and a column a role."""
    [(_, roles)] = few_likeliest(sentences, opinion, 1)
    return list(roles)


def few_likeliest(sentences: Sequence[str], opinion: Floats, count: int) -> list[Worth]:
    """The likeliest first, each with what it is worth in nats; `count` at most."""
    found: dict[State, list[Worth]] = {("", 0): [(0.0, ())]}
    for sentence, row in zip(sentences, _merged(opinion), strict=True):
        new: dict[State, list[Worth]] = defaultdict(list)
        for state, ways in found.items():
            for role, following, price in _ways(state, sentence):
                gain = float(row[COLUMN[role]]) - price
                new[following] += [(worth + gain, (*roles, role)) for worth, roles in ways]
        found = {state: nlargest(count, ways) for state, ways in new.items()}
    return nlargest(
        count,
        (
            (worth - _shape(state), roles)
            for state, ways in found.items()
            if state[0]
            for worth, roles in ways
        ),
    )


def _merged(opinion: Floats) -> Floats:
    """Whoever has a shape goes on where it is named again."""
    merged = opinion.copy()
    for expert, more in MORE.items():
        if expert != IN_STRETCHES:
            columns = [COLUMN[expert], COLUMN[more]]
            merged[:, COLUMN[more]] = np.logaddexp(*opinion[:, columns].T)
    return merged


def _ways(state: State, sentence: str) -> Iterator[tuple[str, State, float]]:
    """What the next sentence can be: its role, who is then at work, and the price."""
    expert, quantities = state
    said = numbers_in(sentence)
    if said and not sentence.endswith("?"):
        yield NOTHING, state, 0.0
    if expert:
        most = QUANTITIES[expert][1] + 1  # more than too many is no worse
        yield MORE[expert], (expert, min(quantities + said, most)), _foreign(expert, sentence)
    if said or not expert:
        for other in SPECIALISTS:
            if other == IN_STRETCHES or other != expert:
                left = 0.0 if other == expert else _shape(state)
                begun = (other, said + bool(expert))
                yield other, begun, left + _foreign(other, sentence)


def _shape(state: State) -> float:
    """The price of leaving a part like that."""
    expert, quantities = state
    if not expert:
        return 0.0
    fewest, most = QUANTITIES[expert]
    return 0.0 if fewest <= quantities <= most else PRICE


def _foreign(expert: str, sentence: str) -> float:
    """The price of quantities that the specialist's sums cannot take."""
    percent = PERCENT in sentence and expert != PERCENTAGES
    factor = FACTOR in sentence and expert in (ENTITIES, PERCENTAGES)
    return PRICE if percent or factor else 0.0


def numbers_in(sentence: str) -> int:
    return sum(word in IS_NUMBER for word in ANY_MARK.findall(sentence))
