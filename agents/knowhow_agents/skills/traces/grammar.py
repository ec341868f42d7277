"""What each specialist can write, as a grammar for its decoder.

The grammar is narrower than the language: a specialist of a fixed shape writes that shape only, and
a fraction is one of those that people say. Every text that follows it is read by the language's
parser. `sums` is for plain sums over the numbers of one problem, and narrower still. Knows nothing
about what steps do.
"""

import itertools
from collections.abc import Collection, Iterable, Mapping, Sequence

from knowhow_adapters.decode import traces as decoder
from knowhow_adapters.decode.grammar import Grammar, quote
from knowhow_agents.skills.traces.language import COMPUTE, OPERATIONS, OWN, SPECIALISTS, Kind

FRACTIONS = tuple(f"{over}/{under}" for under in range(2, 13) for over in range(1, under))
MAX_FREE_STEPS = 30
"""Twelve operations with their thirteen numbers, and some to spare."""
MAX_PARTS = 3

_ALTERNATIVES: Mapping[Kind, tuple[decoder.Kind | tuple[str, ...], ...]] = {
    Kind.NAME: (decoder.Kind.NAME,),
    Kind.NUMBER: (decoder.Kind.NUMBER, FRACTIONS),
    Kind.SOURCE: (decoder.Kind.SOURCE,),
    Kind.OPERATION: (tuple(COMPUTE),),
    Kind.OPERAND: (decoder.Kind.NAME, decoder.Kind.NUMBER),
    Kind.OPERANDS: (decoder.Kind.OPERANDS,),
}


def _steps(*operations: str) -> tuple[decoder.Step, ...]:
    """Every way to write these operations."""
    return tuple(
        decoder.Step(operation, dict(zip(keys, values, strict=True)))
        for operation in operations
        for keys in OPERATIONS[operation]
        for values in itertools.product(*(_ALTERNATIVES[kind] for kind in keys.values()))
    )


def _any(steps: Iterable[decoder.Step], at_least: int, at_most: int | None = None) -> decoder.Slot:
    return decoder.Slot(tuple(steps), at_least, at_most or at_least)


_INIT, _QUERY = _steps("init"), decoder.QUERY
_FREE = (1, MAX_FREE_STEPS)
SHAPES: Mapping[str, tuple[decoder.Slot, ...]] = {
    "arithmetic": (_any(_steps("init", "compute"), *_FREE), _QUERY),
    "rate_equation": (_any(_INIT, 2), _any([decoder.compute("mul")], 1), _QUERY),
    "comparison": (
        _any(_INIT, 2), _any([decoder.compute("add", "sub", "mul", "div")], 2), _QUERY,
    ),
    "percentage": (_any(_INIT, 2), _any(_steps(*sorted(OWN["percentage"])), 1), _QUERY),
    "entity_track": (
        _any(_steps("init", "compute", *sorted(OWN["entity_track"])), *_FREE), _QUERY,
    ),
}  # fmt: skip


def grammar(specialists: Collection[str] = SPECIALISTS, *, parts: int = MAX_PARTS) -> Grammar:
    """Traces of these specialists, each alone or up to so many parts composed."""
    return decoder.trace_grammar({name: SHAPES[name] for name in specialists}, parts=parts)


MOST_SUMS = 8
"""Worked sums of a problem; GSM8K's have two to eight."""
FOUR_SIGNS = ("+", "-", "*", "/")


def sums(operands: Sequence[str], *, most: int = MOST_SUMS) -> Grammar:
    """Sums over these operands and the results before: `47 * 84; 58 + #1`."""
    rules = [f"start: sum_1\nsign: {_any_of(FOUR_SIGNS)}\noperand_1: {_any_of(operands)}"]
    for at in range(1, most + 1):
        more = f' ("; " sum_{at + 1})?' if at < most else ""
        rules.append(f'sum_{at}: operand_{at} " " sign " " operand_{at}{more}')
        if more:
            rules.append(f'operand_{at + 1}: operand_{at} | "#{at}"')
    return Grammar.lark("\n".join(rules))


def _any_of(words: Sequence[str]) -> str:
    return " | ".join(map(quote, words))
