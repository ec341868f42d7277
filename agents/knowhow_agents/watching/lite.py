"""Watching a LiteLLM app: a callback for `litellm.callbacks`.

    litellm.callbacks.append(litellm_callback(recorder))

A call inside an episode is a step of it; any other is an episode of its own, whose problem is what
the user said last, whose arm is the model, and whose id `episode_id(response)` gives for a verdict
later. Of a call are taken: messages, the answer, tools, tokens, cost; never keys, headers or
settings. LiteLLM, which the app has, is imported when the callback is made. Knows nothing of teams.
"""

import contextlib
import hashlib
import threading
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from knowhow_agents.watching.episode import Check, Episode, current_episode, enclosing_episode
from knowhow_agents.watching.recorder import Recorder
from knowhow_memory.errors import MissingExtraError
from knowhow_memory.exchange.values import as_object, as_text

CHATS = {"completion", "acompletion"}
"""Of the types of calls; streams are calls of these types, too."""
MOST_OPEN = 10_000
"""Calls whose end is awaited; the oldest go first, as some never end."""


def episode_id(response: Any) -> str:
    """Of the episode that a call outside any other became, from what LiteLLM answered."""
    return hashlib.sha256(str(response.id).encode()).hexdigest()[:32]


def litellm_callback(recorder: Recorder, *, check: Check | None = None) -> Any:
    """`check` gets the problem and the answer's text."""
    try:
        from litellm.integrations.custom_logger import CustomLogger
    except ImportError as error:
        raise MissingExtraError("litellm is not installed: pip install litellm") from error
    calls = _Calls(recorder, check)

    class Listener(CustomLogger):  # type: ignore[misc,unused-ignore]
        def __init__(self) -> None:
            super().__init__()
            # LiteLLM takes no second callback whose class has this name and whose plain attributes
            # are the same: of one recorder it should not, of another's it must.
            self.recorder = id(recorder)

        def log_pre_api_call(self, model: Any, messages: Any, kwargs: Any) -> None:
            calls.began(kwargs)

        def log_success_event(
            self, kwargs: Any, response_obj: Any, start_time: Any, end_time: Any
        ) -> None:
            calls.succeeded(kwargs, response_obj, start_time, end_time)

        def log_failure_event(
            self, kwargs: Any, response_obj: Any, start_time: Any, end_time: Any
        ) -> None:
            calls.failed(kwargs, start_time, end_time)

        async def async_log_success_event(
            self, kwargs: Any, response_obj: Any, start_time: Any, end_time: Any
        ) -> None:
            calls.succeeded(kwargs, response_obj, start_time, end_time)

        async def async_log_failure_event(
            self, kwargs: Any, response_obj: Any, start_time: Any, end_time: Any
        ) -> None:
            calls.failed(kwargs, start_time, end_time)

    return Listener()


class _Calls:
    """LiteLLM tells of an end in another thread, later, and of a stream's without the context: so
    whose call it is, is written down at its beginning. Of calls to an app's own handlers it tells
    no beginning: they belong to the block they were made in, and what is told of them when that
    was kept already is left out."""

    def __init__(self, recorder: Recorder, check: Check | None) -> None:
        self._recorder, self._check = recorder, check
        self._owners: dict[str, Episode | None] = {}
        self._lock = threading.Lock()

    def began(self, call: Mapping[str, Any]) -> None:
        with self._recorder.quiet():
            owner, key = current_episode(), call.get("litellm_call_id")
            if not key:
                return
            if owner is not None:
                owner.open_call(key)
            with self._lock:
                self._owners[key] = owner
                if len(self._owners) > MOST_OPEN:
                    self._owners.pop(next(iter(self._owners)))

    def succeeded(self, call: Mapping[str, Any], response: Any, start: Any, end: Any) -> None:
        with self._ending(call) as owner:
            if not (messages := _messages(call)):
                return  # no chat
            episode = owner or self._own(call, start, end, id=episode_id(response))
            answer = _answer_of(response)
            _note_call(episode, call, messages, answer)
            usage = getattr(response, "usage", None)
            episode.used(
                getattr(usage, "prompt_tokens", None),
                getattr(usage, "completion_tokens", None),
                call.get("response_cost"),
            )
            if owner is None:
                episode.result = answer.get("content") or ""
                episode.end(self._check)

    def failed(self, call: Mapping[str, Any], start: Any, end: Any) -> None:
        with self._ending(call) as owner:
            error = call.get("exception")
            if owner is not None:
                # The app may well try again: what came of it all is for the episode to say.
                name = type(error).__name__
                owner.note("error", name=name, content=error, model=call.get("model"))
            elif messages := _messages(call):
                episode = self._own(call, start, end)
                _note_call(episode, call, messages, {})
                failure = error if isinstance(error, BaseException) else RuntimeError(str(error))
                episode.fail(failure)

    @contextlib.contextmanager
    def _ending(self, call: Mapping[str, Any]) -> Iterator[Episode | None]:
        """The episode that the call belongs to, which needs to wait for it no longer."""
        key = str(call.get("litellm_call_id"))
        with self._lock:
            owner = self._owners.pop(key, enclosing_episode())
        with self._recorder.quiet():
            try:
                yield owner
            finally:
                if owner is not None:
                    owner.close_call(key)

    def _own(self, call: Mapping[str, Any], start: Any, end: Any, **more: Any) -> Episode:
        asked = [text for text in map(_text_of_user, _messages(call)) if text]
        problem = asked[-1] if asked else ""
        first = asked[0] if asked else ""
        model = str(call.get("model"))
        wanted = bool(problem.strip()) and self._recorder.takes(first)
        episode = Episode(problem, self._recorder.submit, wanted=wanted, arm=model, **more)
        episode.big_model = model
        episode.occurred_at = start.timestamp()
        episode.latency_s = max(0.0, float((end - start).total_seconds()))
        return episode


def _note_call(
    episode: Episode,
    call: Mapping[str, Any],
    messages: Sequence[Mapping[str, Any]],
    answer: Mapping[str, Any],
) -> None:
    episode.big_model = episode.big_model or str(call.get("model"))
    for message in _since_last_answer(messages):
        kind = "tool_result" if message.get("role") == "tool" else str(message.get("role"))
        text = as_text(message.get("content"))
        episode.note(kind, name=message.get("name"), content=text)
    if answer.get("content"):
        episode.note("assistant", name=call.get("model"), content=answer["content"])
    for tool in answer.get("tool_calls", ()):
        episode.note("tool_call", name=tool.name, arguments=as_object(tool.arguments))


def _messages(call: Mapping[str, Any]) -> Sequence[Mapping[str, Any]]:
    """Of a chat; other calls, as for embeddings, have none."""
    found = call.get("messages")
    if call.get("call_type") not in CHATS or not isinstance(found, list):
        return []
    return [each for each in found if isinstance(each, Mapping)]


def _since_last_answer(messages: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """What is new in this call: the rest was said before."""
    new: list[Mapping[str, Any]] = []
    for message in reversed(messages):
        if message.get("role") == "assistant":
            break
        new.append(message)
    return new[::-1]


def _answer_of(response: Any) -> dict[str, Any]:
    choices = getattr(response, "choices", None) or []
    message = getattr(choices[0], "message", None) if choices else None
    calls = getattr(message, "tool_calls", None) or []
    return {
        "content": as_text(getattr(message, "content", None)),
        "tool_calls": [call.function for call in calls],
    }


def _text_of_user(message: Mapping[str, Any]) -> str | None:
    return as_text(message.get("content")) if message.get("role") == "user" else None
