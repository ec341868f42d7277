"""From a finished episode to the rows that keep it, and from its id to its outcome later on.

An episode becomes a decision that nobody drew (its cause says that it was watched); a verdict makes
an outcome of it, in the same transaction where it is known by then. Without one, what was seen
waits with the decision, so that whoever judges days later, in whatever process, completes the
outcome. Texts pass `redact` before they are put into a row. Knows nothing of threads.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

from knowhow_agents.watching.episode import NOBODY, Episode, Step
from knowhow_agents.watching.plain import short
from knowhow_agents.watching.verdicts import USER, Verdict
from knowhow_memory.database import Database
from knowhow_memory.decisions import find_decision
from knowhow_memory.memory import Memory
from knowhow_memory.models import (
    MAX_NAME_LENGTH,
    DecisionCreate,
    OutcomeCreate,
    Receipt,
)
from knowhow_memory.validation import checked

WATCHED = "watched"
"""The cause of a decision that was the app's own, and where what was seen stands in its row."""
NAMES = ("kind", "name", "failed", "model")
"""What is kept of a step where texts are not."""

Redact: TypeAlias = Callable[[str], str]
Rows: TypeAlias = tuple[DecisionCreate, OutcomeCreate | None]


@dataclass(frozen=True)
class Keeping:
    """What may be kept, and for whom."""

    tenant: str
    redact: Redact
    text: bool = True
    """Without it only problems are, and of steps who and which tool."""

    def rows(self, episode: Episode) -> Rows:
        seen = self._seen(episode)
        about = {
            "tenant": self.tenant,
            "task": episode.task,
            "big_model": _name(episode.big_model),
        }
        decision = checked(
            DecisionCreate,
            id=episode.id,
            problem=self._redacted(episode.problem),
            cause=WATCHED,
            arm=self._arm(episode),
            session=_name(self._redacted(episode.session)),
            candidates=[] if episode.verdict else [{WATCHED: seen}],
            **about,
        )
        if episode.verdict is None:
            return decision, None
        return decision, _outcome(episode.id, episode.verdict, **about, **seen)

    def _arm(self, episode: Episode) -> str:
        named = episode.arm or episode.speaker or episode.big_model
        return _name(self._redacted(named or "")) or NOBODY

    def _seen(self, episode: Episode) -> dict[str, Any]:
        """In an outcome's own words."""
        steps = [self._step(step) for step in episode.steps]
        if episode.left_out:
            steps.append({"kind": "cut", "steps": episode.left_out})
        return {
            "trajectory": steps or None,
            "occurred_at": episode.occurred_at,
            "latency_s": episode.latency_s,
            "cost": episode.cost,
            "tokens_in": episode.tokens_in,
            "tokens_out": episode.tokens_out,
        }

    def _step(self, step: Step) -> Step:
        kept = step if self.text else {name: step[name] for name in NAMES if name in step}
        return {key: self._redacted(value) for key, value in kept.items()}

    def _redacted(self, value: Any) -> Any:
        match value:
            case str():
                return self.redact(value)
            case Mapping():
                return {self._redacted(k): self._redacted(v) for k, v in value.items()}
            case list():
                return [self._redacted(item) for item in value]
        return value


def seen_earlier(database: Database, decision_id: str) -> dict[str, Any]:
    """What waits with an episode for its outcome; nothing for every other decision."""
    decision = find_decision(database, decision_id)
    if decision.cause != WATCHED or not decision.candidates:
        return {}
    seen: dict[str, Any] = decision.candidates[0][WATCHED]
    return {name: value for name, value in seen.items() if value is not None}


def judge(memory: Memory, tenant: str, decision_id: str, verdict: Verdict) -> Receipt:
    """Somebody's word on a decision. A user may think again; what anybody else said stands, and
    another word on it is refused."""
    decision = find_decision(memory.database, decision_id)
    if decision.outcome is not None and verdict.verified_by == USER:
        known = memory.outcome(decision.outcome)
        if known.verified_by == USER:
            return memory.correct(known.id, reward=verdict.reward, fault=verdict.fault)
    seen = seen_earlier(memory.database, decision.id)
    return memory.record(_outcome(decision.id, verdict, tenant=tenant, **seen))


def _outcome(decision_id: str, verdict: Verdict, **more: Any) -> OutcomeCreate:
    return checked(
        OutcomeCreate,
        decision_id=decision_id,
        reward=verdict.reward,
        fault=verdict.fault,
        verified_by=verdict.verified_by,
        **more,
    )


def _name(words: str | None) -> str | None:
    return short(words, MAX_NAME_LENGTH) or None if words else None
