"""What members of a team are asked and what they report, as it travels in messages.

Both are texts in a message's metadata, so that any AutoGen program can carry, show and save them
without knowing our types. Knows nothing of who works.
"""

from collections.abc import Iterable, Sequence
from enum import StrEnum
from typing import Any

from autogen_agentchat.messages import BaseChatMessage, TextMessage
from pydantic import BaseModel, ConfigDict, Field

from knowhow_agents.protocol.spec import Spec
from knowhow_agents.protocol.whisper import Whisper

DECISION = "knowhow.decision"
"""The decision that a message belongs to, by which its outcome can be told."""
ARM = "knowhow.arm"
REWARD = "knowhow.reward"
SOLVED = "knowhow.solved"
ORDER = "knowhow.order"
REPORT = "knowhow.report"


class Work(StrEnum):
    ANALYSE = "analyse"
    SOLVE = "solve"
    """By a strategy of one's own."""
    WHISPER = "whisper"
    EXECUTE = "execute"
    COMBINE = "combine"
    VERIFY = "verify"


class Job(BaseModel):
    """One piece of work; which fields are filled depends on the work."""

    model_config = ConfigDict(frozen=True)

    work: Work
    problem: str
    step: str = ""
    decision: str | None = None
    arm: str = ""
    spec: Spec = Field(default_factory=Spec.plain)
    record: str | None = None
    """The arm's, as the router tells it."""
    whisper: Whisper | None = None
    answer: str | None = None
    parts: tuple[tuple[str, str], ...] = ()

    def tags(self) -> dict[str, str]:
        found = {DECISION: self.decision, ARM: self.arm}
        return {key: value for key, value in found.items() if value}


class Report(BaseModel):
    """What came of a job. `failure` says in one line why nothing did."""

    work: Work
    step: str = ""
    failure: str | None = None
    infra: bool = False
    """Whether it was a provider's failure, which says nothing about who was asked."""
    spec: Spec | None = None
    whisper: Whisper | None = None
    answer: str | None = None
    reward: float | None = Field(None, ge=0, le=1, allow_inf_nan=False)
    verified_by: str = ""
    notes: list[str] = Field(default_factory=list)
    cost: float | None = None
    adapter_version: str | None = None
    trajectory: list[dict[str, Any]] = Field(default_factory=list)
    seconds: float = 0.0


class _Order(BaseModel):
    jobs: list[Job]


def order(jobs: Sequence[Job], source: str) -> TextMessage:
    """For one member's eyes."""
    told = "\n".join(job.problem for job in jobs)
    written = _Order(jobs=list(jobs)).model_dump_json()
    return TextMessage(content=told, source=source, metadata={ORDER: written})


def ordered(messages: Iterable[BaseChatMessage]) -> list[Job]:
    """The last order says all that is to be done; one before it was interrupted."""
    orders = [message.metadata[ORDER] for message in messages if ORDER in message.metadata]
    return _Order.model_validate_json(orders[-1]).jobs if orders else []


def reporting(report: Report, job: Job, source: str, told: str) -> TextMessage:
    metadata = {**job.tags(), REPORT: report.model_dump_json()}
    if report.reward is not None:
        metadata[REWARD] = f"{report.reward:g}"
    return TextMessage(content=told, source=source, metadata=metadata)


def reported(message: object) -> Report | None:
    if isinstance(message, BaseChatMessage) and REPORT in message.metadata:
        return Report.model_validate_json(message.metadata[REPORT])
    return None
