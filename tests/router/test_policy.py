"""Choosing and keeping honest: exploration, calibration, drift, trust, budget, abstention."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from knowhow_router.abstention import GIVEN_UP, LEAST_OUTCOMES, Abstention
from knowhow_router.bills import Bills
from knowhow_router.budget import Purse
from knowhow_router.calibration import BLOCK, Calibration, Width
from knowhow_router.contract import Row
from knowhow_router.drift import DriftWatch
from knowhow_router.exploration import (
    DRAWN_SHARE,
    draw,
    optimism,
    propensities,
    region_worth,
)
from knowhow_router.observation import Observation
from knowhow_router.replay.knowhow_policy import KnowhowPolicy
from knowhow_router.trust import FREE_WEIGHT, LEAST_SHARE, Trust

unit = st.floats(0, 1)


@given(st.lists(st.tuples(unit, unit), min_size=1, max_size=30), st.integers(0, 10**6))
def test_chances_sum_to_one_and_nobody_is_out(pairs: list[tuple[float, float]], steps: int) -> None:
    utility, bonus = np.array(pairs).T
    chances = propensities(utility, bonus, steps, 0.2)
    assert chances.sum() == pytest.approx(1.0)
    assert (chances > 0).all()
    assert chances[np.argmax(utility + bonus)] >= 1 - DRAWN_SHARE


def test_draws_follow_the_chances() -> None:
    chances = np.array([0.7, 0.2, 0.1])
    drawn = [draw(chances, 0, str(key)) for key in range(20_000)]
    np.testing.assert_allclose(np.bincount(drawn) / 20_000, chances, atol=0.015)


@given(unit, unit, st.floats(0.01, 1))
def test_a_region_is_worth_less_the_better_somebody_is(
    here: float, overall: float, more: float
) -> None:
    worth = region_worth(here, overall, arms=5)
    assert worth >= region_worth(min(1.0, here + more), overall, arms=5) >= 0.0
    assert worth >= region_worth(here, min(1.0, overall + more), arms=5) >= 0.0
    assert worth <= region_worth(here, overall, arms=6)
    assert region_worth(1.0, overall, arms=5) == region_worth(here, 1.0, arms=5) == 0.0
    assert region_worth(here, overall, arms=2) == region_worth(here, overall, arms=1) == 0.0


def test_an_arm_unknown_in_a_region_is_wanted_only_where_that_is_worth_it() -> None:
    nothing, unknown = np.zeros(2), np.array([0.0, 0.1])
    failing = optimism(0.2, nothing, nothing, unknown, region_worth(0.1, 0.1, 5))
    mastered = optimism(0.2, nothing, nothing, unknown, region_worth(0.9, 0.1, 5))
    assert failing[1] > 10 * mastered[1] > failing[0] == mastered[0] == 0.0


def test_calibration_learns_what_a_stated_chance_is_worth() -> None:
    calibration = Calibration()
    for at in range(2000):
        calibration.learn(0.8, float(at % 10 < 6), 1.0)
    assert calibration.correct(0.8) == pytest.approx(0.6, abs=0.02)
    assert calibration.correct(0.3) == pytest.approx(0.3, abs=0.02)


@given(unit, st.floats(0, 1e6))
def test_an_interval_holds_its_chance_and_narrows_with_support(p: float, support: float) -> None:
    width = Width()
    low, high = width.interval(p, support)
    wider_low, wider_high = width.interval(p, support / 4)
    assert 0 <= low <= p <= high <= 1
    assert high - low <= wider_high - wider_low + 1e-9


def test_widths_that_do_not_hold_grow() -> None:
    width = Width()
    for at in range(40 * BLOCK):
        width.learn([(0, 0)], 0.9, 5000.0, float(at % 10 < 5))
    assert width.scale > 1.5


def surprises(p: float, steps: int, seed: int, stated: float = 0.6) -> list[int]:
    rng, watch = np.random.default_rng(seed), DriftWatch()
    hits = (watch.learn(0, s, stated, float(rng.random() < p), 0.24, 1.0) for s in range(steps))
    return [hit.seq for hit in hits if hit is not None]


def test_a_broken_arm_is_noticed_within_fifty_outcomes() -> None:
    assert surprises(0.0, 80, 0)[0] < 80
    assert surprises(1.0, 100, 0)[0] < 100


def test_there_are_no_false_alarms_in_ten_thousand_outcomes() -> None:
    assert sum(len(surprises(0.6, 10_000, seed)) for seed in range(3)) == 0
    assert sum(len(surprises(0.55, 10_000, seed)) for seed in range(3)) <= 1


def test_an_alarm_takes_more_outcomes_of_those_who_are_trusted_less() -> None:
    def until_noticed(weight: float) -> int:
        watch = DriftWatch()
        hits = (watch.learn(0, seq, 0.9, 0.0, 0.1, weight) for seq in range(1000))
        return next(hit.seq for hit in hits if hit is not None)

    assert until_noticed(1.0) < 60
    assert until_noticed(0.1) > 120


def said(seq: int, **more: object) -> Observation:
    nothing = np.zeros(1, dtype=np.float32)
    values = {"seq": seq, "vector": nothing, "features": nothing, "arm": "a", "reward": 1.0}
    return Observation(**values | more)  # type: ignore[arg-type]


def test_one_principal_among_many_keeps_to_its_share() -> None:
    trust = Trust()
    for seq in range(9000):
        trust.weigh(said(seq, principal=f"p{seq % 90}"))
    loud = sum(trust.weigh(said(seq, principal="loud")) for seq in range(1000))
    assert FREE_WEIGHT <= loud <= LEAST_SHARE * (9000 + loud) + 1


def test_the_only_principal_there_is_counts_fully() -> None:
    trust = Trust()
    assert {trust.weigh(said(seq, principal="me")) for seq in range(500)} == {1.0}


def test_a_source_that_contradicts_verified_outcomes_loses_trust() -> None:
    trust = Trust()
    for seq in range(20):
        trust.weigh(said(seq, problem_key=str(seq), verified=True))
        trust.weigh(said(seq, problem_key=str(seq), source="liar", reward=0.0))
        trust.weigh(said(seq, problem_key=str(seq), source="friend"))
    assert trust.weigh(said(99, source="liar")) < 0.1
    assert trust.weigh(said(99, source="friend")) == 1.0


@given(st.lists(st.tuples(unit, unit, unit), min_size=100, max_size=300), st.floats(0.2, 1.0))
def test_a_purse_never_pays_more_than_it_has(
    problems: list[tuple[float, float, float]], budget: float
) -> None:
    purse = Purse(budget, arms=3)
    costs = np.array([0.1, 0.5, 2.0])
    spent = 0.0
    for gains in problems:
        estimates = np.array(gains)
        purse.look(estimates, costs)
        allowed = purse.affordable(costs, np.zeros(3))
        choice = int(np.argmax(np.where(allowed, estimates - purse.price * costs, -np.inf)))
        purse.spend(costs[choice])
        spent += costs[choice]
    assert spent <= budget * (len(problems) + 5) + 1e-9


def test_a_purse_pays_only_what_it_could_pay_if_the_bill_were_higher() -> None:
    purse = Purse(1.0, arms=2)
    for _ in range(10):
        purse.spend(0.0)  # 15 in the purse, and 1 comes in
    costs = np.array([0.5, 10.0])
    assert purse.affordable(costs, np.array([0.0, 0.0])).tolist() == [True, True]
    assert purse.affordable(costs, np.array([0.0, 1.0])).tolist() == [True, False]
    assert purse.affordable(costs, np.array([99.0, 1.0])).any(), "the cheapest one always"


def test_a_cost_follows_the_region_and_forgets_nothing_when_regions_are_drawn_anew() -> None:
    bills = Bills()
    bills.add_arm(None)
    bills.add_arm(3.0)
    assert bills.expected(None).tolist() == [0.0, 3.0] and bills.known.tolist() == [False, True]
    none = np.zeros((0, 1), dtype=np.int64)
    bills.redraw(2, none, none[:, 0], np.zeros(0))
    here, there = np.array([0]), np.array([1])
    for _ in range(100):
        bills.add(0, here, 1.0, None)
        bills.add(0, there, 5.0, None)
    assert bills.expected(None)[0] == 3.0
    assert bills.expected(here)[0] < 1.2 and bills.expected(there)[0] > 4.8
    assert bills.spread[0] < 0.5 and bills.spread[1] == 1.0
    swapped = np.array([[1]] * 50 + [[0]] * 50)
    bills.redraw(2, swapped, np.zeros(100, dtype=np.int64), np.repeat([1.0, 5.0], 50))
    assert bills.expected(here)[0] > 4.7 and bills.expected(there)[0] < 1.3


def test_a_budget_holds_though_the_dear_arm_is_dearest_where_it_is_wanted() -> None:
    """The dear arm is right on half of the problems, which cost five times what the others would;
    nothing is learned any more, and only the bills come in."""
    rng = np.random.default_rng(0)
    policy = KnowhowPolicy()
    policy.start(["cheap", "dear"], dim=4, seed=0, budget=1.0, price=0.0)
    spent = []
    for step in range(1200):
        hard = bool(rng.random() < 0.5)
        vector = rng.standard_normal(4) / 4 + 2 * np.eye(4)[int(hard)]
        unit = (vector / np.linalg.norm(vector)).astype(np.float32)
        row = Row(str(step), "the same words", None, unit)
        bill = rng.gamma(4.0, 1.25) if hard else rng.gamma(4.0, 0.25)
        if step < 200:
            policy.learn_full(row, {"cheap": (0.3, 0.1), "dear": (0.3 + 0.6 * hard, bill)})
            continue
        if step == 200:
            policy.finish_training()
        paid = bill if policy.decide(row).fallback == "dear" else 0.1
        policy.bill(row, paid)
        spent.append(paid)
    assert 0.95 < np.mean(spent) < 1.01


def test_the_price_lets_the_money_go_where_it_brings_most() -> None:
    rng = np.random.default_rng(0)
    purse = Purse(0.5, arms=2)
    costs = np.array([0.0, 1.0])
    gains = rng.random(2000)
    for gain in gains:
        purse.look(np.array([0.0, gain]), costs)
    assert purse.price == pytest.approx(0.5, abs=0.08)


def test_abstaining_costs_what_it_may_and_no_more() -> None:
    rng, abstention = np.random.default_rng(0), Abstention()
    scores = rng.random(5000)
    rewards = (rng.random(5000) < scores**2).astype(float)
    for score, reward in zip(scores, rewards, strict=True):
        abstention.learn(score, reward, 1.0)
    below = scores < abstention.threshold()
    assert 0 < rewards[below].sum() <= GIVEN_UP * rewards.sum()


def test_nobody_abstains_early_or_where_all_goes_well() -> None:
    early, fine = Abstention(), Abstention()
    for _ in range(LEAST_OUTCOMES - 1):
        early.learn(0.1, 0.0, 1.0)
    for at in range(2000):
        fine.learn(0.9 if at % 100 else 0.3, 0.9, 1.0)  # giving the low ones up would be cheap
    assert early.threshold() == 0.0 and fine.threshold() == 0.0


def test_replay_drives_the_router() -> None:
    policy = KnowhowPolicy()
    policy.start(["a", "b"], dim=4, seed=0, budget=None, price=0.0)
    vectors = np.random.default_rng(1).standard_normal((80, 4)).astype(np.float32)
    rows = [Row(str(i), f"problem {i}", None, vector) for i, vector in enumerate(vectors)]
    chosen = []
    for row in rows[:40]:
        choice = policy.decide(row)
        policy.learn(row, choice.fallback, float(row.vector[0] > 0), 0.1, choice.propensity)
        chosen.append(choice)
    for row in rows[40:60]:
        policy.learn_full(row, {"a": (1.0, 0.1), "b": (0.0, None)})
    policy.finish_training()
    chosen += [policy.decide(row) for row in rows[60:]]
    assert {choice.propensity for choice in chosen[40:]} == {1.0}
    assert np.mean([choice.fallback == "a" for choice in chosen[40:]]) > 0.7


def rows_where_only_the_label_tells(n: int) -> list[tuple[Row, str]]:
    """Problems that look alike, and the arm that is right; without labels nobody could know."""
    vectors = np.random.default_rng(2).standard_normal((n, 4)).astype(np.float32)
    pairs = [("sums", "a"), ("plans", "b")]
    return [
        (Row(str(i), "the same words", pairs[i % 2][0], vector), pairs[i % 2][1])
        for i, vector in enumerate(vectors)
    ]


@pytest.mark.parametrize(("labels", "least", "most"), [(True, 0.9, 1.0), (False, 0.3, 0.7)])
def test_a_label_is_used_by_the_policy_that_is_told_and_by_no_other(
    labels: bool, least: float, most: float
) -> None:
    policy = KnowhowPolicy(labels=labels)
    policy.start(["a", "b"], dim=4, seed=0, budget=None, price=0.0)
    right = []
    for row, good in rows_where_only_the_label_tells(400):
        choice = policy.decide(row)
        right.append(choice.fallback == good)
        policy.learn(row, choice.fallback, float(right[-1]), None, choice.propensity)
    assert least <= np.mean(right[200:]) <= most
