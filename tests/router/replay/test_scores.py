"""The figures of a file, worked out by hand from runs of a few decisions."""

from collections.abc import Sequence

import numpy as np
import pytest

from knowhow_router.replay import scores
from knowhow_router.replay.metrics import figure
from knowhow_router.replay.runs import Run
from knowhow_router.replay.scores import (
    Panel,
    RowFacts,
    compare,
    curve,
    difference,
    progress,
    score,
)


def one_kind(rows: int) -> RowFacts:
    return RowFacts(np.zeros(rows, dtype=bool), np.zeros(rows, dtype=np.intp))


FACTS = one_kind(20)


def run(rewards: Sequence[float], *, stated: float = 0.5, cost: float = 1.0) -> Run:
    n = len(rewards)
    flat = np.full(n, stated)
    return Run(
        rows=np.arange(n),
        arms=np.zeros(n, dtype=np.intp),
        rewards=np.array(rewards),
        costs=np.full(n, cost),
        stated=flat,
        low=flat,
        high=flat,
        abstained=np.zeros(n, dtype=bool),
        seconds=np.full(n, 0.002),
        shares=np.array([1.0, 0.0]),
    )


def panel(*rewards: Sequence[float], online: bool = True, price: float = 0.0) -> Panel:
    return Panel.build([run(r) for r in rewards], FACTS, price, online=online)


@pytest.fixture(autouse=True)
def small_marks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scores, "MARKS_OF_PROGRESS", (2, 4, 9))


def test_online_intervals_are_over_seeds() -> None:
    two = panel([1, 1, 0, 0], [1, 1, 1, 1])
    assert two.mean(two.rewards) == figure(np.array([0.5, 1.0]))


def test_one_seed_and_offline_intervals_are_over_rows() -> None:
    one = panel([1, 1, 0, 0])
    assert one.mean(one.rewards) == figure(np.array([1.0, 1, 0, 0]))
    offline = panel([1, 1, 0, 0], [1, 0, 0, 0], online=False)
    assert offline.mean(offline.rewards) == figure(np.array([1.0, 0.5, 0, 0]))


def test_progress_by_hand() -> None:
    ours = panel([0, 1, 1, 1, 0], [0, 0, 1, 0, 1])
    best = panel([1, 1, 1, 1, 1], [1, 1, 1, 1, 1])
    at = progress(ours, best)
    assert at["2"]["stretch"]["mean"] == at["2"]["cumulative"]["mean"] == pytest.approx(0.25)
    assert at["4"]["stretch"]["mean"] == pytest.approx(0.75)
    assert at["4"]["cumulative"]["mean"] == pytest.approx(0.5)
    assert at["4"]["regret"]["mean"] == pytest.approx(2)
    assert at["4"]["after"]["mean"] == pytest.approx(0.5)
    assert at["9"] is None, "five decisions do not reach the mark"


def test_nothing_comes_after_the_last_decision() -> None:
    ours = panel([0, 1, 1, 1])
    assert progress(ours, ours)["4"]["after"] is None
    assert progress(ours, ours)["4"]["ece"] is None


def test_all_figures_of_one_policy() -> None:
    ours, best, single = panel([1, 0, 1, 0]), panel([1, 1, 1, 0]), panel([0, 0, 1, 0])
    result = score(ours, best, single, ("a", "b"))
    assert result["reward"]["mean"] == 0.5
    assert result["cost"]["mean"] == 1
    assert result["regret"]["mean"] == 1
    assert result["brier"] == 0.25
    assert result["ece"] == 0
    assert result["share"] == {"a": 1, "b": 0}
    assert result["ms_per_decision"] == pytest.approx(2)
    assert result["versus_best_single"]["all"]["mean"] == 0.25
    assert result["versus_best_single"]["2"]["stretch"]["mean"] == 0.5
    assert result["versus_best_single"]["4"]["stretch"]["mean"] == 0
    assert result["versus_best_single"]["4"]["cumulative"]["mean"] == 0.25
    assert result["versus_best_single"]["2"]["after"]["mean"] == 0


def test_a_price_changes_worth_and_regret_but_not_reward() -> None:
    ours, best = panel([1, 0], price=0.25), panel([1, 1], price=0.5)
    result = score(ours, best, ours, ("a", "b"))
    assert result["reward"]["mean"] == 0.5
    assert result["worth"]["mean"] == 0.25
    assert result["regret"]["mean"] == pytest.approx((0.5 + 0.5) - (0.75 - 0.25))


def test_differences_are_paired() -> None:
    """Seeds that go up and down together differ by the same amount: no width at all."""
    ours, other = panel([1, 1], [0.5, 0.5], [0, 0.25]), panel([0.5, 1], [0.25, 0.25], [0, -0.25])
    gap = difference(ours, other)["all"]
    assert gap["mean"] == pytest.approx(0.25)
    assert gap["ci95"] == pytest.approx([0.25, 0.25])


def test_a_policy_without_probabilities_has_no_calibration() -> None:
    unstated = Panel.build([run([1, 0, 1], stated=np.nan)], FACTS, 0.0, online=True)
    result = score(unstated, unstated, unstated, ("a", "b"))
    assert result["brier"] is None
    assert result["at"]["2"]["ece"] is result["at"]["2"]["coverage"] is None


def test_intervals_are_judged_per_seed_arm_and_kind() -> None:
    """Fifty decisions each: one kind always succeeds, the other never, and 0.5 was said of all."""
    rewards = np.tile([1.0, 0.0], 50)
    facts = RowFacts(np.zeros(100, dtype=bool), np.arange(100) % 2)
    told = Panel.build([run(rewards.tolist())], facts, 0.0, online=True)
    assert score(told, told, told, ("a", "b"))["coverage"]["mean"] == 0.0
    mixed = Panel.build([run(rewards.tolist())], one_kind(100), 0.0, online=True)
    assert score(mixed, mixed, mixed, ("a", "b"))["coverage"] == {
        "mean": 1.0,
        "ci95": [1, 1],
        "n": 2,
    }
    halves = [run(part.tolist()) for part in (rewards[:49], rewards[:49])]
    short = Panel.build(halves, one_kind(49), 0.0, online=True)
    assert score(short, short, short, ("a", "b"))["coverage"] is None, "no seed has a whole block"


def test_unknown_costs_are_no_costs() -> None:
    unpriced = Panel.build([run([1, 0], cost=np.nan)], FACTS, 0.0, online=True)
    assert score(unpriced, unpriced, unpriced, ("a", "b"))["cost"] is None


def test_an_interrupted_trial_compares_the_seeds_both_have() -> None:
    ours, other = panel([1, 1], [0, 0]), panel([0.5, 0.5])
    assert difference(ours, other)["all"]["mean"] == 0.5
    assert score(other, ours, ours, ("a", "b"))["regret"]["mean"] == 1


def test_ours_is_compared_with_everybody_else() -> None:
    versus = compare({"knowhow": panel([1, 1]), "random": panel([0, 0]), "oracle": panel([1, 1])})
    assert versus is not None
    assert {name: gap["all"]["mean"] for name, gap in versus.items()} == {"random": 1, "oracle": 0}
    assert compare({"random": panel([0, 0])}) is None


def test_a_curve_is_the_running_mean_over_seeds() -> None:
    line = curve("p", panel([1, 0, 1, 0], [1, 1, 1, 0]), 10)
    assert line.decisions.tolist() == [1, 2, 3, 4]
    np.testing.assert_allclose(line.means, [1, 1.5 / 2, 2.5 / 3, 2.5 / 4])
