"""What the log's events write: decisions, outcomes, corrections, withdrawals.

Functions over an open write transaction (a `Head`). They append and never overwrite; who may
search what, and what is derived from the log, is somebody else's business.
"""

import hashlib
import uuid
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, TypeVar

from sqlalchemy import Connection, Table, insert, or_, select

from knowhow_memory.errors import ConflictError, InputError, NotFoundError, StoreError
from knowhow_memory.head import Head
from knowhow_memory.models import (
    Decision,
    DecisionCreate,
    Embedding,
    Event,
    Fault,
    Outcome,
    OutcomeCreate,
    Problem,
    Receipt,
    Tenant,
    Trajectory,
    now,
)
from knowhow_memory.rows import CHECKSUM, COLUMNS, OutcomeRow, vector_checksum, verified

T = TypeVar("T")
LOOKUP_CHUNK = 500
"""SQLite limits the number of values in one statement."""

DECISION: Table = Decision.__table__  # type: ignore[attr-defined]
EMBEDDING: Table = Embedding.__table__  # type: ignore[attr-defined]
OUTCOME: Table = Outcome.__table__  # type: ignore[attr-defined]
PROBLEM: Table = Problem.__table__  # type: ignore[attr-defined]
TENANT: Table = Tenant.__table__  # type: ignore[attr-defined]
TRAJECTORY: Table = Trajectory.__table__  # type: ignore[attr-defined]


class VectorsMissingError(StoreError):
    """Texts have no vector yet (a purge came in between): embed them and try again."""


class Vectors:
    """Vectors at hand for the texts of one write, under one embedder."""

    def __init__(self, fingerprint: str, by_digest: Mapping[str, bytes]) -> None:
        self.fingerprint = fingerprint
        self.by_digest = by_digest


def text_digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def embedded_digests(connection: Connection, fingerprint: str, digests: Iterable[str]) -> set[str]:
    """Which of the texts have a vector in the store."""
    c = EMBEDDING.c
    found: set[str] = set()
    for chunk in chunks(sorted(set(digests))):
        query = select(c.digest).where(c.embedder == fingerprint, c.digest.in_(chunk))
        found.update(connection.scalars(query))
    return found


def append_decision(head: Head, new: DecisionCreate, vectors: Vectors) -> Receipt:
    tenant_id = ensure_tenant(head.connection, new.tenant)
    problem_id = _ensure_problems(head.connection, tenant_id, [new.problem], vectors)[new.problem]
    if head.connection.scalar(select(DECISION.c.id).where(DECISION.c.id == new.id)):
        raise ConflictError(f"there is a decision {new.id!r} already")
    seq = head.next()
    values = new.model_dump(exclude={"tenant", "problem"})
    values |= {
        "seq": seq,
        "tenant_id": tenant_id,
        "problem_id": problem_id,
        "created_at": now(),
    }
    head.connection.execute(insert(DECISION), values)
    return Receipt(id=new.id, seq=seq)


def append_missing_decisions(head: Head, news: Sequence[DecisionCreate], vectors: Vectors) -> None:
    """Record those that are not there yet: what an import brings along with their outcomes."""
    there = _decisions(head.connection, [new.id for new in news]).keys()
    for new in {new.id: new for new in news if new.id not in there}.values():
        append_decision(head, new, vectors)


def append_outcomes(head: Head, news: Sequence[OutcomeCreate], vectors: Vectors) -> list[Receipt]:
    """Record all of them or, on any refusal, none."""
    connection = head.connection
    decisions = _decisions(connection, [n.decision_id for n in news if n.decision_id])
    tenants = {name: ensure_tenant(connection, name) for name in {n.tenant for n in news}}
    problems = {
        name: _ensure_problems(
            connection,
            tenant_id,
            [n.problem for n in news if n.tenant == name and n.problem and not n.decision_id],
            vectors,
        )
        for name, tenant_id in tenants.items()
    }
    known = _known_contents(connection, news, tenants)
    receipts: list[Receipt] = []
    rows: list[OutcomeRow] = []
    trajectories: list[dict[str, Any]] = []
    answered = _answered(connection, decisions)
    for new in news:
        tenant_id = tenants[new.tenant]
        decision = _decision_of(new, decisions, tenant_id)
        old = known.get((tenant_id, new.content_id)) if new.content_id else None
        if old is None and decision is not None:
            old = _same_answer(new, decision, answered)
        if old is not None:
            receipts.append(old)
            continue
        problem_id = decision["problem_id"] if decision else problems[new.tenant][new.problem or ""]
        row = _new_row(head.next(), new, tenant_id, problem_id, decision)
        rows.append(row)
        receipt = Receipt(id=row.id, seq=row.seq)
        receipts.append(receipt)
        known[tenant_id, row.content_id] = receipt.model_copy(update={"duplicate": True})
        if decision is not None:
            answered[row.decision_id or ""] = row
        if new.trajectory:
            trajectories.append({"outcome_id": row.id, "steps": new.trajectory})
    _write_rows(head, rows)
    if trajectories:
        connection.execute(insert(TRAJECTORY), trajectories)
    return receipts


def correct_outcome(
    head: Head,
    outcome_id: str,
    database: str,
    *,
    reward: float | None,
    fault: Fault | None,
    verified_by: str,
) -> Receipt:
    current = live_row(head.connection, outcome_id, database)
    checked = OutcomeCreate(
        problem="-",
        arm=current.arm,
        reward=reward if fault is not Fault.INFRA else None,
        fault=fault or Fault(current.fault),
        verified_by=verified_by,
    )
    return _replace(
        head,
        current,
        event=Event.CORRECTED,
        reward=checked.reward,
        fault=checked.fault.value,
        verified_by=checked.verified_by,
    )


def undo_outcome(head: Head, outcome_id: str, database: str) -> Receipt:
    current = live_row(head.connection, outcome_id, database)
    return _replace(head, current, event=Event.UNDONE, reward=None)


def live_row(connection: Connection, outcome_id: str, database: str) -> OutcomeRow:
    """The newest event of an outcome that has not been undone."""
    query = select(*COLUMNS, CHECKSUM).where(OUTCOME.c.id == outcome_id)
    found = connection.execute(query.order_by(OUTCOME.c.seq.desc()).limit(1)).first()
    if found is None:
        raise NotFoundError(
            f"no outcome {outcome_id!r}: `knowhow outcome list` shows the newest ones"
        )
    row = verified(tuple(found), database)
    if row.event == Event.UNDONE:
        raise ConflictError(f"outcome {outcome_id!r} was undone already: record it anew")
    return row


def find_tenant(connection: Connection, name: str) -> int | None:
    return connection.scalar(select(TENANT.c.id).where(TENANT.c.name == name))


def ensure_tenant(connection: Connection, name: str) -> int:
    found = find_tenant(connection, name)
    if found is None:
        made = connection.execute(insert(TENANT).values(name=name, created_at=now()))
        found = made.inserted_primary_key[0]  # type: ignore[index]  # one row was inserted
    return int(found)


def _ensure_problems(
    connection: Connection, tenant_id: int, texts: Sequence[str], vectors: Vectors
) -> dict[str, int]:
    digests = {text: text_digest(text) for text in texts}
    _ensure_vectors(connection, set(digests.values()), vectors)
    c = PROBLEM.c
    keys: dict[str, int] = {}

    def look_up(wanted: Iterable[str]) -> None:
        for chunk in chunks(sorted(wanted)):
            query = select(c.digest, c.id).where(c.tenant_id == tenant_id, c.digest.in_(chunk))
            keys.update((row.digest, row.id) for row in connection.execute(query))

    look_up(digests.values())
    new = {d: text for text, d in digests.items() if d not in keys}
    if new:
        rows = [{"tenant_id": tenant_id, "digest": d, "text": text} for d, text in new.items()]
        connection.execute(insert(PROBLEM), rows)
        look_up(new)
    return {text: keys[digest] for text, digest in digests.items()}


def _ensure_vectors(connection: Connection, digests: set[str], vectors: Vectors) -> None:
    missing = digests - embedded_digests(connection, vectors.fingerprint, digests)
    if not missing:
        return
    if not missing <= vectors.by_digest.keys():
        raise VectorsMissingError
    rows = [
        {
            "digest": digest,
            "embedder": vectors.fingerprint,
            "vector": vectors.by_digest[digest],
            "checksum": vector_checksum(digest, vectors.by_digest[digest]),
        }
        for digest in sorted(missing)
    ]
    connection.execute(insert(EMBEDDING), rows)


def _decisions(connection: Connection, ids: Sequence[str]) -> dict[str, Mapping[str, Any]]:
    c = DECISION.c
    columns = (c.id, c.tenant_id, c.problem_id, c.arm, c.fallback, c.task, c.principal, c.big_model)
    found: dict[str, Mapping[str, Any]] = {}
    for chunk in chunks(sorted(set(ids))):
        rows = connection.execute(select(*columns).where(c.id.in_(chunk)))
        found.update((row.id, dict(row._mapping)) for row in rows)
    return found


def _decision_of(
    new: OutcomeCreate, decisions: Mapping[str, Mapping[str, Any]], tenant_id: int
) -> Mapping[str, Any] | None:
    if new.decision_id is None:
        return None
    decision = decisions.get(new.decision_id)
    if decision is None or decision["tenant_id"] != tenant_id:
        raise NotFoundError(
            f"no decision {new.decision_id!r} for tenant {new.tenant!r}: "
            "`knowhow decisions list` shows them"
        )
    return decision


def _known_contents(
    connection: Connection, news: Sequence[OutcomeCreate], tenants: Mapping[str, int]
) -> dict[tuple[int, str | None], Receipt]:
    """What is there already, by content id: importing it again changes nothing.

    An export names an outcome without a content id by its id, so that counts too.
    """
    c = OUTCOME.c
    known: dict[tuple[int, str | None], Receipt] = {}
    for name, tenant_id in tenants.items():
        ids = {n.content_id for n in news if n.tenant == name and n.content_id}
        for chunk in chunks(sorted(ids)):
            same = or_(c.content_id.in_(chunk), c.id.in_(chunk))
            query = select(c.content_id, c.id, c.seq).where(
                c.tenant_id == tenant_id, same, c.event == Event.RECORDED.value
            )
            for row in connection.execute(query):
                receipt = Receipt(id=row.id, seq=row.seq, duplicate=True)
                known[tenant_id, row.content_id or row.id] = receipt
    return known


def _answered(connection: Connection, decisions: Iterable[str]) -> dict[str, OutcomeRow]:
    """The newest event for each decision that has an outcome already."""
    c = OUTCOME.c
    answered: dict[str, OutcomeRow] = {}
    for chunk in chunks(sorted(decisions)):
        query = select(*COLUMNS).where(c.decision_id.in_(chunk)).order_by(c.seq)
        for values in connection.execute(query):
            row = OutcomeRow(*values)
            answered[row.decision_id or ""] = row
    return answered


def _same_answer(
    new: OutcomeCreate, decision: Mapping[str, Any], answered: Mapping[str, OutcomeRow]
) -> Receipt | None:
    """A decision has one live outcome; saying the same again is a retry, not news."""
    old = answered.get(decision["id"])
    if old is None or old.event == Event.UNDONE or old.fault == Fault.INFRA:
        return None
    if old.reward == new.reward and old.fault == new.fault:
        return Receipt(id=old.id, seq=old.seq, duplicate=True)
    raise ConflictError(
        f"decision {decision['id']!r} has an outcome already: "
        f"change it with `knowhow outcome correct {old.id}`"
    )


def _new_row(
    seq: int,
    new: OutcomeCreate,
    tenant_id: int,
    problem_id: int,
    decision: Mapping[str, Any] | None,
) -> OutcomeRow:
    inherited: Mapping[str, Any] = decision or {}
    arm = new.arm or inherited.get("arm") or inherited.get("fallback")
    if arm is None:
        raise InputError(f"decision {new.decision_id!r} abstained: name the arm that was tried")
    moment = now()
    given = new.model_dump(include=set(OutcomeRow._fields))
    for name in ("task", "principal", "big_model"):
        given[name] = given[name] or inherited.get(name)
    given |= {
        "seq": seq,
        "id": uuid.uuid4().hex,
        "event": Event.RECORDED.value,
        "replaces": None,
        "tenant_id": tenant_id,
        "problem_id": problem_id,
        "arm": arm,
        "fault": new.fault.value,
        "occurred_at": moment if new.occurred_at is None else new.occurred_at,
        "recorded_at": moment,
    }
    return OutcomeRow(**given)


def _replace(head: Head, current: OutcomeRow, **changes: Any) -> Receipt:
    row = current._replace(seq=head.next(), replaces=current.seq, recorded_at=now(), **changes)
    row = row._replace(event=Event(row.event).value)
    _write_rows(head, [row])
    return Receipt(id=row.id, seq=row.seq)


def _write_rows(head: Head, rows: Sequence[OutcomeRow]) -> None:
    if not rows:
        return
    values = [row.stored() for row in rows]
    head.connection.execute(insert(OUTCOME), values)
    for value in values:
        head.add_event(value["checksum"])


def chunks(items: Sequence[T]) -> Iterable[Sequence[T]]:
    return (items[i : i + LOOKUP_CHUNK] for i in range(0, len(items), LOOKUP_CHUNK))
