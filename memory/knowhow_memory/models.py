"""What the store keeps: the tables, and the checked forms that go in and come out.

Everything that happened carries a sequence number from one counter (decisions, outcomes, their
corrections and withdrawals, purges). Rows are never overwritten: a correction or an undo is a new
outcome row that `replaces` an older one, and the live outcome is the one nobody replaced.
Table models do not validate, so only the `…Create` forms take data from outside.
"""

import time
import uuid
from enum import StrEnum
from typing import Any, Self

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator
from sqlalchemy import (
    JSON,
    BigInteger,
    Column,
    Index,
    Integer,
    LargeBinary,
    Text,
    UniqueConstraint,
    text,
)
from sqlmodel import Field as Column_
from sqlmodel import SQLModel

MAX_PROBLEM_BYTES = 1_000_000
"""A longer problem is a document: refuse it rather than embed its first lines silently."""
MAX_NAME_LENGTH = 300
ARM_SEPARATOR = "::"
"""Between specialist and strategy in an arm's name: `planner::greedy`."""

NEVER_REUSE_KEYS = {"sqlite_autoincrement": True}
"""The vector index knows problems by key: a purged key must not come back as another problem."""

# SQLite only autoincrements INTEGER keys, PostgreSQL needs 64 bits.
BigKey = BigInteger().with_variant(Integer, "sqlite")


class Event(StrEnum):
    RECORDED = "recorded"
    CORRECTED = "corrected"
    UNDONE = "undone"


class Fault(StrEnum):
    """Whose failure it was: a provider's (`infra`) teaches the statistics nothing."""

    AGENT = "agent"
    INFRA = "infra"


class Tenant(SQLModel, table=True):
    __table_args__ = NEVER_REUSE_KEYS

    id: int | None = Column_(default=None, primary_key=True)
    name: str = Column_(unique=True, max_length=MAX_NAME_LENGTH)
    created_at: float


class Problem(SQLModel, table=True):
    __table_args__ = (UniqueConstraint("tenant_id", "digest"), NEVER_REUSE_KEYS)

    id: int | None = Column_(default=None, sa_column=Column(BigKey, primary_key=True))
    tenant_id: int = Column_(foreign_key="tenant.id", index=True)
    digest: str = Column_(max_length=64, index=True)
    text: str = Column_(sa_column=Column(Text, nullable=False))


class Embedding(SQLModel, table=True):
    """One vector per text and embedder, shared by everybody who posed the same text."""

    digest: str = Column_(primary_key=True, max_length=64)
    embedder: str = Column_(primary_key=True, max_length=64)
    vector: bytes = Column_(sa_column=Column(LargeBinary, nullable=False))
    checksum: int = Column_(sa_column=Column(BigKey, nullable=False))


class Decision(SQLModel, table=True):
    id: str = Column_(primary_key=True, max_length=32)
    seq: int = Column_(sa_column=Column(BigKey, unique=True, nullable=False))
    tenant_id: int = Column_(foreign_key="tenant.id", index=True)
    problem_id: int = Column_(sa_column=Column(BigKey, nullable=False, index=True))
    task: str | None = Column_(default=None, max_length=MAX_NAME_LENGTH)
    principal: str | None = Column_(default=None, max_length=MAX_NAME_LENGTH, index=True)
    session: str | None = Column_(default=None, max_length=MAX_NAME_LENGTH)
    arm: str | None = Column_(default=None, max_length=MAX_NAME_LENGTH)
    fallback: str | None = Column_(default=None, max_length=MAX_NAME_LENGTH)
    cause: str = Column_(max_length=MAX_NAME_LENGTH)
    explored: bool = False
    propensity: float | None = None
    estimate: float | None = None
    low: float | None = None
    high: float | None = None
    candidates: list[dict[str, Any]] = Column_(
        default_factory=list, sa_column=Column(JSON, nullable=False)
    )
    learned_seq: int | None = Column_(default=None, sa_column=Column(BigKey))
    big_model: str | None = Column_(default=None, max_length=MAX_NAME_LENGTH)
    created_at: float


class Outcome(SQLModel, table=True):
    """One event of an outcome's life; `id` stays the same through corrections and undo."""

    __table_args__ = (
        Index(
            "ix_outcome_content",
            "tenant_id",
            "content_id",
            unique=True,
            sqlite_where=text("event = 'recorded'"),
            postgresql_where=text("event = 'recorded'"),
        ),
        Index("ix_outcome_tenant_arm", "tenant_id", "arm"),
    )

    seq: int = Column_(sa_column=Column(BigKey, primary_key=True, autoincrement=False))
    id: str = Column_(max_length=32, index=True)
    event: str = Column_(max_length=16)
    replaces: int | None = Column_(default=None, sa_column=Column(BigKey, unique=True))
    tenant_id: int = Column_(foreign_key="tenant.id")
    problem_id: int = Column_(sa_column=Column(BigKey, nullable=False, index=True))
    task: str | None = Column_(default=None, max_length=MAX_NAME_LENGTH)
    decision_id: str | None = Column_(default=None, max_length=32, index=True)
    arm: str = Column_(max_length=MAX_NAME_LENGTH)
    reward: float | None = None
    fault: str = Column_(default=Fault.AGENT, max_length=16)
    verified_by: str = Column_(max_length=MAX_NAME_LENGTH)
    principal: str | None = Column_(default=None, max_length=MAX_NAME_LENGTH, index=True)
    source: str | None = Column_(default=None, max_length=MAX_NAME_LENGTH)
    cost: float | None = None
    latency_s: float | None = None
    tokens_in: int | None = None
    tokens_out: int | None = None
    big_model: str | None = Column_(default=None, max_length=MAX_NAME_LENGTH)
    adapter_version: str | None = Column_(default=None, max_length=MAX_NAME_LENGTH)
    content_id: str | None = Column_(default=None, max_length=64)
    occurred_at: float
    recorded_at: float
    checksum: int = Column_(sa_column=Column(BigKey, nullable=False))


class Trajectory(SQLModel, table=True):
    """The steps behind an outcome, apart from it so that statistics read narrow rows."""

    outcome_id: str = Column_(primary_key=True, max_length=32)
    steps: list[dict[str, Any]] = Column_(sa_column=Column(JSON, nullable=False))


class Purge(SQLModel, table=True):
    """That something was purged, not whose it was: the name is what had to go."""

    seq: int = Column_(sa_column=Column(BigKey, primary_key=True, autoincrement=False))
    scope: str = Column_(max_length=16)
    removed: int
    recorded_at: float


class StoreFact(SQLModel, table=True):
    """Facts about the store as a whole: its identity, its head, its embedder."""

    __tablename__ = "store_fact"

    key: str = Column_(primary_key=True, max_length=64)
    value: str = Column_(sa_column=Column(Text, nullable=False))


class _Checked(BaseModel):
    model_config = ConfigDict(extra="forbid", allow_inf_nan=False)

    tenant: str = Field("default", min_length=1, max_length=MAX_NAME_LENGTH)
    principal: str | None = Field(None, min_length=1, max_length=MAX_NAME_LENGTH)
    problem: str | None = None
    task: str | None = Field(None, max_length=MAX_NAME_LENGTH)
    big_model: str | None = Field(None, max_length=MAX_NAME_LENGTH)

    @field_validator("*", mode="after")
    @classmethod
    def storable(cls, value: Any) -> Any:
        if isinstance(value, str):
            check_text(value)
        return value

    @field_validator("problem")
    @classmethod
    def sensible_problem(cls, problem: str | None) -> str | None:
        return None if problem is None else check_problem(problem)


class DecisionCreate(_Checked):
    problem: str
    cause: str = Field(min_length=1, max_length=MAX_NAME_LENGTH)
    arm: str | None = Field(None, min_length=1, max_length=MAX_NAME_LENGTH)
    fallback: str | None = Field(None, max_length=MAX_NAME_LENGTH)
    session: str | None = Field(None, max_length=MAX_NAME_LENGTH)
    explored: bool = False
    propensity: float | None = Field(None, gt=0, le=1)
    estimate: float | None = Field(None, ge=0, le=1)
    low: float | None = Field(None, ge=0, le=1)
    high: float | None = Field(None, ge=0, le=1)
    candidates: list[dict[str, Any]] = Field(default_factory=list)
    learned_seq: int | None = None
    id: str = Field(default_factory=lambda: uuid.uuid4().hex, pattern=r"^[0-9a-f]{32}$")


class OutcomeCreate(_Checked):
    """An outcome as it is reported: of a decision, or of an arm tried on a problem."""

    decision_id: str | None = None
    arm: str | None = Field(None, min_length=1, max_length=MAX_NAME_LENGTH)
    reward: float | None = Field(None, ge=0, le=1)
    fault: Fault = Fault.AGENT
    verified_by: str = Field("program", min_length=1, max_length=MAX_NAME_LENGTH)
    source: str | None = Field(None, max_length=MAX_NAME_LENGTH)
    cost: float | None = Field(None, ge=0)
    latency_s: float | None = Field(None, ge=0)
    tokens_in: int | None = Field(None, ge=0, lt=2**31)
    tokens_out: int | None = Field(None, ge=0, lt=2**31)
    adapter_version: str | None = Field(None, max_length=MAX_NAME_LENGTH)
    content_id: str | None = Field(None, min_length=1, max_length=64)
    trajectory: list[dict[str, Any]] | None = None
    occurred_at: float | None = None

    @model_validator(mode="after")
    def complete(self) -> Self:
        if self.decision_id is None and (self.problem is None or self.arm is None):
            raise ValueError("give a decision id, or both a problem and an arm")
        if self.fault is Fault.AGENT and self.reward is None:
            raise ValueError("give a reward between 0 and 1, or fault='infra'")
        if self.fault is Fault.INFRA and self.reward is not None:
            raise ValueError("a fault of the infrastructure has no reward: leave it out")
        return self


class OutcomePublic(BaseModel):
    """A live outcome as it is shown and exported."""

    id: str
    seq: int
    event: Event
    tenant: str
    problem: str
    task: str | None
    arm: str
    reward: float | None
    fault: Fault
    verified_by: str
    principal: str | None
    source: str | None
    decision_id: str | None
    propensity: float | None
    cost: float | None
    latency_s: float | None
    tokens_in: int | None
    tokens_out: int | None
    big_model: str | None
    adapter_version: str | None
    content_id: str | None
    occurred_at: float
    recorded_at: float
    trajectory: list[dict[str, Any]] | None = None


class Receipt(BaseModel):
    """What the writer gets once the outcome is durable."""

    model_config = ConfigDict(frozen=True)

    id: str
    seq: int
    duplicate: bool = False


def check_problem(problem: str) -> str:
    """A problem that can be kept and embedded, or a ValueError that says why not."""
    if not problem.strip():
        raise ValueError("the problem is empty")
    check_text(problem)
    size = len(problem.encode())
    if size > MAX_PROBLEM_BYTES:
        raise ValueError(f"the problem has {size:,} bytes; the limit is {MAX_PROBLEM_BYTES:,}")
    return problem


def check_text(text: str) -> None:
    if "\0" in text:
        raise ValueError("a text contains a NUL character: remove it")
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise ValueError(
            f"a text contains a lone surrogate at character {error.start}: decode it properly first"
        ) from None


def split_arm(arm: str) -> tuple[str, str | None]:
    """`"planner::greedy"` → `("planner", "greedy")`; a name without strategy has None."""
    specialist, separator, strategy = arm.partition(ARM_SEPARATOR)
    return specialist, strategy if separator else None


def now() -> float:
    return time.time()
