"""From the log to attempts, and which problems are kept for the gate."""

from pathlib import Path

from knowhow_adapters.learn.attempts import (
    ask_strategy,
    is_held_out,
    normalise,
    read_attempts,
)
from knowhow_memory.memory import Memory
from knowhow_memory.models import Fault, OutcomeCreate

STEP = {"prompt": "2 + 2?", "answer": "4"}


def outcome(arm: str, **fields: object) -> OutcomeCreate:
    given = {"problem": "two and two", "reward": 1.0, "trajectory": [STEP], **fields}
    return OutcomeCreate.model_validate({"arm": arm, **given})


def test_what_a_specialist_tried_comes_out_of_the_log(tmp_path: Path) -> None:
    with Memory.open(tmp_path, embedder="hash:64") as memory:
        first = memory.record(
            outcome("sums", task="add", principal="eva", occurred_at=1793491199.0, reward=0.25)
        )
        memory.record(outcome("sums::by_hand", occurred_at=1793491200.0))
        memory.record(outcome("sums_too"))
        memory.record(outcome("big model"))
        memory.record(outcome("sums", reward=None, fault=Fault.INFRA))
        memory.record(outcome("sums", trajectory=None))
        memory.record(outcome("sums", trajectory=[{"tool": "x"}, {"prompt": "", "answer": "4"}]))
        undone = memory.record(outcome("sums", problem="another"))
        memory.undo(undone.id)
        plain, strategic = read_attempts(memory, "sums")
        assert (plain.outcome_id, plain.seq) == (first.id, first.seq)
        assert (plain.task, plain.principal, plain.tenant) == ("add", "eva", "default")
        assert (plain.problem, plain.prompt, plain.answer) == ("two and two", "2 + 2?", "4")
        assert (plain.reward, plain.strategy, plain.month) == (0.25, None, "2026-10")
        assert (strategic.strategy, strategic.month) == ("by_hand", "2026-11")
        assert list(read_attempts(memory, "sums", after=first.seq)) == [strategic]
        assert list(read_attempts(memory, "sums", tenant="nobody")) == []


def test_of_several_steps_the_last_is_what_was_rewarded(tmp_path: Path) -> None:
    with Memory.open(tmp_path, embedder="hash:64") as memory:
        better = {"prompt": "again: 2 + 2?", "answer": "4", "tokens": 3}
        memory.record(outcome("sums", trajectory=[STEP, better, {"prompt": "told", "answer": 4}]))
        (attempt,) = read_attempts(memory, "sums")
        assert attempt.prompt == "again: 2 + 2?"


def test_a_strategy_without_words_of_the_small_model_is_an_attempt_at_choosing(
    tmp_path: Path,
) -> None:
    with Memory.open(tmp_path, embedder="hash:64") as memory:
        memory.record(outcome("sums::by_hand", trajectory=None))
        memory.record(outcome("sums::by_heart", trajectory=[{"tool": "x"}], reward=0.0))
        memory.record(outcome("sums::by_heart"))
        by_hand, by_heart, said = read_attempts(memory, "sums")
        assert (by_hand.prompt, by_hand.answer) == (ask_strategy("two and two"), "by_hand")
        assert (by_heart.answer, by_heart.reward, by_heart.strategy) == (
            "by_heart",
            0.0,
            "by_heart",
        )
        assert (said.prompt, said.answer) == ("2 + 2?", "4")
        assert [attempt.chooses for attempt in (by_hand, by_heart, said)] == [True, True, False]


def test_one_problem_in_five_is_kept_and_its_near_duplicates_with_it() -> None:
    problems = [f"A cup costs ${n}, {n % 9}% off. Sale price?" for n in range(2000)]
    kept = [problem for problem in problems if is_held_out(problem)]
    assert 340 < len(kept) < 460
    for problem in problems[:200]:
        other = problem.upper().replace(",", " ,").replace("?", "") + "\n"
        assert is_held_out(other) == is_held_out(problem)


def test_numbers_and_signs_tell_texts_apart_and_case_and_blanks_do_not() -> None:
    assert normalise("At 9:30,  Eva's 3.5 kg.") == normalise("at 9:30 eva's  3.5 KG")
    for other in ("At 9:31 Eva's 3.5 kg", "At 9:30 Eva's 35 kg", "At 9:30 Eva's 3.5 g"):
        assert normalise(other) != normalise("At 9:30 Eva's 3.5 kg")
    assert normalise("3 - 2") != normalise("3 + 2")
