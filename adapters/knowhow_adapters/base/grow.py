"""A deeper model that starts as the very same function as a shallower one.

After every so many layers comes a copy of the last one whose outputs are zero: it changes nothing
until training makes it. So a big model does not learn again what the base already knows.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING

import torch

from knowhow_memory.errors import InputError

if TYPE_CHECKING:
    from transformers import LlamaForCausalLM

SILENT = ("o_proj.weight", "down_proj.weight")
"""What a layer adds to the stream goes through these."""
LAYER = "model.layers."


def grow(model: "LlamaForCausalLM", start: Mapping[str, torch.Tensor]) -> None:
    """Fill the model with the weights of one of its width and fewer layers."""
    old = 1 + max(int(name.split(".")[2]) for name in start if name.startswith(LAYER))
    new = int(model.config.num_hidden_layers)
    if not old < new <= 2 * old or old % (new - old):
        raise InputError(f"{old} layers cannot be spread evenly over {new}")
    every = old // (new - old)
    sources = []
    for layer in range(old):
        sources.append((layer, False))
        if (layer + 1) % every == 0:
            sources.append((layer, True))
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            silent, source = False, name
            if name.startswith(LAYER):
                place, rest = name.removeprefix(LAYER).split(".", 1)
                origin, copied = sources[int(place)]
                silent, source = copied and rest.endswith(SILENT), f"{LAYER}{origin}.{rest}"
            parameter.copy_(torch.zeros_like(parameter) if silent else start[source])
