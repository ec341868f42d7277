"""`knowhow similar`: what was met before that is like this problem."""

from typing import TYPE_CHECKING, Annotated

import typer

from knowhow.output import Json, Tenant, emit, text

if TYPE_CHECKING:
    from rich.table import Table

    from knowhow_memory.memory import Similar


def similar(
    problem: Annotated[str, typer.Argument(help="The problem in words.")],
    k: Annotated[int, typer.Option(min=1, max=1000, help="How many.")] = 5,
    arm: Annotated[str | None, typer.Option(help="Only problems this arm was tried on.")] = None,
    tenant: Tenant = None,
    as_json: Json = False,
) -> None:
    """Show similar problems and what came of them."""
    from knowhow.settings import load_settings
    from knowhow.store import open_memory

    settings = load_settings()
    with open_memory(settings, create=False) as memory:
        found = memory.similar(problem, k=k, tenant=tenant or settings.memory.tenant, arm=arm)
    document = {"similar": [item.model_dump(mode="json") for item in found]}
    emit(document, as_json=as_json, shown=lambda: _listing(found))


def _listing(found: "list[Similar]") -> "Table":
    from rich.table import Table

    table = Table()
    table.add_column("likeness", justify="right")
    table.add_column("problem", overflow="ellipsis", no_wrap=True, max_width=60)
    table.add_column("what came of it")
    for item in found:
        results = ", ".join(f"{o.arm} {o.reward:g}" for o in item.outcomes)
        table.add_row(f"{item.similarity:.2f}", text(item.problem), text(results))
    return table
