"""The data: coins, amounts and limits, with as many that suffice as do not, and no shortcut.

The number of coins, the amount and the limit are drawn before the verdict, and only such as allow
both; then coins are sought that make it true. What is examined never occurs in training: a digest
says on which side a problem falls, and some phrasings are kept. Every item follows from its seed.
Knows nothing about models.
"""

import hashlib
import random
from dataclasses import dataclass
from enum import StrEnum

from knowhow_agents.journal.skill import Answer
from knowhow_agents.skills.change.language import Plan
from knowhow_agents.skills.change.solver import truth
from knowhow_agents.skills.change.telling import Told, tell

WORTH = (12, 25, 50, 90)
"""The most that a coin may be worth, drawn for each problem."""
MOST_PAID = 240
HELD_SHARE = 5
"""One problem in so many is for the examination."""
SEARCHES = 30
"""Sets of coins that are looked at before another amount is drawn."""


class Difficulty(StrEnum):
    EASY = "easy"
    MEDIUM = "medium"
    HARD = "hard"
    XL = "xl"
    """Longer than anything that is trained on."""


COINS = {
    Difficulty.EASY: (2, 3),
    Difficulty.MEDIUM: (3, 5),
    Difficulty.HARD: (5, 7),
    Difficulty.XL: (8, 14),
}
LIMITS = {
    Difficulty.EASY: (3, 7),
    Difficulty.MEDIUM: (2, 5),
    Difficulty.HARD: (2, 4),
    Difficulty.XL: (2, 3),
}
"""Of many different coins, few are ever needed."""
TRAINED = (Difficulty.EASY, Difficulty.MEDIUM, Difficulty.HARD)


@dataclass(frozen=True)
class Item:
    problem: str
    plan: Plan
    answer: Answer
    told: Told
    difficulty: Difficulty


def training_items(count: int, seed: int) -> list[Item]:
    """Different problems of the difficulties that are trained on; half of them can be paid."""
    return _different(random.Random(f"change training:{seed}"), count, None)


def exam_items(
    difficulty: Difficulty, count: int, seed: int, *, held_phrasings: bool = False
) -> list[Item]:
    rng = random.Random(f"change exam:{difficulty}:{held_phrasings}:{seed}")
    return _different(rng, count, difficulty, phrasings=held_phrasings)


def is_held_out(plan: Plan) -> bool:
    """By the numbers alone, in whatever order they are told."""
    told = f"{sorted(plan.coins)} {plan.pay} {plan.most}"
    return hashlib.sha256(told.encode()).digest()[0] % HELD_SHARE == 0


def _different(
    rng: random.Random, count: int, examined: Difficulty | None, *, phrasings: bool = False
) -> list[Item]:
    found: dict[str, Item] = {}
    while len(found) < count:
        kind = examined or TRAINED[len(found) // 2 % len(TRAINED)]
        plan = _draw(rng, kind, suffices=len(found) % 2 == 0, held_out=examined is not None)
        told = tell(rng, plan, held=phrasings)
        found.setdefault(told.problem, Item(told.problem, plan, truth(plan), told, kind))
    return list(found.values())


def _draw(rng: random.Random, difficulty: Difficulty, *, suffices: bool, held_out: bool) -> Plan:
    while True:
        count, worth = rng.randint(*COINS[difficulty]), rng.choice(WORTH)
        most = rng.randint(*LIMITS[difficulty])
        pay = rng.randint(worth + 1, min(worth * most, MOST_PAID))
        if count > worth:
            continue
        by_verdict = {v: _search(rng, count, worth, pay, most, v) for v in (True, False)}
        if None in by_verdict.values():  # as a problem it would tell its answer
            continue
        plan = by_verdict[suffices]
        if plan is not None and is_held_out(plan) == held_out:
            return plan


def _search(
    rng: random.Random, count: int, worth: int, pay: int, most: int, suffices: bool
) -> Plan | None:
    """Coins with which it takes as many as the limit or one fewer, or else one more."""
    wanted = (most, most - 1) if suffices else (most + 1,)
    for _ in range(SEARCHES):
        plan = Plan(tuple(rng.sample(range(1, worth + 1), count)), pay, most)
        if truth(plan).number in wanted:
            return plan
    return None
