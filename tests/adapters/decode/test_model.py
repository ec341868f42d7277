"""Both ways to compute a model against its own forward on whole texts, however they are fed."""

import gc
import random
import weakref
from pathlib import Path
from typing import Any

import pytest
import torch
from transformers import PreTrainedModel

from knowhow_adapters.base.load import load_base
from knowhow_adapters.decode.general import GeneralModel
from knowhow_adapters.decode.model import Rows, adopt
from knowhow_adapters.decode.native import NativeModel
from knowhow_adapters.decode.stack import Stack
from tests.adapters.decode.conftest import Workshop
from tests.adapters.tiny import tiny_folder

LENGTH, ROWS = 150, 5
"""Longer than the first room of the cache, so that it grows."""
CLOSE = {"atol": 2e-4, "rtol": 1e-4}


def open_rows(shop: Workshop, rows: int) -> Rows:
    model = adopt(shop.base.model)
    return model.open(Stack([None] * rows, device=model.device, dtype=model.dtype), rows)


def texts(count: int) -> list[list[int]]:
    rng = random.Random(count)
    return [[rng.randrange(3, 330) for _ in range(LENGTH)] for _ in range(count)]


@torch.inference_mode()
def expect(model: PreTrainedModel, rows: list[list[int]]) -> torch.Tensor:
    logits: torch.Tensor = model(torch.tensor(rows)).logits
    return logits


def test_rows_that_read_at_different_speeds_know_what_they_read(any_shop: Workshop) -> None:
    whole = texts(ROWS)
    expected = expect(any_shop.plain.model, whole)
    rows, rng = open_rows(any_shop, ROWS), random.Random(7)
    held, read = list(range(ROWS)), [0] * ROWS
    for turn in range(60):
        # Two tokens for one row and none for another are as many as one for each.
        counts = [rng.choice([0, 0, 1, 1, 2, 2, 9]) if turn else 3 * row + 1 for row in held]
        counts = [min(n, LENGTH - read[row]) for n, row in zip(counts, held, strict=True)]
        if not any(counts):
            continue
        logits = rows.feed(
            [whole[row][read[row] : read[row] + n] for n, row in zip(counts, held, strict=True)]
        )
        for place, (row, n) in enumerate(zip(held, counts, strict=True)):
            read[row] += n
            if n:
                torch.testing.assert_close(logits[place], expected[row, read[row] - 1], **CLOSE)
        if turn == 40:
            held = [3, 0, 2]
            rows.keep(held)
    assert min(read[row] for row in held) > 90


def test_every_logit_can_be_asked_for(any_shop: Workshop) -> None:
    whole = texts(2)
    expected = expect(any_shop.plain.model, whole)
    rows = open_rows(any_shop, 1)
    rows.feed([whole[1][:100]])
    rows.keep([0, 0])
    logits = rows.feed([whole[1][100:110], whole[1][100:103]], every=True)
    torch.testing.assert_close(logits[0], expected[1, 100:110], **CLOSE)
    torch.testing.assert_close(logits[1, :3], expected[1, 100:103], **CLOSE)


def test_llama_and_qwen_are_computed_natively(any_shop: Workshop) -> None:
    kind = type(adopt(any_shop.plain.model))
    native = any_shop.plain.model.config.model_type in ("llama", "qwen2", "qwen3")
    assert kind is (NativeModel if native else GeneralModel)


def test_the_model_itself_goes_on_answering_as_before(any_shop: Workshop) -> None:
    whole = texts(1)
    any_shop.decoder.choose("x", ["init", "query"], any_shop.refs[0])
    torch.testing.assert_close(
        expect(any_shop.base.model, whole), expect(any_shop.plain.model, whole), **CLOSE
    )


def test_weights_are_not_kept_twice(llama: Workshop) -> None:
    model = adopt(llama.base.model)
    assert isinstance(model, NativeModel)
    assert adopt(llama.base.model) is model
    module = llama.base.model.get_submodule("model.layers.0.self_attn.k_proj")
    joint = model._layers[0].attend.weight
    assert module.weight.untyped_storage().data_ptr() == joint.untyped_storage().data_ptr()


@pytest.mark.parametrize("architecture", ["llama", "phi3"])
def test_a_model_nobody_needs_is_let_go(tmp_path: Path, architecture: str) -> None:
    base = load_base(str(tiny_folder(tmp_path, architecture)))
    adopt(base.model)
    gone = weakref.ref(base.model)
    del base
    gc.collect()
    assert gone() is None


@pytest.mark.parametrize(
    "changes",
    [
        {"hidden_act": "gelu"},
        {"rope_parameters": {"rope_type": "dynamic", "factor": 2.0, "rope_theta": 1e4}},
    ],
)
def test_what_the_native_forward_does_not_do_goes_the_general_way(
    tmp_path: Path, changes: dict[str, Any]
) -> None:
    base = load_base(str(tiny_folder(tmp_path, **changes)))
    assert isinstance(adopt(base.model), GeneralModel)


def test_a_model_with_a_window_reads_one_row_at_a_time(tmp_path: Path) -> None:
    base = load_base(str(tiny_folder(tmp_path, "phi3", sliding_window=32)))
    assert adopt(base.model).max_rows == 1
