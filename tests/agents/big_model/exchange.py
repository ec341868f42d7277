"""One request to a provider on the loopback, and what can be written back: raw bytes, as no HTTP
library would let it send most of what a broken provider does. Knows nothing of faults."""

import json
import socket
import struct
from typing import Any

JSON = "application/json"
USAGE = {"prompt_tokens": 20, "completion_tokens": 6, "total_tokens": 26}


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


def call(name: str, arguments: str = "{}", call_id: str = "c1") -> dict[str, Any]:
    function = {"name": name, "arguments": arguments}
    return {"id": call_id, "index": 0, "type": "function", "function": function}
