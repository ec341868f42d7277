"""Records as the foreign systems write them, cut down to what matters, made up by hand."""

import json
from typing import Any

CHAT: dict[str, Any] = {
    "messages": [
        {"role": "system", "content": "Be brief."},
        {"role": "user", "content": [{"type": "text", "text": "What is 17 * 3?"}]},
        {
            "role": "assistant",
            "content": None,
            "tool_calls": [
                {
                    "id": "call_1",
                    "type": "function",
                    "function": {"name": "multiply", "arguments": '{"a": 17, "b": 3}'},
                }
            ],
        },
        {"role": "tool", "tool_call_id": "call_1", "content": "51"},
        {"role": "assistant", "reasoning_content": "The tool said 51.", "content": "51"},
    ],
    "model": "big-1",
    "feedback": {"score": 1},
    "usage": {"prompt_tokens": 40, "completion_tokens": 12},
    "created": 1_700_000_000,
}

BATCH: dict[str, Any] = {
    "custom_id": "row-1",
    "body": {"model": "big-1", "messages": [{"role": "user", "content": "Name a prime."}]},
    "response": {
        "status_code": 200,
        "body": {
            "model": "big-1-2026",
            "created": 1_700_000_100,
            "choices": [{"message": {"role": "assistant", "content": "7"}}],
            "usage": {"prompt_tokens": 5, "completion_tokens": 1},
        },
    },
    "metadata": {"success": "correct"},
}

TOUCAN: dict[str, Any] = {
    "uuid": "00000000-0000-0000-0000-000000000001",
    "subset_name": "single-turn-original",
    "question": "Which city has the higher population, Lyon or Lille?",
    "messages": json.dumps(
        [
            {"role": "system", "content": "tools"},
            {"role": "user", "content": "Which city has the higher population, Lyon or Lille?"},
            {
                "role": "assistant",
                "content": "",
                "function_call": {"name": "population", "arguments": '{"city": "Lyon"}'},
            },
            {"role": "function", "name": "population", "content": "520000"},
            {"role": "assistant", "content": "Lyon."},
        ]
    ),
    "available_tools": "[]",
    "target_tools": "population",
    "response_quality_assessment": json.dumps(
        {
            "completeness": {"reasoning": "fine", "score": 4},
            "conciseness": {"reasoning": "fine", "score": 2},
            "desired_tools_used_percentage": 1.0,
            "order_correctness": True,
        }
    ),
}

AGENTBANK: dict[str, Any] = {
    "id": "alfworld_12",
    "conversations": [
        {"from": "human", "loss": None, "value": "You control a robot in a house. Answer 'OK'."},
        {"from": "gpt", "loss": False, "value": "OK"},
        {"from": "human", "loss": None, "value": "Your task is to put a mug on the desk."},
        {"from": "gpt", "loss": True, "value": "Thought: find a mug\nAction: go to shelf 1"},
        {"from": "human", "loss": None, "value": "You see a mug."},
        {"from": "gpt", "loss": True, "value": "Thought: take it\nAction: take mug"},
    ],
}

PLAIN: dict[str, Any] = {
    "problem": "Sort 3 1 2",
    "reasoning": "Smallest first.",
    "actions": [{"tool": "sort", "arguments": [3, 1, 2]}, "answer 1 2 3"],
    "outcome": "success",
    "agent": "sorter",
}

LANGSMITH: list[dict[str, Any]] = [
    {
        "id": "run-tool",
        "trace_id": "run-root",
        "parent_run_id": "run-root",
        "dotted_order": "1.run-root.3.run-tool",
        "name": "search",
        "run_type": "tool",
        "inputs": {"input": "capital of Peru"},
        "outputs": {"output": "Lima"},
        "start_time": "2026-03-01T10:00:02",
        "end_time": "2026-03-01T10:00:03",
    },
    {
        "id": "run-root",
        "trace_id": "run-root",
        "parent_run_id": None,
        "dotted_order": "1.run-root",
        "name": "researcher",
        "run_type": "chain",
        "inputs": {"messages": [["human", "What is the capital of Peru?"]]},
        "outputs": {"output": "Lima"},
        "start_time": "2026-03-01T10:00:00",
        "end_time": "2026-03-01T10:00:04",
        "error": None,
        "feedback_stats": {"correctness": {"n": 1, "avg": 0.75}, "note": {"n": 1, "avg": None}},
        "total_cost": "0.0031",
        "prompt_tokens": 210,
        "completion_tokens": 17,
        "extra": {"metadata": {"user_id": "u-7"}},
    },
    {
        "id": "run-llm",
        "trace_id": "run-root",
        "parent_run_id": "run-root",
        "dotted_order": "1.run-root.2.run-llm",
        "name": "ChatModel",
        "run_type": "llm",
        "inputs": {},
        "outputs": {},
        "start_time": "2026-03-01T10:00:01",
        "end_time": "2026-03-01T10:00:02",
        "extra": {"metadata": {"ls_model_name": "big-2"}},
    },
]


def otlp_value(value: Any) -> dict[str, Any]:
    match value:
        case bool():
            return {"boolValue": value}
        case str():
            return {"stringValue": value}
        case int():
            return {"intValue": str(value)}
        case float():
            return {"doubleValue": value}
        case list():
            return {"arrayValue": {"values": [otlp_value(item) for item in value]}}
        case _:
            pairs = [{"key": key, "value": otlp_value(item)} for key, item in value.items()]
            return {"kvlistValue": {"values": pairs}}


def otlp_attributes(attributes: dict[str, Any]) -> list[dict[str, Any]]:
    return [{"key": key, "value": otlp_value(value)} for key, value in attributes.items()]


def span(
    identity: str,
    parent: str | None,
    attributes: dict[str, Any],
    *,
    events: list[tuple[str, dict[str, Any]]] | None = None,
    start: int = 0,
    trace: str = "t1",
    status: dict[str, Any] | None = None,
) -> dict[str, Any]:
    return {
        "traceId": trace,
        "spanId": identity,
        "parentSpanId": parent or "",
        "name": identity,
        "startTimeUnixNano": str(1_700_000_000_000_000_000 + start),
        "endTimeUnixNano": str(1_700_000_002_500_000_000 + start),
        "attributes": otlp_attributes(attributes),
        "events": [
            {"name": name, "attributes": otlp_attributes(facts)} for name, facts in events or []
        ],
        "status": status or {},
    }


def otlp(*spans: dict[str, Any]) -> dict[str, Any]:
    resource = {"attributes": otlp_attributes({"service.name": "shop"})}
    return {"resourceSpans": [{"resource": resource, "scopeSpans": [{"spans": list(spans)}]}]}


QUESTION = "How do I return shoes?"
CURRENT_SPANS = [
    span(
        "chat",
        "agent",
        {
            "gen_ai.operation.name": "chat",
            "gen_ai.provider.name": "someone",
            "gen_ai.request.model": "big-3",
            "gen_ai.usage.input_tokens": 30,
            "gen_ai.usage.output_tokens": 4,
            "gen_ai.input.messages": json.dumps(
                [{"role": "user", "parts": [{"type": "text", "content": QUESTION}]}]
            ),
            "gen_ai.output.messages": [
                {
                    "role": "assistant",
                    "parts": [
                        {"type": "reasoning", "content": "Look it up."},
                        {"type": "tool_call", "id": "c1", "name": "find", "arguments": {"q": "x"}},
                    ],
                    "finish_reason": "tool_call",
                }
            ],
        },
        start=10,
    ),
    span(
        "tool",
        "agent",
        {
            "gen_ai.operation.name": "execute_tool",
            "gen_ai.tool.name": "find",
            "gen_ai.tool.call.id": "c1",
            "gen_ai.tool.call.arguments": '{"q": "x"}',
            "gen_ai.tool.call.result": "Within 30 days.",
        },
        start=20,
    ),
    span("http", "tool", {"http.request.method": "GET"}, start=21),
    span(
        "agent",
        None,
        {"gen_ai.operation.name": "invoke_agent", "gen_ai.agent.name": "helper"},
        events=[
            (
                "gen_ai.evaluation.result",
                {"gen_ai.evaluation.name": "Helpful", "gen_ai.evaluation.score.value": 0.5},
            )
        ],
    ),
]
EVENT_SPANS = [
    span(
        "chat",
        None,
        {
            "gen_ai.operation.name": "chat",
            "gen_ai.system": "someone",
            "gen_ai.request.model": "big-3",
            "gen_ai.usage.prompt_tokens": 30,
            "gen_ai.usage.completion_tokens": 4,
        },
        events=[
            ("gen_ai.system.message", {"content": "Be kind."}),
            ("gen_ai.user.message", {"content": QUESTION}),
            ("gen_ai.choice", {"index": 0, "message": {"content": "Within 30 days."}}),
            (
                "gen_ai.evaluation.result",
                {
                    "gen_ai.evaluation.name": "Correct",
                    "gen_ai.evaluation.score.value": 4.0,
                    "gen_ai.evaluation.score.label": "pass",
                },
            ),
        ],
    )
]
INDEXED_SPANS = [
    span(
        "chat",
        None,
        {
            "gen_ai.system": "someone",
            "gen_ai.request.model": "big-3",
            "gen_ai.prompt.0.role": "system",
            "gen_ai.prompt.0.content": "Be kind.",
            "gen_ai.prompt.1.role": "user",
            "gen_ai.prompt.1.content": QUESTION,
            "gen_ai.completion.0.role": "assistant",
            "gen_ai.completion.0.content": "Within 30 days.",
            "app.stars": 1.0,
        },
    )
]

MATRIX: dict[str, Any] = {
    "id": "m-1",
    "problem": "Is 91 prime?",
    "task": "arithmetic",
    "arms": {"direct": {"reward": 0.0, "cost": 0.1}, "steps": {"reward": 1.0, "cost": None}},
}

OWN: dict[str, Any] = {"problem": "Is 7 prime?", "arm": "direct", "reward": 1.0}
