"""LangSmith run exports: every run of a trace a record, the verdict in the root's feedback.

Runs of one trace may lie anywhere in the file. The outermost run gives problem, arm, outcome and
cost; all runs in their order are the trajectory. A root that died of its provider and that nobody
rated is kept as the infrastructure's fault; any other without feedback is refused.
"""

from collections import deque
from collections.abc import Iterator, Sequence

from knowhow_memory.exchange.chat import ROLES, content_of
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

SOURCE = "langsmith"
PROBLEM_KEYS = ("input", "question", "query", "problem", "task", "prompt", "goal", "text")
MESSAGE_CLASSES = {"HumanMessage": "user", "HumanMessageChunk": "user"}
MODEL_PATHS = (
    "extra.metadata.ls_model_name",
    "extra.invocation_params.model",
    "extra.invocation_params.model_name",
)


def recognises(record: Json) -> bool:
    if not isinstance(record, dict):
        return False
    runs = record.get("runs")
    if isinstance(runs, list):
        return any(_is_run(run) for run in runs)
    return _is_run(record)


def _is_run(value: Json) -> bool:
    return isinstance(value, dict) and "run_type" in value and _id_of(value) is not None


def split(record: Json) -> Iterator[tuple[str, Json]]:
    """The runs of a record: itself, those in an envelope, and those nested as children."""
    if not recognises(record):
        raise RefusedError("neither a run nor an object with runs")
    waiting = deque(record["runs"] if isinstance(record.get("runs"), list) else [record])
    while waiting:
        run = waiting.popleft()
        if not _is_run(run):
            continue
        waiting.extend(as_list(run.get("child_runs")))
        alone = {key: value for key, value in run.items() if key != "child_runs"}
        yield str(as_name(run.get("trace_id")) or _id_of(run)), alone


def convert(runs: Sequence[dict[str, Json]], wishes: Wishes) -> Sequence[Item]:
    ordered = sorted(runs, key=_order)
    root = _root(ordered)
    metadata = as_object(first_of(root, "extra.metadata"))
    rated = None if wishes.reward_field else _feedback(root)
    failed = _verdict(root, wishes, rated) is None and is_provider_failure(root.get("error"))
    started, ended = as_time(root.get("start_time")), as_time(root.get("end_time"))
    models = (first_of(run, *MODEL_PATHS) for run in ordered)
    return [
        outcome(
            tenant=wishes.tenant,
            problem=problem_of(root, wishes, _posed_in(as_object(root.get("inputs")))),
            arm=arm_of(root, wishes, root.get("name")),
            reward=None if failed else reward_of(root, wishes, rated[1] if rated else None),
            fault=Fault.INFRA if failed else Fault.AGENT,
            verified_by=f"feedback {rated[0]}" if rated else "log",
            principal=as_name(metadata.get("user_id")),
            source=SOURCE,
            cost=as_amount(root.get("total_cost")),
            latency_s=as_amount(ended - started) if started and ended else None,
            tokens_in=as_count(root.get("prompt_tokens")),
            tokens_out=as_count(root.get("completion_tokens")),
            big_model=next((name for name in map(as_name, models) if name), None),
            content_id=content_id(SOURCE, _id_of(root)),
            trajectory=[_step(run) for run in ordered],
            occurred_at=ended or started,
        )
    ]


def _id_of(run: dict[str, Json]) -> str | None:
    return as_name(first_of(run, "id", "run_id"))


def _order(run: dict[str, Json]) -> tuple[str, str]:
    """`dotted_order` sorts a tree as it happened; without it the start has to do."""
    return str(run.get("dotted_order") or ""), str(run.get("start_time") or "")


def _root(runs: Sequence[dict[str, Json]]) -> dict[str, Json]:
    """The run without a parent in the file: exports may be filtered below the real root."""
    known = {_id_of(run) for run in runs}
    return next((run for run in runs if as_name(run.get("parent_run_id")) not in known), runs[0])


def _feedback(root: dict[str, Json]) -> tuple[str, Json] | None:
    stats = as_object(root.get("feedback_stats"))
    rated = {key: first_of(value, "avg") if isinstance(value, dict) else value
             for key, value in stats.items()}  # fmt: skip
    numbers = {key: value for key, value in rated.items() if as_number(value) is not None}
    if len(numbers) > 1:
        raise RefusedError(
            "several kinds of feedback: choose with --reward-field feedback_stats.KEY.avg"
        )
    return next(iter(numbers.items()), None)


def _verdict(root: dict[str, Json], wishes: Wishes, rated: tuple[str, Json] | None) -> Json:
    return first_of(root, wishes.reward_field) if wishes.reward_field else rated


def _posed_in(inputs: dict[str, Json]) -> str | None:
    said = _said_in(as_list(first_of(inputs, "messages", "input")))
    if said:
        return said
    texts = [inputs[key] for key in PROBLEM_KEYS if isinstance(inputs.get(key), str)]
    if not texts and len(inputs) == 1:
        texts = list(inputs.values())
    return next((text for text in map(as_text, texts) if text), None)


def _said_in(messages: Sequence[Json]) -> str | None:
    """The user's first text, in plain messages, LangChain's serialised ones, or pairs."""
    if messages and isinstance(messages[0], list) and not _is_pair(messages[0]):
        messages = messages[0]
    for message in messages:
        speaker, content = _speaker_and_content(message)
        text = as_text(content)
        if speaker == "user" and text:
            return text
    return None


def _is_pair(value: list[Json]) -> bool:
    return len(value) == 2 and all(isinstance(part, str) for part in value)


def _speaker_and_content(message: Json) -> tuple[str | None, Json]:
    if isinstance(message, list) and _is_pair(message):
        return ROLES.get(message[0], message[0]), message[1]
    if not isinstance(message, dict):
        return None, None
    names = message.get("id")
    if isinstance(names, list) and names and "kwargs" in message:
        kwargs = as_object(message["kwargs"])
        return MESSAGE_CLASSES.get(str(names[-1])), kwargs.get("content")
    role = str(first_of(message, "role", "type")).lower()
    return ROLES.get(role, role), content_of(message)


def _step(run: dict[str, Json]) -> Step:
    started, ended = as_time(run.get("start_time")), as_time(run.get("end_time"))
    return step(
        as_name(run.get("run_type")) or "run",
        name=run.get("name"),
        input=as_object(run.get("inputs")) or run.get("inputs"),
        output=as_object(run.get("outputs")) or run.get("outputs"),
        error=run.get("error"),
        seconds=as_amount(ended - started) if started and ended else None,
    )


FORMAT = Format("langsmith", recognises, convert, split)
