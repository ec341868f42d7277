"""Reads a problem in words: from the shapes of its data, whatever the sentences around them say.

A row of pairs is who must differ, a row of points a round, an amount with a worth something to
pack. Strict: every number of a text has to find its place in the spec, or the text is refused with
its reason, never mended. So a spec that somebody else made of a text can be held against it, too.
Knows nothing about frames, of training or kept aside; what is told in other shapes it cannot read.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import astuple

from knowhow_agents.skills.planning.specs import (
    Colouring,
    Jobs,
    Knapsack,
    Packing,
    Queens,
    Shifts,
    Spec,
    SpecRefused,
    Subset,
    Tour,
)

MAX_LETTERS = 20_000
NUMBER = re.compile(r"\d+")
EDGE = re.compile(r"\b(\d+)-(\d+)\b")
GIVEN_COLOUR = re.compile(r"(\d+) has (\d+)")
ITEM = re.compile(r"(\d+) k?g,? \(?worth (\d+)")
WEIGHT = re.compile(r"(\d+) k?g\b")
AMOUNT = re.compile(r"(\d+) (?:kg|cm|litres|minutes)\b")
POINT = re.compile(r"\((\d+), (\d+)\)")
QUEEN = re.compile(r"column (\d+), row (\d+)")
STAFF = re.compile(r"(\d+) a shift, away on (no day|\d+(?:, \d+)*)")
NEED = re.compile(r"(\d+) people a day")
DAYS = re.compile(r"(\d+) days")
MOST = re.compile(r"(\d+) shifts")
REST = re.compile(r"two days running")
JOB = re.compile(r"\bJ(\d+)([^;]*)")
STEP = re.compile(r"M(\d+) (?:for )?(\d+) h\b|(\d+) h on M(\d+)")
ROW = re.compile(r"\d+(?:, \d+){2,}")


class Text:
    """What is left to be read."""

    def __init__(self, text: str) -> None:
        self.left = text

    def take(self, shape: re.Pattern[str]) -> list[re.Match[str]]:
        found = list(shape.finditer(self.left))
        self.left = shape.sub(" ", self.left)
        return found

    def one(self, shape: re.Pattern[str], what: str) -> int:
        numbers = {int(found[1]) for found in self.take(shape)}
        if len(numbers) != 1:
            said = ", ".join(map(str, sorted(numbers))) or "nothing"
            raise SpecRefused(f"the text should say one number of {what}: it says {said}")
        return numbers.pop()

    def finish(self, count: int) -> None:
        """What else it says can only be how many things it lists."""
        for number in {int(found[0]) for found in NUMBER.finditer(self.left)} - {count}:
            raise SpecRefused(f"the text says {number}, which fits nowhere: it lists {count}")


def read(problem: str) -> Spec:
    """The spec that stands in a text."""
    if len(problem) > MAX_LETTERS:
        raise SpecRefused(
            f"a problem of {len(problem):,} letters; at most {MAX_LETTERS:,} are read"
        )
    for shape, reader in SHAPES.items():
        if shape.search(problem):
            return reader(Text(problem))
    raise SpecRefused("no family of planning problems looks like this text")


def contradictions(problem: str, spec: Spec) -> list[str]:
    """What somebody's spec says otherwise than the text does, or nothing."""
    told = read(problem)
    if told == spec:
        return []
    if told.family != spec.family:
        return [f"the text is about {told.family}, the spec about {spec.family}"]
    fields = zip(told.__dataclass_fields__, astuple(told), astuple(spec), strict=True)
    return [f"{name} differs from the text" for name, said, made in fields if said != made]


def _colouring(text: Text) -> Spec:
    edges = _pairs(text, EDGE)
    given = _pairs(text, GIVEN_COLOUR)
    numbers = [int(found[0]) for found in text.take(NUMBER)]
    if len(numbers) != 2:
        raise SpecRefused(f"the text should say how many places and colours: it says {numbers}")
    return Colouring(max(numbers), edges, min(numbers), given)


def _knapsack(text: Text) -> Spec:
    items = _pairs(text, ITEM)
    limit = text.one(WEIGHT, "the limit")
    text.finish(len(items))
    return Knapsack(items, limit)


def _packing(text: Text) -> Spec:
    limit = text.one(AMOUNT, "a box")
    sizes = _row(text)
    text.finish(len(sizes))
    return Packing(sizes, limit)


def _tour(text: Text) -> Spec:
    stops = _pairs(text, POINT)
    text.finish(len(stops))
    return Tour(stops)


def _queens(text: Text) -> Spec:
    given = _pairs(text, QUEEN)
    return Queens(text.one(re.compile(r"(\d+)"), "columns"), given)


def _shifts(text: Text) -> Spec:
    staff = text.take(STAFF)
    need, days = text.one(NEED, "people a day"), text.one(DAYS, "days")
    most, rest = text.one(MOST, "shifts"), bool(text.take(REST))
    text.finish(len(staff))
    off = tuple(tuple(int(day) for day in NUMBER.findall(found[2])) for found in staff)
    return Shifts(days, need, tuple(int(found[1]) for found in staff), off, most, rest)


def _subset(text: Text) -> Spec:
    numbers = _row(text)
    others = [int(found[0]) for found in text.take(NUMBER)]
    if len(others) == 2 and len(numbers) in others:
        others.remove(len(numbers))
    if len(others) != 1:
        raise SpecRefused(f"the text should say one sum: beside the row it says {others}")
    return Subset(numbers, others[0])


def _jobs(text: Text) -> Spec:
    jobs = []
    for number, found in enumerate(text.take(JOB), 1):
        if int(found[1]) != number:
            raise SpecRefused(f"job {number} is called {found[1]}")
        inside = Text(found[2])
        steps = [step.groups() for step in inside.take(STEP)]
        text.left += inside.left
        jobs.append(tuple((int(s[0] or s[3]), int(s[1] or s[2])) for s in steps))
    text.finish(len(jobs))
    return Jobs(tuple(jobs))


def _pairs(text: Text, shape: re.Pattern[str]) -> tuple[tuple[int, int], ...]:
    return tuple((int(found[1]), int(found[2])) for found in text.take(shape))


def _row(text: Text) -> tuple[int, ...]:
    rows = text.take(ROW)
    if len(rows) != 1:
        raise SpecRefused(f"the text should list one row of numbers: it has {len(rows)}")
    return tuple(int(number) for number in NUMBER.findall(rows[0][0]))


SHAPES: Mapping[re.Pattern[str], Callable[[Text], Spec]] = {
    STEP: _jobs,
    ITEM: _knapsack,
    STAFF: _shifts,
    EDGE: _colouring,
    re.compile(r"\bqueens?\b"): _queens,
    POINT: _tour,
    AMOUNT: _packing,
    ROW: _subset,
}
"""What gives a family away, the surest first."""
