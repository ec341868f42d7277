"""What the tests of learning share: a tiny base, and attempts at a made-up task."""

from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import torch

from knowhow_adapters.base.load import Base, load_base
from knowhow_adapters.learn.attempts import Attempt
from knowhow_adapters.learn.examples import Example
from tests.adapters.tiny import tiny_folder


@cache
def tiny_base(architecture: str = "llama") -> Base:
    with TemporaryDirectory() as folder:
        return load_base(str(tiny_folder(Path(folder), architecture)))


def example(number: int, *, weight: float = 1.0, answer: str | None = None) -> Example:
    prompt = f"What comes after {number}?" + " please" * (number % 3)
    pattern = "even" if number % 2 == 0 else "odd"
    return Example(prompt, answer or f"{number + 1}", weight, f"o{number:04}", number, pattern)


def examples(count: int, first: int = 0) -> list[Example]:
    return [example(number) for number in range(first, first + count)]


def attempt(
    number: int,
    reward: float = 1.0,
    *,
    problem: str | None = None,
    answer: str | None = None,
    task: str | None = "next",
    strategy: str | None = None,
) -> Attempt:
    text = problem or f"What comes after {number}?"
    return Attempt(
        outcome_id=f"o{number:04}",
        seq=number,
        tenant="default",
        principal=None,
        problem=text,
        task=task,
        month="2026-11",
        strategy=strategy,
        prompt=text,
        answer=answer or str(number + 1),
        reward=reward,
    )


def close(found: torch.Tensor, expected: torch.Tensor) -> None:
    torch.testing.assert_close(found, expected, rtol=1e-3, atol=1e-5)
