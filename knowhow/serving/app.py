"""The server's application: `/v1/models` and `/v1/chat/completions`, whole or streamed.

For this machine only: a request that was meant for another host (a web page whose name was turned
to this address) is refused, and so is one that a page could send without asking. Bodies are
bounded; who goes away before the end has the work for them ended. Knows nothing of which models
there are.
"""

import asyncio
import contextlib
import logging
import threading
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Iterator
from typing import TypeAlias, TypeVar

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from knowhow.serving import shapes
from knowhow.serving.offers import Offers
from knowhow.serving.shapes import DONE, Question, Refusal, Saying, event, refusal
from knowhow_adapters.decode.request import Chunk, Completion
from knowhow_agents.big_model.aside import aside
from knowhow_agents.big_model.chat import Turn
from knowhow_agents.big_model.switch import is_loopback
from knowhow_memory.errors import InternalError, KnowhowError

Piece: TypeAlias = tuple[Turn, Chunk]
Pieces: TypeAlias = AsyncGenerator[Piece, None]
Result = TypeVar("Result")

MAX_BODY_BYTES = 1_000_000
"""No prompt that an embedded model can read comes near."""
MISDIRECTED, GONE = 421, 499

log = logging.getLogger(__name__)


def make_app(offers: Offers) -> Starlette:
    api = _Api(offers)
    return Starlette(
        routes=[
            Route("/v1/models", api.models),
            Route("/v1/chat/completions", api.chat, methods=["POST"]),
        ],
        middleware=[Middleware(_OnlyThisMachine)],
        exception_handlers=dict.fromkeys((HTTPException, Refusal, KnowhowError, Exception), _tell),
    )


class _Api:
    def __init__(self, offers: Offers) -> None:
        self._offers = offers

    async def models(self, request: Request) -> Response:
        return JSONResponse(shapes.models(await asyncio.to_thread(self._offers.names)))

    async def chat(self, request: Request) -> Response:
        question = shapes.read_question(await _body(request))
        pieces = aside(lambda cancel: self._answer(question, cancel))
        saying = Saying(question.model)
        if not question.streamed:
            turn, completion = await _unless_gone(request, _whole(pieces))
            return JSONResponse(saying.whole(turn, completion))
        # What is wrong shows before the first piece, while the status can still say so.
        first = await _unless_gone(request, anext(pieces))
        events = _events(first, pieces, saying, usage_wanted=question.usage_wanted)
        return StreamingResponse(events, media_type="text/event-stream")

    def _answer(self, question: Question, cancel: threading.Event) -> Iterator[Piece]:
        messages = question.body.get("messages") or []
        turn = self._offers.take(question.model, messages, question.body, cancel)
        for chunk in turn.stream():
            yield turn, chunk


async def _whole(pieces: Pieces) -> tuple[Turn, Completion]:
    async for turn, chunk in pieces:
        if chunk.completion is not None:
            return turn, chunk.completion
    raise InternalError("a text ended without its end")


async def _events(
    first: Piece, rest: Pieces, saying: Saying, *, usage_wanted: bool
) -> AsyncIterator[bytes]:
    turn, chunk = first
    async with contextlib.aclosing(rest):
        yield event(saying.piece(chunk, first=True))
        try:
            async for _, chunk in rest:
                yield event(saying.piece(chunk, first=False))
        except Exception as error:  # noqa: BLE001  the status is sent: the stream has to say it
            _log(error)
            yield event(refusal(error).document)
            return
    if usage_wanted and chunk.completion is not None:
        yield event(saying.usage(turn, chunk.completion))
    yield DONE


async def _body(request: Request) -> bytes:
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    # Web pages can send every other kind elsewhere without asking first.
    if kind != "application/json":
        raise Refusal(415, "send the body as application/json")
    body = b""
    async for part in request.stream():
        body += part
        if len(body) > MAX_BODY_BYTES:
            raise Refusal(413, f"the body is larger than {MAX_BODY_BYTES:,} bytes")
    return body


async def _unless_gone(request: Request, work: Awaitable[Result]) -> Result:
    """The result, or the work's end when nobody waits for it any more."""
    working, leaving = asyncio.ensure_future(work), asyncio.ensure_future(_gone(request))
    try:
        await asyncio.wait((working, leaving), return_when=asyncio.FIRST_COMPLETED)
        if not working.done():
            raise Refusal(GONE, "the asker went away")
        return working.result()
    finally:
        for task in (working, leaving):
            task.cancel()


async def _gone(request: Request) -> None:
    while (await request.receive())["type"] != "http.disconnect":
        pass


class _OnlyThisMachine:
    """Lets through what names this machine as the host it wants."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        hosts = [value.decode("latin-1") for name, value in scope["headers"] if name == b"host"]
        if len(hosts) == 1 and is_loopback(f"http://{hosts[0]}"):
            await self._app(scope, receive, send)
            return
        wrong = Refusal(MISDIRECTED, "this server answers to 127.0.0.1 and localhost only")
        await JSONResponse(wrong.document, wrong.status)(scope, receive, send)


async def _tell(request: Request, error: Exception) -> Response:
    if isinstance(error, HTTPException):
        error = Refusal(error.status_code, error.detail)
    told = refusal(error)
    _log(error)
    return JSONResponse(told.document, told.status)


def _log(error: Exception) -> None:
    if not isinstance(error, Refusal | KnowhowError):
        log.error("a request failed", exc_info=error)
