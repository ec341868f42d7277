"""From the settings to a big model: `[big_model]` in `knowhow.toml`, or what `--big-model` names.

A model is written as LiteLLM does, `provider/name`, or is one of `[big_model.providers]`. Address
and key of the section belong to its own model; another one that `--big-model` names has its usual
ones. Loads LiteLLM only with the model itself. Knows nothing of prompts.
"""

import difflib
from typing import TYPE_CHECKING, Annotated

import typer

from knowhow_agents.big_model.providers import Price, Provider, Terms
from knowhow_memory.errors import SettingsError

if TYPE_CHECKING:
    from knowhow.settings import BigModelSettings, ProviderSettings
    from knowhow_agents.big_model.client import BigModel

MILLION = 1e6

Chosen = Annotated[
    str | None,
    typer.Option("--big-model", help="As 'embedded/big-planner', or a name from the settings."),
]


def open_big_model(settings: "BigModelSettings", chosen: str | None = None) -> "BigModel":
    """The model that is set, or the chosen one, and behind it the fallbacks."""
    from knowhow_agents.big_model.client import BigModel

    return BigModel(providers_of(settings, chosen), terms=terms_of(settings))


def providers_of(settings: "BigModelSettings", chosen: str | None = None) -> list[Provider]:
    """In the order in which they are asked, each once."""
    names = dict.fromkeys([chosen or settings.model, *settings.fallbacks])
    return [find_provider(settings, name) for name in names]


def find_provider(settings: "BigModelSettings", name: str) -> Provider:
    if name in settings.providers:
        return _provider(name, settings.providers[name])
    if "/" not in name:
        raise SettingsError(f"no big model {name!r}: {_hint(settings, name)}")
    if name == settings.model:
        return Provider(name, api_base=settings.api_base, key_variable=settings.key_variable)
    return Provider(name)


def terms_of(settings: "BigModelSettings") -> Terms:
    return Terms(
        first_token_s=settings.first_token_s,
        between_s=settings.between_s,
        attempt_s=settings.attempt_s,
        total_s=settings.total_s,
        attempts=settings.attempts,
        cool_down_s=settings.cool_down_s,
        budget_usd=settings.budget_usd,
        concurrency=settings.concurrency,
    )


def _provider(name: str, given: "ProviderSettings") -> Provider:
    price = given.price and Price(given.price[0] / MILLION, given.price[1] / MILLION)
    return Provider(
        given.model,
        name=name,
        api_base=given.api_base,
        key_variable=given.key_variable,
        price=price,
        max_tokens=given.max_tokens,
    )


def _hint(settings: "BigModelSettings", name: str) -> str:
    if close := difflib.get_close_matches(name, settings.providers, n=1):
        return f"did you mean {close[0]!r}?"
    known = f" ({', '.join(settings.providers)})" if settings.providers else ""
    return f"write it as 'provider/name', or name one of [big_model.providers]{known}"
