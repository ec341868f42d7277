"""From sums to estimates: features, partitions, tables, neighbours, experts."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from knowhow_router.estimate import BASES, EXPERTS, closeness_of, estimate, neglect
from knowhow_router.experts import Mixture
from knowhow_router.features import FEATURES, describe, joint
from knowhow_router.nearest import NEAREST, NearestProblems
from knowhow_router.observation import Neighbours
from knowhow_router.partitions import SIZES, Partitions
from knowhow_router.tables import MOST_TASKS, NO_TASK, RegionTable, TaskTable, Totals


def near(rewards: list[float], arms: list[int], problems: list[int] | None = None) -> Neighbours:
    n = len(rewards)
    return Neighbours(
        similarity=np.full(n, 0.9, dtype=np.float32),
        problem=np.array(problems or range(n), dtype=np.int64),
        arm=np.array(arms, dtype=np.int64),
        reward=np.array(rewards),
        weight=np.ones(n),
        seq=np.arange(n),
    )


def totals(*arms: tuple[float, float]) -> Totals:
    return Totals(np.array([a[0] for a in arms]), np.array([a[1] for a in arms]))


@given(st.text(max_size=300))
def test_any_text_has_finite_features_of_bounded_length(text: str) -> None:
    described = describe(text)
    assert described.shape == (FEATURES,) and described.dtype == np.float32
    assert np.isfinite(described).all()
    assert float(np.linalg.norm(described)) < 1.7


def test_problems_put_alike_are_nearer_than_problems_put_otherwise() -> None:
    one = describe("Question: what is a cat? Answer with one letter.")
    alike = describe("Question: what is a volcano? Answer with one letter.")
    other = describe("Write a python function that sorts a list by the second item of each pair")
    assert one @ alike > one @ other


def test_the_joint_view_has_no_holes() -> None:
    view = joint(np.array([np.nan, np.inf, 1.0], dtype=np.float32), describe("x"))
    assert np.isfinite(view).all()


def test_partitions_are_a_function_of_the_generator_and_keep_clusters_together() -> None:
    rng = np.random.default_rng(0)
    kinds = np.repeat(np.eye(4, dtype=np.float32), 60, axis=0)
    views = kinds + 0.05 * rng.standard_normal(kinds.shape).astype(np.float32)
    one, same = (Partitions(views, np.random.default_rng(7)) for _ in range(2))
    assert np.array_equal(one.centres, same.centres)
    assert len(one) == len(SIZES)
    kind = np.repeat(np.arange(4), 60)
    for column in one.locate_all(views).T:
        for region in np.unique(column):
            assert len(np.unique(kind[column == region])) == 1


def test_a_problem_lies_in_the_region_whose_centre_is_nearest() -> None:
    views = np.random.default_rng(0).standard_normal((300, 5)).astype(np.float32)
    views *= np.linspace(0.2, 3.0, 300, dtype=np.float32)[:, None]
    drawn = Partitions(views, np.random.default_rng(1))
    first = drawn.centres[: drawn.offsets[1]]
    nearest = ((views[:, None] - first) ** 2).sum(axis=2).argmin(axis=1)
    assert drawn.locate_all(views)[:, 0].tolist() == nearest.tolist()


def test_an_arm_nobody_tried_starts_at_the_mean_of_all() -> None:
    known = estimate(totals((50, 40), (0, 0)), None, None, None)
    assert known.experts[0, 1] == pytest.approx(41 / 52)
    assert known.support.tolist() == [50, 0]


def test_a_hard_region_lowers_every_arm_and_a_specialist_only_itself() -> None:
    table = RegionTable(2, 2)
    table.add_many(
        np.array([[0]] * 40), np.array([0, 1] * 20), np.zeros(40), np.ones(40)
    )  # region 0: both fail
    table.add_many(
        np.array([[1]] * 40), np.array([0, 1] * 20), np.array([1.0, 0.4] * 20), np.ones(40)
    )
    all_ = totals((40, 20), (40, 8))
    hard = estimate(all_, table, np.array([0]), None).experts[0]
    easy = estimate(all_, table, np.array([1]), None).experts[0]
    assert (hard < easy).all()
    assert easy[0] - easy[1] > hard[0] - hard[1]


def test_what_one_arm_met_warns_of_the_region_for_all() -> None:
    table = RegionTable(1, 2)
    table.add(np.array([0]), 0, 0.0, 30.0)
    known = estimate(totals((100, 60), (100, 60)), table, np.array([0]), None)
    assert known.experts[0, 1] < known.general[1] - 0.3


def test_an_arm_that_was_only_asked_where_it_is_easy_does_not_look_good_elsewhere() -> None:
    table = RegionTable(2, 2)
    for arm, region, tries, good in ((0, 0, 200, 0.9), (0, 1, 200, 0.3), (1, 0, 200, 0.9)):
        table.add(np.array([region]), arm, good, tries)
    all_ = totals((400, 240), (200, 180))
    told_apart = estimate(all_, table, np.array([1]), None)
    assert told_apart.general[1] == pytest.approx(told_apart.general[0], abs=0.05)
    assert told_apart.experts[0, 1] < 0.45


def test_a_type_that_was_named_speaks_beside_the_regions() -> None:
    table = RegionTable(1, 2)
    table.add(np.array([0]), 0, 0.5, 50.0)
    table.add(np.array([0]), 1, 0.5, 50.0)
    all_ = totals((50, 25), (50, 25))
    thin, rich = (
        estimate(all_, table, np.array([0]), near([1.0], [0]), totals((n, n), (n, 0)))
        for n in (2, 40)
    )
    silent = estimate(all_, table, np.array([0]), near([1.0], [0]))
    untold = EXPERTS - EXPERTS // BASES
    assert len(silent.experts) == untold and len(rich.experts) == EXPERTS
    np.testing.assert_array_equal(rich.experts[:untold], silent.experts)
    assert rich.experts[untold, 0] > thin.experts[untold, 0] > 0.5
    assert rich.experts[untold, 1] < thin.experts[untold, 1] < 0.5


def test_slopes_are_met_half_way() -> None:
    table = RegionTable(1, 2)
    table.add(np.array([0]), 0, 1.0, 20.0)
    sloped = np.array([0.1, 0.9])
    said = estimate(totals((50, 25), (50, 25)), table, np.array([0]), None, sloped=sloped).experts
    half_way = EXPERTS // BASES
    np.testing.assert_allclose(said[half_way], (said[0] + sloped) / 2.0)
    silent = estimate(totals((50, 25), (50, 25)), table, np.array([0]), None).experts
    np.testing.assert_array_equal(silent[half_way], silent[0])


def test_what_was_hardly_tried_on_a_type_is_worth_trying_there() -> None:
    table = RegionTable(1, 2)
    table.add(np.array([0]), 0, 0.5, 50.0)
    table.add(np.array([0]), 1, 0.5, 50.0)
    all_ = totals((50, 25), (50, 25))
    told = estimate(all_, table, np.array([0]), None, totals((30, 15), (0, 0)))
    assert told.type_spread[1] > 0.0 == told.type_spread[0]


def test_a_table_of_types_grows_and_is_bounded() -> None:
    table = TaskTable()
    table.add_arm()
    assert table.find("sums") == NO_TASK == table.enter(None)
    for number in range(MOST_TASKS):
        table.add(table.enter(str(number)), 0, 1.0, float(number))
    assert table.enter("one more") == NO_TASK == table.find("one more")
    assert table.sums(table.find("77")).weight.tolist() == [77.0]


def test_more_evidence_shrinks_less() -> None:
    def advantage(n: int) -> float:
        table = RegionTable(1, 2)
        table.add(np.array([0]), 0, 1.0, n)
        table.add(np.array([0]), 1, 0.0, n)
        experts = estimate(totals((100, 50), (100, 50)), table, np.array([0]), None).experts
        return float(experts[0, 0] - experts[0, 1])

    assert 0 < advantage(1) < advantage(10) < advantage(100) < 1
    assert advantage(1) < 0.3


def test_neighbours_move_the_arm_they_are_about() -> None:
    moved = estimate(totals((50, 25), (50, 25)), None, None, near([1.0] * 12, [0] * 12)).experts
    assert moved.shape == (EXPERTS - EXPERTS // BASES, 2)
    assert moved[0, 0] < moved[1, 0] < moved[2, 0]
    assert moved[2, 1] == pytest.approx(moved[0, 1])


def test_ten_copies_count_less_than_ten_problems() -> None:
    copies = closeness_of(near([1.0] * 10, [0] * 10, problems=[3] * 10)).sum()
    apart = closeness_of(near([1.0] * 10, [0] * 10)).sum()
    assert apart == pytest.approx(10.0)
    assert copies == pytest.approx(1 + np.log(10))


def test_ten_fakes_among_a_hundred_and_ten_have_a_tenth_of_the_influence_at_most() -> None:
    problems = [*range(100), *[200] * 10]
    weights = closeness_of(near([0.0] * 100 + [1.0] * 10, [0] * 110, problems))
    assert weights[100:].sum() / weights.sum() <= 0.10


def test_neglect_ends_with_a_fair_share() -> None:
    assert neglect(np.array([100.0, 0.0]))[1] > neglect(np.array([100.0, 20.0]))[1] > 0
    assert neglect(np.array([100.0, 100.0])).tolist() == [0.0, 0.0]


def test_the_mixture_believes_who_was_right() -> None:
    mixture = Mixture(2)
    for _ in range(200):
        mixture.learn(np.array([0.9, 0.5]), 1.0, 1.0)
    assert mixture.weights(2)[0] > 0.99
    assert mixture.mix(np.array([[0.9], [0.5]]))[0] > 0.89
    assert mixture.noise < 0.05


def test_the_mixture_can_change_its_mind() -> None:
    mixture = Mixture(2)
    for right, steps in ((0, 3000), (1, 3000)):
        for _ in range(steps):
            predictions = np.array([0.2, 0.8])
            mixture.learn(predictions, float(predictions[right] > 0.5), 1.0)
    assert mixture.weights(2)[1] > 0.9


def test_silence_is_neither_merit_nor_fault() -> None:
    mixture = Mixture(3)
    for _ in range(3):
        mixture.learn(np.array([0.9, 0.2]), 1.0, 1.0)
    right, wrong = mixture.weights(2)
    assert right > wrong
    always_right, always_wrong, silent = mixture.weights(3)
    assert always_right / always_wrong == pytest.approx(right / wrong)
    assert always_wrong < silent < always_right


@given(st.integers(1, 120), st.integers(0, 5))
def test_the_exact_index_finds_the_nearest(problems: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    vectors = rng.standard_normal((problems, 4)).astype(np.float32)
    index = NearestProblems(4, 2)
    for seq, vector in enumerate(vectors):
        index.add_outcome(index.add_problem(vector), seq % 2, 0.5, seq)
    found = index.search(vectors[0])
    expected = np.sort(vectors @ vectors[0])[::-1][:NEAREST]
    np.testing.assert_allclose(np.sort(found.similarity)[::-1], expected, rtol=1e-5)
    assert (np.diff(found.seq) > 0).all()
