"""Any sentence-transformers model, from a local folder or the hub.

Imports torch, which takes seconds: loaded only when a setting asks for such a model. Weights come
from safetensors files alone, and a model that brings code of its own is refused. Knows nothing of
what the vectors are for.
"""

import threading
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from knowhow_memory.embedder import MODEL_FILES, ModelEmbedder, Vector, fingerprint_folder
from knowhow_memory.errors import EmbedderError

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

DEFAULT_ORGANISATION = "sentence-transformers"
PICKLES = {".bin", ".pt", ".pth", ".pkl", ".ckpt"}


class SentenceModel(ModelEmbedder):
    def __init__(self, name: str) -> None:
        super().__init__()
        self.name = name
        folder = Path(name).expanduser()
        if not folder.is_dir():
            folder = _from_hub(name)
        _refuse_pickles(folder)
        self.fingerprint = fingerprint_folder(folder)
        self._model = _load(folder)
        self.dim = _dimension(self._model, name)
        self._lock = threading.Lock()

    def vectors(self, texts: Sequence[str]) -> Vector:
        # Its tokenizer changes its own settings while it works: one caller at a time.
        with self._lock:
            rows = self._model.encode(
                list(texts), normalize_embeddings=True, show_progress_bar=False
            )
        return np.asarray(rows, np.float32)


def _from_hub(name: str) -> Path:
    from huggingface_hub import snapshot_download

    try:
        return Path(
            snapshot_download(
                name if "/" in name else f"{DEFAULT_ORGANISATION}/{name}",
                allow_patterns=[f"*{suffix}" for suffix in sorted(MODEL_FILES)],
            )
        )
    # The hub's errors for no network, no such model and no such name are all of these two.
    except (OSError, ValueError) as error:
        raise EmbedderError(
            f"no embedder {name!r} here or on the hub: download it where there is network "
            "and set embedder.model to its folder"
        ) from error


def _refuse_pickles(folder: Path) -> None:
    """Loading a pickle runs whatever code its author put there."""
    for path in folder.rglob("*"):
        if path.suffix in PICKLES and not any(path.parent.glob("*.safetensors")):
            raise EmbedderError(
                f"{str(path)!r} is a pickle, and there are no safetensors beside it: "
                "convert the model to safetensors, or choose another"
            )


def _load(folder: Path) -> "SentenceTransformer":
    from sentence_transformers import SentenceTransformer

    try:
        return SentenceTransformer(
            str(folder), trust_remote_code=False, model_kwargs={"use_safetensors": True}
        )
    # A folder can be broken in any way, and every part of the library raises its own errors.
    except Exception as error:
        reason = str(error).partition("\n")[0]
        raise EmbedderError(f"cannot load the embedder in {str(folder)!r}: {reason}") from error


def _dimension(model: "SentenceTransformer", name: str) -> int:
    dim = model.get_embedding_dimension()
    if dim is None:
        raise EmbedderError(f"the embedder {name!r} does not say its dimension: choose another")
    return int(dim)
