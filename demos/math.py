"""The story: word problems, specialists that know little, and a router that knows nothing.

Every arm attempts every problem and a solver checks it. The router is told the outcome of the arm
that it chose and nothing else; the others serve to say what chance, the best single arm and an
oracle would have got. Specialists learn from whatever was right, at a window's end, and from what
they then make of problems whose answers are known by now. All that happened lies in the store, so
Ctrl-C loses nothing: the same command goes on. The router is shown problems as small models see
them, with marks for names and numbers, so that like ones look alike.
"""

import random
from collections import Counter
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn
from rich.table import Table

import knowhow
from demos.diary import Diary
from demos.pupils import Judged
from demos.school import ARMS, FIRST_EXAMPLES, School, Tried
from knowhow_agents.skills.traces.items import training_items
from knowhow_agents.skills.traces.learning import Shown
from knowhow_agents.skills.traces.marks import look
from knowhow_agents.skills.traces.team import Said

if TYPE_CHECKING:
    from knowhow.know import Know
    from knowhow_agents.skills.traces.telling import Item

TASKS = 250
WINDOWS = 5
DIARY = "math.jsonl"


@dataclass(frozen=True)
class Line:
    """One problem, as the diary has it."""

    asked: str
    rewards: dict[str, float]
    costs: dict[str, float]
    right: list[Shown]
    """What may be learnt from it."""


class Story:
    """What happened, a row for each problem, for what was guessed and for each training."""

    def __init__(self, diary: Diary) -> None:
        self._diary = diary
        self.lines: list[Line] = []
        self.heard: list[Shown] = []
        """What may be learnt from, in its order."""
        self.guessed: set[int] = set()
        """Behind how many problems those that nobody had solved were guessed at."""
        self.trainings: list[tuple[int, list[Judged], dict[str, int]]] = []
        """(problems before it, what came of it, everybody's lessons)"""
        for row in diary.rows:
            self._read(row)

    def add(self, line: Line) -> None:
        self._keep(line)
        self._diary.add({"line": asdict(line)})

    def add_guessed(self, at: int, guessed: list[Shown]) -> None:
        self._keep_guessed(at, guessed)
        told = [asdict(one) for one in guessed]
        self._diary.add({"guessed": [at, told]})

    def add_training(self, judged: list[Judged], standing: dict[str, int]) -> None:
        self.trainings.append((len(self.lines), judged, standing))
        told = [asdict(one) for one in judged]
        self._diary.add({"training": [len(self.lines), told, standing]})

    def _read(self, row: dict[str, Any]) -> None:
        if "line" in row:
            told = row["line"]
            self._keep(Line(**{**told, "right": [_shown(one) for one in told["right"]]}))
        if "guessed" in row:
            at, guessed = row["guessed"]
            self._keep_guessed(at, [_shown(one) for one in guessed])
        if "training" in row:
            at, judged, standing = row["training"]
            self.trainings.append((at, [Judged(**one) for one in judged], standing))

    def _keep(self, line: Line) -> None:
        self.lines.append(line)
        self.heard += line.right

    def _keep_guessed(self, at: int, guessed: list[Shown]) -> None:
        self.guessed.add(at)
        self.heard += guessed


def _shown(row: dict[str, Any]) -> Shown:
    return Shown(row["problem"], row["trace"], tuple(Said(**one) for one in row["said"]))


def run(*, tasks: int, seed: int, location: Path, console: Console) -> dict[str, Any]:
    """Play `tasks` problems; returns the figures the last screen shows."""
    story = Story(Diary(location / DIARY, {"tasks": tasks, "seed": seed}))
    items = training_items(tasks, seed)
    console.print(
        f"{tasks} word problems of six kinds. A big model, five specialists and all of these "
        f"together can be asked; a solver checks. The specialists know {FIRST_EXAMPLES} examples "
        "each, the router knows nothing. Cost: characters read and written, by a model's size.\n",
        soft_wrap=True,
    )
    size = max(1, tasks // WINDOWS)
    try:
        with console.status("the specialists read their examples"):
            school = _school(location, story)
        with knowhow.open(str(location)) as know:
            for start in range(0, tasks, size):
                _play(know, school, story, items[start : start + size], start, console)
                told = _window(story.lines[start : start + size], start)
                console.print(told, highlight=False, soft_wrap=True)
                if (end := start + size) < tasks:
                    _guess(school, story, items[start:end], end, console)
                    _learn(school, story, end, console)
    except KeyboardInterrupt:
        console.print("\nStopped. With --store FOLDER the same command goes on from here.")
        raise
    figures = _figures(story.lines, seed, size)
    console.print(_table(figures, tasks))
    promotions = [asdict(one) for _, judged, _ in story.trainings for one in judged]
    return {"tasks": tasks, "seed": seed, "success": figures, "trainings": promotions}


def _school(location: Path, story: Story) -> School:
    school = School(location)
    school.begin()
    for shown in story.heard:
        school.hear(shown)
    if story.trainings:
        school.remember_training(story.trainings[-1][2])
    return school


def _play(
    know: "Know",
    school: School,
    story: Story,
    items: "list[Item]",
    start: int,
    console: Console,
) -> None:
    """A window, or what is left of it."""
    left = items[max(0, len(story.lines) - start) :]
    if not left:
        return
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    with Progress(
        *columns, console=console, transient=True, disable=not console.is_terminal
    ) as bar:
        line = bar.add_task(f"problems from {start + 1}", total=len(left))
        tried = school.attempt(left)
        for item, by_arm in zip(left, tried, strict=True):
            decision = know.route(look(item.problem).text, arms=list(ARMS))
            asked = by_arm[decision.fallback]
            know.record(
                decision,
                reward=asked.reward,
                cost=asked.cost,
                verified_by="solver",
                trajectory=[asdict(said) for said in asked.shown.said],
            )
            story.add(_line(decision.fallback, by_arm))
            for shown in story.lines[-1].right:
                school.hear(shown)
            bar.advance(line)


def _line(asked: str, by_arm: dict[str, Tried]) -> Line:
    return Line(
        asked,
        {arm: tried.reward for arm, tried in by_arm.items()},
        {arm: tried.cost for arm, tried in by_arm.items()},
        [tried.shown for tried in by_arm.values() if tried.reward == 1],
    )


def _guess(school: School, story: Story, items: "list[Item]", at: int, console: Console) -> None:
    """Once behind every window: what nobody solved in it, from its answers."""
    if at in story.guessed:
        return
    window = zip(items, story.lines[at - len(items) : at], strict=True)
    unsolved = [item for item, line in window if not any(line.rewards.values())]
    with console.status("guessing"):
        guessed = school.guess(unsolved)
    story.add_guessed(at, guessed)
    for shown in guessed:
        school.hear(shown)
    console.print(
        f"   {len(unsolved)} that nobody solved: sums that were right elsewhere lead to the answer "
        f"of {len(guessed)}",
        highlight=False,
        soft_wrap=True,
    )


def _learn(school: School, story: Story, at: int, console: Console) -> None:
    """Once behind every window."""
    if any(before == at for before, _, _ in story.trainings):
        return
    with console.status("learning") as status:
        judged = school.learn(status.update)
    story.add_training(judged, school.standing())
    for one in judged:
        console.print(f"   {one.told()}", highlight=False, soft_wrap=True)


def _window(lines: list[Line], start: int) -> str:
    asked = Counter(line.asked for line in lines)
    success = sum(line.rewards[line.asked] for line in lines) / len(lines)
    cost = sum(line.costs[line.asked] for line in lines)
    told = ", ".join(f"{arm} {count}" for arm, count in asked.most_common())
    there = f"{start + 1:>5}–{start + len(lines)}"
    return f"{there}: {success:.0%} solved, cost {_cost(cost)}; asked {told}"


def _figures(lines: list[Line], seed: int, size: int) -> dict[str, dict[str, float]]:
    rng = random.Random(seed)
    got = {"router": [line.rewards[line.asked] for line in lines]}
    cost = {"router": sum(line.costs[line.asked] for line in lines)}
    chance = [rng.choice(ARMS) for _ in lines]
    got["random"] = [line.rewards[arm] for line, arm in zip(lines, chance, strict=True)]
    cost["random"] = sum(line.costs[arm] for line, arm in zip(lines, chance, strict=True))
    for arm in ARMS:
        got[arm] = [line.rewards[arm] for line in lines]
        cost[arm] = sum(line.costs[arm] for line in lines)
    best = [max(ARMS, key=lambda arm: (line.rewards[arm], -line.costs[arm])) for line in lines]
    got["oracle"] = [line.rewards[arm] for line, arm in zip(lines, best, strict=True)]
    cost["oracle"] = sum(line.costs[arm] for line, arm in zip(lines, best, strict=True))
    return {
        name: {"all": _mean(rewards), "last_fifth": _mean(rewards[-size:]), "cost": cost[name]}
        for name, rewards in got.items()
    }


def _table(figures: dict[str, dict[str, float]], tasks: int) -> Table:
    table = Table(title=f"share solved, n={tasks:,}", title_justify="left")
    table.add_column("who chooses")
    for name in ("whole stream", "last fifth", "cost"):
        table.add_column(name, justify="right")
    best = max(ARMS, key=lambda arm: figures[arm]["all"])
    rows = {
        "knowhow's router": "router",
        "random": "random",
        f"always {best} (best single, in hindsight)": best,
        "oracle (knows every outcome)": "oracle",
    }
    for label, name in rows.items():
        got = figures[name]
        style = "bold" if name == "router" else None
        shown = (f"{got['all']:.1%}", f"{got['last_fifth']:.1%}", _cost(got["cost"]))
        table.add_row(label, *shown, style=style)
    return table


def _cost(millions: float) -> str:
    return f"{millions * 1_000:,.0f}k"


def _mean(values: list[float]) -> float:
    return sum(values) / len(values) if values else 0.0
