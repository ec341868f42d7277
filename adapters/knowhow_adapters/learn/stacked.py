"""The adapters that learn in one pass, as one matrix.

Every adapter has `rank` rows; a linear module of the base has a stretch of columns for A and one
for B transposed. So the optimiser and the checkpoint see three matrices of this shape, whatever the
base, and an adapter's own norm or rate is one of its rows. Knows nothing about how a base uses its
modules or about data.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from knowhow_adapters.adapter import Adapter, make_adapter
from knowhow_adapters.artefact import linear_shapes
from knowhow_memory.errors import InputError

if TYPE_CHECKING:
    from knowhow_adapters.base.load import Base

Parts = Mapping[str, tuple[Tensor, Tensor]]
"""Path → A [adapters, rank, in] and B transposed [adapters, rank, out]; of one adapter alone,
[rank, in] and [rank, out]."""


@dataclass(frozen=True)
class Layout:
    base: "Base"
    rank: int
    shapes: Mapping[str, tuple[int, int]]
    """Path → (out, in)."""

    @classmethod
    def of(cls, base: "Base", rank: int) -> "Layout":
        return cls(base, rank, linear_shapes(base))

    @property
    def columns(self) -> int:
        return sum(out + into for out, into in self.shapes.values())

    def split(self, matrix: Tensor) -> Parts:
        widths = [width for out, into in self.shapes.values() for width in (into, out)]
        pieces = torch.split(matrix, widths, -1)
        return dict(zip(self.shapes, zip(pieces[::2], pieces[1::2], strict=True), strict=True))

    def split_all(self, params: Tensor) -> Parts:
        """Of several adapters."""
        return self.split(params.view(-1, self.rank, params.shape[1]))

    def fresh(self, agent: str, seed: int) -> Tensor:
        """A as PEFT draws it, B zero: an adapter that changes nothing yet."""
        digest = hashlib.sha256(f"{agent}\0{seed}".encode()).digest()
        generator = torch.Generator().manual_seed(int.from_bytes(digest[:7]))
        matrix = torch.zeros(self.rank, self.columns)
        for (a, _), (_, into) in zip(
            self.split(matrix).values(), self.shapes.values(), strict=True
        ):
            a.uniform_(-(into**-0.5), into**-0.5, generator=generator)
        return matrix

    def pack(self, adapter: Adapter) -> Tensor:
        """An adapter to go on from."""
        if adapter.base_hash != self.base.hash:
            raise InputError(f"{adapter.ref!r} belongs to another base than {self.base.name!r}")
        if adapter.rank != self.rank or adapter.layers.keys() != self.shapes.keys():
            raise InputError(
                f"{adapter.ref!r} has rank {adapter.rank} on {len(adapter.layers)} modules, this "
                f"training rank {self.rank} on {len(self.shapes)}: start without it"
            )
        pieces = (piece for path in self.shapes for piece in _pair(adapter, path))
        return torch.cat(list(pieces), 1)

    def unpack(self, matrix: Tensor, agent: str, alpha: float) -> Adapter:
        layers = {path: (a, b.T) for path, (a, b) in self.split(matrix).items()}
        return make_adapter(agent, self.base.hash, layers, rank=self.rank, alpha=alpha)


def _pair(adapter: Adapter, path: str) -> Sequence[Tensor]:
    a, b = adapter.layers[path]
    return a, b.T
