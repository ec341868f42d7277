"""`knowhow demo NAME`: a story that runs, on a store of its own."""

import contextlib
import sys
from pathlib import Path
from typing import Annotated

import typer

from knowhow.big_model import Chosen
from knowhow.output import Json, emit
from knowhow_memory.errors import InputError, NotFoundError

DEFAULT = "strategies"
NAMES = (DEFAULT, "planning", "math", "rooms", "mixed")
ASK_ANY_MODEL = ("mixed",)


def demo(
    name: Annotated[str, typer.Argument(help=f"Which story: {', '.join(NAMES)}.")] = DEFAULT,
    tasks: Annotated[
        int | None, typer.Option(min=5, help="How many problems (default: some minutes' worth).")
    ] = None,
    seed: Annotated[int, typer.Option(help="Of everything that is drawn.")] = 0,
    store: Annotated[
        Path | None, typer.Option(help="Keep what is learned here and go on from it next time.")
    ] = None,
    big_model: Chosen = None,
    as_json: Json = False,
) -> None:
    """Watch a router learn, and specialists with it, on real attempts that are really checked."""
    import importlib
    import tempfile

    from rich.console import Console

    if name not in NAMES:
        raise NotFoundError(f"no demo {name!r}: there are {', '.join(NAMES)}")
    if big_model is not None and name not in ASK_ANY_MODEL:
        raise InputError(f"demo {name!r} asks no other big model: leave out --big-model")
    _find_demos()
    story = importlib.import_module(f"demos.{name}")
    console = Console(stderr=as_json)
    with contextlib.ExitStack() as stack:
        folder = store or Path(stack.enter_context(tempfile.TemporaryDirectory()))
        told = {"big_model": big_model} if name in ASK_ANY_MODEL else {}
        figures = story.run(
            tasks=tasks or story.TASKS, seed=seed, location=folder, console=console, **told
        )
    if as_json:
        emit({"demo": name, **figures}, as_json=True, shown=lambda: "")
    else:
        console.print(_where_to_look_next(store))


def _find_demos() -> None:
    """They lie beside the package: in a checkout at its top, when installed within it."""
    import knowhow

    package = Path(knowhow.__file__).parent
    for folder in (package, package.parent):
        if (folder / "demos" / f"{DEFAULT}.py").is_file():
            sys.path.insert(0, str(folder))
            return
    raise NotFoundError("the demos are not installed here: run them from a checkout")


def _where_to_look_next(store: Path | None) -> str:
    if store is None:
        return "Keep it with --store FOLDER, then: KNOWHOW_MEMORY__LOCATION=FOLDER knowhow stats"
    return f"Next: KNOWHOW_MEMORY__LOCATION={store} knowhow stats"
