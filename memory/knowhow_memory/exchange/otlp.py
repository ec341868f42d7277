"""The envelope of OTLP JSON: export requests taken apart into plain spans.

Knows how OTLP spells values, times and parents; knows nothing about what the attributes mean.
"""

from collections.abc import Iterator, Sequence
from typing import TypedDict

from knowhow_memory.exchange.values import (
    Json,
    RefusedError,
    as_list,
    as_name,
    as_number,
    as_text,
)

STATUS_ERROR = (2, "2", "STATUS_CODE_ERROR")
SPAN_LISTS = (("scopeSpans", "scope_spans", "instrumentationLibrarySpans"), ("spans",))


class Event(TypedDict):
    name: str | None
    attributes: dict[str, Json]


class Span(TypedDict):
    trace: str
    id: str | None
    parent: str | None
    name: str | None
    start: float
    end: float
    error: str | None
    attributes: dict[str, Json]
    events: list[Event]
    resource: dict[str, Json]


def is_export(record: Json) -> bool:
    return isinstance(record, dict) and isinstance(_resource_spans(record), list)


def spans_of(record: Json) -> Iterator[tuple[str, Span]]:
    """(trace id, span) for every span of an export request."""
    if not is_export(record):
        raise RefusedError("not an OTLP export: no resourceSpans")
    for holder in _objects(_resource_spans(record)):
        resource = _attributes(_object(holder.get("resource")).get("attributes"))
        scopes = next((holder[key] for key in SPAN_LISTS[0] if key in holder), None)
        for scope in _objects(scopes):
            for span in _objects(scope.get("spans")):
                plain = _plain(span, resource)
                yield plain["trace"], plain


def _resource_spans(record: dict[str, Json]) -> Json:
    return record.get("resourceSpans", record.get("resource_spans"))


def _plain(span: dict[str, Json], resource: dict[str, Json]) -> Span:
    trace = as_name(_either(span, "traceId", "trace_id"))
    if trace is None:
        raise RefusedError("a span without a trace id")
    status = _object(span.get("status"))
    failed = status.get("code") in STATUS_ERROR
    return {
        "trace": trace,
        "id": as_name(_either(span, "spanId", "span_id")),
        "parent": as_name(_either(span, "parentSpanId", "parent_span_id")),
        "name": as_name(span.get("name")),
        "start": as_number(_either(span, "startTimeUnixNano", "start_time_unix_nano")) or 0.0,
        "end": as_number(_either(span, "endTimeUnixNano", "end_time_unix_nano")) or 0.0,
        "error": (as_text(status.get("message")) or "error") if failed else None,
        "attributes": _attributes(span.get("attributes")),
        "events": [
            {"name": as_name(event.get("name")), "attributes": _attributes(event.get("attributes"))}
            for event in _objects(span.get("events"))
        ],
        "resource": resource,
    }


def _attributes(pairs: Json) -> dict[str, Json]:
    return {
        pair["key"]: value_of(pair.get("value"))
        for pair in _objects(pairs)
        if isinstance(pair.get("key"), str)
    }


def value_of(value: Json) -> Json:
    """OTLP wraps every value in its type; 64-bit integers travel as text."""
    match value:
        case {"stringValue": inner} | {"boolValue": inner} | {"doubleValue": inner}:
            return inner
        case {"intValue": inner}:
            number = as_number(inner)
            return int(number) if number is not None else None
        case {"arrayValue": {"values": [*inner]}}:
            return [value_of(item) for item in inner]
        case {"kvlistValue": {"values": [*inner]}}:
            return _attributes(inner)
        case _:
            return None


def _either(record: dict[str, Json], camel: str, snake: str) -> Json:
    return record.get(camel, record.get(snake))


def _object(value: Json) -> dict[str, Json]:
    return value if isinstance(value, dict) else {}


def _objects(value: Json) -> Sequence[dict[str, Json]]:
    return [item for item in as_list(value) if isinstance(item, dict)]
