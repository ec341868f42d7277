"""Recent outcomes against those before."""

import numpy as np

from knowhow_router.trend import is_recent, trends


def trend_of(early: list[float], late: list[float]):
    rewards = np.array(early + late)
    recent = np.arange(len(rewards)) >= len(early)
    [found] = trends(rewards, recent, np.zeros(len(rewards), np.int64), 1)
    return found


def test_an_arm_that_broke_is_worse_and_one_that_was_mended_better() -> None:
    good, bad = [1.0] * 36 + [0.0] * 4, [1.0] * 8 + [0.0] * 32
    broke, mended = trend_of(good, bad), trend_of(bad, good)
    assert broke.verdict == "worse"
    assert broke.high < 0
    assert mended.verdict == "better"
    assert mended.low > 0
    assert mended.change == -broke.change


def test_the_same_rate_is_steady_and_a_handful_of_tries_says_nothing() -> None:
    assert trend_of([1.0, 0.0] * 20, [1.0, 0.0] * 20).verdict == "steady"
    assert trend_of([1.0] * 40, [0.0] * 9) is None


def test_a_table_of_unchanged_arms_seldom_cries_wolf() -> None:
    rng, arms, false_alarms, tables = np.random.default_rng(0), 20, 0, 200
    for _ in range(tables):
        lines = np.repeat(np.arange(arms), 100)
        rewards = (rng.random(arms * 100) < 0.7).astype(float)
        found = trends(rewards, rng.random(arms * 100) < 0.2, lines, arms)
        false_alarms += any(t is not None and t.verdict != "steady" for t in found)
    assert false_alarms / tables <= 0.08


def test_the_newest_fifth_is_recent_and_ties_are_not_cut() -> None:
    assert is_recent(np.arange(10.0)).tolist() == [False] * 8 + [True] * 2
    assert not is_recent(np.zeros(10)).any()
    assert len(is_recent(np.zeros(0))) == 0
