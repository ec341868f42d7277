"""The steps of a Llama layer with their gradients, in as few passes over memory as they need.

Written out because on a processor much of a small model's time goes into such passes, not into
products. The base's weights are frozen, so nothing here computes a gradient for them. `x` are
[tokens, features]. Knows nothing about losses or data.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor


@dataclass(frozen=True)
class Span:
    """Tokens from `start` to `stop` belong to one adapter."""

    adapter: int
    scale: float
    start: int
    stop: int


class Adapted(torch.autograd.Function):
    """`x Wᵀ + scale · (x Aᵀ) B`, added to the stream where one is given.

    One product with W for all tokens; each adapter's own two for its own tokens alone.
    """

    @staticmethod
    def forward(
        ctx: Any,
        stream: Tensor | None,
        x: Tensor,
        weight: Tensor,
        downs: Tensor,
        ups: Tensor,
        spans: Sequence[Span],
    ) -> Tensor:
        wide = x @ weight.T if stream is None else torch.addmm(stream, x, weight.T)
        narrow = x.new_empty(len(x), downs.shape[1])
        for span in spans:
            own = slice(span.start, span.stop)
            torch.mm(x[own], downs[span.adapter].T, out=narrow[own]).mul_(span.scale)
            wide[own].addmm_(narrow[own], ups[span.adapter])
        ctx.save_for_backward(x, weight, downs, ups, narrow)
        ctx.spans = spans
        return wide

    @staticmethod
    def backward(ctx: Any, *grads: Tensor) -> tuple[Tensor | None, ...]:
        x, weight, downs, ups, narrow = ctx.saved_tensors
        (grad,) = grads
        to_x = grad @ weight if ctx.needs_input_grad[1] else None
        to_downs, to_ups = torch.zeros_like(downs), torch.zeros_like(ups)
        for span in ctx.spans:
            own = slice(span.start, span.stop)
            back = (grad[own] @ ups[span.adapter].T).mul_(span.scale)
            if to_x is not None:
                to_x[own].addmm_(back, downs[span.adapter])
            torch.mm(back.T, x[own], out=to_downs[span.adapter])
            torch.mm(narrow[own].T, grad[own], out=to_ups[span.adapter])
        to_stream = grad if ctx.needs_input_grad[0] else None
        return to_stream, to_x, None, to_downs, to_ups, None


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

    `sizes` are (rows, length) of the rectangles that the tokens make up, one after another.
    """

    @staticmethod
    def forward(
        ctx: Any,
        joined: Tensor,
        cos: Tensor,
        sin: Tensor,
        sizes: Sequence[tuple[int, int]],
        heads: int,
    ) -> Tensor:
        found = joined.new_empty(len(joined), heads * cos.shape[1])
        saved: list[Tensor] = []
        start = 0
        for rows, length in sizes:
            own = slice(start, start := start + rows * length)
            apart = joined[own].view(rows, length, -1, cos.shape[1])
            answer, *kept = _attend(apart, cos[:length], sin[:length], heads)
            found[own].view(rows, length, heads, -1).copy_(answer.transpose(1, 2))
            saved += kept
        ctx.save_for_backward(cos, sin, *saved)
        ctx.sizes = sizes
        return found

    @staticmethod
    def backward(ctx: Any, *grads: Tensor) -> tuple[Tensor | None, ...]:
        cos, sin, *saved = ctx.saved_tensors
        (grad,) = grads
        size = cos.shape[1]
        groups = saved[1].shape[0] // ctx.sizes[0][0]
        found = grad.new_empty(len(grad), grad.shape[1] + 2 * groups * size)
        start = 0
        for number, (rows, length) in enumerate(ctx.sizes):
            own = slice(start, start := start + rows * length)
            kept = saved[4 * number : 4 * number + 4]
            places = found[own].view(rows, length, -1, size).transpose(1, 2)
            apart = grad[own].view(rows, length, -1, size).transpose(1, 2)
            _attend_back(apart, kept, cos[:length], sin[:length], places)
        return found, None, None, None, None


def _attend(apart: Tensor, cos: Tensor, sin: Tensor, heads: int) -> tuple[Tensor, ...]:
    """Two plain products: on short texts faster than the fused kernel, whose gradient is slow on
    processors. Queries that share a key stand below each other."""
    rows, length, all_heads, size = apart.shape
    apart = apart.transpose(1, 2)
    groups = (all_heads - heads) // 2
    turned = _turn(apart[:, : heads + groups], cos, sin)
    query = turned[:, :heads].reshape(rows * groups, -1, size)
    key = turned[:, heads:].reshape(rows * groups, length, size)
    value = apart[:, heads + groups :].reshape(rows * groups, length, size)
    future = torch.full((length, length), float("-inf"), dtype=apart.dtype).triu(1)
    future = future.repeat(heads // groups, 1)
    scores = torch.baddbmm(future, query, key.transpose(1, 2), alpha=size**-0.5)
    shares = scores.softmax(-1)
    found = torch.bmm(shares, value).view(rows, heads, length, size)
    return found, query, key, value, shares


def _attend_back(
    apart: Tensor, kept: Sequence[Tensor], cos: Tensor, sin: Tensor, places: Tensor
) -> None:
    query, key, value, shares = kept
    rows, heads, length, size = apart.shape
    grad = apart.reshape(query.shape)
    to_value = torch.bmm(shares.transpose(1, 2), grad)
    to_shares = torch.bmm(grad, value.transpose(1, 2))
    to_scores = torch._softmax_backward_data(to_shares, shares, -1, shares.dtype)
    to_scores.mul_(size**-0.5)
    to_query = torch.bmm(to_scores, key).view(rows, heads, length, size)
    to_key = torch.bmm(to_scores.transpose(1, 2), query).view(rows, -1, length, size)
    groups = to_key.shape[1]
    _turn(to_query, cos, -sin, places[:, :heads])
    _turn(to_key, cos, -sin, places[:, heads : heads + groups])
    places[:, heads + groups :] = to_value.view(rows, groups, length, size)


def _turn(heads: Tensor, cos: Tensor, sin: Tensor, out: Tensor | None = None) -> Tensor:
    """Rotate by position; by the negative sine, back again."""
    half = heads.shape[-1] // 2
    left, right = heads[..., :half], heads[..., half:]
    cos, sin = cos[:, :half], sin[:, :half]
    out = torch.empty(heads.shape, dtype=heads.dtype) if out is None else out
    torch.mul(left, cos, out=out[..., :half]).addcmul_(right, sin, value=-1)
    torch.mul(right, cos, out=out[..., half:]).addcmul_(left, sin)
    return out
