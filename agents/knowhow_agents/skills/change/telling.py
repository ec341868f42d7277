"""Tells coins, an amount and a limit as a problem, and says what stands in each of its pieces.

A problem is put together from clauses; what a clause says is known. Knows nothing about which
coins are wanted.
"""

import random
from collections.abc import Sequence
from dataclasses import dataclass

from knowhow_agents.skills.change import phrasings
from knowhow_agents.skills.change.language import Plan
from knowhow_agents.skills.change.phrasings import CHOICE, Phrases

TOGETHER = (1, 4)
"""Coins in a clause."""
IDLE_SHARE = 0.4
ENDS = (".", ".", "!")


@dataclass(frozen=True)
class Told:
    problem: str
    pieces: tuple[Plan, ...]
    """What stands in each of the problem's pieces."""


def tell(rng: random.Random, plan: Plan, *, held: bool = False) -> Told:
    """In the usual phrasings or, `held`, in those kept aside."""
    told = _Telling(rng, phrasings.HELD if held else phrasings.USUAL, plan)
    clauses = told.in_some_order()
    if rng.random() < IDLE_SHARE:
        clauses.insert(rng.randrange(len(clauses) + 1), [told.idle()])
    listed = [clause for group in clauses for clause in group]
    return Told("".join(text for text, _ in listed).strip(), tuple(said for _, said in listed))


Clause = tuple[str, Plan]


class _Telling:
    def __init__(self, rng: random.Random, phrases: Phrases, plan: Plan) -> None:
        assert plan.pay is not None and plan.most is not None
        self._rng, self._phrases, self._plan = rng, phrases, plan
        self._unit = rng.choice(phrasings.UNITS)
        self._pay = self._worth([plan.pay])
        self._most = rng.choice((str(plan.most), phrasings.WORDS[plan.most]))
        self._between = rng.choice(("; ", "; ", "\n- ", "\n"))

    def in_some_order(self) -> list[list[Clause]]:
        """Groups of clauses that belong together."""
        coins, question = self.coins(), self._question()
        pay = [self._sentence(self._phrases.pay, Plan(pay=self._plan.pay))]
        most = [self._sentence(self._phrases.most, Plan(most=self._plan.most))]
        both = [self._both()]
        return self._rng.choice(
            (
                [coins, pay, most, question],
                [pay, coins, most, question],
                [pay, most, coins, question],
                [most, pay, coins, question],
                [coins, most, pay, question],
                [coins, both],
                [coins, both],
                [both, coins],
            )
        )

    def coins(self) -> list[Clause]:
        """Some in each clause, however many there are."""
        left, chunks = list(self._plan.coins), []
        while left:
            size = self._rng.randint(*TOGETHER)
            chunks.append(left[:size])
            left = left[size:]
        first, *more = chunks
        texts = [_upper(self._phrase(self._phrases.coins, self._worth(first)))]
        texts += [self._phrase(self._phrases.more, self._worth(chunk)) for chunk in more]
        ends = [*[self._between] * len(more), f"{self._rng.choice(ENDS)} "]
        return [
            (text + end, Plan(coins=tuple(chunk)))
            for text, end, chunk in zip(texts, ends, chunks, strict=True)
        ]

    def idle(self) -> Clause:
        text = self._choose(self._rng.choice(phrasings.IDLE))
        return f"{text.format(n=self._rng.randint(2, 60))} ", Plan()

    def _question(self) -> list[Clause]:
        return [(f"{self._choose(self._rng.choice(phrasings.QUESTIONS))} ", Plan())]

    def _both(self) -> Clause:
        phrase = self._rng.choice(self._phrases.both)
        turned = phrase.find("{most}") < phrase.find("{pay}")
        said = Plan(pay=self._plan.pay, most=self._plan.most, turned=turned)
        return _upper(self._phrase([phrase])) + " ", said

    def _sentence(self, phrases: Sequence[str], said: Plan) -> Clause:
        return f"{_upper(self._phrase(phrases))}{self._rng.choice(ENDS)} ", said

    def _phrase(self, phrases: Sequence[str], coins: str = "") -> str:
        text = self._choose(self._rng.choice(phrases))
        return text.format(coins=coins, pay=self._pay, most=self._most)

    def _choose(self, text: str) -> str:
        return CHOICE.sub(lambda found: self._rng.choice(found[1].split("|")), text)

    def _worth(self, numbers: Sequence[int]) -> str:
        """`1, 4 and 9 cents`."""
        *others, last = map(str, numbers)
        listed = self._rng.choice((" and ", ", ")).join([", ".join(others), last])
        return f"{listed if others else last} {self._unit}".strip()


def _upper(text: str) -> str:
    return text[:1].upper() + text[1:]
