"""An app without any model: it packs a bag, by value or by value for weight, as it learnt."""

import random
from collections.abc import Callable

import knowhow

Item = tuple[int, int]
"""Value and weight."""


def by_value(item: Item) -> float:
    return -item[0]


def by_density(item: Item) -> float:
    return -item[0] / item[1]


WAYS: dict[str, Callable[[Item], float]] = {"value": by_value, "density": by_density}


def pack(problem: str, items: list[Item], room: int, way: str) -> float:
    """The share of the worth that went into the bag."""
    worth = 0
    for value, weight in sorted(items, key=WAYS[way]):
        if weight <= room:
            worth, room = worth + value, room - weight
    return worth / sum(value for value, _ in items)


def main(bags: int = 40) -> None:
    rng, know = random.Random(0), knowhow.open()
    for _ in range(bags):
        items = [(rng.randint(1, 30), rng.randint(1, 30)) for _ in range(12)]
        room = rng.randint(30, 90)
        problem = f"Pack a bag with room for {room} from 12 things."
        decision = know.route(problem, arms=list(WAYS))
        way = decision.fallback
        with knowhow.watching(problem, decision=decision) as episode:
            share = pack(problem, items, room, way)
            episode.record(share)
        print(f"{problem} By {way}: {share:.0%}")


if __name__ == "__main__":
    main()
