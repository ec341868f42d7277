"""What arms are good at along directions, apart from any region."""

import numpy as np
import pytest

from knowhow_router.observation import Floats, Floats32, Ints
from knowhow_router.slopes import DIRECTIONS, Slopes

USUAL = 0.4


def views(count: int, seed: int = 0) -> Floats32:
    """Two things that are so or otherwise, and much that does not matter."""
    rng = np.random.default_rng(seed)
    return np.hstack(
        [rng.integers(0, 2, (count, 2)), 0.1 * rng.standard_normal((count, 98))]
    ).astype(np.float32)


def rewards(seen: Floats32, arms: Ints) -> Floats:
    """Both things help arm 0 and hinder arm 1, each by itself."""
    helped = 0.3 * seen[:, :2].sum(axis=1)
    return np.asarray(np.where(arms == 0, 0.2 + helped, 0.8 - helped), dtype=np.float64)


def learnt(seen: Floats32, arms: Ints, drawn: Floats32 | None = None) -> Slopes:
    slopes = Slopes(views(400) if drawn is None else drawn, 3)
    slopes.add_many(slopes.place(seen), arms, rewards(seen, arms), np.ones(len(arms)))
    return slopes


def test_what_helps_each_by_itself_helps_together() -> None:
    seen = views(300, seed=1)
    seen = seen[seen[:, :2].sum(axis=1) < 2]
    slopes = learnt(seen, np.arange(len(seen)) % 2)
    both = views(1)[0]
    both[:2] = 1.0
    first, second, _ = slopes.predict(slopes.place(both), USUAL)
    assert first > 0.65 and second < 0.35, "0.5 was the best of arm 0 that was ever seen"


def test_who_was_never_tried_is_as_good_as_usual() -> None:
    slopes = learnt(views(50, seed=1), np.zeros(50, dtype=np.int64))
    assert slopes.predict(slopes.place(views(1)[0]), USUAL)[1:].tolist() == [USUAL, USUAL]
    slopes.add_arm()
    assert slopes.predict(slopes.place(views(1)[0]), USUAL)[3] == USUAL


def test_one_by_one_or_at_once_and_taken_back_is_the_same() -> None:
    seen, arms = views(60, seed=1), np.arange(60) % 2
    at_once, singly = learnt(seen, arms), learnt(seen[:0], arms[:0])
    for view, arm, reward in zip(seen, arms.tolist(), rewards(seen, arms), strict=True):
        singly.add(singly.place(view), arm, float(reward), 1.0)
    extra = singly.place(views(1, seed=2)[0])
    singly.add(extra, 0, 1.0, 0.7)
    assert np.abs(singly.predict(extra, USUAL) - at_once.predict(extra, USUAL)).max() > 0.01
    singly.add(extra, 0, 1.0, -0.7)
    np.testing.assert_allclose(singly.predict(extra, USUAL), at_once.predict(extra, USUAL))


def test_what_is_discounted_is_nearer_to_what_is_usual() -> None:
    seen = views(200, seed=1)
    slopes = learnt(seen, np.arange(200) % 2)
    there = slopes.place(seen[0])
    before = slopes.predict(there, USUAL)
    slopes.discount(0, 0.01)
    after = slopes.predict(there, USUAL)
    assert abs(after[0] - USUAL) < abs(before[0] - USUAL)
    assert after[1] == before[1]


@pytest.mark.parametrize(("count", "dim"), [(3, 8), (5_000, 80)])
def test_there_are_no_more_directions_than_a_view_has(count: int, dim: int) -> None:
    rng = np.random.default_rng(0)
    slopes = Slopes(rng.standard_normal((count, dim)).astype(np.float32), 1)
    place = slopes.place(np.ones(dim, dtype=np.float32))
    assert len(place) == 1 + min(dim, DIRECTIONS) and np.isfinite(place).all()
