"""How alike texts are to those that were seen."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from knowhow_agents.skills.traces.alike import COMMON, Alike

NUMBERS = st.floats(-5, 5, width=16)


@given(arrays.arrays(float, st.tuples(st.integers(1, 8), st.integers(1, 4)), elements=NUMBERS))
def test_everything_is_most_alike_to_itself(seen: "np.ndarray[tuple[int, int]]") -> None:
    alike = Alike(seen)
    assert np.isfinite(alike.among).all()
    assert np.abs(alike.among).max() < 1.001 + COMMON
    assert alike.among == pytest.approx(alike.among.T)
    assert alike.to(seen) == pytest.approx(alike.among)


def test_what_is_near_counts_and_what_is_far_counts_alike() -> None:
    seen = np.array([[0.0], [0.2], [1.0], [1.2]])
    [close, far, farther] = Alike(seen).to(np.array([[0.1], [50.0], [90.0]]))
    assert min(close[:2]) > 0.5 > max(close[2:])
    assert far == pytest.approx(farther)


def test_what_all_texts_have_says_little() -> None:
    seen = np.random.default_rng(0).normal(size=(20, 3))
    plain, told = Alike(seen), Alike(seen + 100.0)
    assert plain.among == pytest.approx(told.among)
    special = (plain.among - COMMON) * plain._sizes
    assert special.sum(axis=1) == pytest.approx(np.zeros(20))


def test_a_text_alone_is_like_nothing() -> None:
    assert Alike(np.ones((1, 3))).among == pytest.approx(COMMON)
