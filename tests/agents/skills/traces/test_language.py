"""The parser: what it accepts, YAML reads the same way; all else is refused with a reason."""

import random
from fractions import Fraction
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from knowhow_agents.skills.traces import language
from knowhow_agents.skills.traces.items import training_items
from knowhow_agents.skills.traces.language import (
    Fault,
    Part,
    Step,
    Trace,
    TraceRefused,
    check,
    parse,
    write,
    write_number,
)
from knowhow_memory.errors import InputError

SALE = """\
expert: percentage
trace:
- {op: init, var: price, value: 80}
- {op: init, var: rate, value: 12.5}
- {op: percent_off, base: price, rate: rate, var: result}
- {op: query, var: result}"""
COMPOSED = f"- {SALE}\n- {SALE}".replace("\n", "\n  ").replace("\n  - expert", "\n- expert")


def refused(text: str) -> TraceRefused:
    with pytest.raises(TraceRefused) as caught:
        parse(text)
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 200
    return caught.value


def as_yaml(trace: Trace) -> Any:
    """What YAML makes of the text that this trace was read from."""
    return [
        {
            "expert": part.expert,
            "trace": [
                {"op": step.op} | {key: plain(value) for key, value in step.values.items()}
                for step in part.steps
            ],
        }
        for part in trace
    ]


def plain(value: language.Value) -> Any:
    if isinstance(value, tuple):
        return [plain(operand) for operand in value]
    return value


def read_yaml(text: str) -> Any:
    document = yaml.safe_load(text)
    parts = document if isinstance(document, list) else [document]
    for part in parts:
        for step in part["trace"]:
            for key, value in step.items():
                step[key] = [exact(v) for v in value] if isinstance(value, list) else exact(value)
    return parts


def exact(value: Any) -> Any:
    """A number as the fraction it is; YAML leaves `1/3` a text."""
    if isinstance(value, int | float):
        return Fraction(str(value))
    return Fraction(value) if value[:1] in "-0123456789" else value


@pytest.mark.parametrize("problem", ["", " \n\t", "a" * (language.MAX_PROBLEM + 1)])
def test_no_problem_or_an_endless_one_is_refused(problem: str) -> None:
    with pytest.raises(InputError, match="the problem is"):
        check(problem)


def test_a_trace_is_its_parts_and_steps() -> None:
    [part] = parse(SALE)
    assert part.expert == "percentage"
    assert part.steps[1] == Step("init", {"var": "rate", "value": Fraction(25, 2)})
    assert part.steps[2].values == {"base": "price", "rate": "rate", "var": "result"}
    assert parse(COMPOSED) == (part, part)


def test_what_is_accepted_means_the_same_in_yaml() -> None:
    texts = [item.trace for item in training_items(100, 5)]
    texts += [SALE, COMPOSED, SALE.replace("- {", "  - {"), SALE.replace(": 80}", ":  80 }")]
    texts += [SALE.replace("{op: init, var: price,", "{var: price , op: init,"), SALE + "\n\n"]
    for text in texts:
        assert as_yaml(parse(text)) == read_yaml(text)


def test_what_is_written_is_read_back() -> None:
    for item in training_items(300, 6):
        trace = parse(item.trace)
        assert parse(write(trace)) == trace


NAMES = st.from_regex(language.NAME, fullmatch=True).filter(lambda n: n not in language.NO_NAMES)
NUMBERS = st.fractions(-(10**9), 10**9, max_denominator=10**6)
VALUES = st.one_of(NAMES, NUMBERS, st.lists(NAMES | NUMBERS, min_size=1, max_size=3).map(tuple))
KEYS = st.sampled_from(["var", "value", "args", "base", "amount", "from_entity"])
STEPS = st.builds(Step, st.sampled_from(sorted(language.OPERATIONS)), st.dictionaries(KEYS, VALUES))
PARTS = st.builds(
    Part,
    st.sampled_from(language.SPECIALISTS),
    st.lists(STEPS, min_size=1, max_size=4).map(tuple),
)


@given(st.lists(PARTS, min_size=1, max_size=3))
def test_whatever_can_be_written_is_read_back(parts: list[Part]) -> None:
    assert parse(write(parts)) == tuple(parts)
    assert as_yaml(tuple(parts)) == read_yaml(write(parts))


@given(st.fractions())
def test_a_number_is_written_exactly(value: Fraction) -> None:
    assert Fraction(write_number(value)) == value


@pytest.mark.parametrize(
    ("value", "written"),
    [
        ("80", "80"), ("-3", "-3"), ("1.50", "1.5"), ("0.05", "0.05"), ("1/3", "1/3"),
        ("-1/8", "-0.125"), ("0", "0"), ("100", "100"), ("1/100000", "1/100000"),
    ],
)  # fmt: skip
def test_numbers_are_written_as_people_would(value: str, written: str) -> None:
    assert write_number(Fraction(value)) == written


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("80", "&anchor 80"),
        ("80", "*anchor"),
        ("80", "!!python/object/apply:os.system [ls]"),
        ("80", "!!int 80"),
        ("80", "080"),
        ("80", "1e5"),
        ("80", "1_000"),
        ("80", "0x10"),
        ("80", "12:30"),
        ("80", ".inf"),
        ("80", "1/0"),
        ("80", '"80"'),
        ("80", "10^100"),
        ("80", str(10**100)),
        ("80", "[[80]]"),
        ("80", "{a: 80}"),
        ("80", "[80"),
        ("80", "[]"),
        ("80", ""),
        ("80}", "80, value: 90}"),
        ("80}", "80}}"),
        ("80}", "80} # so"),
        ("80}", "80,}"),
        ("var: price", "var: null"),
        ("var: price", "var: off"),
        ("var: price", "var: Price"),
        ("var: price", "var: price.of.it"),
        ("var: price", "var: preis_des_tickets"),
        ("var: price", "var: цена"),
        ("var: price", "var: ４"),
        ("{op: init, var: price", "{var: price"),
        ("{op: init,", "{op: 3,"),
        ("op: init,", "op:init,"),
        ("- {op: query", "- - {op: query"),
        ("- {op: query", " - {op: query"),
        ("expert: percentage\n", ""),
        ("trace:\n", ""),
        ("trace:", "trace: []"),
        ("trace:", "  trace:"),
        ("expert: percentage", "expert: &a percentage"),
        ("expert: percentage", "- expert: percentage"),
        ("expert", "%YAML 1.1\n---\nexpert"),
        ("\n", "\r"),
        ("\n", "\0\n"),
    ],
)
def test_anything_else_is_refused(old: str, new: str) -> None:
    assert old in SALE
    assert refused(SALE.replace(old, new, 1)).fault is Fault.UNREADABLE


@pytest.mark.parametrize(
    "text",
    [
        "", " \n", "\n" + SALE, "---", "[]", "null", "expert: percentage", "expert: x\ntrace:",
        SALE + "\n---\n" + SALE, SALE + "\n- x", SALE + "\n" + SALE,
        SALE + "\x1f", SALE + "\t", SALE + "\u2003", SALE.replace("\n", "\r\n"), "\ud800",
        "Сколько?", "答えは?",
    ],
)  # fmt: skip
def test_a_text_that_is_no_trace_is_refused(text: str) -> None:
    assert refused(text).fault is Fault.UNREADABLE


@pytest.mark.parametrize(
    ("old", "new"), [("price", "цена"), ("80", "８０"), ("rate", "r\u200bate")]
)
def test_another_script_is_named_as_the_reason(old: str, new: str) -> None:
    error = refused(SALE.replace(old, new))
    assert error.fault is Fault.UNREADABLE
    assert "plain ASCII" in str(error)


def test_sizes_are_checked_before_anything_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: Any, **__: Any) -> Any:
        raise AssertionError("a part was read")

    monkeypatch.setattr(language, "_part", fail)
    step = "- {op: init, var: x, value: 1}\n"
    for text in (
        "expert: arithmetic\ntrace:\n" + step * 10**6,
        "expert: arithmetic\ntrace:\n" + step * (language.MAX_STEPS + 1),
        "[" * 10**6,
        "a" * (language.MAX_CHARACTERS + 1),
    ):
        assert refused(text).fault is Fault.TOO_LARGE


def test_the_longest_trace_is_read() -> None:
    steps = "".join(f"\n- {{op: init, var: n{at}, value: 1}}" for at in range(language.MAX_STEPS))
    assert len(parse("expert: arithmetic\ntrace:" + steps)[0].steps) == language.MAX_STEPS
    [part] = parse(SALE)
    short = Part(part.expert, part.steps[:1])
    assert len(parse(write([short] * language.MAX_PARTS))) == language.MAX_PARTS
    assert refused(write([short] * (language.MAX_PARTS + 1))).fault is Fault.TOO_LARGE


@given(st.text())
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        parse(text)
    except TraceRefused as error:
        assert str(error)


@given(st.integers(0, 2**32), st.text("{}[]&*!:,-. \n\"'0159eax", max_size=6))
def test_a_trace_with_something_put_in_is_yaml_or_refused(seed: int, put_in: str) -> None:
    rng = random.Random(seed)
    text = rng.choice([SALE, COMPOSED])
    at, length = rng.randrange(len(text)), rng.randrange(4)
    changed = text[:at] + put_in + text[at + length :]
    try:
        trace = parse(changed)
    except TraceRefused:
        return
    assert as_yaml(trace) == read_yaml(changed)
