"""Opinions from outside: believed as far as they were right, kept with decisions, never needed."""

import logging
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import pytest

from knowhow_memory.decisions import find_decision
from knowhow_memory.errors import InputError, NotFoundError
from knowhow_memory.memory import Memory
from knowhow_memory.models import DecisionCreate, Fault, OutcomeCreate
from knowhow_router import state as state_module
from knowhow_router.brain import Brain
from knowhow_router.features import FEATURES
from knowhow_router.observation import Observation
from knowhow_router.opinion import Opinions
from knowhow_router.router import Router
from tests.router.test_router import contents, state_of

ARMS = ["planner::greedy", "planner::search", "other"]
PLACES = {arm: place for place, arm in enumerate(ARMS)}


@pytest.fixture
def memory(tmp_path: Path) -> Iterator[Memory]:
    with Memory.open(tmp_path / "store", embedder="hash:64") as memory:
        yield memory


def good_arm(problem: str) -> str:
    """What no likeness of words tells: the last digit."""
    return ARMS[0] if int(problem[-1]) % 2 else ARMS[1]


def knows(problem: str, arms: Sequence[str]) -> dict[str, float]:
    told = {arm: 0.9 if arm == good_arm(problem) else 0.1 for arm in ARMS[:2]}
    return {arm: thought for arm, thought in told.items() if arm in arms}


def live(memory: Memory, router: Router, rounds: int, start: int = 0) -> list[bool]:
    """Whether each problem went to the arm that solves it."""
    hits = []
    for number in range(start, start + rounds):
        problem = f"a problem like all others, number {number * 7}"
        routed = router.route(problem, arms=ARMS)
        hits.append(routed.fallback == good_arm(problem))
        outcome = OutcomeCreate(decision_id=routed.id, arm=routed.fallback, reward=float(hits[-1]))
        memory.record(outcome)
    return hits


def test_an_opinion_begins_with_nothing_and_is_believed_when_it_was_right() -> None:
    opinions, rng = Opinions(), np.random.default_rng(0)
    evident = np.array([0.4, 0.5, 0.6])
    said = {ARMS[0]: 0.9, ARMS[1]: 0.2, "a stranger": 0.9}
    assert opinions.join(evident, said, PLACES) == pytest.approx(evident)
    for _ in range(200):
        thought = float(rng.choice([0.1, 0.9]))
        opinions.learn(0.5, thought, float(rng.random() < thought), 1.0)
    joined = opinions.join(evident, said, PLACES)
    assert joined[0] > 0.7 and joined[1] < 0.35
    assert joined[2] == evident[2]


@pytest.mark.parametrize("right", [0.5, 0.1])
def test_what_an_opinion_says_is_what_came_of_it(right: float) -> None:
    """One that knows nothing moves nothing, one that is always wrong speaks for the contrary."""
    opinions, rng = Opinions(), np.random.default_rng(1)
    for _ in range(600):
        thought = float(rng.choice([0.05, 0.95]))
        agreed = rng.random() < right
        opinions.learn(0.5, thought, float((thought > 0.5) == agreed), 1.0)
    [joined] = opinions.join(np.array([0.5]), {"a": 0.95}, {"a": 0})
    assert joined == pytest.approx(right, abs=0.08)


def test_what_is_stated_is_checked_where_an_opinion_made_an_arm_the_best() -> None:
    brain = Brain(8)
    for arm in "ab":
        brain.add_arm(arm)
    vector, features = np.ones(8, np.float32), np.zeros(FEATURES, np.float32)

    def learn(seq: int, tried: str, favoured: str) -> None:
        thought = {arm: 0.95 if arm == favoured else 0.05 for arm in "ab"}
        reward = float(tried == favoured)
        brain.learn(Observation(seq, vector, features, tried, reward, opinion=thought))

    for seq in range(80):
        learn(seq, "ab"[seq % 2], "ab"[seq // 2 % 2])
    before = brain._abstention._count.sum()
    for seq, arm in enumerate("ab", start=80):
        learn(seq, arm, favoured=arm)
    assert brain._abstention._count.sum() == before + 2


def test_a_router_finds_out_that_somebody_knows(memory: Memory, tmp_path: Path) -> None:
    with Memory.open(tmp_path / "other", embedder="hash:64") as other:
        told = np.mean(live(memory, Router(memory, ask=knows), 150)[75:])
        alone = np.mean(live(other, Router(other), 150)[75:])
    assert told > 0.85
    assert alone < 0.7


def test_the_log_gives_the_same_router_without_asking_again(memory: Memory) -> None:
    lived = Router(memory, ask=knows)
    live(memory, lived, 30)
    lived.route("a problem without an answer, number 5", arms=ARMS[::-1])
    lived.save(after=0)
    live(memory, lived, 20, start=30)
    [wrong, *_] = memory.outcomes()
    memory.correct(wrong.id, reward=0.5)
    restored = Router(memory)
    assert restored._state.seq > 0
    assert state_of(restored) == state_of(lived)
    restored.cache.unlink()
    replayed = Router(memory)
    assert state_of(replayed) == state_of(lived)
    problem = "a problem like all others, number 77"
    assert contents(replayed._state) == contents(lived._state)
    assert replayed.preview(problem) != lived.preview(problem)  # one was told, one was not


def test_a_failure_that_was_an_agents_after_all_is_learnt_with_what_was_thought(
    memory: Memory,
) -> None:
    router = Router(memory, ask=knows)
    routed = router.route("number 3", arms=ARMS)
    failed = OutcomeCreate(decision_id=routed.id, arm=ARMS[0], fault=Fault.INFRA)
    receipt = memory.record(failed)
    router.follow()
    assert list(router._state._opinions) == [routed.id]
    memory.correct(receipt.id, reward=1.0, fault=Fault.AGENT)
    router.follow()
    assert not router._state._opinions
    assert router._state.brain._opinions._slopes[2] > 0.0


def test_an_opinion_is_kept_with_its_decision(memory: Memory) -> None:
    routed = Router(memory, ask=knows).route("number 3", arms=ARMS)
    assert routed.opinion == {ARMS[0]: 0.9, ARMS[1]: 0.1}
    kept = find_decision(memory.database, routed.id)
    assert [c.get("opinion") for c in kept.candidates] == [0.9, 0.1, None]
    assert all("opinion" not in c for c in kept.candidates if c["arm"] == "other")


def test_what_the_caller_thinks_of_agents_goes_with_what_an_agent_thinks_of_its_ways(
    memory: Memory,
) -> None:
    router = Router(memory, ask=knows)
    said = {ARMS[0]: 0.5, ARMS[2]: 0.5, "a stranger": 1.0}
    assert router.route("number 3", arms=ARMS, opinion=said).opinion == pytest.approx(
        {ARMS[0]: 0.45, ARMS[1]: 0.1, ARMS[2]: 0.5}
    )
    with pytest.raises(InputError, match="opinion"):
        router.route("number 3", arms=ARMS, opinion={ARMS[0]: 1.5})


def test_all_known_arms_are_asked_about_and_a_preview_hears_it_too(memory: Memory) -> None:
    asked: list[tuple[str, ...]] = []

    def ask(problem: str, arms: Sequence[str]) -> dict[str, float]:
        asked.append(tuple(arms))
        return {"nobody we know": 0.5}

    for arm in ARMS:
        memory.record(OutcomeCreate(problem="x", arm=arm, reward=1.0))
    router = Router(memory, ask=ask)
    assert router.route("y").opinion == {}
    router.preview("y")
    assert asked == [tuple(ARMS)] * 2


def test_whoever_cannot_answer_is_not_heard(
    memory: Memory, caplog: pytest.LogCaptureFixture
) -> None:
    def ask(problem: str, arms: Sequence[str]) -> dict[str, float]:
        raise NotFoundError("the adapter is gone")

    with caplog.at_level(logging.WARNING):
        routed = Router(memory, ask=ask).route("number 3", arms=ARMS)
    assert routed.opinion == {}
    assert "decided without an opinion: the adapter is gone" in caplog.text


@pytest.mark.parametrize("thought", [float("nan"), -0.1, 1.5, None])
def test_what_would_spoil_every_later_estimate_is_refused(memory: Memory, thought: float) -> None:
    router = Router(memory, ask=lambda problem, arms: {ARMS[0]: thought})
    with pytest.raises(InputError, match="opinion"):
        router.route("number 3", arms=ARMS)
    # From elsewhere it may stand in the log all the same.
    candidates = [{"arm": arm, "opinion": thought or "high"} for arm in ARMS]
    if not isinstance(thought, float) or thought == thought:
        memory.decide(
            DecisionCreate(problem="x", cause="theirs", arm=ARMS[0], candidates=candidates)
        )
    follower = Router(memory)
    follower.follow()
    assert not follower._state._opinions


def test_only_so_many_open_opinions_are_remembered(
    memory: Memory, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(state_module, "MOST_OPEN", 2)
    router = Router(memory, ask=knows)
    decisions = [router.route(f"number {number}", arms=ARMS).id for number in range(3)]
    assert list(router._state._opinions) == decisions[1:]
