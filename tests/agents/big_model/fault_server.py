"""A provider on the loopback that fails in every way, and one that answers well.

`server.address(FAULT)` is a provider with that fault, for whole answers and for streams; `FINE` is
the one without.
"""

import asyncio
import contextlib
import json
import socket
import threading
from collections import Counter
from collections.abc import Iterator
from typing import Any

from tests.agents.big_model.exchange import Exchange
from tests.agents.big_model.faults import FAULTS, FINE, ROUND, Fault, fine

NOWHERE = "localhost"
"""A test takes its address away. Another name would be one that the switch forbids to ask."""
TLS_HELLO = b"\x16"


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
