"""A network with one hidden layer over rows of numbers: how it learns, and what it thinks.

Knows nothing about what its rows and columns mean.
"""

from collections.abc import Iterable, Mapping
from itertools import chain
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from torch import nn

Floats = NDArray[np.float32]
Layers = Mapping[str, Floats]
Reading = tuple[Floats, NDArray[np.int64]]
"""Rows, and the right column of each."""

DROPOUT = 0.3
RATE, DECAY, SMOOTHING = 3e-3, 1e-4, 0.02


def think(layers: Layers, rows: Floats) -> Floats:
    """Log-probabilities of the columns, for each row."""
    hidden = np.maximum(rows @ layers["first"] + layers["first_bias"], 0)
    scores = hidden @ layers["second"] + layers["second_bias"]
    return np.asarray(scores - np.logaddexp.reduce(scores, axis=1, keepdims=True))


def learn(
    readings: Iterable[Reading], *, columns: int, hidden: int, at_once: int, steps: int, seed: int
) -> Layers:
    """`at_once`: rows of a step; `steps`: at most, of all readings together."""
    import torch
    from torch import nn

    remaining = iter(readings)
    first = next(remaining)
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        net = nn.Sequential(
            nn.Dropout(DROPOUT),
            nn.Linear(first[0].shape[1], hidden),
            nn.ReLU(),
            nn.Dropout(DROPOUT),
            nn.Linear(hidden, columns),
        )
        optimiser = torch.optim.AdamW(net.parameters(), RATE, weight_decay=DECAY)
        schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, RATE, steps)
        loss = nn.CrossEntropyLoss(label_smoothing=SMOOTHING)
        for reading in chain([first], remaining):
            rows, right = map(torch.from_numpy, reading)
            for batch in torch.split(torch.randperm(len(right)), at_once):
                optimiser.zero_grad()
                loss(net(rows[batch]), right[batch]).backward()
                optimiser.step()
                schedule.step()
    return _layers(net)


def _layers(net: "nn.Sequential") -> Layers:
    found: dict[str, Floats] = {}
    for name, at in (("first", 1), ("second", 4)):
        weight, bias = (tensor.detach().numpy() for tensor in net[at].parameters())
        found |= {name: weight.T.copy(), f"{name}_bias": bias.copy()}
    return found
