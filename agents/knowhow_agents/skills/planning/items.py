"""Problems in words with what the best plan for each costs.

What is examined never occurs in training: other phrasings, other seeds. Every item follows from
its seed. Families and kinds come equally often. Knows nothing about routing.
"""

import random
from collections.abc import Callable
from dataclasses import dataclass

from knowhow_agents.skills.planning.catalogue import best_known
from knowhow_agents.skills.planning.drawing import KINDS
from knowhow_agents.skills.planning.specs import Spec
from knowhow_agents.skills.planning.telling import tell


@dataclass(frozen=True)
class Item:
    problem: str
    spec: Spec
    best: float
    """What the best plan known costs: of those that can be drawn only by solving, of the best that
    an exact solver found without a limit of ours."""
    kind: str
    """Size and structure: what the family's name does not say."""

    @property
    def family(self) -> str:
        return self.spec.family


def draw_items(
    count: int,
    seed: int,
    *,
    held: bool = False,
    report: Callable[[int], None] = lambda done: None,
) -> list[Item]:
    """Different problems, in an order without a pattern; `held` in phrasings kept aside."""
    rng = random.Random(f"planning:{'held' if held else 'usual'}:{seed}")
    kinds = [(family, kind) for family, kinds in KINDS.items() for kind in kinds]
    found: dict[str, Item] = {}
    while len(found) < count:
        family, kind = kinds[len(found) % len(kinds)]
        drawn = KINDS[family][kind](rng)
        problem = tell(rng, drawn.spec, held=held)
        best = best_known(drawn.spec) if drawn.best is None else drawn.best
        found.setdefault(problem, Item(problem, drawn.spec, best, kind))
        report(len(found))
    items = list(found.values())
    rng.shuffle(items)
    return items
