"""Numbers of problems: what is drawn, how a text says it, how a trace writes it.

Knows nothing about what a number is for.
"""

import random
from dataclasses import dataclass
from fractions import Fraction
from typing import Protocol

SPELLED = (
    "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "a dozen",
)  # fmt: skip
SPELLED_FROM = 2
SPELLED_SHARE = 0.12
"""How often a number that can be said in a word is."""
COMMA_SHARE = 0.8
CENTS = (".25", ".50", ".75", ".95", ".20", ".40")
CENTS_SHARE = 0.3
TIMES = {
    "twice": "2", "three times": "3", "four times": "4", "five times": "5", "six times": "6",
    "seven times": "7", "half": "1/2", "a third": "1/3", "a quarter": "1/4", "a fifth": "1/5",
}  # fmt: skip


@dataclass(frozen=True)
class Quantity:
    said: str
    written: str

    @property
    def value(self) -> Fraction:
        return Fraction(self.written)


class Source(Protocol):
    def draw(self, rng: random.Random) -> Quantity: ...


@dataclass(frozen=True)
class Whole:
    """Of things that are counted."""

    low: int
    high: int

    def draw(self, rng: random.Random) -> Quantity:
        number = rng.randint(self.low, self.high)
        word = number - SPELLED_FROM
        if 0 <= word < len(SPELLED) and rng.random() < SPELLED_SHARE:
            return Quantity(SPELLED[word], str(number))
        return _in_digits(number, rng)


@dataclass(frozen=True)
class Plain:
    """Of dollars and other measures: always in digits."""

    low: int
    high: int

    def draw(self, rng: random.Random) -> Quantity:
        return _in_digits(rng.randint(self.low, self.high), rng)


@dataclass(frozen=True)
class Price:
    """Dollars, at times with cents."""

    low: int
    high: int

    def draw(self, rng: random.Random) -> Quantity:
        number = rng.randint(self.low, self.high)
        if rng.random() >= CENTS_SHARE:
            return Quantity(str(number), str(number))
        text = f"{number}{rng.choice(CENTS)}"
        return Quantity(text, text)


@dataclass(frozen=True)
class Percent:
    low: int
    high: int
    step: int = 5

    def draw(self, rng: random.Random) -> Quantity:
        number = str(rng.randrange(self.low, self.high + 1, self.step))
        return Quantity(number, number)


@dataclass(frozen=True)
class Times:
    """How many times as much; a share where it is less."""

    def draw(self, rng: random.Random) -> Quantity:
        said = rng.choice(list(TIMES))
        written = TIMES[said]
        if written.isdigit() and written != "2" and rng.random() < 1 / 2:
            said = f"{written} times"
        return Quantity(said, written)


def _in_digits(number: int, rng: random.Random) -> Quantity:
    commas = number >= 1_000 and rng.random() < COMMA_SHARE
    return Quantity(f"{number:,}" if commas else str(number), str(number))
