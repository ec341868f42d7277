"""Mixed batches out of rows, and how surprising answers are to adapters.

Knows nothing about training.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from knowhow_adapters.learn.objective import Targets, surprises
from knowhow_adapters.learn.passes import Batch

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


def pack(chosen: Sequence[Owned], rank: int, scales: Sequence[float]) -> tuple[Batch, Targets]:
    """`scales` are those of the adapters, in their order."""
    rows = [row for _, row in chosen]
    owners = torch.tensor([number for number, _ in chosen])
    width = -(-(max(len(row.tokens) for row in rows) - 1) // ROUND) * ROUND
    tokens = torch.zeros(len(rows), width, dtype=torch.long)
    places: list[int] = []
    targets: list[int] = []
    for number, row in enumerate(rows):
        tokens[number, : len(row.tokens) - 1] = torch.tensor(row.tokens[:-1])
        places += range(number * width + row.start - 1, number * width + len(row.tokens) - 1)
        targets += row.tokens[row.start :]
    counts = torch.tensor([len(row.tokens) - row.start for row in rows])
    columns = torch.arange(len(scales)).repeat_interleave(rank)
    mask = (owners[:, None] == columns) * torch.tensor(scales)[columns]
    return Batch(tokens, mask, torch.tensor(places)), Targets(
        tokens=torch.tensor(targets),
        rows=torch.arange(len(rows)).repeat_interleave(counts),
        weights=torch.tensor([row.weight for row in rows]),
        before=torch.tensor([row.before for row in rows]),
        owners=owners,
    )


@torch.no_grad()
def rate_rows(
    forward: "Pass", layout: "Layout", params: Tensor, chosen: Sequence[Owned], scales: list[float]
) -> list[float]:
    """Minus the log-likelihood of each answer under its adapter."""
    parts = layout.split(params.to(forward.dtype))
    order = sorted(range(len(chosen)), key=lambda place: len(chosen[place][1].tokens))
    found = [0.0] * len(chosen)
    for start in range(0, len(order), AT_ONCE):
        places = order[start : start + AT_ONCE]
        batch, targets = pack([chosen[place] for place in places], layout.rank, scales)
        each = surprises(forward(batch, parts), targets).tolist()
        for place, surprise in zip(places, each, strict=True):
            found[place] = surprise
    return found
