"""`knowhow bench NAME`: measures this machine and prints figures anyone can repeat."""

from pathlib import Path
from typing import Annotated

import typer

from knowhow.output import Json, emit


def bench(
    name: Annotated[str, typer.Argument(help="Which bench; without a name they are listed.")] = "",
    seed: Annotated[int, typer.Option(help="Of everything that is drawn.")] = 0,
    quick: Annotated[bool, typer.Option("--quick", help="The small version.")] = False,
    data: Annotated[
        list[Path] | None,
        typer.Option(help="An outcome matrix to measure on; repeatable (drift, poison)."),
    ] = None,
    seeds: Annotated[
        int | None, typer.Option(min=1, help="Repetitions, where a bench takes them.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Measure this machine."""
    from knowhow import benches
    from knowhow.measuring import measure

    options = {"data": data, "seeds": seeds}
    figures = measure("bench", benches, name, seed=seed, quick=quick, options=options)
    emit(figures.document(), as_json=as_json, shown=figures.table)
