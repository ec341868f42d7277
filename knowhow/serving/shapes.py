"""What OpenAI's API looks like: requests read from bytes, answers and errors as documents.

Knows nothing of models and of the server.
"""

import json
import time
import uuid
from dataclasses import dataclass, field
from typing import Any

from knowhow_adapters.decode.request import Chunk, Completion
from knowhow_agents.big_model.chat import FINISHES, ContextTooLong, Turn
from knowhow_memory.errors import InputError, KnowhowError, NotFoundError

Document = dict[str, Any]

OWNER = "knowhow"
DONE = b"data: [DONE]\n\n"


class Refusal(Exception):
    """A request that gets an error in place of an answer."""

    def __init__(self, status: int, message: str, *, code: str | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.document = {
            "error": {
                "message": message,
                "type": "server_error" if status >= 500 else "invalid_request_error",
                "param": None,
                "code": code,
            }
        }


def refusal(error: Exception) -> Refusal:
    """What the asker is told; of a fault of ours, only that it is one."""
    match error:
        case Refusal():
            return error
        case NotFoundError():
            return Refusal(404, str(error), code="model_not_found")
        case ContextTooLong():
            return Refusal(400, str(error), code="context_length_exceeded")
        case InputError():
            return Refusal(400, str(error))
        case KnowhowError():
            return Refusal(503, str(error))
    return Refusal(500, "a fault of the server's own")


@dataclass(frozen=True)
class Question:
    """A request whose outer shape is right; its options are checked by whoever answers."""

    model: str
    body: Document

    @property
    def streamed(self) -> bool:
        return self.body.get("stream") is True

    @property
    def usage_wanted(self) -> bool:
        options = self.body.get("stream_options")
        return isinstance(options, dict) and options.get("include_usage") is True


def read_question(body: bytes) -> Question:
    try:
        document = json.loads(body)
    except (ValueError, RecursionError):
        raise Refusal(400, "the body is not valid JSON") from None
    if not isinstance(document, dict):
        raise Refusal(400, "the body must be a JSON object")
    model = document.get("model")
    if not isinstance(model, str) or not model:
        raise Refusal(400, "name a model: GET /v1/models lists them")
    return Question(model, document)


def models(names: list[str]) -> Document:
    data = [{"id": name, "object": "model", "created": 0, "owned_by": OWNER} for name in names]
    return {"object": "list", "data": data}


@dataclass(frozen=True)
class Saying:
    """One answer on its way out."""

    model: str
    id: str = field(default_factory=lambda: f"chatcmpl-{uuid.uuid4().hex}")
    created: int = field(default_factory=lambda: int(time.time()))

    def whole(self, turn: Turn, completion: Completion) -> Document:
        choice = {
            "index": 0,
            "message": {"role": "assistant", "content": completion.text},
            "finish_reason": FINISHES[completion.finish],
            "logprobs": None,
        }
        return self._document("chat.completion", [choice], completion.version) | {
            "usage": turn.usage(completion)
        }

    def piece(self, chunk: Chunk, *, first: bool) -> Document:
        """The last one says why it is the last and which version answered."""
        done = chunk.completion
        delta = {"role": "assistant"} if first else {}
        choice = {
            "index": 0,
            "delta": delta | ({"content": chunk.text} if chunk.text else {}),
            "finish_reason": FINISHES[done.finish] if done else None,
            "logprobs": None,
        }
        return self._document("chat.completion.chunk", [choice], done.version if done else None)

    def usage(self, turn: Turn, completion: Completion) -> Document:
        document = self._document("chat.completion.chunk", [], completion.version)
        return document | {"usage": turn.usage(completion)}

    def _document(self, kind: str, choices: list[Document], version: str | None) -> Document:
        return {
            "id": self.id,
            "object": kind,
            "created": self.created,
            "model": self.model,
            "system_fingerprint": version,
            "choices": choices,
        }


def event(document: Document) -> bytes:
    """As server-sent events have it."""
    return f"data: {json.dumps(document, ensure_ascii=False)}\n\n".encode()
