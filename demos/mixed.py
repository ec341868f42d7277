"""The whole story: plans, word problems, meetings, and several at once, for a team that begins
knowing nothing.

A team in AutoGen is given one problem after the other. For every part the router chooses whom to
ask and which way; a checker says whether the answer is right, and where it is not, somebody else is
asked, a few times. Only what came of those who were asked is told to the router. The specialists'
adapters learn from whatever was right, and a new version of one serves once the gate has seen it do
better. All that happened lies in the store, so Ctrl-C loses nothing: the same command goes on.
"""

import asyncio
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from math import comb, prod
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn
from rich.table import Table

import knowhow
from demos.diary import Diary
from demos.pupils import Pupils
from demos.staff import ARMS, Problem, Staff, draw
from knowhow.big_model import open_big_model, providers_of
from knowhow_agents.protocol.turns import ALONE, ROUTER
from knowhow_agents.protocol.whathow import WhatHow
from knowhow_agents.protocol.wording import style_for
from knowhow_agents.skills.traces.team import Said
from knowhow_agents.team.orders import ARM
from knowhow_agents.team.team import KnowhowTeam

if TYPE_CHECKING:
    from knowhow.know import Know

TASKS = 400
ATTEMPTS = 4
"""At a part, by one arm after the other, until the checker is content."""
WINDOWS = 5
DIARY = "mixed.jsonl"
OFFLINE = "embedded/"
"""Models that may be asked about everything, as it costs nothing."""
DRAWN = 2_000
"""Samples behind an interval."""
BLOCKS = " ▁▂▃▄▅▆▇█"


@dataclass(frozen=True)
class Line:
    """One problem, as the diary has it: for each part who was asked, one after the other, what the
    last of them got, and what everybody would have got."""

    asked: list[list[str]]
    got: list[float]
    rewards: list[dict[str, float]]

    def of(self, arm: str) -> float:
        return prod(by_arm.get(arm, 0.0) for by_arm in self.rewards)

    @property
    def solved(self) -> float:
        return prod(self.got)

    @property
    def at_once(self) -> float:
        """Whether the first who was asked was right, in every part."""
        return float(self.solved == 1 and all(len(asked) == 1 for asked in self.asked))

    @property
    def best(self) -> float:
        return prod(max(by_arm.values(), default=0.0) for by_arm in self.rewards)

    def chance(self, attempts: int) -> float:
        """What somebody expects who asks so many at random."""
        return prod(_some_right(by_arm, attempts) for by_arm in self.rewards)


def _some_right(rewards: dict[str, float], attempts: int) -> float:
    wrong = len(ARMS) - sum(reward == 1 for reward in rewards.values())
    return 1 - comb(wrong, attempts) / comb(len(ARMS), attempts)


def run(
    *, tasks: int, seed: int, location: Path, console: Console, big_model: str | None = None
) -> dict[str, Any]:
    """Play `tasks` problems; returns the figures the last screen shows."""
    diary = Diary(location / DIARY, {"tasks": tasks, "seed": seed, "big_model": big_model})
    if len(_lines(diary)) >= tasks:
        console.print(f"Played already; to see it again, delete {str(location)!r}.\n")
    problems = draw(tasks, seed)
    with knowhow.open(str(location)) as know:
        name = providers_of(know.settings.big_model, big_model)[0].model
        console.print(
            f"{tasks} problems: plans, word problems, meetings, and some of several kinds. "
            f"{len(ARMS)} ways to go about each: six to make a plan, five specialists that read "
            f"word problems, one that reads of meetings and counts in five ways, and {name}. A "
            "checker says what was right. Nobody knows yet whom to ask.\n",
            soft_wrap=True,
            highlight=False,
        )
        try:
            big = WhatHow(open_big_model(know.settings.big_model, big_model), style=style_for(name))
            staff = Staff.of(location, big, ask_everything=name.startswith(OFFLINE))
            _begin(staff.pupils, diary, console)
            _play_all(know, staff, diary, problems, console)
        except KeyboardInterrupt:
            console.print("\nStopped. With --store FOLDER the same command goes on from here.")
            raise
    lines = _lines(diary)
    figures = _figures(lines, seed, asked_everything=staff.ask_everything)
    console.print(_table(figures, lines))
    console.print(_closing(figures, diary), soft_wrap=True, highlight=False)
    trainings = [one for row in diary.rows if "training" in row for one in row["training"]]
    return {"tasks": tasks, "seed": seed, **figures, "trainings": trainings}


def _begin(pupils: Pupils, diary: Diary, console: Console) -> None:
    with console.status("the specialists read their first examples"):
        pupils.begin()
    for row in diary.rows:
        for said in row.get("right", []):
            pupils.hear(Said(**said))
        if "standing" in row:
            pupils.remember(row["standing"])


def _play_all(
    know: "Know",
    staff: Staff,
    diary: Diary,
    problems: Sequence[Problem],
    console: Console,
) -> None:
    size = max(1, len(problems) // WINDOWS)
    for start in range(0, len(problems), size):
        window = problems[start : start + size]
        _play(know, staff, diary, window, start, console)
        told = _window(_lines(diary)[start : start + size], start)
        console.print(told, highlight=False, soft_wrap=True)
        if start + size < len(problems):
            _learn(staff.pupils, diary, start + size, console)


def _play(
    know: "Know",
    staff: Staff,
    diary: Diary,
    window: Sequence[Problem],
    start: int,
    console: Console,
) -> None:
    """A window, or what is left of it."""
    left = window[max(0, len(_lines(diary)) - start) :]
    if not left:
        return
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    with Progress(
        *columns, console=console, transient=True, disable=not console.is_terminal
    ) as bar:
        line = bar.add_task("everybody thinks", total=len(left))
        staff.prepare(left)
        bar.update(line, description=f"problems from {start + 1}")
        team = KnowhowTeam(
            know.memory,
            know.router,
            staff.specialists(),
            what_how=staff.big,
            check=staff.verify,
            analyse=False,
            attempts=ATTEMPTS,
        )

        async def work() -> None:
            for problem in left:
                diary.add(_noted(staff, problem, await _asked(team, problem)))
                bar.advance(line)

        asyncio.run(work())


async def _asked(team: KnowhowTeam, problem: Problem) -> list[list[str]]:
    """Who was chosen for each part, one after the other."""
    result = await team.run(task=problem.text)
    asked: list[list[str]] = [[] for _ in problem.parts]
    for message in result.messages:
        if message.source == ROUTER and ARM in message.metadata:
            part, told, _ = message.to_text().partition(": ")
            number = int(part[1:]) if told and part.startswith("#") else 1
            asked[number - 1].append(message.metadata[ARM])
    return asked


def _noted(staff: Staff, problem: Problem, asked: list[list[str]]) -> dict[str, Any]:
    found = [staff.tried(part.problem) for part in problem.parts]
    right = [
        said
        for arms, by_arm in zip(asked, found, strict=True)
        for arm in arms
        if (tried := by_arm.get(arm)) is not None and tried.reward == 1
        for said in tried.said
    ]
    for said in right:
        staff.pupils.hear(said)
    line = Line(
        asked,
        [staff.verdicts.get(part.problem, 0.0) for part in problem.parts],
        [{arm: tried.reward for arm, tried in by_arm.items()} for by_arm in found],
    )
    return {"line": asdict(line), "right": [asdict(said) for said in dict.fromkeys(right)]}


def _lines(diary: Diary) -> list[Line]:
    return [Line(**row["line"]) for row in diary.rows if "line" in row]


def _learn(pupils: Pupils, diary: Diary, at: int, console: Console) -> None:
    """Once behind every window."""
    if any(row.get("before") == at for row in diary.rows):
        return
    with console.status("learning") as status:
        judged = pupils.learn(status.update)
    told = [asdict(one) for one in judged]
    diary.add({"training": told, "before": at, "standing": pupils.standing()})
    for one in judged:
        console.print(f"   {one.told()}", highlight=False, soft_wrap=True)


def _window(lines: Sequence[Line], start: int) -> str:
    asked = Counter(arm for line in lines for tried in line.asked for arm in tried)
    solved, at_once, best = (
        sum(found) / len(lines)
        for found in (
            [line.solved for line in lines],
            [line.at_once for line in lines],
            [line.best for line in lines],
        )
    )
    told = ", ".join(f"{arm} {count}" for arm, count in asked.most_common(4))
    there = f"{start + 1:>5}–{start + len(lines)}"
    return (
        f"{there}: {solved:.0%} solved, {at_once:.0%} at the first try, {best:.0%} could be; most "
        f"asked: {told}"
    )


def _figures(lines: Sequence[Line], seed: int, *, asked_everything: bool) -> dict[str, Any]:
    fifth = max(1, len(lines) // WINDOWS)
    got = {
        "knowhow": [line.solved for line in lines],
        "knowhow_at_once": [line.at_once for line in lines],
        "random": [line.chance(ATTEMPTS) for line in lines],
        "random_at_once": [line.chance(1) for line in lines],
        "oracle": [line.best for line in lines],
    }
    known = [arm for arm in ARMS if asked_everything or arm != ALONE]
    got |= {arm: [line.of(arm) for line in lines] for arm in known}
    gained = _beyond_luck(lines)
    parts = [asked for line in lines for asked in line.asked]
    oracle = max(1.0, sum(got["oracle"][-fifth:]))
    return {
        "success": {
            name: {"all": float(np.mean(each)), "last_fifth": float(np.mean(each[-fifth:]))}
            for name, each in got.items()
        },
        "curve": _curve(got["knowhow"], fifth),
        "curve_at_once": _curve(got["knowhow_at_once"], fifth),
        "gain": _difference(gained[:fifth], gained[-fifth:], seed),
        "of_oracle": sum(got["knowhow"][-fifth:]) / oracle,
        "of_oracle_at_once": sum(got["knowhow_at_once"][-fifth:]) / oracle,
        "parts": len(parts),
        "attempts": sum(map(len, parts)),
        "big_model_asked": sum(asked.count(ALONE) for asked in parts),
    }


def _curve(got: Sequence[float], fifth: int) -> list[float]:
    return [float(np.mean(got[at : at + fifth])) for at in range(0, len(got), fifth)]


def _beyond_luck(lines: Sequence[Line]) -> list[float]:
    """What is right at the first try, less what follows from the problem: whether anybody can
    solve it, and how likely somebody who guesses is right. What is left is who was asked."""
    got = np.array([line.at_once for line in lines])
    known = np.array([[1.0, line.best, line.chance(1)] for line in lines])
    [follows, *_] = np.linalg.lstsq(known, got)
    return list(got - known @ follows)


def _difference(first: list[float], last: list[float], seed: int) -> dict[str, Any]:
    """How much higher the last fifth of the stream is than the first."""
    rng = np.random.default_rng(seed)
    means = [rng.choice(np.array(part), (DRAWN, len(part))).mean(axis=1) for part in (first, last)]
    low, high = np.quantile(means[1] - means[0], (0.025, 0.975))
    mean = float(np.mean(last) - np.mean(first))
    return {"mean": mean, "ci95": [float(low), float(high)], "n": len(last)}


def _table(figures: dict[str, Any], lines: Sequence[Line]) -> Table:
    success, parts = figures["success"], figures["parts"]
    arms = [arm for arm in ARMS if arm in success]
    best = max(arms, key=lambda arm: success[arm]["all"])
    table = Table(
        title=f"share solved, n={len(lines):,}; {best} is the best single arm in hindsight",
        title_justify="left",
    )
    table.add_column("who chooses")
    for name in ("all", "last fifth", "attempts", "big model"):
        table.add_column(name, justify="right")
    rows: dict[str, tuple[str, int | None, int | None]] = {
        f"knowhow, ≤ {ATTEMPTS} tries": (
            "knowhow",
            figures["attempts"],
            figures["big_model_asked"],
        ),
        "knowhow, first try": ("knowhow_at_once", parts, None),
        f"random, ≤ {ATTEMPTS} tries": ("random", None, None),
        "random, one try": ("random_at_once", parts, parts // len(ARMS)),
        "the big model, always": (ALONE, parts, parts),
        f"{best}, always": (best, parts, 0),
        "oracle": ("oracle", parts, 0),
    }
    for label, (name, attempts, asked) in rows.items():
        if name in success:
            shares = (f"{success[name][part]:.1%}" for part in ("all", "last_fifth"))
            counts = ("" if count is None else f"{count:,}" for count in (attempts, asked))
            style = "bold" if name == "knowhow" else None
            table.add_row(label, *shares, *counts, style=style)
    return table


def _closing(figures: dict[str, Any], diary: Diary) -> str:
    gain = figures["gain"]
    low, high = gain["ci95"]
    judged = [one for row in diary.rows for one in row.get("training", [])]
    better = [one["agent"] for one in judged if one["promoted"]]
    share, at_once = figures["of_oracle"], figures["of_oracle_at_once"]
    return "\n".join(
        [
            f"{_drawn(figures['curve'])} solved, fifth by fifth: {share:.0%} of what an oracle "
            "gets in the last",
            f"{_drawn(figures['curve_at_once'])} at the first try: {at_once:.0%} of the oracle",
            "at the first try, last fifth against first, on problems equally hard: "
            f"{gain['mean']:+.1%} [{low:+.1%}, {high:+.1%}]",
            f"{len(judged)} new adapter versions judged, promoted: {', '.join(better) or 'none'}",
        ]
    )


def _drawn(curve: Sequence[float]) -> str:
    curve = curve[:WINDOWS]
    bars = "".join(BLOCKS[round(share * (len(BLOCKS) - 1))] for share in curve)
    return f"{bars}  {' → '.join(f'{share:.0%}' for share in curve)}"
