"""The grammar of symbolic traces: YAML with one flow mapping a step, in a schema given as values.

    expert: percentage
    trace:
    - {op: init, var: price, value: 80}
    - {op: percent_off, args: [price, 20], var: sale}
    - {op: query, var: sale}

Several parts are a list of such blocks. All is bounded (steps, names, digits), so a text that
follows the grammar ends, and every such text is YAML in which a name is never read as a number, a
truth or nothing. Knows nothing about what operations mean.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum

from knowhow_adapters.decode.grammar import Grammar, quote
from knowhow_memory.errors import InputError

TERMINALS = r"""
NAME: /[a-z][a-z0-9_]{0,11}(\.[a-z][a-z0-9_]{0,11})?/ & ~/y|n|yes|no|on|off|true|false|null/
NUMBER: /-?(0|[1-9][0-9]{0,8})(\.[0-9]{1,4})?/
SOURCE: /prev\.result|sub[1-9]\.result/
operand: NAME | NUMBER
operands: "[" operand (", " operand){0,2} "]"
"""


class Kind(Enum):
    """What the value of a step's key may be."""

    NAME = "NAME"
    NUMBER = "NUMBER"
    SOURCE = "SOURCE"
    OPERANDS = "operands"


@dataclass(frozen=True)
class Step:
    op: str
    values: Mapping[str, Kind | tuple[str, ...]]
    """Key → its kind, or the words to choose from; in the order in which they are written."""

    def rule(self) -> str:
        written = [quote(f"{{op: {self.op}")]
        for key, value in self.values.items():
            words = value.value if isinstance(value, Kind) else _any_of(map(quote, value))
            written += [quote(f", {key}: "), words]
        return " ".join([*written, quote("}")])


@dataclass(frozen=True)
class Slot:
    """A place in a trace: any of these steps, at least and at most so many times."""

    steps: tuple[Step, ...]
    at_least: int = 1
    at_most: int = 1


INIT = (
    Step("init", {"var": Kind.NAME, "value": Kind.NUMBER}),
    Step("init", {"var": Kind.NAME, "source": Kind.SOURCE}),
)
QUERY = Slot((Step("query", {"var": Kind.NAME}),))


def compute(*operations: str) -> Step:
    return Step("compute", {"compute_op": operations, "args": Kind.OPERANDS, "var": Kind.NAME})


def trace_grammar(specialists: Mapping[str, Sequence[Slot]], *, parts: int = 1) -> Grammar:
    """One trace of one of the specialists or, in a list, up to `parts` of them."""
    if not specialists or not all(specialists.values()):
        raise InputError("a trace grammar needs specialists, and slots for each of them")
    lines = [_start(parts), TERMINALS, *_blocks("single", "", specialists)]
    if parts > 1:
        lines += _blocks("part", "  ", specialists)
    return Grammar.lark("\n".join(lines))


def _start(parts: int) -> str:
    if parts == 1:
        return "start: single"
    first, next_ = quote("- "), quote("\n- ")
    return f"start: single | {first} part ({next_} part){{1,{parts - 1}}}"


def _blocks(name: str, indent: str, specialists: Mapping[str, Sequence[Slot]]) -> Iterator[str]:
    """The rule `name` for a block of any specialist, its lines indented."""
    bodies = []
    for number, (expert, slots) in enumerate(specialists.items()):
        body = f"{name}_{number}"
        bodies.append(body)
        head = quote(f"expert: {expert}\n{indent}trace:")
        yield f"{body}: {head} {' '.join(_slot(slot, indent) for slot in slots)}"
    yield f"{name}: {_any_of(bodies)}"


def _slot(slot: Slot, indent: str) -> str:
    if not 0 <= slot.at_least <= slot.at_most or not slot.at_most or not slot.steps:
        raise InputError(
            f"a slot holds a step or more, at_least no more than at_most: got {slot!r}"
        )
    steps = _any_of(step.rule() for step in slot.steps)
    line = quote(f"\n{indent}- ")
    return f"({line} {steps}){{{slot.at_least},{slot.at_most}}}"


def _any_of(alternatives: Iterable[str]) -> str:
    return f"({' | '.join(alternatives)})"
