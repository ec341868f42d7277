"""Gradients of a mixed batch are each adapter's own, and those that PEFT computes."""

import copy
import warnings
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file

from knowhow_adapters.artefact import write_adapter
from knowhow_adapters.learn.likelihood import ROUND, Owned, pack
from knowhow_adapters.learn.objective import Objective, losses
from knowhow_adapters.learn.passes import LlamaPass, ModulePass, open_pass
from knowhow_adapters.learn.rows import encode
from knowhow_adapters.learn.stacked import Layout
from tests.adapters.learn.kit import close, examples, tiny_base

RANK, ALPHAS = 4, (8.0, 2.0, 4.0)
AGENTS = ("first", "second", "third")
SCALES = [alpha / RANK for alpha in ALPHAS]


def trained_parts(layout: Layout) -> torch.Tensor:
    """As after some training: B is not zero any more."""
    torch.manual_seed(3)
    fresh = torch.cat([layout.fresh(agent, 0) for agent in AGENTS])
    return fresh + torch.randn_like(fresh) * 0.1


def owned_rows(architecture: str) -> list[Owned]:
    """Of different lengths, and not in the order of the adapters."""
    rows = encode(tiny_base(architecture), examples(9))
    return [(number % len(AGENTS), row) for number, row in enumerate(rows)]


def gradient(architecture: str, params: torch.Tensor, chosen: list[Owned]) -> torch.Tensor:
    base = tiny_base(architecture)
    layout = Layout.of(base, RANK)
    forward = open_pass(base.model, torch.float32)
    batch, targets = pack(chosen, SCALES)
    params = params.detach().requires_grad_()
    found = losses(forward(batch, layout.split_all(params)), targets, [Objective.SFT] * len(AGENTS))
    (grad,) = torch.autograd.grad(found.sum(), params)
    return grad.view(len(AGENTS), RANK, -1)


def test_what_llama_computes_fast_and_others_through_their_modules() -> None:
    kinds = {
        name: type(open_pass(tiny_base(name).model, torch.float32)) for name in ("llama", "qwen2")
    }
    assert kinds == {"llama": LlamaPass, "qwen2": ModulePass}


@pytest.mark.parametrize("architecture", ["llama", "qwen3", "gemma"])
def test_each_adapter_gets_the_gradient_it_would_get_alone(architecture: str) -> None:
    params = trained_parts(Layout.of(tiny_base(architecture), RANK))
    rows = owned_rows(architecture)
    together = gradient(architecture, params, rows)
    for number in range(len(AGENTS)):
        own = [(n, row) for n, row in rows if n == number]
        alone = gradient(architecture, params, own)
        close(together[number], alone[number])
        others = [n for n in range(len(AGENTS)) if n != number]
        assert not alone[others].any()
        assert alone[number].abs().max() > 1e-3


@pytest.mark.parametrize("architecture", ["llama", "qwen2"])
def test_gradients_are_those_of_peft(architecture: str, tmp_path: Path) -> None:
    base = tiny_base(architecture)
    layout = Layout.of(base, RANK)
    params = trained_parts(layout)
    rows = owned_rows(architecture)
    found = gradient(architecture, params, rows)
    for number, (agent, alpha) in enumerate(zip(AGENTS, ALPHAS, strict=True)):
        adapter = layout.unpack(params.view(len(AGENTS), RANK, -1)[number], agent, alpha)
        model = peft_of(copy.deepcopy(base.model), write_adapter(adapter, base, tmp_path))
        own = [row for n, row in rows if n == number]
        peft_loss(model, own).backward()
        expected = {
            name.replace(".default", ""): parameter.grad
            for name, parameter in model.named_parameters()
            if parameter.requires_grad
        }
        for path, (down, up) in layout.split(found[number]).items():
            close(down, expected[f"base_model.model.{path}.lora_A.weight"])
            close(up.T, expected[f"base_model.model.{path}.lora_B.weight"])


def test_no_adapter_pays_for_the_length_of_anothers_rows() -> None:
    short, long = sorted(encode(tiny_base(), examples(9)), key=lambda row: len(row.tokens))[::8]
    blocks, targets = pack([(2, long), (0, short), (2, short)], SCALES)
    assert [(block.adapter, block.scale) for block in blocks] == [(0, SCALES[0]), (2, SCALES[2])]
    lengths = [block.tokens.shape[1] for block in blocks]
    assert lengths[0] < lengths[1] and lengths[0] - len(short.tokens) < ROUND
    assert targets.rows.unique_consecutive().tolist() == [1, 0, 2]


def peft_of(model: Any, folder: Path) -> Any:
    from peft import PeftModel

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        wrapped = PeftModel.from_pretrained(model, str(folder), is_trainable=True)
    assert load_file(folder / "adapter_model.safetensors")
    return wrapped.eval()


def peft_loss(model: Any, rows: list[Any]) -> torch.Tensor:
    """The same loss, a row at a time, by the library's own rules for labels."""
    total, tokens = torch.zeros(()), 0
    for row in rows:
        ids = torch.tensor([row.tokens])
        labels = ids.clone()
        labels[:, : row.start] = -100
        count = len(row.tokens) - row.start
        total = total + model(input_ids=ids, labels=labels).loss * count * row.weight
        tokens += count
    return total / tokens


def test_grouped_heads_and_the_base_itself_stay_as_they_are() -> None:
    base = tiny_base()
    before = {name: p.clone() for name, p in base.model.named_parameters()}
    gradient("llama", trained_parts(Layout.of(base, RANK)), owned_rows("llama"))
    assert all(p.equal(before[name]) for name, p in base.model.named_parameters())
    assert not any(m._forward_hooks for m in base.model.modules())
