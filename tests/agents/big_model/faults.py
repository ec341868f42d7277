"""Every way to fail that we could think of, and a provider that answers well.

Those in `WITHOUT_AN_ANSWER` fail before a request arrives. Knows nothing of the server.
"""

import asyncio
import itertools
import json
from collections.abc import Awaitable, Callable
from typing import Any

from tests.agents.big_model.exchange import JSON, USAGE, Exchange, chunk

FINE = "fine"
ANSWER = "The cup is 64 dollars."
ROUND = 0.02
"""Seconds between two bytes of those that take their time."""
MEGABYTE = b"x" * 1_000_000
CALL = {"id": "c1", "type": "function", "function": {"name": "pay", "arguments": "{}"}}
WITHOUT_AN_ANSWER = (
    "refuses to connect",
    "has no address",
    "answers TLS with plain text",
    "never answers TLS",
)

Fault = Callable[[Exchange], Awaitable[None]]
FAULTS: dict[str, Fault] = {}


async def fine(to: Exchange) -> None:
    if not to.streamed:
        await to.say({"content": ANSWER})
        return
    await to.head()
    words = [word + " " for word in ANSWER.split(" ")]
    words[-1] = words[-1].strip()
    await to.events(*(chunk({"content": word}) for word in words))
    await to.events(chunk({}, "stop"), chunk({}, choices=[], usage=USAGE), "[DONE]")


def scripted(*messages: str | list[dict[str, Any]]) -> Fault:
    """No fault: says these one after the other, texts or calls of tools."""
    left = iter(messages)

    async def answer(to: Exchange) -> None:
        said = next(left)
        if isinstance(said, str):
            await to.say({"content": said})
        else:
            await to.say({"content": None, "tool_calls": said}, finish="tool_calls")

    return answer


def fault(name: str) -> Callable[[Fault], Fault]:
    def keep(made: Fault) -> Fault:
        FAULTS[name] = made
        return made

    return keep


def refuse(status: int, words: str, **headers: str) -> Fault:
    async def answer(to: Exchange) -> None:
        body = json.dumps({"error": {"message": words, "type": "t", "code": None}})
        await to.whole(body.encode(), status, content_type=JSON, **headers)

    return answer


for status, words in {
    400: "that makes no sense", 401: "wrong key", 402: "no money", 403: "not for you",
    404: "no such model", 408: "too slow", 413: "too large", 422: "cannot be done",
    429: "too many", 500: "oh", 502: "bad gateway", 503: "not now", 504: "too late",
    529: "overloaded",
}.items():  # fmt: skip
    FAULTS[f"status {status}"] = refuse(status, words)
FAULTS["429 with Retry-After"] = refuse(429, "soon", retry_after="0.05")
FAULTS["429 with an absurd Retry-After"] = refuse(429, "later", retry_after="1e12")
FAULTS["429 with a negative Retry-After"] = refuse(429, "earlier", retry_after="-5")
FAULTS["429 with a Retry-After of words"] = refuse(429, "soon", retry_after="in a moment")
FAULTS["429 until the year 9999"] = refuse(429, "then", retry_after="Fri, 31 Dec 9999 23:59:59 GMT")
FAULTS["a redirect"] = refuse(307, "over there", location="http://127.0.0.1:9/elsewhere")


@fault("the key is told back")
async def tell_key(to: Exchange) -> None:
    await refuse(401, f"Incorrect API key provided: {to.key}")(to)


@fault("an error page with 502")
async def error_page(to: Exchange) -> None:
    await to.whole(b"<html><h1>Bad Gateway</h1></html>", 502, content_type="text/html")


@fault("never answers")
async def silence(to: Exchange) -> None:
    await asyncio.sleep(3600)


@fault("closes at once")
async def close(to: Exchange) -> None:
    """Without a word."""


@fault("resets before the answer")
async def reset(to: Exchange) -> None:
    to.reset()


@fault("speaks no HTTP")
async def garble(to: Exchange) -> None:
    await to.write(b"220 mail.example ESMTP\r\n\r\n")


@fault("endless headers")
async def endless_headers(to: Exchange) -> None:
    await to.write(b"HTTP/1.1 200 OK\r\n")
    for number in itertools.count():
        await to.write(b"x-%d: y\r\n" % number)
        await asyncio.sleep(ROUND)


async def _begin(to: Exchange) -> None:
    """As far as half an answer."""
    await to.begin(500)
    if to.streamed:
        await to.events(chunk({"content": "The cup"}))
    else:
        await to.write(b'{"id": "a1", "choices": [')


@fault("resets in the middle")
async def reset_midway(to: Exchange) -> None:
    await _begin(to)
    await asyncio.sleep(ROUND)
    to.reset()


@fault("ends in the middle")
async def end_midway(to: Exchange) -> None:
    await _begin(to)


@fault("stalls in the middle")
async def stall(to: Exchange) -> None:
    await _begin(to)
    await asyncio.sleep(3600)


@fault("nothing after the headers")
async def no_first(to: Exchange) -> None:
    await to.begin(500)
    await asyncio.sleep(3600)


@fault("one byte at a time")
async def drip(to: Exchange) -> None:
    await to.begin(5000)
    while True:
        await to.write(b" ")
        await asyncio.sleep(ROUND)


@fault("comments and no answer")
async def heartbeat(to: Exchange) -> None:
    await to.head()
    while True:
        await to.write(b": still there\n\n")
        await asyncio.sleep(ROUND)


@fault("pieces that say nothing")
async def empty_pieces(to: Exchange) -> None:
    await to.head()
    while True:
        await to.events(chunk({"role": "assistant", "content": ""}))
        await asyncio.sleep(ROUND)


@fault("an endless answer")
async def endless(to: Exchange) -> None:
    await to.head()
    for number in itertools.count():
        await to.events(chunk({"content": f"word {number} "}))
        await asyncio.sleep(ROUND / 10)


@fault("100 MB")
async def huge(to: Exchange) -> None:
    await to.head()
    await to.write(b'data: {"choices": [{"delta": {"content": "' if to.streamed else b'{"id": "')
    for _ in range(100):
        await to.write(MEGABYTE)


@fault("compressed without being asked")
async def compressed(to: Exchange) -> None:
    await to.whole(b"\x1f\x8b\x08" + b"\0" * 20, content_encoding="gzip")


@fault("an empty body")
async def empty(to: Exchange) -> None:
    await to.whole(b"")


@fault("a web page with 200")
async def page(to: Exchange) -> None:
    await to.whole(b"<html>Please log in</html>", content_type="text/html")


def instead(name: str, whole: bytes, *events: object) -> None:
    """A body, or events of a stream, in place of an answer."""

    async def answer(to: Exchange) -> None:
        if not to.streamed:
            await to.whole(whole)
            return
        await to.head()
        await to.events(*events)

    FAULTS[name] = answer


def saying(name: str, message: dict[str, Any], **more: Any) -> None:
    """A well-formed answer that says something impossible."""

    async def answer(to: Exchange) -> None:
        await to.say(message, **more)

    FAULTS[name] = answer


instead("broken JSON", b'{"id": }', '{"id": }', "[DONE]")
instead("truncated JSON", b'{"id": "a1", "choices": [{"mess', '{"id": "a1", "cho')
instead("JSON that is no object", b"[1, 2]", "[1, 2]", "[DONE]")
instead("no choices", b'{"id": "a1"}', {"id": "a1"}, "[DONE]")
instead("choices that are null", b'{"choices": null}', {"choices": None}, "[DONE]")
instead("a choice that is empty", b'{"choices": [{}]}', {"choices": [{}]}, "[DONE]")
instead(
    "an error inside of 200",
    b'{"error": {"message": "it went wrong", "code": 500}}',
    {"error": {"message": "it went wrong", "code": 500}},
)
saying("a text that is a number", {"content": 42})
saying("half a character", {"content": "so \ud83d"})
saying("an empty text", {"content": ""})
saying("the same call twice", {"content": None, "tool_calls": [CALL, CALL]}, finish="tool_calls")
saying("a call of nothing", {"content": None, "tool_calls": [{"id": "c1"}]}, finish="tool_calls")
saying("counts that are no numbers", {"content": ANSWER}, usage=dict.fromkeys(USAGE, float("nan")))
saying("negative counts", {"content": ANSWER}, usage=dict.fromkeys(USAGE, -5))
saying("counts beyond everything", {"content": ANSWER}, usage=dict.fromkeys(USAGE, 10**15))
saying("no counts", {"content": ANSWER}, usage=None)


@fault("bad UTF-8")
async def bad_utf8(to: Exchange) -> None:
    if not to.streamed:
        await to.whole(b'{"choices": [{"message": {"content": "\xff\xfe"}}]}')
        return
    await to.head()
    await to.write(b'data: {"choices": [{"delta": {"content": "\xff\xfe"}}]}\n\ndata: [DONE]\n\n')


@fault("no end mark")
async def no_done(to: Exchange) -> None:
    if not to.streamed:
        await to.say({"content": ANSWER})
        return
    await to.head()
    await to.events(chunk({"content": ANSWER}), chunk({}, "stop"))


@fault("flapping")
async def flap(to: Exchange) -> None:
    await (fine(to) if to.number % 2 else refuse(503, "not now")(to))
