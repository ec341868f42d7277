"""`knowhow providers …`: which big models are set, what each still needs, whether it answers."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Annotated, Any

import typer

from knowhow.output import Json, emit, status, text

if TYPE_CHECKING:
    from rich.table import Table

    from knowhow.settings import BigModelSettings
    from knowhow_agents.big_model.providers import Provider, Terms

app = typer.Typer(help="Big models: what is set, and whether it answers.", no_args_is_help=True)

QUESTION = "Copy this word: cup"
"""Whoever can speak at all can do that, so a strange answer says something."""
LONGEST = 16
"""Tokens of an answer: enough to see that there is one."""
SHOWN = 60
"""Characters of an answer, in the table."""
MILLION = 1e6
PLACES = 6
"""Of a price, to take away what is left over from prices per token."""
Which = Annotated[
    list[str] | None,
    typer.Argument(help="Only these: 'provider/name', or names from the settings."),
]


@app.command("list")
def list_(as_json: Json = False) -> None:
    """What is set, what ships with knowhow, which key is missing, what a million tokens cost."""
    from knowhow.settings import load_settings

    roles = _roles(load_settings().big_model)
    rows = [_described(provider) | {"role": role} for provider, role in roles.items()]
    emit({"providers": rows}, as_json=as_json, shown=lambda: _listing(rows))


@app.command("test")
def test_(models: Which = None, as_json: Json = False) -> None:
    """Ask each one small question. Ends with 1 where somebody who is set does not answer."""
    from knowhow.big_model import find_provider, terms_of
    from knowhow.settings import load_settings

    settings = load_settings().big_model
    chosen = [find_provider(settings, name) for name in models or ()]
    with status("asking"):
        answers = asyncio.run(_ask_all(chosen or list(_roles(settings)), terms_of(settings)))
    emit({"providers": answers}, as_json=as_json, shown=lambda: _told(answers))
    if not all(answer["ok"] for answer in answers):
        raise typer.Exit(1)


def _roles(settings: "BigModelSettings") -> "dict[Provider, str]":
    """Who is asked when; what ships with knowhow can be named at any time."""
    from knowhow.big_model import find_provider, providers_of
    from knowhow_agents.big_model.embedded import PROVIDER, embedded_names

    first, *fallbacks = providers_of(settings)
    roles = {first: "asked first"}
    for number, provider in enumerate(fallbacks, start=1):
        roles[provider] = f"fallback {number}"
    for name in settings.providers:
        roles.setdefault(find_provider(settings, name), "named")
    for name in embedded_names():
        roles.setdefault(find_provider(settings, f"{PROVIDER}/{name}"), "ships with knowhow")
    return roles


def _described(provider: "Provider") -> dict[str, Any]:
    from knowhow.logs import redact
    from knowhow_agents.big_model import door
    from knowhow_agents.big_model.embedded import check_name
    from knowhow_memory.errors import KnowhowError

    row: dict[str, Any] = {
        "name": provider.name,
        "model": provider.model,
        "api_base": provider.api_base and redact(provider.api_base),
        "missing_keys": [],
        "dollars_per_million": None,
        "problem": None,
    }
    try:
        if provider.embedded:
            check_name(provider.embedded_name)
        row["missing_keys"] = door.missing_keys(provider)
        price = door.price(provider)
    except KnowhowError as error:
        return row | {"problem": str(error)}
    if row["missing_keys"]:
        row["problem"] = _needed(row["missing_keys"])
    if price is not None:
        row["dollars_per_million"] = {
            "in": round(price.prompt * MILLION, PLACES),
            "out": round(price.completion * MILLION, PLACES),
        }
    return row


def _needed(variables: Sequence[str]) -> str:
    if len(variables) == 1:
        return f"set {variables[0]} to its key"
    return f"set {', '.join(variables)}, as LiteLLM's page of this provider says"


async def _ask_all(providers: "Sequence[Provider]", terms: "Terms") -> list[dict[str, Any]]:
    return await asyncio.gather(*(_ask(provider, terms) for provider in providers))


async def _ask(provider: "Provider", terms: "Terms") -> dict[str, Any]:
    """One try, without others in reserve."""
    from autogen_core.models import UserMessage

    from knowhow_agents.big_model.client import BigModel
    from knowhow_agents.big_model.errors import ProviderFault
    from knowhow_memory.errors import KnowhowError

    row = {"name": provider.name, "model": provider.model, "ok": False}
    if problem := _described(provider)["problem"]:
        return row | {"problem": problem}
    model = BigModel(provider, terms=replace(terms, attempts=1))
    message = UserMessage(content=QUESTION, source="user")
    try:
        reply = await model.reply([message], extra_create_args={"max_tokens": LONGEST})
    except ProviderFault as fault:
        return row | {"problem": f"{fault.kind}: {fault.why}"}
    except KnowhowError as error:
        return row | {"problem": str(error)}
    return row | {
        "ok": True,
        "answer": reply.text,
        "seconds": round(reply.seconds, 3),
        "prompt_tokens": reply.prompt_tokens,
        "completion_tokens": reply.completion_tokens,
        "dollars": reply.cost_usd,
    }


def _listing(rows: Sequence[Mapping[str, Any]]) -> "Table":
    from rich.table import Table

    table = Table(title="Big models", title_justify="left")
    table.caption = "$: per million tokens, in and out"
    for column in ("model", "", "$", "needs"):
        table.add_column(column, overflow="fold")
    for row in rows:
        price = _price(row["dollars_per_million"])
        table.add_row(*map(text, (_called(row), row["role"], price, row["problem"] or "–")))
    return table


def _called(row: Mapping[str, Any]) -> str:
    called = row["name"] if row["name"] == row["model"] else f"{row['name']}: {row['model']}"
    return f"{called} at {row['api_base']}" if row["api_base"] else called


def _price(price: Mapping[str, float] | None) -> str:
    if price is None:
        return "not known"
    return f"{price['in']:g} {price['out']:g}" if any(price.values()) else "free"


def _told(answers: Sequence[Mapping[str, Any]]) -> "Table":
    from rich.table import Table

    table = Table(title=f"Asked: {QUESTION}", title_justify="left")
    table.caption = "whether they answer, not how well"
    for column in ("name", "", "answer", "s", "tokens", "$"):
        table.add_column(column, overflow="fold")
    for row in answers:
        if not row["ok"]:
            table.add_row(text(row["name"]), "✗", text(row["problem"]), "", "", "")
            continue
        said = " ".join(row["answer"].split())
        table.add_row(
            text(row["name"]),
            "✓",
            text(said if len(said) <= SHOWN else f"{said[:SHOWN]}…"),
            f"{row['seconds']:.2f}",
            f"{row['prompt_tokens']} + {row['completion_tokens']}",
            f"{row['dollars']:g}",
        )
    return table
