"""The planner from outside: a text and an arm's name in, a plan and its steps out."""

import pytest

from knowhow_agents.skills.planning.items import draw_items
from knowhow_agents.skills.planning.specialist import ARMS, attempt, check

SUM = "Which of these 4 numbers add up to exactly 12: 3, 4, 5, 20?"


@pytest.mark.parametrize("name", ["planner::search", "search"])
def test_a_plan_is_made_from_the_text_alone(name: str) -> None:
    tried = attempt(SUM, name)
    assert tried.answer == (1, 2, 3)
    assert 0 < tried.steps < 30


def test_what_cannot_be_attempted_is_named_and_the_run_goes_on() -> None:
    assert "no strategy 'magic'" in attempt(SUM, "planner::magic").why.replace("planner::", "")
    assert "no family" in attempt("Hello?", "greedy").why
    assert (
        "all numbers together are 12"
        in attempt(SUM.replace("12", "99").replace(", 20", "").replace("4 n", "3 n"), "greedy").why
    )


def test_a_plan_is_checked_against_the_item_not_the_reading() -> None:
    [item] = (one for one in draw_items(24, 2) if (one.family, one.kind) == ("subset", "small"))
    other = item.problem.replace(str(item.spec.goal), str(item.spec.numbers[0]))  # type: ignore[attr-defined]
    assert check(item, attempt(item.problem, "planner::propagation").answer) == 1.0
    assert check(item, attempt(other, "planner::propagation").answer) == 0.0
    assert set(ARMS) == {f"planner::{strategy}" for strategy in ARMS.values()}
