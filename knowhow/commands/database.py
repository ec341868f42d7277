"""`knowhow db …` and `knowhow doctor`: the store as a thing to look after."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from knowhow.output import Json, emit, progress, status, text

if TYPE_CHECKING:
    from rich.table import Table

    from knowhow_memory.doctor import Finding

app = typer.Typer(help="Upgrade, back up, restore and re-embed the store.", no_args_is_help=True)

BackupFile = Annotated[Path, typer.Argument(help="The backup: one SQLite file.")]


@app.command()
def upgrade(as_json: Json = False) -> None:
    """Bring the tables to this version (opening the store does it, too)."""
    from knowhow.store import open_memory
    from knowhow_memory.migrate import HEAD

    with open_memory() as memory:
        name = memory.database.name
    emit(
        {"store": name, "tables": HEAD},
        as_json=as_json,
        shown=lambda: f"{name} has tables of version {HEAD}",
    )


@app.command()
def backup(file: BackupFile, as_json: Json = False) -> None:
    """Copy everything into one file; others may go on writing meanwhile."""
    from knowhow.store import open_memory
    from knowhow_memory.backup import backup

    with open_memory(create=False) as memory, status("backing up"):
        size = backup(memory.database, file)
    emit(
        {"file": str(file), "bytes": size},
        as_json=as_json,
        shown=lambda: f"{size / 2**20:,.1f} MiB written to {file}",
    )


@app.command()
def restore(file: BackupFile, as_json: Json = False) -> None:
    """Put a backup in the store's place; the store that was there is kept beside it."""
    from knowhow.settings import load_settings
    from knowhow_memory.backup import restore
    from knowhow_memory.database import Database

    database = Database(load_settings().memory.location)
    with status("restoring"):
        kept = restore(file, database)
    database.close()
    what = f"{database.name} is as it was in {file}"
    emit(
        {"store": database.name, "kept": str(kept) if kept else None},
        as_json=as_json,
        shown=lambda: f"{what}; what was there is now {kept}" if kept else what,
    )


@app.command()
def reembed(
    model: Annotated[str, typer.Argument(help="An embedder: a name or a local folder.")],
    as_json: Json = False,
) -> None:
    """Give every problem a vector of another embedder, then switch; resumable, others may work."""
    from knowhow.settings import load_settings
    from knowhow_memory.database import Database
    from knowhow_memory.embedder import load_embedder
    from knowhow_memory.reembed import reembed

    database = Database(load_settings().memory.location)
    embedder = load_embedder(model)
    with progress(f"embedding with {embedder.name}") as show:
        done = reembed(database, embedder, report=show)
    database.close()
    emit(
        {"embedder": embedder.name, "embedded": done},
        as_json=as_json,
        shown=lambda: (
            f"{done:,} problems embedded; now set model = {embedder.name!r} under [embedder]"
        ),
    )


def doctor(as_json: Json = False) -> None:
    """Check the store from top to bottom and say what to do."""
    from dataclasses import asdict

    from knowhow.store import open_memory
    from knowhow_memory.doctor import State, examine

    with open_memory(create=False) as memory, status("examining"):
        findings = examine(memory)
    well = all(finding.state is not State.BAD for finding in findings)
    document = {"well": well, "findings": [asdict(finding) for finding in findings]}
    emit(document, as_json=as_json, shown=lambda: _findings(findings))
    if not well:
        raise typer.Exit(1)


def _findings(findings: "list[Finding]") -> "Table":
    from rich.table import Table

    marks = {"good": "[green]✓[/]", "note": "[yellow]·[/]", "bad": "[red]✗[/]"}
    table = Table(show_header=False, box=None)
    for finding in findings:
        advice = f" — {finding.advice}" if finding.advice else ""
        table.add_row(marks[finding.state], finding.what, text(f"{finding.detail}{advice}"))
    return table
