"""The door to LiteLLM: the only module that imports it, and not before it is needed.

Its import takes seconds; `load` does it aside. Its callbacks and logging are left as they are, and
it fetches no price list. What its lists say of a model is asked here: the vendor, the keys it
needs, its price, what it can do. Sends nothing.
"""

import asyncio
import contextlib
import difflib
import functools
import importlib
import os
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import httpx
from pydantic import BaseModel

from knowhow_agents.big_model import switch
from knowhow_agents.big_model.embedded import PROVIDER as EMBEDDED
from knowhow_agents.big_model.embedded import embedded_handler
from knowhow_agents.big_model.errors import UnknownModelError
from knowhow_agents.big_model.providers import FREE, Price, Provider

LOCAL_PRICES = "LITELLM_LOCAL_MODEL_COST_MAP"
"""Without it, its import fetches a price list."""
ON_THIS_MACHINE = {"ollama", "ollama_chat"}
"""Unless an `api_base` says otherwise."""
ADDRESS_VARIABLES = {
    "hosted_vllm": "HOSTED_VLLM_API_BASE",
    "lm_studio": "LM_STUDIO_API_BASE",
    "openai_like": "OPENAI_LIKE_API_BASE",
}
"""Of servers that people run themselves. Where none is set, LiteLLM asks OpenAI in their place."""

_importing = threading.Lock()


async def load() -> Any:
    """LiteLLM, imported aside, as that takes seconds."""
    return _imported() if _imported.cache_info().currsize else await asyncio.to_thread(litellm)


def litellm() -> Any:
    with _importing:
        return _imported()


@functools.cache
def _imported() -> Any:
    os.environ.setdefault(LOCAL_PRICES, "True")
    library: Any = importlib.import_module("litellm")
    importlib.import_module("openai.resources")  # seconds, which the first call would take
    library.telemetry = False
    library.suppress_debug_info = True  # it would print advertisements to stdout
    library.custom_provider_map.append({"provider": EMBEDDED, "custom_handler": embedded_handler()})
    library.utils.custom_llm_setup()
    return library


def client_over(http: httpx.AsyncClient, vendor: str, key: str | None, api_base: str | None) -> Any:
    """What LiteLLM takes as a client for that vendor, over this connection."""
    if vendor == "openai":
        from openai import AsyncOpenAI

        return AsyncOpenAI(api_key=key, base_url=api_base, http_client=http, max_retries=0)
    from litellm.llms.custom_httpx.http_handler import AsyncHTTPHandler

    class OnceOnly(AsyncHTTPHandler):
        """The original would try again over a new connection of its own."""

        def create_client(self, *_: Any, **__: Any) -> httpx.AsyncClient:
            return http

        async def single_connection_post_request(self, *_: Any, **__: Any) -> Any:
            raise httpx.ConnectError("no second try")

    handler = OnceOnly()
    handler.client = http  # so it is not the handler's to close
    return handler


@dataclass(frozen=True)
class Facts:
    """What a model can do; of an unlisted one all is taken for granted, and it says so if not."""

    tools: bool = True
    json: bool = True
    schema: bool = True
    images: bool = True
    context: int | None = None
    """Tokens it reads."""
    longest: int | None = None
    """Tokens it writes."""


def facts(provider: Provider) -> Facts:
    if provider.embedded:
        return Facts(tools=False, images=False)
    listed = _listed(provider.model)
    if not listed:
        return Facts()
    return Facts(
        tools=bool(listed.get("supports_function_calling")),
        json=bool(listed.get("supports_response_schema")) or _takes_json(provider),
        schema=bool(listed.get("supports_response_schema")),
        images=bool(listed.get("supports_vision")),
        context=listed.get("max_input_tokens") or listed.get("max_tokens"),
        longest=listed.get("max_output_tokens"),
    )


def _takes_json(provider: Provider) -> bool:
    """A way to say that the answer be JSON, without a schema."""
    taken = litellm().get_supported_openai_params(provider.model)
    return "response_format" in (taken or ())


def vendor(provider: Provider) -> str:
    """Who makes the model or serves it, as LiteLLM calls them."""
    if provider.embedded:
        return "embedded"
    library = litellm()
    try:
        found: str = library.get_llm_provider(provider.model, api_base=provider.api_base)[1]
    except library.exceptions.BadRequestError:
        raise UnknownModelError(
            f"{provider.model!r} names no provider: {_meant(provider.model)}"
        ) from None
    variable = ADDRESS_VARIABLES.get(found)
    if variable and not (provider.api_base or os.environ.get(variable)):
        raise UnknownModelError(
            f"{provider.model!r} is at an address of your own: set its api_base, or {variable}"
        )
    return found


def _meant(model: str) -> str:
    vendors = [str(getattr(vendor, "value", vendor)) for vendor in litellm().provider_list]
    named, slash, name = model.partition("/")
    if slash and (close := difflib.get_close_matches(named, [*vendors, EMBEDDED], n=1)):
        return f"did you mean {f'{close[0]}/{name}'!r}?"
    return (
        "write it as 'PROVIDER/MODEL', such as 'anthropic/…', 'openai/…', 'ollama/…' or "
        "'embedded/…'"
    )


def missing_keys(provider: Provider) -> list[str]:
    """Variables that have to be set before it can be asked."""
    if provider.key_variable:
        return [] if provider.key() else [provider.key_variable]
    if provider.embedded or provider.api_base or vendor(provider) in ON_THIS_MACHINE:
        return []
    found = litellm().validate_environment(provider.model)
    return [] if found["keys_in_environment"] else list(found["missing_keys"])


def price(provider: Provider) -> Price | None:
    """Dollars a token, or None where nobody knows."""
    if provider.price is not None:
        return provider.price
    if provider.embedded or switch.is_loopback(provider.api_base):
        return FREE
    if not provider.api_base and vendor(provider) in ON_THIS_MACHINE:
        return FREE
    listed = _listed(provider.model)
    prompt, said = listed.get("input_cost_per_token"), listed.get("output_cost_per_token")
    return None if prompt is None or said is None else Price(float(prompt), float(said))


def cost(provider: Provider, usage: Mapping[str, Any]) -> float:
    """Of one answer in dollars; LiteLLM has special rules, as for tokens that were cached."""
    known = price(provider)
    if known is None or known == FREE:
        return 0.0
    if provider.price is None:
        library = litellm()
        with contextlib.suppress(Exception):
            told = library.Usage(**usage)
            return float(sum(library.cost_per_token(model=provider.model, usage_object=told)))
    return known.of(usage["prompt_tokens"], usage["completion_tokens"])


def count_tokens(messages: Sequence[Mapping[str, Any]], tools: Sequence[Any] = ()) -> int:
    """By a tokenizer that is at hand: an estimate for most models."""
    counted: int = litellm().token_counter(
        model="", messages=list(messages), tools=list(tools) or None
    )
    return counted


def count_text(text: str) -> int:
    counted: int = litellm().token_counter(model="", text=text)
    return counted


def json_form(wanted: bool | type[BaseModel]) -> dict[str, Any]:
    """OpenAI's `response_format`: any JSON, or one that fits a class."""
    if isinstance(wanted, bool):
        return {"type": "json_object"}
    from litellm.llms.base_llm.base_utils import type_to_response_format_param

    return dict(type_to_response_format_param(wanted) or {})


def _listed(model: str) -> Mapping[str, Any]:
    """By LiteLLM's list itself: its functions ask the servers of some vendors."""
    prices = litellm().model_cost
    vendor, _, name = model.partition("/")
    if model in prices:
        return dict(prices[model])
    found = prices.get(name, {})
    return dict(found) if found.get("litellm_provider") == vendor else {}
