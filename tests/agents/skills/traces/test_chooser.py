"""Which specialist a problem sounds like, by outcomes alone."""

import random

import numpy as np
import pytest
from scipy.optimize import check_grad

from knowhow_agents.skills.traces import chooser
from knowhow_agents.skills.traces.chooser import REFIT_EVERY, Chooser
from knowhow_memory.errors import InputError

ARMS = ("discounts", "races")
TEXTS = {
    "discounts": "A {thing} costs ${n}. It is reduced by {m} percent. What is the new price?",
    "races": "{name} runs {n} miles an hour for {m} hours. How far does {name} get?",
}


def problem(kind: str, rng: random.Random) -> str:
    thing, name = rng.choice(["coat", "lamp", "boat"]), rng.choice(["Ole", "Ann", "Kofi"])
    return TEXTS[kind].format(thing=thing, name=name, n=rng.randint(2, 90), m=rng.randint(2, 60))


def taught(outcomes: int, *, honest: bool = True) -> Chooser:
    """Somebody is asked by chance, and succeeds with problems of the own kind."""
    rng, learner = random.Random(0), Chooser(ARMS)
    for _ in range(outcomes):
        kind, asked = rng.choice(ARMS), rng.choice(ARMS)
        learner.learn(problem(kind, rng), asked, float((kind == asked) is honest))
    return learner


def test_success_speaks_for_the_one_that_was_asked() -> None:
    rng, learner, liar = random.Random(1), taught(100), taught(100, honest=False)
    for kind in ARMS * 10:
        text = problem(kind, rng)
        said, wrong = learner.opinion(text, ARMS), liar.opinion(text, ARMS)
        assert max(said, key=said.__getitem__) == kind
        assert said[kind] > 0.8
        assert max(wrong, key=wrong.__getitem__) != kind


def test_it_is_silent_before_the_first_outcomes_and_about_strangers() -> None:
    assert taught(REFIT_EVERY - 1).opinion("How far is it?", ARMS) == {}
    assert taught(REFIT_EVERY).opinion("How far is it?", ["races", "nobody"]).keys() == {"races"}
    with pytest.raises(InputError, match="nobody"):
        Chooser(ARMS).learn("How far is it?", "nobody", 1.0)


def test_what_cannot_be_told_is_believed_by_nobody() -> None:
    """Outcomes that follow nothing: its opinion stays near how often anybody succeeds."""
    rng, learner = random.Random(2), Chooser(ARMS)
    for _ in range(200):
        learner.learn(problem(rng.choice(ARMS), rng), rng.choice(ARMS), float(rng.random() < 0.3))
    said = [learner.opinion(problem(rng.choice(ARMS), rng), ARMS)[arm] for arm in ARMS * 20]
    assert 0.2 < sum(said) / len(said) < 0.45
    assert max(said) < 0.7


def test_the_slope_is_that_of_the_surprise() -> None:
    rng = np.random.default_rng(0)
    asked, rewards = rng.integers(3, size=7), rng.random(7)
    found = check_grad(
        lambda flat: chooser._surprise(flat.reshape(7, 3), asked, rewards)[0],
        lambda flat: chooser._surprise(flat.reshape(7, 3), asked, rewards)[1].ravel(),
        rng.normal(size=21),
    )
    assert found < 1e-5
