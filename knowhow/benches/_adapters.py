"""Adapters with random weights: not trained, but as large as trained ones and with as much to say.

Shared by the benches and the tests.
"""

from typing import TYPE_CHECKING

import torch

from knowhow_adapters.artefact import Adapter, linear_shapes, make_adapter

if TYPE_CHECKING:
    from knowhow_adapters.base.load import Base

STRENGTH = 0.1
"""Enough for every version to give other answers than the base and than the others."""


def random_adapter(base: "Base", seed: int, *, rank: int = 8, agent: str = "agent") -> Adapter:
    generator = torch.Generator().manual_seed(seed)

    def draw(rows: int, columns: int) -> torch.Tensor:
        return torch.randn(rows, columns, generator=generator) * STRENGTH

    layers = {
        path: (draw(rank, columns), draw(rows, rank))
        for path, (rows, columns) in linear_shapes(base).items()
    }
    return make_adapter(agent, base.hash, layers, rank=rank, alpha=2.0 * rank)
