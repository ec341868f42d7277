"""Planning problems in words: analysed into a spec, and attempted where that takes a few steps.

Which strategy suits a problem is not told: that is what a router has to learn from outcomes. The
attempts are small, sometimes naive, and never say how they were found.
"""

from collections.abc import Callable
from dataclasses import dataclass
from itertools import combinations, permutations
from typing import Any

from knowhow_adapters.base.corpus import words
from knowhow_adapters.base.corpus.forms import ANALYSE, as_json
from knowhow_adapters.base.corpus.planning_phrasings import (
    ATTEMPT,
    COLOURING,
    FAMILY,
    GIVEN,
    JOBS,
    KNAPSACK,
    LEG_STYLES,
    OFF_STYLES,
    OWNS,
    OWNS_NOT,
    PACKING,
    PAIR_STYLES,
    PART,
    PUZZLE,
    QUEENS,
    SHIFTS,
    SIZE_STYLES,
    STEP_STYLES,
    SUBSET,
    THEN_STYLES,
    TOUR,
    WORTH_STYLES,
)
from knowhow_adapters.base.corpus.registry import Draw, skill


@dataclass
class Task:
    family: str
    text: str
    spec: dict[str, Any]
    answer: str | None = None
    """Of the small ones."""


def _listing(draw: Draw, pairs: dict[str, int], unit: str) -> str:
    style = draw.pick(SIZE_STYLES)
    return ", ".join(style.format(name=n, value=v, unit=unit) for n, v in pairs.items())


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def _sized(draw: Draw, top: int, low: int = 2, high: int = 8) -> dict[str, int]:
    items = draw.some(words.ITEMS, draw.number(low, high))
    return {item: draw.number(1, top) for item in items}


def colouring(draw: Draw) -> Task:
    nodes = draw.names(draw.number(3, 6))
    pairs = [pair for pair in combinations(nodes, 2) if draw.chance(0.5)]
    pairs = pairs or [(nodes[0], nodes[1])]
    k = draw.number(2, 4)
    style = draw.pick(PAIR_STYLES)
    edges = ", ".join(style.format(a=a, b=b) for a, b in pairs)
    text = draw.phrase(COLOURING, nodes=", ".join(nodes), k=k, edges=edges)
    spec = {"nodes": nodes, "edges": [list(pair) for pair in pairs], "colours": k}
    return Task("graph_colouring", text, spec)


def knapsack(draw: Draw) -> Task:
    weights = _sized(draw, 20, 2, 6)
    values = {item: draw.number(1, 50) for item in weights}
    limit = draw.number(max(weights.values()), max(sum(weights.values()), 2))
    style = draw.pick(WORTH_STYLES)
    items = ", ".join(style.format(i=i, w=w, v=values[i]) for i, w in weights.items())
    text = draw.phrase(KNAPSACK, limit=limit, items=items, name=draw.name())
    spec = {"items": [[i, w, values[i]] for i, w in weights.items()], "limit": limit}
    return Task("knapsack", text, spec)


def packing(draw: Draw) -> Task:
    sizes = _sized(draw, 15, 3, 7)
    limit = draw.number(15, 30)
    text = draw.phrase(PACKING, items=_listing(draw, sizes, "kg"), limit=limit, name=draw.name())
    return Task("bin_packing", text, {"items": [list(p) for p in sizes.items()], "limit": limit})


def tour(draw: Draw) -> Task:
    stops = draw.some(words.TOWNS, draw.number(3, 4))
    distance = {pair: draw.number(2, 60) for pair in combinations(stops, 2)}
    style = draw.pick(LEG_STYLES)
    edges = ", ".join(style.format(a=a, b=b, d=d) for (a, b), d in distance.items())
    text = draw.phrase(TOUR, stops=", ".join(stops), first=stops[0], edges=edges, name=draw.name())
    spec = {"stops": stops, "distances": [[a, b, d] for (a, b), d in distance.items()]}

    def length(way: tuple[str, ...]) -> int:
        legs = zip((stops[0], *way), (*way, stops[0]), strict=True)
        return sum(distance.get(leg) or distance[leg[1], leg[0]] for leg in legs)

    best = min(permutations(stops[1:]), key=length)
    return Task("tour", text, spec, " ".join((stops[0], *best)))


def queens(draw: Draw) -> Task:
    n = draw.number(4, 30)
    column, row = draw.number(1, n), draw.number(1, n)
    fixed = draw.chance(0.7)
    given = draw.phrase(GIVEN, column=column, row=row) if fixed else ""
    text = draw.phrase(QUEENS, n=n, given=given).replace("  ", " ").strip()
    told = fixed and bool(given) and given in text
    return Task("n_queens", text, {"size": n, "fixed": [[column, row]] if told else []})


def shifts(draw: Draw) -> Task:
    days = list(words.DAYS[: draw.number(2, 7)])
    people = draw.names(draw.number(2, 5))
    off = {name: draw.pick(days) for name in people}
    style = draw.pick(OFF_STYLES)
    staff = ", ".join(style.format(name=name, day=day) for name, day in off.items())
    need, most = draw.number(1, 2), draw.number(1, 5)
    text = draw.phrase(
        SHIFTS, days=", ".join(days), need=need, staff=staff, most=most, boss=draw.name(),
        workers=_count(need, "worker"), turns=_count(most, "day"),
    )  # fmt: skip
    spec = {"days": days, "need": need, "off": [list(p) for p in off.items()], "most": most}
    return Task("shifts", text, spec)


def subset(draw: Draw) -> Task:
    numbers = draw.some(range(1, 40), draw.number(3, 7))
    chosen = draw.some(numbers, draw.number(2, min(3, len(numbers))))
    goal = sum(chosen)
    text = draw.phrase(SUBSET, numbers=", ".join(map(str, numbers)), goal=goal, name=draw.name())
    found = next(c for size in range(1, 4) for c in combinations(numbers, size) if sum(c) == goal)
    return Task("subset_sum", text, {"numbers": numbers, "goal": goal}, " ".join(map(str, found)))


def job_shop(draw: Draw) -> Task:
    jobs = {
        name: [[f"M{draw.number(1, 3)}", draw.number(1, 9)] for _ in range(draw.number(1, 3))]
        for name in draw.some(words.THINGS, draw.number(2, 4))
    }
    style, then = draw.pick(STEP_STYLES), draw.pick(THEN_STYLES)
    told = "; ".join(
        f"{name}: " + then.join(style.format(m=m, t=t) for m, t in steps)
        for name, steps in jobs.items()
    )
    text = draw.phrase(JOBS, jobs=told, name=draw.name())
    return Task("job_shop", text, {"jobs": [[n, s] for n, s in jobs.items()]})


def puzzle(draw: Draw) -> Task:
    people = draw.names(draw.number(2, 4))
    animals = draw.some(words.ANIMALS, len(people))
    clues, facts = [], []
    for name, animal in list(zip(people, animals, strict=True))[:-1]:
        if draw.chance(0.6):
            clues.append(draw.phrase(OWNS, name=name, animal=animal))
            facts.append([name, "is", animal])
        else:
            other = draw.pick([a for a in animals if a != animal])
            clues.append(draw.phrase(OWNS_NOT, name=name, animal=other))
            facts.append([name, "not", other])
    text = draw.phrase(
        PUZZLE, people=", ".join(people), animals=", ".join(sorted(animals)),
        clues=" ".join(clues),
    )  # fmt: skip
    spec = {"people": people, "values": sorted(animals), "clues": facts}
    sure = len([f for f in facts if f[1] == "is"]) == len(people) - 1
    pairs = zip(people, animals, strict=True)
    return Task("logic_puzzle", text, spec, ", ".join(map(" ".join, pairs)) if sure else None)


FAMILIES: tuple[Callable[[Draw], Task], ...] = (
    colouring, knapsack, packing, tour, queens, shifts, subset, job_shop, puzzle,
)  # fmt: skip
SMALL = (tour, subset, puzzle)
"""Families whose small problems have one answer that fits in a line."""


def plan_spec(task: Task) -> dict[str, Any]:
    return {"domain": "planning", "type": task.family, **task.spec}


@skill("analyse planning", "planning")
def analyse(draw: Draw) -> tuple[str, str]:
    task = draw.pick(FAMILIES)(draw)
    return draw.phrase(ANALYSE, text=task.text), as_json(plan_spec(task))


@skill("name planning family", "planning")
def name_family(draw: Draw) -> tuple[str, str]:
    task = draw.pick(FAMILIES)(draw)
    return draw.phrase(FAMILY, text=task.text), task.family


def attemptable(draw: Draw) -> Task:
    """A problem whose answer fits in a line."""
    while (task := draw.pick(SMALL)(draw)).answer is None:
        pass
    return task


@skill("attempt planning", "planning")
def attempt(draw: Draw) -> tuple[str, str]:
    task = attemptable(draw)
    return draw.phrase(ATTEMPT, text=task.text), f"answer: {task.answer}"


@skill("read planning data", "planning")
def read_part(draw: Draw) -> tuple[str, str]:
    task = draw.pick(FAMILIES)(draw)
    key = draw.pick(tuple(task.spec))
    return draw.phrase(PART, text=task.text, key=key), as_json(task.spec[key])
