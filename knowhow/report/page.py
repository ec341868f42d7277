"""The page itself: sections in the order a person asks.

How well does it go? Who is good? At what? Is it getting better? Can the router's word be believed?
What does it cost? Every rate stands with its 95% interval and the number of tries; what there are
too few outcomes for is said and not drawn.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.resources import files

from knowhow.report import charts
from knowhow.report.markup import Markup, join, tag
from knowhow_memory.rates import Rate
from knowhow_router.overview import DriftEvent, GroupArms, Overview
from knowhow_router.reliability import Reliability
from knowhow_router.statistics import Line, Mean, Point
from knowhow_router.trend import RECENT_SHARE, Trend

MOST_ARMS = 40
MOST_GROUPS = 24
MOST_COLUMNS = 6
"""What fits the page; what is left out is counted under the table."""
FEWEST_POINTS = 3
STRONGEST_TINT = 0.34
LONG_VALUE = 12

Row = list[Markup]


@dataclass(frozen=True, slots=True)
class Heading:
    """What the page is about: whose outcomes, since when, and when it was written."""

    tenant: str
    since: float | None
    written_at: float


def write_page(overview: Overview, heading: Heading) -> str:
    arms = overview.arms
    sections = [
        _over_time(overview.curve, arms.best),
        _arms(arms.lines),
        _groups(overview.groups, arms.lines),
        _calibration(arms.overall.reliability),
        _cost(arms.lines),
        _drift(overview.drift, arms.lines),
    ]
    body = tag("main", _top(overview, heading), *sections, _notes())
    return f"<!doctype html>\n{tag('html', _head(), tag('body', body), lang='en')}\n"


def _head() -> Markup:
    style = files("knowhow.report").joinpath("page.css").read_text(encoding="utf-8")
    return tag(
        "head",
        Markup('<meta charset="utf-8">'),
        # Whatever a problem's text may contain, this page runs nothing and fetches nothing.
        Markup(
            '<meta http-equiv="Content-Security-Policy" '
            "content=\"default-src 'none'; style-src 'unsafe-inline'\">"
        ),
        Markup('<meta name="viewport" content="width=device-width, initial-scale=1">'),
        tag("title", "knowhow: routing statistics"),
        tag("style", Markup(style)),
    )


def _top(overview: Overview, heading: Heading) -> Markup:
    overall, best = overview.arms.overall, overview.arms.best
    since = f"since {_moment(heading.since)}" if heading.since else "all time"
    written = f"{heading.tenant} · {since} · written {_moment(heading.written_at)}"
    return tag(
        "header",
        tag("h1", "Routing statistics"),
        tag("p", written, class_="quiet"),
        tag(
            "div",
            _tile("Outcomes", f"{overall.rate.tries:,}", f"on {overview.arms.problems:,} problems"),
            _tile("Success", _rate(overall.rate), _range(overall.rate)),
            _tile(
                "Best single arm",
                best.name or "" if best else "none yet",
                str(best.rate) if best else "needs outcomes",
            ),
            _tile("Mean cost", _money(overall.cost), _known(overall.cost)),
            _tile("Infrastructure faults", f"{overall.infra:,}", "counted apart"),
            class_="tiles",
        ),
    )


def _tile(name: str, value: str, note: str) -> Markup:
    return tag(
        "div",
        tag("p", name, class_="quiet"),
        tag("b", value, class_="long" if len(value) > LONG_VALUE else None),
        tag("p", note, class_="quiet"),
        class_="tile",
    )


def _over_time(curve: Sequence[Point], best: Line | None) -> Markup:
    title = "Success over time"
    if len(curve) < FEWEST_POINTS or best is None:
        return _section(title, "Too few outcomes for a curve yet.")
    note = (
        f"Each point is about {curve[0].rate.tries:,} outcomes in a row; the bands are 95% "
        "intervals. The best single arm is the one best assured by now, in hindsight, shown where "
        "it was asked."
    )
    legend = tag(
        "div",
        tag("span", tag("i", class_="key all"), "all outcomes"),
        tag("span", tag("i", class_="key best"), best.name),
        class_="legend",
    )
    return _section(title, note, legend, charts.curve(curve))


def _arms(lines: Sequence[Line]) -> Markup:
    title = "Arms"
    if not lines:
        return _section(title, "No outcomes yet: record some, then write this page again.")
    note = "The best assured first: by the lower end of the 95% interval, so luck does not lead."
    names = ["arm", "success", "", "tries", "share", "cost", "seconds", "trend", "faults"]
    return _section(
        title, note, _table(names, [_arm(line) for line in lines[:MOST_ARMS]]), _more(lines)
    )


def _arm(line: Line) -> Row:
    return [
        _cell(line.name or "(none)"),
        _cell(_rate(line.rate), small=_range(line.rate)),
        tag("td", charts.interval_bar(line.rate), class_="bars"),
        _cell(f"{line.rate.tries:,}"),
        _cell(f"{line.share:.0%}"),
        _cell(_money(line.cost)),
        _cell(f"{line.latency_s.mean:.2g}" if line.latency_s else "–"),
        _trend(line.trend),
        _cell(f"{line.infra:,}"),
    ]


def _trend(trend: Trend | None) -> Markup:
    if trend is None:
        return _cell("–")
    change = f"{100 * trend.change:+.0f} ({100 * trend.low:+.0f} to {100 * trend.high:+.0f})"
    return tag("td", tag("span", trend.verdict, class_=trend.verdict), tag("small", change))


def _groups(groups: Sequence[GroupArms], arms: Sequence[Line]) -> Markup:
    title = "Arms per group of problems"
    if not groups:
        return _section(title, "No groups yet: they are found from the problems that were met.")
    asked = sorted((line for line in arms if line.name), key=lambda line: -line.rate.tries)
    shown = [line.name or "" for line in asked[:MOST_COLUMNS]]
    note = (
        "Groups of similar problems, named by the words that tell them from the rest; the columns "
        "are the arms asked most. Success with its 95% interval, the tries and the arm's share of "
        "the group; underlined is the arm that is best assured in the group."
    )
    rows = [_group(group, shown) for group in groups[:MOST_GROUPS]]
    columns = ["group", *shown]
    return _section(
        title, note, _table(columns, rows, "wide"), _more(groups, MOST_GROUPS, "smaller groups")
    )


def _group(group: GroupArms, shown: Sequence[str]) -> Row:
    statistics = group.statistics
    problems = _count(statistics.problems, "problem", "problems")
    size = f"{problems}, {_tries(statistics.overall.rate)}"
    found = {line.name: line for line in statistics.lines}
    best = statistics.best.name if statistics.best else None
    cells = [_reliability_cell(found.get(name), top=name == best) for name in shown]
    return [_cell(group.label, small=size), *cells]


def _reliability_cell(line: Line | None, *, top: bool) -> Markup:
    if line is None or line.rate.rate is None:
        return tag("td", "–", class_="empty")
    # The tint follows what is assured or ruled out, so a thin record stays pale.
    sure_good, sure_bad = max(line.rate.low - 0.5, 0) * 2, max(0.5 - line.rate.high, 0) * 2
    colour, strength = ("--good", sure_good) if sure_good else ("--bad", sure_bad)
    tint = f"color-mix(in srgb, var({colour}) {100 * STRONGEST_TINT * strength:.0f}%, transparent)"
    return tag(
        "td",
        tag("b", _rate(line.rate)),
        tag("small", _range(line.rate)),
        tag("small", f"{_tries(line.rate)} · {line.share:.0%}"),
        class_="cell top" if top else "cell",
        style=f"background:{tint}",
    )


def _calibration(found: Reliability | None) -> Markup:
    title = "Calibration"
    if found is None:
        return _section(title, "No decision with a stated chance of success has an outcome yet.")
    note = "Whether the chance of success that was stated with a decision came true."
    facts = [
        ("decisions with an outcome", f"{found.n:,}"),
        ("stated on average", f"{found.stated:.1%}"),
        ("came true on average", f"{found.realised:.1%}"),
        ("mean distance (ECE)", f"{found.ece:.3f}"),
        ("Brier score", f"{found.brier:.3f}"),
    ]
    table = tag("table", *(tag("tr", tag("td", name), tag("td", value)) for name, value in facts))
    caption = tag(
        "figcaption",
        "A dot on the dashed line was true to its word; its size is the number of decisions, the "
        "bar its 95% interval.",
    )
    pair = tag(
        "div",
        tag("figure", charts.calibration(found.bins), style="margin:0"),
        tag("div", table, caption),
        class_="pair",
    )
    return _section(title, note, pair)


def _cost(lines: Sequence[Line]) -> Markup:
    title = "Cost"
    priced = [
        line for line in lines if line.name and line.cost and line.cost.mean > 0 and line.rate.tries
    ]
    if not priced:
        return _section(title, "No outcome says what it cost.")
    note = (
        "Mean cost of a try against success, with its 95% interval; a dot's size is the number of "
        "tries. Arms further up and further left are better bargains."
    )
    return _section(title, note, charts.cost_against_success(priced[:MOST_ARMS]))


def _drift(events: Sequence[DriftEvent], lines: Sequence[Line]) -> Markup:
    note = f"What the router noticed while it learned. {_changes(lines)}"
    if not events:
        return _section("Drift", note, tag("p", "The router has recorded no drift."))
    rows = [
        [_cell(event.arm), _cell(_moment(event.at)), _cell(f"{100 * event.change:+.0f} points")]
        for event in events
    ]
    return _section("Drift", note, _table(["arm", "noticed", "change in success"], rows))


def _changes(lines: Sequence[Line]) -> str:
    compared = [(line.name, line.trend) for line in lines if line.trend]
    if not compared:
        return "For a trend, too, there are too few outcomes yet."
    changed = [f"{name} {trend.verdict}" for name, trend in compared if trend.verdict != "steady"]
    return (
        f"The newest {RECENT_SHARE:.0%} of the outcomes against those before, allowing for the "
        f"{_count(len(compared), 'arm', 'arms')} compared: {', '.join(changed) or 'none changed'}."
    )


def _notes() -> Markup:
    return tag(
        "footer",
        tag(
            "p",
            "A reward between 0 and 1 counts as that part of a success. Intervals are Wilson's at "
            "95%, with the tries scaled to how widely graded rewards scatter. An arm's record is "
            "what happened where it was asked; where a router chose, arms were asked on different "
            "problems, so compare them within a group.",
        ),
        class_="quiet",
    )


def _section(title: str, note: str, *content: Markup | None) -> Markup:
    return tag("section", tag("h2", title), tag("p", note, class_="quiet"), *content)


def _table(names: Sequence[str], rows: Sequence[Row], class_: str | None = None) -> Markup:
    head = tag("tr", *(tag("th", name) for name in names))
    body = join(*(tag("tr", *row) for row in rows))
    table = tag("table", tag("thead", head), tag("tbody", body), class_=class_)
    return tag("div", table, class_="scroll")


def _more(things: Sequence[object], most: int = MOST_ARMS, what: str = "arms") -> Markup | None:
    left = len(things) - most
    return tag("p", f"… and {left:,} more {what}.", class_="quiet") if left > 0 else None


def _cell(text: str, *, small: str | None = None) -> Markup:
    return tag("td", text, tag("small", small) if small else None)


def _rate(rate: Rate) -> str:
    return "–" if rate.rate is None else f"{rate.rate:.0%}"


def _range(rate: Rate) -> str:
    if rate.rate is None:
        return "nothing tried"
    return f"{100 * rate.low:.0f}–{rate.high:.0%}"


def _tries(rate: Rate) -> str:
    return _count(rate.tries, "try", "tries")


def _count(number: int, one: str, many: str) -> str:
    return f"{number:,} {one if number == 1 else many}"


def _money(cost: Mean | None) -> str:
    return f"${cost.mean:.3g}" if cost else "–"


def _known(mean: Mean | None) -> str:
    return f"over {mean.n:,} outcomes" if mean else "nobody said"


def _moment(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%d %H:%M UTC")
