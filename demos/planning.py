"""The story: eight families of planning problems, six real algorithms under one budget of steps,
and a router that finds out from outcomes which of them a problem calls for.

Strategies work on what was read from the words; plans are checked against the problem itself:
every rule kept, and within 2% of the best plan known.
"""

from functools import partial
from pathlib import Path
from typing import Any

from rich.console import Console

from demos.stream import Problem, play
from knowhow_agents.skills.planning.items import Item, draw_items
from knowhow_agents.skills.planning.specialist import ARMS, attempt, check
from knowhow_agents.skills.planning.steps import STEP_BUDGET

TASKS = 400


def run(*, tasks: int, seed: int, location: Path, console: Console) -> dict[str, Any]:
    """Play `tasks` problems; returns the figures the last screen shows."""
    ways = {arm: strategy.value for arm, strategy in ARMS.items()}
    console.print(
        f"{tasks} planning problems in words of eight families, six algorithms "
        f"({', '.join(ways.values())}) with {STEP_BUDGET:,} steps each, plans checked. The router "
        "knows none of this.\n",
        highlight=False,
    )
    with console.status("drawing problems, and solving them exactly to know the best plans"):
        items = draw_items(tasks, seed)
    problems = (Problem(item.problem, partial(_try, item)) for item in items)
    return play(problems, ways, tasks=tasks, seed=seed, location=location, console=console)


def _try(item: Item, way: str) -> tuple[float, int]:
    tried = attempt(item.problem, way)
    return check(item, tried.answer), tried.steps
