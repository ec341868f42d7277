"""Marks are what decoding would give, word for word."""

import pytest
import torch

from knowhow_adapters.base.build import write_model
from knowhow_adapters.base.corpus.registry import draw_exam, load_skills
from knowhow_adapters.base.exams import Mark, mark, summary
from knowhow_adapters.base.forward import Forward
from knowhow_adapters.base.load import Base, load_base
from knowhow_adapters.base.pretrain import pretrain
from knowhow_adapters.base.recipes import Recipe
from knowhow_adapters.decode.engine import Decoder
from knowhow_adapters.decode.request import Request
from tests.adapters.base.kit import bpe

NAME = "compare times"

STEPS = 140
"""Enough to say at times what the model always says, and so to be right now and then."""


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Base:
    """A model that was trained to answer yes or no."""
    run, folder = (tmp_path_factory.mktemp(name) for name in ("run", "model"))
    skill = Recipe(
        "yes or no", "a test", width=32, layers=2, heads=2, inner=48, learning_rate=1e-2,
        domains=dict.fromkeys({s.domain for s in load_skills().values()}, 0.0),
        skills={NAME: 1.0}, grown_from="nothing",
    )  # fmt: skip
    trained = pretrain(
        skill, bpe(), run, seed=0, steps=STEPS, minutes=0, report=lambda *_: None, threads=1
    )  # fmt: skip
    write_model(trained.model, bpe(), folder)
    return load_base(str(folder))


def test_a_mark_is_the_share_of_texts_decoded_right(base: Base) -> None:
    forward, decoder = Forward(base.model, torch.float32), Decoder(base)  # type: ignore[arg-type]
    examples = draw_exam(load_skills()[NAME], 48, 3, held=False)
    decoded = decoder.generate([Request(prompt=e.prompt, max_tokens=8) for e in examples])
    right = sum(d.text == e.answer for d, e in zip(decoded, examples, strict=True))
    assert mark(base, forward, examples).right == right
    assert 0 < right < len(examples)  # both kinds were met


def test_a_summary_adds_up() -> None:
    marks = {
        "copy": {"items": Mark(3, 4, 0.5), "phrasings": Mark(1, 4, 1.0)},
        "reverse": {"items": Mark(1, 4, 1.5), "phrasings": Mark(0, 4, 2.0)},
        "two hops": {"items": Mark(2, 4, 1.0), "phrasings": Mark(2, 4, 3.0)},
    }
    found = summary(marks)
    assert found["items"] == Mark(6, 12, 1.0)
    assert found["order items"] == Mark(4, 8, 1.0)
    assert found["facts phrasings"] == Mark(2, 4, 3.0)


def test_a_mark_carries_its_interval() -> None:
    document = Mark(190, 200, 0.1).document()
    low, high = document["ci95"]
    assert 0.90 < low < document["accuracy"] == 0.95 < high < 0.98
