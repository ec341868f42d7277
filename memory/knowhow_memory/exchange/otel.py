"""OpenTelemetry GenAI traces as OTLP JSON: export requests with spans, an outcome a trace.

Reads the conventions before 1.37 (`gen_ai.system`, message events, prompts in attributes, also the
indexed `gen_ai.prompt.0.content`) and since then (`gen_ai.input.messages`, `gen_ai.provider.name`).
The verdict is a `gen_ai.evaluation.result`. For `--reward-field` and its kin a trace looks like the
attributes of its outermost GenAI span, with `evaluations` and `resource` beside them.
"""

from collections.abc import Iterator, Sequence

from knowhow_memory.exchange.chat import said_first, steps_of
from knowhow_memory.exchange.otlp import Span, is_export, spans_of
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
    BAD,
    GOOD,
    Json,
    RefusedError,
    as_amount,
    as_count,
    as_list,
    as_name,
    as_number,
    as_object,
    as_text,
    first_of,
    is_provider_failure,
    lookup,
)
from knowhow_memory.models import Fault

SOURCE = "opentelemetry"
EVALUATION = "gen_ai.evaluation.result"
OPERATION = "gen_ai.operation.name"
MODEL_PATHS = ("gen_ai.response.model", "gen_ai.request.model")
TOKENS_IN = ("gen_ai.usage.input_tokens", "gen_ai.usage.prompt_tokens")
TOKENS_OUT = ("gen_ai.usage.output_tokens", "gen_ai.usage.completion_tokens")
INPUTS = ("gen_ai.input.messages", "gen_ai.prompt")
OUTPUTS = ("gen_ai.output.messages", "gen_ai.completion")
INPUT_EVENTS = {
    "gen_ai.system.message": "system",
    "gen_ai.user.message": "user",
    "gen_ai.assistant.message": "assistant",
    "gen_ai.tool.message": "tool",
}
OUTPUT_EVENT = "gen_ai.choice"
PROVIDER_ERRORS = frozenset({"timeout", "429", "500", "502", "503", "504", "529"})
MAX_INDEXED = 1000
"""How many messages an indexed prompt may have before something else is wrong."""
NANOSECONDS = 1e9


def convert(spans: Sequence[Span], wishes: Wishes) -> Sequence[Item]:
    ordered = sorted(filter(_is_genai, spans), key=lambda span: span["start"])
    if not ordered:
        raise RefusedError("no GenAI span in the trace")
    root = _root(ordered)
    attributes = root["attributes"]
    rated = _evaluations(ordered)
    view = {**attributes, "evaluations": rated, "resource": root["resource"]}
    model = next((name for span in ordered if (name := _model_of(span))), None)
    told = lookup(view, wishes.reward_field) if wishes.reward_field else rated or None
    failed = told is None and _provider_failed(root)
    messages = next((found for span in [root, *ordered] if (found := _asked(span))), [])
    return [
        outcome(
            tenant=wishes.tenant,
            problem=problem_of(view, wishes, said_first(messages)),
            arm=arm_of(view, wishes, attributes.get("gen_ai.agent.name") or model),
            reward=None if failed else reward_of(view, wishes, _only(rated, wishes)),
            fault=Fault.INFRA if failed else Fault.AGENT,
            verified_by=f"evaluation {next(iter(rated))}" if len(rated) == 1 else "log",
            principal=as_name(first_of(attributes, "enduser.id", "user.id")),
            source=SOURCE,
            cost=as_amount(first_of(attributes, "gen_ai.usage.cost")),
            latency_s=as_amount((root["end"] - root["start"]) / NANOSECONDS),
            tokens_in=_tokens(root, ordered, TOKENS_IN),
            tokens_out=_tokens(root, ordered, TOKENS_OUT),
            big_model=model,
            content_id=content_id(SOURCE, [root["trace"], root["id"]]),
            trajectory=[*steps_of(messages), *(s for span in ordered for s in _steps(span))],
            occurred_at=(root["end"] or root["start"]) / NANOSECONDS or None,
        )
    ]


def _is_genai(span: Span) -> bool:
    return any(key.startswith("gen_ai.") for key in span["attributes"])


def _root(spans: Sequence[Span]) -> Span:
    """The outermost GenAI span; among several the one that ran an agent."""
    known = {span["id"] for span in spans}
    outermost = [span for span in spans if span["parent"] not in known] or [spans[0]]
    agents = (s for s in outermost if s["attributes"].get(OPERATION) == "invoke_agent")
    return next(agents, outermost[0])


def _model_of(span: Span) -> str | None:
    return as_name(first_of(span["attributes"], *MODEL_PATHS))


def _tokens(root: Span, spans: Sequence[Span], names: Sequence[str]) -> int | None:
    """What the outermost span sums up, or else the sum over the others."""
    own = as_count(first_of(root["attributes"], *names))
    if own is not None:
        return own
    counts = [as_count(first_of(span["attributes"], *names)) for span in spans]
    return as_count(sum(c for c in counts if c is not None)) if any(counts) else None


def _evaluations(spans: Sequence[Span]) -> dict[str, Json]:
    """Name → score in [0, 1], or the label where the score is on a scale of its own."""
    found: dict[str, Json] = {}
    for span in spans:
        events = [e["attributes"] for e in span["events"] if e["name"] == EVALUATION]
        for facts in [span["attributes"], *events]:
            name = as_name(facts.get("gen_ai.evaluation.name"))
            if name:
                found[name] = _score(facts)
    return found


def _score(facts: dict[str, Json]) -> Json:
    value = as_number(facts.get("gen_ai.evaluation.score.value"))
    label = facts.get("gen_ai.evaluation.score.label")
    labelled = isinstance(label, str) and label.lower() in GOOD | BAD
    return label if labelled and not (value is not None and 0 <= value <= 1) else value


def _only(rated: dict[str, Json], wishes: Wishes) -> Json:
    if len(rated) > 1 and not wishes.reward_field:
        raise RefusedError("several evaluations: choose with --reward-field evaluations.NAME")
    return next(iter(rated.values()), None)


def _provider_failed(span: Span) -> bool:
    kind = str(span["attributes"].get("error.type"))
    return (
        kind in PROVIDER_ERRORS or is_provider_failure(kind) or is_provider_failure(span["error"])
    )


def _asked(span: Span) -> list[dict[str, Json]]:
    return _messages(span, INPUTS, INPUT_EVENTS, "user")


def _answered(span: Span) -> list[dict[str, Json]]:
    return _messages(span, OUTPUTS, {OUTPUT_EVENT: "assistant"}, "assistant")


def _messages(
    span: Span, paths: Sequence[str], events: dict[str, str], speaker: str
) -> list[dict[str, Json]]:
    """Messages wherever a convention put them: one attribute, indexed attributes, or events."""
    holders = [span["attributes"], *(event["attributes"] for event in span["events"])]
    for holder in holders:
        for path in paths:
            found = holder.get(path)
            listed = [m for m in as_list(found) if isinstance(m, dict)]
            if listed:
                return [{"role": speaker} | message for message in listed]
            if as_text(found):
                return [{"role": speaker, "content": found}]
    indexed = list(_indexed(span["attributes"], paths[1], speaker))
    return indexed or [
        {"role": events[event["name"]]} | _event_message(event["attributes"])
        for event in span["events"]
        if event["name"] in events
    ]


def _indexed(attributes: dict[str, Json], path: str, speaker: str) -> Iterator[dict[str, Json]]:
    for index in range(MAX_INDEXED):
        prefix = f"{path}.{index}."
        content = attributes.get(f"{prefix}content")
        if content is None and f"{prefix}role" not in attributes:
            return
        yield {"role": attributes.get(f"{prefix}role", speaker), "content": content}


def _event_message(facts: dict[str, Json]) -> dict[str, Json]:
    """A message event carries its message flat, under `message`, or as JSON text in `content`."""
    inner = as_object(facts.get("message"))
    message = inner or {"content": facts.get("content"), "tool_calls": facts.get("tool_calls")}
    return {key: value for key, value in message.items() if value is not None}


def _steps(span: Span) -> Iterator[Step]:
    facts = span["attributes"]
    if facts.get(OPERATION) == "execute_tool" or "gen_ai.tool.name" in facts:
        arguments = facts.get("gen_ai.tool.call.arguments")
        result = facts.get("gen_ai.tool.call.result")
        yield step(
            "tool_result",
            name=facts.get("gen_ai.tool.name"),
            id=facts.get("gen_ai.tool.call.id"),
            arguments=as_object(arguments) or arguments,
            content=as_object(result) or result,
            error=span["error"],
        )
        return
    yield from steps_of(_answered(span))
    if span["error"]:
        yield step("error", name=span["name"], content=span["error"])


FORMAT = Format("otel", is_export, convert, spans_of)
