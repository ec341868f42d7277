"""A small language of traces for benches and tests, and a check of it that knows no grammar.

The check reads a text as YAML, as whoever executes traces does, and looks at what came out.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from knowhow_adapters.decode.grammar import Grammar
from knowhow_adapters.decode.traces import INIT, QUERY, Kind, Slot, Step, compute, trace_grammar

PERCENT = Step("percent_off", {"args": Kind.OPERANDS, "var": Kind.NAME})
LANGUAGE: Mapping[str, Sequence[Slot]] = {
    "arithmetic": [Slot((*INIT, compute("add", "sub", "mul", "div")), 2, 4), QUERY],
    "rate_equation": [Slot(INIT, 2, 2), Slot((compute("mul"),)), QUERY],
    "percentage": [Slot(INIT, 2, 2), Slot((PERCENT,)), QUERY],
}
KEYS: dict[str, tuple[set[str], ...]] = {
    "init": ({"op", "var", "value"}, {"op", "var", "source"}),
    "compute": ({"op", "compute_op", "args", "var"},),
    "percent_off": ({"op", "args", "var"},),
    "query": ({"op", "var"},),
}
OPERATIONS = {"add", "sub", "mul", "div"}


def language_grammar() -> Grammar:
    return trace_grammar(LANGUAGE)


def is_trace(text: str) -> bool:
    import yaml  # type: ignore[import-untyped]

    try:
        document = yaml.safe_load(text)
    except yaml.YAMLError:
        return False
    parts = document if isinstance(document, list) else [document]
    return 1 <= len(parts) <= 2 and all(_is_part(part) for part in parts)


def _is_part(part: Any) -> bool:
    if not isinstance(part, dict) or set(part) != {"expert", "trace"}:
        return False
    steps = part["trace"]
    return (
        part["expert"] in LANGUAGE
        and isinstance(steps, list)
        and 3 <= len(steps) <= 5
        and all(_is_step(step) for step in steps)
        and [step["op"] == "query" for step in steps].index(True) == len(steps) - 1
    )


def _is_step(step: Any) -> bool:
    if not isinstance(step, dict) or set(step) not in KEYS.get(str(step.get("op")), ()):
        return False
    names = [step["var"], *([step["source"]] if "source" in step else [])]
    operands = step.get("args", [0])
    return (
        all(isinstance(name, str) for name in names)
        and isinstance(step.get("value", 0), int | float)
        and not isinstance(step.get("value", 0), bool)
        and step.get("compute_op", "add") in OPERATIONS
        and 1 <= len(operands) <= 3
        and all(type(operand) in (str, int, float) for operand in operands)
    )
