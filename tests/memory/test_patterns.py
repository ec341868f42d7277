"""Groups and patterns of a real store: what worked on which kind of problem."""

from pathlib import Path

import numpy as np
import pytest

from knowhow_memory.memory import Memory
from knowhow_memory.models import Fault, OutcomeCreate, Receipt
from knowhow_memory.patterns import Groups, Pattern, PatternFinder

EVENT_SOURCING, SAGA, REST = "event sourcing + CQRS", "saga + CRDT", "plain REST"


def outcome(problem: str, arm: str, reward: float | None, **more: object) -> OutcomeCreate:
    fault = Fault.INFRA if reward is None else Fault.AGENT
    return OutcomeCreate.model_validate(
        {"problem": problem, "arm": arm, "reward": reward, "fault": fault, **more}
    )


def ledger(i: int) -> str:
    return f"Keep an audit ledger of orders consistent between warehouse {i} and the shop"


def sums(i: int) -> str:
    return f"Reverse the words of sentence {i} but leave its commas alone"


def seventeen() -> list[OutcomeCreate]:
    arms = [(EVENT_SOURCING, 1.0)] * 12 + [(SAGA, 1.0)] * 3 + [(REST, 0.0)] * 2
    return [outcome(ledger(i), arm, reward) for i, (arm, reward) in enumerate(arms)]


def memory_at(path: Path) -> Memory:
    return Memory.open(path, embedder="hash:64")


def seen(groups: Groups, memory: Memory) -> list[tuple[str, str]]:
    """(problem, label) in order: what there is to see, whatever keys the database gave."""
    from knowhow_memory.log import problem_texts

    problems = groups.grouping.problems
    texts = problem_texts(memory.database, problems.tolist())
    return [
        (texts[int(problem)], groups.labels[group])
        for problem, group in zip(problems, groups.grouping.group, strict=True)
    ]


def test_what_worked_on_seventeen_similar_problems(tmp_path: Path) -> None:
    with memory_at(tmp_path) as memory:
        memory.record_many(seventeen())
        finder = PatternFinder(memory)
        [pattern] = finder.patterns()
        assert (pattern.problems, pattern.rate.share_of_tries) == (17, "15/17")
        assert pattern.best.arm == EVENT_SOURCING
        assert str(pattern.best.rate) == "12/12 (100%, 76–100%)"
        assert [arm.arm for arm in pattern.worked] == [EVENT_SOURCING, SAGA]
        assert [(arm.arm, arm.rate.share_of_tries) for arm in pattern.failed] == [(REST, "0/2")]
        assert pattern.failed[0].example == ledger(16)
        memory.record(outcome(ledger(99), EVENT_SOURCING, 1.0))
        [pattern] = finder.patterns()
        assert pattern.best.rate.share_of_tries == "13/13"


def test_unlike_problems_are_apart_with_words_that_say_which(tmp_path: Path) -> None:
    with memory_at(tmp_path) as memory:
        memory.record_many([outcome(ledger(i), "a", 1.0) for i in range(30)])
        memory.record_many([outcome(sums(i), "b", 0.0) for i in range(20)])
        larger, smaller = PatternFinder(memory).patterns()
    assert (larger.problems, smaller.problems) == (30, 20)
    assert set(larger.label.split(" · ")) <= set(ledger(0).lower().split())
    assert set(smaller.label.split(" · ")) <= set(sums(0).lower().split())
    assert (larger.best.arm, [arm.arm for arm in smaller.failed]) == ("a", ["b"])


def test_trajectories_are_rated_by_their_outcomes(tmp_path: Path) -> None:
    steps = [{"action": "think"}]
    with memory_at(tmp_path) as memory:
        bad, good, _ = memory.record_many(
            [
                outcome(ledger(1), "a", 0.25, trajectory=steps),
                outcome(ledger(2), "b", 1.0, trajectory=steps),
                outcome(ledger(3), "b", 1.0),
            ]
        )
        memory.correct(bad.id, reward=0.5)
        [pattern] = PatternFinder(memory).patterns()
    rated = [(t.outcome_id, t.arm, t.reward) for t in pattern.trajectories]
    assert rated == [(good.id, "b", 1.0), (bad.id, "a", 0.5)]


def test_faults_of_the_infrastructure_are_no_pattern(tmp_path: Path) -> None:
    with memory_at(tmp_path) as memory:
        memory.record_many([*seventeen(), outcome("something else entirely", SAGA, None)])
        [pattern] = PatternFinder(memory).patterns()
    assert pattern.rate.tries == 17


def test_tenants_do_not_see_each_others_problems(tmp_path: Path) -> None:
    with memory_at(tmp_path) as memory:
        memory.record_many(seventeen())
        memory.record(outcome("secret words of another house", "a", 1.0, tenant="other"))
        finder = PatternFinder(memory)
        assert "secret" not in finder.groups().labels[0]
        assert [p.problems for p in finder.patterns("other")] == [1]
        assert finder.patterns("nobody") == []


def test_an_empty_store_has_no_patterns(tmp_path: Path) -> None:
    with memory_at(tmp_path) as memory:
        assert PatternFinder(memory).patterns() == []


def history(memory: Memory, finder: PatternFinder, *, with_bygones: bool) -> list[Receipt]:
    """Forty outcomes in a fixed order; the bygones come in between and first of all."""
    bygone: list[Receipt] = []
    for i in range(40):
        if with_bygones and i % 3 == 0:
            new = outcome(sums(1000 + i), "luck", 1.0, principal="gone")
            bygone += memory.record_many([new])
        memory.record(outcome(ledger(i) if i % 2 else sums(i), f"arm {i % 4}", float(i % 5 > 0)))
        if i % 7 == 0:
            finder.groups()  # looking must not change what is found later
    return bygone


@pytest.mark.parametrize("how", ["undo", "purge"])
def test_what_was_undone_or_purged_left_no_trace(tmp_path: Path, how: str) -> None:
    with memory_at(tmp_path / "knew") as knew, memory_at(tmp_path / "never") as never:
        finder, other = PatternFinder(knew), PatternFinder(never)
        bygone = history(knew, finder, with_bygones=True)
        history(never, other, with_bygones=False)
        assert seen(finder.groups(), knew) != seen(other.groups(), never)
        if how == "purge":
            knew.purge(principal="gone")
        else:
            for receipt in bygone:
                knew.undo(receipt.id)
        assert seen(finder.groups(), knew) == seen(other.groups(), never)
        assert stripped(finder.patterns()) == stripped(other.patterns())
        assert np.array_equal(finder.grouping().centres, other.grouping().centres)


def stripped(patterns: list[Pattern]) -> list[tuple[object, ...]]:
    return [(p.label, p.problems, p.rate, p.arms) for p in patterns]


def test_a_problem_whose_first_outcome_was_undone_keeps_its_second(tmp_path: Path) -> None:
    with memory_at(tmp_path / "knew") as knew, memory_at(tmp_path / "never") as never:
        first = knew.record(outcome(ledger(1), "a", 0.0))
        for memory in (knew, never):
            memory.record(outcome(sums(1), "a", 1.0))
            memory.record(outcome(ledger(1), "a", 1.0))
        knew.undo(first.id)
        assert seen(PatternFinder(knew).groups(), knew) == seen(
            PatternFinder(never).groups(), never
        )
