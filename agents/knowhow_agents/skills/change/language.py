"""What a specialist writes about coins and amounts, and how it is read.

    coins: 1 4 9
    pay: 37
    at most: 5

Of a piece of a problem, any of these lines may be missing; a whole needs them all. Reading is
strict and bounded: what makes no sense is refused with its reason, never mended. Knows nothing
about how coins are counted.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum

from knowhow_adapters.decode.grammar import Grammar, quote
from knowhow_agents.journal.standing import wholes
from knowhow_memory.errors import InputError

MAX_LETTERS = 5_000
MAX_COINS = 30
PIECE_COINS = 6
"""A piece holds a few; a text without punctuation may hold some more."""
NOTHING = "nothing"
"""Written about a piece in which none of it is mentioned."""
UNCLEAR = "unclear"
"""Written about a piece that has something in it that cannot be read."""
NUMBER = r"0|[1-9][0-9]{0,2}"
LINES = {
    "coins": re.compile(rf"coins: ((?:{NUMBER})(?: (?:{NUMBER}))*)"),
    "pay": re.compile(rf"pay: ({NUMBER})"),
    "most": re.compile(rf"at most: ({NUMBER})"),
}


class Way(StrEnum):
    """The fewest coins can be sought in several ways; not all find them."""

    TABLE = "table of all amounts"
    LARGEST_FIRST = "largest coin first"
    TWO_KINDS = "two kinds of coins at most"
    SMALLEST_FIRST = "smallest coin first"
    DIVIDE = "divide by the largest coin"


class PlanRefused(InputError):
    """Says which line of a plan, or what in it, cannot be used."""


@dataclass(frozen=True)
class Plan:
    """What stands in one piece of a problem, or in all of it."""

    coins: tuple[int, ...] = ()
    pay: int | None = None
    most: int | None = None
    turned: bool = field(default=False, compare=False)
    """Whether the limit stands before the amount, and is written so."""

    def __str__(self) -> str:
        lines = [f"coins: {' '.join(map(str, self.coins))}"] if self.coins else []
        rest = [f"pay: {self.pay}"] if self.pay is not None else []
        rest += [f"at most: {self.most}"] if self.most is not None else []
        return "\n".join([*lines, *(rest[::-1] if self.turned else rest)]) or NOTHING


def parse(text: str) -> Plan:
    if len(text) > MAX_LETTERS:
        raise PlanRefused(f"a plan of {len(text):,} letters; at most {MAX_LETTERS:,} are read")
    if text == NOTHING:
        return Plan()
    if text == UNCLEAR:
        raise PlanRefused("something in the problem cannot be read")
    found: dict[str, list[int]] = {}
    for number, line in enumerate(text.splitlines(), 1):
        name, numbers = _line(number, line)
        if name in found:
            raise PlanRefused(f"line {number}: {name!r} is given twice")
        found[name] = numbers
    coins = tuple(found.get("coins", ()))
    if 0 in coins:
        raise PlanRefused("a coin is worth something, got 0")
    pay, most = (found[name][0] if name in found else None for name in ("pay", "most"))
    return Plan(coins, pay, most)


def join(pieces: Iterable[Plan]) -> Plan:
    """The plan of a problem from those of its pieces."""
    pieces = list(pieces)
    coins = tuple(dict.fromkeys(coin for piece in pieces for coin in piece.coins))
    if len(coins) > MAX_COINS:
        raise PlanRefused(f"{len(coins)} coins; at most {MAX_COINS} are read")
    amounts = {piece.pay for piece in pieces if piece.pay is not None}
    limits = {piece.most for piece in pieces if piece.most is not None}
    for name, given in (("amounts", amounts), ("limits", limits)):
        if len(given) > 1:
            raise PlanRefused(f"several {name}: {', '.join(map(str, sorted(given)))}")
    return Plan(coins, next(iter(amounts), None), next(iter(limits), None))


def grammar() -> Grammar:
    """What can be written about a piece; `parse` may still refuse what it says."""
    number = f"/{NUMBER}/"
    return _grammar(number, f'({number}) (" " ({number})){{0,{PIECE_COINS - 1}}}')


def narrowed(piece: str) -> Grammar:
    """Only with numbers that stand in the piece; where there are coins in it, all of them are."""
    found = wholes(piece)
    if not found:
        return Grammar.choice([NOTHING, UNCLEAR])
    return _grammar(" | ".join(map(quote, found)), quote(" ".join(digits(piece) or found)))


def digits(piece: str) -> list[str]:
    """Its numbers in digits, each once: coins are never spelt out."""
    return list(dict.fromkeys(re.findall(r"[0-9]+", piece)))


def _grammar(number: str, coins: str) -> Grammar:
    return Grammar.lark(
        f"""
start: coins | pay | most | coins "\\n" rest | rest | "{NOTHING}" | "{UNCLEAR}"
rest: pay "\\n" most | most "\\n" pay
coins: "coins: " {coins}
pay: "pay: " number
most: "at most: " number
number: {number}
"""
    )


def _line(number: int, line: str) -> tuple[str, list[int]]:
    for name, form in LINES.items():
        if found := form.fullmatch(line):
            return name, [int(each) for each in found[1].split()]
    raise PlanRefused(f"line {number} is not a line of a plan: {line[:60]!r}")
