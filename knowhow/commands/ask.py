"""`knowhow ask`: the whole way of one problem, from the question to what is remembered."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from knowhow.big_model import Chosen
from knowhow.output import Json, Tenant, emit, status, text

if TYPE_CHECKING:
    from rich.console import Group
    from rich.text import Text

    from knowhow.know import Know
    from knowhow.settings import Settings
    from knowhow_agents.protocol.ask import Asked, Asker
    from knowhow_memory.memory import Memory
    from knowhow_router.router import Router


def ask(
    problem: Annotated[str, typer.Argument(help="The problem in words.")],
    explain: Annotated[
        bool, typer.Option("--explain", help="Say who was chosen, what was whispered and why.")
    ] = False,
    team: Annotated[
        bool, typer.Option("--team", help="Let the declared specialists solve it, too.")
    ] = False,
    big_model: Chosen = None,
    tenant: Tenant = None,
    as_json: Json = False,
) -> None:
    """Have a problem solved by the big model, guided by whoever learnt how."""
    from knowhow.know import Know
    from knowhow.settings import load_settings

    settings = load_settings()
    settings.memory.tenant = tenant or settings.memory.tenant
    with Know(settings) as know, status("asking"):
        if team:
            told = _told(know, problem, big_model)
            emit(told, as_json=as_json, shown=lambda: _team_answer(told, explain=explain))
            return
        asker = open_asker(settings, know.memory, know.router, big_model)
        asked = asker.ask_and_wait(problem)
    emit(asked.document(), as_json=as_json, shown=lambda: _answer(asked, explain=explain))


def _told(know: "Know", problem: str, big_model: str | None) -> dict[str, Any]:
    import asyncio

    from knowhow_agents.team.told import document

    return document(asyncio.run(know.team(big_model=big_model).run(task=problem)))


def open_asker(
    settings: "Settings", memory: "Memory", router: "Router", big_model: str | None = None
) -> "Asker":
    """What the settings name, put together; models are loaded when they are asked."""
    from knowhow.big_model import open_big_model, providers_of
    from knowhow.store import open_whisperer
    from knowhow_agents.protocol.ask import Asker
    from knowhow_agents.protocol.whathow import WhatHow
    from knowhow_agents.protocol.wording import style_for

    model = providers_of(settings.big_model, big_model)[0].model
    what_how = WhatHow(open_big_model(settings.big_model, big_model), style=style_for(model))
    return Asker(memory, router, what_how, open_whisperer(settings), big_model=model)


def _team_answer(told: dict[str, Any], *, explain: bool) -> "Text":
    said = [f"{each['source']}: {each['text']}" for each in told["messages"]]
    return text("\n".join([told["answer"], *(["", *said] if explain else [])]))


def _answer(asked: "Asked", *, explain: bool) -> "Group | Text":
    from rich.console import Group

    answer = text(asked.attempt.answer or asked.attempt.text or "no answer")
    return Group(answer, text(_explained(asked))) if explain else answer


def _explained(asked: "Asked") -> str:
    from knowhow.commands.route import headline

    lines = ["", f"understood: {asked.spec.written()}", headline(asked.routed)]
    if asked.routed.evidence is not None:
        lines.append(f"record: {asked.routed.evidence}")
    if asked.whispered is not None:
        guidance = asked.whispered.guidance
        lines += [f"{guidance.source} whispered:", guidance.text]
    if asked.attempt.followed:
        lines.append(f"followed: {asked.attempt.followed}")
    lines += [f"not followed: {objection}" for objection in asked.attempt.objections]
    lines += [f"part: {part.problem} → {part.attempt.answer}" for part in asked.parts]
    if asked.reward is None:
        lines.append(f"then: knowhow outcome add --decision {asked.routed.id} --reward 0..1")
    else:
        lines.append(f"checked and recorded: reward {asked.reward:g}")
    return "\n".join(lines)
