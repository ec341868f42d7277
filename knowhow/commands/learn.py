"""`knowhow learn …`: adapters that get better from what happened, without anybody's act."""

import time
from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from knowhow.commands.distil import distil
from knowhow.output import Json, emit, progress, status, text

if TYPE_CHECKING:
    from rich.console import RenderableType

    from knowhow.settings import Settings
    from knowhow_adapters.learn.counting import Standing
    from knowhow_adapters.learn.ledger import Report
    from knowhow_adapters.learn.loop import Learner, Preview
    from knowhow_memory.memory import Memory

app = typer.Typer(help="Train specialists' adapters from outcomes.", no_args_is_help=True)
app.command("distil")(distil)

PAUSE_S = 5.0
"""Between two looks at the log."""
Agent = Annotated[str | None, typer.Option(help="Only this specialist (default: all).")]


@app.command("status")
def show(agent: Agent = None, as_json: Json = False) -> None:
    """Show what is counted, what is next, and what came of the last run and why."""
    from knowhow.settings import load_settings
    from knowhow.store import adapters_folder, learning_folder, open_memory
    from knowhow_adapters.learn.counting import specialists, standing
    from knowhow_adapters.registry.registry import Registry

    settings = load_settings()
    with open_memory(settings, create=False) as memory:
        registry, folder = Registry(adapters_folder(settings)), learning_folder(settings)
        names = [agent] if agent else specialists(memory)
        enough = settings.learning.outcomes
        found = [standing(memory, registry, folder, enough, name) for name in names]
    document = {"agents": [_document(one) for one in found]}
    emit(document, as_json=as_json, shown=lambda: _shown(found))


@app.command()
def run(
    agent: Agent = None,
    once: Annotated[bool, typer.Option(help="Do what is due and end.")] = False,
    now: Annotated[bool, typer.Option(help="Learn from what there is, due or not; ends.")] = False,
    dry_run: Annotated[
        bool, typer.Option(help="Say what would be learnt from and how long it takes; ends.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Watch the log; where enough is new, train a candidate and let the gate decide.

    Ctrl-C loses nothing: the next call goes on where this one stopped.
    """
    from knowhow.settings import load_settings
    from knowhow.store import open_memory
    from knowhow_adapters.learn.loop import Specialist

    settings = load_settings()
    with open_memory(settings, create=False) as memory:
        with status("loading the base"):
            learner = _learner(settings, memory)
        if dry_run:
            previews = [learner.preview(Specialist(name)) for name in _chosen(learner, agent)]
            emit(
                {"previews": [asdict(preview) for preview in previews]},
                as_json=as_json,
                shown=lambda: text("\n".join(_sentence(p) for p in previews) or "nobody tried yet"),
            )
            return
        _watch(learner, agent, ends=once or now, now=now, as_json=as_json)


def _watch(learner: "Learner", agent: str | None, *, ends: bool, now: bool, as_json: bool) -> None:
    from knowhow_adapters.learn.ledger import LearningElsewhere
    from knowhow_adapters.learn.loop import Specialist
    from knowhow_adapters.learn.purged import forget_absent
    from knowhow_adapters.learn.trials import rule_on_trial

    while True:
        for name in _chosen(learner, agent):
            for withdrawn in forget_absent(learner.memory, learner.registry, name):
                _say({"agent": name, "withdrawn": withdrawn}, as_json)
            ruling = rule_on_trial(learner.memory, learner.registry, name)
            if ruling and ruling.state == "fell short":
                _say({"agent": name, "trial": ruling.reason}, as_json)
            try:
                report = learner.learn(Specialist(name), now=now, bar=progress)
            except LearningElsewhere:
                if ends:
                    raise
                continue  # it does what this one would do
            if report:
                _say(_reported(name, report), as_json)
        if ends:
            return
        time.sleep(PAUSE_S)


def _say(event: dict[str, Any], as_json: bool) -> None:
    """One line an event, so that a pipe can follow."""
    reasons = event.get("reasons", ())
    emit(event, as_json=as_json, shown=lambda: _below(_event_sentence(event), reasons))


def _event_sentence(event: dict[str, Any]) -> str:
    if gone := event.get("withdrawn"):
        return f"{gone} learnt from somebody who was purged since: it serves no more"
    if trial := event.get("trial"):
        return f"{event['agent']}: the version on trial {trial}; the champion serves alone"
    said = f"{event['agent']}: {event['result']} ({event['outcomes']} new outcomes)"
    if event["result"] == "better":
        said += f"; {event['candidate']} serves now"
    return said


def _reported(agent: str, report: "Report") -> dict[str, Any]:
    return {"agent": agent, **report.model_dump()}


def _chosen(learner: "Learner", agent: str | None) -> list[str]:
    from knowhow_adapters.learn.counting import specialists

    return [agent] if agent else specialists(learner.memory)


def _learner(settings: "Settings", memory: "Memory") -> "Learner":
    from knowhow.store import adapters_folder, learning_folder
    from knowhow_adapters.base.load import load_base
    from knowhow_adapters.learn.examples import Choice
    from knowhow_adapters.learn.loop import Backend, Learner, Terms
    from knowhow_adapters.registry.registry import Registry

    chosen = settings.learning
    terms = Terms(
        enough=chosen.outcomes, choice=Choice(chosen.choice), backend=Backend(chosen.backend)
    )
    return Learner(
        memory,
        load_base(settings.small_model.base),
        Registry(adapters_folder(settings)),
        learning_folder(settings),
        terms,
    )


def _document(one: "Standing") -> dict[str, Any]:
    ledger = one.ledger
    return {
        "agent": one.agent,
        "new": one.new,
        "enough": one.enough,
        "due": one.due,
        "under_way": ledger.order and ledger.order.model_dump(),
        "champion": one.champion,
        "runs": ledger.runs,
        "last": ledger.last and ledger.last.model_dump(),
    }


def _shown(found: "Sequence[Standing]") -> "RenderableType":
    if not found:
        return text("nobody tried anything yet: record outcomes, then look again")
    from rich.console import Group

    return Group(*(_stands(one) for one in found))


def _stands(one: "Standing") -> "RenderableType":
    said = f"{one.agent}: {one.new} of {one.enough} new outcomes, {_next(one)}"
    lines: list[str | RenderableType] = [f"serves: {one.champion or 'the bare base'}"]
    if last := one.ledger.last:
        ended = datetime.fromtimestamp(last.finished_at, UTC)
        ran = f"last run: {last.result}, {last.outcomes} outcomes, {last.seconds:.0f} s"
        lines.append(_below(f"{ran}, until {ended:%Y-%m-%d %H:%M} UTC", last.reasons))
    return _below(said, lines)


def _below(said: str, lines: "Sequence[str | RenderableType]") -> "RenderableType":
    """Lines that stay indented where they are wrapped."""
    from rich.console import Group
    from rich.padding import Padding

    shown = (text(line) if isinstance(line, str) else line for line in lines)
    return Group(text(said), *(Padding(line, (0, 0, 0, 2), expand=False) for line in shown))


def _next(one: "Standing") -> str:
    if one.ledger.order is not None:
        return "a run was begun and `knowhow learn run` goes on with it"
    return "a run is due" if one.due else f"a run after {one.enough - one.new} more"


def _sentence(preview: "Preview") -> str:
    if preview.obstacle:
        return f"{preview.agent}: nothing yet: {preview.obstacle}"
    left_out = ", ".join(
        f"{count} {why.replace('_', ' ')}"
        for why, count in sorted(preview.counts.items())
        if why != "used" and count
    )
    training = "" if preview.seconds is None else f"about {preview.seconds:.0f} s of "
    return (
        f"{preview.agent}: {preview.examples} examples from {preview.outcomes} new outcomes and "
        f"older ones ({left_out or 'none left out'}); {training}training, then an examination on "
        f"{preview.held_out} held-out problems"
    )
