"""Meetings and rooms as a skill: what the journal and the specialist have to know of them.

Knows nothing about who learns.
"""

import re
from collections.abc import Mapping, Sequence

from knowhow_adapters.decode.grammar import Grammar
from knowhow_adapters.learn.train import Settings
from knowhow_agents.journal.skill import Answer, Exercise
from knowhow_agents.journal.standing import left_out, missing
from knowhow_agents.skills.rooms.broken import broken, useless
from knowhow_agents.skills.rooms.grammar import grammar, narrowed
from knowhow_agents.skills.rooms.items import Difficulty, Item, exam_items, training_items
from knowhow_agents.skills.rooms.language import UNCLEAR, Way
from knowhow_agents.skills.rooms.solver import solve_pieces

SWEEP = (
    "Sort everything that starts and everything that ends by time, and where both fall together, "
    "{first} first. Walk through: one more room at a start, one less at an end. The highest count "
    "is the peak."
)
WAYS: Mapping[Way, str] = {
    Way.ENDS_FIRST: SWEEP.format(first="what ends"),
    Way.STARTS_FIRST: SWEEP.format(first="what starts"),
    Way.NEIGHBOURS: (
        "For every meeting, count those that overlap it, and itself. The highest count is the peak."
    ),
    Way.AS_LISTED: (
        "Take the meetings as they are told, and give each the first room that is free all the "
        "time. The rooms that were given out are the peak."
    ),
    Way.HOURS: (
        "Add up all hours and divide them by the hours from the first start to the last end, "
        "rounded up. That is the peak."
    ),
}


NUMBERS = re.compile(r"[0-9]{2}:[0-9]{2}|[0-9]+")


class Rooms:
    name = "rooms"
    number = "how many rooms are in use at the busiest moment"
    question = "Are there enough rooms?"
    ways: Mapping[str, str] = {str(way): told for way, told in WAYS.items()}
    sizes: Sequence[str] = tuple(Difficulty)
    grammar = grammar()
    training = Settings(rank=16, alpha=32, rate=1.5e-3, epochs=5, rows=32)
    """At twice the rate the loss leaps."""
    useless_share = 5
    """At one in twelve, a third of what goes on over night was read the other way round."""

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
        return f"Rooms and meetings: {piece}"

    def ask_way(self) -> str:
        return "Rooms and meetings: which way to count?"

    def narrowed(self, piece: str) -> Grammar:
        return narrowed(piece)

    def amiss(self, piece: str, written: str) -> str | None:
        used = NUMBERS.findall(written)
        if what := missing(used, piece):
            return f"{what} does not stand there"
        what = None if written == UNCLEAR else left_out(used, piece)
        return what and f"{what} is left out"

    def solve(self, written: Sequence[str], way: str) -> Answer:
        return solve_pieces(written, Way(way))


def _exercise(item: Item) -> Exercise:
    pieces = tuple(str(piece) for piece in item.told.pieces)
    counts = len(item.meetings), item.rooms, len(item.problem)
    return Exercise(item.problem, pieces, item.answer, counts)
