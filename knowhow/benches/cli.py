"""How long a person waits: `knowhow --help`, and `knowhow stats` on a large store.

Beside a bare Python start in the same run, so that a slow machine shows as one.
"""

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from statistics import median

from knowhow.figures import Figures

OUTCOMES, QUICK_OUTCOMES = 100_000, 2_000
RUNS, QUICK_RUNS = 15, 3
ARMS, PROBLEMS_A_TASK = 12, 40
COMMANDS = {
    "python": ("-c", "pass"),
    "help": ("-m", "knowhow", "--help"),
    "stats": ("-m", "knowhow", "stats"),
    "stats_json": ("-m", "knowhow", "stats", "--json"),
}


def run(*, seed: int, quick: bool, report: Callable[[str], None]) -> Figures:
    outcomes = QUICK_OUTCOMES if quick else OUTCOMES
    runs = QUICK_RUNS if quick else RUNS
    figures = Figures("cli", seed=seed, n=runs, notes=["Wall time of whole processes, medians."])
    figures.set("store.outcomes", outcomes)
    with tempfile.TemporaryDirectory() as folder:
        report(f"recording {outcomes:,} outcomes")
        fill(folder, outcomes, seed)
        environment = os.environ | {
            "KNOWHOW_MEMORY__LOCATION": folder,
            "KNOWHOW_EMBEDDER__MODEL": "hash:64",
        }
        for name, arguments in COMMANDS.items():
            report(f"timing {name}")
            seconds = [_timed(arguments, environment) for _ in range(runs)]
            figures.set(f"{name}.median_s", median(seconds))
            figures.set(f"{name}.slowest_s", max(seconds))
    return figures


def fill(folder: str, outcomes: int, seed: int) -> None:
    """A store as months of use would leave it: many problems, some arms, rewards that differ."""
    import numpy as np

    from knowhow_memory.memory import Memory
    from knowhow_memory.models import OutcomeCreate

    rng = np.random.default_rng(seed)
    arms, rewards = rng.integers(ARMS, size=outcomes), rng.random(outcomes)
    with Memory.open(folder, embedder="hash:64") as memory:
        for start in range(0, outcomes, 5000):
            memory.record_many(
                [
                    OutcomeCreate(
                        problem=f"problem {i} of kind {i % PROBLEMS_A_TASK}",
                        task=f"kind {i % PROBLEMS_A_TASK}",
                        arm=f"specialist{arms[i] // 3}::strategy{arms[i] % 3}",
                        reward=float(rewards[i] < (arms[i] + 1) / (ARMS + 1)),
                        cost=float(rewards[i]) / 100,
                        latency_s=float(rewards[i]),
                        big_model=f"model{i % 2}",
                    )
                    for i in range(start, min(start + 5000, outcomes))
                ]
            )


def _timed(arguments: Sequence[str], environment: dict[str, str]) -> float:
    start = time.perf_counter()
    subprocess.run(  # noqa: S603  our own interpreter and module
        [sys.executable, *arguments], env=environment, check=True, stdout=subprocess.DEVNULL
    )
    return time.perf_counter() - start
