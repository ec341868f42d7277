"""What results look like where they are right, and where they are not."""

import math
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from knowhow_agents.skills.traces.items import training_items
from knowhow_agents.skills.traces.language import Part, parse
from knowhow_agents.skills.traces.learning import everything, gather, said_by
from knowhow_agents.skills.traces.patterns.pattern import steps_of
from knowhow_agents.skills.traces.sense import Looks, Sense, learn_sense, sums_of
from knowhow_agents.skills.traces.team import Said

TRACE = """\
expert: arithmetic
trace:
- {op: init, var: first, value: 84}
- {op: init, var: second, value: 12}
- {op: compute, compute_op: div, args: [first, second], var: result}
- {op: query, var: result}"""
PROBLEM = "84 figs are shared out to 12 people. How many does each get?"


def looks(brief: str) -> Looks:
    """Of the one step."""
    operation = brief.split()[2]
    order = {(operation, look): float(at) for at, look in enumerate(Looks)}
    place = Sense(order).of((Part("arithmetic", steps_of(f"{brief}; query x")),))
    assert place is not None
    return list(Looks)[int(place)]


@pytest.mark.parametrize(
    ("brief", "expected"),
    [
        ("x = sub 7 0", Looks.UNCHANGED),
        ("x = sub 3 8", Looks.NEGATIVE),
        ("x = sub 3 3", Looks.NOTHING),
        ("x = div 3 4", Looks.PART),
        ("x = div 8 4", Looks.WHOLE),
        ("x = div 5 4", Looks.CENTS),
        ("x = div 25 8", Looks.FINER),
        ("x = div 7 3", Looks.FINER),
    ],
)
def test_a_result_looks_like_one_thing(brief: str, expected: Looks) -> None:
    assert looks(brief) is expected


def test_what_cannot_be_carried_out_makes_no_sense_at_all() -> None:
    assert Sense().of(parse(TRACE)) == 0
    assert Sense().of(parse(TRACE.replace("value: 12", "value: 0"))) is None


def test_what_only_comes_of_other_sums_counts_against_a_result() -> None:
    others = {"arithmetic": ["47 / 84", "84 / 47", "84 - 47", "47 - 84", "47 + 84"]}
    sense = learn_sense([(PROBLEM, TRACE)] * 20, others)
    assert sense.odds["div", Looks.WHOLE] > 1
    assert sense.odds["div", Looks.PART] < -2
    assert sense.odds["sub", Looks.NEGATIVE] < -1, "of all subtractions none was right"
    assert ("mul", Looks.WHOLE) not in sense.odds
    right = sense.of(parse(TRACE))
    wrong = sense.of(parse(TRACE.replace("[first, second]", "[second, first]")))
    assert right is not None and wrong is not None and right > wrong + 3


def test_sums_that_are_right_too_are_no_others() -> None:
    sense = learn_sense([(PROBLEM, TRACE)] * 20, {"arithmetic": ["47 / 84"]})
    assert sense.odds["div", Looks.WHOLE] > 0


def test_sums_are_everybodys_own_each_once() -> None:
    said = [Said(agent, "?", words) for agent, words in [("a", "2"), ("b", "3"), ("a", "1")] * 2]
    assert sums_of(said) == {"a": ["1", "2"], "b": ["3"]}


@given(st.integers(0, 100), st.integers(0, 3))
def test_worth_is_finite_whatever_was_seen(count: int, which: int) -> None:
    taught = TAUGHT[which]
    some = [(one.problem, one.trace) for one in everything(taught)][:count]
    sense = learn_sense(some, sums_of(said_by(taught)))
    assert all(math.isfinite(worth) for worth in sense.odds.values())


TAUGHT = [gather(training_items(60, seed=seed), at_most=20) for seed in range(4)]
EXCHANGED = re.compile(r"(compute_op: (?:sub|div), args: \[)([\w.]+), ([\w.]+)")


def test_right_traces_make_more_sense_than_the_same_with_operands_exchanged() -> None:
    taught = gather(training_items(600, seed=0), at_most=200)
    examples = [(one.problem, one.trace) for one in everything(taught)]
    sense = learn_sense(examples, sums_of(said_by(taught)))
    better: list[bool] = []
    for item in training_items(300, seed=9):
        other = EXCHANGED.sub(r"\1\3, \2", item.trace)
        if other != item.trace:
            ours, theirs = sense.of(parse(item.trace)), sense.of(parse(other))
            assert ours is not None
            better.append(theirs is None or ours > theirs)
    assert sum(better) > 0.95 * len(better) > 50
