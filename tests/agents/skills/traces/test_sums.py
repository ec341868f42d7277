import itertools

import pytest

from knowhow_adapters.base.load import load_base
from knowhow_adapters.decode.grammar import Grammars
from knowhow_agents.skills.traces import division, sums
from knowhow_agents.skills.traces.items import Cell, exam_items, training_items
from knowhow_agents.skills.traces.language import Step, TraceRefused, parse, write
from knowhow_agents.skills.traces.marks import MARKS, look
from knowhow_agents.skills.traces.solver import is_right, run
from knowhow_agents.skills.traces.team import lessons

A, B, C = MARKS[:3]
SHOP = look("A cart of 80 figs is cut by 20%, then 7 are added.")
ITEMS = [
    *training_items(400, seed=3),
    *exam_items(Cell.COMPOSITIONS, 60, seed=3),
    *exam_items(Cell.CHAINS, 20, seed=3),
]


def test_what_is_told_is_spelled_out_to_a_trace_with_the_same_answer() -> None:
    told = in_stretches = 0
    for item in ITEMS:
        sight, trace = look(item.problem), parse(item.trace)
        try:
            found = division.divide(sight, trace)
            divided = tuple(share for share, _ in found)
            excerpts = division.excerpts(sight, divided)
            written = [sums.tell(own, part) for own, (_, part) in zip(excerpts, found, strict=True)]
        except sums.NotTold:
            continue
        told += 1
        in_stretches += len(found) > len(trace)
        assert division.read(sight, division.tell(sight, divided)) == divided
        stretches = zip(divided, excerpts, written, strict=True)
        parts = [
            sums.spell_out(expert, [(own, words) for _, own, words in each])
            for expert, each in itertools.groupby(stretches, key=lambda one: one[0].expert)
        ]
        answer = run(write(parts)).answer
        assert answer is not None and is_right(answer, item.answer), (item.problem, written)
        assert [part.expert for part in parts] == list(item.specialists)
    assert told > 0.97 * len(ITEMS)
    assert in_stretches > 0.1 * len(ITEMS)


def test_a_part_is_cut_where_only_the_last_result_is_needed() -> None:
    problem = "A dial shows 40. It rises by 5. It is cut by a tenth of 90. What is it plus 8?"
    [part] = parse(
        """\
expert: arithmetic
trace:
- {op: init, var: start, value: 40}
- {op: init, var: end, value: 8}
- {op: compute, compute_op: add, args: [start, 5], var: one}
- {op: compute, compute_op: div, args: [90, 10], var: two}
- {op: compute, compute_op: sub, args: [one, two], var: three}
- {op: compute, compute_op: add, args: [three, end], var: four}
- {op: query, var: four}"""
    )
    sight = look(problem)
    assert list(sums.cuts(sight, part)) == [(2, 1), (3, 3)], "two results are needed behind two"
    before, after = sums.cut(part, 3)
    assert sums.tell(sight, before) == f"{A} + {B}; {MARKS[3]} / 10; #1 - #2"
    assert sums.tell(sight.excerpt([], [3]), after) == f"prev + {A}"


def test_every_lesson_is_in_its_grammar() -> None:
    base = load_base()
    grammars = Grammars(base.tokenizer, base.model.config.vocab_size, base.ends)
    for item in ITEMS[::4]:
        try:
            learnt = lessons(look(item.problem), parse(item.trace))
        except sums.NotTold:
            continue
        for said in learnt:
            guide = grammars.start(sums.grammar(said.agent))
            for token in base.prompts.encode_part(said.answer):
                assert guide.allowed()[token], said
                guide._matcher.consume_token(token)
            assert guide.satisfied, said


@pytest.mark.parametrize(
    ("expert", "words", "steps"),
    [
        (
            "percentage",
            f"{A} - {B}%",
            ["init base 80", "init rate 20", "percent_off base rate result"],
        ),
        ("rate_equation", f"{A} * {B}", ["init rate 80", "init time 20", "mul rate time result"]),
        (
            "comparison",
            f"{A} * {B}; {A} + #1",
            ["init first 80", "init factor 20", "mul first factor step1", "add first step1 result"],
        ),
        (
            "arithmetic",
            f"{A} + {B} + {C}; #1 / 3",
            ["init value1 80", "init value2 20", "init value3 7",
             "add value1 value2 value3 step1", "div step1 3 result"],
        ),
        ("arithmetic", "prev min sub1", ["init value1 prev.result", "init value2 sub1.result",
             "min value1 value2 result"]),
    ],
)  # fmt: skip
def test_sums_become_steps(expert: str, words: str, steps: list[str]) -> None:
    part = sums.spell_out(expert, [(SHOP, words)])
    assert [_brief(step) for step in part.steps] == [*steps, "query result"]


def test_belongings_move() -> None:
    sight = look("Kofi has 9 pears and Amy 4. Kofi gives 3 to Amy, who eats 2.")
    words = f"Ben = {A}; Tom = {B}; Ben > Tom {C}; Tom - {MARKS[3]}; Tom"
    assert run(write([sums.spell_out("entity_track", [(sight, words)])])).answer == 5
    words = f"Ben = {A}; Tom = {B}; Ben > Tom {C}; Tom - Ben"
    assert run(write([sums.spell_out("entity_track", [(sight, words)])])).answer == 1


@pytest.mark.parametrize(
    "words", ["", "47", "47 +", "47 + 84 - 32", "Ben", "x + y", "47 ** 84", "#1 +  #2", "47 - 84%;"]
)
def test_what_is_no_sum_is_refused(words: str) -> None:
    with pytest.raises(TraceRefused):
        sums.spell_out("arithmetic", [(SHOP, words)])


def test_a_result_that_is_not_there_has_no_answer() -> None:
    with pytest.raises(TraceRefused):
        sums.spell_out("arithmetic", [(SHOP, f"{A} + #2")])


def test_a_number_that_is_said_twice_is_told_only_where_all_go_in_order() -> None:
    problem = look("From 5 add 5, then take 7.")
    [in_order] = parse(_arithmetic("add", "sub", (5, 5, 7)))
    assert sums.tell(problem, in_order) == f"{A} + {B}; #1 - {C}"
    [another] = parse(_arithmetic("add", "sub", (7, 5, 5)))
    with pytest.raises(sums.NotTold):
        sums.tell(problem, another)


def _arithmetic(one: str, two: str, numbers: tuple[int, int, int]) -> str:
    a, b, c = numbers
    return f"""\
expert: arithmetic
trace:
- {{op: compute, compute_op: {one}, args: [{a}, {b}], var: one}}
- {{op: compute, compute_op: {two}, args: [one, {c}], var: two}}
- {{op: query, var: two}}"""


def _brief(step: Step) -> str:
    words = [step.values.get("compute_op", step.op)]
    for key, value in step.values.items():
        if key != "compute_op":
            words.extend(value if isinstance(value, tuple) else [value])
    return " ".join(map(str, words))
