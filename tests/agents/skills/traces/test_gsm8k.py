"""GSM8K's file: read right, and honest about what a trace can express. The problems are our own."""

import gzip
import json
from fractions import Fraction
from pathlib import Path

import llguidance
import pytest
from hypothesis import given
from hypothesis import strategies as st

from knowhow_agents.skills.traces.failures import Kind, kind_of_failure
from knowhow_agents.skills.traces.grammar import grammar
from knowhow_agents.skills.traces.gsm8k import (
    Gap,
    Problem,
    coverage,
    development_split,
    express,
    load,
    read_answer,
)
from knowhow_agents.skills.traces.solver import run
from knowhow_memory.errors import InputError

ROWS = [
    ("Half of 12 jars of 80 figs.", "12*80 = <<12*80=960>>960\n<<960/2=480>>480\n#### 480"),
    ("A mill grinds 1,000 kg a day for 80 days.", "<<1,000*80=80,000>>80,000 kg\n#### 80,000"),
    ("Three friends share $7.50.", "$<<7.50/3=2.5>>2.50 each\n#### 2.50"),
    ("It is 3 degrees and falls by 8.", "<<3-8=-5>>-5\n#### -5"),
    ("A coat of $80 is 20% off.", "<<80*20%=16>>16 off, <<80-16=64>>64\n#### $64"),
    ("Solve for the number of x.", "x + 3 = 5, so x is 2.\n#### 2"),
    ("Round 7 by 2 up.", "<<7/2=3.5>>3.5, so 4 are needed.\n#### 4"),
    ("Strange signs.", "<<2^3=8>>8\n#### 8"),
    ("Many figs.", "<<2560000000*1=2560000000>>\n#### 2560000000"),
    ("A sign in front.", "<<+3+4=7>>, <<-(2)*-7/2=7>>\n#### 7"),
]  # fmt: skip


def write_file(path: Path, rows: list[tuple[str, str]]) -> Path:
    text = "".join(json.dumps({"question": q, "answer": a}) + "\n" for q, a in rows)
    if path.suffix == ".gz":
        path.write_bytes(gzip.compress(text.encode()))
    else:
        path.write_text(text)
    return path


@pytest.fixture
def problems(tmp_path: Path) -> list[Problem]:
    return load(write_file(tmp_path / "test.jsonl", ROWS))


def test_a_file_is_read_plain_and_packed(tmp_path: Path, problems: list[Problem]) -> None:
    assert load(write_file(tmp_path / "test.jsonl.gz", ROWS)) == problems
    answers = [480, 80_000, "2.5", -5, 64, 2, 4, 8, 2_560_000_000, 7]
    assert [problem.answer for problem in problems] == list(map(Fraction, answers))
    assert problems[4].calculations == ("80*20%", "80-16")
    assert [problem.id for problem in problems[:2]] == ["gsm8k-1", "gsm8k-2"]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("#### 1,234,567", "1234567"), ("#### 0.5", "0.5"), ("#### .5", "0.5"), ("#### -3", "-3"),
        ("#### $1.50", "1.5"), ("#### -$4", "-4"), ("####18", "18"), ("#### 25%", "25"),
        ("#### 3\n#### 4\n", "4"), ("#### 5 ", "5"),
    ],
)  # fmt: skip
def test_an_answer_reads(text: str, value: str) -> None:
    assert read_answer(text) == Fraction(value)


@pytest.mark.parametrize(
    "text",
    ["", "5", "#### ", "#### five", "#### 3 apples", "#### --3", "#### " + "9" * 99, "#### ,"],
)
def test_an_answer_that_is_none_is_none(text: str) -> None:
    assert read_answer(text) is None


@pytest.mark.parametrize(
    "line",
    [
        "x", "[]", "{}", '{"question": "a"}', '{"question": "a", "answer": 5}',
        '{"question": " ", "answer": "#### 5"}', '{"question": "a", "answer": "five"}',
        "[" * 10_000, '{"question": "' + "a" * 200_000 + '", "answer": "#### 5"}',
    ],
)  # fmt: skip
def test_a_line_that_is_no_problem_is_named(tmp_path: Path, line: str) -> None:
    path = write_file(tmp_path / "test.jsonl", ROWS[:1])
    path.write_text(path.read_text() + line + "\n")
    with pytest.raises(InputError, match="problem 2") as caught:
        load(path)
    assert "\n" not in str(caught.value)


def test_a_file_that_is_none_is_refused(tmp_path: Path) -> None:
    (tmp_path / "broken.jsonl.gz").write_bytes(b"no gzip")
    (tmp_path / "latin.jsonl").write_bytes(b'{"question": "caf\xe9"}')
    for name in ("nowhere.jsonl", "broken.jsonl.gz", "latin.jsonl"):
        with pytest.raises(InputError, match=name):
            load(tmp_path / name)


def test_coverage_says_why(problems: list[Problem]) -> None:
    gaps = [found if isinstance(found := express(p), Gap) else None for p in problems]
    covered = [None] * 5
    assert gaps == [
        *covered, Gap.NO_CALCULATION, Gap.OTHER_ANSWER, Gap.UNREADABLE, Gap.NUMBER, None,
    ]  # fmt: skip
    assert coverage(problems) == {"covered": 6} | {
        gap.value: 1 for gap in Gap if gap is not Gap.TOO_LONG
    }
    long = Problem("x", "x", Fraction(40), ("+".join(["1"] * 40),))
    assert express(long) is Gap.TOO_LONG


def test_a_witness_is_a_trace_that_the_grammar_allows(problems: list[Problem]) -> None:
    for problem in problems:
        trace = express(problem)
        if isinstance(trace, Gap):
            continue
        assert run(trace).answer == problem.answer
        matcher = llguidance.LLMatcher(llguidance.LLTokenizer("byte"), grammar().source)
        tokens = list(trace.encode())
        assert matcher.try_consume_tokens(tokens) == len(tokens)
        assert matcher.is_accepting()


def test_a_witness_has_the_steps_it_needs(problems: list[Problem]) -> None:
    trace = express(problems[0])
    assert trace == (
        "expert: arithmetic\ntrace:\n"
        "- {op: compute, compute_op: mul, args: [12, 80], var: step1}\n"
        "- {op: compute, compute_op: div, args: [step1, 2], var: step2}\n"
        "- {op: query, var: step2}"
    )
    idle = Problem("x", "x", Fraction(6), ("1+1", "2*3", "9*9"))
    assert str(express(idle)).count("compute,") == 2


@given(st.text(st.sampled_from("0123456789+-*/(). ,%$x"), max_size=40))
def test_any_calculation_is_expressed_or_not(calculation: str) -> None:
    assert express(Problem("x", "x", Fraction(7), (calculation, "3+4")))


def test_the_development_split_is_by_the_texts_alone() -> None:
    problems = [Problem(str(n), f"problem {n}", Fraction(n), ()) for n in range(50)]
    rest, kept = development_split(problems, 10)
    assert len(kept) == 10
    assert {p.text for p in rest} | {p.text for p in kept} == {p.text for p in problems}
    assert development_split(problems[::-1], 10) == (rest, kept)


WRONG = """\
expert: arithmetic
trace:
- {op: compute, compute_op: add, args: [%s, 2], var: x}
- {op: query, var: x}"""


@pytest.mark.parametrize(
    ("text", "attempt", "finished", "kind"),
    [
        ("Ole has 5 figs.", WRONG % 5, False, Kind.TRUNCATION),
        ("Ole has 5 figs.", WRONG % 6, True, Kind.VALUE_EXTRACTION),
        ("Ole has $5.50.", WRONG % "5.5", True, Kind.DECIMAL),
        ("Ole has 5 figs a day.", WRONG % 5, True, Kind.RATE_TIME),
        ("Yesterday Ole and Ann had 5 figs.", WRONG % 5, True, Kind.MULTI_ENTITY),
        ("Ole has 5 figs.", WRONG % 5, True, Kind.OTHER),
        ("Ole has 5 figs.", "five", True, Kind.OTHER),
    ],
)
def test_a_failure_has_a_kind(text: str, attempt: str, finished: bool, kind: Kind) -> None:
    problem = Problem("x", text, Fraction(9), ("1+1",))
    assert kind_of_failure(problem, attempt, finished=finished) is kind


def test_many_sums_hang_together() -> None:
    problem = Problem("x", "Ole has 5 figs.", Fraction(9), ("1+1",) * 6)
    assert kind_of_failure(problem, WRONG % 5, finished=True) is Kind.COMPOSITION
