"""What a pattern of word problems is: texts with gaps, the numbers in them, the trace, the answer.

A template is `facts // question`: a problem of several parts takes the facts alone. `[one|another]`
leaves a choice. Steps are written briefly (`result = mul each boxes; query result`) and spelled out
by `steps_of`. The answer is worked out by a formula of its own, so that it can be held against what
the solver makes of the trace. Knows nothing about what a held-out item is for.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction
from typing import Any

from knowhow_agents.skills.traces.language import (
    COMPUTE,
    NUMBER,
    OPERATIONS,
    Kind,
    Operand,
    Step,
    Value,
)
from knowhow_agents.skills.traces.patterns.quantities import Source

QUESTION = " // "
GAP = re.compile(r"\{(\w+)\}")


class Result(StrEnum):
    """What a pattern's answer counts; it says which answers make sense."""

    THINGS = "things"
    MONEY = "money"
    MEASURE = "measure"

    def allows(self, answer: Fraction) -> bool:
        finest = {Result.THINGS: 1, Result.MONEY: 100, Result.MEASURE: 10}[self]
        return answer > 0 and (answer * finest).denominator == 1


@dataclass(frozen=True)
class Pattern:
    name: str
    specialist: str
    result: Result
    numbers: Mapping[str, Source]
    steps: str
    answer: Callable[[Any], Any]
    """From the values of the numbers by their names; of a part that goes on, `it` is the result of
    the part before."""
    it: str
    """How a part that goes on calls the result."""
    seen: tuple[str, ...]
    held: tuple[str, ...]
    keep: Callable[[Any], bool] = lambda _: True
    """Which draws of the numbers make sense."""

    def templates(self, *, held: bool) -> dict[str, str]:
        """By their ids."""
        texts, mark = (self.held, "held") if held else (self.seen, "")
        return {f"{self.name}/{mark}{at}": text for at, text in enumerate(texts)}


def steps_of(brief: str) -> tuple[Step, ...]:
    return tuple(_step(line.split()) for line in brief.split(";"))


def _step(words: Sequence[str]) -> Step:
    if words[1] != "=":
        return Step(words[0], _values(words[0], words[1:]))
    var, operation, operands = words[0], words[2], words[3:]
    if operation in COMPUTE:
        args = tuple(map(_operand, operands))
        return Step("compute", {"compute_op": operation, "args": args, "var": var})
    if operation in OPERATIONS:
        return Step(operation, _values(operation, [*operands, var]))
    value = _operand(operation)
    return Step("init", {"var": var, "source" if isinstance(value, str) else "value": value})


def _values(operation: str, words: Sequence[str]) -> dict[str, Value]:
    [keys] = OPERATIONS[operation]
    return {
        key: word if kind is Kind.NAME else _operand(word)
        for (key, kind), word in zip(keys.items(), words, strict=True)
    }


def _operand(word: str) -> Operand:
    return Fraction(word) if NUMBER.fullmatch(word) else word
