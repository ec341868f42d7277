"""The router over a real store: it follows the log, and the same log gives the same router."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from knowhow_memory.errors import InputError, KnowhowError
from knowhow_memory.memory import Memory
from knowhow_memory.models import Fault, OutcomeCreate
from knowhow_router.brain import RouterSettings
from knowhow_router.router import Routed, Router
from knowhow_router.snapshot import Arrays, put_together, take_apart
from knowhow_router.state import RoutingState

ARMS = ["greedy", "table", "search"]
EMBEDDER = "hash:64"


@pytest.fixture
def memory(tmp_path: Path) -> Iterator[Memory]:
    with Memory.open(tmp_path / "store", embedder=EMBEDDER) as memory:
        yield memory


def live(memory: Memory, router: Router, rounds: int, start: int = 0) -> list[Routed]:
    """Colouring wants greedy, packing wants search; nothing else works."""
    decisions = []
    for number in range(start, start + rounds):
        kind, good = [("colour the map", "greedy"), ("pack the bag", "search")][number % 2]
        task = kind if number % 3 else None
        routed = router.route(f"{kind} number {number}", arms=ARMS, session="s", task=task)
        reward = float(routed.fallback == good)
        memory.record(OutcomeCreate(decision_id=routed.id, arm=routed.fallback, reward=reward))
        decisions.append(routed)
    return decisions


def contents(state: RoutingState) -> tuple[Any, list[tuple[str, bytes]]]:
    """All of a state, to the last bit."""
    arrays: Arrays = {}
    plain = take_apart(state, arrays)
    return plain, [(a.dtype.str, a.tobytes()) for a in arrays.values()]


def state_of(router: Router) -> tuple[Any, list[tuple[str, bytes]]]:
    router.follow()
    return contents(router._state)


def test_it_learns_who_is_good_at_what(memory: Memory) -> None:
    router = Router(memory)
    live(memory, router, 80)
    assert router.route("colour the map number 999", explore=False).arm == "greedy"
    packed = router.route("pack the bag number 999", explore=False)
    assert packed.arm == "search"
    assert packed.evidence is not None
    assert packed.evidence.rate.tries > 10


def test_a_router_that_reads_the_log_is_the_one_that_lived_through_it(memory: Memory) -> None:
    lived = Router(memory)
    decisions = live(memory, lived, 60)
    for routed in decisions[::7]:
        [outcome] = [o for o in memory.outcomes() if o.decision_id == routed.id]
        memory.undo(outcome.id)
    for outcome in list(memory.outcomes())[::5]:
        memory.correct(outcome.id, reward=0.5)
    live(memory, lived, 20, start=60)
    assert state_of(Router(memory)) == state_of(lived)


def test_the_caller_may_name_the_type_of_problem(memory: Memory) -> None:
    for number in range(80):
        task, good = [("easy", "greedy"), ("hard", "search")][number % 2]
        for arm in ARMS:
            outcome = {"problem": f"the usual {number}", "arm": arm, "task": task}
            memory.record(OutcomeCreate(**outcome, reward=float(arm == good)))
    router = Router(memory)
    told = [
        router.route("the usual 99", explore=False, task=task).fallback for task in ("easy", "hard")
    ]
    assert told == ["greedy", "search"]
    assert router.preview("the usual 99", task="hard").fallback == "search"
    for task in ("easy", "hard"):
        router.route("the usual 99", session=task, explore=False, task=task)
    assert state_of(Router(memory)) == state_of(router)


def test_a_kept_state_goes_on_where_it_was(memory: Memory) -> None:
    lived = Router(memory)
    live(memory, lived, 55)
    lived.save(after=0)
    live(memory, lived, 25, start=55)
    restored = Router(memory)
    assert restored._state.seq > 0
    assert state_of(restored) == state_of(lived)


@pytest.mark.parametrize("damage", [b"", b"knowhow", b"\0" * 5000])
def test_a_damaged_kept_state_is_made_anew(memory: Memory, damage: bytes) -> None:
    lived = Router(memory)
    live(memory, lived, 20)
    lived.save(after=0)
    lived.cache.write_bytes(damage)
    assert state_of(Router(memory)) == state_of(lived)


def test_other_settings_do_not_take_over_a_kept_state(memory: Memory) -> None:
    lived = Router(memory)
    live(memory, lived, 20)
    lived.save(after=0)
    assert Router(memory, seed=1)._state.seq == 0
    assert Router(memory, settings=RouterSettings(price=3.0))._state.seq == 0


def test_after_a_purge_it_is_as_if_that_had_never_been(tmp_path: Path) -> None:
    def record(memory: Memory, *, guest: bool) -> None:
        for number in range(40):
            if number % 4 == 0 and guest:
                outcome = {"problem": f"guest {number}", "arm": "table", "principal": "guest"}
                memory.record(OutcomeCreate(**outcome, reward=1.0))
            memory.record(OutcomeCreate(problem=f"own {number}", arm="greedy", reward=number % 2))

    with (
        Memory.open(tmp_path / "a", embedder=EMBEDDER) as clean,
        Memory.open(tmp_path / "b", embedder=EMBEDDER) as purged,
    ):
        record(clean, guest=False)
        record(purged, guest=True)
        router = Router(purged)
        router.save(after=0)
        purged.purge(principal="guest")
        assert not router.cache.exists()
        expected, got = (r.preview("own 99") for r in (Router(clean), router))
        assert got.candidates == expected.candidates
        assert router.arms == ("greedy",)


def test_what_another_process_recorded_is_known_at_the_next_question(
    memory: Memory, tmp_path: Path
) -> None:
    router = Router(memory)
    with Memory.open(tmp_path / "store", embedder=EMBEDDER) as other:
        other.record(OutcomeCreate(problem="anything", arm="newcomer", reward=1.0))
    assert router.route("anything").fallback == "newcomer"


def test_a_providers_failure_moves_no_estimate(memory: Memory) -> None:
    router = Router(memory)
    live(memory, router, 30)
    before = router.preview("pack the bag number 7").candidates
    for number in range(5):
        failed = OutcomeCreate(problem=f"pack {number}", arm="search", fault=Fault.INFRA)
        memory.record(failed)
    assert router.preview("pack the bag number 7").candidates == before


def test_a_failure_that_was_no_agents_is_unlearned_and_learned_again(memory: Memory) -> None:
    router = Router(memory)
    live(memory, router, 30)
    clean = router.preview("pack the bag number 7").chosen.p
    receipt = memory.record(OutcomeCreate(problem="pack the bag number 7", arm="search", reward=0))
    blamed = router.preview("pack the bag number 7").chosen.p
    memory.correct(receipt.id, fault=Fault.INFRA)
    excused = router.preview("pack the bag number 7").chosen.p
    memory.correct(receipt.id, reward=0.0, fault=Fault.AGENT)
    blamed_again = router.preview("pack the bag number 7").chosen.p
    assert blamed < min(clean, excused)
    assert blamed_again < excused
    assert excused == pytest.approx(clean, abs=0.05)  # its weighing of experts has learned


def test_tenants_learn_apart(memory: Memory) -> None:
    memory.record(OutcomeCreate(problem="x", arm="ours", reward=1.0))
    memory.record(OutcomeCreate(problem="x", arm="theirs", reward=1.0, tenant="acme"))
    assert Router(memory).route("x").fallback == "ours"
    assert Router(memory, tenant="acme").route("x").fallback == "theirs"


def test_every_decision_is_kept_with_its_chance(memory: Memory) -> None:
    from knowhow_memory.decisions import find_decision

    routed = Router(memory).route("x", arms=ARMS, principal="ann", task="sums")
    kept = find_decision(memory.database, routed.id)
    assert kept.propensity == pytest.approx(routed.chosen.propensity)
    assert sum(c["propensity"] for c in kept.candidates) == pytest.approx(1.0)
    assert (kept.principal, kept.task, kept.cause) == ("ann", "sums", routed.cause)


@pytest.mark.parametrize(
    ("arms", "message"), [(None, "no arm is known yet"), ([], "no arm"), (["a" * 301], "arm")]
)
def test_without_an_arm_to_choose_it_says_what_to_do(
    memory: Memory, arms: list[str] | None, message: str
) -> None:
    with pytest.raises(KnowhowError, match=message):
        Router(memory).route("x", arms=arms)


def test_a_problem_that_cannot_be_kept_is_refused(memory: Memory) -> None:
    router = Router(memory)
    with pytest.raises(InputError):
        router.route(" ", arms=ARMS)
    assert memory.count() == 0


@settings(max_examples=25)
@given(
    rows=st.lists(
        st.tuples(st.integers(0, 12), st.integers(0, 2), st.floats(0, 1)), min_size=1, max_size=60
    ),
    changes=st.lists(st.tuples(st.integers(0, 59), st.none() | st.floats(0, 1)), max_size=8),
)
def test_evidence_finds_the_outcomes_of_the_nearest_problems(
    rows: list[tuple[int, int, float]], changes: list[tuple[int, float | None]]
) -> None:
    from knowhow_memory.index import VectorIndex
    from knowhow_router.evidence import Evidence

    vectors = np.linalg.qr(np.random.default_rng(0).normal(size=(16, 16)))[0].astype(np.float32)
    evidence = Evidence(VectorIndex(16))
    model: dict[int, tuple[int, int, float]] = {}
    for seq, (problem, arm, reward) in enumerate(rows, start=1):
        evidence.add(problem, vectors[problem], arm, reward, 1.0, seq)
        model[seq] = (problem, arm, reward)
    for at, reward in changes:
        if at + 1 in model:
            evidence.change(at + 1, reward)
            problem, arm, _ = model[at + 1]
            if reward is None:
                del model[at + 1]
            else:
                model[at + 1] = (problem, arm, reward)
    near = evidence.search(vectors[3])
    found = dict(
        zip(
            near.seq.tolist(),
            zip(near.problem.tolist(), near.arm.tolist(), near.reward.tolist(), strict=True),
            strict=True,
        )
    )
    assert found == model
    assert near.seq.tolist() == sorted(near.seq.tolist())


def test_a_snapshot_holds_nothing_but_known_classes() -> None:
    with pytest.raises(TypeError, match="cannot hold"):
        take_apart({"a": object()}, {})
    with pytest.raises(KeyError):
        put_together({"class": "Popen", "fields": {}}, {})


def test_a_change_is_noted_for_the_statistics(memory: Memory) -> None:
    from knowhow_router.drift_notes import read_notes

    router = Router(memory)
    for number in range(260):
        reward = float(number < 130)
        memory.record(OutcomeCreate(problem=f"pack {number}", arm="search", reward=reward))
    router.save(after=0)
    [note] = read_notes(memory, "default")
    assert note.arm == "search"
    assert note.change < 0
    assert 130 < note.seq <= 260
    assert note == router.drifts[0]
    memory.purge(tenant="default")
    assert read_notes(memory, "default") == []
