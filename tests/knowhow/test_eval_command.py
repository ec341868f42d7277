"""`knowhow eval`: what there is, what one is told, and one line where it cannot be."""

import json
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from knowhow import evals
from knowhow.cli import run

MARBLES = '''"""How many marbles are
counted right?

More about it.
"""

from knowhow.figures import Figures


def run(*, seed, quick, report, n=4):
    report("counting")
    figures = Figures("marbles", seed=seed, n=n, notes=["counted twice"])
    figures.share("right", [True] * (1 if quick else n))
    return figures
'''


@pytest.fixture(autouse=True)
def marbles(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    (tmp_path / "marbles.py").write_text(MARBLES, encoding="utf-8")
    (tmp_path / "_shared.py").write_text("", encoding="utf-8")
    monkeypatch.setattr(evals, "__path__", [str(tmp_path)])
    yield
    sys.modules.pop("knowhow.evals.marbles", None)
    vars(evals).pop("marbles", None)


@pytest.fixture
def said(capsys: pytest.CaptureFixture[str]) -> Callable[..., dict[str, object]]:
    def command(*arguments: str) -> dict[str, object]:
        assert run(["eval", *arguments, "--json"]) == 0, capsys.readouterr().err
        document: dict[str, object] = json.loads(capsys.readouterr().out)
        return document

    return command


def test_without_a_name_they_are_listed(
    said: Callable[..., dict[str, object]], capsys: pytest.CaptureFixture[str]
) -> None:
    assert said() == {"evals": {"marbles": "How many marbles are counted right?"}}
    assert run(["eval"]) == 0
    assert "How many marbles" in capsys.readouterr().out


def test_an_eval_gets_its_options_and_answers_with_figures(
    said: Callable[..., dict[str, object]],
) -> None:
    document = said("marbles", "--seed", "7", "-n", "9")
    assert (document["name"], document["seed"], document["n"]) == ("marbles", 7, 9)
    assert document["figures"]["right"]["n"] == 9  # type: ignore[index]
    assert said("marbles", "--quick")["figures"]["right"]["n"] == 1  # type: ignore[index]


@pytest.mark.parametrize(
    ("arguments", "code", "told"),
    [
        (["nothing"], 1, "no eval 'nothing': there are marbles"),
        (["marbles", "--big-model", "embedded/big-planner"], 1, "takes no --big-model"),
        (["marbles", "-n", "0"], 2, "greater than or equal to 1"),
    ],
)
def test_what_cannot_be_is_one_line(
    arguments: list[str], code: int, told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["eval", *arguments]) == code
    error = capsys.readouterr().err
    assert told in error
    assert error.count("\n") == 1
