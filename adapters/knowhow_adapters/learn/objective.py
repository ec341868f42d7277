"""What an adapter is to get better at, as a loss over the answers of a batch.

    sft          make what succeeded likely
    unpaired     the same, and what failed unlikely: it pays `-log(1 - P(answer))`, which is next
                 to nothing as soon as the model has let go of it
    kto          successes above and failures below what the start thought of them, each up to a
                 point (Kahneman-Tversky optimisation with its point of reference at zero)

Sums over a batch's rows are divided by its answer tokens. Knows nothing about models.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

import torch
from torch import Tensor
from torch.nn import functional

BETA = 0.2
"""How soon KTO is content."""
SUREST = 1e-4
"""Of surprise: as P(answer) nears 1, the loss of a failure must stay finite."""


class Objective(StrEnum):
    SFT = "sft"
    UNPAIRED = "unpaired"
    KTO = "kto"

    def uses(self, weight: float) -> bool:
        """Whether an example of this weight teaches anything; those of failures are negative."""
        return weight > 0 or self is not Objective.SFT


@dataclass(frozen=True)
class Targets:
    """What should come at the chosen places, and whose they are."""

    tokens: Tensor
    rows: Tensor
    """The row of each token."""
    weights: Tensor
    """Of each row; negative where the answer failed."""
    before: Tensor
    """How surprising each row's answer was to the start."""
    owners: Tensor
    """The adapter of each row."""


def surprises(logits: Tensor, targets: Targets) -> Tensor:
    """Minus the log-likelihood of each row's answer."""
    each = functional.cross_entropy(logits.float(), targets.tokens, reduction="none")
    return torch.zeros(len(targets.weights)).index_add(0, targets.rows, each)


def losses(logits: Tensor, targets: Targets, objectives: Sequence[Objective]) -> Tensor:
    """Of each adapter, in the order of `objectives`."""
    surprise = surprises(logits, targets)
    owners = torch.tensor(range(len(objectives)))[:, None] == targets.owners
    sums = [
        _row_losses(objective, surprise[own], targets.weights[own], targets.before[own]).sum()
        for objective, own in zip(objectives, owners, strict=True)
    ]
    tokens = torch.bincount(targets.owners[targets.rows], minlength=len(objectives))
    return torch.stack(sums) / tokens.clamp(min=1)


def _row_losses(objective: Objective, surprise: Tensor, weights: Tensor, before: Tensor) -> Tensor:
    good = weights > 0
    match objective:
        case Objective.SFT:
            return weights * surprise
        case Objective.UNPAIRED:
            let_go = -torch.log(-torch.expm1(-surprise.clamp(min=SUREST)))
            return weights.abs() * torch.where(good, surprise, let_go)
        case Objective.KTO:
            gain = BETA * (before - surprise)
            return weights.abs() * torch.sigmoid(torch.where(good, -gain, gain)) / BETA
