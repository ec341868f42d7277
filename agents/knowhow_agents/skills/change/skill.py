"""Coins and amounts as a skill: what the journal and the specialist have to know of them.

Knows nothing about who learns.
"""

import re
from collections.abc import Mapping, Sequence

from knowhow_adapters.decode.grammar import Grammar
from knowhow_adapters.learn.train import Settings
from knowhow_agents.journal.skill import Answer, Exercise
from knowhow_agents.journal.standing import missing
from knowhow_agents.skills.change.broken import broken, useless
from knowhow_agents.skills.change.items import Difficulty, Item, exam_items, training_items
from knowhow_agents.skills.change.language import Way, digits, grammar, narrowed
from knowhow_agents.skills.change.solver import solve_pieces

WAYS: Mapping[Way, str] = {
    Way.TABLE: (
        "Note all amounts that one coin pays, then all that two pay, by adding each coin to each "
        "amount noted, and so on. Where the amount asked for comes up first is the fewest."
    ),
    Way.LARGEST_FIRST: (
        "Take the largest coin as often as it fits, then the next one, and so on. The coins taken "
        "are the fewest."
    ),
    Way.TWO_KINDS: (
        "Try every pair of kinds of coins, and how many there may be of each. The pair that pays "
        "with the fewest coins gives them."
    ),
    Way.SMALLEST_FIRST: (
        "Take the smallest coin as often as it fits, then the next one, and so on. The coins taken "
        "are the fewest."
    ),
    Way.DIVIDE: "Divide the amount by the largest coin, rounded up. That is the fewest.",
}


NUMBERS = re.compile(r"[0-9]+")


class Change:
    name = "change"
    number = "how many coins are needed at least to pay the amount exactly"
    question = "Are so many coins enough?"
    ways: Mapping[str, str] = {str(way): told for way, told in WAYS.items()}
    sizes: Sequence[str] = tuple(Difficulty)
    grammar = grammar()
    training = Settings(rank=16, alpha=32, rate=1.5e-3, epochs=8, rows=32)
    useless_share = 12

    def draw(self, count: int, seed: int) -> list[Exercise]:
        return [_exercise(item) for item in training_items(count, seed)]

    def exam(self, size: str, count: int, seed: int, *, new: bool) -> list[Exercise]:
        items = exam_items(Difficulty(size), count, seed, held_phrasings=new)
        return [_exercise(item) for item in items]

    def useless(self, count: int, seed: int) -> list[tuple[str, str]]:
        return useless(count, seed)

    def broken(self, count: int, seed: int) -> Mapping[str, Sequence[str]]:
        return broken(count, seed)

    def ask(self, piece: str) -> str:
        return f"Coins and amounts: {piece}"

    def ask_way(self) -> str:
        return "Coins and amounts: which way to count?"

    def narrowed(self, piece: str) -> Grammar:
        return narrowed(piece)

    def amiss(self, piece: str, written: str) -> str | None:
        """A kind of coin that is named twice is there once; beside coins no number is left over."""
        kinds = [number for line in written.splitlines() for number in set(NUMBERS.findall(line))]
        left = set(digits(piece)) - set(kinds)
        if left and written.startswith("coins: "):
            return f"{min(left)} is left out"
        what = missing(kinds, piece)
        return what and f"{what} does not stand there"

    def solve(self, written: Sequence[str], way: str) -> Answer:
        return solve_pieces(written, Way(way))


def _exercise(item: Item) -> Exercise:
    pieces = tuple(str(piece) for piece in item.told.pieces)
    counts = len(item.plan.coins), item.plan.most or 0, item.plan.pay or 0, len(item.problem)
    return Exercise(item.problem, pieces, item.answer, counts)
