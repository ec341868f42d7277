"""What knapsacks and sums have in common: things that are taken or left."""

import random
from collections.abc import Sequence

from knowhow_agents.skills.planning.course import Answer

SWAPS = 0.5
"""Of the moves: one for another; the rest takes or leaves one."""


class Chosen:
    """Local search over what is taken."""

    price = 1

    def __init__(self, taken: list[bool]) -> None:
        self.taken = taken

    def propose(self, rng: random.Random) -> tuple[int, ...]:
        one = rng.randrange(len(self.taken))
        if rng.random() < SWAPS:
            other = rng.randrange(len(self.taken))
            if self.taken[one] != self.taken[other]:
                return one, other
        return (one,)

    def flip(self, move: tuple[int, ...]) -> None:
        for place in move:
            self.taken[place] = not self.taken[place]

    def answer(self) -> Answer:
        return chosen_places(range(len(self.taken)), self.taken)

    def _moved(self, move: tuple[int, ...], amounts: Sequence[int]) -> int:
        return sum(-amounts[i] if self.taken[i] else amounts[i] for i in move)


def chosen_places(places: Sequence[int], taken: Sequence[bool]) -> Answer:
    """As people count: from 1."""
    return tuple(sorted(place + 1 for place, take in zip(places, taken, strict=True) if take))
