"""`knowhow bench NAME`: measures this machine and prints figures anyone can repeat."""

from pathlib import Path
from typing import Annotated

import typer

from knowhow.output import Json, emit, status
from knowhow_memory.errors import InputError, NotFoundError


def bench(
    name: Annotated[str, typer.Argument(help="Which bench; without a name they are listed.")] = "",
    seed: Annotated[int, typer.Option(help="Of everything that is drawn.")] = 0,
    quick: Annotated[bool, typer.Option("--quick", help="The small version.")] = False,
    data: Annotated[
        list[Path] | None,
        typer.Option(help="An outcome matrix to measure on; repeatable (drift, poison)."),
    ] = None,
    seeds: Annotated[int | None, typer.Option(min=1, help="Repetitions (drift, poison).")] = None,
    as_json: Json = False,
) -> None:
    """Measure this machine."""
    import importlib
    import inspect
    import pkgutil

    from knowhow import benches

    found = pkgutil.iter_modules(benches.__path__)
    names = sorted(m.name for m in found if not m.ispkg and not m.name.startswith("_"))
    if name not in names:
        wrong = f"no bench {name!r}" if name else "which bench?"
        raise NotFoundError(f"{wrong}: there are {', '.join(names)}")
    module = importlib.import_module(f"knowhow.benches.{name}")
    given = {key: value for key, value in (("data", data), ("seeds", seeds)) if value is not None}
    for key in given.keys() - inspect.signature(module.run).parameters:
        raise InputError(f"bench {name!r} takes no --{key}")
    with status(f"bench {name}") as report:
        figures = module.run(seed=seed, quick=quick, report=report, **given)
    emit(figures.document(), as_json=as_json, shown=figures.table)
