"""One pass of a mixed batch through the frozen base and the adapters that learn.

Every row of the batch belongs to one adapter; a mask on the narrow product with A keeps the others
out, so each adapter gets exactly the gradient it would get alone. `LlamaPass` works on plain
tensors, a copy of the base's weights joined and in the fast number type. `ModulePass` takes any
other base through its own modules. Both give logits only where something is to be learnt. Know
nothing about losses.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

import torch
from torch import Tensor, nn
from torch.nn import functional

from knowhow_adapters.fingerprint import share_weights
from knowhow_adapters.learn.steps import Adapted, Attended, Gated, Normed

if TYPE_CHECKING:
    from transformers import PreTrainedModel

    from knowhow_adapters.learn.stacked import Parts


@dataclass(frozen=True)
class Batch:
    """Right-padded; what stands behind a token never sees it, so nothing needs a mask."""

    tokens: Tensor
    """[rows, length]"""
    mask: Tensor
    """[rows, adapters · rank]: an adapter's scale in its own columns, else zero."""
    chosen: Tensor
    """Places in the flattened tokens after which a target comes."""


class Pass(Protocol):
    dtype: torch.dtype
    """What the adapters' parts are to be given in."""

    def __call__(self, batch: Batch, parts: "Parts") -> Tensor:
        """Logits at the chosen places."""


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

    def __init__(self, model: "PreTrainedModel") -> None:
        twin: Any = share_weights(model)
        self._model = twin
        head = self._model.get_output_embeddings()
        self._mask: Tensor
        self._parts: Parts
        for path, module in self._model.named_modules():
            if isinstance(module, nn.Linear) and module is not head:
                module.register_forward_hook(self._adding(path))

    def __call__(self, batch: Batch, parts: "Parts") -> Tensor:
        device = self._model.device
        self._mask, self._parts = batch.mask.to(device)[:, None], parts
        logits: Tensor = self._model(input_ids=batch.tokens.to(device), use_cache=False).logits
        answer = logits.flatten(0, 1)[batch.chosen.to(device)]
        return answer.to(batch.mask.device)

    def _adding(self, path: str) -> Callable[[nn.Module, Any, Tensor], Tensor]:
        def add(module: nn.Module, inputs: tuple[Tensor], output: Tensor) -> Tensor:
            a, b = (part.to(output.device, torch.float32) for part in self._parts[path])
            narrow = functional.linear(inputs[0].to(torch.float32), a) * self._mask
            return output + (narrow @ b).to(output.dtype)

        return add


class LlamaPass:
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
        rows, length = batch.tokens.shape
        mask = batch.mask.to(self.dtype).repeat_interleave(length, 0)
        cos, sin = self._cos[:length], self._sin[:length]
        stream = functional.embedding(batch.tokens, self._embedding).flatten(0, 1)
        for layer in self._layers:
            read = self._norm(stream, layer.before_attention)
            joined = layer.attend.apply(None, read, parts, mask)
            found = _call(Attended, joined, cos, sin, rows, self._heads)
            if layer is self._layers[-1]:  # nobody asks what it says elsewhere
                stream, found, mask = (part[batch.chosen] for part in (stream, found, mask))
            stream = layer.mix.apply(stream, found, parts, mask)
            read = self._norm(stream, layer.before_widening)
            gated = _call(Gated, layer.widen.apply(None, read, parts, mask))
            stream = layer.narrow.apply(stream, gated, parts, mask)
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

    def apply(self, stream: Tensor | None, inputs: Tensor, parts: "Parts", mask: Tensor) -> Tensor:
        downs, ups = zip(*(parts[path] for path in self.paths), strict=True)
        if len(ups) == 1:
            return _call(Adapted, stream, inputs, self.weight, downs[0], ups[0], mask)
        masks = mask.repeat(1, len(ups))
        joined = torch.cat(downs)
        return _call(Adapted, stream, inputs, self.weight, joined, _diagonal(ups), masks)


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


def _diagonal(blocks: Sequence[Tensor]) -> Tensor:
    joined: Tensor = torch.block_diag(*blocks)  # type: ignore[no-untyped-call]
    return joined


def _call(step: type[torch.autograd.Function], *arguments: object) -> Tensor:
    found: Tensor = step.apply(*arguments)  # type: ignore[no-untyped-call]
    return found
