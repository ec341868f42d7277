"""One call's HTTP connection: bounded, seen through, and closed with the call.

What libraries above make of a failure tells little; a wire keeps what really happened: whether
anything was sent, the status that came back, the header that says when to come again. It follows no
redirects, as they could lead away from where a key may go, and takes no compressed bodies, as they
can be a thousand times their size. Knows nothing of models.
"""

import asyncio
import functools
import ssl
import time
from collections.abc import AsyncIterator

import httpx

from knowhow_agents.big_model.errors import FaultKind, ProviderFault

MAX_WHOLE_BYTES = 8_000_000
"""Of an answer in one piece; the longest that models give are under a megabyte."""
MAX_STREAM_BYTES = 64_000_000
"""Of a stream, where every token comes with some hundred bytes around it."""
LEAST_CONNECT_S = 0.05
"""However late it became before anything was sent."""
PLAIN = "identity"
WITHOUT_PROXY = ("all://localhost", "all://127.0.0.1", "all://[::1]")
"""What stays on this machine is told to no proxy that the environment names."""


class Wire:
    """An HTTP client for one call, and what was seen on it."""

    def __init__(self, *, max_bytes: int, connect_s: float, between_s: float) -> None:
        self.sent = False
        self.status: int | None = None
        self.headers = httpx.Headers()
        self.fault: ProviderFault | None = None
        self._abandoned = False
        self._max_bytes = max_bytes
        self._connected_by = time.monotonic() + connect_s
        self._between_s = between_s
        self.client = httpx.AsyncClient(
            verify=_trusted(),
            timeout=None,  # noqa: S113  the caller's deadlines hold
            follow_redirects=False,
            headers={"accept-encoding": PLAIN},
            mounts=dict.fromkeys(WITHOUT_PROXY),
            event_hooks={"request": [self._leaving], "response": [self._arrived]},
        )

    def abandon(self) -> None:
        """Nothing more may be sent."""
        self._abandoned = True

    async def close(self) -> None:
        await self.client.aclose()

    def broke(self, kind: FaultKind, why: str) -> httpx.TransportError:
        """Remembered, as the libraries above make something else of what is raised."""
        self.fault = ProviderFault(kind, why)
        return httpx.ReadError(why)

    async def _leaving(self, request: httpx.Request) -> None:
        if self._abandoned:
            raise httpx.ConnectError("the call was given up")
        # Here, as the libraries above set times of their own. A handshake that this ends is closed,
        # one that is cancelled would be left open.
        left = max(self._connected_by - time.monotonic(), LEAST_CONNECT_S)
        request.extensions["timeout"] = {"connect": left, "read": None, "write": None, "pool": None}
        self.sent = True

    async def _arrived(self, response: httpx.Response) -> None:
        self.status, self.headers = response.status_code, response.headers
        if response.headers.get("content-encoding", PLAIN).lower() != PLAIN:
            raise self.broke(FaultKind.BROKEN, "it is compressed, though that was not asked for")
        assert isinstance(response.stream, httpx.AsyncByteStream)
        response.stream = _Bounded(response.stream, self, self._max_bytes, self._between_s)


class _Bounded(httpx.AsyncByteStream):
    """A body that ends in a fault when it grows too large or nothing more of it comes."""

    def __init__(
        self, body: httpx.AsyncByteStream, wire: Wire, max_bytes: int, between_s: float
    ) -> None:
        self._body = body
        self._wire = wire
        self._max_bytes = max_bytes
        self._between_s = between_s

    async def __aiter__(self) -> AsyncIterator[bytes]:
        pieces, received = aiter(self._body), 0
        while (piece := await self._next(pieces)) is not None:
            received += len(piece)
            if received > self._max_bytes:
                limit = f"{self._max_bytes // 1_000_000} MB"
                raise self._wire.broke(FaultKind.BROKEN, f"it is longer than {limit}")
            yield piece

    async def _next(self, pieces: AsyncIterator[bytes]) -> bytes | None:
        try:
            async with asyncio.timeout(self._between_s):
                return await anext(pieces, None)
        except TimeoutError:
            why = f"nothing more came for {self._between_s:g} s"
            raise self._wire.broke(FaultKind.TIMEOUT, why) from None
        except httpx.TransportError as error:
            why = f"it broke off: {error}".rstrip(": ")
            raise self._wire.broke(FaultKind.CONNECTION, why) from error

    async def aclose(self) -> None:
        await self._body.aclose()


@functools.cache
def _trusted() -> ssl.SSLContext:
    """Made once, as reading all certificates takes longer than a short answer."""
    return httpx.create_ssl_context()
