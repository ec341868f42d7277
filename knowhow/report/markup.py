"""HTML and SVG from nested calls; every text is escaped unless it is markup already.

tag("p", "a < b", class_="note")  →  <p class="note">a &lt; b</p>
"""

from html import escape

Child = str | None


class Markup(str):
    """Text that must not be escaped again."""

    __slots__ = ()


def tag(name: str, *children: Child, **attributes: str | float | None) -> Markup:
    """One element; None children and attributes are left out, `class_` is `class` and
    `text_anchor` is `text-anchor`."""
    given = "".join(
        f' {key.rstrip("_").replace("_", "-")}="{escape(_shown(value))}"'
        for key, value in attributes.items()
        if value is not None
    )
    return Markup(f"<{name}{given}>{join(*children)}</{name}>")


def join(*children: Child) -> Markup:
    return Markup("".join(_safe(child) for child in children if child is not None))


def _safe(child: str) -> str:
    return child if isinstance(child, Markup) else escape(child)


def _shown(value: str | float) -> str:
    return f"{value:.2f}".rstrip("0").rstrip(".") if isinstance(value, float) else str(value)
