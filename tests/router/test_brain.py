"""The router as a whole, in a small world: problems of two kinds, each with its own best arm."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from knowhow_memory.errors import ConflictError, InputError, NotFoundError
from knowhow_router.brain import Brain, RouterSettings
from knowhow_router.estimate import BASES, EXPERTS
from knowhow_router.features import FEATURES, joint
from knowhow_router.observation import Floats32, Neighbours, Observation
from knowhow_router.tables import NO_TASK

DIM = 8
NO_FEATURES = np.zeros(FEATURES, dtype=np.float32)
GOOD = {"red": {"a": 0.9, "b": 0.2}, "blue": {"a": 0.2, "b": 0.8}}


def problem(rng: np.random.Generator, kind: str) -> Floats32:
    vector = 0.15 * rng.standard_normal(DIM)
    vector[0 if kind == "red" else 1] += 1.0
    return (vector / np.linalg.norm(vector)).astype(np.float32)


def make(arms: str = "ab", seed: int = 0, **settings: float) -> Brain:
    brain = Brain(DIM, RouterSettings(**settings), seed)  # type: ignore[arg-type]
    for arm in arms:
        brain.add_arm(arm)
    return brain


def outcome(seq: int, vector: Floats32, arm: str, reward: float, **more: object) -> Observation:
    return Observation(
        seq=seq,
        vector=vector,
        features=NO_FEATURES,
        arm=arm,
        reward=reward,
        **more,  # type: ignore[arg-type]
    )


def live(
    brain: Brain, rng: np.random.Generator, steps: int, good: dict[str, dict[str, float]] = GOOD
) -> list[tuple[str, str, float]]:
    """Decide and learn; returns the kind, the arm and the reward of every step."""
    lived = []
    for _ in range(steps):
        kind = "red" if rng.random() < 0.5 else "blue"
        vector = problem(rng, kind)
        seq = brain.learned + 1
        arm = brain.decide(vector, NO_FEATURES, key=str(seq)).fallback
        reward = float(rng.random() < good[kind][arm])
        brain.learn(outcome(seq, vector, arm, reward))
        lived.append((kind, arm, reward))
    return lived


def test_it_finds_who_is_good_at_what() -> None:
    brain = make()
    lived = live(brain, np.random.default_rng(1), 900)[600:]
    right = np.mean([arm == ("a" if kind == "red" else "b") for kind, arm, _ in lived])
    assert right > 0.9


def test_it_is_not_worse_than_the_best_single_arm_where_context_says_nothing() -> None:
    same = {kind: {"a": 0.8, "b": 0.5} for kind in GOOD}
    share = [
        np.mean(
            [
                arm == "a"
                for _, arm, _ in live(make(seed=s), np.random.default_rng(s), 600, same)[300:]
            ]
        )
        for s in range(5)
    ]
    assert np.mean(share) > 0.9


def test_the_same_log_gives_the_same_decisions_bit_for_bit() -> None:
    one, other = make(seed=3), make(seed=3)
    assert live(one, np.random.default_rng(5), 250) == live(other, np.random.default_rng(5), 250)
    vector = problem(np.random.default_rng(6), "red")
    assert one.decide(vector, NO_FEATURES, key="k") == other.decide(vector, NO_FEATURES, key="k")


def test_deciding_changes_nothing_in_what_is_decided_next() -> None:
    looked_at, left_alone = make(), make()
    live(looked_at, np.random.default_rng(2), 100)
    live(left_alone, np.random.default_rng(2), 100)
    vector = problem(np.random.default_rng(6), "blue")
    for key in "xyz":
        looked_at.decide(vector, NO_FEATURES, key=key)
    assert looked_at.decide(vector, NO_FEATURES, key="k") == left_alone.decide(
        vector, NO_FEATURES, key="k"
    )


def test_an_arms_name_does_not_matter() -> None:
    brain, renamed = make("ab"), make("zy")
    rng = np.random.default_rng(0)
    for seq in range(200):
        vector, reward = problem(rng, "red"), float(rng.random() < 0.6)
        brain.learn(outcome(seq, vector, "ab"[seq % 2], reward))
        renamed.learn(outcome(seq, vector, "zy"[seq % 2], reward))
    ours, theirs = (
        each.decide(vector, NO_FEATURES, key="k", explore=False) for each in (brain, renamed)
    )
    assert [c.p for c in ours.candidates] == [c.p for c in theirs.candidates]
    assert ours.fallback == dict(zip("zy", "ab", strict=True))[theirs.fallback]


@settings(max_examples=25, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 2), st.floats(0, 1), st.floats(0, 1)), max_size=120))
def test_every_decision_is_sane_whatever_was_learned(log: list[tuple[int, float, float]]) -> None:
    brain = make("abc")
    rng = np.random.default_rng(0)
    for seq, (arm, reward, weight) in enumerate(log):
        vector = problem(rng, "red")
        brain.learn(outcome(seq, vector, "abc"[arm], reward, weight=weight))
    decision = brain.decide(problem(rng, "blue"), NO_FEATURES, key="k")
    assert sum(c.propensity for c in decision.candidates) == pytest.approx(1.0)
    for c in decision.candidates:
        assert c.propensity > 0.0
        assert 0.0 <= c.low <= c.p <= c.high <= 1.0


def test_without_exploring_thin_evidence_gives_the_incumbent() -> None:
    brain = make()
    rng = np.random.default_rng(0)
    for seq in range(100):
        brain.learn(outcome(seq, problem(rng, "red"), "a", float(rng.random() < 0.7)))
    brain.learn(outcome(100, problem(rng, "red"), "b", 1.0))
    lucky = Neighbours(
        similarity=np.ones(1, dtype=np.float32),
        problem=np.array([100]),
        arm=np.array([1]),
        reward=np.ones(1),
        weight=np.ones(1),
        seq=np.array([100]),
    )
    decision = brain.decide(problem(rng, "red"), NO_FEATURES, lucky, key="k", explore=False)
    assert decision.fallback == "a"


def test_an_undone_outcome_leaves_the_same_sums_as_one_that_never_was() -> None:
    with_it, without = make(), make()
    rng = np.random.default_rng(0)
    for seq in range(150):
        vector = problem(rng, "red" if seq % 3 else "blue")
        observed = outcome(seq, vector, "ab"[seq % 2], float(seq % 5 == 0), task="sums")
        with_it.learn(observed)
        without.learn(observed)
    with_it.learn(outcome(150, vector, "a", 1.0, task="sums"))
    with_it.revise(150, None)
    np.testing.assert_allclose(with_it._totals.reward, without._totals.reward)
    np.testing.assert_allclose(with_it._totals.weight, without._totals.weight)
    np.testing.assert_allclose(with_it._tasks.reward, without._tasks.reward, atol=1e-12)
    assert with_it._tasks.weight.sum() == 150.0
    assert with_it._table is not None and without._table is not None
    np.testing.assert_allclose(with_it._table.weight, without._table.weight, atol=1e-12)
    assert with_it._slopes is not None and without._slopes is not None
    place = with_it._slopes.place(joint(vector, NO_FEATURES))
    one, other = (brain._slopes.predict(place, 0.5) for brain in (with_it, without))
    np.testing.assert_allclose(one, other, atol=1e-12)


def test_slopes_are_learnt_and_heard_and_an_arm_that_comes_later_has_none() -> None:
    brain, rng = make(), np.random.default_rng(0)
    live(brain, rng, 100)
    brain.add_arm("c")
    place = brain._locate(joint(problem(rng, "red"), NO_FEATURES))
    assert brain._slopes is not None and place[1] is not None
    sloped = brain._slopes.predict(place[1], brain._totals.usual)
    assert sloped[0] > sloped[1] + 0.2 and sloped[2] == brain._totals.usual
    said = brain._estimate(*place, NO_TASK, None).experts
    np.testing.assert_allclose(said[EXPERTS // BASES], (said[0] + sloped) / 2.0)


def test_an_arm_that_changed_is_discounted_on_every_type_of_problem() -> None:
    brain = make()
    rng = np.random.default_rng(0)
    for seq in range(200):
        brain.learn(outcome(seq, problem(rng, "red"), "a", float(seq < 100), task="sums"))
    assert len(brain.drifts) == 1
    tried = brain._tasks.sums(brain._tasks.find("sums")).weight[0]
    assert tried == pytest.approx(brain._totals.weight[0])
    assert tried < 120.0


def test_a_corrected_outcome_counts_as_what_it_is_now() -> None:
    brain = make()
    rng = np.random.default_rng(0)
    for seq in range(60):
        brain.learn(outcome(seq, problem(rng, "red"), "a", 0.0))
    for seq in range(60):
        brain.revise(seq, 1.0)
    assert brain._totals.reward[0] == pytest.approx(60.0)
    brain.consolidate()
    assert brain._table is not None
    assert brain._table.reward[:, 0].sum() == pytest.approx(60.0 * len(brain._partitions or ()))


def test_an_arm_that_breaks_is_noticed_and_left() -> None:
    broken = {"red": {"a": 0.0, "b": 0.2}, "blue": {"a": 0.0, "b": 0.8}}
    asked = []
    for seed in range(3, 7):
        brain, rng = make(), np.random.default_rng(seed)
        live(brain, rng, 600)
        lived = live(brain, rng, 300, broken)
        assert [brain.arms[drift.arm] for drift in brain.drifts] == ["a"]
        asked.append(np.mean([arm == "a" for _, arm, _ in lived[150:]]))
    assert np.mean(asked) < 0.15


def test_nothing_is_noticed_where_nothing_changed() -> None:
    for seed in range(3):
        brain = make(seed=seed)
        live(brain, np.random.default_rng(seed), 1500)
        assert brain.drifts == []


def test_a_new_better_arm_is_used_soon() -> None:
    brain = make("b")
    rng = np.random.default_rng(0)
    only_b = {"red": {"b": 0.5, "c": 0.9}, "blue": {"b": 0.5, "c": 0.9}}
    live(brain, rng, 500, only_b)
    brain.add_arm("c")
    lived = live(brain, rng, 140, only_b)
    assert np.mean([arm == "c" for _, arm, _ in lived[70:]]) > 0.8


def test_a_session_keeps_its_arm_where_that_costs_little() -> None:
    brain = make("abc")
    rng = np.random.default_rng(0)
    for seq in range(300):
        vector, reward = problem(rng, "red"), float(seq % 30 < 15)
        brain.learn(outcome(seq, vector, "abc"[seq % 3], 0.0 if seq % 3 == 2 else reward))
    begin = {
        arm: brain.decide(vector, NO_FEATURES, key="0", session=arm, arms=[arm]) for arm in "abc"
    }
    for arm in "ab":
        then = [brain.decide(vector, NO_FEATURES, key=str(k), session=arm) for k in range(1, 20)]
        assert {each.fallback for each in then} == {begin[arm].fallback}
    other = [begin["a"].cause, brain.decide(vector, NO_FEATURES, key="1", session="c").cause]
    assert "sticky session" not in other
    sticky = [brain.decide(vector, NO_FEATURES, key="9", session=arm).cause for arm in "ab"]
    assert "sticky session" in sticky


def test_it_abstains_where_it_knows_that_everybody_fails() -> None:
    brain = make()
    rng = np.random.default_rng(0)
    hopeless = {"red": {"a": 0.95, "b": 0.9}, "blue": {"a": 0.0, "b": 0.0}}
    live(brain, rng, 800, hopeless)
    said_no = brain.decide(problem(rng, "blue"), NO_FEATURES, key="k")
    assert said_no.arm is None and said_no.cause == "abstain: out of domain"
    assert said_no.fallback in ("a", "b")
    assert brain.decide(problem(rng, "red"), NO_FEATURES, key="k").arm is not None


def test_a_budget_is_kept_over_a_thousand_problems() -> None:
    rng = np.random.default_rng(0)
    brain = make(budget=0.4)
    spent = []
    for seq in range(1000):
        vector = problem(rng, "red")
        decision = brain.decide(vector, NO_FEATURES, key=str(seq))
        cost = {"a": 1.0, "b": 0.1}[decision.fallback] * rng.uniform(0.5, 1.5)
        brain.bill(decision.chosen.cost or 0.0, cost)
        reward = float(rng.random() < GOOD["red"][decision.fallback])
        brain.learn(outcome(seq, vector, decision.fallback, reward, cost=cost))
        spent.append(cost)
    assert np.mean(spent) <= 0.4 * 1.01
    assert np.mean(spent) > 0.3  # it is there to be used


def test_only_the_arms_asked_for_are_candidates() -> None:
    brain = make("abc")
    decision = brain.decide(
        problem(np.random.default_rng(0), "red"), NO_FEATURES, key="k", arms=["c"]
    )
    assert [c.arm for c in decision.candidates] == ["c"] and decision.fallback == "c"


def test_a_vector_with_holes_is_survived() -> None:
    brain = make()
    holes = np.full(DIM, np.nan, dtype=np.float32)
    for seq in range(100):
        brain.learn(outcome(seq, holes, "a", 1.0))
    decision = brain.decide(holes, NO_FEATURES, key="k")
    assert all(np.isfinite([c.p, c.low, c.high]).all() for c in decision.candidates)


def test_what_cannot_be_is_said() -> None:
    brain = make()
    vector = problem(np.random.default_rng(0), "red")
    with pytest.raises(NotFoundError, match="unknown arm 'x'"):
        brain.learn(outcome(1, vector, "x", 1.0))
    with pytest.raises(ConflictError, match="'a' is already there"):
        brain.add_arm("a")
    with pytest.raises(InputError, match="no arm is left"):
        brain.decide(vector, NO_FEATURES, key="k", arms=[])
    with pytest.raises(InputError, match="no arms"):
        make("").decide(vector, NO_FEATURES, key="k")
    with pytest.raises(NotFoundError, match="7"):
        brain.revise(7, None)
    for wrong in ({"reward": float("nan")}, {"reward": 1.1}, {"weight": 2.0}, {"cost": -1.0}):
        with pytest.raises(InputError):
            Observation(
                **{"seq": 1, "vector": vector, "features": NO_FEATURES, "arm": "a", "reward": 1.0}
                | wrong
            )  # type: ignore[arg-type]
