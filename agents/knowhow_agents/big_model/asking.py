"""One question to one provider: `whole` for an answer in one piece, `pieces` for a stream.

Both give what the provider said in OpenAI's shape, as plain dictionaries, or raise a
`ProviderFault`. What a question opened is closed when it ends, however it ends. Knows nothing of
retries, of money and of what makes an answer sound.
"""

import asyncio
import contextlib
import functools
from collections.abc import (
    AsyncGenerator,
    AsyncIterator,
    Callable,
    Coroutine,
    Iterator,
    Mapping,
    Sequence,
)
from dataclasses import dataclass, field
from typing import Any

from knowhow_agents.big_model import door, switch
from knowhow_agents.big_model.errors import FaultKind, ProviderFault
from knowhow_agents.big_model.providers import Provider
from knowhow_agents.big_model.translation import as_fault
from knowhow_agents.big_model.wire import MAX_STREAM_BYTES, MAX_WHOLE_BYTES, Wire
from knowhow_memory.errors import KnowhowError

Body = dict[str, Any]
"""As OpenAI's API words an answer, or a piece of one."""
Asked = Callable[..., Coroutine[Any, Any, Any]]

NO_KEY = "none"
"""Sent where no key is due, as some libraries insist on one."""
LEAVING_S = 0.05
"""Enough for a call that was cancelled to close what it opened."""
PREPARING_S = 0.5
"""Enough for LiteLLM to prepare a call, which it does in a thread."""
OVER_OUR_WIRE = frozenset(
    {
        "anthropic", "deepseek", "fireworks_ai", "gemini", "groq", "hosted_vllm", "mistral",
        "ollama", "ollama_chat", "openrouter", "together_ai", "xai",
    }
)  # fmt: skip
"""Providers, beside OpenAI's, that LiteLLM asks over the HTTP client it is given. Others are asked
over one of its own, where our deadlines hold and the bound on texts, but not that on bytes."""


@dataclass(frozen=True)
class Call:
    """What one provider is asked."""

    provider: Provider
    messages: Sequence[Mapping[str, Any]]
    options: Mapping[str, Any] = field(default_factory=dict)
    connect_s: float = 10.0
    between_s: float = 30.0


async def whole(call: Call) -> Body:
    async with _asking(call, MAX_WHOLE_BYTES) as (asked, wire):
        with _faults(call, wire):
            return dict((await _prepared(asked(), wire)).model_dump(warnings=False))


async def pieces(call: Call) -> AsyncGenerator[Body, None]:
    """Ends in a fault when the stream ends before the provider said that it is done."""
    async with _asking(call, MAX_STREAM_BYTES) as (asked, wire):
        with _faults(call, wire):
            stream = await _prepared(
                asked(stream=True, stream_options={"include_usage": True}), wire
            )
        async with contextlib.aclosing(stream):
            chunks = aiter(stream)
            while (chunk := await _next(chunks, call, wire)) is not None:
                yield chunk
            if stream.received_finish_reason is None:
                why = "it ended before it was done"
                raise ProviderFault(FaultKind.BROKEN, why, provider=call.provider.name)


@contextlib.asynccontextmanager
async def _asking(call: Call, max_bytes: int) -> AsyncIterator[tuple[Asked, Wire | None]]:
    """LiteLLM's call, all but made, and the wire it goes over; closed in the end."""
    provider = call.provider
    switch.check(provider.model, provider.api_base)
    vendor = door.vendor(provider)
    if missing := door.missing_keys(provider):
        why = f"set {' and '.join(missing)} to its key"
        raise ProviderFault(FaultKind.KEY, why, provider=provider.name, sent=False)
    wire = None
    if vendor == "openai" or vendor in OVER_OUR_WIRE:
        wire = Wire(max_bytes=max_bytes, connect_s=call.connect_s, between_s=call.between_s)
    try:
        arguments = _arguments(call)
        if wire:
            address = provider.api_base
            arguments["client"] = door.client_over(wire.client, vendor, _key(provider), address)
        yield functools.partial(door.litellm().acompletion, **arguments), wire
    finally:
        if wire:
            await wire.close()


def _arguments(call: Call) -> dict[str, Any]:
    provider = call.provider
    return {
        **call.options,
        "model": provider.model,
        "messages": list(call.messages),
        "api_base": provider.api_base,
        "api_key": _key(provider),
        "num_retries": 0,
        "max_retries": 0,
    }


def _key(provider: Provider) -> str | None:
    """None where LiteLLM finds it itself. An address of one's own is only sent a key that is named
    for it: the usual one belongs to somebody else."""
    if provider.key_variable:
        return provider.key()
    return NO_KEY if provider.api_base else None


async def _prepared(asked: Coroutine[Any, Any, Any], wire: Wire | None) -> Any:
    """Cancelled while LiteLLM prepares a call in a thread, a coroutine would be left that nobody
    awaits: so preparing ends in its own time, and sends nothing then."""
    task = asyncio.ensure_future(asked)
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        task.add_done_callback(_forget)
        if wire and wire.sent:
            task.cancel()
            await asyncio.wait({task}, timeout=LEAVING_S)
        else:
            if wire:
                wire.abandon()
            asyncio.get_running_loop().call_later(PREPARING_S, task.cancel)
        raise


def _forget(task: "asyncio.Future[Any]") -> None:
    """A fault of what nobody waits for any more is nobody's."""
    if not task.cancelled():
        task.exception()


async def _next(chunks: AsyncIterator[Any], call: Call, wire: Wire | None) -> Body | None:
    with _faults(call, wire):
        chunk = await anext(chunks, None)
        return None if chunk is None else dict(chunk.model_dump(warnings=False))


@contextlib.contextmanager
def _faults(call: Call, wire: Wire | None) -> Iterator[None]:
    try:
        yield
    except KnowhowError:
        raise
    except Exception as error:  # noqa: BLE001  whatever it is, no answer came
        # Without its cause: LiteLLM's errors carry what was sent, keys included.
        raise as_fault(error, call.provider, wire) from None
