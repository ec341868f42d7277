"""Texts in, unit vectors out: what an embedder is, and which one a setting's name means.

`load_embedder(name)` knows three kinds of names: `all-MiniLM-L6-v2` (the default; comes as an
installed package, needs neither network nor torch), a folder or hub id of any sentence-transformers
model, and `hash:DIM`, a deterministic stand-in without a model for tests and tours.

Two embedders with the same `fingerprint` put the same text at the same place; vectors of different
fingerprints must never meet in one index. Knows nothing of stores; the lasting cache of vectors is
the store's.
"""

import hashlib
import threading
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from knowhow_memory.errors import EmbedderError, InputError

DEFAULT_EMBEDDER = "all-MiniLM-L6-v2"
HASH_PREFIX = "hash:"
MAX_HASH_DIM = 4096
BATCH = 64
"""Texts embedded at once: enough to keep the processor busy, and at most some 200 MB of activations
even if every text is as long as the model reads."""
REMEMBERED = 4096
"""Recent single texts whose vectors stay in memory: 6 MB at 384 dimensions."""
MODEL_FILES = {".safetensors", ".json", ".txt", ".model"}
"""Weights, tokenizer and pooling: whatever of a model's folder can move a vector."""

Vector = NDArray[np.float32]
Report = Callable[[int], None]


class Embedder(Protocol):
    """Safe to call from several threads; raises `InputError` for a text that cannot be embedded."""

    @property
    def name(self) -> str: ...
    @property
    def dim(self) -> int: ...
    @property
    def fingerprint(self) -> str: ...

    def embed(self, text: str) -> Vector:
        """The unit vector of one text, as fast as possible."""
        ...

    def embed_many(self, texts: Sequence[str], *, report: Report | None = None) -> Vector:
        """One row a text; `report` gets the number of texts done so far."""
        ...


def load_embedder(name: str = DEFAULT_EMBEDDER) -> Embedder:
    if name.startswith(HASH_PREFIX):
        return HashEmbedder(_hash_dim(name))
    if name == DEFAULT_EMBEDDER:
        from knowhow_memory.minilm import MiniLM

        return MiniLM()
    from knowhow_memory.sentence_model import SentenceModel

    return SentenceModel(name)


class ModelEmbedder:
    """What every real model shares: refusing bad texts, batching, and remembering recent texts."""

    name: str
    dim: int
    fingerprint: str

    def __init__(self) -> None:
        self._recent = _Recent(REMEMBERED)

    def vectors(self, texts: Sequence[str]) -> Vector:
        """The model itself: checked texts in, one unit row a text out."""
        raise NotImplementedError

    def embed(self, text: str) -> Vector:
        check_embeddable(text)
        vector = self._recent.get(text)
        if vector is None:
            vector = self.vectors([text])[0]
            self._recent.put(text, vector)
        return vector

    def embed_many(self, texts: Sequence[str], *, report: Report | None = None) -> Vector:
        for text in texts:
            check_embeddable(text)
        rows = np.empty((len(texts), self.dim), np.float32)
        for start in range(0, len(texts), BATCH):
            batch = texts[start : start + BATCH]
            rows[start : start + len(batch)] = self.vectors(batch)
            if report is not None:
                report(start + len(batch))
        return rows


class HashEmbedder:
    """Hashed words and word pairs: texts that share words are near, and nothing has to be loaded.

    It understands nothing. Use it where a test or a tour needs an embedder but not its judgement.
    """

    def __init__(self, dim: int = 64) -> None:
        self.name = f"{HASH_PREFIX}{dim}"
        self.dim = dim
        self.fingerprint = hashlib.sha256(self.name.encode()).hexdigest()

    def embed(self, text: str) -> Vector:
        check_embeddable(text)
        words = text.lower().split()
        vector = np.zeros(self.dim, np.float32)
        for gram in [*words, *map(" ".join, pairwise(words))]:
            number = int.from_bytes(_digest(gram)[:8], "little")
            vector[number % self.dim] += 1 if number >> 63 else -1
        # n words and n-1 pairs are an odd number of steps: they never cancel out.
        return np.asarray(vector / np.linalg.norm(vector), np.float32)

    def embed_many(self, texts: Sequence[str], *, report: Report | None = None) -> Vector:
        rows = [self.embed(text) for text in texts]
        if report is not None and rows:
            report(len(rows))
        return np.array(rows, np.float32).reshape(len(rows), self.dim)


def check_embeddable(text: str) -> None:
    """Refuse what no tokenizer takes or no reader means, before any work is done."""
    if not text.strip():
        raise InputError("an empty text cannot be embedded: give at least one word")
    if "\0" in text:
        raise InputError("the text contains a NUL character: remove it")
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise InputError(
            f"the text contains a lone surrogate at character {error.start}: decode it properly"
        ) from None


def fingerprint_folder(folder: Path, known: Mapping[str, str] | None = None) -> str:
    """A hash over weights, tokenizer and pooling: equal only if the vectors are.

    `known` are the SHA-256 of files, by path in the folder, that need no second reading.
    """
    total = hashlib.sha256()
    for path in sorted(path for path in folder.rglob("*") if path.suffix in MODEL_FILES):
        name = path.relative_to(folder).as_posix()
        digest = (known or {}).get(name) or hashlib.sha256(path.read_bytes()).hexdigest()
        total.update(f"{name}\0{digest}\0".encode())
    return total.hexdigest()


class _Recent:
    """The vectors of the last texts, by content hash, so that long texts are not kept alive."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._lock = threading.Lock()
        self._vectors: OrderedDict[bytes, Vector] = OrderedDict()

    def get(self, text: str) -> Vector | None:
        key = _digest(text)
        with self._lock:
            if key in self._vectors:
                self._vectors.move_to_end(key)
            return self._vectors.get(key)

    def put(self, text: str, vector: Vector) -> None:
        vector.flags.writeable = False  # every later caller gets this very array
        with self._lock:
            self._vectors[_digest(text)] = vector
            if len(self._vectors) > self._limit:
                self._vectors.popitem(last=False)


def _digest(text: str) -> bytes:
    return hashlib.blake2b(text.encode(), digest_size=16).digest()


def _hash_dim(name: str) -> int:
    text = name.removeprefix(HASH_PREFIX)
    if not (text.isascii() and text.isdigit() and 0 < int(text) <= MAX_HASH_DIM):
        raise EmbedderError(
            f"no embedder {name!r}: write {HASH_PREFIX}DIM, with DIM from 1 to {MAX_HASH_DIM}"
        )
    return int(text)
