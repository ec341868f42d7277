"""The page's drawings: success over time, intervals, calibration, cost against success.

Each takes numbers and returns one SVG. Colours and fonts come from the page's style, so a drawing
follows light and dark. Knows nothing about where the numbers come from.
"""

import math
from collections.abc import Callable, Sequence
from datetime import UTC, datetime

from knowhow.report.markup import Markup, join, tag
from knowhow_memory.rates import Rate
from knowhow_router.reliability import Bin
from knowhow_router.statistics import Line, Point

WIDTH, HEIGHT = 1000, 320
LEFT, RIGHT, TOP, BOTTOM = 48, 16, 14, 34
BAR_WIDTH, BAR_HEIGHT = 180, 18
SQUARE = 340
LARGEST_DOT, SMALLEST_DOT = 11.0, 3.0
DECADES_BESIDE = 0.35
"""Room beside the cheapest and the dearest dot, for the names."""
MOST_DETAILED_DECADES = 4
LABEL_GAP = 14.0
"""Pixels between the names of two dots, so that they can be read."""

Scale = Callable[[float], float]


def curve(points: Sequence[Point]) -> Markup:
    """Success over time with its interval, and the best single arm's."""
    across = _scale(points[0].start, points[-1].end, LEFT, WIDTH - RIGHT)
    up = _scale(0, 1, HEIGHT - BOTTOM, TOP)
    middles = [across((point.start + point.end) / 2) for point in points]
    best = [(x, p.best) for x, p in zip(middles, points, strict=True) if p.best.tries]
    everything = [(x, p.rate) for x, p in zip(middles, points, strict=True)]
    return _drawing(
        WIDTH,
        HEIGHT,
        "Success over time",
        _percent_lines(up, WIDTH - RIGHT),
        _time_marks(points, across),
        _trace(best, up, "best"),
        _trace(everything, up, "all"),
    )


def interval_bar(rate: Rate) -> Markup:
    """A rate as a dot on its interval, between 0 and 100%."""
    across = _scale(0, 1, 6, BAR_WIDTH - 6)
    middle = BAR_HEIGHT / 2
    dot = None if rate.rate is None else tag("circle", cx=across(rate.rate), cy=middle, r=4.5)
    return _drawing(
        BAR_WIDTH,
        BAR_HEIGHT,
        str(rate),
        tag("line", x1=across(0), x2=across(1), y1=middle, y2=middle, class_="rail"),
        tag(
            "line", x1=across(rate.low), x2=across(rate.high), y1=middle, y2=middle, class_="range"
        ),
        dot,
        class_="bar",
    )


def calibration(bins: Sequence[Bin]) -> Markup:
    """Stated against realised success; on the diagonal every word was true."""
    across = _scale(0, 1, LEFT, SQUARE - RIGHT)
    up = _scale(0, 1, SQUARE - BOTTOM, TOP)
    largest = max(b.realised.tries for b in bins)
    return _drawing(
        SQUARE,
        SQUARE,
        "Stated against realised success",
        _percent_lines(up, SQUARE - RIGHT),
        *(
            _text(f"{100 * x:.0f}%", across(x), SQUARE - BOTTOM + 16, anchor="middle")
            for x in (0, 0.5, 1)
        ),
        _text("stated", (LEFT + SQUARE - RIGHT) / 2, SQUARE - 3, anchor="middle"),
        tag("line", x1=across(0), y1=up(0), x2=across(1), y2=up(1), class_="ideal"),
        *(
            _dot(
                across(b.stated),
                up,
                b.realised,
                largest,
                f"stated {b.stated:.0%}, was {b.realised}",
            )
            for b in bins
        ),
        class_="square",
    )


def cost_against_success(lines: Sequence[Line]) -> Markup:
    """Each arm by its mean cost (on a logarithmic scale) and its success rate."""
    priced = [(line, line.cost.mean) for line in lines if line.cost and line.cost.mean > 0]
    costs = [math.log10(cost) for _, cost in priced]
    low, high = min(costs) - DECADES_BESIDE, max(costs) + DECADES_BESIDE
    across = _scale(low, high, LEFT, WIDTH - RIGHT)
    up = _scale(0, 1, HEIGHT - BOTTOM, TOP)
    largest = max(line.rate.tries for line, _ in priced)
    marks = [
        _text(f"${cost:g}", across(math.log10(cost)), HEIGHT - BOTTOM + 18, anchor="middle")
        for cost in _round_costs(low, high)
    ]
    dots = [
        _dot(
            across(math.log10(cost)),
            up,
            line.rate,
            largest,
            f"{line.name}: {line.rate}, ${cost:.3g}",
        )
        for line, cost in priced
    ]
    caption = "Cost of a try against success"
    return _drawing(
        WIDTH,
        HEIGHT,
        caption,
        _percent_lines(up, WIDTH - RIGHT),
        *marks,
        *dots,
        *_names(
            [(across(math.log10(cost)), up(line.rate.rate or 0), line) for line, cost in priced]
        ),
    )


def _round_costs(low: float, high: float) -> list[float]:
    """1, 2 and 5 of each power of ten between two logarithms; the powers alone if they are many."""
    powers = range(math.floor(low), math.ceil(high))
    digits = (1, 2, 5) if len(powers) <= MOST_DETAILED_DECADES else (1,)
    costs = [digit * 10.0**power for power in powers for digit in digits]
    return [cost for cost in costs if low <= math.log10(cost) <= high]


def _names(places: Sequence[tuple[float, float, Line]]) -> list[Markup]:
    """Names beside the dots, moved down where they would cover each other."""
    names, lowest = [], -LABEL_GAP
    for x, y, line in sorted(places, key=lambda place: place[1]):
        lowest = max(y + 4, lowest + LABEL_GAP)
        right = x < WIDTH * 0.7
        shift = LARGEST_DOT + 3 if right else -LARGEST_DOT - 3
        anchor = "start" if right else "end"
        names.append(
            _text(_short(line.name or ""), x + shift, lowest, anchor=anchor, class_="name")
        )
    return names


def _short(name: str, limit: int = 40) -> str:
    return name if len(name) <= limit else f"{name[: limit - 1]}…"


def _trace(places: Sequence[tuple[float, Rate]], up: Scale, class_: str) -> Markup | None:
    """A line with the band of its intervals."""
    if not places:
        return None
    over = [f"{x:.1f},{up(rate.high):.1f}" for x, rate in places]
    under = [f"{x:.1f},{up(rate.low):.1f}" for x, rate in reversed(places)]
    line = [f"{x:.1f},{up(rate.rate or 0):.1f}" for x, rate in places]
    dots = [
        tag("circle", tag("title", str(rate)), cx=x, cy=up(rate.rate or 0), r=2.4)
        for x, rate in places
    ]
    return tag(
        "g",
        tag("polygon", points=" ".join(over + under), class_="band"),
        tag("polyline", points=" ".join(line), class_="line"),
        *dots,
        class_=f"trace {class_}",
    )


def _dot(x: float, up: Scale, rate: Rate, largest: int, title: str) -> Markup:
    """A dot whose area says on how many tries it rests, with its interval."""
    radius = max(LARGEST_DOT * math.sqrt(rate.tries / largest), SMALLEST_DOT)
    return tag(
        "g",
        tag("title", title),
        tag("line", x1=x, x2=x, y1=up(rate.low), y2=up(rate.high), class_="range"),
        tag("circle", cx=x, cy=up(rate.rate or 0), r=radius, class_="dot"),
    )


def _percent_lines(up: Scale, right: float) -> Markup:
    lines = []
    for share in (0, 0.25, 0.5, 0.75, 1):
        lines.append(tag("line", x1=LEFT, x2=right, y1=up(share), y2=up(share), class_="grid"))
        lines.append(_text(f"{100 * share:.0f}%", LEFT - 8, up(share) + 4, anchor="end"))
    return join(*lines)


def _time_marks(points: Sequence[Point], across: Scale) -> Markup:
    start, end = points[0].start, points[-1].end
    days = end - start > 2 * 86_400
    marks = []
    for part, anchor in ((0, "start"), (0.5, "middle"), (1, "end")):
        moment = datetime.fromtimestamp(start + part * (end - start), UTC)
        text = moment.strftime("%Y-%m-%d" if days else "%m-%d %H:%M")
        marks.append(_text(text, across(moment.timestamp()), HEIGHT - BOTTOM + 18, anchor=anchor))
    return join(*marks)


def _scale(low: float, high: float, start: float, end: float) -> Scale:
    span = (high - low) or 1.0
    return lambda value: start + (value - low) / span * (end - start)


def _text(text: str, x: float, y: float, *, anchor: str, class_: str | None = None) -> Markup:
    return tag("text", text, x=x, y=y, text_anchor=anchor, class_=class_)


def _drawing(
    width: int, height: int, label: str, *parts: Markup | None, class_: str = "chart"
) -> Markup:
    return tag(
        "svg",
        *parts,
        viewBox=f"0 0 {width} {height}",
        role="img",
        aria_label=label,
        class_=class_,
    )
