"""The language of traces: who may do what, and how a text becomes steps.

    expert: percentage
    trace:
    - {op: init, var: price, value: 80}
    - {op: init, var: rate, value: 20}
    - {op: percent_off, base: price, rate: rate, var: result}
    - {op: query, var: result}

A composed trace is a list of such blocks. The text is a small part of YAML, read by a parser of its
own: what it accepts, YAML reads the same way, and aliases, tags, nesting, quotes and comments have
no place in it. Sizes are checked before anything is read. Knows nothing about what steps do.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum, StrEnum
from fractions import Fraction

from knowhow_memory.errors import InputError

MAX_CHARACTERS = 16_384
"""A trace of a dozen operations has about 1,500."""
MAX_PROBLEM = 4_000
"""Characters of a problem; the longest of GSM8K has under 1,000."""
MAX_STEPS = 64
"""Of all parts together."""
MAX_PARTS = 9
"""`sub9.result` is the last that can be named."""
MAX_SHOWN = 40
"""How much of a bad text an error repeats."""

COMPUTE = {
    "add": (2, 3), "sub": (2, 2), "mul": (2, 3), "div": (2, 2), "mod": (2, 2), "pow": (2, 2),
    "min": (2, 3), "max": (2, 3), "abs": (1, 1),
}  # fmt: skip
"""Operation → the fewest and the most operands."""


class Fault(StrEnum):
    """Why a trace has no answer."""

    UNREADABLE = "unreadable"
    TOO_LARGE = "too large"
    UNKNOWN_SPECIALIST = "unknown specialist"
    FOREIGN_OPERATION = "operation of another specialist"
    MALFORMED_STEP = "malformed step"
    UNDEFINED = "undefined name"
    REDEFINED = "name defined twice"
    UNRESOLVED_SOURCE = "unresolved source"
    IMPOSSIBLE = "impossible operation"
    OUT_OF_BOUNDS = "number out of bounds"
    SHORT_CIRCUIT = "asks for what was only initialised"
    NO_QUERY = "does not end with its only query"


class TraceRefused(InputError):
    """A trace that cannot be read or carried out."""

    def __init__(self, fault: Fault, reason: str) -> None:
        super().__init__(reason)
        self.fault = fault


class Kind(Enum):
    """What the value of a step's key is."""

    NAME = "a name"
    NUMBER = "a number"
    SOURCE = "the result of another part"
    OPERATION = "an operation"
    OPERAND = "a name or a number"
    OPERANDS = "a list of names and numbers"


Keys = Mapping[str, Kind]
_ENTITY_CHANGE: Keys = {"entity": Kind.NAME, "amount": Kind.OPERAND}
_PERCENT: Keys = {"base": Kind.OPERAND, "rate": Kind.OPERAND, "var": Kind.NAME}
OPERATIONS: Mapping[str, tuple[Keys, ...]] = {
    "init": ({"var": Kind.NAME, "value": Kind.NUMBER}, {"var": Kind.NAME, "source": Kind.SOURCE}),
    "compute": ({"compute_op": Kind.OPERATION, "args": Kind.OPERANDS, "var": Kind.NAME},),
    "query": ({"var": Kind.NAME},),
    "percent_of": (_PERCENT,),
    "percent_off": (_PERCENT,),
    "percent_increase": (_PERCENT,),
    "consume": (_ENTITY_CHANGE,),
    "add_entity": (_ENTITY_CHANGE,),
    "transfer": (
        {"from_entity": Kind.NAME, "to_entity": Kind.NAME, "amount": Kind.OPERAND},
    ),
}  # fmt: skip
"""Operation → the sets of keys it may come with, in the order in which they are written."""
COMMON = frozenset({"init", "compute", "query"})
OWN: Mapping[str, frozenset[str]] = {
    "arithmetic": frozenset(),
    "rate_equation": frozenset(),
    "comparison": frozenset(),
    "percentage": frozenset({"percent_of", "percent_off", "percent_increase"}),
    "entity_track": frozenset({"consume", "transfer", "add_entity"}),
}
"""Specialist → the operations that only it knows."""
SPECIALISTS = tuple(OWN)

Operand = str | Fraction
Value = Operand | tuple[Operand, ...]


@dataclass(frozen=True)
class Step:
    op: str
    values: Mapping[str, Value]


@dataclass(frozen=True)
class Part:
    expert: str
    steps: tuple[Step, ...]


Trace = tuple[Part, ...]


def check(problem: str) -> None:
    """A problem that says something, and does not go on for ever."""
    if not problem.strip():
        raise InputError("the problem is empty: say what is to be solved")
    if len(problem) > MAX_PROBLEM:
        raise InputError(f"the problem is longer than {MAX_PROBLEM:,} characters: shorten it")


# Writing


def write(trace: Sequence[Part]) -> str:
    """The one way to write a trace, or the list of a composed one's parts."""
    if len(trace) == 1:
        return _block(trace[0], "")
    return "\n".join(f"- {_block(part, '  ')}" for part in trace)


def _block(part: Part, indent: str) -> str:
    steps = [f"{indent}- {{{', '.join(_pairs(step))}}}" for step in part.steps]
    return "\n".join([f"expert: {part.expert}", f"{indent}trace:", *steps])


def _pairs(step: Step) -> Iterator[str]:
    yield f"op: {step.op}"
    for key, value in step.values.items():
        words = f"[{', '.join(map(_word, value))}]" if isinstance(value, tuple) else _word(value)
        yield f"{key}: {words}"


def _word(value: Operand) -> str:
    return value if isinstance(value, str) else write_number(value)


def write_number(value: Fraction) -> str:
    """Digits where few are enough, else a fraction."""
    for places in range(DECIMALS + 1):
        if (value * 10**places).denominator == 1:
            digits = f"{abs(value.numerator) * 10**places // value.denominator:0{places + 1}d}"
            whole = f"{digits[:-places]}.{digits[-places:]}" if places else digits
            return f"-{whole}" if value < 0 else whole
    return f"{value.numerator}/{value.denominator}"


# Reading

DECIMALS = 4
EXPERT = re.compile(r"(- )?expert: ([a-z][a-z_]{0,31})")
TRACE = re.compile(r"( *)trace:")
STEP = re.compile(r"( *)- \{(.*)\}")
PAIR = re.compile(r" *([a-z_]{1,16}): +(\[[^\[\]{}]*\]|[^\s,\[\]{}]+) *(,|$)")
NAME = re.compile(r"[a-z][a-z0-9_]{0,11}(\.[a-z][a-z0-9_]{0,11})?")
NUMBER = re.compile(r"-?(0|[1-9][0-9]{0,14})(\.[0-9]{1,9}|/[1-9][0-9]{0,14})?")
NO_NAMES = frozenset(["y", "n", "yes", "no", "on", "off", "true", "false", "null"])
"""YAML would read them as something else."""


def parse(text: str) -> Trace:
    """The parts of a trace, or `TraceRefused` with the reason."""
    lines = _lines(text)
    parts: list[Part] = []
    while lines:
        parts.append(_part(lines, listed=text.startswith("- ")))
        if len(parts) > MAX_PARTS:
            raise TraceRefused(Fault.TOO_LARGE, f"a trace has at most {MAX_PARTS} parts")
    return tuple(parts)


def _lines(text: str) -> list[str]:
    """Last line first, so that taking one is cheap."""
    if len(text) > MAX_CHARACTERS:
        raise TraceRefused(Fault.TOO_LARGE, f"a trace has at most {MAX_CHARACTERS:,} characters")
    if not text.isascii():
        odd = next(character for character in text if not character.isascii())
        raise TraceRefused(Fault.UNREADABLE, f"a trace is plain ASCII, this has {odd!r}")
    lines = text.rstrip(" \n").split("\n")
    if sum("{" in line for line in lines) > MAX_STEPS:
        raise TraceRefused(Fault.TOO_LARGE, f"a trace has at most {MAX_STEPS} steps")
    return [line.rstrip(" ") for line in reversed(lines)]


def _part(lines: list[str], *, listed: bool) -> Part:
    head = EXPERT.fullmatch(lines.pop())
    if head is None or bool(head[1]) is not listed:
        raise TraceRefused(Fault.UNREADABLE, "a part starts with 'expert: ' and its specialist")
    indent = "  " if listed else ""
    trace = TRACE.fullmatch(lines.pop()) if lines else None
    if trace is None or trace[1] != indent:
        raise TraceRefused(Fault.UNREADABLE, "after the specialist comes a line 'trace:'")
    steps: list[Step] = []
    depth: str | None = None
    while lines and (line := STEP.fullmatch(lines[-1])):
        depth = line[1] if depth is None else depth
        if line[1] != depth or not depth.startswith(indent):
            raise TraceRefused(Fault.UNREADABLE, "the steps of a part stand below each other")
        steps.append(_step(line[2]))
        lines.pop()
    if not steps or (lines and not listed):
        shown = lines[-1][:MAX_SHOWN] if lines else ""
        raise TraceRefused(Fault.UNREADABLE, f"a step is '- {{op: …}}' on one line, not {shown!r}")
    return Part(head[2], tuple(steps))


def _step(body: str) -> Step:
    values: dict[str, Value] = {}
    at, more = 0, True
    while more:
        pair = PAIR.match(body, at)
        if pair is None:
            raise TraceRefused(
                Fault.UNREADABLE, f"a step is 'key: value, …', not {body[at : at + MAX_SHOWN]!r}"
            )
        if pair[1] in values:
            raise TraceRefused(Fault.UNREADABLE, f"a step has {pair[1]!r} twice")
        values[pair[1]] = _value(pair[2])
        at, more = pair.end(), pair[3] == ","
    op = values.pop("op", None)
    if not isinstance(op, str):
        raise TraceRefused(Fault.UNREADABLE, f"a step names its operation: {body[:MAX_SHOWN]!r}")
    return Step(op, values)


def _value(text: str) -> Value:
    if text.startswith("["):
        return tuple(_operand(word.strip(" ")) for word in text[1:-1].split(","))
    return _operand(text)


def _operand(text: str) -> Operand:
    if NUMBER.fullmatch(text):
        return Fraction(text)
    if text not in NO_NAMES and (NAME.fullmatch(text) or text in OPERATIONS):
        return text
    raise TraceRefused(
        Fault.UNREADABLE, f"{text[:MAX_SHOWN]!r} is no name and no number that fits here"
    )
