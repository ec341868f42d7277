"""What an adapter makes the base answer to a few fixed texts: taken at publishing, compared at
loading, so that the adapter that serves is the one that was trained.

Hashes prove that files are as they were written; this proves that, put to work on this base by this
code, they still compute what they did. The probing runs on a twin of the model that shares its
weights, so a base that is answering meanwhile notices nothing. Knows nothing about files.
"""

import copy
import hashlib
import math
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor, nn

from knowhow_adapters.adapter import Adapter
from knowhow_adapters.errors import AdapterBroken, AdapterForeign
from knowhow_adapters.manifest import Fingerprint

if TYPE_CHECKING:
    from knowhow_adapters.base.load import Base

PROBES = (
    "A train leaves at 9:30 with 48 people; 3/4 of them get off. How many stay?",
    '{"name": "Mara", "items": [1, 20, 305], "price": "$7.50"}',
    "First sort the list, then take the second: pear, fig, apple.",
)
"""Numbers, structure, words. Changing one makes every published fingerprint unreadable."""
PROBES_HASH = hashlib.sha256("\0".join(PROBES).encode()).hexdigest()
PICKED = 32
"""Logits that are kept for each probe, spread evenly over the vocabulary."""
TOLERANCE = {"float32": 1e-3, "float16": 1e-2, "bfloat16": 5e-2}
"""Largest difference, in units of the logits' root mean square. Other processors, thread counts and
kernels move float32 by some 1e-6; layers in the wrong order move a trained adapter by far more."""


def take_fingerprint(base: "Base", adapter: Adapter) -> Fingerprint:
    twin = share_weights(base.model)
    for path, (a, b) in adapter.layers.items():
        twin.get_submodule(path).register_forward_hook(_adding(a, b, adapter.scale))
    with torch.inference_mode():
        rows = [_probe(twin, base, text) for text in PROBES]
    if not all(math.isfinite(value) for row in rows for value in row):
        raise AdapterBroken("with it the base answers NaN")
    dtype = str(base.model.dtype).removeprefix("torch.")
    return Fingerprint(probes=PROBES_HASH, dtype=dtype, logits=rows)


def refuse_other(published: Fingerprint, found: Fingerprint) -> None:
    """Compare what was answered then with what is answered now."""
    if published.probes != found.probes:
        raise AdapterForeign("it was published by a version of knowhow with other probe texts")
    if [len(row) for row in published.logits] != [len(row) for row in found.logits]:
        raise AdapterBroken("its fingerprint has another size than this base's")
    then, now = torch.tensor(published.logits), torch.tensor(found.logits)
    scale = float(then.square().mean().sqrt())
    difference = float((then - now).abs().max()) / scale if scale else math.inf
    if not difference <= max(TOLERANCE[published.dtype], TOLERANCE[found.dtype]):
        raise AdapterBroken(
            f"it does not answer as when it was published (fingerprint off by {difference:.2g})"
        )


def share_weights(model: nn.Module) -> nn.Module:
    """The same modules anew around the same tensors; its hooks are its own."""
    tensors = (*model.parameters(), *model.buffers())
    return copy.deepcopy(model, {id(tensor): tensor for tensor in tensors})


def _adding(a: Tensor, b: Tensor, scale: float) -> Callable[[nn.Module, Any, Tensor], Tensor]:
    def add(module: nn.Module, inputs: tuple[Tensor], output: Tensor) -> Tensor:
        x = inputs[0].to(torch.float32)
        change = x @ a.to(x.device).T @ b.to(x.device).T * scale
        return output + change.to(output.dtype)

    return add


def _probe(twin: nn.Module, base: "Base", text: str) -> list[float]:
    """Logits after the last token; the text bare, as templates may hold today's date."""
    ids = base.tokenizer(text)["input_ids"][: base.context]
    tokens = torch.tensor([ids], device=base.model.device)
    logits = twin(input_ids=tokens, use_cache=False).logits[0, -1]
    picked = torch.linspace(0, len(logits) - 1, PICKED).long().to(logits.device)
    return [float(value) for value in logits[picked].to(torch.float32)]
