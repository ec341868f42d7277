"""What one specialist tried, read from the outcome log.

An attempt is a live outcome of the specialist whose trajectory holds a step
`{"prompt": …, "answer": …}` of the small model; of several, the last is what the reward was for.
Without one, an outcome of a strategy is an attempt at choosing: asked which way, the answer was the
strategy's name. Outcomes without a reward (a provider's failure) are no attempts. Some problems are
kept for examining candidates: `is_held_out` says which, from their words alone. Knows nothing about
how examples are chosen or trained on.
"""

import hashlib
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from knowhow_memory.models import ARM_SEPARATOR, OutcomePublic

if TYPE_CHECKING:
    from knowhow_memory.memory import Memory

HELD_OUT_SHARE = 5
"""One problem in so many is kept for the gate."""
WORDS_AND_NUMBERS = re.compile(r"\d+(?:[.,:/]\d+)*|[^\W\d]+|[+\-*/=<>%$€£]")
STRATEGY_QUESTION = "{problem}\nWhich way?"


@dataclass(frozen=True)
class Attempt:
    outcome_id: str
    seq: int
    tenant: str
    principal: str | None
    problem: str
    task: str | None
    """The pattern it belongs to, where somebody said so."""
    month: str
    """In which it happened, as `2026-11`, UTC."""
    strategy: str | None
    prompt: str
    answer: str
    reward: float

    @property
    def chooses(self) -> bool:
        """Whether it is about which way, not about what to say."""
        return self.prompt == ask_strategy(self.problem)


def read_attempts(
    memory: "Memory", agent: str, *, after: int = 0, tenant: str | None = None
) -> Iterator[Attempt]:
    """The specialist's live attempts since the sequence number `after`, in order."""
    return attempts_of(memory.outcomes(tenant=tenant, after=after, trajectories=True), agent)


def attempts_of(outcomes: Iterable[OutcomePublic], agent: str) -> Iterator[Attempt]:
    for outcome in outcomes:
        specialist, _, strategy = outcome.arm.partition(ARM_SEPARATOR)
        if specialist != agent or outcome.reward is None:
            continue
        if step := _last_step(outcome.trajectory or []):
            yield _attempt(outcome, strategy or None, *step)
        elif strategy:
            yield _attempt(outcome, strategy, ask_strategy(outcome.problem), strategy)


def ask_strategy(problem: str) -> str:
    """How the small model is asked for a strategy, in training and in service."""
    return STRATEGY_QUESTION.format(problem=problem)


def is_held_out(problem: str) -> bool:
    """Whether this problem is kept for the gate. Texts that differ only in case, blanks or
    punctuation fall on the same side."""
    digest = hashlib.sha256(f"held out\0{normalise(problem)}".encode()).digest()
    return int.from_bytes(digest[:8]) % HELD_OUT_SHARE == 0


def normalise(text: str) -> str:
    """Words, numbers and signs of arithmetic in order: equal for near-duplicates."""
    return " ".join(WORDS_AND_NUMBERS.findall(text.casefold()))


def _attempt(outcome: OutcomePublic, strategy: str | None, prompt: str, answer: str) -> Attempt:
    assert outcome.reward is not None
    return Attempt(
        outcome_id=outcome.id,
        seq=outcome.seq,
        tenant=outcome.tenant,
        principal=outcome.principal,
        problem=outcome.problem,
        task=outcome.task,
        month=datetime.fromtimestamp(outcome.occurred_at, UTC).strftime("%Y-%m"),
        strategy=strategy,
        prompt=prompt,
        answer=answer,
        reward=outcome.reward,
    )


def _last_step(trajectory: list[dict[str, Any]]) -> tuple[str, str] | None:
    for step in reversed(trajectory):
        prompt, answer = step.get("prompt"), step.get("answer")
        if isinstance(prompt, str) and isinstance(answer, str) and prompt and answer:
            return prompt, answer
    return None
