"""What the evidence says, in a sentence."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from knowhow_router.advice import Advice, advise

ARMS = ["event sourcing + CQRS", "saga + CRDT", "plain REST"]
SEVENTEEN = np.array([0] * 12 + [1] * 3 + [2] * 2)
REWARDS = np.array([1.0] * 15 + [0.0] * 2)


def advised(arms: np.ndarray, rewards: np.ndarray) -> list[Advice]:
    return advise(arms, rewards, ARMS)


def test_seventeen_similar_problems_recommend_what_always_worked() -> None:
    found = advised(SEVENTEEN, REWARDS)
    assert [a.arm for a in found] == ARMS
    assert str(found[0]) == "12/12 on similar problems (100%, 76–100%)"
    assert str(found[2]) == "0/2 on similar problems (0%, 0–66%)"


def test_one_more_success_makes_it_thirteen() -> None:
    best = advised(np.append(SEVENTEEN, 0), np.append(REWARDS, 1.0))[0]
    assert str(best).startswith("13/13 on similar problems")


def test_two_lucky_tries_do_not_outrank_twelve_of_fourteen() -> None:
    arms = np.array([0] * 14 + [1] * 2)
    rewards = np.array([1.0] * 12 + [0.0] * 2 + [1.0] * 2)
    assert advised(arms, rewards)[0].arm == ARMS[0]


KEYLESS = ["orders", "schemas without keys"]
IN_ORDERS = np.array([1.0] * 12 + [0.0] * 2)
IN_KEYLESS = np.array([1.0] + [0.0] * 5)


def advised_under(*, here: int) -> list[Advice]:
    conditions = np.array([0] * 14 + [1] * 6)
    rewards = np.concatenate([IN_ORDERS, IN_KEYLESS])
    arms = np.zeros(20, np.int64)
    return advise(arms, rewards, ARMS, conditions=conditions, labels=KEYLESS, here=here)


def test_where_an_arm_does_markedly_worse_the_sentence_warns() -> None:
    [found] = advised_under(here=0)
    assert str(found) == (
        "12/14 on similar problems (86%, 60–96%); when not to: schemas without keys, 1/6"
    )
    assert found.applicable.share_of_tries == "12/14"


def test_a_problem_of_the_bad_kind_is_told_so() -> None:
    [found] = advised_under(here=1)
    assert str(found).endswith("; not here: schemas without keys, 1/6")
    assert found.applicable.share_of_tries == "1/6"


def test_an_arm_that_fails_on_this_kind_is_not_recommended_for_it() -> None:
    arms = np.array([0] * 20 + [1] * 6)
    conditions = np.array([0] * 14 + [1] * 12)
    rewards = np.concatenate([IN_ORDERS, IN_KEYLESS, [1.0, 1.0, 1.0, 1.0, 1.0, 0.0]])
    found = advise(arms, rewards, ARMS, conditions=conditions, labels=KEYLESS, here=1)
    assert found[0].arm == ARMS[1]


def test_one_bad_day_is_no_warning() -> None:
    conditions = np.array([0] * 14 + [1] * 2)
    rewards = np.concatenate([IN_ORDERS, [0.0, 0.0]])
    [found] = advise(np.zeros(16, np.int64), rewards, ARMS, conditions=conditions, labels=KEYLESS)
    assert found.warnings == ()
    assert found.rate.tries == 16


def test_nothing_tried_is_no_advice() -> None:
    assert advised(SEVENTEEN[:0], REWARDS[:0]) == []


@given(st.lists(st.tuples(st.integers(0, 2), st.integers(-1, 3), st.floats(0, 1)), min_size=1))
def test_every_try_is_counted_once(tries: list[tuple[int, int, float]]) -> None:
    arms, conditions, rewards = (np.array(column) for column in zip(*tries, strict=True))
    found = advise(arms, rewards, ARMS, conditions=conditions, labels=["a", "b", "c", "d"])
    counted = sum(a.rate.tries + sum(w.rate.tries for w in a.warnings) for a in found)
    assert counted == len(tries)
    assert sum(
        a.rate.successes + sum(w.rate.successes for w in a.warnings) for a in found
    ) == pytest.approx(float(rewards.sum()))
