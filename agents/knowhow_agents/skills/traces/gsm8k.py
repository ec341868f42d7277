"""GSM8K's file as its authors publish it: its problems, and which of them a trace can express.

One JSON object a line, `{"question", "answer"}`; an answer ends in `#### 1,234` and may hold worked
sums as `<<48/2=24>>`. The worked sums serve one purpose here, to decide whether a trace could
express a problem at all; what they come to is nobody's training text. Knows nothing about models.
"""

import ast
import gzip
import hashlib
import operator
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction
from pathlib import Path
from typing import IO

from knowhow_agents.skills.traces.grammar import MAX_FREE_STEPS
from knowhow_agents.skills.traces.language import (
    Operand,
    Part,
    Step,
    Value,
    write,
    write_number,
)
from knowhow_agents.skills.traces.numbers import MAX_DIGITS
from knowhow_agents.skills.traces.solver import is_right, run
from knowhow_memory.errors import InputError
from knowhow_memory.exchange.values import RefusedError, parse_json

MAX_LINE = 100_000
"""Characters; the longest of the published files has under 3,000."""
MAX_EXPRESSION = 200
ANSWER = re.compile(r"#### *(-?) *[$€£]? *([0-9][0-9,]*(?:\.[0-9]+)?|\.[0-9]+) *%?\Z")
CALCULATION = re.compile(r"<<([^<>=]*)=([^<>=]*)>>")
SUM = re.compile(r"[0-9+\-*/(). ]+")
THOUSANDS = re.compile(r"(?<=\d),(?=\d{3}(?!\d))")
PERCENT = re.compile(r"(\d+(?:\.\d+)?|\.\d+)%")
SIGNS: Mapping[type[ast.operator], str] = {
    ast.Add: "add", ast.Sub: "sub", ast.Mult: "mul", ast.Div: "div",
}  # fmt: skip
WRITABLE = re.compile(r"-?[0-9]{1,9}(\.[0-9]{1,4})?")
"""What the grammar of traces takes for a number."""


SUMS = {
    "add": operator.add, "sub": operator.sub, "mul": operator.mul, "div": operator.truediv,
}  # fmt: skip


@dataclass(frozen=True)
class Problem:
    id: str
    text: str
    answer: Fraction
    calculations: tuple[str, ...]
    """The left sides of the worked sums, in their order."""


# Reading


def load(path: Path) -> list[Problem]:
    """Every problem of a file, `.jsonl` or `.jsonl.gz`; a line that is none stops it."""
    try:
        with _open(path) as lines:
            return [_problem(path, at, line) for at, line in enumerate(_bounded(lines), 1)]
    except (OSError, EOFError, UnicodeDecodeError) as error:
        raise InputError(f"{str(path)!r} cannot be read: {error}") from error


def development_split(
    problems: Sequence[Problem], count: int = 500
) -> tuple[list[Problem], list[Problem]]:
    """(to learn from, to develop with); by the texts alone, so that it stays the same."""
    ranked = sorted(problems, key=lambda problem: hashlib.sha256(problem.text.encode()).digest())
    return ranked[count:], ranked[:count]


def _open(path: Path) -> IO[str]:
    if path.suffix == ".gz":
        return gzip.open(path, "rt", encoding="utf-8-sig")
    return path.open(encoding="utf-8-sig")


def _bounded(lines: IO[str]) -> Iterator[str]:
    while line := lines.readline(MAX_LINE):
        if line.strip():
            yield line


def _problem(path: Path, at: int, line: str) -> Problem:
    where = f"{str(path)!r}, problem {at}"
    try:
        row = parse_json(line)
    except RefusedError as error:
        raise InputError(f"{where}: {error}") from None
    if not isinstance(row, dict) or not all(
        isinstance(row.get(key), str) and row[key].strip() for key in ("question", "answer")
    ):
        raise InputError(f"{where}: needs texts 'question' and 'answer'")
    answer = read_answer(row["answer"])
    if answer is None:
        raise InputError(f"{where}: the answer does not end in '#### ' and a number")
    calculations = tuple(left for left, _ in CALCULATION.findall(row["answer"]))
    return Problem(f"gsm8k-{at}", row["question"].strip(), answer, calculations)


def read_answer(text: str) -> Fraction | None:
    """The number behind `####`, or None."""
    found = ANSWER.search(text[-MAX_EXPRESSION:].rstrip())
    digits = found[2].replace(",", "") if found else ""
    return Fraction(found[1] + digits) if found and len(digits) <= MAX_DIGITS else None


# Coverage


class Gap(StrEnum):
    """Why no trace is known for a problem."""

    NO_CALCULATION = "its answer shows no sum"
    UNREADABLE = "a sum with something else than + - * / and numbers"
    TOO_LONG = "more steps than a trace may have"
    NUMBER = "a number that the grammar cannot write"
    OTHER_ANSWER = "its sums lead to another answer"


def express(problem: Problem) -> str | Gap:
    """A trace of the worked sums that comes to the answer: the witness that one exists."""
    sums = _Sums()
    try:
        for calculation in problem.calculations:
            sums.add(calculation)
    except _UnreadableError:
        return Gap.UNREADABLE
    if not sums.steps:
        return Gap.NO_CALCULATION
    steps = sums.steps_to(problem.answer)
    if not steps:
        return Gap.OTHER_ANSWER
    if len(steps) > MAX_FREE_STEPS:
        return Gap.TOO_LONG
    if not all(map(_is_writable, steps)):
        return Gap.NUMBER
    query = Step("query", {"var": steps[-1].values["var"]})
    trace = write([Part("arithmetic", (*steps, query))])
    answer = run(trace).answer
    return trace if answer is not None and is_right(answer, problem.answer) else Gap.OTHER_ANSWER


def coverage(problems: Iterable[Problem]) -> dict[str, int]:
    """How many problems a trace can express ("covered"), and why not the others."""
    found = map(express, problems)
    return dict(Counter(way.value if isinstance(way, Gap) else "covered" for way in found))


class _UnreadableError(Exception):
    """A worked sum that no operation of the language does."""


class _Sums:
    """Steps for one worked sum after the other; a number that came out before is that step's."""

    def __init__(self) -> None:
        self.steps: list[Step] = []
        self._values: dict[str, Fraction] = {}

    def add(self, calculation: str) -> None:
        text = PERCENT.sub(r"(\1/100)", THOUSANDS.sub("", calculation.replace("$", "")))
        if len(text) > MAX_EXPRESSION or not SUM.fullmatch(text):
            raise _UnreadableError
        try:
            self._operand(ast.parse(text.strip(), mode="eval").body)
        except (SyntaxError, ValueError, RecursionError, MemoryError, ZeroDivisionError):
            raise _UnreadableError from None

    def steps_to(self, answer: Fraction) -> list[Step]:
        """Those that the last step with this answer needs, itself included; empty without one."""
        right = [name for name, value in self._values.items() if is_right(value, answer)]
        needed = set(right[-1:])
        steps: list[Step] = []
        for step in reversed(self.steps):
            if step.values["var"] in needed:
                steps.insert(0, step)
                needed |= {arg for arg in _args(step) if isinstance(arg, str)}
        return steps

    def _operand(self, node: ast.expr) -> tuple[Operand, Fraction]:
        match node:
            case ast.Constant(value=int() | float() as number):
                value = Fraction(str(number))
                known = [name for name, before in self._values.items() if before == value]
                return (known[-1] if known else value), value
            case ast.UnaryOp(op=ast.UAdd(), operand=operand):
                return self._operand(operand)
            case ast.UnaryOp(op=ast.USub(), operand=operand):
                return self._compute("mul", self._operand(operand), (Fraction(-1), Fraction(-1)))
            case ast.BinOp(op=sign) if type(sign) in SIGNS:
                operation = SIGNS[type(sign)]
                return self._compute(operation, self._operand(node.left), self._operand(node.right))
        raise _UnreadableError

    def _compute(
        self, operation: str, left: tuple[Operand, Fraction], right: tuple[Operand, Fraction]
    ) -> tuple[Operand, Fraction]:
        name = f"step{len(self.steps) + 1}"
        values: dict[str, Value] = {
            "compute_op": operation, "args": (left[0], right[0]), "var": name,
        }  # fmt: skip
        self.steps.append(Step("compute", values))
        self._values[name] = SUMS[operation](left[1], right[1])
        return name, self._values[name]


def _args(step: Step) -> tuple[Operand, ...]:
    args = step.values["args"]
    assert isinstance(args, tuple)
    return args


def _is_writable(step: Step) -> bool:
    numbers = [arg for arg in _args(step) if isinstance(arg, Fraction)]
    return all(WRITABLE.fullmatch(write_number(number)) for number in numbers)
