"""Several specialists that learn in one pass over the base, and the same one after another.

Toy specialists that write records, as many outcomes each as start a training. The two ways take
turns, and the ratio is of medians; the loss is each adapter's over its last epoch.
"""

import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING

from knowhow.benches._base import load_bench_base
from knowhow.benches._records import LEDGER, NESTED
from knowhow.figures import Figures

if TYPE_CHECKING:
    from knowhow_adapters.base.load import Base
    from knowhow_adapters.learn.train import Job, Settings

SPECIALISTS = (LEDGER, NESTED)
JOBS = 4
OUTCOMES, QUICK_OUTCOMES = 500, 60
TURNS, QUICK_TURNS = 3, 1
NOTE = (
    "alone: seconds of four trainings one after another; together: of the same four in one pass. "
    "ratio: of the medians over all turns."
)


def run(*, seed: int, quick: bool, report: Callable[[str], None]) -> Figures:
    import torch

    from knowhow_adapters.learn.train import Settings

    settings = Settings(epochs=1, seed=seed) if quick else Settings(seed=seed)
    turns = QUICK_TURNS if quick else TURNS
    figures = Figures("passes", seed=seed, n=turns, notes=[NOTE])
    figures.set("threads", torch.get_num_threads())
    base = load_bench_base()
    jobs = _jobs(QUICK_OUTCOMES if quick else OUTCOMES, seed, settings)
    figures.set("base", base.name)
    alone: list[float] = []
    together: list[float] = []
    with tempfile.TemporaryDirectory() as folder:
        for turn in range(turns):
            report(f"turn {turn + 1} of {turns}: one after another")
            place = Path(folder) / f"turn{turn}"
            runs = [_timed(base, [job], place / job.agent) for job in jobs]
            alone.append(sum(seconds for seconds, _ in runs))
            report(f"turn {turn + 1} of {turns}: in one pass")
            seconds, losses = _timed(base, jobs, place / "together")
            together.append(seconds)
    figures.set("alone.s", median(alone))
    figures.set("together.s", median(together))
    figures.set("ratio", median(alone) / median(together))
    figures.mean("alone.final_loss", [loss for _, of_one in runs for loss in of_one])
    figures.mean("together.final_loss", losses)
    return figures


def _jobs(outcomes: int, seed: int, settings: "Settings") -> "list[Job]":
    from knowhow_adapters.learn.examples import Choice, select_examples
    from knowhow_adapters.learn.train import Job

    jobs = []
    for number in range(JOBS):
        specialist = SPECIALISTS[number % len(SPECIALISTS)]
        attempts = specialist.draw_attempts(outcomes, seed + number, 0.0)
        examples = select_examples(attempts, Choice.FILTERED).examples
        jobs.append(Job(f"{specialist.agent}{number}", examples, settings=settings))
    return jobs


def _timed(base: "Base", jobs: "Sequence[Job]", place: Path) -> tuple[float, list[float]]:
    """Seconds, and each adapter's loss over its last epoch."""
    from knowhow_adapters.learn.train import train

    started = time.perf_counter()
    found = train(base, jobs, place)
    seconds = time.perf_counter() - started
    epochs = jobs[0].settings.epochs
    lasts = [trained.losses[-(len(trained.losses) // epochs) :] for trained in found]
    return seconds, [sum(last) / len(last) for last in lasts]
