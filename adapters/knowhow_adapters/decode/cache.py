"""Keys and values of a batch, preallocated: a slot a token.

Rows may be of different lengths and take in different numbers of tokens at once. What a row writes
beyond its own tokens is never seen: attention ends at the row's length, and the next tokens
overwrite it.
"""

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional

FIRST_SLOTS = 64
"""Room for so many tokens beyond the prompt at first; it doubles when used up."""


@dataclass(frozen=True)
class Step:
    """Where new tokens go, and what they may look at."""

    positions: Tensor
    """[rows, new], or [1, new] where all rows are equally long."""
    start: int | None
    """The first slot where all rows are equally long."""
    end: int
    mask: Tensor | None
    causal: bool


class Cache:
    def __init__(self, empty: Tensor) -> None:
        self._keys = self._values = empty
        self._numbers = torch.arange(empty.shape[1], device=empty.device)[:, None]
        self.lengths: list[int] = [0] * empty.shape[1]

    def step(self, new: int) -> Step:
        longest = max(self.lengths)
        self._make_room(longest + new)
        device = self._keys.device
        fresh = torch.arange(new, device=device)
        if longest == min(self.lengths):
            positions, start = (fresh + longest)[None], longest
        else:
            positions, start = torch.tensor(self.lengths, device=device)[:, None] + fresh, None
        causal = longest == 0
        mask = None
        if not causal and (new > 1 or start is None):
            slots = torch.arange(longest + new, device=device)
            hidden = slots > positions[:, None, :, None]
            mask = torch.zeros(hidden.shape, dtype=self._keys.dtype, device=device)
            mask = mask.masked_fill_(hidden, -torch.inf)
        return Step(positions, start, longest + new, mask, causal)

    def put(self, layer: int, step: Step, key: Tensor, value: Tensor) -> tuple[Tensor, Tensor]:
        """Store the new ones; return all that the step may look at."""
        keys, values = self._keys[layer], self._values[layer]
        if step.start is None:
            keys[self._numbers, step.positions] = key
            values[self._numbers, step.positions] = value
        else:
            keys[:, step.start : step.end] = key
            values[:, step.start : step.end] = value
        return keys[:, : step.end], values[:, : step.end]

    def keep(self, rows: Tensor) -> None:
        used = max(self.lengths)
        self._keys = self._keys[:, :, :used].index_select(1, rows)
        self._values = self._values[:, :, :used].index_select(1, rows)
        self._numbers = self._numbers[: len(rows)]
        self.lengths = [self.lengths[row] for row in rows.tolist()]

    def _make_room(self, slots: int) -> None:
        have = self._keys.shape[2]
        if slots > have:
            more = max(slots + FIRST_SLOTS, 2 * have) - have
            # Zeros, not whatever memory holds: a hidden slot still takes part, times zero.
            self._keys = functional.pad(self._keys, (0, 0, 0, 0, 0, more))
            self._values = functional.pad(self._values, (0, 0, 0, 0, 0, more))
