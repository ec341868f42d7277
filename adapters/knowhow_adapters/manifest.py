"""What `knowhow.json` says of a version, and whether its files are the ones that were published.

Hashes only: what an adapter computes is proven where it is read. Imports nothing heavy, so that a
version can be looked at and named champion without loading a model.
"""

import hashlib
from collections.abc import Mapping
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, FiniteFloat, ValidationError

from knowhow_adapters.errors import AdapterBroken
from knowhow_adapters.names import REF
from knowhow_adapters.parts import CONFIG_FILE, LINEAGE_FILE, MANIFEST_FILE, WEIGHTS_FILE, Parts
from knowhow_adapters.strict_json import parse_object
from knowhow_memory.validation import one_line

MAX_MANIFEST_BYTES = 2**16
MAX_LINEAGE_BYTES = 2**22
"""A reward for each of some thousand problems, and room."""
SHA256 = r"^[0-9a-f]{64}$"
NEEDED = frozenset({CONFIG_FILE, WEIGHTS_FILE})
VOUCHED = NEEDED | {LINEAGE_FILE}


class Fingerprint(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)

    probes: str = Field(pattern=SHA256)
    dtype: str = Field(pattern=r"^(float32|float16|bfloat16)$")
    logits: list[list[FiniteFloat]]


class Manifest(BaseModel):
    """What `knowhow.json` says."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)

    format: Literal[1]
    ref: str = Field(pattern=REF)
    base: str = Field(max_length=300)
    base_hash: str = Field(pattern=SHA256)
    tokenizer_hash: str = Field(pattern=SHA256)
    files: dict[str, str]
    """Name → SHA-256."""
    fingerprint: Fingerprint


def read_manifest(parts: Parts) -> Manifest:
    content = parts.read(MANIFEST_FILE, MAX_MANIFEST_BYTES)
    try:
        manifest = Manifest.model_validate(parse_object(content, MANIFEST_FILE))
    except ValidationError as error:
        raise AdapterBroken(f"its {MANIFEST_FILE!r} is malformed: {one_line(error)}") from None
    if not NEEDED <= manifest.files.keys() <= VOUCHED:
        raise AdapterBroken(f"its {MANIFEST_FILE!r} does not vouch for every file")
    return manifest


def read_vouched(parts: Parts, name: str, limit: int, digests: Mapping[str, str]) -> bytearray:
    """A file, which is the published one if somebody vouches for it."""
    content = parts.read(name, limit)
    if name in digests and hashlib.sha256(content).hexdigest() != digests[name]:
        raise AdapterBroken(f"its {name!r} is not the file that was published")
    return content
