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
from knowhow_adapters.base.corpus.registry import Draw, Phrasings, skill


@dataclass
class Task:
    family: str
    text: str
    spec: dict[str, Any]
    answer: str | None = None
    """Of the small ones."""


def _listing(pairs: dict[str, int], unit: str) -> str:
    return ", ".join(f"{name} ({value} {unit})" for name, value in pairs.items())


def _sized(draw: Draw, top: int, low: int = 2, high: int = 8) -> dict[str, int]:
    items = draw.some(words.ITEMS, draw.number(low, high))
    return {item: draw.number(1, top) for item in items}


COLOURING = Phrasings(
    seen=(
        "Colour the places {nodes} with {k} colours. Neighbours must differ: {edges}.",
        "{nodes} each get one of {k} channels; these pairs clash: {edges}.",
        "Give {nodes} one of {k} rooms so that no clashing pair shares: {edges}.",
    ),
    held=("With {k} labels for {nodes}, the pairs {edges} may not have the same.",),
)


def colouring(draw: Draw) -> Task:
    nodes = draw.names(draw.number(3, 6))
    pairs = [pair for pair in combinations(nodes, 2) if draw.chance(0.5)]
    pairs = pairs or [(nodes[0], nodes[1])]
    k = draw.number(2, 4)
    text = draw.phrase(
        COLOURING, nodes=", ".join(nodes), k=k, edges=", ".join("-".join(p) for p in pairs)
    )
    spec = {"nodes": nodes, "edges": [list(pair) for pair in pairs], "colours": k}
    return Task("graph_colouring", text, spec)


KNAPSACK = Phrasings(
    seen=(
        "A bag holds {limit} kg. Things: {items}. Take the most value.",
        "{name} can carry {limit} kg and wants the most worth from {items}.",
        "Which of {items} to pack for the highest value within {limit} kg?",
    ),
    held=("Not more than {limit} kg may be taken of {items}; make it worth the most.",),
)


def knapsack(draw: Draw) -> Task:
    weights = _sized(draw, 20, 2, 6)
    values = {item: draw.number(1, 50) for item in weights}
    limit = draw.number(max(weights.values()), max(sum(weights.values()), 2))
    items = ", ".join(f"{i} {w} kg worth {values[i]}" for i, w in weights.items())
    text = draw.phrase(KNAPSACK, limit=limit, items=items, name=draw.name())
    spec = {"items": [[i, w, values[i]] for i, w in weights.items()], "limit": limit}
    return Task("knapsack", text, spec)


PACKING = Phrasings(
    seen=(
        "Pack {items} into boxes of {limit} kg, as few as possible.",
        "How few trucks of {limit} kg take {items}?",
        "{items} go into bins; a bin takes {limit} kg. Use few bins.",
    ),
    held=("Spread {items} over the least number of {limit} kg crates.",),
)


def packing(draw: Draw) -> Task:
    sizes = _sized(draw, 15, 3, 7)
    limit = draw.number(15, 30)
    text = draw.phrase(PACKING, items=_listing(sizes, "kg"), limit=limit)
    return Task("bin_packing", text, {"items": [list(p) for p in sizes.items()], "limit": limit})


TOUR = Phrasings(
    seen=(
        "Visit {stops} and come back, starting at {first}. Distances: {edges}. Shortest tour?",
        "{name} drives from {first} to all of {stops} and home: {edges}. Find the shortest way.",
    ),
    held=("A round trip over {stops} from {first} should be short. Known: {edges}.",),
)


def tour(draw: Draw) -> Task:
    stops = draw.some(words.TOWNS, draw.number(3, 4))
    distance = {pair: draw.number(2, 60) for pair in combinations(stops, 2)}
    edges = ", ".join(f"{a}-{b} {d}" for (a, b), d in distance.items())
    text = draw.phrase(TOUR, stops=", ".join(stops), first=stops[0], edges=edges, name=draw.name())
    spec = {"stops": stops, "distances": [[a, b, d] for (a, b), d in distance.items()]}

    def length(way: tuple[str, ...]) -> int:
        legs = zip((stops[0], *way), (*way, stops[0]), strict=True)
        return sum(distance.get(leg) or distance[leg[1], leg[0]] for leg in legs)

    best = min(permutations(stops[1:]), key=length)
    return Task("tour", text, spec, " ".join((stops[0], *best)))


QUEENS = Phrasings(
    seen=("Place {n} queens on a {n} by {n} board; none may attack another.",
          "Set {n} queens safely on a board of {n} rows. {given}",
          "{n} queens, {n} columns, no two in line. {given}"),
    held=("Can {n} queens stand on {n} squares a side in peace? {given}",),
)  # fmt: skip


def queens(draw: Draw) -> Task:
    n = draw.number(4, 30)
    column, row = draw.number(1, n), draw.number(1, n)
    fixed = draw.chance(0.7)
    given = f"One stands at column {column}, row {row}." if fixed else ""
    text = draw.phrase(QUEENS, n=n, given=given).strip()
    told = fixed and bool(given) and given in text
    return Task("n_queens", text, {"size": n, "fixed": [[column, row]] if told else []})


SHIFTS = Phrasings(
    seen=(
        "Each of {days} needs {need} workers. Staff: {staff}. At most {most} days each.",
        "Plan {days} with {need} people a day from {staff}; nobody more than {most} days.",
    ),
    held=("Nobody of {staff} works over {most} days; {days} want {need} each.",),
)


def shifts(draw: Draw) -> Task:
    days = list(words.DAYS[: draw.number(2, 7)])
    people = draw.names(draw.number(2, 5))
    off = {name: draw.pick(days) for name in people}
    staff = ", ".join(f"{name} (not {day})" for name, day in off.items())
    need, most = draw.number(1, 2), draw.number(1, 5)
    text = draw.phrase(SHIFTS, days=", ".join(days), need=need, staff=staff, most=most)
    spec = {"days": days, "need": need, "off": [list(p) for p in off.items()], "most": most}
    return Task("shifts", text, spec)


SUBSET = Phrasings(
    seen=(
        "Which of {numbers} add up to {goal}?",
        "{name} wants to pay exactly {goal} with notes of {numbers}. Which ones?",
        "Choose among {numbers} so that the sum is {goal}.",
    ),
    held=("From {numbers} take some that make {goal} together.",),
)


def subset(draw: Draw) -> Task:
    numbers = draw.some(range(1, 40), draw.number(3, 7))
    chosen = draw.some(numbers, draw.number(2, min(3, len(numbers))))
    goal = sum(chosen)
    text = draw.phrase(SUBSET, numbers=", ".join(map(str, numbers)), goal=goal, name=draw.name())
    found = next(c for size in range(1, 4) for c in combinations(numbers, size) if sum(c) == goal)
    return Task("subset_sum", text, {"numbers": numbers, "goal": goal}, " ".join(map(str, found)))


JOBS = Phrasings(
    seen=(
        "Jobs on machines, in this order: {jobs}. Finish soon.",
        "A workshop has these jobs: {jobs}. One job a machine at a time; end early.",
    ),
    held=("When can all be done, a machine taking one at a time: {jobs}?",),
)


def job_shop(draw: Draw) -> Task:
    jobs = {
        name: [[f"M{draw.number(1, 3)}", draw.number(1, 9)] for _ in range(draw.number(1, 3))]
        for name in draw.some(words.THINGS, draw.number(2, 4))
    }
    told = "; ".join(
        f"{name}: " + " then ".join(f"{m} for {t} h" for m, t in steps)
        for name, steps in jobs.items()
    )
    return Task(
        "job_shop", draw.phrase(JOBS, jobs=told), {"jobs": [[n, s] for n, s in jobs.items()]}
    )


PUZZLE = Phrasings(
    seen=(
        "{people} each own one of {animals}. {clues} Who owns what?",
        "Each of {people} keeps another animal: {animals}. {clues} Match them.",
    ),
    held=("{clues} Pair {people} with {animals}.",),
)


def puzzle(draw: Draw) -> Task:
    people = draw.names(draw.number(2, 4))
    animals = draw.some(words.ANIMALS, len(people))
    clues, facts = [], []
    for name, animal in list(zip(people, animals, strict=True))[:-1]:
        if draw.chance(0.6):
            clues.append(f"{name} owns the {animal}.")
            facts.append([name, "is", animal])
        else:
            other = draw.pick([a for a in animals if a != animal])
            clues.append(f"{name} does not own the {other}.")
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


FAMILY = Phrasings(
    seen=("{text}\nWhich family of problem?", "Name the family: {text}"),
    held=("What is this kind of planning problem called? {text}",),
)


@skill("name planning family", "planning")
def name_family(draw: Draw) -> tuple[str, str]:
    task = draw.pick(FAMILIES)(draw)
    return draw.phrase(FAMILY, text=task.text), task.family


ATTEMPT = Phrasings(
    seen=("Solve: {text}", "{text}\nWork it out.", "Problem: {text}\nGive the solution."),
    held=("Find the solution. {text}",),
)


def attemptable(draw: Draw) -> Task:
    """A problem whose answer fits in a line."""
    while (task := draw.pick(SMALL)(draw)).answer is None:
        pass
    return task


@skill("attempt planning", "planning")
def attempt(draw: Draw) -> tuple[str, str]:
    task = attemptable(draw)
    return draw.phrase(ATTEMPT, text=task.text), f"answer: {task.answer}"


PART = Phrasings(
    seen=("{text}\nGive the {key} only, as JSON.", "From this problem read the {key}: {text}"),
    held=("{text}\nWhat are the {key}? JSON, please.",),
)


@skill("read planning data", "planning")
def read_part(draw: Draw) -> tuple[str, str]:
    task = draw.pick(FAMILIES)(draw)
    key = draw.pick(tuple(task.spec))
    return draw.phrase(PART, text=task.text, key=key), as_json(task.spec[key])
