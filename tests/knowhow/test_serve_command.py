"""`knowhow serve` as its user meets it: where it listens, what it refuses, how it ends."""

import json
import signal
import socket
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from knowhow.cli import run
from knowhow.serving.run import open_socket
from knowhow_memory.errors import InputError

PATIENCE_S = 60


@pytest.fixture(autouse=True)
def own_store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("KNOWHOW_MEMORY__LOCATION", str(tmp_path / "store"))


def test_it_serves_until_it_is_interrupted() -> None:
    command = [sys.executable, "-m", "knowhow", "serve", "--port", "0", "--json"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as server:
        assert server.stdout and server.stderr
        said = json.loads(server.stdout.readline())
        offered = httpx.get(f"{said['api_base']}/models", timeout=PATIENCE_S).json()["data"]
        server.send_signal(signal.SIGINT)
        assert server.wait(PATIENCE_S) == 0
        assert server.stderr.read() == b""
    assert [model["id"] for model in offered] == said["models"]
    assert "big-reckoner" in said["models"]


def test_it_is_for_this_machine_alone(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["serve", "--host", "192.0.2.1", "--port", "0"]) == 1
    error = capsys.readouterr().err
    assert "for this machine alone, '192.0.2.1' is open to others" in error
    assert error.count("\n") == 1


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "", "192.0.2.1"])
def test_no_socket_is_opened_to_others(host: str) -> None:
    with pytest.raises(InputError, match="for this machine alone"), open_socket(host, 0):
        pass


def test_a_port_that_is_taken_is_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        assert run(["serve", "--port", str(port)]) == 1
    error = capsys.readouterr().err
    assert f"cannot listen on 127.0.0.1:{port}" in error and error.count("\n") == 1
