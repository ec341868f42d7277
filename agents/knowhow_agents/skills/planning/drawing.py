"""Draws problems: eight families, each of several kinds that differ in size and structure.

Which strategy suits a kind is not written down anywhere; it comes of the algorithms and their
budget. Where a plan must exist, one is drawn first and the problem around it. Knows nothing about
texts.
"""

import math
import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import combinations

from knowhow_agents.skills.planning.families.queens import QueensLandscape, cost
from knowhow_agents.skills.planning.specs import (
    Colouring,
    Jobs,
    Knapsack,
    Packing,
    Pair,
    Queens,
    Shifts,
    Spec,
    Subset,
    Tour,
)
from knowhow_agents.skills.planning.steps import Steps
from knowhow_agents.skills.planning.strategies import local


@dataclass(frozen=True)
class Drawn:
    spec: Spec
    best: float | None = None
    """What the best plan costs, where that follows from how the problem was drawn."""


Draw = Callable[[random.Random], Drawn]


# -- colouring -----------------------------------------------------------------------------------


def _street(rng: random.Random) -> Drawn:
    """Everybody sees the two next on either side: a long street, but few matter at once."""
    places = rng.randint(64, 80)
    edges = [(a, b) for a in range(1, places + 1) for b in (a + 1, a + 2) if b <= places]
    colours = rng.sample((1, 2, 3), 3)
    ends = tuple((place, colours[place % 3]) for place in (1, places))
    return Drawn(Colouring(places, tuple(edges), 3, ends), 0.0)


def _dense(rng: random.Random) -> Drawn:
    """Many neighbours and hardly enough colours."""
    places = rng.randint(26, 32)
    return _planted(rng, places, 3, round(places * 2.3))


def _sparse(rng: random.Random) -> Drawn:
    """Few neighbours and a colour to spare."""
    places = rng.randint(44, 54)
    return _planted(rng, places, 4, round(places * 1.5))


def _planted(rng: random.Random, places: int, colours: int, edges: int) -> Drawn:
    hidden = [rng.randrange(colours) for _ in range(places)]
    pairs = [(a, b) for a, b in combinations(range(places), 2) if hidden[a] != hidden[b]]
    told = sorted((a + 1, b + 1) for a, b in rng.sample(pairs, edges))
    return Drawn(Colouring(places, tuple(told), colours), 0.0)


# -- knapsack ------------------------------------------------------------------------------------


def _light(rng: random.Random) -> Drawn:
    """Many things of a few kilos, each worth its weight and a little more."""
    weights = [rng.randint(3, 14) for _ in range(rng.randint(22, 28))]
    items = tuple((weight, weight + 4) for weight in weights)
    return Drawn(Knapsack(items, sum(weights) * 2 // 5))


def _heavy(rng: random.Random) -> Drawn:
    """Few things, weighed in grams."""
    return Drawn(_goods(rng, rng.randint(11, 14), (2_000, 12_000), 0.3))


def _crowd(rng: random.Random) -> Drawn:
    """Very many things, of very different worth."""
    return Drawn(_goods(rng, rng.randint(46, 56), (200, 1_500), 0.8))


def _goods(rng: random.Random, count: int, weights: Pair, apart: float) -> Knapsack:
    items = []
    for _ in range(count):
        weight = rng.randint(*weights)
        items.append((weight, max(1, round(weight / 100 * rng.uniform(1 - apart, 1 + apart)))))
    return Knapsack(tuple(items), round(sum(w for w, _ in items) * rng.uniform(0.35, 0.5)))


# -- packing -------------------------------------------------------------------------------------


def _parcels(rng: random.Random) -> Drawn:
    """Many small things and little room to spare."""
    boxes = rng.randint(5, 7)
    sizes: list[int] = []
    for _ in range(boxes):
        room = 100 - rng.randint(0, 2)
        while room:
            size = min(room, rng.randint(4, 30))
            sizes.append(size)
            room -= size
    rng.shuffle(sizes)
    return Drawn(Packing(tuple(sizes), 100), float(boxes))


def _triples(rng: random.Random) -> Drawn:
    """Three to a box and nothing to spare."""
    limit, boxes = rng.choice((100, 120, 150)), 4
    sizes: list[int] = []
    for _ in range(boxes):
        one, two = (rng.randint(limit * 26 // 100, limit * 45 // 100) for _ in range(2))
        sizes += [one, two, limit - one - two]
    rng.shuffle(sizes)
    return Drawn(Packing(tuple(sizes), limit), float(boxes))


def _pairs(rng: random.Random) -> Drawn:
    """Two to a box, and only one other thing goes with each."""
    limit, boxes = rng.choice((400, 500, 900)), rng.randint(11, 15)
    large = rng.sample(range(limit * 55 // 100, limit * 80 // 100), boxes)
    sizes = [*large, *(limit - size for size in large)]
    rng.shuffle(sizes)
    return Drawn(Packing(tuple(sizes), limit), float(boxes))


# -- tours ---------------------------------------------------------------------------------------


def _lake(rng: random.Random) -> Drawn:
    """All stops on a shore, more or less evenly."""
    count, radius, shift = rng.randint(18, 26), rng.randint(35, 45), rng.random()
    places = []
    for at in rng.sample(range(count), count):
        turn = (at + shift + rng.uniform(-0.15, 0.15)) / count * math.tau
        places.append((round(50 + radius * math.cos(turn)), round(50 + radius * math.sin(turn))))
    return Drawn(Tour(tuple(places)))


def _few_stops(rng: random.Random) -> Drawn:
    return _scattered(rng, rng.randint(7, 8))


def _many_stops(rng: random.Random) -> Drawn:
    return _scattered(rng, rng.randint(12, 15))


def _scattered(rng: random.Random, count: int) -> Drawn:
    places = rng.sample(range(100 * 100), count)
    return Drawn(Tour(tuple(divmod(place, 100) for place in places)))


# -- queens --------------------------------------------------------------------------------------


def _small_board(rng: random.Random) -> Drawn:
    return _with_queens(rng, rng.randint(7, 10), rng.randint(1, 3))


def _empty_board(rng: random.Random) -> Drawn:
    return Drawn(Queens(rng.choice([n for n in range(48, 65) if n % 6 in (0, 1, 4, 5)])), 0.0)


def _large_board(rng: random.Random) -> Drawn:
    return _with_queens(rng, rng.randint(16, 20), rng.randint(2, 3))


def _with_queens(rng: random.Random, size: int, count: int) -> Drawn:
    board = Queens(size)
    while True:
        rows = local(QueensLandscape(board, rng), Steps(40_000), rng)
        if rows is not None and cost(board, rows) is not None:
            columns = sorted(rng.sample(range(size), count))
            given = tuple((column + 1, rows[column]) for column in columns)
            return Drawn(Queens(size, given), 0.0)


# -- shifts --------------------------------------------------------------------------------------


def _small_crew(rng: random.Random) -> Drawn:
    """Four people, one a day, everybody nearly used up, and nobody twice running."""
    return _roster(rng, rng.randint(4, 5), rng.randint(10, 12), need=1, spare=2, rest=True)


def _large_crew(rng: random.Random) -> Drawn:
    return _roster(rng, rng.randint(7, 9), 7, need=2, spare=7)


def _relaxed(rng: random.Random) -> Drawn:
    """Plenty of people who may work on all days."""
    return _roster(rng, rng.randint(10, 14), rng.randint(12, 14), need=2, spare=None)


def _roster(
    rng: random.Random, people: int, days: int, *, need: int, spare: int | None, rest: bool = False
) -> Drawn:
    most = days if spare is None else -(-(days * need + spare) // people)
    while (hidden := _rota(rng, people, days, need, most, rest)) is None:
        pass
    free = [[d for d in range(1, days + 1) if p not in hidden[d - 1]] for p in range(people)]
    off = tuple(tuple(sorted(rng.sample(f, min(3, len(f))))) for f in free)
    pay = tuple(rng.randint(40, 160) for _ in range(people))
    return Drawn(Shifts(days, need, pay, off, most, rest))


def _rota(
    rng: random.Random, people: int, days: int, need: int, most: int, rest: bool
) -> list[list[int]] | None:
    """Some plan that keeps the rules."""
    left = [most] * people
    rota: list[list[int]] = []
    for _ in range(days):
        tired = rota[-1] if rest and rota else []
        able = [person for person in range(people) if left[person] and person not in tired]
        if len(able) < need:
            return None
        able.sort(key=lambda person: (-left[person], rng.random()))
        rota.append(able[:need])
        for person in rota[-1]:
            left[person] -= 1
    return rota


# -- subset --------------------------------------------------------------------------------------


def _small_numbers(rng: random.Random) -> Drawn:
    """Twelves, and a few numbers that make the goal no twelve."""
    numbers = [12 * rng.randint(1, 6) for _ in range(rng.randint(15, 19))]
    odd = [rng.choice((7, 13, 19, 25, 31)) for _ in range(5)]
    chosen = rng.sample(numbers, len(numbers) // 2) + rng.sample(odd, 2)
    every = numbers + odd
    rng.shuffle(every)
    return Drawn(Subset(tuple(every), sum(chosen)), 0.0)


def _few_large(rng: random.Random) -> Drawn:
    return _sum_of(rng, [rng.randint(10_000, 99_999) for _ in range(rng.randint(12, 13))])


def _many_large(rng: random.Random) -> Drawn:
    return _sum_of(rng, [rng.randint(100, 999) for _ in range(rng.randint(30, 40))])


def _sum_of(rng: random.Random, numbers: list[int]) -> Drawn:
    chosen = rng.sample(numbers, len(numbers) // 2)
    return Drawn(Subset(tuple(numbers), sum(chosen)), 0.0)


# -- jobs ----------------------------------------------------------------------------------------


def _few_jobs(rng: random.Random) -> Drawn:
    return _workshop(rng, 3, 3)


def _many_jobs(rng: random.Random) -> Drawn:
    return _workshop(rng, rng.randint(6, 8), 4)


def _bottleneck(rng: random.Random) -> Drawn:
    """One machine has most of the work."""
    jobs = []
    for _ in range(rng.randint(9, 12)):
        order = rng.sample((1, 2, 3), 3)
        jobs.append(tuple((m, rng.randint(7, 12) if m == 2 else rng.randint(1, 3)) for m in order))
    return Drawn(Jobs(tuple(jobs)))


def _workshop(rng: random.Random, jobs: int, machines: int) -> Drawn:
    orders = [rng.sample(range(1, machines + 1), machines) for _ in range(jobs)]
    return Drawn(Jobs(tuple(tuple((m, rng.randint(1, 12)) for m in order) for order in orders)))


KINDS: Mapping[str, Mapping[str, Draw]] = {
    "colouring": {"street": _street, "dense": _dense, "sparse": _sparse},
    "knapsack": {"light": _light, "heavy": _heavy, "crowd": _crowd},
    "packing": {"parcels": _parcels, "triples": _triples, "pairs": _pairs},
    "tour": {"lake": _lake, "few": _few_stops, "many": _many_stops},
    "queens": {"small": _small_board, "empty": _empty_board, "large": _large_board},
    "shifts": {"small": _small_crew, "large": _large_crew, "relaxed": _relaxed},
    "subset": {"small": _small_numbers, "few": _few_large, "many": _many_large},
    "jobs": {"few": _few_jobs, "many": _many_jobs, "bottleneck": _bottleneck},
}
"""Family → kind → how one of it is drawn."""
