"""From nothing to a folder that any transformers program loads."""

import contextlib
import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file
from transformers import AutoModelForCausalLM

from knowhow_adapters.base import build as builder
from knowhow_adapters.base import exams
from knowhow_adapters.base.build import Order, build
from knowhow_adapters.base.card import CARD, read_card
from knowhow_adapters.base.corpus.registry import load_skills
from knowhow_adapters.base.load import WEIGHTS, load_base
from knowhow_memory.errors import ConflictError, NotFoundError
from tests.adapters.base.kit import GROWN, TINY


@contextlib.contextmanager
def no_bar(description: str, total: int | None = None) -> Iterator[Callable[[int], None]]:
    yield lambda done: None


@pytest.fixture
def few_skills(monkeypatch: pytest.MonkeyPatch) -> None:
    some = {name: load_skills()[name] for name in ("copy", "read times")}
    monkeypatch.setattr(exams, "load_skills", lambda: some)


def order(out: Path, steps: int = 10) -> Order:
    return Order(out, minutes=0.0, steps=steps, seed=1, threads=1, exam_count=8)


@pytest.mark.usefixtures("few_skills")
def test_a_build_is_a_whole_model_and_a_card(tmp_path: Path) -> None:
    card = build(TINY, order(tmp_path / "tiny"), no_bar)
    base = load_base(str(tmp_path / "tiny"))
    assert card == read_card(tmp_path / "tiny") == json.loads(json.dumps(card))
    assert card["hash"] == base.hash
    assert card["training"]["corpus"] == TINY.corpus_digest()
    assert card["size"]["parameters"] == sum(p.numel() for p in base.model.parameters())
    assert {w.dtype for w in load_file(tmp_path / "tiny" / WEIGHTS).values()} == {torch.bfloat16}
    assert [path.name for path in tmp_path.iterdir()] == ["tiny"]
    plain = AutoModelForCausalLM.from_pretrained(tmp_path / "tiny", dtype=torch.float32)
    tokens = torch.tensor([base.encode("Copy: a")])
    assert plain(tokens).logits.equal(base.model(tokens).logits)


@pytest.mark.usefixtures("few_skills")
def test_an_interrupted_build_goes_on_and_ends_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = build(TINY, order(tmp_path / "whole"), no_bar)
    with monkeypatch.context() as patch:
        patch.setattr(builder, "write_model", lambda *_: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            build(TINY, order(tmp_path / "again"), no_bar)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["again.run", "whole"]
    assert build(TINY, order(tmp_path / "again"), no_bar) == whole


def test_what_is_there_is_not_overwritten(tmp_path: Path) -> None:
    (tmp_path / "taken").mkdir()
    with pytest.raises(ConflictError, match="another --out"):
        build(TINY, order(tmp_path / "taken"), no_bar)


@pytest.mark.usefixtures("few_skills")
def test_a_grown_model_needs_and_uses_what_it_grows_from(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(builder, "EMBEDDED", tmp_path)
    with pytest.raises(NotFoundError, match="'tiny', which is not in this package"):
        build(GROWN, order(tmp_path / "grown"), no_bar)
    build(TINY, order(tmp_path / "tiny"), no_bar)
    monkeypatch.setattr("knowhow_adapters.base.load.EMBEDDED", tmp_path)
    card = build(GROWN, order(tmp_path / "grown", steps=1), no_bar)
    assert card["training"]["grown_from"] == "tiny"
    start, grown = (load_file(tmp_path / name / WEIGHTS) for name in ("tiny", "grown"))
    # One step of a rate that has barely warmed up moves a weight by very little.
    name = "model.embed_tokens.weight"
    torch.testing.assert_close(grown[name], start[name], rtol=0, atol=2e-3)


def test_a_folder_without_a_card_is_named(tmp_path: Path) -> None:
    with pytest.raises(NotFoundError, match=CARD):
        read_card(tmp_path)
