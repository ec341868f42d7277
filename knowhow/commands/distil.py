"""`knowhow learn distil`: a teacher's journal becomes a strategy, and the strategy a specialist."""

import asyncio
import contextlib
import difflib
import hashlib
import shutil
from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Any

import typer

from knowhow.big_model import Chosen
from knowhow.output import Json, emit, progress, status, text
from knowhow_memory.errors import NotFoundError

if TYPE_CHECKING:
    from rich.text import Text

    from knowhow.settings import Settings
    from knowhow_agents.journal.loop import Teacher
    from knowhow_agents.journal.schooling import Judged
    from knowhow_agents.journal.skill import Exercise, Skill
    from knowhow_agents.journal.strategy import Strategy

NAMES = ("rooms", "change")
EXAMPLES = 500
"""Verified problems that a specialist reads."""
EXAMINED = 16
"""Held-out problems of each trained size, in usual and in new phrasings, for the gate."""


def distil(
    skill: Annotated[str, typer.Option(help=f"Which one: {', '.join(NAMES)}.")],
    big_model: Chosen = None,
    problems: Annotated[
        int, typer.Option("--problems", "-n", min=1, help="How many the journal is about.")
    ] = 100,
    examples: Annotated[
        int, typer.Option(min=1, help="Verified problems that the specialist learns from.")
    ] = EXAMPLES,
    seed: Annotated[int, typer.Option(help="Of everything that is drawn.")] = 0,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say what would be asked and learnt; ends.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Let a teacher find out the way, and a specialist learn it.

    The teacher is the project's own, or --big-model. Ctrl-C loses nothing: the same call goes on.
    """
    from knowhow.settings import load_settings
    from knowhow.store import open_memory
    from knowhow_agents.journal.diary import Diary
    from knowhow_agents.journal.loop import keep_journal, left_to_do

    settings, found = load_settings(), find_skill(skill)
    teacher, exercises = _teacher(settings, big_model), found.draw(problems, seed)
    if dry_run:
        done = None
        with contextlib.suppress(NotFoundError), open_memory(settings, create=False) as memory:
            done = Diary(memory, found.name, teacher.name, seed)
        left = left_to_do(problems, done)
        plan = {"skill": skill, "teacher": teacher.name, "left": left, "examples": examples}
        emit(plan, as_json=as_json, shown=lambda: text(_planned(plan)))
        return
    with open_memory(settings) as memory:
        diary = Diary(memory, found.name, teacher.name, seed)
        with progress("keeping the journal", problems) as tick:
            strategy = asyncio.run(keep_journal(found, teacher, diary, exercises, tick))
        right = diary.right(problems)
    told = {
        "skill": skill,
        "teacher": teacher.name,
        "problems": problems,
        "right": right,
        "strategy": {"text": strategy.text, "way": strategy.way},
        **_learn(settings, found, strategy, examples, seed),
    }
    emit(told, as_json=as_json, shown=lambda: _shown(told))


def find_skill(name: str) -> "Skill":
    from knowhow_agents.skills.change.skill import Change
    from knowhow_agents.skills.rooms.skill import Rooms

    skills: dict[str, Skill] = dict(zip(NAMES, (Rooms(), Change()), strict=True))
    if name not in skills:
        close = difflib.get_close_matches(name, NAMES, n=1)
        hint = f"did you mean {close[0]!r}?" if close else f"there are {', '.join(NAMES)}"
        raise NotFoundError(f"no skill {name!r}: {hint}")
    return skills[name]


def _teacher(settings: "Settings", big_model: str | None) -> "Teacher":
    from knowhow.big_model import open_big_model, providers_of
    from knowhow_agents.journal.asked import Asked
    from knowhow_agents.journal.reference import Reference
    from knowhow_agents.protocol.wording import style_for

    if big_model is None:
        return Reference()
    model = providers_of(settings.big_model, big_model)[0].model
    return Asked(open_big_model(settings.big_model, big_model), model, style_for(model))


def _learn(
    settings: "Settings", skill: "Skill", strategy: "Strategy", examples: int, seed: int
) -> dict[str, Any]:
    from knowhow.store import adapters_folder, learning_folder
    from knowhow_adapters.base.load import load_base
    from knowhow_adapters.registry.registry import Registry
    from knowhow_agents.journal.schooling import graduate, teach

    if strategy.way is None:
        reason = "the strategy names none of the skill's ways, so there is nothing to carry out"
        return {"version": None, "result": "nothing to learn", "reasons": [reason]}
    told = f"{skill.name}\0{strategy.way}\0{examples}\0{seed}"
    name = f"distil-{hashlib.sha256(told.encode()).hexdigest()[:12]}"
    folder = learning_folder(settings) / skill.name / name
    base = load_base(settings.small_model.base)
    with status(f"{skill.name} learns") as say:
        exercises = skill.draw(examples, seed)
        taught = teach(skill, base, exercises, strategy, folder, say, seed=seed)
        say("the gate")
        registry = Registry(adapters_folder(settings))
        exam = _exam(skill, seed)
        judged = graduate(skill, base, taught.specialist, registry, exam, seed=seed)
    shutil.rmtree(folder)
    return {"verified": taught.verified, **_judged(judged, len(exam))}


def _exam(skill: "Skill", seed: int) -> "Sequence[Exercise]":
    return [
        exercise
        for size in skill.sizes[:-1]
        for new in (False, True)
        for exercise in skill.exam(size, EXAMINED, seed, new=new)
    ]


def _judged(judged: "Judged", examined: int) -> dict[str, Any]:
    return {
        "version": judged.version,
        "champion_before": judged.champion,
        "result": judged.verdict.verdict,
        "reasons": list(judged.verdict.reasons),
        "reward_before": judged.before,
        "reward": judged.after,
        "examined": examined,
    }


def _planned(plan: dict[str, Any]) -> str:
    left = ", ".join(f"{count} {what}" for what, count in plan["left"].items())
    return f"{plan['teacher']}, {plan['skill']}: {left}; then {plan['examples']} verified problems"


def _shown(told: dict[str, Any]) -> "Text":
    lines = [
        f"{told['teacher']} got {told['right']:.0%} right of what it tried on "
        f"{told['problems']} problems, and distilled:",
        "",
        *(f"  {line}" for line in told["strategy"]["text"].splitlines()),
        "",
    ]
    if told["version"]:
        lines.append(
            f"{told['version']}: reward {told['reward']:.2f} on {told['examined']} held-out "
            f"problems, {told['reward_before']:.2f} before"
        )
    lines.append(f"{told['result']}: {told['reasons'][0]}")
    return text("\n".join(lines))
