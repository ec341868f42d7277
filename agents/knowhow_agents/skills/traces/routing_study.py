"""How well it is learnt whom to ask, when all that is told is what came of those who were asked.

Every specialist has attempted every problem of a stream. The router goes through the first ones and
is told the outcome of the specialist that it chose, nothing else: no labels, no rewards of others.
On the rest it goes on as it does in service, and is compared with chance, the specialist that was
best on them, and an oracle that saw every outcome. It is shown problems as small models see them:
whose cards they are, and how many, would only hide which problems are alike. Knows nothing about
how attempts were made.
"""

import random
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from knowhow_agents.skills.traces.chooser import Chooser
from knowhow_agents.skills.traces.divider import Vectors
from knowhow_agents.skills.traces.marks import look
from knowhow_memory.errors import InputError
from knowhow_memory.models import OutcomeCreate
from knowhow_router.brain import RouterSettings
from knowhow_router.router import Router

if TYPE_CHECKING:
    from knowhow_memory.memory import Memory

OUTCOMES = 500
"""That the router may learn from."""


@dataclass(frozen=True)
class Attempted:
    problem: str
    rewards: Mapping[str, float]
    """What came of each specialist's attempt."""


@dataclass(frozen=True)
class RoutingStudy:
    """Rewards on the problems behind those that were learnt from, in their order."""

    router: tuple[float, ...]
    random: tuple[float, ...]
    best_single: tuple[float, ...]
    oracle: tuple[float, ...]
    best: str
    asked: Mapping[str, int]
    """How often the router asked whom."""
    learning: tuple[float, ...]
    """Its rewards while it learnt."""

    @property
    def share_of_oracle(self) -> float:
        return sum(self.router) / (sum(self.oracle) or 1.0)


def study_routing(
    memory: "Memory",
    vectors: Vectors,
    stream: Sequence[Attempted],
    *,
    outcomes: int = OUTCOMES,
    seed: int = 0,
) -> RoutingStudy:
    """`memory`: an empty store, which holds the outcomes afterwards."""
    arms = sorted(stream[0].rewards) if stream else []
    if len(stream) <= outcomes or any(sorted(one.rewards) != arms for one in stream):
        raise InputError(
            f"give more than {outcomes} problems that the same specialists attempted, "
            f"got {len(stream)}"
        )
    chooser = Chooser(arms, vectors)
    router = Router(memory, settings=RouterSettings(abstain=False), seed=seed, ask=chooser.opinion)
    asked = [_ask(router, chooser, memory, one, arms) for one in stream]
    rewards = [one.rewards[arm] for one, arm in zip(stream, asked, strict=True)]
    rest = stream[outcomes:]
    best = max(arms, key=lambda arm: sum(one.rewards[arm] for one in rest))
    rng = random.Random(seed)
    return RoutingStudy(
        router=tuple(rewards[outcomes:]),
        random=tuple(one.rewards[rng.choice(arms)] for one in rest),
        best_single=tuple(one.rewards[best] for one in rest),
        oracle=tuple(max(one.rewards.values()) for one in rest),
        best=best,
        asked=dict(Counter(asked[outcomes:])),
        learning=tuple(rewards[:outcomes]),
    )


def _ask(
    router: Router, chooser: Chooser, memory: "Memory", one: Attempted, arms: Sequence[str]
) -> str:
    seen = look(one.problem).text
    routed = router.route(seen, arms=arms)
    asked, reward = routed.fallback, one.rewards[routed.fallback]
    memory.record(OutcomeCreate(decision_id=routed.id, arm=asked, reward=reward))
    chooser.learn(seen, asked, reward)
    return asked
