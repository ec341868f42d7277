"""The story: a router that starts knowing nothing finds out which way suits which puzzle.

Every attempt is real and checked against the optimum.
"""

import random
from functools import partial
from pathlib import Path
from typing import Any

from rich.console import Console

from demos.puzzles import attempt, make_puzzle
from demos.stream import Problem, play

ARMS = {f"planner::{way}": way for way in ("greedy", "table", "search")}
TASKS = 400


def run(*, tasks: int, seed: int, location: Path, console: Console) -> dict[str, Any]:
    """Play `tasks` puzzles; returns the figures the last screen shows."""
    console.print(
        f"{tasks} puzzles in words, three ways to solve each ({', '.join(ARMS.values())}), answers "
        "checked. The router knows none of this.\n"
    )
    rng = random.Random(seed)
    puzzles = (make_puzzle(rng) for _ in range(tasks))
    problems = (Problem(puzzle.text, partial(attempt, puzzle)) for puzzle in puzzles)
    return play(problems, ARMS, tasks=tasks, seed=seed, location=location, console=console)
