"""Examples as tokens, and which of them a step trains on.

A text is exactly what the decoder reads and writes: the rendered prompt, the answer, the end.
Nothing is ever cut: what does not fit is an error that names the longest. The rows of a step follow
from seed and step alone. Knows nothing about models or losses.
"""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from knowhow_adapters.learn.examples import Example
from knowhow_memory.errors import InputError

if TYPE_CHECKING:
    from knowhow_adapters.base.load import Base

POOL = 8
"""Batches drawn together and ordered by length, so that little of a batch is padding."""


@dataclass(frozen=True)
class Row:
    tokens: list[int]
    start: int
    """The place of the answer's first token."""
    weight: float
    """Negative where the answer failed; 1 on average over all rows."""
    before: float = 0.0
    """How surprising the answer was to the start, where the objective asks."""


def encode(base: "Base", examples: Sequence[Example], max_len: int | None = None) -> list[Row]:
    """`max_len` is the base's context unless given."""
    limit = min(max_len or base.context, base.context)
    scale = len(examples) / sum(abs(example.weight) for example in examples)
    end: int = base.tokenizer.eos_token_id
    prompts = [base.encode(example.prompt) for example in examples]
    answers = [base.prompts.encode_part(example.answer) for example in examples]
    rows = [
        Row([*prompt, *answer, end], len(prompt), example.weight * scale)
        for example, prompt, answer in zip(examples, prompts, answers, strict=True)
    ]
    longest = max(range(len(rows)), key=lambda number: len(rows[number].tokens))
    if (length := len(rows[longest].tokens)) > limit:
        raise InputError(
            f"the example of outcome {examples[longest].outcome_id!r} is the longest with "
            f"{length:,} tokens, and {limit:,} fit: allow more, or leave it out; no answer is cut"
        )
    return rows


class Schedule:
    """The rows of every step: each once in an epoch, in another order every time."""

    def __init__(self, lengths: Sequence[int], size: int, seed: int) -> None:
        self._lengths, self._size, self._seed = lengths, size, seed
        self.steps = -(-len(lengths) // size)
        """Of one epoch."""
        self._epoch: tuple[int, list[list[int]]] = (-1, [])

    def __getitem__(self, step: int) -> list[int]:
        epoch, within = divmod(step, self.steps)
        if self._epoch[0] != epoch:
            self._epoch = (epoch, self._draw(epoch))
        return self._epoch[1][within]

    def _draw(self, epoch: int) -> list[list[int]]:
        rng = random.Random(f"rows:{self._seed}:{epoch}")
        order = rng.sample(range(len(self._lengths)), len(self._lengths))
        batches: list[list[int]] = []
        for start in range(0, len(order), POOL * self._size):
            pool = sorted(order[start : start + POOL * self._size], key=self._lengths.__getitem__)
            cut = [pool[at : at + self._size] for at in range(0, len(pool), self._size)]
            # Drawn apart from the rows: adapters of one seed have their short batches together.
            random.Random(f"turns:{self._seed}:{epoch}:{start}").shuffle(cut)
            batches += cut
        return batches
