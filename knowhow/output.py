"""How commands answer: a table for people, with `--json` one JSON document and nothing else.

Progress goes to stderr and only to a terminal, so a pipe stays clean.
"""

import contextlib
import json
import sys
from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from rich.console import RenderableType
    from rich.text import Text

Json = Annotated[bool, typer.Option("--json", help="Print one JSON document.")]
Tenant = Annotated[str | None, typer.Option(help="Whose outcomes (default: the setting's).")]


def emit(
    document: Mapping[str, Any], *, as_json: bool, shown: "Callable[[], RenderableType]"
) -> None:
    """Answer a command."""
    if as_json:
        json.dump(document, sys.stdout, ensure_ascii=False, default=str, allow_nan=False)
        sys.stdout.write("\n")
    else:
        from rich.console import Console

        answer = shown()
        Console().print(text(answer) if isinstance(answer, str) else answer)


def text(value: object) -> "Text":
    """Somebody's words as they are: no markup of theirs, no control characters."""
    from rich.text import Text

    words = str(value)
    return Text("".join(c if c.isprintable() or c == "\n" else "�" for c in words))


@contextlib.contextmanager
def progress(description: str, total: int | None = None) -> "Iterator[Callable[[int], None]]":
    """A bar for anything that may take over two seconds; call it with how much is done."""
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeRemainingColumn,
    )

    console = Console(stderr=True)
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
    )
    with Progress(
        *columns, console=console, transient=True, disable=not console.is_terminal
    ) as bar:
        task = bar.add_task(description, total=total)
        yield lambda done: bar.update(task, completed=done)


@contextlib.contextmanager
def status(description: str) -> "Iterator[Callable[[str], None]]":
    """A line that says what is going on."""
    from rich.console import Console

    console = Console(stderr=True)
    if not console.is_terminal:
        yield lambda text: None
        return
    with console.status(description) as line:
        yield line.update
