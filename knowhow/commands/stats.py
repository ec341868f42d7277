"""`knowhow stats`: how every arm did, how sure that is, and whether it is changing."""

import re
import time
from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from knowhow.output import Json, Tenant, emit, status, text
from knowhow_memory.errors import InputError

if TYPE_CHECKING:
    from rich.console import RenderableType
    from rich.table import Table
    from rich.text import Text

    from knowhow_memory.memory import Memory
    from knowhow_memory.patterns import Groups
    from knowhow_memory.rates import Rate
    from knowhow_router.overview import DriftEvent, Overview
    from knowhow_router.statistics import Line, Outcomes, Statistics
    from knowhow_router.trend import Trend

UNITS = {"m": 60, "h": 3600, "d": 86_400, "w": 7 * 86_400}
TREND_STYLES = {"better": "green", "worse": "red", "steady": ""}


class By(StrEnum):
    arm = "arm"
    strategy = "strategy"
    specialist = "specialist"
    group = "group"
    task = "task"
    big_model = "big-model"
    adapter = "adapter"
    tenant = "tenant"
    principal = "principal"
    day = "day"


def stats(
    by: Annotated[By, typer.Option(help="What each line of the table is.")] = By.arm,
    since: Annotated[
        str | None, typer.Option(help="Only what happened since: 7d, 12h or 2026-01-31.")
    ] = None,
    html: Annotated[
        Path | None, typer.Option(help="Write one self-contained page to this file, too.")
    ] = None,
    tenant: Tenant = None,
    as_json: Json = False,
) -> None:
    """Show how the arms did: successes, intervals, cost, calibration and trend."""
    from knowhow.settings import load_settings
    from knowhow.store import open_memory
    from knowhow_router.overview import overview
    from knowhow_router.statistics import summarise

    settings = load_settings()
    chosen = tenant or (None if by is By.tenant else settings.memory.tenant)
    moment = None if since is None else parse_since(since, time.time())
    with open_memory(settings, create=False) as memory:
        outcomes = read_outcomes(memory, chosen, moment)
        drift = _drift(memory, chosen)
        groups = _groups(memory, chosen) if by is By.group or html else None
        if html:
            assert groups is not None
            page = overview(outcomes, groups, drift)
            _write_page(html, page, chosen, moment)
        found = summarise(outcomes, by, groups)
    changes = [asdict(event) for event in drift]
    document = {"tenant": chosen, "since": moment, **found.document(), "drift": changes}
    emit(document, as_json=as_json, shown=lambda: _shown(found, drift))


def parse_since(given: str, now: float) -> float:
    """`7d`, `12h`, `30m`, `2w` back from now, or an ISO date or time (UTC if it names no zone)."""
    if age := re.fullmatch(r"(\d{1,6})([mhdw])", given):
        return now - int(age[1]) * UNITS[age[2]]
    try:
        moment = datetime.fromisoformat(given)
    except ValueError:
        raise InputError(f"cannot read --since {given!r}: write 7d, 12h or 2026-01-31") from None
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()


def read_outcomes(memory: "Memory", tenant: str | None, since: float | None) -> "Outcomes":
    from knowhow_memory.errors import NotFoundError
    from knowhow_memory.lookups import stated_estimates, tenant_names
    from knowhow_router.statistics import Outcomes

    names = tenant_names(memory.database)
    ids = {name: key for key, name in names.items()}
    if tenant is not None and names and tenant not in ids:
        raise NotFoundError(f"no tenant {tenant!r}: there are {', '.join(sorted(ids))}")
    with memory.derived.current() as columns:
        return Outcomes.of(
            columns,
            tenants=names,
            tenant=None if tenant is None else ids.get(tenant),
            since=since,
            stated=stated_estimates(memory.database),
        )


def _drift(memory: "Memory", tenant: str | None) -> "list[DriftEvent]":
    """What the routers noticed, at the time of the outcome that showed it."""
    import numpy as np

    from knowhow_memory.lookups import tenant_names
    from knowhow_router.drift_notes import read_notes
    from knowhow_router.overview import DriftEvent

    tenants = [tenant] if tenant else sorted(tenant_names(memory.database).values())
    notes = [note for name in tenants for note in read_notes(memory, name)]
    with memory.derived.current() as columns:
        rows = np.searchsorted(columns["root_seq"], [note.seq for note in notes])
        times = columns["occurred_at"][np.minimum(rows, max(columns.size - 1, 0))].tolist()
    return [DriftEvent(at, note.arm, note.change) for at, note in zip(times, notes, strict=True)]


def _groups(memory: "Memory", tenant: str | None) -> "Groups":
    from knowhow_memory.patterns import PatternFinder

    with status("grouping similar problems"):
        return PatternFinder(memory).groups(tenant or "default")


def _write_page(file: Path, page: "Overview", tenant: str | None, since: float | None) -> None:
    from knowhow.report.page import Heading, write_page
    from knowhow_memory.durable import write_file

    heading = Heading(tenant or "all tenants", since, time.time())
    write_file(file, write_page(page, heading).encode())


def _shown(found: "Statistics", drift: "Sequence[DriftEvent]") -> "RenderableType":
    from rich.console import Group

    if not found.lines:
        return "no outcomes yet: `knowhow outcome add` records one"
    changes = [text(_change(event)) for event in drift]
    return Group(_headline(found), _table(found), _footnote(found), *changes)


def _change(event: "DriftEvent") -> str:
    when = datetime.fromtimestamp(event.at, UTC).strftime("%Y-%m-%d %H:%M")
    verb = "better" if event.change > 0 else "worse"
    return (
        f"{event.arm} got {verb} by about {abs(event.change):.0%}, noticed {when} UTC: "
        "what was known of it before counts little since"
    )


def _headline(found: "Statistics") -> "Text":
    overall = found.overall
    parts = [f"{overall.rate} on {found.problems:,} problems"]
    if overall.infra:
        parts.append(f"{overall.infra:,} infrastructure faults apart")
    if judged := overall.reliability:
        parts.append(f"calibration error {judged.ece:.3f} over {judged.n:,} decisions")
    return text("; ".join(parts))


def _table(found: "Statistics") -> "Table":
    """Columns in which no line has anything are left out."""
    from rich import box
    from rich.table import Table

    names = (found.by, "success (95%)", "tries", "share", "cost", "time", "trend", "faults")
    rows = [_cells(line) for line in found.lines]
    used = [i for i in range(len(names)) if any(row[i] for row in rows)]
    table = Table(box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0), pad_edge=False, show_edge=False)
    for i in used:
        if i:
            table.add_column(names[i], justify="right", no_wrap=True)
        else:
            table.add_column(names[i], overflow="fold", min_width=12)
    for row in rows:
        table.add_row(*(row[i] for i in used))
    return table


def _cells(line: "Line") -> "list[Text]":
    rate = line.rate
    return [
        text(line.name or "(none)"),
        text("" if rate.rate is None else f"{rate.rate:.0%} {_interval(rate)}"),
        text(f"{rate.tries:,}"),
        text(f"{line.share:.0%}"),
        text(f"${line.cost.mean:.2g}" if line.cost else ""),
        text(f"{line.latency_s.mean:.2g} s" if line.latency_s else ""),
        _trend(line.trend),
        text(f"{line.infra:,}" if line.infra else ""),
    ]


def _interval(rate: "Rate") -> str:
    return f"{100 * rate.low:.0f}–{100 * rate.high:.0f}"


def _trend(trend: "Trend | None") -> "Text":
    from rich.text import Text

    if trend is None:
        return Text()
    points = f" {100 * trend.change:+.0f}" if trend.verdict != "steady" else ""
    return Text(trend.verdict + points, style=TREND_STYLES[trend.verdict])


def _footnote(found: "Statistics") -> "Text":
    best = found.best
    said = f"best assured: {best.name}, {best.rate}. " if best and found.by != "day" else ""
    return text(f"{said}Trend: the newest fifth of the outcomes against those before.")
