"""Traces as plain sums over the marks of a problem: what a small model writes.

    - {op: init, var: first, value: 1193}
    - {op: init, var: factor, value: 1/2}
    - {op: compute, compute_op: mul, args: [first, factor], var: step1}        47 * 84; 47 + #1
    - {op: compute, compute_op: add, args: [first, step1], var: result}
    - {op: query, var: result}

It is the form in which the base has read sums, without names, which nobody has to learn: they
follow from the specialist. Percent are `47 - 84%`; belongings `Ben = 47; Ben > Tom 84; Ben`. Traces
that mean something else than their sums are not told. Knows nothing about models.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from fractions import Fraction

from knowhow_adapters.decode.grammar import Grammar
from knowhow_agents.skills.traces.grammar import MAX_FREE_STEPS
from knowhow_agents.skills.traces.language import (
    NUMBER,
    Fault,
    Operand,
    Part,
    Step,
    TraceRefused,
    Value,
    write_number,
)
from knowhow_agents.skills.traces.marks import ANY_MARK, NAMES, Sight
from knowhow_memory.errors import InputError

BETWEEN = "; "
PREVIOUS = "prev"
RESULT = f"{PREVIOUS}.result"
"""What was worked out before: in another part, or in a stretch of the same."""
SIGNS = {
    "+": "add", "-": "sub", "*": "mul", "/": "div", "mod": "mod", "^": "pow", "min": "min",
    "max": "max",
}  # fmt: skip
PERCENT = {"*": "percent_of", "-": "percent_off", "+": "percent_increase"}
CHANGES = {"-": "consume", "+": "add_entity"}
SIGN_OF = {
    operation: sign for table in (SIGNS, PERCENT, CHANGES) for sign, operation in table.items()
}
ENTITIES, PERCENTAGES = "entity_track", "percentage"
SCAFFOLDS: Mapping[str, tuple[str, ...]] = {
    "rate_equation": ("rate", "time"),
    PERCENTAGES: ("base", "rate"),
    "comparison": ("first",),
}
"""What a specialist's quantities are called, in order; the others by what they are used for."""
USES = {"mul": "factor", "div": "factor", "add": "more", "sub": "less"}
INITS = {"rate_equation": 2, PERCENTAGES: 2, "comparison": 2, ENTITIES: 0}
"""Where a specialist's shape has room for so many; further quantities stand in the sums."""
PERCENT_SUM = re.compile(r"(\S+) ([-+*]) (\S+)%")
CHANGE = re.compile(r"(\w+) ([-+=]) (\S+)")
TRANSFER = re.compile(r"(\w+) > (\w+) (\S+)")
OPERAND = re.compile(r"(?<!#)\b\w+\b")
"""A quantity or somebody; `#1` is a result."""
MAX_SHOWN = 60
TERMINALS = rf"""
sum: operand (" + " operand | " - " operand | " * " operand | " / " operand | rare)
rare: " + " operand " + " operand | " * " operand " * " operand | " mod " operand | " ^ " operand
    | " min " operand | " max " operand
percent: operand (" - " | " + " | " * ") number "%"
belonging: person (" = " | " - " | " + ") operand | person " > " person " " operand
operand: number | /#[1-9][0-9]?/ | "prev" | /sub[1-9]/
number: /[1-9][0-9]{{0,3}}/ | "1/2"
person: {" | ".join(f'"{name}"' for name in NAMES)}
"""
FORMS = {
    "arithmetic": f'sum ("{BETWEEN}" sum){{0,{MAX_FREE_STEPS}}}',
    "rate_equation": 'operand " * " operand',
    "comparison": f'sum "{BETWEEN}" sum',
    PERCENTAGES: "percent",
    ENTITIES: f'belonging ("{BETWEEN}" belonging){{1,{MAX_FREE_STEPS}}} "{BETWEEN}" '
    '(person | person " - " person | person " + " person)',
}


class NotTold(InputError):
    """A trace that cannot be told in sums over the marks of its problem, or in several ways."""


def tell(sight: Sight, part: Part) -> str:
    """The sums of a part."""
    teller = _Teller(sight, part.expert)
    told = [words for step in part.steps if (words := teller.tell(step))]
    if not teller.sure:
        raise NotTold("the problem says a number twice, and it is open which of them is meant")
    return BETWEEN.join(told)


def spell_out(expert: str, stretches: Iterable[tuple[Sight, str]]) -> Part:
    """The part that sums stand for, which may have been written in stretches."""
    speller = _Speller(expert)
    for sight, sums in stretches:
        speller.begin(sight)
        for words in sums.strip().split(BETWEEN):
            speller.read(words)
    return Part(expert, tuple(speller.finish()))


def cuts(sight: Sight, part: Part) -> Iterator[tuple[int, int]]:
    """Where a part can be cut in two: (sentences, sums) before the cut.

    What comes after needs nothing but the last result before, and speaks in sentences of its own.
    """
    told = [words.split(" ") for words in tell(sight, part).split(BETWEEN)]
    at = {
        word: place
        for place, sentence in reversed(list(enumerate(sight.sentences)))
        for word in ANY_MARK.findall(sentence)
        if word in sight.numbers
    }
    for number in range(1, len(told)):
        before, after = _joined(told[:number]), _joined(told[number:])
        known = {word for word in after if word.startswith("#") and int(word[1:]) <= number}
        spoken = [at[word] for word in before if word in at]
        to_come = [at[word] for word in after if word in at]
        begins = any(word in at for word in told[number])
        alone = known == {f"#{number}"} and PREVIOUS not in after
        if begins and alone and spoken and max(spoken) < min(to_come):
            yield min(to_come), number


def told_with(words: str, new: Mapping[str, str]) -> str:
    """The same sums of other quantities and people."""
    return OPERAND.sub(lambda found: new.get(found[0], found[0]), words)


def operands(words: str) -> list[str]:
    """Quantities and people, each once."""
    return list(dict.fromkeys(OPERAND.findall(words)))


def _joined(told: Iterable[list[str]]) -> list[str]:
    return [word for words in told for word in words]


def cut(part: Part, number: int) -> tuple[Part, Part]:
    """Behind so many sums; from the second on, the result of the first is the previous one."""
    computes = [step for step in part.steps if step.op == "compute"]
    last = computes[number - 1].values["var"]
    inits = {step.values["var"]: step for step in part.steps if step.op == "init"}

    def gather(steps: Sequence[Step]) -> Iterator[Step]:
        for step in steps:
            args = step.values["args"]
            assert isinstance(args, tuple)
            yield from (inits.pop(arg) for arg in args if arg in inits)
            renamed = tuple(RESULT if arg == last else arg for arg in args)
            yield Step(step.op, {**step.values, "args": renamed})

    before = Part(part.expert, tuple(gather(computes[:number])))
    query = part.steps[-1]
    return before, Part(part.expert, (*gather(computes[number:]), query))


def grammar(expert: str) -> Grammar:
    """What a specialist may write: sums in its shape."""
    return Grammar.lark("\n".join([f"start: {FORMS[expert]}", TERMINALS]))


class _Teller:
    def __init__(self, sight: Sight, expert: str) -> None:
        self._entities = expert == ENTITIES
        self._numbers = sight.numbers
        self._owners = {person.lower(): mark for mark, person in sight.people.items()}
        self._told: dict[str, str] = {}
        """Name → what stands for it."""
        self._results = 0
        self._used: list[str] = []
        self._guessed = False

    @property
    def sure(self) -> bool:
        """Of equal numbers the first that is left is taken: right where all go in order."""
        in_order = [mark for mark in self._numbers if mark in self._used]
        return not self._guessed or self._used == in_order

    def tell(self, step: Step) -> str:
        values = step.values
        match step.op:
            case "init":
                return self._init(_word(values["var"]), values.get("value", values.get("source")))
            case "compute":
                return self._compute(_word(values["compute_op"]), values["args"], values["var"])
            case "query":
                return self._query(_word(values["var"]))
            case "transfer":
                giver, taker, amount = map(self._operand, values.values())
                return f"{giver} > {taker} {amount}"
            case "consume" | "add_entity":
                entity, amount = map(self._operand, values.values())
                return f"{entity} {SIGN_OF[step.op]} {amount}"
        base, rate = self._operand(values["base"]), self._operand(values["rate"])
        return self._result(values["var"], f"{base} {SIGN_OF[step.op]} {rate}%")

    def _init(self, name: str, value: Value | None) -> str:
        assert value is not None
        shown = self._operand(value)
        owner = self._owners.get(name.partition(".")[0])
        if not self._entities:
            self._told[name] = shown
            return ""
        if owner is None or owner in self._told.values():
            raise NotTold(f"{name!r} is nobody in the problem, or somebody twice")
        self._told[name] = owner
        return f"{owner} = {shown}"

    def _compute(self, operation: str, args: Value, var: Value) -> str:
        assert isinstance(args, tuple)
        shown = [self._operand(arg) for arg in args]
        if operation == "abs":
            return self._result(var, f"abs {shown[0]}")
        people = [word in NAMES for word in shown]
        if people[0] and not people[1] and operation in ("add", "sub"):
            raise NotTold("what somebody has, changed by a number, is told as a change of it")
        return self._result(var, f" {SIGN_OF[operation]} ".join(shown))

    def _result(self, var: Value, sums: str) -> str:
        self._results += 1
        self._told[_word(var)] = f"#{self._results}"
        return sums

    def _query(self, name: str) -> str:
        told = self._told.get(name)
        if told is None or told not in (f"#{self._results}", *NAMES):
            raise NotTold(f"the query of {name!r} does not ask for the last result")
        return told if told in NAMES else ""

    def _operand(self, value: Value) -> str:
        if isinstance(value, Fraction):
            return self._number(value)
        name = _word(value)
        if name.endswith(".result"):
            return name.removesuffix(".result")
        if name not in self._told:
            raise NotTold(f"{name!r} is not defined")
        return self._told[name]

    def _number(self, value: Fraction) -> str:
        marks = [mark for mark, number in self._numbers.items() if number == value]
        left = [mark for mark in marks if mark not in self._used]
        if not left:
            return write_number(value)
        self._guessed |= len(marks) > 1
        self._used.append(left[0])
        return left[0]


class _Speller:
    """Reads sums one after the other and writes the steps that they stand for."""

    def __init__(self, expert: str) -> None:
        self._expert = expert
        self._steps: list[Step] = []
        self._names: dict[str, str] = {}
        """What was said → how it is called."""
        self._results: list[int] = []
        """Which steps hold results."""
        self._asked: str | None = None

    def begin(self, sight: Sight) -> None:
        """Another stretch: of what was before, the last result alone is known."""
        self._sight, self._before = sight, len(self._results)
        self._names = {PREVIOUS: f"step{self._before}"} if self._before else {}

    def read(self, words: str) -> None:
        if self._asked is not None:
            raise _unreadable(words)
        if self._expert == ENTITIES and self._read_belongings(words):
            return
        if self._expert == PERCENTAGES and (found := PERCENT_SUM.fullmatch(words)):
            keys = {"base": self._operand(found[1]), "rate": self._operand(found[3])}
            self._add_result(PERCENT[found[2]], keys)
            return
        self._read_sum(words)

    def finish(self) -> Iterator[Step]:
        """The last result is called so, wherever nothing else is asked for."""
        if self._results:
            old = f"step{len(self._results)}"
            last = self._steps[self._results[-1]]
            self._steps[self._results[-1]] = Step(
                last.op,
                {key: "result" if key == "var" else value for key, value in last.values.items()},
            )
            assert last.values["var"] == old
        yield from self._steps
        yield Step("query", {"var": self._asked or "result"})

    def _read_belongings(self, words: str) -> bool:
        if found := TRANSFER.fullmatch(words):
            giver, taker = self._entity(found[1]), self._entity(found[2])
            keys = {"from_entity": giver, "to_entity": taker, "amount": self._operand(found[3])}
            self._steps.append(Step("transfer", keys))
        elif (found := CHANGE.fullmatch(words)) and found[1] in NAMES and found[3] not in NAMES:
            self._read_change(*found.groups())
        elif words in NAMES:
            self._asked = self._entity(words)
        else:
            return False
        return True

    def _read_change(self, mark: str, sign: str, amount: str) -> None:
        if sign == "=":
            self._names[mark] = name = self._sight.names.get(mark, mark.lower())
            self._steps.append(_init(name, self._value(amount)))
        else:
            keys: dict[str, Value] = {"entity": self._entity(mark), "amount": self._operand(amount)}
            self._steps.append(Step(CHANGES[sign], keys))

    def _read_sum(self, words: str) -> None:
        first, *others = words.split(" ")
        if first == "abs" and len(others) == 1:
            self._add_result("compute", {"compute_op": "abs", "args": (self._operand(others[0]),)})
            return
        signs = set(others[::2])
        if not others or len(others) % 2 or len(signs) > 1 or not signs <= SIGNS.keys():
            raise _unreadable(words)
        operation = SIGNS[others[0]]
        args = tuple(self._operand(word, operation) for word in [first, *others[1::2]])
        self._add_result("compute", {"compute_op": operation, "args": args})

    def _add_result(self, op: str, keys: Mapping[str, Value]) -> None:
        self._results.append(len(self._steps))
        name = f"step{len(self._results)}"
        self._names[f"#{len(self._results) - self._before}"] = name
        self._steps.append(Step(op, {**keys, "var": name}))

    def _entity(self, mark: str) -> str:
        """Whoever was not told about is a name that the solver will not find."""
        return self._names.get(mark, mark.lower())

    def _operand(self, word: str, operation: str = "") -> Operand:
        """A name that is there; else a quantity, which gets a name where there is room for it."""
        if word in self._names:
            return self._names[word]
        value = self._value(word)
        known = word in self._sight.numbers or isinstance(value, str)
        inits = sum(step.op == "init" for step in self._steps)
        if (
            not known
            or self._expert == ENTITIES
            or inits >= INITS.get(self._expert, MAX_FREE_STEPS)
        ):
            return value
        self._names[word] = name = self._call(inits, operation)
        self._steps.append(_init(name, value))
        return name

    def _call(self, inits: int, operation: str) -> str:
        scaffold = SCAFFOLDS.get(self._expert, ())
        if inits < len(scaffold):
            return scaffold[inits]
        if scaffold:
            return USES.get(operation, "second")
        return f"value{inits + 1}"

    def _value(self, word: str) -> Operand:
        """A quantity of the problem, a plain number, or the result of another part."""
        if word in self._sight.numbers:
            return self._sight.numbers[word]
        if NUMBER.fullmatch(word):
            return Fraction(word)
        if re.fullmatch("prev|sub[1-9]", word):
            return f"{word}.result"
        raise _unreadable(word)


def _init(name: str, value: Operand) -> Step:
    return Step("init", {"var": name, "source" if isinstance(value, str) else "value": value})


def _unreadable(words: str) -> TraceRefused:
    return TraceRefused(Fault.UNREADABLE, f"these are no sums: {words[:MAX_SHOWN]!r}")


def _word(value: Value) -> str:
    assert isinstance(value, str)
    return value
