"""Agent data sets: a problem, the reasoning and actions on it, and how it ended.

Three shapes: TOUCAN (a question, messages with tool calls, and judges' assessments as JSON text),
AgentBank (conversations of `human` and `gpt` in thoughts and actions), and plain rows with
`problem`, `reasoning`, `actions` and `outcome`. AgentBank carries no outcome: name a field for it.
"""

import re
from collections.abc import Iterator, Sequence

from knowhow_memory.exchange.chat import content_of, role_of, said_first, steps_of, verdict
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
    as_list,
    as_name,
    as_number,
    as_object,
    as_text,
    as_time,
    first_of,
)
from knowhow_memory.models import MAX_NAME_LENGTH

SOURCE = "toucan"
PROBLEM_KEYS = ("question", "problem", "instruction", "query", "goal", "task")
ACTION_KEYS = ("actions", "steps", "trajectory")
TASK_KEYS = ("category", "domain", "dataset", "subset_name")
ASSESSMENT = "response_quality_assessment"
"""TOUCAN's judges rate an answer here; raw files put the judge's name behind the key."""
LOWEST, HIGHEST = 1, 5
"""The judges' scale of completeness: 5 is a request that was accomplished fully."""
ACKNOWLEDGED = re.compile(r"(ok|okay|understood|sure|got it)\b.{0,120}", re.IGNORECASE | re.DOTALL)
"""How a data set lets the model receive its instructions before the problem is posed."""
THOUGHT, ACTION = "Thought:", "\nAction:"


def recognises(record: Json) -> bool:
    if not isinstance(record, dict):
        return False
    if conversation_of(record):
        return "conversations" in record or "question" in record
    posed = any(isinstance(record.get(key), str) for key in PROBLEM_KEYS)
    return posed and any(key in record for key in ("reasoning", *ACTION_KEYS))


def convert(record: Json, wishes: Wishes) -> Sequence[Item]:
    if not isinstance(record, dict):
        raise RefusedError("the row is not an object")
    conversation = conversation_of(record)
    posed = next((text for key in PROBLEM_KEYS if (text := as_text(record.get(key)))), None)
    judged = _completeness(record)
    usual = verdict(record)
    return [
        outcome(
            tenant=wishes.tenant,
            problem=problem_of(record, wishes, posed or _posed_in(conversation)),
            task=_task(record),
            arm=arm_of(record, wishes, first_of(record, "arm", "agent", "model")),
            reward=reward_of(record, wishes, judged if usual is None else usual),
            verified_by="data set" if usual is not None or wishes.reward_field else "judge",
            source=SOURCE,
            big_model=as_name(record.get("model")),
            content_id=content_id(SOURCE, record),
            trajectory=[*_steps_of_row(record), *_steps_of_conversation(conversation)],
            occurred_at=as_time(first_of(record, "created_at", "timestamp")),
        )
    ]


def conversation_of(record: dict[str, Json]) -> list[dict[str, Json]]:
    messages = as_list(first_of(record, "conversations", "messages"))
    return [m for m in messages if isinstance(m, dict) and role_of(m) is not None]


def _posed_in(conversation: Sequence[dict[str, Json]]) -> str | None:
    """The first text of the user that is answered by more than an acknowledgement."""
    for index, answer in enumerate(conversation):
        if role_of(answer) == "assistant":
            text = as_text(content_of(answer)) or ""
            if not ACKNOWLEDGED.fullmatch(text.strip()):
                break
            rest = said_first(conversation[index + 1 :])
            if rest:
                return rest
    return said_first(conversation)


def _completeness(record: dict[str, Json]) -> float | None:
    assessments = (as_object(record[key]) for key in record if key.startswith(ASSESSMENT))
    scores = (as_number(first_of(found, "completeness.score")) for found in assessments)
    score = next((score for score in scores if score is not None), None)
    return None if score is None else (score - LOWEST) / (HIGHEST - LOWEST)


def _task(record: dict[str, Json]) -> str | None:
    task = as_name(first_of(record, *TASK_KEYS))
    return task if task and len(task) <= MAX_NAME_LENGTH else None


def _steps_of_row(record: dict[str, Json]) -> Iterator[Step]:
    reasoning = as_text(record.get("reasoning"))
    if reasoning:
        yield step("reasoning", content=reasoning)
    for key in ACTION_KEYS:
        for action in as_list(record.get(key)):
            yield {"kind": "action"} | (action if isinstance(action, dict) else {"content": action})


def _steps_of_conversation(conversation: Sequence[dict[str, Json]]) -> Iterator[Step]:
    for message in conversation:
        content = content_of(message)
        spoken = content.strip() if isinstance(content, str) else ""
        if role_of(message) != "assistant" or not spoken.startswith(THOUGHT):
            yield from steps_of([message])
            continue
        thought, _, action = spoken.removeprefix(THOUGHT).partition(ACTION)
        for kind, text in (("reasoning", thought), ("action", action)):
            if text.strip():
                yield step(kind, content=text.strip())


FORMAT = Format("toucan", recognises, convert)
