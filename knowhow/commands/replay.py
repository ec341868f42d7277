"""`knowhow replay FILE…`: what routing would have bought, on problems whose outcomes are known."""

from collections.abc import Sequence
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from knowhow.output import Json, emit, progress, status

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from knowhow_router.replay.logged import LogTrial
    from knowhow_router.replay.matrix import OutcomeLog, OutcomeMatrix
    from knowhow_router.replay.scores import Curve
    from knowhow_router.replay.trial import Trial

INTERRUPTED = 130
ONLINE_SEEDS = 5
"""Orders to average over: what a policy meets first decides much of what it learns."""
TICKS_SHOWN = 64
"""Redrawing the bar for every row would cost more than the decisions."""


class Feedback(StrEnum):
    full = "full"
    bandit = "bandit"


def replay(
    files: Annotated[
        list[Path], typer.Argument(help="Outcome matrices or exported outcomes (.jsonl, .gz).")
    ],
    train: Annotated[
        Path | None, typer.Option(help="Learn this matrix first, then decide without learning.")
    ] = None,
    folds: Annotated[
        int | None, typer.Option(min=2, help="Learn and decide on parts of the file in turn.")
    ] = None,
    feedback: Annotated[
        Feedback | None,
        typer.Option(help="Show the tried arm only (default online), or all (default offline)."),
    ] = None,
    policy: Annotated[
        str | None, typer.Option(help="Comma-separated policies (default: all).")
    ] = None,
    seeds: Annotated[
        int | None,
        typer.Option(min=1, help=f"Orders to average over (default: {ONLINE_SEEDS} online)."),
    ] = None,
    budget: Annotated[
        float | None, typer.Option(help="A ceiling in dollars a problem, held over time.")
    ] = None,
    price: Annotated[float, typer.Option(help="What a dollar costs in reward.")] = 0.0,
    limit: Annotated[
        int | None, typer.Option(min=1, help="Take that many random rows of each file.")
    ] = None,
    plot: Annotated[Path | None, typer.Option(help="Also write this SVG file.")] = None,
    as_json: Json = False,
) -> None:
    """Try routing policies offline, on problems whose outcomes are known."""
    from knowhow_memory.errors import InputError
    from knowhow_router.replay.play import Terms
    from knowhow_router.replay.policies import choose
    from knowhow_router.replay.prepare import Plan, prepare
    from knowhow_router.replay.report import show

    if train is not None and folds is not None:
        raise InputError("give --train or --folds, not both")
    online = train is None and folds is None
    shown = feedback or (Feedback.bandit if online else Feedback.full)
    terms = Terms(shown.value, budget, price)
    trials = list(prepare(files, Plan(choose(policy), terms, train, folds, limit), embed, load))
    rounds = seeds or (ONLINE_SEEDS if online else 1)

    finished = play(trials, rounds)
    begun = [trial for trial in trials if trial.begun]
    documents, curves = [t.document() for t in begun], [t.curves() for t in begun]
    if plot is not None:
        write_plot(plot, documents, curves)
    document = {
        "files": documents,
        "feedback": terms.feedback,
        "seeds": rounds,
        "budget": budget,
        "price": price,
        "finished": finished,
    }
    emit(document, as_json=as_json, shown=lambda: show(documents, curves))
    if not finished:
        typer.echo("knowhow: interrupted; the figures rest on what was finished", err=True)
        raise typer.Exit(INTERRUPTED)


def load(path: Path) -> "OutcomeMatrix | OutcomeLog":
    from knowhow_router.replay.matrix import read

    with status(f"reading {path.name}"):
        return read(path)


def embed(texts: Sequence[str]) -> "NDArray[np.float32]":
    """The problems' vectors by the embedder of the settings, remembered on disk."""
    from knowhow.settings import load_settings
    from knowhow_memory.embedder import load_embedder
    from knowhow_router.replay.vectors import cache_path, problem_vectors

    embedder = load_embedder(load_settings().embedder.model)
    with progress("embedding problems", len(texts)) as report:
        return problem_vectors(texts, embedder, cache_path(), report)


def play(trials: "Sequence[Trial | LogTrial]", seeds: int) -> bool:
    """Run every trial; False when somebody interrupted. What was finished by then stays."""
    with progress("replaying", seeds * sum(trial.steps for trial in trials)) as report:
        done = 0

        def tick() -> None:
            nonlocal done
            done += 1
            if done % TICKS_SHOWN == 0:
                report(done)

        try:
            for trial in trials:
                for seed in range(seeds):
                    for _ in trial.play(seed, tick):
                        pass
        except KeyboardInterrupt:
            return False
    return True


def write_plot(
    path: Path, documents: Sequence[dict[str, Any]], curves: "Sequence[Sequence[Curve]]"
) -> None:
    from knowhow_memory.errors import InputError
    from knowhow_router.replay.plots import svg

    try:
        path.write_text(svg(documents, curves), encoding="utf-8")
    except OSError as error:
        raise InputError(f"cannot write {str(path)!r}: {error.strerror}") from error
