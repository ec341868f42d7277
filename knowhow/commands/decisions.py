"""`knowhow decisions …`: what was decided, why, and what came of it."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from knowhow.output import Json, Tenant, emit, text

if TYPE_CHECKING:
    from rich.table import Table

    from knowhow_memory.decisions import DecisionPublic

app = typer.Typer(help="Look at what was decided, why, and what came of it.", no_args_is_help=True)


@app.command("list")
def list_(
    limit: Annotated[int, typer.Option(min=1, help="The newest so many.")] = 20,
    tenant: Tenant = None,
    as_json: Json = False,
) -> None:
    """The newest decisions."""
    from knowhow.store import open_memory
    from knowhow_memory.decisions import newest_decisions

    with open_memory(create=False) as memory:
        found = newest_decisions(memory.database, limit, tenant=tenant)
    document = {"decisions": [decision.model_dump(mode="json") for decision in found]}
    emit(document, as_json=as_json, shown=lambda: _listing(found))


@app.command()
def show(
    decision_id: Annotated[str, typer.Argument(help="The decision's id, or how it begins.")],
    as_json: Json = False,
) -> None:
    """Everything known about one decision."""
    from knowhow.store import open_memory
    from knowhow_memory.decisions import find_decision

    with open_memory(create=False) as memory:
        decision = find_decision(memory.database, decision_id)
    emit(decision.model_dump(mode="json"), as_json=as_json, shown=lambda: _details(decision))


def _listing(decisions: "list[DecisionPublic]") -> "Table":
    from rich.table import Table

    table = Table()
    table.add_column("id", no_wrap=True, min_width=8)
    for name in ("problem", "arm", "cause"):
        table.add_column(name, overflow="ellipsis", no_wrap=True, max_width=32)
    for name in ("P", "reward"):
        table.add_column(name, justify="right", no_wrap=True, min_width=6)
    for decision in decisions:
        table.add_row(
            decision.id[:8],
            text(decision.problem),
            text(decision.arm or f"({decision.fallback})"),
            text(decision.cause),
            _percent(decision.estimate),
            "" if decision.reward is None else f"{decision.reward:g}",
        )
    return table


def _details(decision: "DecisionPublic") -> "Table":
    from rich.table import Table

    table = Table(show_header=False, box=None)
    plain: dict[str, Any] = decision.model_dump(exclude_none=True, exclude={"candidates"})
    for name, value in plain.items():
        table.add_row(name, text(value))
    for each in decision.candidates:
        if "arm" not in each:  # of an app's own decision: what was seen, not who could be asked
            continue
        interval = f"{_percent(each.get('low'))}–{_percent(each.get('high'))}"
        chance = f"chance {_percent(each.get('propensity'))}"
        table.add_row(
            "candidate", text(f"{each['arm']}: {_percent(each['p'])} ({interval}), {chance}")
        )
    return table


def _percent(share: float | None) -> str:
    return "?" if share is None else f"{share:.0%}"
