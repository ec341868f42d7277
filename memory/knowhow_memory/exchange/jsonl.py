"""Our own rows: what `export` writes, `import` takes back, and people write by hand.

A row is a flat object with the names of an outcome. Facts that only the exporting store can know
(its sequence number, when it recorded) are left behind on import; everything else comes back. An
outcome that answered a decision brings the decision along with its propensity, because an outcome
without it could not be corrected for what was explored.
"""

import json
from collections.abc import Sequence
from typing import Any

from pydantic import ValidationError

from knowhow_memory.exchange.records import (
    Format,
    Item,
    Wishes,
    arm_of,
    content_id,
    explain,
    outcome,
    problem_of,
    reward_of,
)
from knowhow_memory.exchange.values import Json, RefusedError, as_list, lookup
from knowhow_memory.models import DecisionCreate, OutcomeCreate, OutcomePublic

LEFT_BEHIND = frozenset({"id", "seq", "event", "propensity", "recorded_at"})
"""What an exported row says beyond an outcome that can be recorded."""
VERDICT_KEYS = frozenset({"arm", "reward", "fault"})
FOREIGN_KEYS = frozenset({"arms", "actions", "reasoning", "messages", "conversations"})
IMPORTED = "imported"
"""The cause of a decision that was taken elsewhere."""
ID_LENGTH = 64


def row_of(done: OutcomePublic) -> dict[str, Any]:
    """The exported form; its id stands in where the outcome has no content id of its own."""
    row = done.model_dump(mode="json", exclude_none=True)
    row.setdefault("content_id", done.id)
    return row


def line_of(row: dict[str, Any]) -> bytes:
    return json.dumps(row, ensure_ascii=False).encode() + b"\n"


def recognises(record: Json) -> bool:
    if not isinstance(record, dict) or "problem" not in record:
        return False
    return not record.keys().isdisjoint(VERDICT_KEYS) and record.keys().isdisjoint(FOREIGN_KEYS)


def convert(record: Json, wishes: Wishes) -> Sequence[Item]:
    if not isinstance(record, dict):
        raise RefusedError("the row is not an object")
    row = _named(record, wishes)
    if isinstance(row.get("trajectory"), str):
        row["trajectory"] = as_list(row["trajectory"])
    row.setdefault("tenant", wishes.tenant)
    row["content_id"] = _identity(row)
    propensity = row.get("propensity")
    new = outcome(**{key: value for key, value in row.items() if key not in LEFT_BEHIND})
    return [new] if new.decision_id is None else [_decision(new, propensity), new]


def _named(record: dict[str, Json], wishes: Wishes) -> dict[str, Json]:
    """The row with the fields that the user named in their proper places; nulls say nothing."""
    row = {key: value for key, value in record.items() if value is not None}
    wished = {
        "reward": (wishes.reward_field, reward_of),
        "arm": (wishes.arm_field or wishes.arm, arm_of),
        "problem": (wishes.problem_field, problem_of),
    }
    for name, (wish, take) in wished.items():
        if wish:
            row[name] = take(record, wishes, record.get(name))
    for path in (wishes.reward_field, wishes.arm_field, wishes.problem_field):
        if path and path not in wished and lookup(record, path) is not None:
            row.pop(path if path in row else path.partition(".")[0], None)
    return row


def _identity(row: dict[str, Json]) -> Json:
    own = row.get("content_id", row.get("id"))
    if isinstance(own, str) and 0 < len(own) <= ID_LENGTH:
        return own
    return content_id("outcome", row)


def _decision(new: OutcomeCreate, propensity: Json) -> DecisionCreate:
    if new.problem is None:
        raise RefusedError("an outcome of a decision needs its problem too")
    shared = new.model_dump(include={"tenant", "principal", "problem", "task", "big_model", "arm"})
    try:
        return DecisionCreate(
            **shared, id=str(new.decision_id), propensity=propensity, cause=IMPORTED
        )
    except ValidationError as error:
        raise RefusedError(explain(error)) from None


FORMAT = Format("jsonl", recognises, convert)
