"""One pass through the frozen base for all adapters that learn.

A block holds the rows of one adapter. All blocks share the products with the base's weights; each
meets its own adapter alone, so every adapter gets exactly the gradient it would get alone.
`LlamaPass` works on plain tensors, a copy of the base's weights joined and in the fast number type,
and pads a block only to its own longest row. `ModulePass` takes any other base through its own
modules. Both give logits only where something is to be learnt. Know nothing about losses.
"""

import itertools
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

import torch
from torch import Tensor, nn
from torch.nn import functional

from knowhow_adapters.fingerprint import share_weights
from knowhow_adapters.learn.steps import Adapted, Attended, Gated, Normed, Span

if TYPE_CHECKING:
    from transformers import PreTrainedModel

    from knowhow_adapters.learn.stacked import Parts


@dataclass(frozen=True)
class Block:
    """Rows of one adapter, right-padded; what stands behind a token never sees it, so nothing
    needs a mask."""

    adapter: int
    scale: float
    tokens: Tensor
    """[rows, length]"""
    chosen: Tensor
    """Places in the flattened tokens after which a target comes."""


Batch = Sequence[Block]
"""At most one block of each adapter."""


class Pass(Protocol):
    dtype: torch.dtype
    """What the adapters' parts are to be given in."""
    reentrant: bool
    """Whether several threads may call it at once."""

    def __call__(self, batch: Batch, parts: "Parts") -> Tensor:
        """Logits at the chosen places, block after block."""


def open_pass(model: "PreTrainedModel", dtype: torch.dtype) -> Pass:
    return LlamaPass(model, dtype) if _is_plain_llama(model) else ModulePass(model)


def _is_plain_llama(model: Any) -> bool:
    config = model.config
    return (
        config.model_type == "llama"
        and config.rope_parameters["rope_type"] == "default"
        and config.hidden_act == "silu"
        and all(module.bias is None for module in model.modules() if isinstance(module, nn.Linear))
        and model.device.type == "cpu"
    )


class ModulePass:
    """Any base: its own modules, on a twin that shares the weights, so that the base itself can
    serve meanwhile."""

    dtype = torch.float32
    reentrant = False

    def __init__(self, model: "PreTrainedModel") -> None:
        twin: Any = share_weights(model)
        self._model = twin
        head = self._model.get_output_embeddings()
        self._owners: Tensor
        self._scales: Tensor
        self._parts: Parts
        for path, module in self._model.named_modules():
            if isinstance(module, nn.Linear) and module is not head:
                module.register_forward_hook(self._adding(path))

    def __call__(self, batch: Batch, parts: "Parts") -> Tensor:
        device = self._model.device
        counts = torch.tensor([len(block.tokens) for block in batch])
        self._owners = torch.tensor([block.adapter for block in batch]).repeat_interleave(counts)
        scales = torch.tensor([block.scale for block in batch]).repeat_interleave(counts)
        self._scales = scales[:, None, None].to(device)
        self._parts = parts
        width = max(block.tokens.shape[1] for block in batch)
        padded = [
            functional.pad(block.tokens, (0, width - block.tokens.shape[1])) for block in batch
        ]
        tokens = torch.cat(padded).to(device)
        logits: Tensor = self._model(input_ids=tokens, use_cache=False).logits
        own = zip(batch, torch.split(logits, counts.tolist()), strict=True)
        chosen = [
            found[:, : block.tokens.shape[1]].flatten(0, 1)[block.chosen.to(device)]
            for block, found in own
        ]
        return torch.cat(chosen).to(batch[0].tokens.device)

    def _adding(self, path: str) -> Callable[[nn.Module, Any, Tensor], Tensor]:
        def add(module: nn.Module, inputs: tuple[Tensor], output: Tensor) -> Tensor:
            place = output.device, torch.float32
            a, b = (part[self._owners].to(*place) for part in self._parts[path])
            narrow = inputs[0].to(torch.float32) @ a.mT * self._scales
            return output + (narrow @ b).to(output.dtype)

        return add


class LlamaPass:
    reentrant = True

    def __init__(self, model: "PreTrainedModel", dtype: torch.dtype) -> None:
        inner: Any = model.model
        config: Any = model.config
        self.dtype = dtype
        self._heads = config.num_attention_heads
        self._epsilon = config.rms_norm_eps
        self._embedding = inner.embed_tokens.weight.to(dtype)
        self._norm_weight = inner.norm.weight.to(dtype)
        self._head = model.get_output_embeddings().weight.to(dtype)  # type: ignore[no-untyped-call]
        self._layers = [
            _Layer.of(layer, f"model.layers.{number}", dtype)
            for number, layer in enumerate(inner.layers)
        ]
        positions = torch.arange(config.max_position_embeddings)
        cos, sin = inner.rotary_emb(torch.zeros((), dtype=torch.float32), positions[None])
        self._cos, self._sin = cos[0].to(dtype), sin[0].to(dtype)

    def __call__(self, batch: Batch, parts: "Parts") -> Tensor:
        sizes = [tuple(block.tokens.shape) for block in batch]
        spans = _spans(batch, [block.tokens.numel() for block in batch])
        chosen = torch.cat(
            [block.chosen + span.start for block, span in zip(batch, spans, strict=True)]
        )
        tokens = torch.cat([block.tokens.flatten() for block in batch])
        stream = functional.embedding(tokens, self._embedding)
        for layer in self._layers:
            read = self._norm(stream, layer.before_attention)
            joined = layer.attend.apply(None, read, parts, spans)
            found = _call(Attended, joined, self._cos, self._sin, sizes, self._heads)
            if layer is self._layers[-1]:  # nobody asks what it says elsewhere
                stream, found = stream[chosen], found[chosen]
                spans = _spans(batch, [len(block.chosen) for block in batch])
            stream = layer.mix.apply(stream, found, parts, spans)
            read = self._norm(stream, layer.before_widening)
            gated = _call(Gated, layer.widen.apply(None, read, parts, spans))
            stream = layer.narrow.apply(stream, gated, parts, spans)
        logits: Tensor = self._norm(stream, self._norm_weight) @ self._head.T
        return logits

    def _norm(self, stream: Tensor, weight: Tensor) -> Tensor:
        return _call(Normed, stream, weight, self._epsilon)


@dataclass(frozen=True)
class _Joined:
    """Modules that read the same input, as one product."""

    paths: tuple[str, ...]
    weight: Tensor
    """[out of all, in]"""

    @classmethod
    def of(cls, owner: Any, path: str, names: Sequence[str], dtype: torch.dtype) -> "_Joined":
        weights = [getattr(owner, name).weight.to(dtype) for name in names]
        return cls(tuple(f"{path}.{name}" for name in names), torch.cat(weights))

    def apply(
        self, stream: Tensor | None, inputs: Tensor, parts: "Parts", spans: Sequence[Span]
    ) -> Tensor:
        downs, ups = zip(*(parts[path] for path in self.paths), strict=True)
        down, up = torch.cat(downs, 1), _diagonal(ups)
        return _call(Adapted, stream, inputs, self.weight, down, up, spans)


@dataclass(frozen=True)
class _Layer:
    before_attention: Tensor
    attend: _Joined
    mix: _Joined
    before_widening: Tensor
    widen: _Joined
    narrow: _Joined

    @classmethod
    def of(cls, layer: Any, path: str, dtype: torch.dtype) -> "_Layer":
        attention, mlp = layer.self_attn, layer.mlp
        own, inner = f"{path}.self_attn", f"{path}.mlp"
        return cls(
            before_attention=layer.input_layernorm.weight.to(dtype),
            attend=_Joined.of(attention, own, ("q_proj", "k_proj", "v_proj"), dtype),
            mix=_Joined.of(attention, own, ("o_proj",), dtype),
            before_widening=layer.post_attention_layernorm.weight.to(dtype),
            widen=_Joined.of(mlp, inner, ("gate_proj", "up_proj"), dtype),
            narrow=_Joined.of(mlp, inner, ("down_proj",), dtype),
        )


def _diagonal(ups: Sequence[Tensor]) -> Tensor:
    """Modules that stand side by side take from their own rows alone."""
    widths = [up.shape[2] for up in ups]
    padded = [
        functional.pad(up, (sum(widths[:number]), sum(widths[number + 1 :])))
        for number, up in enumerate(ups)
    ]
    return torch.cat(padded, 1)


def _spans(batch: Batch, counts: Sequence[int]) -> tuple[Span, ...]:
    stops = list(itertools.accumulate(counts))
    return tuple(
        Span(block.adapter, block.scale, stop - count, stop)
        for block, count, stop in zip(batch, counts, stops, strict=True)
    )


def _call(step: type[torch.autograd.Function], *arguments: object) -> Tensor:
    found: Tensor = step.apply(*arguments)  # type: ignore[no-untyped-call]
    return found
