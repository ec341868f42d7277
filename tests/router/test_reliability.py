"""Stated chances against what happened."""

import numpy as np
import pytest

from knowhow_router.reliability import reliability


def test_hand_computed_error_and_score() -> None:
    stated = np.array([0.25, 0.25, 0.85, 0.85, np.nan])
    happened = np.array([0.0, 1.0, 1.0, 1.0, 0.0])
    found = reliability(stated, happened)
    assert found is not None
    assert found.n == 4
    assert found.ece == pytest.approx((2 * 0.25 + 2 * 0.15) / 4)
    assert found.brier == pytest.approx((0.25**2 + 0.75**2 + 2 * 0.15**2) / 4)
    assert [(b.stated, b.realised.tries) for b in found.bins] == [
        (pytest.approx(0.25), 2),
        (pytest.approx(0.85), 2),
    ]


def test_true_chances_have_a_small_error_and_boastful_ones_a_large_one() -> None:
    rng = np.random.default_rng(0)
    chances = rng.random(20_000)
    happened = (rng.random(20_000) < chances).astype(float)
    honest, boast = reliability(chances, happened), reliability(np.sqrt(chances), happened)
    assert honest is not None
    assert boast is not None
    assert honest.ece < 0.02
    assert boast.ece > 0.1


def test_certainty_falls_in_the_last_bin_and_nothing_stated_is_nothing_to_judge() -> None:
    certain = reliability(np.ones(3), np.ones(3))
    assert certain is not None
    assert certain.ece == 0
    assert reliability(np.full(3, np.nan), np.ones(3)) is None
