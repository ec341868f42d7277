"""Where a version comes from: `lineage.json`, written once and vouched for beside the weights.

What it was trained on is told by digests and numbers, never by anybody's words or names. Knows
nothing about how a version is trained or judged: figures are taken as they are given.
"""

import hashlib
from collections.abc import Mapping
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from typing import Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, FiniteFloat, ValidationError

from knowhow_adapters.errors import AdapterBroken
from knowhow_adapters.manifest import SHA256
from knowhow_adapters.names import REF
from knowhow_adapters.parts import LINEAGE_FILE
from knowhow_adapters.strict_json import parse_object
from knowhow_memory.validation import one_line

Verdict = Literal["better", "not shown", "worse"]
PREFERS = "prefers_strategies"
"""Among the settings: whether it learnt from strategies that were tried."""


class Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Data(Part):
    """The outcomes a version learnt from."""

    digest: str = Field(pattern=SHA256)
    first_seq: int = Field(ge=0)
    last_seq: int = Field(ge=0)
    n: int = Field(ge=0)


class Gate(Part):
    """How the version did against the champion of its time, on problems neither had seen."""

    verdict: Verdict
    champion: str | None = Field(None, pattern=REF)
    evidence: FiniteFloat
    n: int = Field(ge=0)
    gain: FiniteFloat
    gain_low: FiniteFloat
    gain_high: FiniteFloat
    reasons: tuple[str, ...] = ()
    rewards: Mapping[str, FiniteFloat] = Field(default_factory=dict)
    """Held-out problem, by its digest → this version's reward."""


class Lineage(Part):
    """What `lineage.json` says."""

    format: Literal[1] = 1
    origin: Literal["trained", "imported"]
    parent: str | None = Field(None, pattern=REF)
    """The version whose weights it began from."""
    data: Data | None = None
    sources: tuple[str, ...] = ()
    """`source_digest` of every tenant and principal it learnt from, itself or through its parent:
    to find the versions that know what was purged since."""
    gate: Gate | None = None
    seed: int | None = None
    settings: Mapping[str, str | int | FiniteFloat | bool | None] = Field(default_factory=dict)
    """Of the training: rank, learning rate and the like."""
    code: str = Field(default_factory=lambda: code_version())
    created_at: AwareDatetime = Field(default_factory=lambda: datetime.now(UTC))

    @property
    def prefers_strategies(self) -> bool:
        """Whether it is worth asking which way."""
        return self.settings.get(PREFERS) is True


def source_digest(kind: Literal["tenant", "principal"], name: str) -> str:
    return hashlib.sha256(f"{kind}\0{name}".encode()).hexdigest()


def code_version() -> str:
    try:
        return version("knowhow")
    except PackageNotFoundError:
        return "unknown"


def render_lineage(lineage: Lineage) -> bytes:
    return lineage.model_dump_json(indent=2).encode()


def parse_lineage(content: bytes | bytearray) -> Lineage:
    try:
        return Lineage.model_validate(parse_object(content, LINEAGE_FILE))
    except ValidationError as error:
        raise AdapterBroken(f"its {LINEAGE_FILE!r} is malformed: {one_line(error)}") from None


def inherit(lineage: Lineage, parent: Lineage) -> Lineage:
    """Who began from a version has learnt what that one learnt."""
    sources = sorted({*lineage.sources, *parent.sources})
    return lineage.model_copy(update={"sources": tuple(sources)})
