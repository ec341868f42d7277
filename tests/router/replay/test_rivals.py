"""The rivals do what they are named after, and none of them is crippled."""

from collections.abc import Callable

import numpy as np
import pytest

from knowhow_router.contract import Choice, Policy, Row
from knowhow_router.replay import policies
from knowhow_router.replay.marks import MARKS
from knowhow_router.replay.matrix import OutcomeMatrix
from knowhow_router.replay.play import Folds, Online, Stage, Terms, no_tick
from knowhow_router.replay.policies import POLICIES, choose, reads_problems
from knowhow_router.replay.rivals import mab
from knowhow_router.replay.rivals.linear import RIDGE, LinUcb
from knowhow_router.replay.rivals.nearest import NEIGHBOURS, NearestNeighbours
from knowhow_router.replay.rivals.space import CLUSTERS, Space
from knowhow_router.replay.rivals.tables import (
    ACT_R_RATE,
    PRIOR_WEIGHT,
    UCB_WIDTH,
    ActR,
    BetaThompson,
    CountTable,
    Ucb,
    by_label,
)
from knowhow_router.replay.trial import Trial

AVAILABLE = [name for name, entry in POLICIES.items() if entry.missing is None]
NEEDS_MABWISER = pytest.mark.skipif(
    POLICIES["mab_knearest"].missing is not None, reason="MABWiser is not installed"
)
LEARNING = [name for name in AVAILABLE if not name.startswith(("random", "knowhow"))]
CONTEXTUAL = [name for name in LEARNING if name not in ("ucb", "thompson")]
ARMS = ("a", "b", "c")


def world(rows: int = 600, *, labels: bool = True) -> Stage:
    """Three clear kinds of problems; each kind has its own best arm; arm c is best overall."""
    rng = np.random.default_rng(1)
    kinds = rng.integers(3, size=rows)
    vectors = np.eye(24)[kinds] + rng.normal(0, 0.05, (rows, 24))
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    chances = np.array([[0.9, 0.1, 0.6], [0.1, 0.9, 0.6], [0.3, 0.3, 0.6]])[kinds]
    rewards = (rng.random((rows, 3)) < chances).astype(float)
    ids = [str(i) for i in range(rows)]
    tasks = [f"kind {kind}" if labels else None for kind in kinds]
    matrix = OutcomeMatrix("world", ARMS, ids, ids, tasks, rewards, np.full((rows, 3), np.nan))
    return Stage.build(matrix, vectors.astype(np.float32))


WORLD = world()
SPACE = Space(WORLD.vectors)


def begun(policy: Policy, *, arms: tuple[str, ...] = ARMS, seed: int = 0) -> Policy:
    policy.start(arms, dim=24, seed=seed, budget=None, price=0.0)
    return policy


def row(task: str | None = None, vector: np.ndarray | None = None) -> Row:
    filled = np.zeros(24) if vector is None else vector
    return Row("id", "text", task, filled.astype(np.float32))


def arms_chosen(policy: Policy, asked: Row, times: int) -> list[str]:
    return [policy.decide(asked).fallback for _ in range(times)]


@pytest.mark.parametrize("name", LEARNING)
def test_every_rival_learns_from_what_it_tried(name: str) -> None:
    """Far above chance (0.5), and the contextual ones above the best single arm (0.6)."""
    rewards = [
        Online(WORLD, Terms("bandit")).play(POLICIES[name].make(SPACE), seed, no_tick).rewards
        for seed in range(3)
    ]
    late = np.mean([reward[300:].mean() for reward in rewards])
    assert late > (0.62 if name in CONTEXTUAL and not name.startswith("mab") else 0.54), late


@pytest.mark.parametrize("name", CONTEXTUAL)
def test_with_full_feedback_every_contextual_rival_finds_the_kinds(name: str) -> None:
    run = Folds(WORLD, Terms("full"), 3).play(POLICIES[name].make(SPACE), 0, no_tick)
    assert run.rewards.mean() > 0.75


@pytest.mark.parametrize("name", AVAILABLE)
def test_the_same_seed_gives_the_same_decisions(name: str) -> None:
    way = Online(world(150), Terms("bandit"))
    first, second, other = (
        way.play(POLICIES[name].make(SPACE), seed, no_tick) for seed in (3, 3, 4)
    )
    np.testing.assert_array_equal(first.rewards, second.rewards)
    assert first.rewards.tolist() != other.rewards.tolist()


@pytest.mark.parametrize("name", AVAILABLE)
def test_one_arm_is_taken_for_what_it_is(name: str) -> None:
    policy = begun(POLICIES[name].make(SPACE), arms=("only",))
    for i in range(60):
        assert policy.decide(WORLD.rows[i]).fallback == "only"
        policy.learn(WORLD.rows[i], "only", 1.0, None, 1.0)


def test_random_is_uniform() -> None:
    chosen = arms_chosen(begun(POLICIES["random"].make(SPACE)), row(), 3000)
    assert all(abs(chosen.count(arm) / 3000 - 1 / 3) < 0.04 for arm in ARMS)


def test_ucb_by_hand() -> None:
    policy = begun(Ucb("ucb"))
    for arm in ARMS:
        assert policy.decide(row()).fallback in ARMS
        policy.learn(row(), arm, 1.0 if arm == "a" else 0.0, None, 1.0)
    for _ in range(20):
        policy.learn(row(), "a", 1.0, None, 1.0)
    bonus = {n: UCB_WIDTH * np.sqrt(2 * np.log(23) / n) for n in (1, 21)}
    assert 1 + bonus[21] > bonus[1]
    assert policy.decide(row()) == Choice("a", "a", 1.0, *[pytest.approx(np.nan, nan_ok=True)] * 3)
    for _ in range(30):
        policy.learn(row(), "a", 0.0, None, 1.0)
    assert 21 / 51 + UCB_WIDTH * np.sqrt(2 * np.log(53) / 51) < UCB_WIDTH * np.sqrt(2 * np.log(53))
    assert policy.decide(row()).fallback in ("b", "c"), "what was tried once is tried again"


def test_a_count_table_shrinks_to_the_arm_s_average() -> None:
    table = begun(CountTable("count_table", by_label(SPACE)))
    for _ in range(8):
        table.learn_full(row("x"), {"a": (1.0, None), "b": (0.5, None)})
    table.learn_full(row("y"), {"a": (0.0, None)})
    average = (8 + 1) / (9 + 1)
    expected = (0 + PRIOR_WEIGHT * average) / (1 + PRIOR_WEIGHT)
    table.learn_full(row("x"), {"c": (0.0, None)})
    choice = table.decide(row("y"))
    assert choice.fallback == "a"
    assert choice.p == pytest.approx(expected)


def test_act_r_by_hand() -> None:
    policy = begun(ActR("act_r", by_label(SPACE)))
    policy.learn_full(row("x"), {"a": (1.0, None)})
    policy.learn_full(row("x"), {"a": (0.5, None)})
    first = ACT_R_RATE
    assert policy.decide(row("x")).p == pytest.approx(first + ACT_R_RATE * (0.5 - first))


def test_a_beta_table_follows_its_own_kind_of_problem() -> None:
    table = begun(BetaThompson("beta_table", by_label(SPACE)))
    for _ in range(200):
        for kind, good in (("x", "a"), ("y", "b")):
            for arm in ARMS:
                table.learn(row(kind), arm, float(arm == good), None, 1.0)
    assert set(arms_chosen(table, row("x"), 100)) == {"a"}
    assert table.decide(row("y")).p == pytest.approx(201 / 202)


def test_thompson_draws_in_proportion_to_the_chance_of_being_best() -> None:
    table = begun(BetaThompson("thompson"), arms=("a", "b"))
    table.learn(row(), "a", 1.0, None, 1.0)
    chosen = arms_chosen(table, row(), 6000)
    assert abs(chosen.count("a") / 6000 - 2 / 3) < 0.025, "P(Beta(2,1) > Beta(1,1)) = 2/3"


def test_linucb_is_a_ridge_regression() -> None:
    policy = LinUcb("linucb", SPACE)
    begun(policy)
    seen = WORLD.rows[:80]
    worths = np.random.default_rng(0).random(80)
    for problem, worth in zip(seen, worths, strict=True):
        policy.learn(problem, "b", float(worth), None, 1.0)
    x = np.array([SPACE.project(problem.vector) for problem in seen])
    gram = x.T @ x + RIDGE * np.eye(x.shape[1])
    np.testing.assert_allclose(policy.weights[1], np.linalg.solve(gram, x.T @ worths), atol=1e-9)
    probe = SPACE.project(WORLD.rows[99].vector)
    assert policy.spread(probe)[1] == pytest.approx(np.sqrt(probe @ np.linalg.solve(gram, probe)))


def test_linucb_agrees_with_mabwiser_s() -> None:
    mab = pytest.importorskip("mabwiser.mab")
    theirs = mab.MAB([0, 1, 2], mab.LearningPolicy.LinUCB(alpha=0, l2_lambda=RIDGE))
    ours = LinUcb("linucb", SPACE)
    begun(ours)
    seen = WORLD.rows[:90]
    arms = [i % 3 for i in range(90)]
    worths = np.random.default_rng(0).random(90).tolist()
    contexts = np.array([SPACE.project(problem.vector) for problem in seen])
    theirs.fit(arms, worths, contexts)
    for problem, arm, worth in zip(seen, arms, worths, strict=True):
        ours.learn(problem, ARMS[arm], worth, None, 1.0)
    probe = SPACE.project(WORLD.rows[99].vector)
    expected = theirs.predict_expectations([probe])
    np.testing.assert_allclose(ours.weights @ probe, [expected[i] for i in range(3)], atol=1e-6)


def test_knn_is_the_mean_of_the_nearest() -> None:
    policy = NearestNeighbours("knn", 24)
    begun(policy)
    seen = range(400)
    for i in seen:
        policy.learn_full(WORLD.rows[i], WORLD.matrix.outcomes(i))
    probe = WORLD.rows[500]
    similar = WORLD.vectors[:400] @ probe.vector
    nearest = np.argsort(-similar)[:NEIGHBOURS]
    sums, counts = policy.neighbourhood(probe)
    np.testing.assert_allclose(sums, WORLD.matrix.rewards[nearest].sum(axis=0))
    assert counts.tolist() == [NEIGHBOURS] * 3


def test_an_arm_the_neighbours_do_not_show_counts_with_its_average() -> None:
    policy = NearestNeighbours("knn", 24)
    begun(policy, arms=("a", "b"))
    policy.learn_full(WORLD.rows[0], {"a": (0.4, None)})
    assert policy.decide(WORLD.rows[1]).fallback == "b", "nobody tried it yet"
    policy.learn_full(WORLD.rows[1], {"b": (0.0, None)})
    assert policy.decide(WORLD.rows[1]).fallback == "a"


@NEEDS_MABWISER
@pytest.mark.parametrize("rows", [60, 450])
def test_mabwiser_s_nearest_see_as_many_problems_as_knn_does(rows: int) -> None:
    """With every arm shown, its neighbours are outcomes: three a problem here."""
    policy = begun(POLICIES["mab_knearest"].make(SPACE))
    for i in range(rows):
        policy.learn_full(WORLD.rows[i], WORLD.matrix.outcomes(i))
    policy.finish_training()
    chosen = [policy.decide(WORLD.rows[i]).fallback for i in range(500, 600)]
    rewards = [
        WORLD.matrix.outcomes(i)[arm][0] for i, arm in zip(range(500, 600), chosen, strict=True)
    ]
    assert policy.least == 3 * min(rows, mab.NEAREST)  # type: ignore[attr-defined]
    assert np.mean(rewards) > (0.75 if rows == 450 else 0.55)


@NEEDS_MABWISER
def test_mabwiser_is_never_far_behind_what_was_learned() -> None:
    policy = mab.Within("mab_radius", SPACE)
    begun(policy)
    for i in range(400):
        arm = policy.decide(WORLD.rows[i]).fallback
        assert len(policy.pending) < max(1, mab.DELAY * policy.known)
        assert policy.known + len(policy.pending) == i
        policy.learn(WORLD.rows[i], arm, 1.0, None, 1.0)


def test_a_second_start_forgets_everything() -> None:
    """Bandit training, fold after fold: a rival must not stay as the first fold left it."""
    for name in LEARNING:
        again = POLICIES[name].make(SPACE)
        way = Folds(world(120), Terms("bandit"), 3)
        way.play(again, 0, no_tick)
        fresh = POLICIES[name].make(SPACE)
        np.testing.assert_array_equal(
            way.play(again, 1, no_tick).rewards, way.play(fresh, 1, no_tick).rewards, name
        )
        assert getattr(again, "delay", 0) == 0
        begun(again)
        assert getattr(again, "delay", None) == getattr(type(again), "delay", None), name


def test_worths_are_rewards_less_the_price() -> None:
    policy = Ucb("ucb")
    policy.start(ARMS, dim=24, seed=0, budget=None, price=2.0)
    for arm, cost in zip(ARMS, (0.4, 0.1, 0.5), strict=True):
        policy.learn_full(row(), {arm: (0.9, cost)})
    assert policy.decide(row()).fallback == "b"


def test_a_space_projects_to_about_unit_length_and_separates_the_kinds() -> None:
    projected = np.array([SPACE.project(vector) for vector in WORLD.vectors])
    assert (projected[:, -1] == 1).all()
    assert (projected[:, :-1] ** 2).sum(axis=1).mean() == pytest.approx(1, abs=0.05)
    kinds = [WORLD.matrix.tasks[i] for i in range(len(WORLD.rows))]
    clusters = [SPACE.cluster(vector) for vector in WORLD.vectors]
    assert len(set(zip(clusters, kinds, strict=True))) == len(set(clusters)) <= CLUSTERS


def test_the_nearest_centre_is_the_nearest_however_long_it_is() -> None:
    short = Space(np.array([[0.1, 0.1], [0.1, 0.1], [1, 0], [1, 0]], dtype=np.float32))
    for vector in np.random.default_rng(0).normal(0, 0.5, (200, 2)).astype(np.float32):
        distances = ((short.centres - vector) ** 2).sum(axis=1)
        assert short.cluster(vector) == np.argmin(distances)


def test_ties_are_broken_at_random() -> None:
    for name in LEARNING:
        first = {
            begun(POLICIES[name].make(SPACE), seed=seed).decide(WORLD.rows[0]).fallback
            for seed in range(40)
        }
        assert first == set(ARMS), name


def test_a_space_of_fewer_problems_than_clusters() -> None:
    few = Space(np.eye(3, 5, dtype=np.float32)[[0, 1, 1]])
    assert len({few.cluster(vector) for vector in few.vectors}) == 2
    assert few.project(few.vectors[0])[-1] == 1


def test_a_package_that_is_not_there_is_listed_with_what_to_install(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(policies, "find_spec", lambda name: None)
    trial = Trial(Online(WORLD, Terms()), ["random", "mab_radius", "paretobandit"], SPACE)
    assert set(trial.not_run) == {"mab_radius", "paretobandit"}
    assert "pip install" in trial.not_run["mab_radius"]
    assert list(trial.play(0)) == ["best_single", "oracle", "random"]


def test_choosing_policies() -> None:
    assert choose("oracle, random") == ["random", "best_single", "oracle"]
    assert set(choose(None)) == {*POLICIES, *MARKS}
    for wrong, complaint in (("rando", "unknown policy 'rando'"), (" ,", "at least one")):
        with pytest.raises(ValueError, match=complaint):
            choose(wrong)
    assert not reads_problems(["random", "best_single", "oracle", "ucb"])
    assert reads_problems(["random", "linucb"])


@pytest.mark.parametrize("make", [Ucb, BetaThompson], ids=["ucb", "thompson"])
def test_arm_names_do_not_matter(make: Callable[[str], Policy]) -> None:
    """Renaming (and so reordering) the arms leaves how often the best is found alike."""
    found = []
    for best in ("a", "z"):
        policy, rng, hits = make("p"), np.random.default_rng(0), 0
        for seed in range(30):
            policy.start(("a", "m", "z"), dim=0, seed=seed, budget=None, price=0)
            for _ in range(60):
                arm = policy.decide(row()).fallback
                policy.learn(
                    row(), arm, float(rng.random() < (0.8 if arm == best else 0.4)), None, 1
                )
                hits += arm == best
        found.append(hits / 1800)
    assert abs(found[0] - found[1]) < 0.08
