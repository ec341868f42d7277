"""Training batches from nothing but (recipe, seed, step): nothing to store, nothing to resume.

A pool of examples is drawn, ordered by length and cut into batches, so that little is padding;
the batches of a pool come in a drawn order. A part of each is lines of random tokens to repeat, a
large part at first, beside skills that mostly copy: looking back comes before all else, and on the
whole mixture a model had not learnt it after 1,600 steps. Knows nothing about the model.
"""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch

from knowhow_adapters.base.corpus.registry import Example, draw_example, load_skills
from knowhow_adapters.base.prompts import literal_tokenizer
from knowhow_adapters.base.recipes import COPYING, Recipe
from knowhow_adapters.base.tokenizer import ANSWER, SPECIALS

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerFast

BATCH = 32
POOL = 8
"""Batches drawn together: enough to find examples of like length."""
ROUND = 32
"""Widths are padded to a multiple, so the processor meets few different shapes."""
FIRST_POOLS = 60
"""Pools that only teach to copy; who grows from a model can do it already."""
FIRST_ECHOES, ECHOES = 4, 1
"""Batches of a pool that are lines to repeat: in the first pools, and ever after, lest it fades."""
ECHO_LENGTHS = (4, 16)
PROMPT_WEIGHT = 0.1
"""Prompts are mostly drawn at random, so there is little in them to learn but how texts sound."""


Row = tuple[list[int], list[int]]
"""Prompt and answer as tokens."""


@dataclass(frozen=True)
class Batch:
    tokens: torch.Tensor
    targets: torch.Tensor
    weights: torch.Tensor


class Batches:
    def __init__(self, recipe: Recipe, tokenizer: "PreTrainedTokenizerFast", seed: int) -> None:
        self.tokenizer, self.seed = tokenizer, seed
        self.skills = sorted(load_skills().values(), key=lambda skill: skill.name)
        shares = recipe.shares()
        self.shares = [shares[skill.name] for skill in self.skills]
        self.first_pools = FIRST_POOLS if recipe.grown_from is None else 0
        self._pool: tuple[int, list[Batch]] = (-1, [])

    def __getitem__(self, step: int) -> Batch:
        pool, within = divmod(step, POOL)
        if self._pool[0] != pool:
            self._pool = (pool, self._draw(pool))
        return self._pool[1][within]

    def _draw(self, pool: int) -> list[Batch]:
        rng = random.Random(f"pool:{self.seed}:{pool}")
        first = pool < self.first_pools
        echoes = FIRST_ECHOES if first else ECHOES
        shares = [s.name in COPYING for s in self.skills] if first else self.shares
        chosen = rng.choices(self.skills, shares, k=BATCH * (POOL - echoes))
        examples = [draw_example(skill, "train", rng) for skill in chosen]
        rows = sorted(encode(examples, self.tokenizer), key=lambda row: len(row[0]) + len(row[1]))
        starts = range(0, len(rows), BATCH)
        batches = [pack(rows[at : at + BATCH], self.tokenizer) for at in starts]
        batches += [pack(self._echoes(rng), self.tokenizer) for _ in range(echoes)]
        rng.shuffle(batches)
        return batches

    def _echoes(self, rng: random.Random) -> list[Row]:
        ordinary = range(len(SPECIALS), len(self.tokenizer))
        lines = [rng.choices(ordinary, k=rng.randint(*ECHO_LENGTHS)) for _ in range(BATCH)]
        return [(line, line) for line in lines]


def encode(examples: Sequence[Example], tokenizer: "PreTrainedTokenizerFast") -> list[Row]:
    literal = literal_tokenizer(tokenizer)
    prompts = literal.encode_batch([e.prompt for e in examples], add_special_tokens=False)
    answers = literal.encode_batch([e.answer for e in examples], add_special_tokens=False)
    return [(p.ids, a.ids) for p, a in zip(prompts, answers, strict=True)]


def pack(rows: Sequence[Row], tokenizer: "PreTrainedTokenizerFast") -> Batch:
    """Prompts and answers as one batch, padded on the right."""
    begin, end = tokenizer.bos_token_id, tokenizer.eos_token_id
    marker = tokenizer.convert_tokens_to_ids(ANSWER)
    longest = max(len(prompt) + len(answer) for prompt, answer in rows) + 2
    width = -(-longest // ROUND) * ROUND
    tokens = torch.full((len(rows), width + 1), int(tokenizer.pad_token_id))
    weights = torch.zeros((len(rows), width))
    for row, (prompt, answer) in enumerate(rows):
        line = [begin, *prompt, marker, *answer, end]
        tokens[row, : len(line)] = torch.tensor(line)
        weights[row, : len(prompt)] = PROMPT_WEIGHT
        weights[row, len(prompt) + 1 : len(line) - 1] = 1.0
    return Batch(tokens[:, :-1], tokens[:, 1:], weights)
