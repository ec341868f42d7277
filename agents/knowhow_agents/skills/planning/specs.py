"""What a plan is asked for: one small frozen class for each family, checked when it is made.

    Spec
    ├── Colouring   neighbours look different
    ├── Knapsack    the greatest worth within a limit
    ├── Packing     as few boxes as possible
    ├── Tour        the shortest round
    ├── Queens      on a board on which some stand already
    ├── Shifts      who works when, at the least pay
    ├── Subset      numbers that add up to a goal
    └── Jobs        machines in turn, done as early as possible

A spec that makes no sense is refused with its reason. Knows nothing about texts and strategies.
"""

from dataclasses import dataclass
from itertools import pairwise

from knowhow_memory.errors import InputError

MOST = 100
"""Things, places, jobs, days: who lists more is not read."""
LARGEST = 1_000_000

Pair = tuple[int, int]


class SpecRefused(InputError):
    """What was given is no problem of its family; the text says why."""


class Unsolvable(SpecRefused):
    """No plan can do what is asked; the text says why."""


@dataclass(frozen=True)
class Spec:
    @property
    def family(self) -> str:
        return type(self).__name__.lower()


@dataclass(frozen=True)
class Colouring(Spec):
    """Places are numbered from 1; `given` are (place, colour)."""

    places: int
    edges: tuple[Pair, ...]
    colours: int
    given: tuple[Pair, ...] = ()

    def __post_init__(self) -> None:
        _count("places", self.places)
        _count("colours", self.colours)
        for edge in self.edges:
            _within("place", edge, self.places)
            if edge[0] == edge[1]:
                raise Unsolvable(f"place {edge[0]} cannot differ from itself")
        _within("place", [place for place, _ in self.given], self.places)
        _within("colour", [colour for _, colour in self.given], self.colours)


@dataclass(frozen=True)
class Knapsack(Spec):
    """Items are (weight, worth)."""

    items: tuple[Pair, ...]
    limit: int

    def __post_init__(self) -> None:
        _count("things", len(self.items))
        _amounts("limit", [self.limit])
        _amounts("weight or worth", [number for item in self.items for number in item])


@dataclass(frozen=True)
class Packing(Spec):
    sizes: tuple[int, ...]
    limit: int

    def __post_init__(self) -> None:
        _count("things", len(self.sizes))
        _amounts("limit", [self.limit])
        _amounts("size", self.sizes)
        if max(self.sizes) > self.limit:
            raise Unsolvable(f"{max(self.sizes)} does not go into a box for {self.limit}")


@dataclass(frozen=True)
class Tour(Spec):
    """Where the stops are; the round begins and ends at the first."""

    stops: tuple[Pair, ...]

    def __post_init__(self) -> None:
        _count("stops", len(self.stops))
        if len(self.stops) < 3:
            raise SpecRefused("a round has three stops or more")


@dataclass(frozen=True)
class Queens(Spec):
    """One queen in each column; `given` are (column, row)."""

    size: int
    given: tuple[Pair, ...] = ()

    def __post_init__(self) -> None:
        _count("columns", self.size)
        _within("square", [number for square in self.given for number in square], self.size)
        for at, (column, row) in enumerate(self.given):
            for other, height in self.given[:at]:
                if column == other or abs(row - height) in (0, abs(column - other)):
                    raise Unsolvable(
                        f"queens {other}/{height} and {column}/{row} attack each other"
                    )


@dataclass(frozen=True)
class Shifts(Spec):
    """`pay` for a shift and days `off` are of each person; days are numbered from 1."""

    days: int
    need: int
    pay: tuple[int, ...]
    off: tuple[tuple[int, ...], ...]
    most: int
    rest: bool = False
    """Nobody works on two days running."""

    def __post_init__(self) -> None:
        _count("days", self.days)
        _count("people", len(self.pay))
        _count("shifts", self.most)
        _amounts("pay", self.pay)
        if len(self.off) != len(self.pay):
            raise SpecRefused(f"{len(self.pay)} people, and days off of {len(self.off)}")
        for days in self.off:
            _within("day", days, self.days)
        if self.need * self.days > self.most * len(self.pay):
            raise Unsolvable(
                f"{self.need * self.days} shifts, and {len(self.pay)} people work {self.most} each"
            )


@dataclass(frozen=True)
class Subset(Spec):
    numbers: tuple[int, ...]
    goal: int

    def __post_init__(self) -> None:
        _count("numbers", len(self.numbers))
        _amounts("number", (*self.numbers, self.goal))
        if sum(self.numbers) < self.goal:
            raise Unsolvable(f"all numbers together are {sum(self.numbers)}, not {self.goal}")


@dataclass(frozen=True)
class Jobs(Spec):
    """Each job is a row of (machine, hours), one after the other."""

    jobs: tuple[tuple[Pair, ...], ...]

    def __post_init__(self) -> None:
        _count("jobs", len(self.jobs))
        _count("steps", sum(map(len, self.jobs)))
        for job in self.jobs:
            _amounts("machine or hours", [number for step in job for number in step])
            if any(one[0] == other[0] for one, other in pairwise(job)):
                raise SpecRefused("a job goes to the same machine twice running")


def _count(what: str, number: int) -> None:
    if not 0 < number <= MOST:
        raise SpecRefused(f"{number} {what}: there are between 1 and {MOST}")


def _amounts(what: str, numbers: "tuple[int, ...] | list[int]") -> None:
    for number in numbers:
        if not 0 < number <= LARGEST:
            raise SpecRefused(f"{what} {number}: it is between 1 and {LARGEST:,}")


def _within(what: str, numbers: "tuple[int, ...] | list[int]", last: int) -> None:
    for number in numbers:
        if not 1 <= number <= last:
            raise SpecRefused(f"no {what} {number}: they go from 1 to {last}")
