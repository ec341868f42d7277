"""Versions that are carried elsewhere: what plain PEFT answers with them, and what serves here."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import torch
from torch import Tensor

if TYPE_CHECKING:
    from knowhow_adapters.adapter import Adapter
    from knowhow_adapters.base.load import Base
    from knowhow_adapters.registry.registry import Registry


def compare_with_peft(
    base: "Base", registry: "Registry", refs: Sequence[str], folder: Path
) -> tuple[float, float]:
    """The largest difference of any logit on any text, and how large logits are (their root mean
    square), over versions that were exported and loaded by PEFT onto a model of its own."""
    from knowhow_adapters.fingerprint import PROBES

    texts: list[list[int]] = [base.tokenizer(text)["input_ids"] for text in PROBES]
    ours, theirs = [], []
    for ref in refs:
        registry.export(ref, base, folder / ref)
        ours += _served(base, registry.verify(ref, base), texts)
        theirs += _plain(base, folder / ref, texts)
    here, there = torch.cat(ours), torch.cat(theirs)
    return float((here - there).abs().max()), float(there.square().mean().sqrt())


@torch.inference_mode()
def _served(base: "Base", adapter: "Adapter", texts: Sequence[list[int]]) -> list[Tensor]:
    from knowhow_adapters.decode.model import adopt
    from knowhow_adapters.decode.stack import Stack

    model = adopt(base.model)
    found = []
    for text in texts:
        stack = Stack([adapter], device=model.device, dtype=model.dtype)
        found.append(model.open(stack, 1).feed([text], every=True)[0].float().cpu())
    return found


@torch.inference_mode()
def _plain(base: "Base", folder: Path, texts: Sequence[list[int]]) -> list[Tensor]:
    from peft import PeftModel
    from transformers import AutoModelForCausalLM

    assert base.folder
    bare = AutoModelForCausalLM.from_pretrained(base.folder, dtype=base.model.dtype)
    model = PeftModel.from_pretrained(bare, str(folder)).eval()
    return [model(torch.tensor([text])).logits[0].float() for text in texts]
