"""`knowhow advise`: what outcomes say about a problem, as a text for a prompt."""

from typing import Annotated

import typer

from knowhow.output import Json, Tenant, emit


def advise(
    problem: Annotated[str, typer.Argument(help="The problem in words.")],
    task: Annotated[str | None, typer.Option(help="A label for the kind of problem.")] = None,
    tenant: Tenant = None,
    as_json: Json = False,
) -> None:
    """Say who solved such problems, which way, how often, and when not to, for a prompt."""
    from knowhow.know import Know
    from knowhow.settings import load_settings

    settings = load_settings()
    settings.memory.tenant = tenant or settings.memory.tenant
    with Know(settings) as know:
        advised = know.advise(problem, task=task)
    emit(advised.document(), as_json=as_json, shown=lambda: str(advised))
