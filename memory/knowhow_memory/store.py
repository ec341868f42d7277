"""What the log's events write: decisions, outcomes, corrections, withdrawals.

Functions over an open write transaction (a `Head`). They append and never overwrite; who may
search what, and what is derived from the log, is somebody else's business.
"""

import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Self

from sqlalchemy import Connection, bindparam, insert, literal_column, select

from knowhow_memory.errors import ConflictError, InputError, NotFoundError
from knowhow_memory.head import Head
from knowhow_memory.models import (
    DecisionCreate,
    Event,
    Fault,
    OutcomeCreate,
    Receipt,
    now,
)
from knowhow_memory.rows import (
    CHECKSUM,
    COLUMNS,
    OutcomeRow,
    damaged,
    decision_checksum,
    json_checksum,
    verified,
)
from knowhow_memory.tables import DECISION, OUTCOME, TRAJECTORY, chunks
from knowhow_memory.texts import Vectors, ensure_problems, ensure_tenant

DecisionValues = Mapping[str, Any]

_ADD_OUTCOME = insert(OUTCOME)
_DECISIONS = select(DECISION).where(DECISION.c.id.in_(bindparam("ids", expanding=True)))
_RECORDED = select(OUTCOME.c.tenant_id, OUTCOME.c.content_id, OUTCOME.c.id, OUTCOME.c.seq).where(
    # Written out, because a parameter would keep SQLite from using the index of recorded events.
    OUTCOME.c.event == literal_column(f"'{Event.RECORDED.value}'")
)
_BY_CONTENT = _RECORDED.where(
    OUTCOME.c.tenant_id == bindparam("tenant"),
    OUTCOME.c.content_id.in_(bindparam("contents", expanding=True)),
)
_BY_ID = _RECORDED.where(OUTCOME.c.id.in_(bindparam("contents", expanding=True)))
"""An export names an outcome without a content id by its id."""
_ANSWERS = (
    select(*COLUMNS, CHECKSUM)
    .where(OUTCOME.c.decision_id.in_(bindparam("ids", expanding=True)))
    .order_by(OUTCOME.c.seq)
)
_NEWEST_EVENT = (
    select(*COLUMNS, CHECKSUM)
    .where(OUTCOME.c.id == bindparam("which"))
    .order_by(OUTCOME.c.seq.desc())
    .limit(1)
)


def append_decision(head: Head, new: DecisionCreate, vectors: Vectors, database: str) -> Receipt:
    if _decisions(head.connection, [new.id], database):
        raise ConflictError(f"there is a decision {new.id!r} already")
    tenant_id = ensure_tenant(head, new.tenant, database)
    values = new.model_dump(exclude={"tenant", "problem"})
    values |= {
        "seq": head.next(),
        "tenant_id": tenant_id,
        "problem_id": ensure_problems(head, tenant_id, [new.problem], vectors)[new.problem],
        "created_at": now(),
    }
    values["checksum"] = decision_checksum(values)
    head.connection.execute(insert(DECISION), values)
    return Receipt(id=new.id, seq=values["seq"])


def append_missing_decisions(
    head: Head, news: Sequence[DecisionCreate], vectors: Vectors, database: str
) -> None:
    """Record those that are not there yet: what an import brings along with their outcomes."""
    there = _decisions(head.connection, [new.id for new in news], database)
    for new in {new.id: new for new in news if new.id not in there}.values():
        append_decision(head, new, vectors, database)


def append_outcomes(
    head: Head, news: Sequence[OutcomeCreate], vectors: Vectors, database: str
) -> list[Receipt]:
    """Record all of them or, on any refusal, none."""
    surroundings = _Surroundings.of(head, news, vectors, database)
    rows: list[OutcomeRow] = []
    steps: list[dict[str, Any]] = []
    receipts: list[Receipt] = []
    for new in news:
        decision = surroundings.decision_of(new)
        receipt = surroundings.known(new, decision)
        if receipt is None:
            row = _new_row(head.next(), new, surroundings, decision)
            rows.append(row)
            if new.trajectory:
                steps.append({"outcome_id": row.id, "steps": new.trajectory})
            surroundings.note(row)
            receipt = Receipt(id=row.id, seq=row.seq)
        receipts.append(receipt)
    _write_rows(head, rows)
    if steps:
        head.connection.execute(insert(TRAJECTORY), steps)
    return receipts


@dataclass(frozen=True)
class _Surroundings:
    """What the store holds already around the outcomes that are being recorded."""

    tenants: Mapping[str, int]
    problems: Mapping[tuple[int, str], int]
    decisions: Mapping[str, DecisionValues]
    answers: dict[str, OutcomeRow] = field(default_factory=dict)
    contents: dict[tuple[int, str], Receipt] = field(default_factory=dict)

    @classmethod
    def of(cls, head: Head, news: Sequence[OutcomeCreate], vectors: Vectors, database: str) -> Self:
        connection = head.connection
        texts: dict[str, list[str]] = {new.tenant: [] for new in news}
        contents: dict[str, list[str]] = {new.tenant: [] for new in news}
        for new in news:
            if new.problem is not None and new.decision_id is None:
                texts[new.tenant].append(new.problem)
            if new.content_id is not None:
                contents[new.tenant].append(new.content_id)
        tenants = {name: ensure_tenant(head, name, database) for name in texts}
        problems: dict[tuple[int, str], int] = {}
        known: dict[tuple[int, str], Receipt] = {}
        for name, tenant_id in tenants.items():
            keys = ensure_problems(head, tenant_id, texts[name], vectors)
            problems |= {(tenant_id, text): key for text, key in keys.items()}
            known |= _known_contents(connection, tenant_id, contents[name])
        asked = [new.decision_id for new in news if new.decision_id is not None]
        decisions = _decisions(connection, asked, database)
        return cls(tenants, problems, decisions, _answers(connection, decisions, database), known)

    def decision_of(self, new: OutcomeCreate) -> DecisionValues | None:
        if new.decision_id is None:
            return None
        decision = self.decisions.get(new.decision_id)
        if decision is None or decision["tenant_id"] != self.tenants[new.tenant]:
            raise NotFoundError(
                f"no decision {new.decision_id!r} for tenant {new.tenant!r}: "
                "`knowhow decisions list` shows them"
            )
        return decision

    def known(self, new: OutcomeCreate, decision: DecisionValues | None) -> Receipt | None:
        """The receipt of before, when this is only said again."""
        if new.content_id is not None:
            found = self.contents.get((self.tenants[new.tenant], new.content_id))
            if found is not None:
                return found
        return None if decision is None else _same_answer(new, self.answers.get(decision["id"]))

    def problem_id(self, new: OutcomeCreate, decision: DecisionValues | None) -> int:
        if decision is not None:
            return int(decision["problem_id"])
        return self.problems[self.tenants[new.tenant], new.problem or ""]

    def note(self, row: OutcomeRow) -> None:
        if row.content_id is not None:
            again = Receipt(id=row.id, seq=row.seq, duplicate=True)
            self.contents[row.tenant_id, row.content_id] = again
        if row.decision_id is not None and row.fault == Fault.AGENT:
            self.answers[row.decision_id] = row


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
        reward=reward,
        fault=fault or Fault(current.fault),
        verified_by=verified_by,
    )
    if current.decision_id is not None and checked.fault is Fault.AGENT:
        answer = _answers(head.connection, [current.decision_id], database).get(current.decision_id)
        if answer is not None and answer.id != current.id:
            raise _answered_already(answer)
    return _replace(
        head,
        current,
        event=Event.CORRECTED.value,
        reward=checked.reward,
        fault=checked.fault.value,
        verified_by=checked.verified_by,
    )


def undo_outcome(head: Head, outcome_id: str, database: str) -> Receipt:
    current = live_row(head.connection, outcome_id, database)
    return _replace(head, current, event=Event.UNDONE.value, reward=None)


def live_seq(connection: Connection, outcome_id: str, database: str) -> int | None:
    """The number of its newest event, if it has not been undone."""
    try:
        return live_row(connection, outcome_id, database).seq
    except (NotFoundError, ConflictError):
        return None


def live_row(connection: Connection, outcome_id: str, database: str) -> OutcomeRow:
    """The newest event of an outcome that has not been undone."""
    found = connection.execute(_NEWEST_EVENT, {"which": outcome_id}).first()
    if found is None:
        raise NotFoundError(
            f"no outcome {outcome_id!r}: `knowhow outcome list` shows the newest ones"
        )
    row = verified(tuple(found), database)
    if row.event == Event.UNDONE:
        raise ConflictError(f"outcome {outcome_id!r} was undone already: record it anew")
    return row


def _decisions(
    connection: Connection, ids: Sequence[str], database: str
) -> dict[str, DecisionValues]:
    found: dict[str, DecisionValues] = {}
    for chunk in chunks(sorted(set(ids))):
        for row in connection.execute(_DECISIONS, {"ids": list(chunk)}):
            values = row._asdict()
            if decision_checksum(values) != values["checksum"]:
                raise damaged(f"decision {row.id!r}", database)
            found[row.id] = values
    return found


def _known_contents(
    connection: Connection, tenant_id: int, contents: Iterable[str]
) -> dict[tuple[int, str], Receipt]:
    """What is there already, by content id: importing it again changes nothing."""
    known: dict[tuple[int, str], Receipt] = {}
    for chunk in chunks(sorted(set(contents))):
        wanted = {"contents": list(chunk)}
        by_content = connection.execute(_BY_CONTENT, wanted | {"tenant": tenant_id})
        for row in (*by_content, *connection.execute(_BY_ID, wanted)):
            if row.tenant_id == tenant_id:
                receipt = Receipt(id=row.id, seq=row.seq, duplicate=True)
                known[tenant_id, row.content_id or row.id] = receipt
    return known


def _answers(
    connection: Connection, decisions: Iterable[str], database: str
) -> dict[str, OutcomeRow]:
    """For each decision the live outcome that says how its arm did, if there is one."""
    newest: dict[str, OutcomeRow] = {}
    for chunk in chunks(sorted(decisions)):
        for values in connection.execute(_ANSWERS, {"ids": list(chunk)}):
            row = verified(tuple(values), database)
            newest[row.id] = row
    return {
        row.decision_id: row
        for row in newest.values()
        if row.decision_id and row.event != Event.UNDONE and row.fault == Fault.AGENT
    }


def _same_answer(new: OutcomeCreate, answer: OutcomeRow | None) -> Receipt | None:
    """A decision has one live answer; saying the same again is a retry, not news."""
    if answer is None:
        return None
    if (answer.reward, answer.fault) != (new.reward, new.fault):
        raise _answered_already(answer)
    return Receipt(id=answer.id, seq=answer.seq, duplicate=True)


def _answered_already(answer: OutcomeRow) -> ConflictError:
    return ConflictError(
        f"decision {answer.decision_id!r} has an outcome already: "
        f"change it with `knowhow outcome correct {answer.id}`"
    )


def _new_row(
    seq: int, new: OutcomeCreate, surroundings: _Surroundings, decision: DecisionValues | None
) -> OutcomeRow:
    inherited: DecisionValues = decision or {}
    chosen = inherited.get("arm") or inherited.get("fallback")
    arm = new.arm or chosen
    if arm is None:
        raise InputError(f"decision {new.decision_id!r} abstained: name the arm that was tried")
    moment = now()
    return OutcomeRow(
        seq=seq,
        id=uuid.uuid4().hex,
        event=Event.RECORDED.value,
        replaces=None,
        tenant_id=surroundings.tenants[new.tenant],
        problem_id=surroundings.problem_id(new, decision),
        task=new.task or inherited.get("task"),
        decision_id=new.decision_id,
        # Another arm than the chosen one was not drawn with the decision's probability.
        propensity=inherited.get("propensity") if arm == chosen else None,
        arm=arm,
        reward=new.reward,
        fault=new.fault.value,
        verified_by=new.verified_by,
        principal=new.principal or inherited.get("principal"),
        source=new.source,
        cost=new.cost,
        latency_s=new.latency_s,
        tokens_in=new.tokens_in,
        tokens_out=new.tokens_out,
        big_model=new.big_model or inherited.get("big_model"),
        adapter_version=new.adapter_version,
        content_id=new.content_id,
        occurred_at=moment if new.occurred_at is None else new.occurred_at,
        recorded_at=moment,
        steps_checksum=json_checksum(new.trajectory) if new.trajectory else None,
    )


def _replace(head: Head, current: OutcomeRow, **changes: Any) -> Receipt:
    row = current._replace(seq=head.next(), replaces=current.seq, recorded_at=now(), **changes)
    _write_rows(head, [row])
    return Receipt(id=row.id, seq=row.seq)


def _write_rows(head: Head, rows: Sequence[OutcomeRow]) -> None:
    if not rows:
        return
    values = [row.stored() for row in rows]
    head.connection.execute(_ADD_OUTCOME, values)
    for value in values:
        head.add_event(value["checksum"])
