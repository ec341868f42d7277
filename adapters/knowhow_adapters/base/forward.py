"""The forward pass that training uses: the same numbers as `LlamaForCausalLM`, in half the time.

Works on the parameters of the transformers model itself, in bfloat16 where the processor multiplies
it in hardware. Attention is two plain matrix products: on short texts faster than the fused kernel,
whose backward pass is slow on processors. Knows nothing about losses or data.
"""

from typing import TYPE_CHECKING, Any

import torch
from torch.nn import functional

if TYPE_CHECKING:
    from transformers import LlamaForCausalLM


def working_type() -> torch.dtype:
    """bfloat16 where it is fast, else float32."""
    fast = torch.cpu._is_amx_tile_supported() or torch.cpu._is_avx512_bf16_supported()
    return torch.bfloat16 if fast else torch.float32


class Forward:
    """Right-padded tokens in, logits out; no mask is needed, as nothing looks to its right."""

    def __init__(self, model: "LlamaForCausalLM", dtype: torch.dtype) -> None:
        self.model, self.dtype = model, dtype
        config: Any = model.config
        self.heads = int(config.num_attention_heads)
        self.size = int(config.hidden_size) // self.heads
        self.epsilon = float(config.rms_norm_eps)
        theta = float(config.rope_parameters["rope_theta"])
        powers = torch.arange(0, self.size, 2) / self.size
        angles = torch.outer(torch.arange(config.max_position_embeddings), theta**-powers)
        self.cos, self.sin = angles.cos().to(dtype), angles.sin().to(dtype)

    def __call__(self, tokens: torch.Tensor) -> torch.Tensor:
        model = self.model.model
        embedding = model.embed_tokens.weight.to(self.dtype)
        stream = functional.embedding(tokens, embedding)
        length = tokens.shape[1]
        future = torch.full((length, length), float("-inf"), dtype=self.dtype).triu(1)
        for layer in model.layers:
            read = self._norm(stream, layer.input_layernorm)
            stream = stream + self._attend(layer.self_attn, read, future)
            read = self._norm(stream, layer.post_attention_layernorm)
            stream = stream + self._transform(layer.mlp, read)
        return functional.linear(self._norm(stream, model.norm), embedding)

    def _norm(self, stream: torch.Tensor, norm: Any) -> torch.Tensor:
        weight = norm.weight.to(self.dtype)
        return functional.rms_norm(stream, weight.shape, weight, self.epsilon)

    def _attend(self, part: Any, read: torch.Tensor, future: torch.Tensor) -> torch.Tensor:
        rows, length, width = read.shape
        joined = torch.cat((part.q_proj.weight, part.k_proj.weight, part.v_proj.weight))
        mixed = functional.linear(read, joined.to(self.dtype))
        mixed = mixed.view(rows, length, 3, self.heads, self.size).permute(2, 0, 3, 1, 4)
        flat = (rows * self.heads, length, self.size)
        query, key, value = mixed.unbind()
        query, key = self._turn(query).reshape(flat), self._turn(key).reshape(flat)
        scores = torch.baddbmm(future, query, key.transpose(1, 2), alpha=self.size**-0.5)
        found = torch.bmm(scores.softmax(-1), value.reshape(flat))
        found = found.view(rows, self.heads, length, self.size).transpose(1, 2)
        return functional.linear(
            found.reshape(rows, length, width), part.o_proj.weight.to(self.dtype)
        )

    def _turn(self, vectors: torch.Tensor) -> torch.Tensor:
        """Rotary positions."""
        length = vectors.shape[-2]
        cos, sin = self.cos[:length], self.sin[:length]
        left, right = vectors.chunk(2, -1)
        return torch.cat((left * cos - right * sin, right * cos + left * sin), -1)

    def _transform(self, part: Any, read: torch.Tensor) -> torch.Tensor:
        gate = functional.linear(read, part.gate_proj.weight.to(self.dtype))
        up = functional.linear(read, part.up_proj.weight.to(self.dtype))
        return functional.linear(functional.silu(gate) * up, part.down_proj.weight.to(self.dtype))
