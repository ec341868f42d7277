"""From the settings to providers and terms: which model is asked, where, and after whom."""

import pytest

from knowhow.big_model import open_big_model, providers_of, terms_of
from knowhow.settings import BigModelSettings
from knowhow_agents.big_model.providers import DEFAULT_TERMS, Price, Provider
from knowhow_memory.errors import SettingsError

NAMED = BigModelSettings.model_validate(
    {
        "model": "openai/gpt",
        "api_base": "http://127.0.0.1:1/v1",
        "key_variable": "MY_KEY",
        "fallbacks": ["local", "embedded/big-planner"],
        "providers": {
            "local": {"model": "openai/x", "api_base": "http://127.0.0.1:2/v1", "price": [1, 2]}
        },
    }
)
LOCAL = Provider(
    "openai/x", name="local", api_base="http://127.0.0.1:2/v1", price=Price(1e-6, 2e-6)
)


def test_without_settings_an_embedded_model_is_asked() -> None:
    settings = BigModelSettings()
    assert providers_of(settings) == [Provider("embedded/big-reckoner")]
    assert terms_of(settings) == DEFAULT_TERMS


def test_the_model_is_asked_at_its_address_and_then_the_fallbacks() -> None:
    first = Provider("openai/gpt", api_base="http://127.0.0.1:1/v1", key_variable="MY_KEY")
    assert providers_of(NAMED) == [first, LOCAL, Provider("embedded/big-planner")]


def test_a_chosen_model_comes_first_and_once() -> None:
    assert providers_of(NAMED, "local") == [LOCAL, Provider("embedded/big-planner")]
    assert providers_of(NAMED, "anthropic/x")[0] == Provider("anthropic/x")
    assert open_big_model(NAMED, "local").providers[0] == LOCAL


@pytest.mark.parametrize(
    ("name", "message"),
    [("locla", "did you mean 'local'"), ("gpt", r"'provider/name'.*\(local\)")],
)
def test_a_name_that_is_none_says_what_there_is(name: str, message: str) -> None:
    with pytest.raises(SettingsError, match=message):
        providers_of(NAMED, name)


def test_terms_are_taken_over() -> None:
    given = {
        "first_token_s": 1.0, "between_s": 2.0, "attempt_s": 3.0, "total_s": 4.0, "attempts": 5,
        "cool_down_s": 6.0, "budget_usd": 0.0, "concurrency": 7,
    }  # fmt: skip
    taken = terms_of(BigModelSettings.model_validate(given))
    assert {name: getattr(taken, name) for name in given} == given
