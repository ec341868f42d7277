"""Similar problems in groups: a function of the live problems and their order alone."""

import itertools
from collections.abc import Iterator

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from knowhow_memory import groups
from knowhow_memory.groups import Grouping, find_centres, fit_size, grouped

KINDS, DIM = 5, 32


def unit(vectors: np.ndarray) -> np.ndarray:
    return (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)


class Shelf:
    """Problems with vectors of `KINDS` clear kinds; counts how many vectors were asked for."""

    def __init__(self, count: int, *, seed: int = 0, block: int = 500) -> None:
        rng = np.random.default_rng(seed)
        self.ids = rng.permutation(count * 3)[:count].astype(np.int64)
        self.kind = rng.integers(0, KINDS, count)
        centres = np.linalg.qr(rng.normal(size=(DIM, KINDS)))[0].T
        vectors = unit(centres[self.kind] + 0.06 * rng.normal(size=(count, DIM)))
        self._vectors = dict(zip(self.ids.tolist(), vectors, strict=True))
        self._block = block
        self.fetched = 0

    def fetch(self, problems: np.ndarray) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        self.fetched += len(problems)
        ordered = np.sort(problems)
        for start in range(0, len(ordered), self._block):
            ids = ordered[start : start + self._block]
            yield ids, np.stack([self._vectors[i] for i in ids.tolist()])


def same(one: Grouping, other: Grouping) -> bool:
    return (
        np.array_equal(one.problems, other.problems)
        and np.array_equal(one.group, other.group)
        and np.array_equal(one.centres, other.centres)
    )


def test_clear_kinds_are_found_and_nothing_else() -> None:
    shelf = Shelf(400)
    found = grouped(shelf.ids, shelf.fetch)
    assert len(found) == KINDS
    pairs = {(int(kind), int(group)) for kind, group in zip(shelf.kind, found.group, strict=True)}
    assert len(pairs) == KINDS


def test_groups_are_numbered_by_their_first_member() -> None:
    shelf = Shelf(100)
    found = grouped(shelf.ids, shelf.fetch)
    _, first = np.unique(found.group, return_index=True)
    assert np.array_equal(np.argsort(first), np.arange(len(found)))


@pytest.mark.parametrize("count", [1, 2, 17, 100])
def test_problems_that_are_all_alike_are_one_group(count: int) -> None:
    rng = np.random.default_rng(0)
    vectors = unit(rng.normal(size=DIM) + 0.01 * rng.normal(size=(count, DIM)))
    assert len(find_centres(vectors)) == 1
    assert len(find_centres(np.repeat(vectors[:1], count, axis=0))) == 1


@pytest.mark.parametrize(("count", "most"), [(5, 1), (17, 1), (100, 1), (1000, 3)])
def test_a_shapeless_cloud_is_hardly_divided(count: int, most: int) -> None:
    vectors = unit(np.random.default_rng(0).normal(size=(count, 384)))
    assert len(find_centres(vectors)) <= most


def test_there_are_never_more_groups_than_can_be_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(groups, "MOST_GROUPS", 3)
    shelf = Shelf(300)
    assert len(grouped(shelf.ids, shelf.fetch)) == 3


@settings(deadline=None, max_examples=25)
@given(st.lists(st.integers(1, 60), max_size=12), st.integers(0, 5))
def test_growing_step_by_step_gives_what_all_at_once_gives(steps: list[int], seed: int) -> None:
    shelf = Shelf(sum(steps), seed=seed, block=7)
    kept, seen = Grouping(), 0
    for step in steps:
        seen += step
        kept = grouped(shelf.ids[:seen], shelf.fetch, kept)
    assert same(kept, grouped(shelf.ids, shelf.fetch))


@settings(deadline=None, max_examples=25)
@given(st.data())
def test_what_went_left_no_trace(data: st.DataObject) -> None:
    shelf = Shelf(data.draw(st.integers(1, 120)))
    before = grouped(shelf.ids, shelf.fetch)
    gone = data.draw(st.sets(st.sampled_from(shelf.ids.tolist())))
    left = shelf.ids[~np.isin(shelf.ids, list(gone))]
    assert same(grouped(left, shelf.fetch, before), grouped(left, shelf.fetch))


def test_a_new_problem_joins_without_reading_the_others() -> None:
    shelf = Shelf(140)
    before = grouped(shelf.ids[:130], shelf.fetch)
    assert before.fitted == fit_size(140)
    shelf.fetched = 0
    after = grouped(shelf.ids, shelf.fetch, before)
    assert shelf.fetched == 10
    assert np.array_equal(after.group[:130], before.group)


def test_groups_are_found_anew_when_problems_have_grown_by_a_quarter() -> None:
    sizes = sorted({fit_size(count) for count in range(1, 5000)})
    assert sizes[:4] == [1, 2, 3, 4]
    assert all(after <= max(1.25 * now, now + 1) for now, after in itertools.pairwise(sizes))
    assert len(sizes) < 40


def test_many_problems_are_represented_by_some_of_them(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(groups, "MOST_FITTED", 64)
    shelf = Shelf(2000)
    found = grouped(shelf.ids, shelf.fetch)
    assert len(found) == KINDS
    assert len(found.group) == 2000


def test_the_group_of_a_problem_is_looked_up_by_its_id() -> None:
    shelf = Shelf(50)
    found = grouped(shelf.ids, shelf.fetch)
    asked = np.array([shelf.ids[7], 10**9, shelf.ids[3]])
    assert found.of(asked).tolist() == [found.group[7], -1, found.group[3]]
    assert Grouping().of(asked).tolist() == [-1, -1, -1]
    assert all(found.group[list(shelf.ids).index(i)] == 0 for i in found.members(0))
