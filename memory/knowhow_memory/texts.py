"""Tenants, problems and their vectors: what an event refers to, made when it is first needed.

Functions over an open transaction. A text is known by its digest; one text has one vector for each
embedder, whoever posed it.
"""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from sqlalchemy import Connection, bindparam, insert, select

from knowhow_memory.errors import EmbedderError, StoreError
from knowhow_memory.head import Head
from knowhow_memory.models import now
from knowhow_memory.rows import damaged, tenant_checksum, vector_checksum
from knowhow_memory.tables import EMBEDDING, PROBLEM, TENANT, chunks

_TENANTS = select(TENANT.c.id, TENANT.c.name, TENANT.c.checksum)
_TENANT = _TENANTS.where(TENANT.c.name == bindparam("name"))
_EMBEDDED = select(EMBEDDING.c.digest).where(
    EMBEDDING.c.embedder == bindparam("embedder"),
    EMBEDDING.c.digest.in_(bindparam("digests", expanding=True)),
)
_PROBLEMS = select(PROBLEM.c.digest, PROBLEM.c.id).where(
    PROBLEM.c.tenant_id == bindparam("tenant"),
    PROBLEM.c.digest.in_(bindparam("digests", expanding=True)),
)


class VectorsMissingError(StoreError):
    """Texts have no vector yet (a purge came in between): embed them and try again."""


@dataclass(frozen=True)
class Vectors:
    """Vectors at hand for the texts of one write, under one embedder."""

    fingerprint: str
    by_digest: Mapping[str, bytes]


def text_digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def find_tenant(connection: Connection, name: str, database: str) -> int | None:
    """Its id. That there is none is only said when every tenant's name is as it was written."""
    found = connection.execute(_TENANT, {"name": name}).first()
    for _, known, checksum in [found] if found else connection.execute(_TENANTS):
        if tenant_checksum(known) != checksum:
            raise damaged("a tenant", database)
    return int(found.id) if found else None


def ensure_tenant(head: Head, name: str, database: str) -> int:
    found = find_tenant(head.connection, name, database)
    if found is None:
        row = {"name": name, "created_at": now(), "checksum": tenant_checksum(name)}
        made = head.connection.execute(insert(TENANT).values(row))
        found = made.inserted_primary_key[0]  # type: ignore[index]  # one row was inserted
    return int(found)


def embedded_digests(connection: Connection, fingerprint: str, digests: Iterable[str]) -> set[str]:
    """Which of the texts have a vector in the store."""
    found: set[str] = set()
    for chunk in chunks(sorted(set(digests))):
        found.update(
            connection.scalars(_EMBEDDED, {"embedder": fingerprint, "digests": list(chunk)})
        )
    return found


def ensure_problems(
    head: Head, tenant_id: int, texts: Iterable[str], vectors: Vectors
) -> dict[str, int]:
    """Text → problem id; new ones are written with their vectors."""
    digests = {text: text_digest(text) for text in texts}
    keys = _problem_ids(head.connection, tenant_id, digests.values())
    new = {digest: text for text, digest in digests.items() if digest not in keys}
    if new:
        _ensure_vectors(head, set(new), vectors)
        rows = [{"tenant_id": tenant_id, "digest": d, "text": text} for d, text in new.items()]
        head.connection.execute(insert(PROBLEM), rows)
        keys |= _problem_ids(head.connection, tenant_id, new)
    return {text: keys[digest] for text, digest in digests.items()}


def _problem_ids(connection: Connection, tenant_id: int, digests: Iterable[str]) -> dict[str, int]:
    keys: dict[str, int] = {}
    for chunk in chunks(sorted(digests)):
        rows = connection.execute(_PROBLEMS, {"tenant": tenant_id, "digests": list(chunk)})
        keys.update((row.digest, row.id) for row in rows)
    return keys


def _ensure_vectors(head: Head, digests: set[str], vectors: Vectors) -> None:
    if vectors.fingerprint != head.facts.embedder:
        raise EmbedderError(
            f"the store was re-embedded with {head.facts.embedder_name!r} meanwhile: open it again"
        )
    missing = digests - embedded_digests(head.connection, vectors.fingerprint, digests)
    if not missing:
        return
    if not missing <= vectors.by_digest.keys():
        raise VectorsMissingError("texts were purged while they were recorded: try again")
    rows = [
        {
            "digest": digest,
            "embedder": vectors.fingerprint,
            "vector": vectors.by_digest[digest],
            "checksum": vector_checksum(digest, vectors.by_digest[digest]),
        }
        for digest in sorted(missing)
    ]
    head.connection.execute(insert(EMBEDDING), rows)
