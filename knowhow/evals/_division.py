"""How work is divided among agents, and the drawing of it. Knows nothing of agents and routing."""

from collections import Counter
from collections.abc import Mapping, Sequence
from math import log

Share = tuple[str, str]
"""A problem's group, and who was asked."""


def entropy(shares: Sequence[Share], agents: int) -> float:
    """Of who is asked, within a group and averaged over the problems: 1 where everybody is asked
    alike, 0 where each group has somebody of its own, or all have the same one."""
    groups = Counter(group for group, _ in shares)
    within = (_spread([a for g, a in shares if g == group]) * n for group, n in groups.items())
    return sum(within) / len(shares) / log(agents)


def division(shares: Sequence[Share], agents: int) -> float:
    """How much the group says about who is asked: 0 where it says nothing, also where one agent
    does everything, 1 where everybody has a group of their own."""
    return _spread([agent for _, agent in shares]) / log(agents) - entropy(shares, agents)


def _spread(values: Sequence[str]) -> float:
    return -sum(n / len(values) * log(n / len(values)) for n in Counter(values).values())


def drawing(panels: Mapping[str, Mapping[str, Sequence[float]]]) -> str:
    """One SVG, a panel below the other: each line's value in every round."""
    from knowhow_router.replay.plots import (
        BOTTOM,
        LEFT,
        PALETTE,
        RIGHT,
        TOP,
        WIDTH,
        Scale,
        label,
        line,
        spread,
    )

    height, step = 180, TOP + 180 + BOTTOM
    right = WIDTH - RIGHT
    parts = []
    for place, (title, lines) in enumerate(panels.items()):
        top = place * step + TOP
        y = Scale(0.0, 1.0, top + height, top)
        rounds = max(map(len, lines.values()))
        x = Scale(1.0, float(rounds), LEFT, right)
        parts.append(label(LEFT, top - 14, title))
        for value in (0.0, 0.25, 0.5, 0.75, 1.0):
            parts.append(line(LEFT, y(value), right, y(value), "#e5e5e5"))
            parts.append(label(LEFT - 8, y(value) + 4, f"{value:g}", anchor="end"))
        for number in range(1, rounds + 1):
            parts.append(label(x(number), top + height + 18, f"round {number}", anchor="middle"))
        ends = spread([y(values[-1]) for values in lines.values()])
        for (name, values), end, colour in zip(lines.items(), ends, PALETTE, strict=False):
            points = " ".join(f"{x(n):.1f},{y(v):.1f}" for n, v in enumerate(values, 1))
            parts.append(f'<polyline points="{points}" fill="none" stroke="{colour}"/>')
            parts.append(label(right + 10, end + 4, f"{name} {values[-1]:.2f}", colour=colour))
    whole = step * len(panels)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {whole}" width="{WIDTH}" '
        f'height="{whole}" font-family="system-ui, sans-serif" font-size="12">'
        f'<rect width="100%" height="100%" fill="#ffffff"/>{"".join(parts)}</svg>\n'
    )
