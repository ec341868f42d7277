"""Small sums over a problem's own numbers that come to a known answer.

An answer alone does not say how it came about. This tries every way to join a problem's numbers:
all of them once; failing that, one of them twice or a constant that the text hints at beside them;
failing that, all but one. What comes back are guesses that hold for this answer; which of them mean
what the text says is for others to find out. Knows nothing about models and words.
"""

import itertools
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from knowhow_agents.skills.traces.numbers import Reading, find_numbers

MOST_ITEMS = 5
"""Numbers that are joined: five can be in 230,000 ways, six in 20 million."""
MOST_WAYS = 400
"""Ways to read the percentages of one problem and to choose what to leave out."""
EXACT = 1e-7
"""How near floating point comes to an answer that exact sums would meet."""
LARGEST = 1e9
HINTS: Mapping[str, tuple[int, ...]] = {
    "week": (7,), "day": (24, 7), "hour": (60,), "minute": (60,), "month": (12, 4, 30),
    "year": (12, 52, 365), "annual": (12,), "feet": (12,), "foot": (12,), "average": (2, 3),
    "quarter": (4,), "both": (2,), "each": (2,), "cent": (100,), "pair": (2,),
}  # fmt: skip
"""Numbers that a text has in mind without saying them, by its words."""
WORD = re.compile(r"[a-z]+")


@dataclass(frozen=True)
class Quantity:
    """A number as a sum may use it."""

    value: Fraction
    place: int
    """How manieth of the text; constants come behind all of them."""
    way: str = "said"
    """Percentages are said, or stand for their share, or for what they leave or make of a whole."""


@dataclass(frozen=True)
class Sum:
    op: str
    left: "Tree"
    right: "Tree"


Tree = Quantity | Sum
Floats = NDArray[np.float64]
Ints = NDArray[np.intp]


# A problem's numbers


def quantities(text: str) -> list[tuple[Quantity, ...]]:
    """Every number of a text, with the ways in which it may be meant."""
    return [tuple(_ways(reading, at)) for at, reading in enumerate(find_numbers(text))]


def constants(text: str) -> list[Quantity]:
    """Numbers that its words hint at."""
    words = {word.removesuffix("s") for word in WORD.findall(text.lower())}
    hinted = dict.fromkeys(n for word, ns in HINTS.items() if word in words for n in ns)
    behind = len(find_numbers(text))
    return [Quantity(Fraction(n), behind + at, f"hint {n}") for at, n in enumerate(hinted)]


def _ways(reading: Reading, place: int) -> Iterator[Quantity]:
    share = reading.value / 100
    if reading.percent:
        yield Quantity(share, place, "share")
        yield Quantity(1 + share, place, "more")
        if share < 1:
            yield Quantity(1 - share, place, "less")
    yield Quantity(reading.value, place)


# Reaching an answer


def trees_to(text: str, answer: Fraction) -> list[Tree]:
    """Sums that come to an answer by the plainest choice of numbers that does at all."""
    said, hinted = quantities(text), constants(text)
    for choose in (_all_once, _one_more, _one_less):
        found: dict[Tree, None] = {}
        for items in itertools.islice(choose(said, hinted), MOST_WAYS):
            if 2 <= len(items) <= MOST_ITEMS:
                found |= dict.fromkeys(_plain(_joined(items, float(answer))))
        if found:
            return list(found)
    return []


def _plain(trees: Iterator[Tree]) -> Iterator[Tree]:
    return (in_order(tree) for tree in trees if _makes_sense(tree))


Said = Sequence[tuple[Quantity, ...]]
Items = tuple[Quantity, ...]


def _all_once(said: Said, hinted: Sequence[Quantity]) -> Iterator[Items]:
    return itertools.product(*said)


def _one_more(said: Said, hinted: Sequence[Quantity]) -> Iterator[Items]:
    for items in itertools.product(*said):
        for again in dict.fromkeys([*items, *hinted]):
            yield (*items, again)


def _one_less(said: Said, hinted: Sequence[Quantity]) -> Iterator[Items]:
    for items in itertools.product(*said):
        yield from itertools.combinations(items, max(0, len(items) - 1))


OPERATIONS = ("add", "sub", "sub back", "mul", "div", "div back")


@dataclass(frozen=True)
class _Stage:
    """All ways to join two of what there is, for all ways so far that make sense."""

    values: Floats
    """Way × what is left: the newest result last."""
    before: Ints
    """Which way of the stage before each goes on from."""
    pair: Ints
    operation: Ints


def _joined(items: Items, answer: float) -> Iterator[Tree]:
    """Every way in which all items together come to the answer."""
    values = np.array([[float(item.value) for item in items]])
    none = np.zeros(1, np.intp)
    stages = [_Stage(values, none, none, none)]
    for _ in items[1:]:
        stages.append(_join_two(stages[-1].values))
    last = stages[-1].values[:, 0]
    for way in np.flatnonzero(np.abs(last - answer) <= EXACT * max(1.0, abs(answer))):
        yield _rebuilt(items, stages, int(way))


def _pairs(count: int) -> list[tuple[int, int]]:
    return list(itertools.combinations(range(count), 2))


def _join_two(values: Floats) -> _Stage:
    pairs = _pairs(values.shape[1])
    with np.errstate(divide="ignore", invalid="ignore"):
        stages = [
            _Stage(
                np.column_stack([np.delete(values, pair, axis=1), result]),
                np.arange(len(values)),
                np.full(len(values), number),
                np.full(len(values), operation),
            )
            for number, pair in enumerate(pairs)
            for operation, result in enumerate(_results(values[:, pair[0]], values[:, pair[1]]))
        ]
    whole = _Stage(
        np.concatenate([stage.values for stage in stages]),
        np.concatenate([stage.before for stage in stages]),
        np.concatenate([stage.pair for stage in stages]),
        np.concatenate([stage.operation for stage in stages]),
    )
    result = whole.values[:, -1]
    sense = np.flatnonzero((result > 0) & (result < LARGEST))
    return _Stage(
        whole.values[sense], whole.before[sense], whole.pair[sense], whole.operation[sense]
    )


def _results(left: Floats, right: Floats) -> tuple[Floats, ...]:
    """In the order of `OPERATIONS`."""
    return left + right, left - right, right - left, left * right, left / right, right / left


def _rebuilt(items: Items, stages: Sequence[_Stage], way: int) -> Tree:
    path: list[tuple[int, int]] = []
    for stage in reversed(stages[1:]):
        path.append((int(stage.pair[way]), int(stage.operation[way])))
        way = int(stage.before[way])
    trees: list[Tree] = list(items)
    for pair, operation in reversed(path):
        left, right = (trees[at] for at in _pairs(len(trees))[pair])
        name, _, back = OPERATIONS[operation].partition(" ")
        tree = Sum(name, right, left) if back else Sum(name, left, right)
        trees = [kept for at, kept in enumerate(trees) if at not in _pairs(len(trees))[pair]]
        trees.append(tree)
    return trees[0]


# One way to say it


def in_order(tree: Tree) -> Tree:
    """The same sum as everybody would write it: terms and factors in the order of the text, what is
    taken away or divided by behind what it is taken from. Sums that only differ in that are one."""
    if isinstance(tree, Quantity):
        return tree
    plus, minus = _group(tree.op)
    terms = sorted(_terms(tree, (plus, minus), plus), key=lambda term: _key(term[1]))
    whole, *more = (term for sign, term in terms if sign == plus)
    for term in more:
        whole = Sum(plus, whole, term)
    for term in (term for sign, term in terms if sign == minus):
        whole = Sum(minus, whole, term)
    return whole


def _makes_sense(tree: Tree) -> bool:
    """Nothing is taken away again that was just added, nor divided by what it was multiplied by."""
    if isinstance(tree, Quantity):
        return True
    terms = list(_terms(tree, _group(tree.op), _group(tree.op)[0]))
    given = {term for sign, term in terms if sign in ("add", "mul")}
    taken = {term for sign, term in terms if sign in ("sub", "div")}
    return not given & taken and all(_makes_sense(term) for _, term in terms)


def _group(op: str) -> tuple[str, str]:
    return ("add", "sub") if op in ("add", "sub") else ("mul", "div")


def _terms(tree: Tree, ops: tuple[str, str], sign: str) -> Iterator[tuple[str, Tree]]:
    """What is added and taken away, or multiplied with and divided by, however it was nested."""
    if isinstance(tree, Quantity) or tree.op not in ops:
        yield sign, in_order(tree)
        return
    plus, minus = ops
    turned = minus if sign == plus else plus
    yield from _terms(tree.left, ops, sign)
    yield from _terms(tree.right, ops, sign if tree.op == plus else turned)


def first_place(tree: Tree) -> int:
    if isinstance(tree, Quantity):
        return tree.place
    return min(first_place(tree.left), first_place(tree.right))


def _key(tree: Tree) -> tuple[int, str]:
    return first_place(tree), repr(tree)
