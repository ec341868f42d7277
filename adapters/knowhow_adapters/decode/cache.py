"""Keys and values of a batch, preallocated: a slot a token.

Rows may be of different lengths and take in different numbers of tokens at once. New tokens of all
rows come packed, one after another, so that nothing but attention computes for padding.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional

FIRST_SLOTS = 64
"""Room for so many tokens beyond the prompt at first; it doubles when used up."""


@dataclass(frozen=True)
class Step:
    """Where the new tokens go, and what they may look at."""

    rows: Tensor
    """[new]: the row of each new token."""
    places: Tensor
    """[new]: its position in that row."""
    offsets: Tensor
    """[new]: its number among the new ones of that row."""
    shape: tuple[int, int]
    """Rows, and the most new tokens that one of them takes in."""
    even: bool
    """Every row takes in as many."""
    start: int | None
    """The first slot that is written, where it is the same for all."""
    end: int
    mask: Tensor | None
    """[rows, 1, most new, slots], added to the scores of attention."""
    causal: bool
    """Nothing came before, so each token just looks at those up to itself."""

    def spread(self, packed: Tensor) -> Tensor:
        """[new, …] → [rows, most new, …]."""
        if self.even:
            return packed.view(*self.shape, *packed.shape[1:])
        spread = packed.new_zeros(*self.shape, *packed.shape[1:])
        spread[self.rows, self.offsets] = packed
        return spread

    def pack(self, spread: Tensor) -> Tensor:
        """[rows, most new, …] → [new, …]."""
        return spread.flatten(0, 1) if self.even else spread[self.rows, self.offsets]


class Cache:
    def __init__(self, empty: Tensor) -> None:
        """`empty`: [layers, rows, 0 slots, heads, features]."""
        self._keys = self._values = empty
        self._lengths = [0] * empty.shape[1]
        self._one_each = self._number([1] * empty.shape[1])

    def step(self, counts: Sequence[int]) -> Step:
        """Make room for so many new tokens of each row."""
        most, longest = max(counts), max(self._lengths)
        even = min(counts) == most
        level = even and min(self._lengths) == longest
        befores = torch.tensor(self._lengths, device=self._keys.device)
        one_each = even and most == 1
        rows, offsets = self._one_each if one_each else self._number(counts)
        self._lengths = list(map(sum, zip(self._lengths, counts, strict=True)))
        end = max(self._lengths)
        self._make_room(end)
        return Step(
            rows=rows,
            places=befores if one_each else befores[rows] + offsets,
            offsets=offsets,
            shape=(len(counts), most),
            even=even,
            start=longest if level else None,
            end=end,
            mask=None if longest == 0 or (level and one_each) else self._mask(befores, most, end),
            causal=longest == 0,
        )

    def put(self, layer: int, step: Step, key: Tensor, value: Tensor) -> tuple[Tensor, Tensor]:
        """Store the new ones; return all that the step may look at."""
        keys, values = self._keys[layer], self._values[layer]
        if step.start is None:
            keys[step.rows, step.places] = key
            values[step.rows, step.places] = value
        else:
            new = step.shape[1]
            keys.narrow(1, step.start, new).copy_(step.spread(key))
            values.narrow(1, step.start, new).copy_(step.spread(value))
        return keys.narrow(1, 0, step.end), values.narrow(1, 0, step.end)

    def keep(self, rows: Sequence[int]) -> None:
        used = max(self._lengths)
        chosen = torch.tensor(rows, device=self._keys.device)
        self._keys = self._keys[:, :, :used].index_select(1, chosen)
        self._values = self._values[:, :, :used].index_select(1, chosen)
        self._lengths = [self._lengths[row] for row in rows]
        self._one_each = self._number([1] * len(rows))

    def _number(self, counts: Sequence[int]) -> tuple[Tensor, Tensor]:
        """The row of each new token, and its number among the new ones of that row."""
        rows = [row for row, count in enumerate(counts) for _ in range(count)]
        offsets = [i for count in counts for i in range(count)]
        device = self._keys.device
        return torch.tensor(rows, device=device), torch.tensor(offsets, device=device)

    def _mask(self, befores: Tensor, most: int, end: int) -> Tensor:
        """Each new token looks at its row up to itself; padding goes on counting, for nothing."""
        places = befores[:, None] + torch.arange(most, device=befores.device)
        hidden = torch.arange(end, device=befores.device) > places[:, None, :, None]
        mask = torch.zeros(hidden.shape, dtype=self._keys.dtype, device=befores.device)
        return mask.masked_fill_(hidden, -torch.inf)

    def _make_room(self, slots: int) -> None:
        have = self._keys.shape[2]
        if slots > have:
            more = max(slots + FIRST_SLOTS, 2 * have) - have
            # Zeros, not whatever memory holds: a hidden slot still takes part, times zero.
            self._keys = functional.pad(self._keys, (0, 0, 0, 0, 0, more))
            self._values = functional.pad(self._values, (0, 0, 0, 0, 0, more))
