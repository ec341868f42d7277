"""A stream of problems for a router that starts knowing nothing: what every such story shows.

All ways are tried on every problem, but only the chosen one's outcome is told to the router; the
others serve to say what random choice, the best single way and an oracle would have got.
"""

import random
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn
from rich.table import Table

import knowhow

if TYPE_CHECKING:
    from knowhow.know import Know

WINDOWS = 5
BLOCKS = " ▁▂▃▄▅▆▇█"
STEPS_A_DOLLAR = 1e6


@dataclass(frozen=True)
class Problem:
    text: str
    attempt: Callable[[str], tuple[float, int]]
    """A way's reward and the steps it took."""


def play(
    problems: Iterable[Problem],
    arms: Mapping[str, str],
    *,
    tasks: int,
    seed: int,
    location: Path,
    console: Console,
) -> dict[str, Any]:
    """`arms` maps names to ways; returns the figures the last screen shows."""
    rng = random.Random(f"guesses:{seed}")
    rewards: dict[str, list[float]] = {name: [] for name in ("router", "random", "oracle", *arms)}
    steps = 0
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[curve]}"),
    )
    progress = Progress(*columns, console=console, disable=not console.is_terminal)
    with knowhow.open(str(location)) as know, progress as bar:
        line = bar.add_task("learning", total=tasks, curve="")
        for done, problem in enumerate(problems, 1):
            results = {arm: problem.attempt(way) for arm, way in arms.items()}
            decision = know.route(problem.text, arms=list(arms))
            reward, used = results[decision.fallback]
            cost = used / STEPS_A_DOLLAR
            know.record(decision, reward=reward, cost=cost, verified_by="checker")
            steps += used
            _note(rewards, results, decision.fallback, rng)
            bar.update(line, completed=done, curve=curve(rewards["router"], tasks))
        console.print(curve_line(rewards["router"], tasks))
        _show_advice(know, console, problem.text, arms)
    figures = {
        name: {"all": _mean(got), "last_fifth": _mean(got[-max(1, tasks // WINDOWS) :])}
        for name, got in rewards.items()
    }
    console.print(_table(figures, arms, tasks))
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
    rewards["random"].append(results[rng.choice(list(results))][0])
    rewards["oracle"].append(max(reward for reward, _ in results.values()))
    for arm, (reward, _) in results.items():
        rewards[arm].append(reward)


def _show_advice(know: "Know", console: Console, text: str, arms: Mapping[str, str]) -> None:
    decision = know.route(text, arms=list(arms), explore=False)
    console.print(f"[dim]asked about[/] {text}", soft_wrap=True)
    console.print(f"[dim]it says[/] {decision.fallback}: {decision.evidence}\n", soft_wrap=True)


def _table(figures: dict[str, dict[str, float]], arms: Mapping[str, str], tasks: int) -> Table:
    table = Table(title=f"share solved, n={tasks:,}", title_justify="left")
    table.add_column("who chooses")
    table.add_column("whole stream", justify="right")
    table.add_column("last fifth", justify="right")
    best = max(arms, key=lambda arm: figures[arm]["all"])
    rows = {
        "knowhow's router": "router",
        "random": "random",
        f"always {arms[best]} (best single, in hindsight)": best,
        "oracle (knows every outcome)": "oracle",
    }
    for label, name in rows.items():
        style = "bold" if name == "router" else None
        got = figures[name]
        table.add_row(label, f"{got['all']:.1%}", f"{got['last_fifth']:.1%}", style=style)
    return table


def _mean(values: list[float]) -> float:
    return sum(values) / len(values) if values else 0.0
