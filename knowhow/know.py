"""What an app holds in its hand: ask whom to ask, and say how it went.

import knowhow

know = knowhow.open()
decision = know.route("A set of cups costs $80, 20% off. Sale price?", arms=["ann", "bob"])
know.record(decision, reward=1.0)
"""

from collections.abc import Sequence
from functools import cached_property
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from knowhow.advice import Advised, advise
from knowhow.preferences import Preferences
from knowhow.settings import Settings
from knowhow.store import open_whisperer
from knowhow_agents.watching.keeping import judge, seen_earlier
from knowhow_agents.watching.verdicts import thumbs
from knowhow_memory.memory import Memory, Similar
from knowhow_memory.models import OutcomeCreate, Receipt
from knowhow_memory.validation import checked
from knowhow_router.brain import RouterSettings
from knowhow_router.router import Routed, Router

if TYPE_CHECKING:
    from knowhow_agents.protocol.whisper import Whisperer
    from knowhow_agents.team.specialists import Specialist
    from knowhow_agents.team.team import KnowhowTeam


class Know:
    """Thread safe; closing it keeps what was learned for a quick start next time."""

    def __init__(self, settings: Settings, *, create: bool = True) -> None:
        self.settings = settings
        self.memory = Memory.open(
            settings.memory.location, embedder=settings.embedder.model, create=create
        )
        self.router = Router(
            self.memory,
            settings=RouterSettings(
                price=settings.router.price,
                budget=settings.router.budget,
                abstain=settings.router.abstain,
            ),
            seed=settings.router.seed,
            tenant=settings.memory.tenant,
            ask=Preferences(settings) if settings.router.opinions else None,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        if self.memory.database.usable:
            self.router.save()
        self.memory.close()

    def route(
        self,
        problem: str,
        *,
        arms: Sequence[str] | None = None,
        explore: bool = True,
        session: str | None = None,
        principal: str | None = None,
        task: str | None = None,
    ) -> Routed:
        """Whom to ask and which way: one of `arms`, or of all arms known so far."""
        return self.router.route(
            problem, arms=arms, explore=explore, session=session, principal=principal, task=task
        )

    def record(self, decision: Routed | str, reward: float | None = None, **more: Any) -> Receipt:
        """How it went, at once or days later by the decision's id; `more` as in `OutcomeCreate`.

        A provider's failure is no agent's failure: `fault="infra"` and no reward.
        """
        more.setdefault("tenant", self.settings.memory.tenant)
        if isinstance(decision, str):
            decision_id, more = decision, seen_earlier(self.memory.database, decision) | more
        else:
            decision_id = decision.id
            if decision.arm is None:
                more.setdefault("arm", decision.fallback)
        return self.memory.record(
            checked(OutcomeCreate, decision_id=decision_id, reward=reward, **more)
        )

    def thumbs(self, decision_id: str, *, up: bool) -> Receipt:
        """A user's word on a decision or an episode; they may change it. What a check found stands,
        and a word on it is refused."""
        return judge(self.memory, self.settings.memory.tenant, decision_id, thumbs(up=up))

    def advise(self, problem: str, *, task: str | None = None) -> Advised:
        """What outcomes say about such a problem, as a text for a prompt: `str()` of it."""
        return advise(self.router, self._whisperer, problem, task=task)

    def team(self, specialists: "Sequence[Specialist]" = (), **more: Any) -> "KnowhowTeam":
        """An AutoGen team of the big model, these specialists and the declared ones."""
        from knowhow.team import open_team

        return open_team(self, specialists, **more)

    @cached_property
    def _whisperer(self) -> "Whisperer":
        return open_whisperer(self.settings)

    def similar(self, problem: str, *, k: int = 10, arm: str | None = None) -> list[Similar]:
        """Problems met before that are like this one, and what came of them."""
        return self.memory.similar(problem, k=k, tenant=self.settings.memory.tenant, arm=arm)
