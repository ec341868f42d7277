"""The adviser of an eval: silent until it learnt, then heard with what it thinks of the arms."""

import numpy as np
import pytest

from knowhow.benches._base import load_bench_base
from knowhow.benches._school import School
from knowhow.evals._advised import Advised, Adviser
from knowhow_router.contract import Row

ARMS = ("planner::greedy", "planner::search")


@pytest.fixture(scope="module")
def school(tmp_path_factory: pytest.TempPathFactory) -> School:
    return School(load_bench_base(), tmp_path_factory.mktemp("school"))


def row(number: int, words: str) -> Row:
    return Row(f"r{number}", words, None, np.eye(8, dtype=np.float32)[number % 8])


def taught(school: School, enough: int) -> Adviser:
    adviser = Adviser(school, ARMS, enough, seed=0)
    for number in range(40):
        big = number % 2
        problem = row(number, f"plan {number} {'huge' if big else 'tiny'} things")
        adviser.hear(problem, ARMS[number // 2 % 2], float(number // 2 % 2 == big))
    return adviser


def test_it_is_silent_until_enough_was_heard(school: School) -> None:
    assert taught(school, enough=41).think(row(0, "plan a huge thing")) == {}
    opinion = taught(school, enough=40).think(row(0, "plan a huge thing"))
    assert set(opinion) == set(ARMS) and sum(opinion.values()) == pytest.approx(1)


def test_it_prefers_what_went_well_on_such_problems(school: School) -> None:
    adviser = taught(school, enough=40)
    huge = adviser.think(row(0, "plan 99 huge things"))[ARMS[1]]
    tiny = adviser.think(row(0, "plan 99 tiny things"))[ARMS[1]]
    assert huge > tiny


def test_what_the_small_model_cannot_read_is_passed_over(school: School) -> None:
    long = row(1, "plan " * 3_000)
    adviser = Adviser(school, ARMS, 41, seed=0)
    adviser.hear(long, ARMS[0], 1.0)
    for number in range(40):
        adviser.hear(row(number, f"plan {number}"), ARMS[number % 2], float(number % 2))
    assert adviser.think(long) == {} and adviser.think(row(0, "plan 3")) != {}


def test_the_policy_tells_its_adviser_and_hears_it(school: School) -> None:
    adviser = Adviser(school, ARMS, 40, seed=0)
    policy = Advised(adviser)
    policy.start(ARMS, dim=8, seed=0, budget=None, price=0.0)
    for number in range(40):
        problem = row(number, f"plan {number}")
        choice = policy.decide(problem)
        policy.learn(problem, choice.fallback, float(number % 2), None, choice.propensity)
    assert set(adviser.think(row(9, "plan 9"))) == set(ARMS)
