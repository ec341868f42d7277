"""From logits to tokens: one row a text, each with its own temperature and its own luck.

A draw takes one number between 0 and 1 from its text's own generator, so a seed means the same
whatever else is in the batch. (Sums of another batch size may differ in the last bit; a draw that
lands that close to the border between two tokens, one in a million, can fall on its other side.)
Knows nothing about models and grammars.
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
    luck: float | None


@torch.inference_mode()
def choose(logits: Tensor, tastes: Sequence[Taste]) -> tuple[list[int], list[float]]:
    """The next token of every row and its log-probability at temperature 1."""
    logits = logits.float()
    chosen = logits.argmax(dim=1)
    drawn = [row for row, taste in enumerate(tastes) if taste.luck is not None]
    if drawn:
        chosen[drawn] = _draw(logits[drawn], [tastes[row] for row in drawn])
    shares = logits.gather(1, chosen[:, None])[:, 0] - logits.logsumexp(dim=1)
    return chosen.tolist(), shares.tolist()


def _draw(logits: Tensor, tastes: Sequence[Taste]) -> Tensor:
    def column(numbers: list[float]) -> Tensor:
        return torch.tensor(numbers, dtype=torch.float64, device=logits.device)[:, None]

    temperatures = column([taste.temperature for taste in tastes])
    chances = torch.softmax(logits.double() / temperatures, dim=1)
    if any(taste.top_p < 1 for taste in tastes):
        chances = _cut(chances, column([taste.top_p for taste in tastes]))
    sums = chances.cumsum(dim=1)
    points = column([taste.luck or 0.0 for taste in tastes]) * sums[:, -1:]
    return torch.searchsorted(sums, points, right=True)[:, 0].clamp_(max=logits.shape[1] - 1)


def _cut(chances: Tensor, top_p: Tensor) -> Tensor:
    """Keep the likeliest tokens that together reach `top_p`, and always the first."""
    ordered, tokens = chances.sort(dim=1, descending=True)
    before = ordered.cumsum(dim=1) - ordered
    return torch.zeros_like(chances).scatter(1, tokens, ordered * (before < top_p))
