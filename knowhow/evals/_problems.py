"""Problems of the base's corpus with what is right about them, kept apart from its training.

On the exam's side are texts whose plain question ("Solve this problem: …") the corpus keeps for its
exam; it never trained a model on it. Knows nothing of kinds of problems.
"""

import random
from collections.abc import Callable
from dataclasses import dataclass

from knowhow_adapters.base.corpus.registry import Draw, Side, load_skills, side_of
from knowhow_agents.protocol.guidance import Guidance

QUESTION = "Solve this problem: {}"


@dataclass(frozen=True)
class Item:
    problem: str
    specialists: str
    """What the specialist's small model should say, which its solver then carries out."""
    oracle: Guidance
    """What leads to a right answer."""
    is_right: Callable[[str], bool]
    misread: Callable[[random.Random], Guidance]
    """As the oracle's, from something that the problem does not say."""
    changed: Callable[[random.Random], Guidance | None]
    """As the oracle's, of the problem's own words and numbers, and leading elsewhere."""


def drawn(
    count: int, seed: str, side: Side, *, held: bool, make: Callable[[Draw], Item]
) -> list[Item]:
    """Different ones of that side; `held` tells them in phrasings that nobody was trained on."""
    load_skills()
    rng = random.Random(f"{seed}:{side}:{held}")
    found: dict[str, Item] = {}
    while len(found) < count:
        item = make(Draw(rng, held=held))
        if side_of(QUESTION.format(item.problem)) == side:
            found.setdefault(item.problem, item)
    return list(found.values())
