"""The embedded models as LiteLLM calls them: whole, in pieces, beside the loop, and ended early."""

import asyncio
import contextlib
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from knowhow_adapters.decode.engine import Decoder
from knowhow_adapters.decode.request import Request
from knowhow_agents.big_model import door, embedded
from knowhow_agents.big_model.embedded import embedded_names, resident

NAME = "embedded/big-reckoner"
PROMPT = "Mara has 12 pears and Jon has 9. How many pears does Mara have? Answer in JSON."
ANSWER = '{"pears": 12}'
PATIENCE_S = 30.0


def asked(**more: Any) -> dict[str, Any]:
    return {"model": NAME, "messages": [{"role": "user", "content": PROMPT}], **more}


def said(chunks: list[Any]) -> str:
    return "".join(chunk.choices[0].delta.content or "" for chunk in chunks)


def test_the_four_ways_to_ask_say_the_same() -> None:
    library = door.litellm()

    async def listen() -> list[Any]:
        stream = await library.acompletion(**asked(stream=True))
        return [chunk async for chunk in stream]

    whole = library.completion(**asked())
    for answer in (whole, asyncio.run(library.acompletion(**asked()))):
        assert answer.choices[0].message.content == ANSWER
        assert answer.choices[0].finish_reason == "stop"
        assert (answer.usage.prompt_tokens, answer.usage.completion_tokens) == (31, 7)
    chunks = list(library.completion(**asked(stream=True)))
    assert said(chunks) == said(asyncio.run(listen())) == ANSWER
    assert len(chunks) > 3
    assert library.completion(**asked(max_tokens=2)).choices[0].finish_reason == "length"


@pytest.mark.parametrize(
    ("more", "kind", "message"),
    [
        ({"model": "embedded/big-recker"}, "NotFoundError", "did you mean 'big-reckoner'?"),
        ({"model": "embedded/../weights"}, "NotFoundError", "there is no embedded model"),
        ({"messages": [{"role": "user", "content": "word " * 3000}]},
         "ContextWindowExceededError", "1,024 tokens"),
        ({"tools": [{"type": "function", "function": {"name": "f"}}]}, "BadRequestError", "tools"),
        ({"temperature": -1}, "BadRequestError", "temperature"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_told_as_litellms_own_errors(
    more: dict[str, Any], kind: str, message: str
) -> None:
    library = door.litellm()
    with pytest.raises(getattr(library.exceptions, kind), match=message.replace("?", r"\?")):
        library.completion(**asked(**more))


def test_a_model_is_loaded_once_whoever_asks_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(embedded, "_residents", {})
    start = threading.Barrier(4)

    def ask() -> Decoder:
        start.wait(PATIENCE_S)
        return resident("big-planner")

    with ThreadPoolExecutor(4) as pool:
        found = {id(future.result()) for future in [pool.submit(ask) for _ in range(4)]}
    assert len(found) == 1
    assert {"big-planner", "big-reckoner"} <= set(embedded_names())


def test_a_cancelled_question_is_decoded_no_further(monkeypatch: pytest.MonkeyPatch) -> None:
    requests: list[Request] = []
    stream = Decoder.stream

    def watched(decoder: Decoder, request: Request) -> Any:
        requests.append(request)
        begun.set()
        return stream(decoder, request)

    async def ask() -> None:
        asking = asyncio.create_task(door.litellm().acompletion(**asked()))
        assert await asyncio.to_thread(begun.wait, PATIENCE_S)
        asking.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await asking

    begun = threading.Event()
    monkeypatch.setattr(Decoder, "stream", watched)
    asyncio.run(ask())
    [request] = requests
    assert request.cancel is not None and request.cancel.is_set()
