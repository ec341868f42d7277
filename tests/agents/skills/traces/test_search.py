"""Sums over a problem's own numbers that come to a known answer."""

from fractions import Fraction

import llguidance
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from knowhow_agents.skills.traces.free_sums import own_sums, see, spell_out, tell
from knowhow_agents.skills.traces.search import Quantity, Sum, in_order, quantities, trees_to
from knowhow_agents.skills.traces.solver import run

PEARS = "Ole packs 4 bags of 6 pears and keeps 5 pears. How many pears are there?"
COAT = "A coat of $80 is 20% off. What does it cost?"
CLIPS = "Ann sold 48 clips in April and half as many in May. How many clips is that in all?"
BOOK = "Jon reads 12 pages a day. How many pages does he read in a week?"
MAP = "A map of 1990 shows 3 towns with 40 houses each. How many houses are there?"


def told(text: str, answer: int) -> list[str]:
    return [tell(text, tree) for tree in trees_to(text, Fraction(answer))]


@pytest.mark.parametrize(
    ("text", "answer", "shorthand"),
    [
        (PEARS, 29, "47 * 84; #1 + 32"),
        (COAT, 64, "100 - 84; #1 / 100; 47 * #2"),
        (CLIPS, 72, "47 * 84; 47 + #1"),
        (BOOK, 84, "47 * 7"),
        (MAP, 120, "84 * 32"),
    ],
)
def test_the_sum_that_is_meant_is_found(text: str, answer: int, shorthand: str) -> None:
    found = told(text, answer)
    assert shorthand in found
    assert all(run(spell_out(text, each)).answer == answer for each in found)


def test_all_numbers_once_come_before_other_choices() -> None:
    assert all(each.count("47") == each.count("32") == 1 for each in told(PEARS, 29))
    assert all(each.count("47") + each.count("84") == 3 for each in told(CLIPS, 72))


def test_nothing_cancels_itself() -> None:
    assert told(MAP, 120) == ["84 * 32"]


def test_what_no_sum_comes_to_is_not_found() -> None:
    assert told(PEARS, 1_000_003) == []
    assert told("How many pears are there?", 3) == []
    assert told("Ole has 3 pears.", 7) == []
    assert told(" ".join(map(str, range(100, 140))), 7) == []


NUMBERS = st.integers(1, 60).map(str) | st.sampled_from(["20%", "150%", "half", "1/3", "0.25"])


@settings(max_examples=25)
@given(st.lists(NUMBERS, min_size=2, max_size=3), st.integers(1, 500))
def test_whatever_is_found_comes_to_the_answer_and_the_grammar_has_it(
    said: list[str], answer: int
) -> None:
    text = "There are " + " figs and ".join(said) + " figs a week. How many?"
    for shorthand in told(text, answer)[:3]:
        solved = run(spell_out(text, shorthand)).answer
        assert solved is not None
        assert abs(solved - answer) < Fraction(1, 100)
        assert follows(text, shorthand)


def follows(problem: str, shorthand: str) -> bool:
    grammar = own_sums(problem)
    assert grammar is not None
    matcher = llguidance.LLMatcher(llguidance.LLTokenizer("byte"), grammar.source)
    tokens = list(shorthand.encode())
    return matcher.try_consume_tokens(tokens) == len(tokens) and matcher.is_accepting()


def value(tree: Sum | Quantity) -> Fraction | None:
    text = "9 figs, 4 figs, 2 figs"
    return run(spell_out(text, tell(text, tree))).answer


def number(value: int, place: int) -> Quantity:
    return Quantity(Fraction(value), place)


A, B, C = number(9, 0), number(4, 1), number(2, 2)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (Sum("add", B, A), Sum("add", A, B)),
        (Sum("add", Sum("sub", B, C), A), Sum("sub", Sum("add", A, B), C)),
        (Sum("sub", A, Sum("sub", B, C)), Sum("sub", Sum("add", A, C), B)),
        (Sum("div", A, Sum("div", B, C)), Sum("div", Sum("mul", C, A), B)),
        (Sum("mul", C, Sum("add", B, A)), Sum("mul", Sum("add", A, B), C)),
    ],
)
def test_sums_that_say_the_same_are_one(one: Sum, other: Sum) -> None:
    assert in_order(one) == in_order(other)
    assert value(one) == value(in_order(one))


def test_sums_that_say_something_else_are_two() -> None:
    assert in_order(Sum("sub", A, B)) != in_order(Sum("sub", B, A))
    assert in_order(Sum("mul", Sum("add", A, B), C)) != in_order(Sum("add", A, Sum("mul", B, C)))


def test_a_problem_is_seen_with_marks_and_percentages_are_spelled_out() -> None:
    assert see("Ole has 3 figs, Ann 20% of that.").startswith("Ben has 47 figs, Tom 84% of that.")
    text = "Ole has 5 figs and 20% of them."
    [count], ways = quantities(text)
    told = {way.way: tell(text, Sum("mul", count, way)) for way in ways}
    assert told == {
        "share": "84 / 100; 47 * #1",
        "more": "100 + 84; #1 / 100; 47 * #2",
        "less": "100 - 84; #1 / 100; 47 * #2",
        "said": "47 * 84",
    }
    assert all(follows(text, each) for each in told.values())


@pytest.mark.parametrize(
    "written",
    ["", "47", "47 * 99", "47 * 84;", "47 ^ 84", "#1 * 47", "47 * 84; #2 + 47", "47 * 3", "47*84",
     "47 * 84 * 32", "47 * 100"],
)  # fmt: skip
def test_the_grammar_has_no_other_numbers_signs_and_results(written: str) -> None:
    assert not follows(PEARS, written)


def test_without_numbers_there_are_no_words() -> None:
    assert own_sums("How many pears are there?") is None
