"""Carries traces out, exactly and within bounds.

Whatever comes in, a `Solution` comes out: an answer, or a fault with its reason; never an exception
and never a zero in place of an error. A name is defined once; only entities change. What is asked
for must have come out of an operation: a name that was only initialised is no answer. Knows nothing
about what the right answer is.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from knowhow_agents.skills.traces.language import (
    COMMON,
    COMPUTE,
    NAME,
    OPERATIONS,
    OWN,
    Fault,
    Kind,
    Operand,
    Step,
    Trace,
    TraceRefused,
    Value,
    parse,
)

MAX_MAGNITUDE = 10**15
MAX_DIGITS = 40
"""Of a numerator or a denominator."""
MAX_EXPONENT = 32
TOLERANCE = Fraction(1, 100)
SOURCE = re.compile(r"prev\.result|sub([1-9])\.result")


@dataclass(frozen=True)
class Result:
    """What a step came to."""

    operation: str
    of: Fraction
    """The first of its operands; of somebody, what was there before."""
    value: Fraction


@dataclass(frozen=True)
class Solution:
    answer: Fraction | None
    fault: Fault | None = None
    reason: str = ""
    results: tuple[Result, ...] = ()
    """Of all steps, where there is an answer."""


def run(text: str) -> Solution:
    """Read a trace and carry it out."""
    try:
        trace = parse(text)
    except TraceRefused as refused:
        return Solution(None, refused.fault, str(refused))
    return solve(trace)


def solve(trace: Trace) -> Solution:
    """The answer of the last part; a fault in any part is a fault of the whole."""
    answers: list[Fraction] = []
    results: list[Result] = []
    try:
        for part in trace:
            answers.append(_Execution(part.expert, answers, results).answer(part.steps))
    except TraceRefused as refused:
        where = f"part {len(answers) + 1}: " if len(trace) > 1 else ""
        return Solution(None, refused.fault, f"{where}{refused}")
    if not answers:
        return Solution(None, Fault.NO_QUERY, "a trace without parts")
    return Solution(answers[-1], results=tuple(results))


def is_right(answer: Fraction, expected: Fraction) -> bool:
    return abs(answer - expected) <= TOLERANCE


def vocabulary(expert: str) -> frozenset[str]:
    """The operations a specialist knows."""
    if expert not in OWN:
        raise TraceRefused(Fault.UNKNOWN_SPECIALIST, f"there is no specialist {expert!r}")
    return COMMON | OWN[expert]


class _Execution:
    """One part on its way from its first step to its query."""

    def __init__(self, expert: str, before: Sequence[Fraction], results: list[Result]) -> None:
        """`before`: what other parts came to; `results`: of all steps so far, to go on with."""
        self._expert, self._vocabulary, self._before = expert, vocabulary(expert), before
        self._results = results
        self._known: dict[str, Fraction] = {}
        self._worked_out: set[str] = set()

    def answer(self, steps: Sequence[Step]) -> Fraction:
        if [step.op == "query" for step in steps].count(True) != 1 or steps[-1].op != "query":
            raise TraceRefused(Fault.NO_QUERY, "the last step, and no other, must be a query")
        for step in steps:
            self._check(step)
        for step in steps[:-1]:
            HANDLERS[step.op](self, step.values)
        asked = _name(steps[-1].values["var"])
        answer = self._operand(asked)
        if asked not in self._worked_out:
            raise TraceRefused(
                Fault.SHORT_CIRCUIT, f"asks for {asked!r}, which no operation worked out"
            )
        return answer

    def _check(self, step: Step) -> None:
        """Known to this specialist, with the keys and the kinds of values it needs."""
        if step.op not in OPERATIONS:
            raise TraceRefused(Fault.MALFORMED_STEP, f"there is no operation {step.op!r}")
        if step.op not in self._vocabulary:
            raise TraceRefused(
                Fault.FOREIGN_OPERATION, f"{self._expert!r} does not know {step.op!r}"
            )
        if not any(
            step.values.keys() == keys.keys()
            and all(_is_a(kind, step.values[key]) for key, kind in keys.items())
            for keys in OPERATIONS[step.op]
        ):
            expected = " or ".join(", ".join(keys) for keys in OPERATIONS[step.op])
            raise TraceRefused(Fault.MALFORMED_STEP, f"{step.op!r} takes {expected}")

    # Operations

    def init(self, values: Mapping[str, Value]) -> None:
        name = _name(values["var"])
        if name in self._known:
            raise TraceRefused(Fault.REDEFINED, f"{name!r} is defined twice")
        if SOURCE.fullmatch(name):
            raise TraceRefused(Fault.REDEFINED, f"{name!r} is the result of another part")
        source = values.get("source")
        self._known[name] = (
            self._operand(_operand(values["value"])) if source is None else self._source(source)
        )

    def compute(self, values: Mapping[str, Value]) -> None:
        operation, operands = _name(values["compute_op"]), values["args"]
        assert isinstance(operands, tuple)
        fewest, most = COMPUTE[operation]
        if not fewest <= len(operands) <= most:
            raise TraceRefused(
                Fault.MALFORMED_STEP, f"{operation!r} does not take {len(operands)} operands"
            )
        found = list(map(self._operand, operands))
        self._define(operation, found[0], values["var"], _compute(operation, found))

    def percent_of(self, values: Mapping[str, Value]) -> None:
        self._percent("percent_of", values, self._share(values))

    def percent_off(self, values: Mapping[str, Value]) -> None:
        self._percent("percent_off", values, 1 - self._share(values))

    def percent_increase(self, values: Mapping[str, Value]) -> None:
        self._percent("percent_increase", values, 1 + self._share(values))

    def consume(self, values: Mapping[str, Value]) -> None:
        self._change("consume", values["entity"], -self._amount(values))

    def add_entity(self, values: Mapping[str, Value]) -> None:
        self._change("add_entity", values["entity"], self._amount(values))

    def transfer(self, values: Mapping[str, Value]) -> None:
        if values["from_entity"] == values["to_entity"]:
            raise TraceRefused(Fault.IMPOSSIBLE, "a transfer needs two different entities")
        amount = self._amount(values)
        self._change("transfer", values["from_entity"], -amount)
        self._change("transfer", values["to_entity"], amount)

    # Values

    def _define(self, operation: str, of: Fraction, var: Value, value: Fraction) -> None:
        self.init({"var": var, "value": _bounded(value)})
        self._worked_out.add(_name(var))
        self._results.append(Result(operation, of, value))

    def _percent(self, operation: str, values: Mapping[str, Value], share: Fraction) -> None:
        base = self._base(values)
        self._define(operation, base, values["var"], base * share)

    def _change(self, operation: str, entity: Value, by: Fraction) -> None:
        name = _name(entity)
        before = self._operand(name)
        left = _bounded(before + by)
        if left < 0:
            raise TraceRefused(Fault.IMPOSSIBLE, f"{name!r} would hold less than nothing")
        self._known[name] = left
        self._worked_out.add(name)
        self._results.append(Result(operation, before, left))

    def _operand(self, operand: Operand) -> Fraction:
        if isinstance(operand, Fraction):
            return _bounded(operand)
        if operand not in self._known:
            raise TraceRefused(Fault.UNDEFINED, f"{operand!r} is not defined")
        return self._known[operand]

    def _source(self, source: Value) -> Fraction:
        found = SOURCE.fullmatch(_name(source))
        assert found
        number = int(found[1]) if found[1] else len(self._before)
        if not 1 <= number <= len(self._before):
            raise TraceRefused(Fault.UNRESOLVED_SOURCE, f"{found[0]!r} is not there yet")
        return self._before[number - 1]

    def _amount(self, values: Mapping[str, Value]) -> Fraction:
        amount = self._operand(_operand(values["amount"]))
        if amount < 0:
            raise TraceRefused(Fault.IMPOSSIBLE, "an amount is never less than nothing")
        return amount

    def _base(self, values: Mapping[str, Value]) -> Fraction:
        return self._operand(_operand(values["base"]))

    def _share(self, values: Mapping[str, Value]) -> Fraction:
        return self._operand(_operand(values["rate"])) / 100


HANDLERS: Mapping[str, Callable[[_Execution, Mapping[str, Value]], None]] = {
    "init": _Execution.init,
    "compute": _Execution.compute,
    "percent_of": _Execution.percent_of,
    "percent_off": _Execution.percent_off,
    "percent_increase": _Execution.percent_increase,
    "consume": _Execution.consume,
    "add_entity": _Execution.add_entity,
    "transfer": _Execution.transfer,
}


def _compute(operation: str, operands: list[Fraction]) -> Fraction:
    first, second = operands[0], operands[-1]
    if second == 0 and (operation in ("div", "mod")):
        raise TraceRefused(Fault.IMPOSSIBLE, "division by zero")
    match operation:
        case "add":
            return sum(operands, Fraction(0))
        case "sub":
            return first - second
        case "mul":
            product = first * second
            return product if len(operands) == 2 else product * operands[1]
        case "div":
            return first / second
        case "mod":
            return first % second
        case "pow":
            return _power(first, second)
        case "min":
            return min(operands)
        case "max":
            return max(operands)
    return abs(first)


def _power(base: Fraction, exponent: Fraction) -> Fraction:
    if exponent.denominator != 1 or abs(exponent) > MAX_EXPONENT:
        raise TraceRefused(
            Fault.OUT_OF_BOUNDS, f"an exponent is a whole number up to {MAX_EXPONENT}"
        )
    if base == 0 and exponent < 0:
        raise TraceRefused(Fault.IMPOSSIBLE, "division by zero")
    return Fraction(base ** int(exponent))


def _bounded(value: Fraction) -> Fraction:
    if abs(value) > MAX_MAGNITUDE or value.denominator >= 10**MAX_DIGITS:
        raise TraceRefused(
            Fault.OUT_OF_BOUNDS, f"a number is beyond {MAX_MAGNITUDE:.0e} or too fine"
        )
    return value


def _is_a(kind: Kind, value: Value) -> bool:
    match kind:
        case Kind.OPERATION:
            return isinstance(value, str) and value in COMPUTE
        case Kind.SOURCE:
            return isinstance(value, str) and SOURCE.fullmatch(value) is not None
        case Kind.NAME:
            return isinstance(value, str) and NAME.fullmatch(value) is not None
        case Kind.NUMBER:
            return isinstance(value, Fraction)
        case Kind.OPERAND:
            return isinstance(value, str | Fraction)
    return isinstance(value, tuple)


def _name(value: Value) -> str:
    assert isinstance(value, str)
    return value


def _operand(value: Value) -> Operand:
    assert not isinstance(value, tuple)
    return value
