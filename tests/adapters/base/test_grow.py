"""A grown model begins as the function it grew from."""

import pytest
import torch

from knowhow_adapters.base.grow import grow
from knowhow_adapters.base.pretrain import new_model
from knowhow_adapters.base.recipes import Recipe
from knowhow_memory.errors import InputError
from tests.adapters.base.kit import bpe


def shaped(layers: int) -> Recipe:
    return Recipe("some", "a test", width=32, layers=layers, heads=2, inner=48, learning_rate=1e-3)


@pytest.mark.parametrize(("old", "new"), [(2, 3), (2, 4), (6, 9)])
def test_it_answers_alike_and_can_learn_more(old: int, new: int) -> None:
    tokenizer = bpe()
    shallow, deep = (new_model(shaped(n), tokenizer, seed) for seed, n in enumerate((old, new)))
    grow(deep, shallow.state_dict())
    tokens = torch.randint(4, 1000, (2, 20))
    logits = deep(input_ids=tokens).logits
    torch.testing.assert_close(logits, shallow(input_ids=tokens).logits)
    logits.square().mean().backward()
    silent = [p for n, p in deep.named_parameters() if n.endswith("o_proj.weight") and not p.any()]
    assert len(silent) == new - old
    assert all(p.grad is not None and p.grad.any() for p in silent)


@pytest.mark.parametrize(("old", "new"), [(3, 2), (2, 2), (2, 5), (6, 10)])
def test_depths_that_do_not_fit_are_refused(old: int, new: int) -> None:
    tokenizer = bpe()
    start = new_model(shaped(old), tokenizer, 0).state_dict()
    with pytest.raises(InputError, match=f"{old} layers"):
        grow(new_model(shaped(new), tokenizer, 0), start)
