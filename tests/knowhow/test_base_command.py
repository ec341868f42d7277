"""`knowhow base`: the cards as a table and as one document, and a build from the command line."""

import json
from pathlib import Path

import pytest

from knowhow.cli import run
from knowhow.commands import base as command
from knowhow_adapters.base import card as cards
from knowhow_adapters.base import exams, recipes
from knowhow_adapters.base.corpus.registry import load_skills
from tests.adapters.base.kit import TINY


def test_show_prints_one_document(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["base", "show", "--json"]) == 0
    models = json.loads(capsys.readouterr().out)["models"]
    assert set(models) == set(recipes.RECIPES)
    for card in models.values():
        assert {"purpose", "size", "training", "exam", "hash"} <= set(card)


def test_show_prints_skills_with_intervals(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["base", "show"]) == 0
    shown = capsys.readouterr().out
    for word in ("knowhow-base", "parameters", "read minutes", "held-out phrasings", "–"):
        assert word in shown


def test_build_makes_a_model_and_says_what_it_can(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(recipes.RECIPES, "tiny", TINY)
    monkeypatch.setattr(exams, "load_skills", lambda: {"copy": load_skills()["copy"]})
    arguments = ["base", "build", "--model", "tiny", "--steps", "4", "--out", str(tmp_path / "t")]
    assert run([*arguments, "--json"]) == 0
    card = json.loads(capsys.readouterr().out)
    assert (card["name"], card["training"]["steps"]) == ("tiny", 4)
    assert run(arguments) == 1
    assert "another --out" in capsys.readouterr().err


def test_show_without_models_says_how_to_make_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(cards, "EMBEDDED", tmp_path)
    assert run(["base", "show"]) == 1
    error = capsys.readouterr().err
    assert "knowhow base build" in error and error.count("\n") == 1


def test_an_unknown_model_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["base", "build", "--model", "huge"]) == 1
    assert "'huge'" in capsys.readouterr().err


def test_a_curve_begins_and_ends_with_its_losses() -> None:
    drawn = command._curve([[step, 4.0 / step] for step in range(1, 25)])
    assert drawn.startswith("4.00 █") and drawn.endswith("▁ 0.167")
    assert command._curve([]) == "–"
