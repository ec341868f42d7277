"""From logits to tokens: one row a text, each with its own temperature and its own luck.

A draw is a race: every token gets a random time, shortened by its chance, and the first one wins.
The times come from the text's own generator, so a seed means the same whatever else is in the
batch. Products over more rows may differ in the last bits; that matters only where two tokens
arrive together, once in hundreds of thousands of draws. Knows nothing about models.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor


@dataclass(frozen=True)
class Taste:
    """How the next token of a row is chosen; `luck` is None where the likeliest is taken."""

    temperature: float
    top_p: float
    luck: torch.Generator | None


@torch.inference_mode()
def choose(logits: Tensor, tastes: Sequence[Taste]) -> tuple[list[int], list[float]]:
    """The next token of every row and its log-probability at temperature 1."""
    logits = logits.float()
    chosen = logits.max(dim=1).indices
    drawn = [row for row, taste in enumerate(tastes) if taste.luck is not None]
    if drawn:
        chosen[drawn] = _draw(logits[drawn], [tastes[row] for row in drawn])
    logprobs = logits.log_softmax(dim=1).gather(1, chosen[:, None])[:, 0]
    return chosen.tolist(), logprobs.tolist()


def _draw(logits: Tensor, tastes: Sequence[Taste]) -> Tensor:
    temperatures = [[taste.temperature] for taste in tastes]
    scaled = logits / torch.tensor(temperatures, device=logits.device)
    if any(taste.top_p < 1 for taste in tastes):
        scaled = _cut(scaled, [[taste.top_p] for taste in tastes])
    times = torch.empty(logits.shape)
    for row, taste in zip(times, tastes, strict=True):
        row.exponential_(generator=taste.luck)
    return (scaled - times.log_().to(logits.device)).argmax(dim=1)


def _cut(logits: Tensor, top_p: list[list[float]]) -> Tensor:
    """Keep the likeliest tokens that together reach `top_p`; nothing comes before the first."""
    ordered, tokens = logits.softmax(dim=1).sort(dim=1, descending=True)
    before = ordered.cumsum(dim=1) - ordered
    late = before >= torch.tensor(top_p, device=logits.device)
    return logits.masked_fill(late.scatter(1, tokens, late), -torch.inf)
