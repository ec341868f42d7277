"""Llama, Qwen2 and Qwen3 without the overhead of modules: the same arithmetic on the same weights.

Weights are not kept twice: modules that read the same input are one product here, and look into its
weights there. Knows nothing about texts and how they are chosen.
"""

import itertools
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor
from torch.nn import functional

from knowhow_adapters.decode.cache import Cache, Step
from knowhow_adapters.decode.stack import Stack

if TYPE_CHECKING:
    from transformers import PreTrainedModel

ARCHITECTURES = {"llama", "qwen2", "qwen3"}
STEADY_ROPES = {"default", "linear", "llama3", "yarn"}
"""Rotations that depend on the position alone, not on how long the text has become."""


@dataclass(frozen=True)
class _Linears:
    """Modules that read the same input, as one product."""

    paths: tuple[str, ...]
    weight: Tensor
    """[in, out of all]"""
    bias: Tensor | None
    widths: list[int]

    @classmethod
    def joined(cls, modules: Mapping[str, Any]) -> "_Linears":
        """The modules themselves get to look into the joint weights, so that nothing is kept twice.

        Numbers that meet the same input stand side by side there, which makes products of a few
        rows a third faster than the usual order.
        """
        widths = [module.weight.shape[0] for module in modules.values()]
        weight = torch.cat([module.weight.data.T for module in modules.values()], dim=1)
        for module, part in zip(modules.values(), torch.split(weight, widths, 1), strict=True):
            module.weight.data = part.T
        biases = [module.bias for module in modules.values() if module.bias is not None]
        bias = torch.cat([bias.data for bias in biases]) if biases else None
        return cls(tuple(modules), weight, bias, widths)

    def apply(self, inputs: Tensor, stack: Stack) -> Tensor:
        outputs = inputs @ self.weight
        if self.bias is not None:
            outputs += self.bias
        stack.add(self.paths, self.widths, inputs, outputs)
        return outputs

    def add_to(self, stream: Tensor, inputs: Tensor, stack: Stack) -> Tensor:
        outputs = torch.addmm(stream, inputs, self.weight)
        if self.bias is not None:
            outputs += self.bias
        stack.add(self.paths, self.widths, inputs, outputs)
        return outputs


@dataclass(frozen=True)
class _Norm:
    weight: Tensor
    epsilon: Tensor

    @classmethod
    def of(cls, module: Any) -> "_Norm":
        return cls(module.weight, module.weight.new_tensor(module.variance_epsilon))

    def __call__(self, inputs: Tensor) -> Tensor:
        """In float32 from the norm, which halves the time; half precision has no room for that."""
        if inputs.dtype != torch.float32:
            return torch.rms_norm(inputs, self.weight.shape, self.weight, float(self.epsilon))
        norm = torch.linalg.vector_norm(inputs, 2, 1, True)
        mean_square = torch.addcmul(self.epsilon, norm, norm, value=1 / inputs.shape[1])
        return (inputs * mean_square.rsqrt_()).mul_(self.weight)


@dataclass(frozen=True)
class _HeadNorm:
    """Qwen3 evens out every head of the queries and keys."""

    weight: Tensor
    """[query and key heads, features]"""
    epsilon: float

    @classmethod
    def of(cls, attention: Any) -> "_HeadNorm | None":
        if not hasattr(attention, "q_norm"):
            return None
        counts = (
            attention.config.num_attention_heads,
            attention.config.num_key_value_heads,
        )
        norms = (attention.q_norm, attention.k_norm)
        rows = [norm.weight.expand(n, -1) for norm, n in zip(norms, counts, strict=True)]
        return cls(torch.cat(rows), attention.q_norm.variance_epsilon)

    def __call__(self, heads: Tensor) -> Tensor:
        return torch.rms_norm(heads, heads.shape[-1:], None, self.epsilon) * self.weight


@dataclass(frozen=True)
class _Layer:
    before_attention: _Norm
    attend: _Linears
    head_norm: _HeadNorm | None
    mix: _Linears
    before_widening: _Norm
    widen: _Linears
    narrow: _Linears

    @classmethod
    def of(cls, layer: Any, path: str) -> "_Layer":
        def linears(part: str, *names: str) -> _Linears:
            inside = getattr(layer, part)
            return _Linears.joined({f"{path}.{part}.{n}": getattr(inside, n) for n in names})

        return cls(
            before_attention=_Norm.of(layer.input_layernorm),
            attend=linears("self_attn", "q_proj", "k_proj", "v_proj"),
            head_norm=_HeadNorm.of(layer.self_attn),
            mix=linears("self_attn", "o_proj"),
            before_widening=_Norm.of(layer.post_attention_layernorm),
            widen=linears("mlp", "gate_proj", "up_proj"),
            narrow=linears("mlp", "down_proj"),
        )

    @property
    def paths(self) -> set[str]:
        return {p for x in (self.attend, self.mix, self.widen, self.narrow) for p in x.paths}


class NativeModel:
    max_rows = sys.maxsize

    def __init__(self, model: "PreTrainedModel") -> None:
        inner: Any = model.model
        config: Any = model.config
        self._layers = [
            _Layer.of(layer, f"model.layers.{i}") for i, layer in enumerate(inner.layers)
        ]
        self._embeddings: Tensor = inner.embed_tokens.weight
        self._norm = _Norm.of(inner.norm)
        self._head: Tensor = model.lm_head.weight
        self._heads = int(config.num_attention_heads)
        self._groups = int(config.num_key_value_heads)
        self._features = int(getattr(config, "head_dim", 0) or config.hidden_size // self._heads)
        self._rotation = _Rotation.of(inner.rotary_emb, config.max_position_embeddings, self.dtype)
        self.paths = frozenset().union(*(layer.paths for layer in self._layers))

    @staticmethod
    def fits(model: "PreTrainedModel") -> bool:
        """Whether everything this architecture may do here is done by the arithmetic below."""
        config: Any = model.config
        rope = (getattr(config, "rope_parameters", None) or {}).get("rope_type", "default")
        windowed = set(getattr(config, "layer_types", None) or ()) - {"full_attention"}
        return (
            config.model_type in ARCHITECTURES
            and config.hidden_act == "silu"
            and rope in STEADY_ROPES
            and not windowed
        )

    @property
    def dtype(self) -> torch.dtype:
        return self._embeddings.dtype

    @property
    def device(self) -> torch.device:
        return self._embeddings.device

    @property
    def token_bytes(self) -> int:
        return 2 * len(self._layers) * self._groups * self._features * self.dtype.itemsize

    def open(self, stack: Stack, rows: int) -> "NativeRows":
        return NativeRows(self, stack, rows)

    def forward(self, tokens: Tensor, step: Step, cache: Cache, stack: Stack) -> Tensor:
        """Packed new tokens → [new, features]; the cache takes in their keys and values."""
        turn = self._rotation.at(step.places)
        stream = functional.embedding(tokens, self._embeddings)
        for number, layer in enumerate(self._layers):
            heads = layer.attend.apply(layer.before_attention(stream), stack)
            heads = heads.view(len(tokens), -1, self._features)
            mixed = self._attend(heads, layer.head_norm, turn, cache, step, number)
            stream = layer.mix.add_to(stream, mixed, stack)
            gate, wide = layer.widen.apply(layer.before_widening(stream), stack).chunk(2, dim=1)
            stream = layer.narrow.add_to(stream, functional.silu(gate) * wide, stack)
        return stream

    def logits(self, features: Tensor) -> Tensor:
        return functional.linear(self._norm(features), self._head)

    def new_cache(self, rows: int) -> Cache:
        shape = (len(self._layers), rows, 0, self._groups, self._features)
        return Cache(torch.zeros(shape, dtype=self.dtype, device=self.device))

    def _attend(
        self,
        heads: Tensor,
        norm: _HeadNorm | None,
        turn: "_Turn",
        cache: Cache,
        step: Step,
        number: int,
    ) -> Tensor:
        """[new, all heads, features], queries first, then keys, then values → [new, features]."""
        both = self._heads + self._groups
        asked = heads[:, :both]
        turned = turn(norm(asked) if norm else asked)
        keys, values = cache.put(number, step, turned[:, self._heads :], heads[:, both:])
        mixed = functional.scaled_dot_product_attention(
            step.spread(turned[:, : self._heads]).transpose(1, 2),
            keys.transpose(1, 2),
            values.transpose(1, 2),
            attn_mask=step.mask,
            is_causal=step.causal,
            enable_gqa=self._groups != self._heads,
        )
        return step.pack(mixed.transpose(1, 2)).flatten(1)


@dataclass(frozen=True)
class _Turn:
    cosines: Tensor
    sines: Tensor

    def __call__(self, heads: Tensor) -> Tensor:
        half = heads.shape[-1] // 2
        return torch.addcmul(heads * self.cosines, heads.roll(half, -1), self.sines)


@dataclass(frozen=True)
class _Rotation:
    """Rotary positions: the sines of the first half carry the sign of the swapped halves."""

    cosines: Tensor
    sines: Tensor

    @classmethod
    def of(cls, module: Any, context: int, dtype: torch.dtype) -> "_Rotation":
        positions = torch.arange(context, device=module.inv_freq.device)
        cosines, sines = module(torch.zeros((), dtype=dtype), positions[None])
        sines = sines[0].clone()
        sines[:, : sines.shape[1] // 2].neg_()
        return cls(cosines[0], sines)

    def at(self, places: Tensor) -> _Turn:
        return _Turn(self.cosines[places][:, None], self.sines[places][:, None])


class NativeRows:
    """The texts of one batch as far as the model has read them."""

    def __init__(self, model: NativeModel, stack: Stack, rows: int) -> None:
        self._model, self._stack = model, stack
        self._cache = model.new_cache(rows)

    @torch.inference_mode()
    def feed(self, new: Sequence[Sequence[int]], *, every: bool = False) -> Tensor:
        counts = [len(tokens) for tokens in new]
        step = self._cache.step(counts)
        one_each = step.even and step.shape[1] == 1
        self._stack.place(None if one_each else step.rows)
        tokens = torch.tensor(list(itertools.chain(*new)), device=self._model.device)
        features = self._model.forward(tokens, step, self._cache, self._stack)
        if every:
            return step.spread(self._model.logits(features))
        last = [max(end - 1, 0) for end in itertools.accumulate(counts)]
        return self._model.logits(features if one_each else features[last])

    @torch.inference_mode()
    def keep(self, rows: Sequence[int]) -> None:
        self._cache.keep(rows)
        self._stack.keep(rows)
