"""The solver: exact, bounded, and whatever comes in, an answer or a fault comes out."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from knowhow_agents.skills.traces import solver
from knowhow_agents.skills.traces.language import (
    COMPUTE,
    OPERATIONS,
    SPECIALISTS,
    Fault,
    Part,
    Step,
    Value,
)
from knowhow_agents.skills.traces.patterns.pattern import steps_of
from knowhow_agents.skills.traces.solver import Result, Solution, is_right, run, solve


def part(expert: str, brief: str) -> Part:
    return Part(expert, steps_of(brief))


def answer(expert: str, brief: str) -> Fraction:
    solution = solve((part(expert, brief),))
    assert solution.answer is not None, solution
    return solution.answer


@pytest.mark.parametrize(
    ("brief", "expected"),
    [
        ("x = add 1 2 3", "6"),
        ("x = sub 1 3", "-2"),
        ("x = mul 2 3 4", "24"),
        ("x = mul 0.1 3", "0.3"),
        ("x = div 1 3", "1/3"),
        ("x = mod 17 5", "2"),
        ("x = pow 2 10", "1024"),
        ("x = pow 2 -2", "1/4"),
        ("x = min 3 1 2", "1"),
        ("x = max 3 1", "3"),
        ("x = abs -3", "3"),
        ("third = 1/3; x = mul third 3", "1"),
        ("a = 1; step1 = add a 1; b = 5; step2 = mul step1 b; x = sub step2 a", "9"),
    ],
)
def test_operations_are_exact(brief: str, expected: str) -> None:
    assert answer("arithmetic", f"{brief}; query x") == Fraction(expected)


def test_it_is_told_what_every_step_came_to() -> None:
    half = part("percentage", "base = 80; rate = 50; x = percent_of base rate; query x")
    people = part("entity_track", "bob = 7; cyd = 1; transfer bob cyd 3; query cyd")
    more = part("arithmetic", "a = sub1.result; y = sub a 100; z = mul y 2; query z")
    told = [
        ("percent_of", 80, 40),
        ("transfer", 7, 4),
        ("transfer", 1, 4),
        ("sub", 40, -60),
        ("mul", -60, -120),
    ]
    assert solve((half, people, more)).results == tuple(
        Result(operation, Fraction(of), Fraction(value)) for operation, of, value in told
    )
    assert solve((half, part("arithmetic", "x = div 1 0; query x"))).results == ()


@pytest.mark.parametrize(
    ("brief", "expected"),
    [
        ("x = percent_of 80 150", "120"),
        ("x = percent_off 80 12.5", "70"),
        ("x = percent_increase 80 250", "280"),
        ("base = 0.99; rate = 33; x = percent_of base rate", "0.3267"),
    ],
)
def test_percentages(brief: str, expected: str) -> None:
    assert answer("percentage", f"{brief}; query x") == Fraction(expected)


def test_entities_change() -> None:
    moves = "bob.cards = 9; ann.cards = 1; transfer bob.cards ann.cards 4; consume bob.cards 5"
    moves += "; add_entity ann.cards 1/2"
    assert answer("entity_track", f"{moves}; query ann.cards") == Fraction("5.5")
    assert answer("entity_track", f"{moves}; query bob.cards") == 0


def test_parts_go_on_from_each_other() -> None:
    first = part("arithmetic", "x = add 40 60; query x")
    second = part("percentage", "base = prev.result; x = percent_off base 20; query x")
    third = part("arithmetic", "a = sub1.result; b = sub2.result; x = sub a b; query x")
    assert solve((first, second, third)).answer == 20
    last = part("arithmetic", "a = prev.result; x = mul a 1; query x")
    assert solve((first, second, third, last)).answer == 20


FAULTS = [
    ("arithmetic", "x = 5; query x", Fault.SHORT_CIRCUIT),
    ("entity_track", "bob.cards = 5; x = add 1 1; query bob.cards", Fault.SHORT_CIRCUIT),
    ("arithmetic", "x = add 1 1; query y", Fault.UNDEFINED),
    ("arithmetic", "x = add 1 y; query x", Fault.UNDEFINED),
    ("arithmetic", "x = add 1 x; query x", Fault.UNDEFINED),
    ("entity_track", "a.c = 5; transfer a.c b.c 2; query a.c", Fault.UNDEFINED),
    ("entity_track", "consume a.c 2; query a.c", Fault.UNDEFINED),
    ("arithmetic", "x = 1; x = 2; y = add x 1; query y", Fault.REDEFINED),
    ("arithmetic", "x = 1; x = add x 1; query x", Fault.REDEFINED),
    ("arithmetic", "prev.result = 1; y = add 1 1; query y", Fault.REDEFINED),
    ("arithmetic", "x = sub9.result; y = add x 1; query y", Fault.UNRESOLVED_SOURCE),
    ("arithmetic", "x = add 1 prev.result; query x", Fault.UNDEFINED),
    ("arithmetic", "x = div 1 0; query x", Fault.IMPOSSIBLE),
    ("arithmetic", "x = mod 1 0; query x", Fault.IMPOSSIBLE),
    ("arithmetic", "x = pow 0 -1; query x", Fault.IMPOSSIBLE),
    ("entity_track", "a.c = 5; consume a.c 6; query a.c", Fault.IMPOSSIBLE),
    ("entity_track", "a.c = 5; add_entity a.c -1; query a.c", Fault.IMPOSSIBLE),
    ("entity_track", "a.c = 5; transfer a.c a.c 1; query a.c", Fault.IMPOSSIBLE),
    ("arithmetic", "x = percent_of 5 5; query x", Fault.FOREIGN_OPERATION),
    ("rate_equation", "a.c = 5; consume a.c 1; query a.c", Fault.FOREIGN_OPERATION),
    ("percentage", "a.c = 5; consume a.c 1; query a.c", Fault.FOREIGN_OPERATION),
    ("entity_track", "x = percent_off 5 5; query x", Fault.FOREIGN_OPERATION),
    ("comparison", "x = percent_off 5 5; query x", Fault.FOREIGN_OPERATION),
    ("astrology", "x = add 1 1; query x", Fault.UNKNOWN_SPECIALIST),
    ("arithmetic", "x = add 1; query x", Fault.MALFORMED_STEP),
    ("arithmetic", "x = sub 1 2 3; query x", Fault.MALFORMED_STEP),
    ("arithmetic", "x = abs 1 2; query x", Fault.MALFORMED_STEP),
    ("arithmetic", "x = pow 2 33; query x", Fault.OUT_OF_BOUNDS),
    ("arithmetic", "x = pow 2 0.5; query x", Fault.OUT_OF_BOUNDS),
    ("arithmetic", "x = pow 999999999 9; query x", Fault.OUT_OF_BOUNDS),
    ("arithmetic", "x = pow 1/999999999 9; query x", Fault.OUT_OF_BOUNDS),
    ("arithmetic", "x = add 1 1", Fault.NO_QUERY),
    ("arithmetic", "x = add 1 1; query x; y = add 1 1", Fault.NO_QUERY),
    ("arithmetic", "x = add 1 1; query x; query x", Fault.NO_QUERY),
]
GOOD = part("arithmetic", "x = add 1 1; query x")


@pytest.mark.parametrize(("expert", "brief", "fault"), FAULTS)
def test_a_fault_is_one_alone_and_in_any_part(expert: str, brief: str, fault: Fault) -> None:
    bad = part(expert, brief)
    for trace in ((bad,), (bad, GOOD), (GOOD, bad), (GOOD, bad, GOOD)):
        solution = solve(trace)
        assert (solution.answer, solution.fault) == (None, fault)
        assert solution.reason


@pytest.mark.parametrize(
    "step",
    [
        Step("init", {"var": "x"}),
        Step("init", {"var": "x", "value": Fraction(1), "source": "prev.result"}),
        Step("init", {"var": "x", "value": "y"}),
        Step("init", {"var": "x", "source": "elsewhere"}),
        Step("init", {"var": "x", "source": Fraction(1)}),
        Step("init", {"var": Fraction(1), "value": Fraction(1)}),
        Step("init", {"var": "Not A Name", "value": Fraction(1)}),
        Step("compute", {"compute_op": "guess", "args": (Fraction(1),), "var": "y"}),
        Step("compute", {"compute_op": "add", "args": Fraction(1), "var": "y"}),
        Step("compute", {"compute_op": "add", "args": (), "var": "y"}),
        Step("conjure", {}),
    ],
)
def test_a_malformed_step_is_a_fault(step: Step) -> None:
    bad = Part("arithmetic", (step, *GOOD.steps))
    for trace in ((bad,), (GOOD, bad)):
        assert solve(trace).fault is Fault.MALFORMED_STEP


def test_prev_is_not_there_in_the_first_part() -> None:
    lonely = part("arithmetic", "x = prev.result; y = add x 1; query y")
    assert solve((lonely,)).fault is Fault.UNRESOLVED_SOURCE
    ahead = part("arithmetic", "x = sub2.result; y = add x 1; query y")
    assert solve((GOOD, ahead)).fault is Fault.UNRESOLVED_SOURCE


def test_what_was_only_handed_on_is_no_answer() -> None:
    handed_on = part("arithmetic", "x = prev.result; query x")
    assert solve((GOOD, handed_on)).fault is Fault.SHORT_CIRCUIT


def test_a_trace_without_parts_is_a_fault() -> None:
    assert solve(()).fault is Fault.NO_QUERY
    assert solve((Part("arithmetic", ()),)).fault is Fault.NO_QUERY


def test_numbers_stay_in_bounds_on_a_long_way() -> None:
    squares = "; ".join(f"x{n + 1} = mul x{n} x{n}" for n in range(40))
    for start in ("3", "1/3", "0.999"):
        solution = solve((part("arithmetic", f"x0 = {start}; {squares}; query x40"),))
        assert solution.fault is Fault.OUT_OF_BOUNDS
    large = Step("init", {"var": "large", "value": Fraction(10**100)})
    assert solve((Part("arithmetic", (large, *GOOD.steps)),)).fault is Fault.OUT_OF_BOUNDS


def test_an_answer_is_right_within_a_hundredth() -> None:
    assert is_right(Fraction("3.33"), Fraction(10, 3))
    assert is_right(Fraction("3.01"), Fraction(3))
    assert not is_right(Fraction("3.02"), Fraction(3))
    assert not is_right(Fraction("-3"), Fraction(3))


NAMES = st.sampled_from(["x", "y", "bob.cards", "prev.result", "sub1.result", "sub9.result", "add"])
NUMBERS = st.one_of(
    st.fractions(max_denominator=100), st.just(Fraction(10**100)), st.just(Fraction(0))
)
OPERANDS = NAMES | NUMBERS
VALUES: st.SearchStrategy[Value] = OPERANDS | st.lists(OPERANDS, max_size=4).map(tuple)


@st.composite
def steps(draw: st.DrawFn) -> Step:
    """Mostly with the keys they need, so that most get as far as being carried out."""
    op = draw(st.sampled_from([*OPERATIONS, "conjure"]))
    if op not in OPERATIONS or draw(st.integers(0, 9)) == 0:
        keys = draw(st.lists(st.sampled_from(["var", "value", "source", "args"]), unique=True))
    else:
        keys = list(draw(st.sampled_from(OPERATIONS[op])))
    values: dict[str, Value] = {}
    for key in keys:
        match key:
            case "compute_op":
                values[key] = draw(st.sampled_from(list(COMPUTE)))
            case "args":
                values[key] = tuple(draw(st.lists(OPERANDS, min_size=1, max_size=3)))
            case "var" | "entity" | "from_entity" | "to_entity":
                values[key] = draw(st.sampled_from(["x", "y", "z", "bob.cards"]))
            case _:
                values[key] = draw(VALUES)
    return Step(op, values)


@st.composite
def parts(draw: st.DrawFn) -> Part:
    body = draw(st.lists(steps(), max_size=6))
    query = Step("query", {"var": draw(st.sampled_from(["x", "y", "z", "bob.cards"]))})
    expert = draw(st.sampled_from([*SPECIALISTS, "astrology"]))
    return Part(expert, (*body, query))


def is_whole(solution: Solution) -> bool:
    """An answer within bounds, or a fault with its reason; never both, never neither."""
    if solution.answer is None:
        return solution.fault is not None and bool(solution.reason)
    return solution.fault is None and abs(solution.answer) <= solver.MAX_MAGNITUDE


@given(st.lists(parts(), max_size=9))
def test_whatever_comes_in_an_answer_or_a_fault_comes_out(trace: list[Part]) -> None:
    assert is_whole(solve(tuple(trace)))


@given(st.text())
def test_whatever_text_comes_in_an_answer_or_a_fault_comes_out(text: str) -> None:
    assert is_whole(run(text))
