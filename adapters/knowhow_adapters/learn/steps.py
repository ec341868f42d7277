"""The steps of a Llama layer with their gradients, in as few passes over memory as they need.

Written out because on a processor much of a small model's time goes into such passes, not into
products. The base's weights are frozen, so nothing
here computes a gradient for them. `x` are [tokens, features]. Knows nothing about losses or data.
"""

from typing import Any

import torch
from torch import Tensor


class Adapted(torch.autograd.Function):
    """`x Wᵀ + ((x Aᵀ) · mask) B`, added to the stream where one is given."""

    @staticmethod
    def forward(
        ctx: Any,
        stream: Tensor | None,
        x: Tensor,
        weight: Tensor,
        down: Tensor,
        up: Tensor,
        mask: Tensor,
    ) -> Tensor:
        narrow = (x @ down.T).mul_(mask)
        ctx.save_for_backward(x, weight, down, up, mask, narrow)
        wide = x @ weight.T if stream is None else torch.addmm(stream, x, weight.T)
        return wide.addmm_(narrow, up)

    @staticmethod
    def backward(ctx: Any, *grads: Tensor) -> tuple[Tensor | None, ...]:
        x, weight, down, up, mask, narrow = ctx.saved_tensors
        (grad,) = grads
        back = (grad @ up.T).mul_(mask)
        to_stream = grad if ctx.needs_input_grad[0] else None
        to_x = (grad @ weight).addmm_(back, down) if ctx.needs_input_grad[1] else None
        return to_stream, to_x, None, back.T @ x, narrow.T @ grad, None


class Normed(torch.autograd.Function):
    """Root mean square one, times a frozen weight."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, weight: Tensor, epsilon: float) -> Tensor:
        norm = torch.linalg.vector_norm(x, 2, 1, keepdim=True, dtype=torch.float32)
        scale = norm.square_().div_(x.shape[1]).add_(epsilon).rsqrt_().to(x.dtype)
        even = x * scale
        ctx.save_for_backward(even, scale, weight)
        found: Tensor = even * weight
        return found

    @staticmethod
    def backward(ctx: Any, *grads: Tensor) -> tuple[Tensor | None, ...]:
        even, scale, weight = ctx.saved_tensors
        grad = grads[0] * weight
        along = torch.linalg.vecdot(grad, even)[:, None].div_(-even.shape[1])
        return grad.addcmul_(even, along).mul_(scale), None, None


class Gated(torch.autograd.Function):
    """`silu(gate) · wide` of `[gate, wide]`."""

    @staticmethod
    def forward(ctx: Any, x: Tensor) -> Tensor:
        gate, wide = x.chunk(2, 1)
        opened = torch.nn.functional.silu(gate)
        ctx.save_for_backward(x, opened)
        return opened * wide

    @staticmethod
    def backward(ctx: Any, *grads: Tensor) -> Tensor:
        x, opened = ctx.saved_tensors
        gate, wide = x.chunk(2, 1)
        found = torch.empty_like(x)
        to_gate, to_wide = found.chunk(2, 1)
        torch.mul(grads[0], opened, out=to_wide)
        to_gate.copy_(torch.ops.aten.silu_backward(grads[0] * wide, gate))
        return found


class Attended(torch.autograd.Function):
    """Causal attention with rotary positions, from queries, keys and values side by side.

    Two plain products: on short texts faster than the fused kernel, whose gradient is slow on
    processors. Queries that share a key stand below each other.
    """

    @staticmethod
    def forward(
        ctx: Any, joined: Tensor, cos: Tensor, sin: Tensor, rows: int, heads: int
    ) -> Tensor:
        length, size = cos.shape
        apart = joined.view(rows, length, -1, size).transpose(1, 2)
        groups = (apart.shape[1] - heads) // 2
        turned = _turn(apart[:, : heads + groups], cos, sin)
        query = turned[:, :heads].reshape(rows * groups, -1, size)
        key = turned[:, heads:].reshape(rows * groups, length, size)
        value = apart[:, heads + groups :].reshape(rows * groups, length, size)
        future = torch.full((length, length), float("-inf"), dtype=joined.dtype).triu(1)
        future = future.repeat(heads // groups, 1)
        scores = torch.baddbmm(future, query, key.transpose(1, 2), alpha=size**-0.5)
        shares = scores.softmax(-1)
        found = torch.bmm(shares, value).view(rows, heads, length, size)
        ctx.save_for_backward(query, key, value, shares, cos, sin)
        return found.transpose(1, 2).reshape(rows * length, heads * size)

    @staticmethod
    def backward(ctx: Any, *grads: Tensor) -> tuple[Tensor | None, ...]:
        query, key, value, shares, cos, sin = ctx.saved_tensors
        length, size = cos.shape
        rows = grads[0].shape[0] // length
        apart = grads[0].view(rows, length, -1, size).transpose(1, 2)
        heads = apart.shape[1]
        grad = apart.reshape(query.shape)
        to_value = torch.bmm(shares.transpose(1, 2), grad)
        to_shares = torch.bmm(grad, value.transpose(1, 2))
        to_scores = torch._softmax_backward_data(to_shares, shares, -1, shares.dtype)
        to_scores.mul_(size**-0.5)
        to_query = torch.bmm(to_scores, key).view(rows, heads, length, size)
        to_key = torch.bmm(to_scores.transpose(1, 2), query).view(rows, -1, length, size)
        groups = to_key.shape[1]
        found = grad.new_empty(rows, length, heads + 2 * groups, size)
        places = found.transpose(1, 2)
        _turn(to_query, cos, -sin, places[:, :heads])
        _turn(to_key, cos, -sin, places[:, heads : heads + groups])
        places[:, heads + groups :] = to_value.view(rows, groups, length, size)
        return found.view(rows * length, -1), None, None, None, None


def _turn(heads: Tensor, cos: Tensor, sin: Tensor, out: Tensor | None = None) -> Tensor:
    """Rotate by position; by the negative sine, back again."""
    half = heads.shape[-1] // 2
    left, right = heads[..., :half], heads[..., half:]
    cos, sin = cos[:, :half], sin[:, :half]
    out = torch.empty(heads.shape, dtype=heads.dtype) if out is None else out
    torch.mul(left, cos, out=out[..., :half]).addcmul_(right, sin, value=-1)
    torch.mul(right, cos, out=out[..., half:]).addcmul_(left, sin)
    return out
