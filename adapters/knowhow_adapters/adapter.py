"""One LoRA adapter in memory, and the name that follows from what it holds.

A version is `agent@sha12`: the beginning of a SHA-256 over the base it belongs to, its alpha and
every weight. Equal versions compute the same, however their files were written. Knows nothing about
files or about how an adapter is applied.
"""

import hashlib
import struct
from collections.abc import Mapping
from dataclasses import dataclass

import torch
from torch import Tensor

from knowhow_adapters.names import SHORT_HASH, check_agent

Layers = Mapping[str, tuple[Tensor, Tensor]]
"""Path of a linear module in the base → A [rank, in] and B [out, rank], float32."""


@dataclass(frozen=True, eq=False)
class Adapter:
    """Adds `scale · B(A x)` to the answer of every module it names."""

    ref: str
    base_hash: str
    rank: int
    alpha: float
    layers: Layers

    @property
    def scale(self) -> float:
        return self.alpha / self.rank

    @property
    def agent(self) -> str:
        return self.ref.partition("@")[0]

    @property
    def size_bytes(self) -> int:
        return sum(a.nbytes + b.nbytes for a, b in self.layers.values())


def make_adapter(agent: str, base_hash: str, layers: Layers, *, rank: int, alpha: float) -> Adapter:
    """Name the weights by what they are."""
    check_agent(agent)
    layers = {path: (_settled(a), _settled(b)) for path, (a, b) in layers.items()}
    content = hash_content(base_hash, layers, alpha)
    return Adapter(f"{agent}@{content[:SHORT_HASH]}", base_hash, rank, float(alpha), layers)


def hash_content(base_hash: str, layers: Layers, alpha: float) -> str:
    total = hashlib.sha256(f"{base_hash}\0".encode() + struct.pack("<d", alpha))
    for path in sorted(layers):
        for tensor in layers[path]:
            rows, columns = tensor.shape
            total.update(f"{path}\0{rows}\0{columns}\0".encode())
            total.update(tensor.numpy().data)
    return total.hexdigest()


def _settled(tensor: Tensor) -> Tensor:
    """Wherever it was trained, here it is numbers in memory; a copy only where that is needed."""
    return tensor.detach().to("cpu", torch.float32).contiguous()
