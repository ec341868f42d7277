"""`knowhow agents …`: the specialists that are declared here, how they did, and one more."""

from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Any

import typer

from knowhow.output import Json, Tenant, emit, text

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rich.table import Table
    from rich.text import Text

    from knowhow.settings import Settings
    from knowhow_agents.team.declared import Declared
    from knowhow_memory.rates import Rate

app = typer.Typer(help="The specialists of a team.", no_args_is_help=True)


@app.command("list")
def list_(tenant: Tenant = None, as_json: Json = False) -> None:
    """Every declared specialist, its strategies' record, and which adapter serves."""
    from knowhow.settings import load_settings
    from knowhow.team import agents_folder, declared

    settings = load_settings()
    settings.memory.tenant = tenant or settings.memory.tenant
    rates, champions = _rates(settings), _champions(settings)
    found = [_listed(each, rates, champions.get(each.name)) for each in declared(settings)]
    document = {"folder": str(agents_folder(settings)), "agents": found}
    emit(document, as_json=as_json, shown=lambda: _listing(document))


@app.command()
def add(
    name: Annotated[str, typer.Argument(help="Small letters, digits, '-' and '_'.")],
    as_json: Json = False,
) -> None:
    """Write a specialist that works, to be changed into the one that is wanted."""
    from knowhow.settings import load_settings
    from knowhow.team import agents_folder
    from knowhow_agents.team.declared import scaffold
    from knowhow_agents.team.specialists import Specialist

    Specialist(name, "to see whether it may be called that")
    files = [str(path) for path in scaffold(agents_folder(load_settings()), name)]
    told = f"wrote {', '.join(files)}; try: knowhow ask --team 'What is 2 plus 3?' --explain"
    emit({"agent": name, "files": files}, as_json=as_json, shown=lambda: text(told))


def _rates(settings: "Settings") -> "Mapping[str | None, Rate]":
    """Each arm's; none before there is a store."""
    from knowhow.commands.stats import read_outcomes
    from knowhow.store import open_memory
    from knowhow_memory.errors import NotFoundError
    from knowhow_router.statistics import summarise

    try:
        with open_memory(settings, create=False) as memory:
            outcomes = read_outcomes(memory, settings.memory.tenant, None)
    except NotFoundError:
        return {}
    return {line.name: line.rate for line in summarise(outcomes).lines}


def _champions(settings: "Settings") -> dict[str, str | None]:
    from knowhow.store import adapters_folder
    from knowhow_adapters.registry.registry import Registry

    registry = Registry(adapters_folder(settings))
    return {agent: registry.champion(agent) for agent in registry.agents()}


def _listed(
    each: "Declared", rates: "Mapping[str | None, Rate]", champion: str | None
) -> dict[str, Any]:
    from knowhow_agents.protocol.turns import GUIDES
    from knowhow_memory.models import ARM_SEPARATOR

    strategies = [*each.says.strategies, *([GUIDES] if champion else [])]
    arms = {strategy: f"{each.name}{ARM_SEPARATOR}{strategy}" for strategy in strategies}
    return {
        "name": each.name,
        "purpose": each.says.purpose,
        "file": str(each.path),
        "champion": champion,
        "strategies": {
            strategy: asdict(rates[arm]) if arm in rates else None for strategy, arm in arms.items()
        },
    }


def _listing(document: "Mapping[str, Any]") -> "Table | Text":
    from rich.table import Table

    if not document["agents"]:
        return text(f"no specialists in {document['folder']!r}: knowhow agents add NAME")
    table = Table()
    for column in ("specialist", "what for", "strategy", "success", "adapter"):
        table.add_column(column)
    for agent in document["agents"]:
        known = [agent["name"], agent["purpose"]], agent["champion"] or "–"
        for strategy, rate in agent["strategies"].items() or [("–", None)]:
            name, champion = known
            table.add_row(*map(text, [*name, strategy, _shown(rate), champion]))
            known = ["", ""], ""
    return table


def _shown(rate: "Mapping[str, float] | None") -> str:
    if rate is None:
        return "not tried"
    return f"{rate['successes']:g}/{rate['tries']:g} ({rate['low']:.0%}–{rate['high']:.0%})"
