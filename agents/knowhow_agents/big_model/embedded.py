"""`embedded/NAME`: the models that ship with the project, answering in this process.

`resident(name)` is a model that stays in memory once it was asked, one a process, safe to share
between threads. `EmbeddedHandler` is the shape in which LiteLLM calls it: whole or in pieces, with
or without an event loop, which never waits for a token; to leave a stream, or to be cancelled, ends
the decoding. LiteLLM is imported only to raise its errors, when it is there already. Knows nothing
of retries, prices and the network.
"""

import contextlib
import difflib
import threading
from collections.abc import AsyncIterator, Iterator
from typing import TYPE_CHECKING, Any

from knowhow_adapters.base.load import EMBEDDED, load_base
from knowhow_agents.big_model.aside import aside
from knowhow_agents.big_model.chat import (
    FINISHES,
    ContextTooLong,
    Messages,
    Options,
    Turn,
    as_prompt,
    take,
)
from knowhow_memory.errors import InputError, KnowhowError, NotFoundError

if TYPE_CHECKING:
    from knowhow_adapters.decode.engine import Decoder
    from knowhow_adapters.decode.request import Chunk

PROVIDER = "embedded"

_residents: "dict[str, Decoder]" = {}
_loading = threading.Lock()


def embedded_names() -> list[str]:
    return sorted(folder.name for folder in EMBEDDED.iterdir() if folder.is_dir())


def resident(name: str) -> "Decoder":
    """The embedded model of that name, loaded at its first use."""
    with _loading:
        if name not in _residents:
            check_name(name)
            from knowhow_adapters.decode.engine import Decoder

            _residents[name] = Decoder(load_base(name))
        return _residents[name]


def count_tokens(name: str, messages: Messages) -> int:
    return len(resident(name).base.encode(as_prompt(messages)))


def check_name(name: str) -> None:
    """Raise unless a model of that name ships with the project."""
    names = embedded_names()
    if name not in names:
        close = difflib.get_close_matches(name, names, n=1)
        hint = f"did you mean {close[0]!r}?" if close else f"there are {', '.join(names)}"
        raise NotFoundError(f"there is no embedded model {name!r}: {hint}")


class EmbeddedHandler:
    """The four calls of `litellm.CustomLLM`; what else LiteLLM hands over is for others."""

    def completion(
        self,
        model: str,
        messages: Messages,
        optional_params: Options,
        model_response: Any,
        **_: Any,
    ) -> Any:
        for piece in _pieces(model, messages, optional_params, threading.Event()):
            turn, last = piece
        return _fill(model_response, turn, last)

    async def acompletion(
        self,
        model: str,
        messages: Messages,
        optional_params: Options,
        model_response: Any,
        **_: Any,
    ) -> Any:
        async for piece in aside(lambda cancel: _pieces(model, messages, optional_params, cancel)):
            turn, last = piece
        return _fill(model_response, turn, last)

    def streaming(
        self, model: str, messages: Messages, optional_params: Options, **_: Any
    ) -> Iterator[dict[str, Any]]:
        for turn, chunk in _pieces(model, messages, optional_params, threading.Event()):
            yield _generic(turn, chunk)

    async def astreaming(
        self, model: str, messages: Messages, optional_params: Options, **_: Any
    ) -> AsyncIterator[dict[str, Any]]:
        pieces = aside(lambda cancel: _pieces(model, messages, optional_params, cancel))
        async with contextlib.aclosing(pieces):
            async for turn, chunk in pieces:
                yield _generic(turn, chunk)


def embedded_handler() -> EmbeddedHandler:
    return EmbeddedHandler()


def _pieces(
    model: str, messages: Messages, options: Options, cancel: threading.Event
) -> "Iterator[tuple[Turn, Chunk]]":
    try:
        turn = take(resident(model), messages, options, cancel=cancel)
        for chunk in turn.stream():
            yield turn, chunk
    except KnowhowError as error:
        raise _as_litellms(error, model) from error


def _fill(response: Any, turn: Turn, last: "Chunk") -> Any:
    """LiteLLM's own answer, with what was said."""
    assert last.completion is not None
    response.choices[0].message.content = last.completion.text
    response.choices[0].finish_reason = FINISHES[last.completion.finish]
    for name, count in turn.usage(last.completion).items():
        setattr(response.usage, name, count)
    return response


def _generic(turn: Turn, chunk: "Chunk") -> dict[str, Any]:
    """LiteLLM's `GenericStreamingChunk`."""
    done = chunk.completion
    return {
        "text": chunk.text,
        "is_finished": done is not None,
        "finish_reason": FINISHES[done.finish] if done else "",
        "usage": turn.usage(done) if done else None,
        "index": 0,
        "tool_use": None,
    }


def _as_litellms(error: KnowhowError, model: str) -> Exception:
    """LiteLLM passes its own errors on, and takes every other for a connection that failed."""
    from litellm import exceptions

    kind: Any = exceptions.InternalServerError
    for ours, theirs in (
        (ContextTooLong, exceptions.ContextWindowExceededError),
        (NotFoundError, exceptions.NotFoundError),
        (InputError, exceptions.BadRequestError),
    ):
        if isinstance(error, ours):
            kind = theirs
            break
    raised: Exception = kind(message=str(error), model=model, llm_provider=PROVIDER)
    return raised
