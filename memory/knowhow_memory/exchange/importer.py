"""The import: a file of any format into a memory, or a dry run that says what would happen.

Records are streamed, converted and recorded in batches, a batch a transaction. Every outcome has a
content id, so importing twice changes nothing and an interrupted import continues by being run
again: rows that are there already cost a look-up and no embedding. That is why no checkpoint is
kept, which could only disagree with the store. Of a trace that was cut off, the part that was
imported first stays.
"""

import contextlib
import itertools
import re
from collections.abc import Callable, Generator, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from knowhow_memory.errors import InputError
from knowhow_memory.exchange.formats import NAMES, named, recognise
from knowhow_memory.exchange.records import Format, Item, Record, Refusal, Wishes
from knowhow_memory.exchange.source import Source, open_source
from knowhow_memory.exchange.traces import Traces
from knowhow_memory.exchange.values import RefusedError
from knowhow_memory.models import DecisionCreate, OutcomeCreate, Receipt

BATCH_OUTCOMES = 500
BATCH_BYTES = 8 * 2**20
"""Whichever comes first ends a batch: many short rows, or few with long trajectories."""
EXAMINED = 50
"""How many records decide the format; the first one that any format recognises does."""
ADVANCE_EVERY = 64
"""Redrawing a bar costs as much as reading a few records."""
FIRST_SHOWN = 3
NUMBERS_SHOWN = 5
MAX_REASONS = 40
"""Reasons beyond this many are counted together, so that a hostile file fills no memory."""
OTHER_REASONS = "other reasons"
PARTICULARS = re.compile(r"'[^']*'|\d[\d.,]*")
"""What differs between two refusals of the same kind."""


class Sink(Protocol):
    """What an import needs of a memory."""

    def record_many(
        self, outcomes: Sequence[OutcomeCreate], *, decisions: Sequence[DecisionCreate] = ()
    ) -> list[Receipt]: ...


@dataclass
class Reason:
    text: str
    count: int = 0
    numbers: list[int] = field(default_factory=list)


@dataclass
class Tally:
    """What an import has done so far; right at any moment, also after an interruption."""

    format: str | None = None
    unit: str = "line"
    records: int = 0
    outcomes: int = 0
    duplicates: int = 0
    refused: int = 0
    first: list[OutcomeCreate] = field(default_factory=list)
    reasons: dict[str, Reason] = field(default_factory=dict)

    def refuse(self, refusal: Refusal) -> None:
        self.refused += 1
        kind = PARTICULARS.sub("…", refusal.reason)
        if kind not in self.reasons and len(self.reasons) >= MAX_REASONS:
            kind = OTHER_REASONS
        text = refusal.reason if kind != OTHER_REASONS else OTHER_REASONS
        reason = self.reasons.setdefault(kind, Reason(text))
        reason.count += 1
        if len(reason.numbers) < NUMBERS_SHOWN:
            reason.numbers.append(refusal.number)

    def take(self, outcomes: Sequence[OutcomeCreate]) -> None:
        self.outcomes += len(outcomes)
        self.first += outcomes[: FIRST_SHOWN - len(self.first)]


@dataclass(frozen=True, slots=True)
class Taken:
    """One record that became outcomes; they are recorded together or not at all."""

    number: int
    decisions: list[DecisionCreate]
    outcomes: list[OutcomeCreate]
    size: int


@dataclass
class Batch:
    """Rows on their way into one transaction."""

    rows: list[Taken] = field(default_factory=list)
    outcomes: int = 0
    size: int = 0

    def add(self, row: Taken) -> None:
        self.rows.append(row)
        self.outcomes += len(row.outcomes)
        self.size += row.size

    @property
    def is_full(self) -> bool:
        return self.outcomes >= BATCH_OUTCOMES or self.size >= BATCH_BYTES


def examine(
    path: Path,
    *,
    wishes: Wishes,
    format_name: str | None = None,
    tally: Tally,
    advance: Callable[[int], None] = lambda position: None,
) -> None:
    """Read all of it and write nothing."""
    converted = _converted(open_source(path), wishes, format_name, tally, advance)
    with contextlib.closing(converted):
        for found in converted:
            if isinstance(found, Refusal):
                tally.refuse(found)
            else:
                tally.take(found.outcomes)


def import_file(
    path: Path,
    memory: Sink,
    *,
    wishes: Wishes,
    format_name: str | None = None,
    tally: Tally,
    advance: Callable[[int], None] = lambda position: None,
) -> None:
    """Record what can be taken; `tally` says at any moment what is durable."""
    batch = Batch()
    converted = _converted(open_source(path), wishes, format_name, tally, advance)
    with contextlib.closing(converted):
        for found in converted:
            if isinstance(found, Refusal):
                tally.refuse(found)
                continue
            batch.add(found)
            if batch.is_full:
                _record(memory, batch.rows, tally)
                batch = Batch()
    _record(memory, batch.rows, tally)


def _record(memory: Sink, rows: Sequence[Taken], tally: Tally) -> None:
    """One transaction; where the memory refuses it, halves find the rows that are to blame."""
    if not rows:
        return
    outcomes = [outcome for taken in rows for outcome in taken.outcomes]
    decisions = [decision for taken in rows for decision in taken.decisions]
    try:
        receipts = memory.record_many(outcomes, decisions=decisions)
    except InputError as error:
        if len(rows) == 1:
            tally.refuse(Refusal(rows[0].number, str(error)))
        else:
            middle = len(rows) // 2
            _record(memory, rows[:middle], tally)
            _record(memory, rows[middle:], tally)
        return
    new = [o for o, receipt in zip(outcomes, receipts, strict=True) if not receipt.duplicate]
    tally.take(new)
    tally.duplicates += len(outcomes) - len(new)


def _converted(
    source: Source,
    wishes: Wishes,
    format_name: str | None,
    tally: Tally,
    advance: Callable[[int], None],
) -> Generator[Taken | Refusal]:
    tally.unit = source.unit
    records = _counted(source, tally, advance)
    form, records = _format_of(records, format_name)
    if form is None:
        yield from (found for found in records if isinstance(found, Refusal))
        return
    tally.format = form.name
    if form.split is None:
        yield from (_convert(found, form, wishes) for found in records)
        return
    with Traces() as traces:
        for found in records:
            if refusal := _gather(found, form, traces):
                yield refusal
        yield from (_convert(trace, form, wishes) for trace in traces)


def _counted(
    source: Source, tally: Tally, advance: Callable[[int], None]
) -> Iterator[Record | Refusal]:
    for found in source:
        tally.records += 1
        if tally.records % ADVANCE_EVERY == 0:
            advance(source.position())
        yield found


def _format_of(
    records: Iterator[Record | Refusal], name: str | None
) -> tuple[Format | None, Iterator[Record | Refusal]]:
    """The format by name or by looking at the first records, and all records again."""
    if name is not None:
        return named(name), records
    head: list[Record | Refusal] = []
    form: Format | None = None
    for found in itertools.islice(records, EXAMINED):
        head.append(found)
        form = recognise([found.value]) if isinstance(found, Record) else None
        if form is not None:
            break
    if form is None and any(isinstance(found, Record) for found in head):
        raise InputError(f"cannot tell the format: name it with --format ({', '.join(NAMES)})")
    return form, itertools.chain(head, records)


def _gather(found: Record | Refusal, form: Format, traces: Traces) -> Refusal | None:
    if isinstance(found, Refusal):
        return found
    assert form.split is not None
    try:
        for trace, part in form.split(found.value):
            traces.add(found.number, trace, part)
    except RefusedError as error:
        return Refusal(found.number, str(error))
    return None


def _convert(found: Record | Refusal, form: Format, wishes: Wishes) -> Taken | Refusal:
    if isinstance(found, Refusal):
        return found
    try:
        items: Sequence[Item] = form.convert(found.value, wishes)
    except RefusedError as error:
        return Refusal(found.number, str(error))
    return Taken(
        number=found.number,
        decisions=[item for item in items if isinstance(item, DecisionCreate)],
        outcomes=[item for item in items if isinstance(item, OutcomeCreate)],
        size=found.size,
    )
