"""Guesses come to the answer, and count only where nothing else that does means something else."""

import re
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from knowhow_agents.skills.traces.guesses import MOST_NUMBERS, Guesser
from knowhow_agents.skills.traces.items import training_items
from knowhow_agents.skills.traces.language import parse
from knowhow_agents.skills.traces.learning import Shown, gather
from knowhow_agents.skills.traces.marks import look
from knowhow_agents.skills.traces.reward import RIGHT, grade
from knowhow_agents.skills.traces.solver import is_right, run
from knowhow_agents.skills.traces.sums import tell

TAUGHT = gather(training_items(400, seed=0), at_most=20)
GUESSER = Guesser(TAUGHT)
CHANGE = """\
expert: arithmetic
trace:
- {op: compute, compute_op: mul, args: [3, 4], var: step1}
- {op: compute, compute_op: sub, args: [50, step1], var: result}
- {op: query, var: result}"""
PAID = Shown("Three pens at $4 each are paid with $50. What is left?", CHANGE, ())
ONLY_CHANGE = Guesser({"arithmetic": [PAID]})


def said(problem: str, answer: int) -> list[str]:
    """What is guessed, as sums."""
    found = ONLY_CHANGE.guess(problem, Fraction(answer))
    return [tell(look(problem), part) for one in found for part in parse(one.trace)]


def test_sums_that_were_right_elsewhere_are_tried_in_every_order() -> None:
    assert said("Out of $100, Kofi takes 7 days of $9 each. How much stays?", 37) in (
        [["84 * 32; 47 - #1"], ["32 * 84; 47 - #1"]]
    )


def test_what_nobody_said_elsewhere_is_not_guessed() -> None:
    assert said("Out of $100, Kofi takes 7 dollars, then 9. How much stays?", 84) == []


def test_where_two_ways_to_the_answer_mean_different_things_nothing_is_guessed() -> None:
    assert said("There are 9, 2 and 3. How many?", 3), "9 - 3 * 2 means the same"
    assert said("There are 5, 5 and 2. How many?", -5) == [], "from which five is it taken?"


def test_what_nobody_could_carry_out_with_other_numbers_is_no_guess() -> None:
    raised = CHANGE.replace("mul, args: [3, 4], var: step1", "pow, args: [3, 4], var: result")
    raised = re.sub(r".*step1\].*\n", "", raised)
    guesser = Guesser({"arithmetic": [Shown("How much is 3 to the power of 4?", raised, ())]})
    assert guesser.guess("Take 5 twice, that is 2 times. What is the product?", Fraction(25)) == []


def test_problems_with_too_many_numbers_are_left_alone() -> None:
    numbers = ", ".join(str(number) for number in range(10, 10 + MOST_NUMBERS + 1))
    assert GUESSER.guess(f"There are {numbers}. How many?", Fraction(10)) == []
    assert GUESSER.guess("Nobody counts here.", Fraction(10)) == []


def test_most_problems_of_a_kind_that_was_seen_are_guessed_right() -> None:
    items = [item for item in training_items(150, seed=9) if item.specialists == ("comparison",)]
    right = 0
    for item in items:
        found = GUESSER.guess(item.problem, item.answer)
        grades = (grade(one.trace, answer=item.answer, specialists=None) for one in found)
        assert all(each.reward == RIGHT for each in grades)
        right += any(parse(one.trace)[0].expert == "comparison" for one in found)
    assert right > 0.8 * len(items) > 8


@settings(deadline=None)
@given(st.lists(st.integers(0, 10**6), max_size=MOST_NUMBERS + 1), st.integers(-(10**6), 10**6))
@pytest.mark.parametrize("text", ["How many?", "Kofi gives some to Amy. Does Ida have as many?"])
def test_whatever_is_guessed_comes_to_the_answer(
    text: str, numbers: list[int], answer: int
) -> None:
    problem = f"There are {', '.join(map(str, numbers))}. {text}"
    for attempt in GUESSER.guess(problem, Fraction(answer)):
        found = run(attempt.trace).answer
        assert found is not None and is_right(found, Fraction(answer))
