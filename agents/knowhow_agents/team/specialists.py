"""What a specialist is for a team: a name, what it is for, and its strategies.

    Specialist(
        "coins",
        "gives change with as few coins as possible",
        {"greedy": largest_first, "table": dynamic_programme},
        check=lambda problem, answer: float(answer == fewest(problem)),
    )

A strategy is any function, plain or `async`, from a problem's words to an answer; None says that
it has none. A check says what an answer is worth, from 0 to 1, or None where it cannot tell; it is
asked about everybody's answers, so None is also for problems of another kind. Both may raise, hang
or talk nonsense: that is theirs, and never stops a team. Knows nothing of AutoGen.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from knowhow_adapters.names import check_agent
from knowhow_agents.protocol.turns import ALONE, GUIDES, ROUTER
from knowhow_memory.errors import InputError
from knowhow_memory.models import ARM_SEPARATOR, check_json, check_text, split_arm

ANALYST, EXECUTOR, VERIFIER = "analyst", "executor", "verifier"
BIG_MODEL, _ = split_arm(ALONE)
RESERVED = frozenset({ANALYST, EXECUTOR, VERIFIER, ROUTER, BIG_MODEL})
DEADLINE_S = 60.0
MAX_ANSWER = 20_000
"""Characters; whoever says more has not answered."""


@dataclass(frozen=True)
class Answer:
    """What a strategy says, where it has more to tell than the answer."""

    text: str | None
    cost: float | None = None
    """In dollars, or in whatever the router's price is set for."""
    adapter_version: str | None = None
    trajectory: list[dict[str, Any]] = field(default_factory=list)

    def __post_init__(self) -> None:
        if self.text is not None:
            if not isinstance(self.text, str):
                raise InputError(f"an answer is a text, got a {type(self.text).__name__}")
            if len(self.text) > MAX_ANSWER:
                raise InputError(f"the answer has over {MAX_ANSWER:,} characters")
            check_text(self.text)
        check_json(self.trajectory)


Said: TypeAlias = "str | Answer | None"
Strategy: TypeAlias = Callable[[str], "Said | Awaitable[Said]"]
Check: TypeAlias = Callable[[str, str], "float | None"]


@dataclass(frozen=True)
class Specialist:
    name: str
    purpose: str
    strategies: Mapping[str, Strategy] = field(default_factory=dict)
    check: Check | None = None
    deadline_s: float = DEADLINE_S
    """For one attempt; who takes longer has failed it."""

    def __post_init__(self) -> None:
        check_agent(self.name)
        if self.name in RESERVED:
            raise InputError(f"{self.name!r} is a role of every team: give the specialist another")
        for strategy in self.strategies:
            if not strategy or ARM_SEPARATOR in strategy or strategy == GUIDES:
                raise InputError(
                    f"specialist {self.name!r}: {strategy!r} cannot name a strategy of one's own"
                )
        if not self.deadline_s > 0:
            raise InputError(f"specialist {self.name!r}: deadline_s must be above 0")

    @property
    def arms(self) -> list[str]:
        return [f"{self.name}{ARM_SEPARATOR}{strategy}" for strategy in self.strategies]

    @property
    def member(self) -> str:
        """Its name in AutoGen, which wants identifiers."""
        plain = self.name.replace("-", "_")
        return plain if plain.isidentifier() else f"_{plain}"


def by_name(specialists: Sequence[Specialist]) -> dict[str, Specialist]:
    """Refuses two who could not be told apart."""
    members: dict[str, str] = {}
    for each in specialists:
        if each.member in members:
            raise InputError(
                f"two specialists are called {members[each.member]!r} and {each.name!r}: "
                "a team tells them apart by name"
            )
        members[each.member] = each.name
    return {each.name: each for each in specialists}
