"""A trial ends a version that falls short, in time, and rarely one that does not."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from knowhow_adapters.registry.trial import REQUESTS, Ruling, Trial

TRIALS = 200


def run(champion: float, shadow: float, *, share: float, seed: int) -> Ruling:
    """Solved or not with these chances, until the trial rules."""
    chance = random.Random(seed)
    trial = Trial()
    while trial.ruling.state == "open":
        while chance.random() >= share:
            trial.add_champion(float(chance.random() < champion))
        trial.add_shadow(float(chance.random() < shadow))
    return trial.ruling


def share_ended(champion: float, shadow: float, share: float) -> float:
    rulings = [run(champion, shadow, share=share, seed=seed) for seed in range(TRIALS)]
    assert max(ruling.requests for ruling in rulings) <= REQUESTS
    return sum(ruling.state == "fell short" for ruling in rulings) / TRIALS


@pytest.mark.parametrize("share", [0.1, 0.5])
def test_an_equal_version_is_rarely_ended(share: float) -> None:
    assert share_ended(0.8, 0.8, share) <= 0.05
    assert share_ended(0.5, 0.6, share) <= 0.02


@pytest.mark.parametrize(("share", "power"), [(0.1, 0.9), (0.5, 0.8)])
def test_a_version_that_falls_short_is_ended(share: float, power: float) -> None:
    assert share_ended(0.8, 0.5, share) >= power
    assert share_ended(0.8, 0.2, share) >= 0.99


def test_one_that_always_fails_is_ended_early() -> None:
    assert run(0.9, 0.0, share=0.1, seed=1).requests <= 15


def test_a_small_but_steady_lack_is_found_at_the_deadline() -> None:
    trial = Trial()
    for _ in range(REQUESTS):
        assert trial.ruling.state == "open"
        trial.add_champion(0.85)
        trial.add_shadow(0.8)
    assert trial.ruling.state == "fell short"
    assert trial.ruling.reason.startswith("fell short: 0.050 below the champion after 50 requests")


def test_a_change_in_what_is_asked_is_nobodys_fault() -> None:
    trial = Trial()
    for number in range(REQUESTS):
        reward = 1.0 if number < 25 else 0.0
        for _ in range(1 if number < 25 else 20):
            trial.add_champion(reward)
        trial.add_shadow(reward)
    assert trial.ruling.state == "held" and trial.ruling.gap == 0


def test_without_a_champion_there_is_nothing_to_hold_against() -> None:
    trial = Trial()
    for _ in range(2 * REQUESTS):
        trial.add_shadow(0.0)
    assert trial.ruling.state == "open"
    for _ in range(REQUESTS):
        trial.add_champion(1.0)
    assert trial.ruling.state == "fell short"


@given(st.lists(st.tuples(st.booleans(), st.floats(0, 1)), max_size=200))
def test_a_ruling_stands(told: list[tuple[bool, float]]) -> None:
    trial, before = Trial(), None
    for shadow, reward in told:
        (trial.add_shadow if shadow else trial.add_champion)(reward)
        assert before in (None, trial.ruling)
        if trial.ruling.state != "open":
            before = trial.ruling
        assert trial.ruling.evidence > 0
