"""Placeholder until the embedder lands: protocol and the deterministic test double."""

import hashlib
from collections.abc import Callable, Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from knowhow_memory.errors import EmbedderError


class Embedder(Protocol):
    name: str
    dim: int
    fingerprint: str

    def embed(self, text: str) -> NDArray[np.float32]: ...

    def embed_many(
        self, texts: Sequence[str], *, report: Callable[[int], None] | None = None
    ) -> NDArray[np.float32]: ...


class HashEmbedder:
    def __init__(self, dim: int = 64) -> None:
        self.name = f"hash:{dim}"
        self.dim = dim
        self.fingerprint = hashlib.sha256(self.name.encode()).hexdigest()

    def embed(self, text: str) -> NDArray[np.float32]:
        v = np.zeros(self.dim, np.float32)
        for word in text.lower().split() or [text]:
            h = int.from_bytes(hashlib.blake2b(word.encode(), digest_size=8).digest(), "little")
            v[h % self.dim] += 1 if h >> 63 else -1
        v[0] += 1e-3
        return v / np.linalg.norm(v)

    def embed_many(
        self, texts: Sequence[str], *, report: Callable[[int], None] | None = None
    ) -> NDArray[np.float32]:
        return np.stack([self.embed(t) for t in texts])


def load_embedder(name: str = "all-MiniLM-L6-v2") -> Embedder:
    if name.startswith("hash:"):
        return HashEmbedder(int(name.split(":")[1]))
    raise EmbedderError(f"no embedder {name!r}")
