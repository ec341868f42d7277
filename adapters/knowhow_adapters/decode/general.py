"""Any causal language model of transformers, read through its own forward and its own cache.

Rows that take in fewer tokens than others leave gaps in the cache, which attention is told to skip;
a model that only looks back a certain way counts gaps as tokens, so it reads one row at a time.
Adapters act on copies of the modules (not of the weights), so nobody else's use of the model sees
them. Slower than `native`, and for every architecture.
"""

import copy
import sys
import threading
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor, nn

from knowhow_adapters.decode.stack import Stack

if TYPE_CHECKING:
    from transformers import PreTrainedModel


class GeneralModel:
    def __init__(self, model: "PreTrainedModel") -> None:
        weights = [*model.parameters(), *model.buffers()]
        self.model: Any = copy.deepcopy(model, memo={id(weight): weight for weight in weights})
        self.lock = threading.Lock()
        self.stack: Stack | None = None
        self.paths = frozenset(
            path for path, part in self.model.named_modules() if isinstance(part, nn.Linear)
        )
        for path in self.paths:
            self.model.get_submodule(path).register_forward_hook(self._hook(path))

    @property
    def dtype(self) -> torch.dtype:
        return self._embeddings.dtype

    @property
    def device(self) -> torch.device:
        return self._embeddings.device

    @property
    def token_bytes(self) -> int:
        config = self.model.config
        heads = getattr(config, "num_key_value_heads", None) or config.num_attention_heads
        features = getattr(config, "head_dim", None)
        features = features or config.hidden_size // config.num_attention_heads
        return int(2 * config.num_hidden_layers * heads * features * self.dtype.itemsize)

    @property
    def max_rows(self) -> int:
        """One where it looks back over a window: what fills a gap would be counted there."""
        config = self.model.config
        window = getattr(config, "sliding_window", None)
        return 1 if window and window < config.max_position_embeddings else sys.maxsize

    def open(self, stack: Stack, rows: int) -> "GeneralRows":
        return GeneralRows(self, stack, rows)

    @property
    def _embeddings(self) -> Tensor:
        weight: Tensor = self.model.get_input_embeddings().weight
        return weight

    def _hook(self, path: str) -> Any:
        def add_adapters(module: nn.Linear, given: tuple[Tensor], answer: Tensor) -> Tensor:
            assert self.stack is not None
            inputs = given[0].reshape(-1, module.in_features)
            outputs = answer.reshape(-1, module.out_features)
            self.stack.add((path,), [module.out_features], inputs, outputs)
            return outputs.view(answer.shape)

        return add_adapters


class GeneralRows:
    """The texts of one batch as far as the model has read them."""

    def __init__(self, model: GeneralModel, stack: Stack, rows: int) -> None:
        from transformers import DynamicCache

        self._model, self._stack = model, stack
        self._cache = DynamicCache(config=model.model.config)
        self._seen = torch.zeros((rows, 0), dtype=torch.long, device=model.device)

    @torch.inference_mode()
    def feed(self, new: Sequence[Sequence[int]], *, every: bool = False) -> Tensor:
        counts = [len(tokens) for tokens in new]
        width = max(counts)
        device = self._model.device
        padded = [[*tokens, *[0] * (width - len(tokens))] for tokens in new]
        real = [[*[1] * count, *[0] * (width - count)] for count in counts]
        lengths = self._seen.sum(dim=1, keepdim=True)
        self._seen = torch.cat([self._seen, torch.tensor(real, device=device)], dim=1)
        rows = torch.arange(len(new), device=device)
        self._stack.place(rows.repeat_interleave(width))
        last = [max(count, 1) - 1 for count in counts]
        wanted = sorted(set(last))
        answer = self._forward(
            input_ids=torch.tensor(padded, device=device),
            attention_mask=self._seen,
            position_ids=lengths + torch.arange(width, device=device),
            past_key_values=self._cache,
            logits_to_keep=0 if every else torch.tensor(wanted, device=device),
        )
        logits: Tensor = answer.logits
        return logits if every else logits[range(len(new)), [wanted.index(i) for i in last]]

    @torch.inference_mode()
    def keep(self, rows: Sequence[int]) -> None:
        chosen = torch.tensor(rows, device=self._model.device)
        self._cache.batch_select_indices(chosen)
        self._seen = self._seen[chosen]
        self._stack.keep(rows)

    def _forward(self, **given: Any) -> Any:
        with self._model.lock:
            self._model.stack = self._stack
            try:
                return self._model.model(**given, use_cache=True)
            finally:
                self._model.stack = None
