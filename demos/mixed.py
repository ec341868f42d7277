"""The whole story: plans, word problems and both at once, for a team that begins knowing nothing.

A team in AutoGen is given one problem after the other. For every part the router chooses whom to
ask and which way; a checker says whether the answer is right; only the chosen arm's outcome is told
to the router. The word problems' specialists learn from whatever was right, and a new version of
one serves once the gate has seen it do better. All that happened lies in the
store, so Ctrl-C loses nothing: the same command goes on.
"""

import asyncio
import random
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from math import prod
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn
from rich.table import Table

import knowhow
from demos.diary import Diary
from demos.school import Judged, School
from demos.staff import ARMS, Problem, Staff, Tried, draw
from knowhow.big_model import open_big_model, providers_of
from knowhow_agents.protocol.turns import ALONE, ROUTER
from knowhow_agents.protocol.whathow import WhatHow
from knowhow_agents.protocol.wording import style_for
from knowhow_agents.skills.traces.learning import Shown
from knowhow_agents.skills.traces.team import Said
from knowhow_agents.team.orders import ARM
from knowhow_agents.team.team import KnowhowTeam

if TYPE_CHECKING:
    from knowhow.know import Know

TASKS = 400
EXAMPLES = 300
"""What the readers know of each kind of word problem to begin with."""
WINDOWS = 5
DIARY = "mixed.jsonl"
OFFLINE = "embedded/"
"""Models that may be asked about everything, as it costs nothing."""
DRAWN = 2_000
"""Samples behind an interval."""
BLOCKS = " ▁▂▃▄▅▆▇█"


@dataclass(frozen=True)
class Line:
    """One problem, as the diary has it: for each part who was asked and what everybody got."""

    asked: list[str]
    got: list[float]
    """The reward of whoever was asked."""
    rewards: list[dict[str, float]]

    def of(self, arm: str) -> float:
        return prod(by_arm.get(arm, 0.0) for by_arm in self.rewards)

    @property
    def solved(self) -> float:
        return prod(self.got)

    @property
    def best(self) -> float:
        return prod(max(by_arm.values()) for by_arm in self.rewards)

    @property
    def chance(self) -> float:
        """What somebody expects who asks anybody."""
        return prod(sum(by_arm.values()) / len(ARMS) for by_arm in self.rewards)


def run(
    *, tasks: int, seed: int, location: Path, console: Console, big_model: str | None = None
) -> dict[str, Any]:
    """Play `tasks` problems; returns the figures the last screen shows."""
    diary = Diary(location / DIARY, {"tasks": tasks, "seed": seed, "big_model": big_model})
    problems = draw(tasks, seed)
    with knowhow.open(str(location)) as know:
        name = providers_of(know.settings.big_model, big_model)[0].model
        console.print(
            f"{tasks} problems: plans, word problems, and some of both. {len(ARMS)} ways to go "
            f"about each: six to make a plan, specialists that read word problems, and {name}. A "
            "checker says what was right. Nobody knows yet whom to ask.\n",
            soft_wrap=True,
            highlight=False,
        )
        try:
            big = WhatHow(open_big_model(know.settings.big_model, big_model), style=style_for(name))
            school = _school(location, diary, console)
            staff = Staff(school, big, ask_everything=name.startswith(OFFLINE))
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


def _school(location: Path, diary: Diary, console: Console) -> School:
    with console.status("the specialists read their examples"):
        school = School(location, EXAMPLES)
        school.begin()
    for row in diary.rows:
        for shown in row.get("right", []):
            school.hear(_shown(shown))
        if "standing" in row:
            school.remember_training(row["standing"])
    return school


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
            _learn(staff.school, diary, start + size, console)


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
            attempts=1,
        )

        async def work() -> None:
            for problem in left:
                diary.add(_noted(staff, problem, await _asked(team, problem)))
                bar.advance(line)

        asyncio.run(work())


async def _asked(team: KnowhowTeam, problem: Problem) -> list[str]:
    """Who was chosen for each part."""
    result = await team.run(task=problem.text)
    said = [message for message in result.messages if message.source == ROUTER]
    return [message.metadata[ARM] for message in said if ARM in message.metadata]


def _noted(staff: Staff, problem: Problem, asked: list[str]) -> dict[str, Any]:
    found = [staff.tried(part.problem) for part in problem.parts]
    right = [shown for by_arm in found for shown in _lessons(by_arm)]
    for shown in right:
        staff.school.hear(shown)
    line = Line(
        asked,
        [staff.verdicts.get(part.problem, 0.0) for part in problem.parts],
        [{arm: tried.reward for arm, tried in by_arm.items()} for by_arm in found],
    )
    return {"line": asdict(line), "right": [asdict(shown) for shown in right]}


def _lessons(by_arm: dict[str, Tried]) -> list[Shown]:
    return [tried.shown for tried in by_arm.values() if tried.shown and tried.reward == 1]


def _shown(row: dict[str, Any]) -> Shown:
    return Shown(row["problem"], row["trace"], tuple(Said(**one) for one in row["said"]))


def _lines(diary: Diary) -> list[Line]:
    return [Line(**row["line"]) for row in diary.rows if "line" in row]


def _learn(school: School, diary: Diary, at: int, console: Console) -> None:
    """Once behind every window."""
    if any(row.get("before") == at for row in diary.rows):
        return
    with console.status("learning") as status:
        judged = school.learn(status.update)
    told = [asdict(one) for one in judged]
    diary.add({"training": told, "before": at, "standing": school.standing()})
    for one in judged:
        console.print(f"   {_verdict(one)}", highlight=False, soft_wrap=True)


def _verdict(one: Judged) -> str:
    verdict = "[bold green]promoted[/]" if one.promoted else "[dim]not shown to be better[/]"
    return f"{one.agent}: {one.before:.0%} → {one.after:.0%} of held-out problems, {verdict}"


def _window(lines: Sequence[Line], start: int) -> str:
    asked = Counter(arm for line in lines for arm in line.asked)
    solved = sum(line.solved for line in lines) / len(lines)
    best = sum(line.best for line in lines) / len(lines)
    told = ", ".join(f"{arm} {count}" for arm, count in asked.most_common(4))
    there = f"{start + 1:>5}–{start + len(lines)}"
    return f"{there}: {solved:.0%} solved, {best:.0%} could be; most asked: {told}"


def _figures(lines: Sequence[Line], seed: int, *, asked_everything: bool) -> dict[str, Any]:
    fifth = max(1, len(lines) // WINDOWS)
    rng = random.Random(seed)
    got = {"knowhow": [line.solved for line in lines], "oracle": [line.best for line in lines]}
    got["random"] = [prod(r.get(rng.choice(ARMS), 0.0) for r in line.rewards) for line in lines]
    known = [arm for arm in ARMS if asked_everything or arm != ALONE]
    got |= {arm: [line.of(arm) for line in lines] for arm in known}
    gained = [line.solved - line.chance for line in lines]
    parts = [arm for line in lines for arm in line.asked]
    return {
        "success": {
            name: {"all": float(np.mean(each)), "last_fifth": float(np.mean(each[-fifth:]))}
            for name, each in got.items()
        },
        "curve": [
            float(np.mean(got["knowhow"][i : i + fifth])) for i in range(0, len(lines), fifth)
        ],
        "gain": _difference(gained[:fifth], gained[-fifth:], seed),
        "of_oracle": sum(got["knowhow"][-fifth:]) / max(1.0, sum(got["oracle"][-fifth:])),
        "parts": len(parts),
        "big_model_asked": sum(arm == ALONE for arm in parts),
    }


def _difference(first: list[float], last: list[float], seed: int) -> dict[str, Any]:
    """How much more is solved than by chance on the very same problems, the last fifth of the
    stream against the first."""
    rng = np.random.default_rng(seed)
    means = [rng.choice(np.array(part), (DRAWN, len(part))).mean(axis=1) for part in (first, last)]
    low, high = np.quantile(means[1] - means[0], (0.025, 0.975))
    mean = float(np.mean(last) - np.mean(first))
    return {"mean": mean, "ci95": [float(low), float(high)], "n": len(last)}


def _table(figures: dict[str, Any], lines: Sequence[Line]) -> Table:
    table = Table(title=f"share solved, n={len(lines):,}", title_justify="left")
    table.add_column("who chooses")
    for name in ("whole stream", "last fifth", "big model asked"):
        table.add_column(name, justify="right")
    success = figures["success"]
    arms = [arm for arm in ARMS if arm in success]
    best = max(arms, key=lambda arm: success[arm]["all"])
    rows = {
        "knowhow": ("knowhow", figures["big_model_asked"]),
        "random": ("random", figures["parts"] // len(ARMS)),
        "always the big model": (ALONE, figures["parts"]),
        f"always {best} (best single, in hindsight)": (best, 0),
        "oracle (knows every outcome)": ("oracle", 0),
    }
    for label, (name, asked) in rows.items():
        if name in success:
            got = success[name]
            style = "bold" if name == "knowhow" else None
            shares = (f"{got['all']:.1%}", f"{got['last_fifth']:.1%}")
            table.add_row(label, *shares, f"{asked:,}", style=style)
    return table


def _closing(figures: dict[str, Any], diary: Diary) -> str:
    gain, curve = figures["gain"], figures["curve"][:WINDOWS]
    low, high = gain["ci95"]
    bars = "".join(BLOCKS[round(share * (len(BLOCKS) - 1))] for share in curve)
    judged = [one for row in diary.rows for one in row.get("training", [])]
    better = [one["agent"] for one in judged if one["promoted"]]
    return "\n".join(
        [
            f"{bars}  {' → '.join(f'{share:.0%}' for share in curve)} solved, fifth by fifth; "
            f"{figures['of_oracle']:.0%} of what an oracle gets in the last",
            f"beyond chance on the same problems, last fifth against first: {gain['mean']:+.1%} "
            f"[{low:+.1%}, {high:+.1%}]",
            f"{len(judged)} new adapter versions judged, promoted: {', '.join(better) or 'none'}",
        ]
    )
