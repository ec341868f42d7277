"""`knowhow eval NAME`: asks how good the answers are, on problems nobody learnt from."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from knowhow.output import Json, emit

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rich.table import Table


def evaluate(
    name: Annotated[str, typer.Argument(help="Which eval; without a name they are listed.")] = "",
    seed: Annotated[int, typer.Option(help="Of everything that is drawn.")] = 0,
    quick: Annotated[bool, typer.Option("--quick", help="The small version.")] = False,
    n: Annotated[
        int | None, typer.Option("-n", "--n", min=1, help="Problems, where an eval draws them.")
    ] = None,
    big_model: Annotated[
        str | None, typer.Option(help="Which big model is asked, where an eval asks one.")
    ] = None,
    other: Annotated[
        str | None, typer.Option(help="A second big model, where an eval compares two.")
    ] = None,
    data: Annotated[
        Path | None, typer.Option(help="A file of problems, where an eval reads one.")
    ] = None,
    split: Annotated[
        str | None, typer.Option(help="Which part of --data: test (all of it) or dev (gsm8k).")
    ] = None,
    train: Annotated[
        Path | None, typer.Option(help="A file of problems to learn from first (gsm8k).")
    ] = None,
    plot: Annotated[
        Path | None, typer.Option(help="Also write this SVG file, where an eval draws one.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Measure how good the answers are."""
    from knowhow import evals
    from knowhow.measuring import measure, summaries

    if not name:
        listed = summaries(evals)
        emit({"evals": listed}, as_json=as_json, shown=lambda: _listing(listed))
        return
    options = {"n": n, "big_model": big_model, "other": other, "data": data}
    options |= {"split": split, "train": train, "plot": plot}
    figures = measure("eval", evals, name, seed=seed, quick=quick, options=options)
    emit(figures.document(), as_json=as_json, shown=figures.table)


def _listing(listed: "Mapping[str, str]") -> "Table":
    from rich.table import Table

    table = Table()
    table.add_column("eval")
    table.add_column("what it asks")
    for name, told in listed.items():
        table.add_row(name, told)
    return table
