"""Half of an eval in a process of its own: what it finds, and when it ends."""

import os
import signal
import subprocess
import sys
import time
from functools import partial
from pathlib import Path

import pytest

from knowhow.evals._beside import beside


def _who(told: int) -> tuple[int, int]:
    return told, os.getpid()


def _only_in(process: int) -> int:
    if os.getpid() != process:
        os.kill(os.getpid(), signal.SIGKILL)
    return os.getpid()


def _go_on(place: Path) -> None:
    (place / str(os.getpid())).touch()
    time.sleep(600)


def _begun(place: Path) -> int:
    while not (found := list(place.iterdir())):
        time.sleep(0.05)
    return int(found[0].name)


def _ended(process: int) -> bool:
    for _ in range(600):
        try:
            os.kill(process, 0)
        except ProcessLookupError:
            return True
        time.sleep(0.05)
    return False


@pytest.fixture(autouse=True)
def _two_cores(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "cpu_count", lambda: 2)


def test_it_is_found_in_another_process() -> None:
    with beside(partial(_who, 7)) as ask:
        told, process = ask()
    assert told == 7
    assert process != os.getpid()


def test_on_one_core_it_is_done_here(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "cpu_count", lambda: 1)
    with beside(partial(_who, 7)) as ask:
        assert ask() == (7, os.getpid())


def test_what_another_process_could_not_end_is_done_here() -> None:
    with beside(partial(_only_in, os.getpid())) as ask:
        assert ask() == os.getpid()


def test_whoever_leaves_ends_it(tmp_path: Path) -> None:
    with pytest.raises(KeyboardInterrupt), beside(partial(_go_on, tmp_path)):
        process = _begun(tmp_path)
        raise KeyboardInterrupt
    assert _ended(process)


def test_it_does_not_outlive_one_that_was_killed(tmp_path: Path) -> None:
    run = (
        "from functools import partial; from pathlib import Path; import time\n"
        "from knowhow.evals._beside import beside; from test_beside import _go_on\n"
        "if __name__ == '__main__':\n"
        f"    with beside(partial(_go_on, Path({str(tmp_path)!r}))): time.sleep(600)\n"
    )
    script = tmp_path.parent / "killed.py"
    script.write_text(run)
    path = os.pathsep.join([str(Path(__file__).parent), *sys.path])
    with subprocess.Popen(
        [sys.executable, str(script)], env=os.environ | {"PYTHONPATH": path}
    ) as parent:
        process = _begun(tmp_path)
        parent.kill()
    assert _ended(process)
