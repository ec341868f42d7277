"""What the decoder needs of a language model, whichever way its forward is computed."""

import threading
import weakref
from collections.abc import Sequence
from typing import TYPE_CHECKING, Protocol

import torch
from torch import Tensor

from knowhow_adapters.decode.stack import Stack

if TYPE_CHECKING:
    from transformers import PreTrainedModel


class Rows(Protocol):
    """Some texts, as far as the model has read them."""

    def feed(self, new: Sequence[Sequence[int]], *, every: bool = False) -> Tensor:
        """Read more tokens of each row; the logits [rows, vocabulary] after the last of each, or
        with `every` [rows, new, vocabulary] after each."""
        ...

    def keep(self, rows: Sequence[int]) -> None:
        """Go on with these rows only, in this order; a row may be kept several times."""
        ...


class Model(Protocol):
    @property
    def device(self) -> torch.device: ...
    @property
    def dtype(self) -> torch.dtype: ...
    @property
    def token_bytes(self) -> int:
        """What one token takes in the cache."""
        ...

    @property
    def max_rows(self) -> int:
        """How many texts can be read together."""
        ...

    @property
    def paths(self) -> frozenset[str]:
        """The modules that adapters may change."""
        ...

    def open(self, stack: Stack, rows: int) -> Rows: ...


_adopted: "weakref.WeakKeyDictionary[PreTrainedModel, Model]" = weakref.WeakKeyDictionary()
_adopting = threading.Lock()


def adopt(model: "PreTrainedModel") -> Model:
    """The fastest way to compute this model that is exact; once for all decoders of a model, which
    would else lay out its weights anew each time."""
    from knowhow_adapters.decode.general import GeneralModel
    from knowhow_adapters.decode.native import NativeModel

    with _adopting:
        if model not in _adopted:
            fits = NativeModel.fits(model)
            _adopted[model] = NativeModel(model) if fits else GeneralModel(model)
        return _adopted[model]
