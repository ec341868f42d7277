"""Problems that have no answer: what is wrong with them, and clauses that nobody can read.

Some clauses are for training, so that a specialist learns to say that it cannot read one; the words
in those that are examined are others. Knows nothing about models.
"""

import random
from collections.abc import Mapping, Sequence
from dataclasses import replace

from knowhow_agents.skills.change.items import Difficulty, exam_items
from knowhow_agents.skills.change.language import UNCLEAR
from knowhow_agents.skills.change.phrasings import CHOICE, UNITS, USUAL
from knowhow_agents.skills.change.telling import tell

UNREADABLE = (
    "some",
    "a few",
    "?",
    "x",
    "many",
    "several",
    "too many",
    "a lot of",
    "no idea how many",
)
HELD_UNREADABLE = ("a handful of", "y", "so many", "half a dozen or so")


def useless(count: int, seed: int) -> list[tuple[str, str]]:
    """Clauses for training, and what is written about each."""
    rng = random.Random(f"change useless:{seed}")
    return [(_clause(rng, UNREADABLE), UNCLEAR) for _ in range(count)]


def broken(count: int, seed: int) -> Mapping[str, Sequence[str]]:
    """So many problems that must be refused, by what is wrong with them."""
    rng = random.Random(f"change broken:{seed}")
    found: dict[str, list[str]] = {}
    for item in exam_items(Difficulty.MEDIUM, count, seed):
        plan = item.plan
        assert plan.pay is not None
        even = tuple(coin * 2 for coin in plan.coins)
        for kind, wrong in (
            ("cannot_be_paid", replace(plan, coins=even, pay=plan.pay | 1)),
            ("nothing_to_pay", replace(plan, pay=0)),
            ("no_coin_allowed", replace(plan, most=0)),
        ):
            found.setdefault(kind, []).append(tell(rng, wrong).problem)
        several = f"{item.problem} Pay {plan.pay + 1} cents."
        found.setdefault("two_amounts", []).append(several)
        found.setdefault("unreadable", []).append(f"{_clause(rng, HELD_UNREADABLE)} {item.problem}")
    return found


def _clause(rng: random.Random, words: Sequence[str]) -> str:
    forms = rng.choice((USUAL.coins, USUAL.pay, USUAL.most))
    text = CHOICE.sub(lambda found: rng.choice(found[1].split("|")), rng.choice(forms))
    word = rng.choice(words)
    amount = f"{word} {rng.choice(UNITS)}".strip()
    told = text.format(coins=amount, pay=amount, most=word)
    return f"{told[:1].upper()}{told[1:]}."
