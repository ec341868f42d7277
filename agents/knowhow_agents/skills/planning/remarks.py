"""What somebody who tells a problem says about its size and shape, in words all families share.

True of the problem, and without a number: nothing that a plan needs stands here alone. Knows
nothing about which strategy suits what.
"""

import math
import random
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from statistics import correlation, mean
from typing import Any

from knowhow_agents.skills.planning.specs import Spec

SIZES = ((10, "small"), (20, "middling"), (45, "large"), (math.inf, "very large"))
"""Up to so many decisions."""
SIZE_WORDS = {
    "small": ("It is a small case", "There is not much of it"),
    "middling": ("It is a middling case", "There is some of it"),
    "large": ("It is a large case", "There is a lot of it"),
    "very large": ("It is a very large case", "There is a great deal of it"),
}
SHAPE_WORDS = {
    "full": ("nothing is to spare", "there is no slack"),
    "tight": ("hardly anything is to spare", "there is little slack"),
    "some": ("something is to spare", "there is some slack"),
    "free": ("plenty is to spare", "there is much slack"),
    "ring": ("all lie in a ring", "together they form a circle"),
    "scattered": ("all lie scattered", "they are all over the place"),
    "empty": ("nothing is settled yet", "all is open"),
    "begun": ("some of it is settled", "a part is given"),
    "alike": ("things are much alike", "one is as good as another"),
    "apart": ("things differ widely", "some are far better than others"),
    "fine": ("they are in small figures", "the figures are short"),
    "coarse": ("they are in large figures", "the figures are long"),
    "uneven": ("one part has most of the load", "the load is uneven"),
    "even": ("the load is shared evenly", "every part has its share"),
    "two": ("a pair goes together", "two go together"),
    "three": ("about three go together", "three or so go together"),
    "many": ("many go together", "a lot go together"),
    "sparse": ("each touches few others", "few concern each other"),
    "dense": ("each touches many others", "many concern each other"),
}
ALIKE, APART = 0.95, 0.7
"""Correlation of worth and weight."""
DENSE = 4.3
"""Neighbours of a place, on average."""
UNEVEN = 0.6
"""Of all hours, on one machine."""
LONG = 1_000
TIGHT, FREE = 0.4, 1.0
"""Shifts to spare, for each that is needed."""


def remarks(rng: random.Random, spec: Spec) -> tuple[str, str]:
    """A sentence on its size, to begin with, and one on its shape for the end."""
    size, *shapes = size_and_shape(spec)
    said = ", and ".join(rng.choice(SHAPE_WORDS[shape]) for shape in shapes)
    return f"{rng.choice(SIZE_WORDS[size])}.", f"{said[:1].upper()}{said[1:]}." if said else ""


def size_and_shape(spec: Spec) -> list[str]:
    decisions, shapes = SHAPES[spec.family](spec)
    return [next(word for most, word in SIZES if decisions <= most), *shapes]


def _colouring(spec: Any) -> tuple[int, list[str]]:
    dense = 2 * len(spec.edges) / spec.places > DENSE
    given = ["begun"] if spec.given else []
    return spec.places, ["dense" if dense else "sparse", *given]


def _knapsack(spec: Any) -> tuple[int, list[str]]:
    weights, worths = zip(*spec.items, strict=True)
    varied = len(set(weights)) > 1 and len(set(worths)) > 1
    goes = correlation(weights, worths) if varied else 1.0
    shape = ["alike"] if goes > ALIKE else ["apart"] if goes < APART else []
    return len(weights), shape


def _packing(spec: Any) -> tuple[int, list[str]]:
    together = round(spec.limit / mean(spec.sizes))
    shape = "two" if together <= 2 else "three" if together == 3 else "many"
    full = ["full"] if sum(spec.sizes) % spec.limit == 0 else []
    return len(spec.sizes), [shape, *full]


def _tour(spec: Any) -> tuple[int, list[str]]:
    return len(spec.stops), ["ring" if _in_a_ring(spec.stops) else "scattered"]


def _in_a_ring(stops: Sequence[tuple[int, int]]) -> bool:
    """Seen from their middle, all are about as far away."""
    middle = (mean(x for x, _ in stops), mean(y for _, y in stops))
    far = [math.dist(stop, middle) for stop in stops]
    return max(far) < 1.5 * min(far)


def _queens(spec: Any) -> tuple[int, list[str]]:
    return spec.size, ["begun" if spec.given else "empty"]


def _shifts(spec: Any) -> tuple[int, list[str]]:
    needed = spec.days * spec.need
    spare = len(spec.pay) * spec.most / needed - 1
    return needed, ["tight" if spare < TIGHT else "some" if spare < FREE else "free"]


def _subset(spec: Any) -> tuple[int, list[str]]:
    return len(spec.numbers), ["coarse" if max(spec.numbers) >= LONG else "fine"]


def _jobs(spec: Any) -> tuple[int, list[str]]:
    hours = Counter[int]()
    for job in spec.jobs:
        for machine, time in job:
            hours[machine] += time
    uneven = max(hours.values()) > UNEVEN * hours.total()
    return sum(map(len, spec.jobs)), ["uneven" if uneven else "even"]


SHAPES: Mapping[str, Callable[[Any], tuple[int, list[str]]]] = {
    "colouring": _colouring,
    "knapsack": _knapsack,
    "packing": _packing,
    "tour": _tour,
    "queens": _queens,
    "shifts": _shifts,
    "subset": _subset,
    "jobs": _jobs,
}
