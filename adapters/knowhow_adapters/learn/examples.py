"""Which attempts an adapter is trained on, and how much each counts.

Three ways to choose, the same otherwise:

    raw             every attempt, whatever came of it
    filtered        successes, weighted by their reward; failures with a negative weight, for the
                    objective that can use them
    self_filtered   the same, after the small model was asked which rewards it believes

Near-duplicates count as few. Patterns that fail more often count more. What was rewarded both ways
goes by the majority. Texts that are kept for examination never become examples. Knows nothing about
models: whoever rates is a function.
"""

import math
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from knowhow_adapters.learn.attempts import Attempt, is_held_out, normalise
from knowhow_adapters.learn.trust import believe
from knowhow_memory.errors import InputError

SUCCESS = 0.5
"""A reward from here on is a success."""
MIN_ATTEMPTS = 20
"""Fewer say more about luck than about the specialist."""
MOST_COPIES = 3.0
"""However often something came up, it counts for no more."""
EASY = 0.5
"""What a pattern that never fails counts, where one that always fails counts one more."""
DISBELIEVED = 0.5
"""A reward that is less likely right than this teaches nothing."""


class NothingToLearn(InputError):
    """The outcomes do not hold what training needs, yet."""


class Choice(StrEnum):
    RAW = "raw"
    FILTERED = "filtered"
    SELF_FILTERED = "self_filtered"


@dataclass(frozen=True)
class Example:
    prompt: str
    answer: str
    weight: float
    """Negative where the reward was below one half."""
    outcome_id: str
    seq: int
    pattern: str | None


Rater = Callable[[Sequence[Example]], Sequence[float]]
"""How surprised the small model is by each answer: minus its log-likelihood, judged without having
learnt from that very example."""


@dataclass(frozen=True)
class Selection:
    examples: tuple[Example, ...]
    counts: dict[str, int] = field(default_factory=dict)
    """What became of the attempts: used, held_out, contradictory, repeated, disbelieved."""


def select_examples(
    attempts: Iterable[Attempt],
    choice: Choice,
    *,
    held_out: Collection[str] = (),
    rater: Rater | None = None,
) -> Selection:
    """`held_out` are further texts that must not be learnt, such as those of a frozen set."""
    counts: Counter[str] = Counter()
    allowed = _without_held_out(attempts, held_out, counts)
    _refuse_too_few(allowed)
    hardness = _hardness(allowed)
    cases = _merge(allowed, choice, counts)
    examples = [_example(case, choice, hardness) for case in cases]
    if choice is Choice.SELF_FILTERED:
        if rater is None:
            raise InputError("self_filtered needs a rater: see learn.rating.cross_fitted")
        examples = _believed(examples, rater, counts)
    _refuse_one_sided(examples)
    counts["used"] = len(examples)
    return Selection(tuple(examples), dict(counts))


@dataclass(frozen=True)
class _Case:
    """Attempts that say the same, as one."""

    attempt: Attempt
    reward: float
    copies: int


def _without_held_out(
    attempts: Iterable[Attempt], held_out: Collection[str], counts: Counter[str]
) -> list[Attempt]:
    refused = {f" {normalise(text)} " for text in held_out}
    kept: list[Attempt] = []
    for attempt in attempts:
        prompt = f" {normalise(attempt.prompt)} "
        if is_held_out(attempt.problem) or any(text in prompt for text in refused):
            counts["held_out"] += 1
        else:
            kept.append(attempt)
    return kept


def _refuse_too_few(attempts: Sequence[Attempt]) -> None:
    if len(attempts) < MIN_ATTEMPTS:
        raise NothingToLearn(
            f"{len(attempts)} outcomes to learn from (held-out ones aside), and fewer than "
            f"{MIN_ATTEMPTS} teach nothing: record more"
        )
    if all(attempt.reward < SUCCESS for attempt in attempts):
        raise NothingToLearn(
            f"none of the {len(attempts)} outcomes is a success yet, so there is no answer to "
            "learn: record successes, or examples from elsewhere"
        )


def _hardness(attempts: Sequence[Attempt]) -> dict[str | None, float]:
    """The share of failures of each pattern, as if one more attempt had gone each way."""
    tried = Counter(attempt.task for attempt in attempts)
    failed = Counter(attempt.task for attempt in attempts if attempt.reward < SUCCESS)
    return {task: (failed[task] + 1) / (count + 2) for task, count in tried.items()}


def _merge(attempts: Sequence[Attempt], choice: Choice, counts: Counter[str]) -> list[_Case]:
    """One case for all attempts of the same words with the same answer."""
    groups: dict[tuple[str, str], list[Attempt]] = {}
    for attempt in attempts:
        key = (normalise(attempt.prompt), attempt.answer.strip())
        groups.setdefault(key, []).append(attempt)
    cases: list[_Case] = []
    for group in groups.values():
        agreeing = group if choice is Choice.RAW else _majority(group)
        counts["contradictory"] += len(group) - len(agreeing)
        if agreeing:
            counts["repeated"] += len(agreeing) - 1
            reward = sum(attempt.reward for attempt in agreeing) / len(agreeing)
            cases.append(_Case(agreeing[-1], reward, len(agreeing)))
    return cases


def _majority(group: list[Attempt]) -> list[Attempt]:
    """Those on the side that more of them are on; nobody where they are even."""
    good = [attempt for attempt in group if attempt.reward >= SUCCESS]
    bad = [attempt for attempt in group if attempt.reward < SUCCESS]
    if len(good) == len(bad):
        return []
    return max(good, bad, key=len)


def _example(case: _Case, choice: Choice, hardness: dict[str | None, float]) -> Example:
    attempt = case.attempt
    weight = min(1 + math.log2(case.copies), MOST_COPIES)
    if choice is not Choice.RAW:
        weight *= EASY + hardness[attempt.task]
        weight *= case.reward if case.reward >= SUCCESS else case.reward - 1
    return Example(
        attempt.prompt, attempt.answer, weight, attempt.outcome_id, attempt.seq, attempt.task
    )


def _believed(examples: list[Example], rater: Rater, counts: Counter[str]) -> list[Example]:
    """Each weighted by how likely its reward is right; the unlikely ones are left out."""
    beliefs = believe(rater(examples), [example.weight > 0 for example in examples])
    kept = [
        Example(e.prompt, e.answer, e.weight * belief, e.outcome_id, e.seq, e.pattern)
        for e, belief in zip(examples, beliefs, strict=True)
        if belief >= DISBELIEVED
    ]
    counts["disbelieved"] += len(examples) - len(kept)
    return kept


def _refuse_one_sided(examples: Sequence[Example]) -> None:
    good = [example for example in examples if example.weight > 0]
    if not good:
        raise NothingToLearn(
            "every success is outweighed by failures of the same answer or not believed: "
            "record more outcomes, or check what rewards them"
        )
    if len(good) > 1 and len({example.answer for example in examples}) == 1:
        raise NothingToLearn(
            f"every outcome has the same answer {good[0].answer[:60]!r}: one class leaves nothing "
            "to tell apart; let others be tried as well"
        )
