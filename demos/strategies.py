"""The story: a router that starts knowing nothing finds out which way suits which puzzle.

Every attempt is real and checked against the optimum. All ways are tried on every puzzle, but only
the chosen one's outcome is told to the router; the others serve to say what random choice, the best
single way and an oracle would have got.
"""

import random
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn
from rich.table import Table

import knowhow
from demos.puzzles import Puzzle, attempt, make_puzzle

ARMS = {f"planner::{way}": way for way in ("greedy", "table", "search")}
TASKS = 400
WINDOWS = 5
BLOCKS = " ▁▂▃▄▅▆▇█"


def run(*, tasks: int, seed: int, location: Path, console: Console) -> dict[str, Any]:
    """Play `tasks` puzzles; returns the figures the last screen shows."""
    rng = random.Random(seed)
    rewards: dict[str, list[float]] = {name: [] for name in ("router", "random", "oracle", *ARMS)}
    steps = 0
    console.print(
        f"{tasks} puzzles in words, three ways to solve each ({', '.join(ARMS.values())}), answers "
        "checked. The router knows none of this.\n"
    )
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[curve]}"),
    )
    progress = Progress(*columns, console=console, disable=not console.is_terminal)
    with knowhow.open(str(location)) as know, progress as bar:
        line = bar.add_task("learning", total=tasks, curve="")
        for done in range(1, tasks + 1):
            puzzle = make_puzzle(rng)
            results = {arm: attempt(puzzle, way) for arm, way in ARMS.items()}
            decision = know.route(puzzle.text, arms=list(ARMS))
            reward, used = results[decision.fallback]
            know.record(decision, reward=reward, cost=used / 1e6, verified_by="checker")
            steps += used
            _note(rewards, results, decision.fallback, rng)
            bar.update(line, completed=done, curve=curve(rewards["router"], tasks))
        console.print(curve_line(rewards["router"], tasks))
        _show_advice(know, console, puzzle)
    figures = {
        name: {"all": _mean(got), "last_fifth": _mean(got[-max(1, tasks // WINDOWS) :])}
        for name, got in rewards.items()
    }
    console.print(_table(figures, tasks))
    return {"tasks": tasks, "seed": seed, "success": figures, "steps": steps}


def curve(got: list[float], tasks: int) -> str:
    """Success per fifth of the stream, as little bars."""
    size = max(1, tasks // WINDOWS)
    windows = [got[i : i + size] for i in range(0, len(got), size)]
    return "".join(BLOCKS[round(_mean(window) * (len(BLOCKS) - 1))] for window in windows)


def curve_line(got: list[float], tasks: int) -> str:
    size = max(1, tasks // WINDOWS)
    shares = [f"{_mean(got[i : i + size]):.0%}" for i in range(0, len(got), size)]
    return f"success per fifth of the stream: {' → '.join(shares[:WINDOWS])}\n"


def _note(
    rewards: dict[str, list[float]],
    results: dict[str, tuple[float, int]],
    chosen: str,
    rng: random.Random,
) -> None:
    rewards["router"].append(results[chosen][0])
    rewards["random"].append(results[rng.choice(list(ARMS))][0])
    rewards["oracle"].append(max(reward for reward, _ in results.values()))
    for arm in ARMS:
        rewards[arm].append(results[arm][0])


def _show_advice(know: "knowhow.Know", console: Console, puzzle: Puzzle) -> None:
    decision = know.route(puzzle.text, arms=list(ARMS), explore=False)
    console.print(f"[dim]asked about[/] {puzzle.text}", soft_wrap=True)
    console.print(f"[dim]it says[/] {decision.fallback}: {decision.evidence}\n", soft_wrap=True)


def _table(figures: dict[str, dict[str, float]], tasks: int) -> Table:
    table = Table(title=f"share solved, n={tasks:,}", title_justify="left")
    table.add_column("who chooses")
    table.add_column("whole stream", justify="right")
    table.add_column("last fifth", justify="right")
    best = max(ARMS, key=lambda arm: figures[arm]["all"])
    rows = {
        "knowhow's router": "router",
        "random": "random",
        f"always {ARMS[best]} (best single, in hindsight)": best,
        "oracle (knows every outcome)": "oracle",
    }
    for label, name in rows.items():
        style = "bold" if name == "router" else None
        got = figures[name]
        table.add_row(label, f"{got['all']:.1%}", f"{got['last_fifth']:.1%}", style=style)
    return table


def _mean(values: list[float]) -> float:
    return sum(values) / len(values) if values else 0.0
