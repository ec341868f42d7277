"""What the journal has to know of a skill: how to draw problems, to count, and to be checked.

In every problem something is counted and compared with what there is. A specialist reads a problem
piece by piece; a solver counts in one of several ways, not all of which are right. Knows nothing of
teachers.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from knowhow_adapters.decode.grammar import Grammar
from knowhow_adapters.learn.train import Settings

RIGHT, WRONG_NUMBER, WRONG, REFUSED = 1.0, 0.5, 0.2, 0.0
"""Of an attempt: number and verdict right; the verdict alone; read and wrong; not to be used."""


@dataclass(frozen=True)
class Answer:
    number: int | None
    """What was counted."""
    enough: bool | None
    """Whether what there is suffices; None where the problem or its reading was refused."""
    fault: str = ""


@dataclass(frozen=True)
class Exercise:
    problem: str
    pieces: tuple[str, ...]
    """What stands in each of its pieces, written as a specialist should."""
    answer: Answer
    counts: tuple[int, ...]
    """What can be told without understanding the text: for a baseline that only counts."""


class Skill(Protocol):
    name: str
    """The specialist's, too."""
    number: str
    """What is counted, in words."""
    question: str
    """What is answered with yes or no, whatever way a problem puts it."""
    ways: Mapping[str, str]
    """To count: the name of each, and what is done."""
    sizes: Sequence[str]
    """Of problems in an examination; the last is longer than any that is trained on."""
    grammar: Grammar
    """Of what is written about a piece."""
    training: Settings
    useless_share: int
    """One piece beside so many is one that nobody can use: to learn from."""

    def draw(self, count: int, seed: int) -> list[Exercise]:
        """To learn from; both verdicts come equally often."""
        ...

    def exam(self, size: str, count: int, seed: int, *, new: bool) -> list[Exercise]:
        """Problems that never occur in training; `new` ones in phrasings that don't, either."""
        ...

    def useless(self, count: int, seed: int) -> list[tuple[str, str]]:
        """Pieces that nobody can use, and what is to be written about them so that the solver
        refuses: to learn from."""
        ...

    def broken(self, count: int, seed: int) -> Mapping[str, Sequence[str]]:
        """Problems that must be refused, so many of each kind."""
        ...

    def ask(self, piece: str) -> str:
        """How a specialist is asked about a piece."""
        ...

    def ask_way(self) -> str:
        """How it is asked which way to count."""
        ...

    def narrowed(self, piece: str) -> Grammar:
        """Of what is written about this very piece, with nothing but its own numbers."""
        ...

    def amiss(self, piece: str, written: str) -> str | None:
        """What shows that this was not read rightly, such as a number that does not stand there."""
        ...

    def solve(self, written: Sequence[str], way: str) -> Answer:
        """From what is written about all pieces of a problem."""
        ...


def grade(answer: Answer, right: Answer) -> float:
    if answer.enough is None:
        return REFUSED
    if answer.enough != right.enough:
        return WRONG
    return RIGHT if answer.number == right.number else WRONG_NUMBER
