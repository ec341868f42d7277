"""One self-contained SVG of a replay: learning curves, or rewards with their intervals.

No scripts, no fonts from elsewhere, no dependencies; a panel a file, one below the other. Knows
nothing about how the figures came about.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from html import escape
from itertools import pairwise
from typing import Any

from knowhow_router.replay.scores import OURS, Curve

WIDTH = 860
LEFT, RIGHT, TOP, BOTTOM = 64, 190, 44, 40
CURVE_HEIGHT = 260
ROW_HEIGHT = 20
PALETTE = (
    "#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#7f7f7f", "#8c564b",
)  # fmt: skip
"""Told apart by colour-blind readers too."""
OURS_COLOUR = "#111111"
LABEL_HEIGHT = 14
TICKS = 7


def svg(documents: Sequence[Mapping[str, Any]], curves: Sequence[Sequence[Curve]]) -> str:
    """The whole file."""
    panels, height = [], 0.0
    for document, lines in zip(documents, curves, strict=True):
        body, needed = curve_panel(document, lines) if lines else interval_panel(document)
        panels.append(f'<g transform="translate(0 {height:.0f})">{body}</g>')
        height += needed
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height:.0f}" '
        f'width="{WIDTH}" height="{height:.0f}" role="img" font-family="system-ui, sans-serif" '
        f'font-size="12"><title>Replay of routing policies</title>'
        f'<rect width="100%" height="100%" fill="#ffffff"/>{"".join(panels)}</svg>\n'
    )


def curve_panel(document: Mapping[str, Any], curves: Sequence[Curve]) -> tuple[str, float]:
    """Mean reward so far over decisions."""
    height = max(CURVE_HEIGHT, LABEL_HEIGHT * len(curves))
    low = min(float(curve.means.min()) for curve in curves)
    high = max(float(curve.means.max()) for curve in curves)
    last = max(float(curve.decisions[-1]) for curve in curves)
    right, bottom = WIDTH - RIGHT, TOP + height
    y = Scale(low, high, bottom, TOP)
    x = Scale(0.0, last, LEFT, right)
    parts = [heading(document, "mean reward so far")]
    for value in y.ticks():
        parts.append(line(LEFT, y(value), right, y(value), "#e5e5e5"))
        parts.append(label(LEFT - 8, y(value) + 4, f"{value:.3g}", anchor="end"))
    for value in x.ticks():
        parts.append(label(x(value), bottom + 18, f"{value:,.0f}", anchor="middle"))
    parts.append(label(right, bottom + 34, "decisions", anchor="end"))
    ends = spread([y(float(curve.means[-1])) for curve in curves])
    for i, (curve, end) in enumerate(zip(curves, ends, strict=True)):
        colour, width = colour_of(curve.name, i), 2.5 if curve.name == OURS else 1.5
        points = " ".join(
            f"{x(float(d)):.1f},{y(float(m)):.1f}"
            for d, m in zip(curve.decisions, curve.means, strict=True)
        )
        parts.append(
            f'<polyline points="{points}" fill="none" stroke="{colour}" stroke-width="{width}"/>'
        )
        name = f"{curve.name} {float(curve.means[-1]):.3f}"
        parts.append(label(right + 10, end + 4, name, colour=colour))
    return "".join(parts), TOP + height + BOTTOM + 10


def interval_panel(document: Mapping[str, Any]) -> tuple[str, float]:
    """A dot and its 95% interval for every policy."""
    policies = document["policies"]
    rewards = {name: figures["reward"] for name, figures in policies.items()}
    ends = [bound for reward in rewards.values() for bound in reward["ci95"] or [reward["mean"]]]
    bottom = TOP + ROW_HEIGHT * len(rewards)
    x = Scale(min(ends), max(ends), LEFT + 90, WIDTH - 90)
    parts = [heading(document, "reward with 95% interval")]
    for value in x.ticks():
        parts.append(line(x(value), TOP, x(value), bottom, "#e5e5e5"))
        parts.append(label(x(value), bottom + 16, f"{value:.3g}", anchor="middle"))
    for i, (name, reward) in enumerate(rewards.items()):
        middle, colour = TOP + ROW_HEIGHT * (i + 0.5), colour_of(name, i)
        low, high = reward["ci95"] or [reward["mean"]] * 2
        parts.append(label(LEFT + 80, middle + 4, name, anchor="end", colour=colour))
        parts.append(line(x(low), middle, x(high), middle, colour))
        parts.append(
            f'<circle cx="{x(reward["mean"]):.1f}" cy="{middle}" r="3.5" fill="{colour}"/>'
        )
        parts.append(label(WIDTH - 80, middle + 4, f"{reward['mean']:.4f}"))
    return "".join(parts), bottom + BOTTOM + 10


class Scale:
    """Maps values to pixels, with a little air at both ends."""

    def __init__(self, low: float, high: float, begin: float, end: float) -> None:
        self.low, self.high = low, high if high > low else low + 1e-9
        self.begin, self.end = begin, end

    def __call__(self, value: float) -> float:
        return self.begin + (value - self.low) / (self.high - self.low) * (self.end - self.begin)

    def ticks(self) -> list[float]:
        """Round values inside the scale, about as many as `TICKS`."""
        raw = (self.high - self.low) / TICKS
        size = 10.0 ** math.floor(math.log10(raw))
        step = next(size * factor for factor in (1, 2, 5, 10) if size * factor >= raw)
        first, last = math.ceil(self.low / step), math.floor(self.high / step)
        return [i * step for i in range(first, last + 1)]


def spread(heights: Sequence[float]) -> list[float]:
    """Heights for labels that do not cover each other, in the given order."""
    order = sorted(range(len(heights)), key=lambda i: heights[i])
    placed = list(heights)
    for before, after in pairwise(order):
        placed[after] = max(placed[after], placed[before] + LABEL_HEIGHT)
    excess = max(0.0, placed[order[-1]] - max(heights)) / 2 if order else 0.0
    return [height - excess for height in placed]


def colour_of(name: str, place: int) -> str:
    return OURS_COLOUR if name == OURS else PALETTE[place % len(PALETTE)]


def heading(document: Mapping[str, Any], what: str) -> str:
    text = f"{document['file']}: {what} ({document['rows']:,} rows)"
    return f'<text x="{LEFT}" y="24" font-size="14" font-weight="600">{escape(text)}</text>'


def line(x1: float, y1: float, x2: float, y2: float, colour: str) -> str:
    return f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" stroke="{colour}"/>'


def label(x: float, y: float, text: str, *, anchor: str = "start", colour: str = "#333333") -> str:
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" fill="{colour}">'
        f"{escape(text)}</text>"
    )
