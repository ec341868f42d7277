"""`knowhow outcome import` and `export`: outcomes from elsewhere and to elsewhere."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from knowhow.output import Json, Tenant, emit, progress

if TYPE_CHECKING:
    from rich.console import RenderableType

    from knowhow.settings import Settings
    from knowhow_memory.exchange.importer import Tally
    from knowhow_memory.exchange.records import Wishes

STDOUT = Path("-")
KILOBYTE = 1000
INTERRUPTED = 130
PROBLEM_SHOWN = 60
"""As many characters of a problem as leave room for the rest of its line."""


def import_(
    file: Annotated[Path, typer.Argument(help="JSON lines, JSON or Parquet; .gz too.")],
    format_name: Annotated[
        str | None, typer.Option("--format", help="Which format, where it cannot be told.")
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say what would be taken, and record nothing.")
    ] = False,
    arm: Annotated[str | None, typer.Option(help="The arm, where rows name none.")] = None,
    arm_field: Annotated[str | None, typer.Option(help="Where rows name it: a.b.c")] = None,
    reward_field: Annotated[
        str | None, typer.Option(help="Where rows say how it ended: a.b.c")
    ] = None,
    problem_field: Annotated[str | None, typer.Option(help="Where the problem is: a.b.c")] = None,
    tenant: Tenant = None,
    as_json: Json = False,
) -> None:
    """Take outcomes from a file; importing it again, or going on after a stop, is safe.

    Knows our own rows, outcome matrices, LangSmith runs, OpenTelemetry GenAI traces (OTLP JSON),
    chat logs, and TOUCAN or AgentBank trajectories.
    """
    from knowhow.settings import load_settings
    from knowhow_memory.exchange.importer import Tally
    from knowhow_memory.exchange.records import Wishes

    settings = load_settings()
    wishes = Wishes(
        tenant=tenant or settings.memory.tenant,
        arm=arm,
        arm_field=arm_field,
        reward_field=reward_field,
        problem_field=problem_field,
    )
    tally = Tally()
    _run(file, settings, wishes, format_name, tally, dry_run=dry_run)
    document = _document(file, tally, dry_run=dry_run)
    emit(document, as_json=as_json, shown=lambda: _shown(document))
    if tally.refused and not tally.outcomes + tally.duplicates:
        raise typer.Exit(1)


def export(
    file: Annotated[Path, typer.Argument(help="Where to: .jsonl, .jsonl.gz, .parquet, or -")],
    format_name: Annotated[
        str | None, typer.Option("--format", help="jsonl or parquet (default: by the name).")
    ] = None,
    tenant: Annotated[str | None, typer.Option(help="Only this tenant's outcomes.")] = None,
    as_json: Json = False,
) -> None:
    """Write all live outcomes to a file that `import` takes back."""
    from knowhow.store import open_memory
    from knowhow_memory.exchange.export import export_file, export_lines

    with open_memory(create=False) as memory:
        if file == STDOUT:
            export_lines(memory, sys.stdout.buffer, tenant=tenant)
            return
        with progress("exporting", memory.count()) as advance:
            written = export_file(
                memory, file, tenant=tenant, format_name=format_name, advance=advance
            )
    document = {"file": str(file), "outcomes": written}
    emit(document, as_json=as_json, shown=lambda: f"{written:,} outcomes in {file}")


def _run(
    file: Path,
    settings: "Settings",
    wishes: "Wishes",
    format_name: str | None,
    tally: "Tally",
    *,
    dry_run: bool,
) -> None:
    from knowhow.store import open_memory
    from knowhow_memory.errors import StoreError
    from knowhow_memory.exchange.importer import examine, import_file
    from knowhow_memory.exchange.source import open_source

    with progress(f"{file.name} (kB)", open_source(file).size // KILOBYTE) as show:

        def advance(position: int) -> None:
            show(position // KILOBYTE)

        if dry_run:
            examine(file, wishes=wishes, format_name=format_name, tally=tally, advance=advance)
            return
        try:
            with open_memory(settings) as memory:
                import_file(
                    file,
                    memory,
                    wishes=wishes,
                    format_name=format_name,
                    tally=tally,
                    advance=advance,
                )
        except KeyboardInterrupt:
            typer.echo(f"knowhow: stopped; {_safe(tally)}", err=True)
            raise typer.Exit(INTERRUPTED) from None
        except StoreError as error:
            raise type(error)(f"{error} ({_safe(tally)})") from error


def _safe(tally: "Tally") -> str:
    done = tally.outcomes + tally.duplicates
    return f"{done:,} outcomes are safe: run the same command again to go on"


def _document(file: Path, tally: "Tally", *, dry_run: bool) -> dict[str, Any]:
    reasons = sorted(tally.reasons.values(), key=lambda reason: -reason.count)
    document: dict[str, Any] = {
        "file": str(file),
        "format": tally.format,
        "dry_run": dry_run,
        "records": tally.records,
        "outcomes": tally.outcomes,
        "duplicates": tally.duplicates,
        "refused": tally.refused,
        "unit": tally.unit,
        "reasons": [
            {"reason": reason.text, "count": reason.count, "first": reason.numbers}
            for reason in reasons
        ],
    }
    if dry_run:
        document["would_record"] = [
            outcome.model_dump(mode="json", exclude_none=True) for outcome in tally.first
        ]
    return document


def _shown(document: dict[str, Any]) -> "RenderableType":
    from rich.console import Group
    from rich.table import Table
    from rich.text import Text

    verb = "would be recorded" if document["dry_run"] else "recorded"
    counts = [f"{document['outcomes']:,} outcomes {verb}"]
    if document["duplicates"]:
        counts.append(f"{document['duplicates']:,} were there already")
    if document["refused"]:
        counts.append(f"{document['refused']:,} refused")
    parts: list[RenderableType] = [
        Text(f"{document['file']} ({document['format'] or 'no format'}): {', '.join(counts)}")
    ]
    if document.get("would_record"):
        parts.append(_first_outcomes(document["would_record"]))
    if document["reasons"]:
        table = Table("refused because", "rows", f"first {document['unit']}s", box=None)
        for reason in document["reasons"]:
            numbers = ", ".join(map(str, reason["first"]))
            table.add_row(Text(reason["reason"]), f"{reason['count']:,}", numbers)
        parts.append(table)
    return Group(*parts)


def _first_outcomes(outcomes: list[dict[str, Any]]) -> "RenderableType":
    from rich.table import Table
    from rich.text import Text

    table = Table("problem", "arm", "reward", "verified by", "steps", box=None)
    for outcome in outcomes:
        problem = " ".join(outcome.get("problem", "(its decision's)").split())
        table.add_row(
            Text(problem if len(problem) <= PROBLEM_SHOWN else f"{problem[: PROBLEM_SHOWN - 1]}…"),
            Text(outcome.get("arm", "")),
            str(outcome.get("reward", outcome["fault"])),
            Text(outcome["verified_by"]),
            str(len(outcome.get("trajectory", []))),
        )
    return table
