"""Strategies: real algorithms that are right where they must be, and repeat step by step."""

import random
import subprocess
import sys

import pytest

from knowhow_agents.skills.planning.catalogue import (
    FAMILIES,
    Strategy,
    attempt,
    best_known,
    check,
)
from knowhow_agents.skills.planning.drawing import KINDS
from knowhow_agents.skills.planning.specs import (
    Colouring,
    Jobs,
    Knapsack,
    Packing,
    Queens,
    Shifts,
    Spec,
    Subset,
    Tour,
    Unsolvable,
)
from knowhow_agents.skills.planning.steps import STEP_BUDGET, OutOfStepsError, Steps
from knowhow_memory.errors import MissingExtraError, NotFoundError

SURE = (Strategy.TABLE, Strategy.SEARCH, Strategy.PROPAGATION, Strategy.BOUND)
"""Given enough steps, these are never wrong."""

SMALL: list[tuple[Spec, float]] = [
    (Colouring(4, ((1, 2), (2, 3), (3, 4), (1, 4)), 2, ((3, 1),)), 0.0),
    (Knapsack(((4, 9), (3, 7), (2, 5), (5, 8)), 7), -16.0),
    (Packing((6, 5, 4, 3, 2), 10), 2.0),
    (Tour(((0, 0), (0, 30), (40, 30), (40, 0), (20, 15))), 150.0),
    (Queens(6, ((1, 2),)), 0.0),
    (Shifts(3, 1, (50, 90), ((2,), ()), 2, rest=True), 190.0),
    (Subset((13, 4, 8, 21, 6), 27), 0.0),
    (Jobs((((1, 3), (2, 2)), ((2, 4), (1, 1)))), 6.0),
]
"""With what the best plan costs, by hand."""
IDS = [spec.family for spec, _ in SMALL]


@pytest.mark.parametrize(("spec", "best"), SMALL, ids=IDS)
def test_the_best_plan_is_found_by_all_who_look_everywhere(spec: Spec, best: float) -> None:
    assert best_known(spec) == best
    for strategy in SURE:
        tried = attempt(spec, strategy, limit=None)
        assert tried.answer is not None, strategy
        assert FAMILIES[spec.family].cost(spec, tried.answer) == best, strategy


@pytest.mark.parametrize(("spec", "best"), [*SMALL[:4], (Queens(8), 0.0), *SMALL[5:]], ids=IDS)
def test_local_search_finds_it_on_small_problems(spec: Spec, best: float) -> None:
    assert check(spec, attempt(spec, "local").answer, best) == 1.0


def test_every_kind_repeats_to_the_step_and_keeps_the_budget() -> None:
    for kinds in KINDS.values():
        for draw in kinds.values():
            spec = draw(random.Random(3)).spec
            assert draw(random.Random(3)).spec == spec
            for strategy in Strategy:
                tried = attempt(spec, strategy)
                assert tried == attempt(spec, strategy), (strategy, spec)
                assert 0 < tried.steps <= STEP_BUDGET
                assert (tried.answer is None) == bool(tried.why)


def test_a_strategy_that_is_out_of_steps_says_so() -> None:
    board = Queens(30)
    assert attempt(board, "table").why == "out of steps"
    steps = Steps(2)
    with pytest.raises(OutOfStepsError):
        steps.take(3)
    assert steps.used == 2


WRONG = [
    (Colouring(2, ((1, 2),), 2), [(1, 1), (1, 3), (1,)]),
    (Knapsack(((4, 9), (3, 7)), 5), [(1, 2), (1, 1), (3,)]),
    (Packing((6, 5), 10), [(1, 1), (1,)]),
    (Tour(((0, 0), (0, 3), (4, 0))), [(1, 2), (2, 1, 3), (1, 2, 2)]),
    (Queens(4, ((1, 2),)), [(3, 1, 4, 2), (2, 4, 1), (2, 4, 3, 1)]),
    (Shifts(2, 1, (5, 9), ((1,), ()), 1), [((1,), (2,)), ((2,), (2,)), ((2,),), ((2,), (3,))]),
    (Shifts(3, 1, (5, 9), ((1,), ()), 2, rest=True), [((2,), (2,), (1,))]),
    (Subset((3, 4), 7), [(1,), (1, 1), (1, 3)]),
    (Jobs((((1, 3), (2, 2)),)), [(1,), (1, 2)]),
]


@pytest.mark.parametrize(("spec", "answers"), WRONG)
def test_plans_that_break_a_rule_are_worth_nothing(spec: Spec, answers: list[object]) -> None:
    for answer in answers:
        assert FAMILIES[spec.family].cost(spec, answer) is None, answer  # type: ignore[arg-type]


def test_near_the_best_is_good_enough_and_further_off_is_not() -> None:
    spec = Knapsack(((1, 100), (1, 98), (1, 97)), 1)
    assert [check(spec, (place,), -100.0) for place in (1, 2, 3)] == [1.0, 1.0, 0.0]
    assert check(spec, None, -100.0) == 0.0


def test_what_cannot_be_solved_is_named() -> None:
    triangle = Colouring(3, ((1, 2), (2, 3), (1, 3)), 2)
    with pytest.raises(Unsolvable, match="colouring"):
        best_known(triangle)
    for strategy in SURE:
        assert attempt(triangle, strategy).why == "found no plan"
    with pytest.raises(Unsolvable, match="does not go into a box"):
        Packing((12,), 10)


def test_an_unknown_strategy_is_named_with_those_there_are() -> None:
    with pytest.raises(NotFoundError, match="'telepathy': there are greedy, table"):
        attempt(Queens(4), "telepathy")


def test_without_the_solver_all_but_propagation_work(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "ortools.sat.python", None)
    with pytest.raises(MissingExtraError, match=r"knowhow\[planning\]"):
        attempt(Queens(6), "propagation")
    assert attempt(Queens(6), "search").answer is not None


INTERRUPTED = """
import signal
from knowhow_agents.skills.planning.items import draw_items
from knowhow_agents.skills.planning.specialist import attempt

signal.signal(signal.SIGINT, signal.default_int_handler)  # who starts this may ignore it
attempt(draw_items(1, seed=0)[0].problem, "propagation")
try:
    signal.raise_signal(signal.SIGINT)
except KeyboardInterrupt:
    print("caught")
"""


def test_ctrl_c_stays_pythons_after_the_solver_has_run() -> None:
    ran = subprocess.run([sys.executable, "-c", INTERRUPTED], capture_output=True, text=True)
    assert (ran.returncode, ran.stdout) == (0, "caught\n")
