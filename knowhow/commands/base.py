"""`knowhow base …`: the small models that ship with the project: how they were made, and anew."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from knowhow.output import Json, emit, progress

if TYPE_CHECKING:
    from rich.console import RenderableType
    from rich.table import Table

app = typer.Typer(help="Build and show the embedded models.", no_args_is_help=True)

BUILT = Path("build")
DEFAULT_MINUTES = 30.0
DEFAULT_THREADS = 2
CURVE_POINTS = 12
SPARKS = "▁▂▃▄▅▆▇█"


@app.command()
def build(
    minutes: Annotated[
        float,
        typer.Option(
            min=0.1,
            help="How long to train; the exam comes after and takes some minutes more.",
        ),
    ] = DEFAULT_MINUTES,
    steps: Annotated[
        int | None, typer.Option(min=1, help="Train exactly so many steps instead.")
    ] = None,
    out: Annotated[
        Path | None, typer.Option(help="The new model's folder (default: build/MODEL).")
    ] = None,
    model: Annotated[str, typer.Option(help="Which of the recipes.")] = "knowhow-base",
    seed: Annotated[int, typer.Option(help="Of everything that is drawn.")] = 0,
    threads: Annotated[
        int, typer.Option(min=1, help="Of the training; another number gives other last bits.")
    ] = DEFAULT_THREADS,
    as_json: Json = False,
) -> None:
    """Train an embedded model anew; a build that was stopped goes on with the same command."""
    from knowhow_adapters.base.build import Order
    from knowhow_adapters.base.build import build as build_model
    from knowhow_adapters.base.recipes import find_recipe

    recipe = find_recipe(model)
    folder = out or BUILT / recipe.name
    card = build_model(recipe, Order(folder, minutes, steps, seed, threads), progress)
    emit(card, as_json=as_json, shown=lambda: _show([card]))


@app.command()
def show(
    exam: Annotated[
        bool, typer.Option("--exam", help="Examine the models again instead of reading.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Print the cards of the embedded models: size, training, and what each can do."""
    from knowhow_adapters.base.card import embedded_cards

    cards = embedded_cards()
    if exam:
        for name, card in cards.items():
            card["exam"] = _examine(name, card["exam"]["seed"])
    emit({"models": cards}, as_json=as_json, shown=lambda: _show(list(cards.values())))


def _examine(name: str, seed: int) -> dict[str, Any]:
    from knowhow_adapters.base.card import exam_document
    from knowhow_adapters.base.corpus.registry import load_skills
    from knowhow_adapters.base.exams import examine
    from knowhow_adapters.base.load import load_base

    with progress(f"examining {name}", len(load_skills())) as report:
        return exam_document(examine(load_base(name), seed=seed, report=report), seed)


def _show(cards: list[dict[str, Any]]) -> "RenderableType":
    from rich.console import Group

    return Group(_facts(cards), _skills(cards))


def _facts(cards: list[dict[str, Any]]) -> "Table":
    from rich.table import Table

    table = Table(title="Embedded models", title_justify="left")
    table.add_column("")
    for card in cards:
        table.add_column(card["name"])
    rows: dict[str, Callable[[dict[str, Any]], str]] = {
        "purpose": lambda c: c["purpose"],
        "parameters": lambda c: f"{c['size']['parameters']:,}",
        "weights": lambda c: f"{c['size']['bytes'] / 2**20:.1f} MiB",
        "vocabulary, context": lambda c: f"{c['size']['vocabulary']:,}, {c['size']['context']:,}",
        "width × layers": lambda c: f"{c['size']['width']} × {c['size']['layers']}",
        "trained on": lambda c: f"{c['training']['tokens']:,} tokens",
        "steps, seed": lambda c: f"{c['training']['steps']:,}, {c['training']['seed']}",
        "grown from": lambda c: c["training"]["grown_from"] or "–",
        "corpus": lambda c: c["training"]["corpus"][:12],
        "hash": lambda c: c["hash"][:12],
        "loss while training": lambda c: _curve(c["training"]["curve"]),
        "loss, held-out items": lambda c: f"{c['exam']['summary']['items']['loss']:.4f}",
        "loss, held-out phrasings": lambda c: f"{c['exam']['summary']['phrasings']['loss']:.4f}",
    }
    for label, fact in rows.items():
        table.add_row(label, *(fact(card) for card in cards))
    return table


def _skills(cards: list[dict[str, Any]]) -> "Table":
    from rich.table import Table

    count = cards[0]["exam"]["skills"][next(iter(cards[0]["exam"]["skills"]))]["items"]["n"]
    table = Table(title="Answers right, word for word", title_justify="left")
    table.caption = (
        f"% right with 95% intervals, n={count} a cell. First figure: held-out items in seen "
        "phrasings; second: held-out phrasings."
    )
    table.add_column("skill")
    for card in cards:
        table.add_column(card["name"], justify="right")
    for skill in cards[0]["exam"]["skills"]:
        table.add_row(skill, *(_cells(card["exam"]["skills"][skill]) for card in cards))
    table.add_section()
    table.add_row("all", *(_cells(card["exam"]["summary"]) for card in cards))
    return table


def _cells(marks: Mapping[str, Any]) -> str:
    return "  ".join(_mark(marks[cell]) for cell in ("items", "phrasings"))


def _mark(mark: Mapping[str, Any]) -> str:
    low, high = mark["ci95"]
    return f"{100 * mark['accuracy']:.0f} [{100 * low:.0f}–{100 * high:.0f}]"


def _curve(points: list[list[float]]) -> str:
    """First and last loss, and the way between them on a logarithmic scale."""
    import math

    if not points:
        return "–"
    losses = [loss for _, loss in points[:: max(1, len(points) // CURVE_POINTS)]]
    low, high = math.log(min(losses)), math.log(max(losses))
    span = (high - low) or 1.0
    marks = [SPARKS[round((math.log(x) - low) / span * (len(SPARKS) - 1))] for x in losses]
    return f"{points[0][1]:.2f} {''.join(marks)} {points[-1][1]:.3f}"
