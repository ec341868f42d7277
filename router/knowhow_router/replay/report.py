"""What a person reads after a replay: a table per file and the learning curves below it.

Takes the documents of `trial` and `logged`; knows nothing about how the figures came about.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from knowhow_router.replay.metrics import Figure
from knowhow_router.replay.scores import CEILING, OURS, REFERENCE, Curve

ABSENT = "–"
POINTS = 100.0
"""Differences of rewards read best in points, hundredths of a reward."""
LATER_MARKS = ("300", "1000")
LATER = "1000"
"""The mark whose rest of the run the table shows: what a policy has become by then."""
OVERSHOOT = 1.01
"""A budget counts as kept up to one per cent above."""

PLOT_WIDTH, PLOT_HEIGHT = 66, 12
PLOT_POLICIES = 6
COLOURS = ("bold green", "white", "cyan", "magenta", "yellow", "blue")
LETTERS = "●○abcdefghijklmnopqrstuvwxyz"


def show(documents: Sequence[Mapping[str, Any]], curves: Sequence[Sequence[Curve]]) -> Group:
    parts: list[RenderableType] = []
    for document, lines in zip(documents, curves, strict=True):
        table = log_table if document["kind"] == "log" else matrix_table
        parts += [table(document), *notes(document), Text()]
        if document.get("knowhow_versus"):
            parts += [versus_table(document["knowhow_versus"]), Text()]
        if lines:
            parts += [plot(chosen_curves(lines, document)), Text()]
    return Group(*parts)


def matrix_table(document: Mapping[str, Any]) -> Table:
    """One line a policy; marks, which know the outcomes in advance, are in italics."""
    policies: Mapping[str, Mapping[str, Any]] = document["policies"]
    online = any(p["at"] is not None for p in policies.values())
    priced = any(p["cost"] is not None for p in policies.values())
    unsolvable = any(p["abstention"]["unsolvable"] for p in policies.values())
    bounded = any(p["coverage"] is not None for p in policies.values())
    columns = {
        "reward": True,
        "vs best_single": True,
        f"after {LATER}": online,
        "regret": True,
        "$/problem": priced,
        "ECE": True,
        "held": bounded,
        "abstains": unsolvable,
        "ms": True,
    }
    table = plain_table(document, [name for name, there in columns.items() if there])
    for name, figures in policies.items():
        cells = (
            mean(figures["reward"]) if online else interval(figures["reward"]),
            difference(figures[f"versus_{REFERENCE}"]["all"]) if name != REFERENCE else ABSENT,
            mean(after(figures)),
            number(figures["regret"]["mean"], "{:,.0f}"),
            cost(figures["cost"], document["budget"]),
            number(figures["ece"], "{:.3f}"),
            mean(figures["coverage"], "{:.1%}"),
            abstains(figures["abstention"]),
            number(figures["ms_per_decision"], "{:.2f}"),
        )
        shown = [cell for cell, there in zip(cells, columns.values(), strict=True) if there]
        table.add_row(name, *shown, style=style(name))
    return table


def versus_table(versus: Mapping[str, Any]) -> Table:
    """How far ahead of each other policy ours is: in all, and once both have learned a while."""
    marks = [mark for mark in LATER_MARKS if all(mark in gaps for gaps in versus.values())]
    table = Table(box=None, pad_edge=False, padding=(0, 1, 0, 0))
    table.add_column(f"{OURS} ahead of", no_wrap=True)
    for name in ("all", *(f"after {mark}" for mark in marks)):
        table.add_column(name, justify="right", no_wrap=True)
    for name, gaps in versus.items():
        later = [gaps[mark]["after"] for mark in marks]
        cells = [ABSENT if gap is None else difference(gap) for gap in (gaps["all"], *later)]
        table.add_row(name, *cells, style=style(name))
    return table


def log_table(document: Mapping[str, Any]) -> Table:
    """Three estimates a policy; what was really done stands first."""
    columns = ("doubly robust", "SNIPS", "IPS", "rests on", "vs logged")
    table = plain_table(document, columns)
    logged = interval(document["logged_reward"])
    table.add_row("as logged", logged, "", "", f"{document['judged']:,}", ABSENT, style="italic")
    for name, figures in document["policies"].items():
        table.add_row(
            name,
            interval(figures["reward"]),
            interval(figures["snips"]),
            interval(figures["ips"]),
            number(figures["effective_n"], "{:,.0f}"),
            difference(figures["versus_logged"]),
            style=style(name),
        )
    return table


def plain_table(document: Mapping[str, Any], columns: Sequence[str]) -> Table:
    """Eighty columns wide where that is possible."""
    table = Table(
        title=title(document),
        title_justify="left",
        caption="vs: paired difference in points; * its 95% interval excludes zero",
        caption_justify="left",
        box=None,
        pad_edge=False,
        padding=(0, 1, 0, 0),
    )
    table.add_column("policy", no_wrap=True)
    for name in columns:
        table.add_column(name, justify="right", no_wrap=True)
    return table


def title(document: Mapping[str, Any]) -> Text:
    rows = f"{document['rows']:,} rows"
    if document["kind"] == "log":
        rows = f"{document['judged']:,} of {rows} judged"
    elif document["decidable"] < document["rows"]:
        rows = f"{rows}, {document['decidable']:,} with every arm"
    return Text(f"{document['file']}: {rows}, {len(document['arms'])} arms", style="bold")


def notes(document: Mapping[str, Any]) -> Iterable[Text]:
    for name, reason in document["not_run"].items():
        yield Text(f"{name}: {reason}", style="dim")


def style(name: str) -> str:
    if name == OURS:
        return "bold green"
    return "italic" if name in (REFERENCE, "best_per_task", CEILING) else ""


def after(figures: Mapping[str, Any]) -> Figure | None:
    at = (figures["at"] or {}).get(LATER)
    after: Figure | None = at["after"] if at else None
    return after


def mean(figure: Figure | None, form: str = "{:.4f}") -> str:
    return ABSENT if figure is None else form.format(figure["mean"])


def cost(figure: Figure | None, budget: float | None) -> str:
    """Dollars a problem; policies that spend more than they may are not comparable."""
    over = figure is not None and budget is not None and figure["mean"] > budget * OVERSHOOT
    return mean(figure, "{:.2g} over!" if over else "{:.2g}")


def interval(figure: Figure | None) -> str:
    if figure is None or figure["ci95"] is None:
        return mean(figure)
    reach = (figure["ci95"][1] - figure["ci95"][0]) / 2
    return f"{figure['mean']:.4f} ±{reach:.4f}"


def difference(figure: Figure) -> str:
    """In points, with a star where the interval excludes zero."""
    text = f"{figure['mean'] * POINTS:+.2f}"
    if figure["ci95"] is None:
        return text
    low, high = figure["ci95"]
    sure = "*" if low > 0 or high < 0 else " "
    return f"{text} ±{(high - low) / 2 * POINTS:.2f}{sure}"


def number(value: float | None, form: str) -> str:
    return ABSENT if value is None else form.format(value)


def abstains(abstention: Mapping[str, Any]) -> str:
    """Recall of the unsolvable at the accuracy that is left in scope."""
    recall, accuracy = abstention["recall"], abstention["in_scope_accuracy"]
    if recall is None or accuracy is None:
        return ABSENT
    return f"{recall:.0%} at {accuracy:.3f}"


def chosen_curves(curves: Sequence[Curve], document: Mapping[str, Any]) -> list[Curve]:
    """Ours, the reference, and the best of the rest that had to learn."""
    rewards = {name: figures["reward"]["mean"] for name, figures in document["policies"].items()}
    first = [curve for name in (OURS, REFERENCE) for curve in curves if curve.name == name]
    rest = [
        curve for curve in curves if curve.name not in (OURS, REFERENCE, "best_per_task", CEILING)
    ]
    rest.sort(key=lambda curve: -rewards[curve.name])
    return [*first, *rest][:PLOT_POLICIES]


def plot(curves: Sequence[Curve]) -> Text:
    """Mean reward so far over decisions, one character a policy; the first is drawn last."""
    low = min(float(curve.means.min()) for curve in curves)
    high = max(float(curve.means.max()) for curve in curves)
    last = max(float(curve.decisions[-1]) for curve in curves)
    span = (high - low) or 1.0
    grid = [[(" ", "")] * PLOT_WIDTH for _ in range(PLOT_HEIGHT)]
    marks = [
        (curve, LETTERS[i % len(LETTERS)], COLOURS[i % len(COLOURS)])
        for i, curve in enumerate(curves)
    ]
    for curve, letter, colour in reversed(marks):
        for decisions, value in zip(curve.decisions, curve.means, strict=True):
            column = min(int(decisions / last * PLOT_WIDTH), PLOT_WIDTH - 1)
            line = round((high - value) / span * (PLOT_HEIGHT - 1))
            grid[line][column] = letter, colour
    text = Text()
    for i, cells in enumerate(grid):
        value = high - span * i / (PLOT_HEIGHT - 1)
        text.append(f"{value:6.3f} │", "dim")
        for letter, colour in cells:
            text.append(letter, colour)
        text.append("\n")
    text.append(f"{'':6} └{'─' * PLOT_WIDTH}\n", "dim")
    text.append(f"{'reward so far':14}{f'{last:,.0f} decisions':>{PLOT_WIDTH - 6}}\n", "dim")
    for curve, letter, colour in marks:
        text.append(f"  {letter} {curve.name}", colour)
    return text
