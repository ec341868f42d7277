"""One tenant's routing, as a function of its log: the brain and the evidence it rests on, moved by
one event after the other.

The same events in the same order give the same state to the last bit, whether they were followed as
they came or read back after a restart. Knows nothing about the database.
"""

from __future__ import annotations

import copy

from knowhow_memory.index import VectorIndex
from knowhow_memory.models import Event as Kind
from knowhow_memory.models import Fault
from knowhow_memory.rows import OutcomeRow
from knowhow_memory.texts import text_digest
from knowhow_router.brain import Brain, RouterSettings
from knowhow_router.decision import Decision
from knowhow_router.events import Event, Past
from knowhow_router.evidence import Evidence
from knowhow_router.features import describe
from knowhow_router.observation import Floats32, Observation, Opinion

UNCHECKED = frozenset({"user", "model", "import"})
"""Whoever says so without having checked; every other verifier counts as one."""
MOST_OPEN = 10_000
"""Decisions whose opinions are remembered; the oldest go first, as many never hear an outcome."""


class RoutingState:
    def __init__(self, dim: int, settings: RouterSettings, seed: int) -> None:
        self.brain = Brain(dim, settings, seed)
        self.evidence = Evidence(VectorIndex(dim))
        self.seq = 0
        self._learned_as: dict[int, int] = {}  # a replaced event → the number it was learned under
        self._expected: dict[str, float] = {}  # open decisions → what they should cost
        self._opinions: dict[str, Opinion] = {}  # open decisions → what was thought beforehand

    def apply(self, event: Event) -> None:
        what = event.what
        if isinstance(what, Past):
            if what.arms:  # decisions from elsewhere name no candidates and moved nothing
                self.decide(
                    event.text,
                    event.vector,
                    learned_seq=what.learned_seq,
                    decision_id=what.id,
                    arms=what.arms,
                    explore=what.explored,
                    session=what.session,
                    task=what.task,
                    opinion=what.opinion,
                )
        elif what.event == Kind.RECORDED:
            self._record(what, event)
        else:
            self._replace(what, event)

    def decide(
        self,
        text: str,
        vector: Floats32,
        *,
        learned_seq: int,
        decision_id: str,
        arms: tuple[str, ...] | None,
        explore: bool,
        session: str | None,
        task: str | None = None,
        opinion: Opinion | None = None,
    ) -> Decision:
        for arm in arms or ():
            self._know(arm)
        decision = self.brain.decide(
            vector,
            describe(text),
            self.evidence.search(vector),
            key=_draw_key(learned_seq, text),
            task=task,
            arms=arms,
            explore=explore,
            session=session,
            opinion=opinion,
        )
        if self.brain.settings.budget is not None:
            self._expected[decision_id] = decision.chosen.cost or 0.0
        if opinion:
            self._opinions[decision_id] = dict(sorted(opinion.items()))
            if len(self._opinions) > MOST_OPEN:
                del self._opinions[next(iter(self._opinions))]
        return decision

    def preview(
        self,
        text: str,
        vector: Floats32,
        task: str | None = None,
        opinion: Opinion | None = None,
        *,
        explore: bool = True,
    ) -> Decision:
        """What would be decided now; nothing moves."""
        brain = self.brain if self.brain.settings.budget is None else copy.deepcopy(self.brain)
        near = self.evidence.search(vector)
        key = _draw_key(self.seq, text)
        return brain.decide(
            vector, describe(text), near, key=key, task=task, explore=explore, opinion=opinion
        )

    def _record(self, row: OutcomeRow, event: Event) -> None:
        self._know(row.arm)
        if row.decision_id in self._expected and row.cost is not None:
            self.brain.bill(self._expected.pop(row.decision_id), row.cost)
        if row.fault == Fault.AGENT and row.reward is not None:
            self._learn(row, row.reward, event)

    def _replace(self, row: OutcomeRow, event: Event) -> None:
        """A correction or an undo; an outcome may also become, or stop being, the agent's."""
        assert row.replaces is not None
        first = self._learned_as.pop(row.replaces, row.replaces)
        counts = bool(self.evidence.weight(first))
        reward = row.reward if row.fault == Fault.AGENT else None
        if counts:
            self.brain.revise(first, reward)
            self.evidence.change(first, reward)
        elif reward is not None:
            self._learn(row, reward, event)
            first = row.seq
        self._learned_as[row.seq] = first

    def _learn(self, row: OutcomeRow, reward: float, event: Event) -> None:
        neighbours = self.evidence.search(event.vector)
        weight = self.brain.learn(
            Observation(
                seq=row.seq,
                vector=event.vector,
                features=describe(event.text),
                arm=row.arm,
                reward=reward,
                propensity=row.propensity or 1.0,
                principal=row.principal,
                source=row.source or f"by {row.verified_by}",
                verified=row.verified_by not in UNCHECKED,
                cost=row.cost,
                latency=row.latency_s,
                problem_key=str(row.problem_id),
                task=row.task,
                neighbours=neighbours,
                opinion=self._opinions.pop(row.decision_id or "", None),
            )
        )
        arm = self.brain.arms.index(row.arm)
        self.evidence.add(row.problem_id, event.vector, arm, reward, weight, row.seq)

    def _know(self, arm: str) -> None:
        if arm not in self.brain.arms:
            self.brain.add_arm(arm)


def _draw_key(learned_seq: int, text: str) -> str:
    """The same state and problem draw the same arm."""
    return f"{learned_seq}:{text_digest(text)}"
