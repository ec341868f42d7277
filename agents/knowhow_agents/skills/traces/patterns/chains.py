"""Long ways of a number through one sum after another; a kind of arithmetic.

Knows nothing about names and sides: whoever tells the problem fills the gaps.
"""

import random
from dataclasses import dataclass
from fractions import Fraction

SHORT = (3, 7)
LONG = (8, 12)
"""How many operations."""
LARGEST = 5_000

OPENING = {
    False: (
        "A counter in the {p} shows {n}.",
        "The score of {a}'s team is {n}.",
        "{a} writes {n} on the board.",
        "The game begins at {n} points.",
        "In the ledger of the {p}, the first entry is {n}.",
        "{a} thinks of the number {n}.",
    ),
    True: ("The pointer of a dial at the {p} is at {n}.", "{a} puts down {n} as the first number."),
}
SENTENCES = {
    ("add", False): (
        "Then {n} is added.", "It rises by {n}.", "{n} comes on top.", "It is increased by {n}.",
        "Next it gains {n}.", "After that it grows by {n}.",
        "{n} is put on top of it.", "Now {n} more is added to it.", "It is made {n} larger.",
    ),
    ("add", True): ("It climbs {n} higher.", "It is raised by {n}."),
    ("sub", False): (
        "Then {n} is subtracted.", "It falls by {n}.", "{n} is taken away.",
        "It is decreased by {n}.", "Next it loses {n}.", "After that it drops by {n}.",
        "{n} is taken off it.", "Now {n} is deducted from it.", "It is made {n} smaller.",
    ),
    ("sub", True): ("It sinks {n} lower.", "It is brought down by {n}."),
    ("mul", False): (
        "Then it is multiplied by {n}.", "It becomes {n} times as large.",
        "It is taken {n} times.", "Next it is made {n} times as big.",
        "It grows to {n} times what it was.", "After that comes a multiplication by {n}.",
        "It is made {n} times as large.", "Now it is multiplied by {n}.",
        "The product with {n} is taken.",
    ),
    ("mul", True): ("It swells to {n} times its size.", "Multiplying by {n} follows."),
    ("div", False): (
        "Then it is divided by {n}.", "It is split into {n} equal parts, and one part is kept.",
        "One of {n} equal shares of it is kept.", "Next comes a division by {n}.",
        "It shrinks to one part in {n}.", "After that it is cut into {n} equal pieces; one counts.",
        "Now it is divided by {n}.", "It is shared by {n}, and one share is kept.",
        "Only one part of {n} equal parts is kept.",
    ),
    ("div", True): ("Dividing by {n} follows.", "Of {n} equal slices of it, one stays."),
}  # fmt: skip
QUESTION = {
    False: (
        "What is it in the end?", "At what number does it end?", "What comes out?",
        "Which number is reached?", "What is the final number?", "Where does it end?",
    ),
    True: ("What number is it after all that?", "What does the last step give?"),
}  # fmt: skip


@dataclass(frozen=True)
class Chain:
    start: int
    moves: tuple[tuple[str, int], ...]

    @property
    def answer(self) -> Fraction:
        value = Fraction(self.start)
        for operation, number in self.moves:
            value = _moved(value, operation, number)
        return value

    @property
    def numbers(self) -> list[str]:
        return [str(self.start), *(f"{operation}{number}" for operation, number in self.moves)]

    @property
    def steps(self) -> str:
        lines, before = [f"value = {self.start}"], "value"
        for at, (operation, number) in enumerate(self.moves, 1):
            after = "result" if at == len(self.moves) else f"step{at}"
            lines += [f"n{at} = {number}", f"{after} = {operation} {before} n{at}"]
            before = after
        return "; ".join([*lines, "query result"])


def draw_chain(rng: random.Random, operations: int) -> Chain:
    start = rng.randint(5, 200)
    value, moves = Fraction(start), list[tuple[str, int]]()
    for _ in range(operations):
        move = rng.choice(_possible(rng, int(value)))
        moves.append(move)
        value = _moved(value, *move)
    return Chain(start, tuple(moves))


def _possible(rng: random.Random, value: int) -> list[tuple[str, int]]:
    """Moves that keep the number whole, above zero and readable."""
    moves = [("add", rng.randint(2, 99))]
    if value > 2:
        moves.append(("sub", rng.randint(2, min(99, value - 1))))
    factor = rng.randint(2, 6)
    if value * factor <= LARGEST:
        moves.append(("mul", factor))
    divisors = [number for number in range(2, 10) if value % number == 0]
    if divisors:
        moves.append(("div", rng.choice(divisors)))
    return moves


def _moved(value: Fraction, operation: str, number: int) -> Fraction:
    match operation:
        case "add":
            return value + number
        case "sub":
            return value - number
        case "mul":
            return value * number
    return value / number
