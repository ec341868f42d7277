"""Which specialist a problem sounds like, by outcomes alone."""

import random

import numpy as np
import pytest

from knowhow_agents.skills.traces import chooser
from knowhow_agents.skills.traces.chooser import FEWEST, Chooser
from knowhow_agents.skills.traces.divider import Vectors
from knowhow_memory.embedder import HashEmbedder
from knowhow_memory.errors import InputError

ARMS = ("discounts", "races")
VECTORS = Vectors(HashEmbedder())
TEXTS = {
    "discounts": "A {thing} costs ${n}. It is reduced by {m} percent. What is the new price?",
    "races": "{name} runs {n} miles an hour for {m} hours. How far does {name} get?",
}


def problem(kind: str, rng: random.Random) -> str:
    thing, name = rng.choice(["coat", "lamp", "boat"]), rng.choice(["Ole", "Ann", "Kofi"])
    return TEXTS[kind].format(thing=thing, name=name, n=rng.randint(2, 90), m=rng.randint(2, 60))


def taught(outcomes: int, *, honest: bool = True) -> Chooser:
    """Somebody is asked by chance, and succeeds with problems of the own kind."""
    rng, learner = random.Random(0), Chooser(ARMS, VECTORS)
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
    assert taught(FEWEST - 1).opinion("How far is it?", ARMS) == {}
    assert taught(FEWEST).opinion("How far is it?", ["races", "nobody"]).keys() == {"races"}
    with pytest.raises(InputError, match="nobody"):
        Chooser(ARMS, VECTORS).learn("How far is it?", "nobody", 1.0)


def test_what_cannot_be_told_is_believed_by_nobody() -> None:
    """Outcomes that follow nothing: its opinion stays near how often anybody succeeds."""
    rng, learner = random.Random(2), Chooser(ARMS, VECTORS)
    for _ in range(200):
        learner.learn(problem(rng.choice(ARMS), rng), rng.choice(ARMS), float(rng.random() < 0.3))
    said = [learner.opinion(problem(rng.choice(ARMS), rng), ARMS)[arm] for arm in ARMS * 20]
    assert 0.2 < sum(said) / len(said) < 0.45
    assert max(said) < 0.7


def test_where_somebody_failed_the_others_are_believed_in_as_far_as_they_seem_likely() -> None:
    believed = np.array([[0.6, 0.6, 0.3, -0.2]] * 3)
    asked, rewards = np.array([0, 0, 1]), np.array([1.0, 0.0, 0.25])
    right, failed, half = chooser._most_likely_right(believed, asked, rewards)
    assert right.tolist() == [1, 0, 0, 0]
    assert failed[0] == 0
    assert failed[1] == pytest.approx(4 * failed[2])
    assert failed[3] < 0.001
    assert half[1] == 0.25
    assert [sum(shares) for shares in (right, failed, half)] == pytest.approx([1, 1, 1])


def believed(learner: Chooser, kind: str) -> dict[str, float]:
    text = problem(kind, random.Random(5))
    return dict(zip(learner.arms, learner._believe(learner._look(text)), strict=True))


def test_a_failure_speaks_for_those_who_did_not_fail() -> None:
    rng, learner = random.Random(3), Chooser(("discounts", "races", "third"), VECTORS)
    for _ in range(20):
        for arm, reward in (("discounts", 1.0), ("third", 0.0)):
            learner.learn(problem("discounts", rng), arm, reward)
        for arm in ("discounts", "third"):
            learner.learn(problem("races", rng), arm, 0.0)
    found = believed(learner, "races")
    assert found["races"] > 0.5 > max(found["discounts"], found["third"]), "nobody ever asked it"


def test_a_success_speaks_against_the_others() -> None:
    rng, learner = random.Random(4), Chooser(ARMS, VECTORS)
    for kind in ARMS * 15:
        learner.learn(problem(kind, rng), kind, 1.0)
    for kind in ARMS:
        found = believed(learner, kind)
        assert found.pop(kind) > 0.6
        assert max(found.values()) < -0.1


def test_what_is_known_counts_at_once() -> None:
    rng, learner = random.Random(6), Chooser(ARMS, VECTORS)
    for kind in ARMS * 3:
        learner.learn(problem(kind, rng), kind, 1.0)
    for kind in ARMS:
        said = learner.opinion(problem(kind, rng), ARMS)
        assert said.pop(kind) > max(said.values()) + 0.2


def test_where_there_is_nobody_else_a_failure_speaks_for_nobody() -> None:
    rng, alone = random.Random(7), Chooser(["races"], VECTORS)
    for kind in ARMS * 30:
        alone.learn(problem(kind, rng), "races", float(kind == "races"))
    assert believed(alone, "races")["races"] > believed(alone, "discounts")["races"] + 0.5


def test_who_always_succeeds_is_believed_whatever_the_text() -> None:
    """All texts are alike in this, and what they have in common must say it."""
    rng, learner = random.Random(8), Chooser(ARMS, VECTORS)
    for kind in ARMS * 30:
        learner.learn(problem(kind, rng), "races", 1.0)
    for kind in ARMS:
        found = believed(learner, kind)
        assert found["races"] > 0.6
        assert found["discounts"] < 0.1


def test_the_first_successes_speak_against_the_others_already() -> None:
    rng, learner = random.Random(9), Chooser(ARMS, VECTORS)
    for _ in range(FEWEST + 1):
        learner.learn(problem("races", rng), "races", 1.0)
    found = believed(learner, "races")
    assert found["discounts"] < chooser.UNKNOWN - 0.02 < found["races"]
