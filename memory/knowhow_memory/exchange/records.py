"""The contract between files, formats and the import: one raw record in, outcomes or a reason out.

A format is three or four pure functions. It never sees a file or the store, so every one of them
can be tried on a dictionary.
"""

import hashlib
import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

from knowhow_memory.exchange.values import (
    Json,
    RefusedError,
    as_name,
    as_reward,
    as_text,
    lookup,
)
from knowhow_memory.models import DecisionCreate, OutcomeCreate

Item = DecisionCreate | OutcomeCreate
Step = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Record:
    """One value of a file, where it stands (line or row), and about how many bytes it took."""

    number: int
    value: Json
    size: int


@dataclass(frozen=True, slots=True)
class Refusal:
    number: int
    reason: str


@dataclass(frozen=True, slots=True)
class Wishes:
    """What the user says about a file that the file does not say itself."""

    tenant: str = "default"
    arm: str | None = None
    arm_field: str | None = None
    reward_field: str | None = None
    problem_field: str | None = None


@dataclass(frozen=True, slots=True)
class Format:
    """How one kind of record becomes outcomes.

    `split` is set where the facts of one outcome are scattered over records (spans of a trace): it
    takes a record apart into (trace id, part), and `convert` then gets all parts of one trace.
    """

    name: str
    recognises: Callable[[Json], bool]
    convert: Callable[[Any, Wishes], Sequence[Item]]
    split: Callable[[Json], Iterator[tuple[str, Json]]] | None = None


def outcome(**fields: Any) -> OutcomeCreate:
    """The checked form, or the first complaint about these fields as a refusal."""
    try:
        return OutcomeCreate(**fields)
    except ValidationError as error:
        raise RefusedError(explain(error)) from None


def explain(error: ValidationError) -> str:
    """The first complaint, as a person would say it."""
    first = error.errors(include_url=False, include_input=False, include_context=False)[0]
    message = first["msg"].removeprefix("Value error, ")
    if first["type"] == "extra_forbidden":
        return f"unknown field {str(first['loc'][-1])!r}"
    if first["type"] == "value_error":
        return message
    return f"{'.'.join(map(str, first['loc']))}: {message}"


def content_id(kind: str, content: Json) -> str:
    """The same content gives the same id, wherever and however often it is read."""
    canonical = json.dumps([kind, content], sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()


def step(kind: str, **facts: Json) -> Step:
    """One step of a trajectory: what kind it was, and what is known about it."""
    return {"kind": kind} | {key: fact for key, fact in facts.items() if fact not in (None, "", [])}


def reward_of(record: Json, wishes: Wishes, usual: Json) -> float:
    """From the field the user named, or else from where this format keeps it."""
    return as_reward(lookup(record, wishes.reward_field) if wishes.reward_field else usual)


def arm_of(record: Json, wishes: Wishes, usual: Json) -> str:
    named = lookup(record, wishes.arm_field) if wishes.arm_field else None
    arm = as_name(named) or wishes.arm or as_name(usual)
    if arm is None:
        raise RefusedError("nothing says which arm it was: name it with --arm or --arm-field")
    return arm


def problem_of(record: Json, wishes: Wishes, usual: Json) -> str:
    problem = as_text(lookup(record, wishes.problem_field) if wishes.problem_field else usual)
    if problem is None:
        raise RefusedError("no problem text")
    return problem
