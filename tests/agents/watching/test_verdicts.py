"""Whose failure an exception was; and that no secret gets through as a value."""

import asyncio
from typing import Any

import httpx
import pytest

from knowhow_agents.big_model.errors import FaultKind, ProviderFault
from knowhow_agents.watching.plain import MAX_ITEMS, MAX_TEXT, plain, short, without_secrets
from knowhow_agents.watching.verdicts import Verdict, of_answer, of_exception


def caused(error: Exception, by: Exception) -> Exception:
    error.__cause__ = by
    return error


def after(error: Exception, before: Exception) -> Exception:
    error.__context__ = before
    return error


RateLimitError = type("RateLimitError", (Exception,), {"__module__": "openai"})
TooLong = type("ContextWindowExceededError", (Exception,), {"__module__": "litellm.exceptions"})


@pytest.mark.parametrize(
    ("error", "fault"),
    [
        (ValueError("no"), "agent"),
        (caused(ValueError("gave up"), TimeoutError()), "infra"),
        (after(ValueError("gave up"), TimeoutError()), "agent"),
        (ConnectionResetError(), "infra"),
        (httpx.ReadTimeout("slow"), "infra"),
        (RateLimitError("429"), "infra"),
        (TooLong("1,000,000 tokens"), "agent"),
        (ProviderFault(FaultKind.KEY, "none"), "infra"),
        (ProviderFault(FaultKind.CONTEXT, "too long"), "agent"),
        (RuntimeError("RateLimitError: 429\nTraceback:\n"), "infra"),
        (RuntimeError("ProviderFault: big model 'x': server: down\nTraceback:"), "infra"),
        (RuntimeError("ProviderFault: big model 'x': context (2 attempts): long"), "agent"),
        (RuntimeError("ValueError: no\nTraceback:\nRateLimitError"), "agent"),
    ],
)
def test_whose_failure(error: Exception, fault: str) -> None:
    verdict = of_exception(error)
    assert verdict is not None and verdict.fault == fault
    assert verdict.reward == (0.0 if fault == "agent" else None)


@pytest.mark.parametrize("error", [KeyboardInterrupt(), SystemExit(), asyncio.CancelledError()])
def test_who_was_interrupted_did_not_fail(error: BaseException) -> None:
    assert of_exception(error) is None


@pytest.mark.parametrize(("answer", "reward"), [(True, 1.0), (False, 0.0), (0.3, 0.3), (1, 1.0)])
def test_what_a_check_says(answer: Any, reward: float) -> None:
    assert of_answer(answer) == Verdict(reward, verified_by="check")
    assert of_answer(None) is None


class Hostile(dict[str, str]):
    def items(self) -> Any:
        raise RuntimeError("sk-abcdefghijklmnop")


class Unspeakable:
    def __repr__(self) -> str:
        raise RuntimeError("sk-abcdefghijklmnop")


def test_whatever_comes_is_bounded_json() -> None:
    deep: Any = "end"
    for _ in range(100):
        deep = [deep]
    assert plain(deep) == [[[[[["<list>"]]]]]]
    assert plain({"a": Unspeakable(), "n": float("nan"), "i": 10**50, 3: (1, 2)}) == {
        "a": "<Unspeakable>", "n": "nan", "i": hex(10**50), "3": [1, 2],
    }  # fmt: skip
    assert plain([Hostile()]) == "<list>"
    assert len(plain(list(range(1000)))) == MAX_ITEMS
    assert plain("\ud800 \0") == "� �"
    assert len(short("word " * 10_000)) <= MAX_TEXT + 2


def test_a_cut_never_leaves_half_a_key() -> None:
    key = "sk-" + "a1" * 40
    text = "x" * (MAX_TEXT - 20) + " " + key
    assert key[:15] in text[:MAX_TEXT]
    assert key[:4] not in short(text)


def test_what_is_called_a_secret_is_not_taken_over(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MY_API_KEY", "hush-hush-hush")
    kept = {"max_tokens": 5, "question": "why?"}
    secret = dict.fromkeys(("api_key", "X-Api-Key", "Authorization", "db_password"), "S3CRET")
    assert plain({"headers": secret, **kept}) == {
        "headers": dict.fromkeys(secret, "[redacted]"), **kept,
    }  # fmt: skip
    for text in (
        "api_key=S3CRET", '{"api_key": "S3CRET"}', "Authorization: Bearer S3CRET",
        "token = 'S3CRET'", "it is hush-hush-hush",
    ):  # fmt: skip
        clean = without_secrets(text)
        assert "S3CRET" not in clean and "hush-hush" not in clean, clean
    assert without_secrets("3 tokens: one, two") == "3 tokens: one, two"
