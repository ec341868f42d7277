"""The story: meetings, rooms, a teacher that does not know how to count, and a specialist.

The teacher tries every way to count on drawn problems; a checker says which were wrong, and the
journal is distilled into a strategy. A specialist reads verified problems, learns the strategy, and
is then asked alone, about days longer than any it has read of. All that happened lies in the store:
the same command goes on where it was stopped.
"""

import asyncio
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table

import knowhow
from knowhow_adapters.artefact import write_adapter
from knowhow_adapters.bank import Bank
from knowhow_adapters.base.load import load_base
from knowhow_adapters.decode.engine import Decoder
from knowhow_agents.journal.diary import Diary
from knowhow_agents.journal.loop import keep_journal
from knowhow_agents.journal.reference import Reference
from knowhow_agents.journal.schooling import teach
from knowhow_agents.journal.skill import Exercise
from knowhow_agents.journal.specialist import answer_all, choose_way
from knowhow_agents.journal.strategy import Strategy
from knowhow_agents.skills.rooms.skill import Rooms

TASKS = 250
"""Problems to learn from."""
JOURNAL = 50
EXAM = 40
"""Of each size, in phrasings that no training saw."""
BANK_BYTES = 2**27


def run(*, tasks: int, seed: int, location: Path, console: Console) -> dict[str, Any]:
    """Returns the figures the last screen shows."""
    location.mkdir(parents=True, exist_ok=True)
    skill = Rooms()
    exercises = skill.draw(tasks, seed)
    console.print(f"A problem: [italic]{escape(exercises[0].problem)}[/]\n", soft_wrap=True)
    try:
        strategy = _keep_journal(skill, exercises[:JOURNAL], seed, location, console)
        table, figures = _school(skill, exercises, strategy, seed, location, console)
    except KeyboardInterrupt:
        console.print("\nStopped. With --store FOLDER the same command goes on from here.")
        raise
    console.print(table)
    return {"tasks": tasks, "seed": seed, "strategy": strategy.text, **figures}


def _keep_journal(
    skill: Rooms, exercises: Sequence[Exercise], seed: int, location: Path, console: Console
) -> Strategy:
    """The teacher's notes on the first batch, and the strategy that came of all."""
    teacher = Reference()
    with knowhow.open(str(location)) as know, console.status("the teacher keeps a journal"):
        diary = Diary(know.memory, skill.name, teacher.name, seed)
        strategy = asyncio.run(keep_journal(skill, teacher, diary, exercises))
    first = diary.reflections[min(diary.reflections)]
    for title, told in (("After the first problems", first), ("The strategy", strategy.text)):
        console.print(f"[bold]{title}[/]\n{escape(told)}\n", highlight=False, soft_wrap=True)
    return strategy


def _school(
    skill: Rooms,
    exercises: Sequence[Exercise],
    strategy: Strategy,
    seed: int,
    location: Path,
    console: Console,
) -> tuple[Table, dict[str, Any]]:
    base = load_base()
    with console.status("the specialist learns") as status:
        taught = teach(
            skill, base, exercises, strategy, location / "rooms", status.update, seed=seed
        )
    versions = location / "rooms" / "versions"
    versions.mkdir(exist_ok=True)
    ref = taught.specialist.ref
    if not (versions / ref).exists():
        write_adapter(taught.specialist, base, versions)
    decoder = Decoder(base, Bank(base, lambda ref: versions / ref, BANK_BYTES))
    way = choose_way(skill, decoder, ref)
    console.print(f"{ref} reads, and says: {way}\n", highlight=False)
    shares: dict[str, Any] = {}
    for size in skill.sizes:
        with console.status(f"{EXAM} problems, {size}"):
            exam = skill.exam(size, EXAM, seed, new=True)
            said = answer_all(skill, decoder, ref, [one.problem for one in exam], way)
        pairs = list(zip(said, exam, strict=True))
        shares[size] = {
            "verdict": sum(one.enough == right.answer.enough for one, right in pairs) / EXAM,
            "peak": sum(one == right.answer for one, right in pairs) / EXAM,
        }
    return _table(shares), {"version": ref, "way": way, "right": shares}


def _table(shares: dict[str, Any]) -> Table:
    title = f"right, of {EXAM} problems each in new phrasings; always yes: 50%"
    table = Table(title=title, title_justify="left")
    for name in ("size", "verdict", "and the number of rooms in use"):
        table.add_column(name, justify="left" if name == "size" else "right")
    for size, share in shares.items():
        table.add_row(size, f"{share['verdict']:.0%}", f"{share['peak']:.0%}")
    return table
