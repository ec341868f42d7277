"""Mixed batches out of rows, and how surprising answers are to adapters.

Knows nothing about training.
"""

import itertools
from collections.abc import Sequence
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from knowhow_adapters.learn.objective import Targets, surprises
from knowhow_adapters.learn.passes import Batch, Block

if TYPE_CHECKING:
    from knowhow_adapters.learn.passes import Pass
    from knowhow_adapters.learn.rows import Row
    from knowhow_adapters.learn.stacked import Layout

Owned = tuple[int, "Row"]
"""A row and the number of the adapter it belongs to."""
ROUND = 8
"""Lengths are padded to a multiple, so that the processor meets few different shapes."""
AT_ONCE = 32
"""Rows that are rated together."""


def pack(chosen: Sequence[Owned], scales: Sequence[float]) -> tuple[Batch, Targets]:
    """`scales` are those of the adapters, in their order."""
    owners = [owner for owner, _ in chosen]
    order = sorted(range(len(chosen)), key=owners.__getitem__)
    blocks = [
        _block([chosen[place][1] for place in places], owner, scales[owner])
        for owner, places in itertools.groupby(order, owners.__getitem__)
    ]
    rows = [row for _, row in chosen]
    targets = [
        (place, token) for place in order for token in rows[place].tokens[rows[place].start :]
    ]
    return blocks, Targets(
        tokens=torch.tensor([token for _, token in targets]),
        rows=torch.tensor([place for place, _ in targets]),
        weights=torch.tensor([row.weight for row in rows]),
        before=torch.tensor([row.before for row in rows]),
        owners=torch.tensor(owners),
    )


def _block(rows: Sequence["Row"], owner: int, scale: float) -> Block:
    width = -(-(max(len(row.tokens) for row in rows) - 1) // ROUND) * ROUND
    tokens = torch.zeros(len(rows), width, dtype=torch.long)
    places: list[int] = []
    for number, row in enumerate(rows):
        tokens[number, : len(row.tokens) - 1] = torch.tensor(row.tokens[:-1])
        places += range(number * width + row.start - 1, number * width + len(row.tokens) - 1)
    return Block(owner, scale, tokens, torch.tensor(places))


@torch.no_grad()
def rate_rows(
    forward: "Pass", layout: "Layout", params: Tensor, chosen: Sequence[Owned], scales: list[float]
) -> list[float]:
    """Minus the log-likelihood of each answer under its adapter."""
    parts = layout.split_all(params.to(forward.dtype))
    order = sorted(range(len(chosen)), key=lambda place: len(chosen[place][1].tokens))
    found = [0.0] * len(chosen)
    for start in range(0, len(order), AT_ONCE):
        places = order[start : start + AT_ONCE]
        batch, targets = pack([chosen[place] for place in places], scales)
        each = surprises(forward(batch, parts), targets).tolist()
        for place, surprise in zip(places, each, strict=True):
            found[place] = surprise
    return found
