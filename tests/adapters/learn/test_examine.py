"""Who answers which problems in an examination, and what an answer is worth."""

from dataclasses import replace
from pathlib import Path

import pytest
import torch

from knowhow_adapters.artefact import linear_shapes, make_adapter, write_adapter
from knowhow_adapters.bank import Bank
from knowhow_adapters.decode.engine import Decoder
from knowhow_adapters.errors import AdapterMissing
from knowhow_adapters.gate import FROZEN
from knowhow_adapters.learn.attempts import Attempt, is_held_out
from knowhow_adapters.learn.examine import examine, held_out_problems, recorded_verifier
from tests.adapters.learn.kit import attempt, tiny_base


def held(count: int, reward: float = 1.0) -> list[Attempt]:
    numbers = (n for n in range(10_000) if is_held_out(attempt(n).problem))
    return [attempt(next(numbers), reward) for _ in range(count)]


def test_an_answer_is_worth_what_it_was_worth_before() -> None:
    verify = recorded_verifier(
        [attempt(1, 1.0, answer="two"), attempt(1, 0.5, answer="two"), attempt(1, 0.0, answer="3")]
    )
    asked = attempt(1)
    assert verify(asked, "two") == verify(asked, " two\n") == 0.75
    assert verify(asked, "3") == verify(asked, "never given") == verify(attempt(2), "two") == 0.0


def test_held_out_problems_are_asked_each_once_and_unsolved_ones_where_that_can_be_told() -> None:
    one, other, failed = held(3)
    failed = replace(failed, reward=0.0)
    attempts = [one, failed, other, replace(one, answer="newer"), attempt(0)]
    assert {a.problem for a in held_out_problems(attempts)} == {
        one.problem, other.problem, failed.problem
    }  # fmt: skip
    found = held_out_problems(attempts, solved=True)
    assert {a.problem for a in found} == {one.problem, other.problem}
    assert next(a for a in found if a.problem == one.problem).answer == "newer"


def test_of_too_many_the_newest_are_asked_and_their_order_is_the_gates() -> None:
    attempts = held(40)
    found = held_out_problems(attempts, most=10)
    assert {a.problem for a in found} == {a.problem for a in attempts[-10:]}
    assert found == held_out_problems(list(reversed(attempts[-10:])))


def test_pairs_carry_what_both_answers_are_worth_and_their_slices(tmp_path: Path) -> None:
    base = tiny_base()
    layers = {p: (torch.ones(1, i), torch.ones(o, 1)) for p, (o, i) in linear_shapes(base).items()}
    loud = make_adapter("sums", base.hash, layers, rank=1, alpha=1.0)
    write_adapter(loud, base, tmp_path)
    decoder = Decoder(base, Bank(base, lambda ref: tmp_path / ref, max_bytes=10**7))
    problems, frozen = held(3), [attempt(7, task=None)]
    seen: list[int] = []
    answers: list[tuple[str, str]] = []

    def verify(one: Attempt, answer: str) -> float:
        answers.append((one.problem, answer))
        return len(answers) / 8

    pairs = examine(
        decoder, problems, verify,
        candidate=loud.ref, champion=None, frozen=frozen, report=seen.append,
    )  # fmt: skip
    assert [pair.problem for pair in pairs] == [a.problem for a in [*problems, *frozen]]
    assert [(pair.champion, pair.candidate) for pair in pairs] == [
        (1 / 8, 5 / 8), (2 / 8, 6 / 8), (3 / 8, 7 / 8), (4 / 8, 1.0)
    ]  # fmt: skip
    assert pairs[0].slices == ("month:2026-11", "pattern:next", "tenant:default")
    assert pairs[-1].slices == (FROZEN,)
    assert seen == list(range(1, 9))
    assert answers[:4] != answers[4:]  # the adapter answered, not the base again


def test_an_adapter_that_is_not_there_is_no_bad_mark_but_an_error() -> None:
    with pytest.raises(AdapterMissing):
        examine(
            Decoder(tiny_base()), held(2), lambda *_: 1.0,
            candidate="sums@0123456789ab", champion=None,
        )  # fmt: skip
