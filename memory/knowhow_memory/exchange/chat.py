"""Chat logs in the OpenAI style: messages with roles and tool calls, with a verdict beside them.

Takes fine-tuning files (`messages`), request and response pairs, and batch files (`body`). The
problem is the first thing the user said. A log without a verdict teaches nothing and is refused.
Only text is kept of a message: images and sounds are not.
"""

from collections.abc import Iterator, Sequence

from knowhow_memory.exchange.records import (
    Format,
    Item,
    Step,
    Wishes,
    arm_of,
    content_id,
    outcome,
    problem_of,
    reward_of,
    step,
)
from knowhow_memory.exchange.values import (
    Json,
    RefusedError,
    as_amount,
    as_count,
    as_list,
    as_name,
    as_number,
    as_object,
    as_text,
    as_time,
    first_of,
    is_provider_failure,
)
from knowhow_memory.models import Fault

SOURCE = "chat"
ROLES = {"human": "user", "gpt": "assistant", "ai": "assistant", "developer": "system"}
TOOL_ROLES = frozenset({"tool", "function", "observation"})
PLACES = ("", "request.", "request.body.", "body.", "input.", "inputs.")
ANSWERS = ("response.", "response.body.", "", "completion.")
VERDICTS = (
    *("reward", "score", "outcome", "success", "correct"),
    *("feedback.score", "feedback.value", "feedback.rating", "feedback"),
    *("metadata.reward", "metadata.score", "metadata.success"),
)
THROTTLED, BROKEN = 429, 500


def recognises(record: Json) -> bool:
    return bool(messages_of(record))


def convert(record: Json, wishes: Wishes) -> Sequence[Item]:
    messages = messages_of(record)
    if not messages:
        raise RefusedError("no messages with roles")
    usage = as_object(first_of(record, *(f"{place}usage" for place in ANSWERS)))
    model = first_of(record, *(f"{place}model" for place in PLACES + ANSWERS))
    failed = verdict(record) is None and _provider_failed(record)
    return [
        outcome(
            tenant=wishes.tenant,
            problem=problem_of(record, wishes, said_first(messages)),
            task=as_name(first_of(record, "task", "metadata.task")),
            arm=arm_of(record, wishes, first_of(record, "arm", "agent", "metadata.agent") or model),
            reward=None if failed else reward_of(record, wishes, verdict(record)),
            fault=Fault.INFRA if failed else Fault.AGENT,
            verified_by="feedback" if "feedback" in record else "log",
            principal=as_name(first_of(record, *(f"{place}user" for place in PLACES))),
            source=SOURCE,
            cost=as_amount(first_of(record, "cost", "cost_usd", "metadata.cost")),
            latency_s=as_amount(first_of(record, "latency_s", "metadata.latency_s")),
            tokens_in=as_count(first_of(usage, "prompt_tokens", "input_tokens")),
            tokens_out=as_count(first_of(usage, "completion_tokens", "output_tokens")),
            big_model=as_name(model),
            content_id=content_id(SOURCE, record),
            trajectory=list(steps_of(messages)),
            occurred_at=as_time(
                first_of(record, "created_at", "timestamp", *(f"{a}created" for a in ANSWERS))
            ),
        )
    ]


def messages_of(record: Json) -> list[dict[str, Json]]:
    """Every message of the conversation, the answer included."""
    if not isinstance(record, dict):
        return []
    asked = as_list(first_of(record, *(f"{place}messages" for place in PLACES)))
    answer = first_of(record, *(f"{place}choices.0.message" for place in ANSWERS))
    return [m for m in [*asked, answer] if isinstance(m, dict) and role_of(m) is not None]


def role_of(message: dict[str, Json]) -> str | None:
    """Who speaks: under `role`, `from` (conversation sets) or `type` (LangChain)."""
    role = as_name(message.get("role", message.get("from", message.get("type"))))
    return None if role is None else ROLES.get(role.lower(), role.lower())


def content_of(message: dict[str, Json]) -> Json:
    return next((message[key] for key in ("content", "value", "parts") if key in message), None)


def said_first(messages: Sequence[dict[str, Json]]) -> str | None:
    """The first text of the user."""
    texts = (as_text(content_of(m)) for m in messages if role_of(m) == "user")
    return next((text for text in texts if text), None)


def verdict(record: Json) -> Json:
    found = (first_of(record, path) for path in VERDICTS)
    return next((value for value in found if not isinstance(value, dict | list | None)), None)


def steps_of(messages: Sequence[Json]) -> Iterator[Step]:
    for message in messages:
        if isinstance(message, dict):
            yield from _steps_of_message(message)


def _steps_of_message(message: dict[str, Json]) -> Iterator[Step]:
    role, content = role_of(message) or "unknown", content_of(message)
    if role in TOOL_ROLES:
        call = message.get("tool_call_id")
        text = as_text(content)
        if text or "parts" not in message:
            yield step("tool_result", name=message.get("name"), id=call, content=text or content)
            return
    thought = as_text(first_of(message, "reasoning_content", "reasoning"))
    if thought:
        yield step("reasoning", content=thought)
    if isinstance(content, list):
        yield from _steps_of_parts(role, content)
    elif as_text(content):
        yield step(role, content=content)
    for call in [*as_list(message.get("tool_calls")), message.get("function_call")]:
        if isinstance(call, dict):
            yield _step_of_call(call)


def _steps_of_parts(role: str, parts: Sequence[Json]) -> Iterator[Step]:
    """Content in parts: text, reasoning, calls and their results, in their order."""
    for part in parts:
        kind = part.get("type", "text") if isinstance(part, dict) else "text"
        if kind in ("tool_call", "tool_use"):
            yield _step_of_call(part)
        elif kind in ("tool_call_response", "tool_result"):
            answer = first_of(part, "response", "result", "content")
            yield step("tool_result", id=first_of(part, "id", "tool_use_id"), content=answer)
        elif text := as_text([part]):
            yield step("reasoning" if kind in ("reasoning", "thinking") else role, content=text)


def _step_of_call(call: dict[str, Json]) -> Step:
    what = as_object(call.get("function")) or call
    arguments = first_of(what, "arguments", "args", "input")
    return step(
        "tool_call",
        name=what.get("name"),
        id=call.get("id"),
        arguments=as_object(arguments) or arguments,
    )


def _provider_failed(record: dict[str, Json]) -> bool:
    status = as_number(first_of(record, "response.status_code", "status_code"))
    error = first_of(record, "error.type", "error.message", "error")
    throttled = status is not None and (status == THROTTLED or status >= BROKEN)
    return throttled or is_provider_failure(error)


FORMAT = Format("chat", recognises, convert)
