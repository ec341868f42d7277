"""The switch: nothing that is not on this machine is asked while it is on."""

import subprocess
import sys
import threading

import pytest

from knowhow_agents.big_model import switch
from knowhow_agents.big_model.switch import FORBID_VARIABLE, NetworkForbidden, forbid_network

ELSEWHERE = [
    ("openai/gpt-5", None),
    ("openai/gpt-5", "https://api.openai.com/v1"),
    ("openai/x", "http://localhost.example.com:80"),
    ("openai/x", "http://127.0.0.1@example.com/v1"),
    ("openai/x", "http://127.0.0.1.example.com/v1"),
    ("openai/x", "http://0.0.0.0:8000"),
    ("openai/x", "http://192.168.0.1:8000"),
    ("openai/x", "127.0.0.1:8000"),
    ("openai/x", "http://["),
    ("openai/x", ""),
    ("ollama/llama", None),
    ("an-embedded/model", None),
]
HERE = [
    ("embedded/big-reckoner", None),
    ("openai/x", "http://127.0.0.1:8000/v1"),
    ("openai/x", "http://127.8.9.1/v1"),
    ("openai/x", "http://[::1]:8000/v1"),
    ("openai/x", "http://LOCALHOST:8000/v1"),
]


@pytest.mark.parametrize(("model", "api_base"), ELSEWHERE)
def test_what_is_elsewhere_is_refused_by_name(model: str, api_base: str | None) -> None:
    with forbid_network(), pytest.raises(NetworkForbidden) as caught:
        switch.check(model, api_base)
    assert repr(model) in str(caught.value)


@pytest.mark.parametrize(("model", "api_base"), HERE)
def test_what_is_here_may_be_asked(model: str, api_base: str | None) -> None:
    with forbid_network():
        switch.check(model, api_base)


def test_it_ends_with_its_outermost_block_and_holds_in_every_thread(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv(FORBID_VARIABLE, raising=False)
    seen: list[bool] = []
    with forbid_network():
        with forbid_network():
            pass
        thread = threading.Thread(target=lambda: seen.append(switch.network_allowed()))
        thread.start()
        thread.join()
    assert seen == [False]
    assert switch.network_allowed()
    switch.check("openai/gpt-5", None)


@pytest.mark.parametrize(
    ("value", "allowed"), [("1", False), ("yes", False), ("0", True), ("", True)]
)
def test_a_variable_switches_too(
    value: str, allowed: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(FORBID_VARIABLE, value)
    assert switch.network_allowed() is allowed


def test_it_is_on_in_these_tests_and_in_what_they_start() -> None:
    program = "from knowhow_agents.big_model import switch; print(switch.network_allowed())"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert done.stdout == "False\n", done.stderr
