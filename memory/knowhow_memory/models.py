"""What the store keeps: the tables, and the checked forms that go in and come out.

Everything that happened carries a sequence number from one counter (decisions, outcomes, their
corrections and withdrawals, purges). Rows are never overwritten: a correction or an undo is a new
outcome row that `replaces` an older one, and the live outcome is the one nobody replaced.
Table models do not validate, so only the `…Create` forms take data from outside.
"""

import math
import time
import uuid
from enum import StrEnum
from typing import Annotated, Any, Self

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    field_validator,
    model_validator,
)
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
MAX_AMOUNT = 1e12
"""Of money or seconds: what is larger is a mistake, and must fit the columns' 32-bit floats."""
MAX_DEPTH = 50
"""Of nested lists and objects in a trajectory; readers of JSON give up at some hundred."""
MAX_BITS = 1000
"""Python refuses to read numbers of some thousand digits."""
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


def _checksum_column() -> Any:
    """What `rows.checksum` gave when the row was written; another value means damage."""
    return Column_(sa_column=Column("checksum", BigKey, nullable=False))


class Tenant(SQLModel, table=True):
    __table_args__ = NEVER_REUSE_KEYS

    id: int | None = Column_(default=None, primary_key=True)
    name: str = Column_(unique=True, max_length=MAX_NAME_LENGTH)
    created_at: float
    checksum: int = _checksum_column()


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
    checksum: int = _checksum_column()


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
    checksum: int = _checksum_column()


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
    )

    seq: int = Column_(sa_column=Column(BigKey, primary_key=True, autoincrement=False))
    id: str = Column_(max_length=32, index=True)
    event: str = Column_(max_length=16)
    replaces: int | None = Column_(default=None, sa_column=Column(BigKey, unique=True))
    tenant_id: int = Column_(foreign_key="tenant.id")
    problem_id: int = Column_(sa_column=Column(BigKey, nullable=False, index=True))
    task: str | None = Column_(default=None, max_length=MAX_NAME_LENGTH)
    decision_id: str | None = Column_(default=None, max_length=32, index=True)
    propensity: float | None = None
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
    steps_checksum: int | None = Column_(default=None, sa_column=Column(BigKey))
    """Of its trajectory; here, so that a missing one is noticed."""
    checksum: int = _checksum_column()


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
    checksum: int = _checksum_column()


def _no_truth_value(number: Any) -> Any:
    if isinstance(number, bool):
        raise ValueError("true and false are not numbers: give 1.0 or 0.0")
    return number


Number = Annotated[float, BeforeValidator(_no_truth_value)]
Whole = Annotated[int, BeforeValidator(_no_truth_value)]
Amount = Annotated[Number, Field(ge=0, le=MAX_AMOUNT)]
Tokens = Annotated[Whole, Field(ge=0, lt=2**31)]


class _Checked(BaseModel):
    model_config = ConfigDict(extra="forbid", allow_inf_nan=False)

    tenant: str = Field("default", min_length=1, max_length=MAX_NAME_LENGTH)
    principal: str | None = Field(None, min_length=1, max_length=MAX_NAME_LENGTH)
    problem: str | None = None
    task: str | None = Field(None, max_length=MAX_NAME_LENGTH)
    big_model: str | None = Field(None, max_length=MAX_NAME_LENGTH)

    @field_validator("*", mode="before")
    @classmethod
    def sound_text(cls, value: Any) -> Any:
        if isinstance(value, str):
            check_text(value)
        return value

    @field_validator("*", mode="after")
    @classmethod
    def storable(cls, value: Any) -> Any:
        if isinstance(value, float):
            return value + 0.0  # SQLite keeps no -0.0, and a checksum tells it from 0.0
        if isinstance(value, list):
            check_json(value)
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
    propensity: Number | None = Field(None, gt=0, le=1)
    estimate: Number | None = Field(None, ge=0, le=1)
    low: Number | None = Field(None, ge=0, le=1)
    high: Number | None = Field(None, ge=0, le=1)
    candidates: list[dict[str, Any]] = Field(default_factory=list)
    learned_seq: Whole | None = Field(None, ge=0, lt=2**63)
    id: str = Field(default_factory=lambda: uuid.uuid4().hex, pattern=r"^[0-9a-f]{32}$")


class OutcomeCreate(_Checked):
    """An outcome as it is reported: of a decision, or of an arm tried on a problem."""

    decision_id: str | None = None
    arm: str | None = Field(None, min_length=1, max_length=MAX_NAME_LENGTH)
    reward: Number | None = Field(None, ge=0, le=1)
    fault: Fault = Fault.AGENT
    verified_by: str = Field("program", min_length=1, max_length=MAX_NAME_LENGTH)
    source: str | None = Field(None, max_length=MAX_NAME_LENGTH)
    cost: Amount | None = None
    latency_s: Amount | None = None
    tokens_in: Tokens | None = None
    tokens_out: Tokens | None = None
    adapter_version: str | None = Field(None, max_length=MAX_NAME_LENGTH)
    content_id: str | None = Field(None, min_length=1, max_length=64)
    trajectory: list[dict[str, Any]] | None = None
    occurred_at: Number | None = None

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


def check_json(value: Any, depth: int = 0) -> None:
    """Refuse what no database keeps as JSON: with its neighbours it would stop a whole commit."""
    if depth > MAX_DEPTH:
        raise ValueError(f"it is nested more than {MAX_DEPTH} levels deep")
    if isinstance(value, str):
        check_text(value)
    elif isinstance(value, dict):
        for key, item in value.items():
            if not isinstance(key, str):
                raise ValueError(f"the key {key!r} is not a text")
            check_text(key)
            check_json(item, depth + 1)
    elif isinstance(value, list):
        for item in value:
            check_json(item, depth + 1)
    elif isinstance(value, float):
        if not math.isfinite(value):
            raise ValueError(f"it contains {value}, which JSON cannot say")
    elif isinstance(value, int):
        if value.bit_length() > MAX_BITS:
            raise ValueError(f"it contains an integer of over {MAX_BITS} bits: write it as a text")
    elif value is not None:
        raise ValueError(f"it contains a {type(value).__name__}, which JSON cannot say")


def split_arm(arm: str) -> tuple[str, str | None]:
    """`"planner::greedy"` → `("planner", "greedy")`; a name without strategy has None."""
    specialist, separator, strategy = arm.partition(ARM_SEPARATOR)
    return specialist, strategy if separator else None


def now() -> float:
    return time.time()
