"""A provider on the loopback that fails in every way we could think of, and one that answers well.

`server.address(FAULT)` is a provider with that fault, for whole answers and for streams; `FINE` is
the one without. It writes raw bytes, as no HTTP library would let it send most of these.
"""

import asyncio
import contextlib
import itertools
import json
import socket
import struct
import threading
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator
from typing import Any

FINE = "fine"
ANSWER = "The cup is 64 dollars."
USAGE = {"prompt_tokens": 20, "completion_tokens": 6, "total_tokens": 26}
ROUND = 0.02
"""Seconds between two bytes of those that take their time."""
MEGABYTE = b"x" * 1_000_000
CALL = {"id": "c1", "type": "function", "function": {"name": "pay", "arguments": "{}"}}

NOWHERE = "localhost"
"""A test takes its address away. Another name would be one that the switch forbids to ask."""
WITHOUT_AN_ANSWER = (
    "refuses to connect",
    "has no address",
    "answers TLS with plain text",
    "never answers TLS",
)
TLS_HELLO = b"\x16"

Fault = Callable[["Exchange"], Awaitable[None]]
FAULTS: dict[str, Fault] = {}


class Exchange:
    """One request, and what can be written back."""

    def __init__(
        self, body: dict[str, Any], key: str, number: int, reader: Any, writer: Any
    ) -> None:
        self.streamed = bool(body.get("stream"))
        self.request = body
        self.key = key
        self.number = number
        """How many came before it to the same fault."""
        self._reader, self._writer = reader, writer

    async def write(self, *pieces: bytes) -> None:
        for piece in pieces:
            self._writer.write(piece)
        await self._writer.drain()

    async def head(self, status: int = 200, **headers: str) -> None:
        headers.setdefault("content_type", "text/event-stream" if self.streamed else JSON)
        lines = [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
        await self.write("\r\n".join([f"HTTP/1.1 {status} So", *lines, "", ""]).encode())

    async def begin(self, length: int) -> None:
        """A stream, or an answer that will be so long."""
        if self.streamed:
            await self.head()
        else:
            await self.head(content_length=str(length))

    async def whole(self, body: bytes, status: int = 200, **headers: str) -> None:
        await self.head(status, content_length=str(len(body)), **headers)
        await self.write(body)

    async def say(self, message: dict[str, Any], finish: str = "stop", **more: Any) -> None:
        """A well-formed answer of that message, whole or as one piece of a stream."""
        if not self.streamed:
            await self.whole(json.dumps(completion(message, finish, **more)).encode())
            return
        await self.head()
        await self.events(chunk(message), chunk({}, finish), chunk({}, choices=[], **more))
        await self.write(b"data: [DONE]\n\n")

    async def gone(self) -> None:
        """Until whoever asked has left."""
        await self._reader.read()

    async def events(self, *events: object) -> None:
        for event in events:
            words = event if isinstance(event, str) else json.dumps(event)
            await self.write(f"data: {words}\n\n".encode())

    def reset(self) -> None:
        linger = struct.pack("ii", 1, 0)
        self._writer.get_extra_info("socket").setsockopt(
            socket.SOL_SOCKET, socket.SO_LINGER, linger
        )
        self._writer.transport.abort()


JSON = "application/json"


def completion(message: dict[str, Any], finish: str = "stop", **more: Any) -> dict[str, Any]:
    choice = {"index": 0, "message": {"role": "assistant", **message}, "finish_reason": finish}
    return {
        "id": "a1", "object": "chat.completion", "created": 1, "model": "m",
        "choices": [choice], "usage": USAGE,
    } | more  # fmt: skip


def chunk(delta: dict[str, Any], finish: str | None = None, **more: Any) -> dict[str, Any]:
    choice = {"index": 0, "delta": delta, "finish_reason": finish}
    return {
        "id": "a1", "object": "chat.completion.chunk", "created": 1, "model": "m",
        "choices": [choice],
    } | more  # fmt: skip


def fault(name: str) -> Callable[[Fault], Fault]:
    def keep(made: Fault) -> Fault:
        FAULTS[name] = made
        return made

    return keep


async def fine(to: Exchange) -> None:
    if not to.streamed:
        await to.say({"content": ANSWER})
        return
    await to.head()
    words = [word + " " for word in ANSWER.split(" ")]
    words[-1] = words[-1].strip()
    await to.events(*(chunk({"content": word}) for word in words))
    await to.events(chunk({}, "stop"), chunk({}, choices=[], usage=USAGE), "[DONE]")


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


class FaultServer:
    """Runs in a thread of its own; counts the requests to each fault."""

    def __init__(self) -> None:
        self.requests: Counter[str] = Counter()
        """How many came to an address."""
        self.seen: list[tuple[dict[str, Any], str]] = []
        """What came, and the key with it."""
        self._faults = FAULTS | {FINE: fine}
        self._open: set[asyncio.StreamWriter] = set()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        serving = asyncio.start_server(self._serve, "127.0.0.1", 0)
        self._server = asyncio.run_coroutine_threadsafe(serving, self._loop).result()
        self.port = self._server.sockets[0].getsockname()[1]
        self._mute = socket.create_server(("127.0.0.1", 0))
        with socket.create_server(("127.0.0.1", 0)) as gone:
            self._free = gone.getsockname()[1]

    def address(self, name: str, client: str = "") -> str:
        """Of the provider with that fault; one for each client, so that they are told apart."""
        path = f"/{name.replace(' ', '_')}/{client}/v1"
        match name:
            case "refuses to connect":
                return f"http://127.0.0.1:{self._free}{path}"
            case "has no address":
                return f"http://{NOWHERE}:{self.port}{path}"
            case "answers TLS with plain text":
                return f"https://127.0.0.1:{self.port}{path}"
            case "never answers TLS":
                return f"https://127.0.0.1:{self._mute.getsockname()[1]}{path}"
        return f"http://127.0.0.1:{self.port}{path}"

    def teach(self, name: str, fault: Fault) -> str:
        """Another way to answer; gives its address."""
        self._faults[name] = fault
        return self.address(name)

    def close(self) -> None:
        asyncio.run_coroutine_threadsafe(self._end(), self._loop).result()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()
        self._mute.close()

    async def _end(self) -> None:
        self._server.close()
        others = asyncio.all_tasks() - {asyncio.current_task()}
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)
        for writer in self._open:
            writer.transport.abort()
        await asyncio.sleep(ROUND)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError, asyncio.IncompleteReadError, asyncio.CancelledError):
            self._open.add(writer)
            await self._exchange(reader, writer)
            writer.close()
            await writer.wait_closed()
            self._open.discard(writer)

    async def _exchange(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        first = await reader.readexactly(1)
        if first == TLS_HELLO:
            writer.write(b"HTTP/1.1 400 Not TLS\r\n\r\n")
            return
        head = (first + await reader.readuntil(b"\r\n\r\n")).decode()
        line, *rest = head.split("\r\n")
        pairs = [header.split(": ", 1) for header in rest if header]
        headers = {name.lower(): value for name, value in pairs}
        body = json.loads(await reader.readexactly(int(headers.get("content-length", 0))) or b"{}")
        fault, client = line.split("/")[1:3]
        name = fault.replace("_", " ")
        number = self.requests[self.address(name, client)]
        self.requests[self.address(name, client)] += 1
        key = headers.get("authorization", "").removeprefix("Bearer ")
        self.seen.append((body, key))
        exchange = Exchange(body, key, number, reader, writer)
        await self._faults[name](exchange)


@contextlib.contextmanager
def fault_server() -> Iterator[FaultServer]:
    server = FaultServer()
    try:
        yield server
    finally:
        server.close()


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


def call(name: str, arguments: str = "{}", call_id: str = "c1") -> dict[str, Any]:
    function = {"name": name, "arguments": arguments}
    return {"id": call_id, "index": 0, "type": "function", "function": function}
