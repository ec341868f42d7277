import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from knowhow_memory.errors import InputError
from knowhow_memory.models import (
    MAX_BITS,
    MAX_DEPTH,
    MAX_NAME_LENGTH,
    MAX_PROBLEM_BYTES,
    DecisionCreate,
    Fault,
    OutcomeCreate,
    split_arm,
)
from knowhow_memory.validation import checked

GOOD = {"problem": "2 + 2?", "arm": "big", "reward": 1.0}
DECISION = {"problem": "2 + 2?", "cause": "test"}
TEXT_FIELDS = [
    "tenant",
    "principal",
    "problem",
    "task",
    "big_model",
    "decision_id",
    "arm",
    "verified_by",
    "source",
    "adapter_version",
    "content_id",
]


def nested(depth):
    value = "leaf"
    for _ in range(depth):
        value = [value]
    return value


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"problem": ""}, "problem: the problem is empty"),
        ({"problem": " \n"}, "the problem is empty"),
        ({"problem": "x" * (MAX_PROBLEM_BYTES + 1)}, "1,000,001 bytes; the limit is 1,000,000"),
        ({"problem": "ü" * (MAX_PROBLEM_BYTES // 2 + 1)}, "1,000,002 bytes"),
        ({"reward": 1.01}, "reward: "),
        ({"reward": -0.01}, "reward: "),
        ({"reward": math.nan}, "reward: "),
        ({"reward": math.inf}, "reward: "),
        ({"reward": True}, "true and false are not numbers"),
        ({"reward": None}, "give a reward between 0 and 1, or fault='infra'"),
        ({"fault": "infra"}, "a fault of the infrastructure has no reward"),
        ({"fault": "weather"}, "fault: "),
        ({"arm": None}, "give a decision id, or both a problem and an arm"),
        ({"arm": ""}, "arm: "),
        ({"arm": "a" * (MAX_NAME_LENGTH + 1)}, "arm: "),
        ({"cost": -1.0}, "cost: "),
        ({"cost": 1e300}, "cost: "),
        ({"latency_s": math.inf}, "latency_s: "),
        ({"tokens_in": 2**31}, "tokens_in: "),
        ({"tokens_out": True}, "true and false are not numbers"),
        ({"occurred_at": math.nan}, "occurred_at: "),
        ({"content_id": "c" * 65}, "content_id: "),
        ({"colour": "red"}, "colour: "),
        ({"trajectory": [{"a": "x\0"}]}, "trajectory: a text contains a NUL"),
        ({"trajectory": [{"a\0": 1}]}, "trajectory: a text contains a NUL"),
        (
            {"trajectory": [{"a": {"b": ["\ud800"]}}]},
            "trajectory: a text contains a lone surrogate",
        ),
        ({"trajectory": [{"a": math.nan}]}, "trajectory: it contains nan"),
        ({"trajectory": [{"a": {1: 2}}]}, "trajectory: the key 1 is not a text"),
        ({"trajectory": [{"a": {1}}]}, "trajectory: it contains a set"),
        ({"trajectory": [{"a": 2**MAX_BITS}]}, "bits: write it as a text"),
        ({"trajectory": [{"a": nested(MAX_DEPTH)}]}, f"more than {MAX_DEPTH} levels"),
    ],
)
def test_what_does_not_fit_is_refused_in_one_line_that_names_it(wrong, said):
    with pytest.raises(InputError) as caught:
        checked(OutcomeCreate, **(GOOD | wrong))
    assert said in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("field", TEXT_FIELDS)
@pytest.mark.parametrize(
    ("text", "said"), [("a\0b", "NUL"), ("a\ud800", "lone surrogate at character 1")]
)
def test_no_text_field_takes_what_databases_cannot_keep(field, text, said):
    with pytest.raises(InputError, match=f"{field}: .*{said}"):
        checked(OutcomeCreate, **(GOOD | {field: text}))


@pytest.mark.parametrize(
    "wrong",
    [
        {"id": "not hexadecimal"},
        {"propensity": 0.0},
        {"propensity": 1.5},
        {"estimate": math.nan},
        {"low": True},
        {"learned_seq": 2**63},
        {"candidates": [{"arm": "\0"}]},
        {"cause": ""},
    ],
)
def test_decisions_are_checked_as_well(wrong):
    with pytest.raises(InputError, match=next(iter(wrong))):
        checked(DecisionCreate, **(DECISION | wrong))


def test_what_lies_on_the_border_is_taken():
    OutcomeCreate(**(GOOD | {"problem": "x" * MAX_PROBLEM_BYTES}))
    OutcomeCreate(**(GOOD | {"arm": "a" * MAX_NAME_LENGTH, "reward": 0}))
    OutcomeCreate(**(GOOD | {"trajectory": [{"a": nested(MAX_DEPTH - 2), "b": 2**MAX_BITS - 1}]}))
    OutcomeCreate(problem="p", arm="a", fault=Fault.INFRA)


def test_zero_has_no_sign():
    """SQLite forgets it, and the row would not be what was written."""
    outcome = OutcomeCreate(**(GOOD | {"reward": -0.0, "cost": -0.0, "occurred_at": -0.0}))
    signs = [math.copysign(1, n) for n in (outcome.reward, outcome.cost, outcome.occurred_at)]
    assert signs == [1, 1, 1]


@given(st.text(st.characters(exclude_characters=":"), min_size=1), st.none() | st.text())
def test_an_arm_is_a_specialist_and_perhaps_a_strategy(specialist, strategy):
    arm = specialist if strategy is None else f"{specialist}::{strategy}"
    assert split_arm(arm) == (specialist, strategy)
