"""What a family of problems tells the strategies: two views of the same problem.

A `Course` is a plan made decision by decision; greedy choice, tables, backtracking and branch and
bound all walk along it. A `Landscape` is whole plans and small changes to them, for local search.
Both count their steps. Knows nothing about any one family.
"""

import random
from collections.abc import Hashable, Iterator, Sequence
from typing import Any, NamedTuple, Protocol

from knowhow_agents.skills.planning.steps import Steps

Answer = tuple[Any, ...]


class Option(NamedTuple):
    choice: Any
    state: Hashable
    """Where it leads. Equal states have equal futures."""
    cost: float
    """What it adds, never less than nothing."""
    appeal: float
    """How good it looks at once: the lowest is what greedy takes."""


class Course(Protocol):
    decisions: int
    """As many for every plan."""
    start: Any

    def options(self, state: Any, steps: Steps) -> Iterator[Option]:
        """None where a plan cannot go on."""
        ...

    def bound(self, state: Any, steps: Steps) -> float:
        """What the rest costs at least."""
        ...

    def answer(self, choices: Sequence[Any]) -> Answer: ...


class Landscape(Protocol):
    cost: float
    """Of the plan as it stands, what it breaks included."""
    goal: float
    """Where nothing is left to be improved."""
    heat: float
    """A worsening that is worth accepting at the beginning."""
    price: int
    """Steps of a look at one change."""

    def propose(self, rng: random.Random) -> Any: ...

    def change(self, move: Any) -> float:
        """What a move would add to the cost."""
        ...

    def make(self, move: Any, change: float) -> None: ...

    def answer(self) -> Answer: ...
