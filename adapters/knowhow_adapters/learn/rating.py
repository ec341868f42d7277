"""The small model as a judge of what it could learn from.

Two adapters are trained in one pass, each on the successes among one half of the examples, and each
says how surprising it finds the other half: no example speaks for itself, and neither do its
near-duplicates, which fall into the same half. What most successes of a kind have in common becomes
likely that way; an answer that only a wrong reward brought in does not. Knows nothing about what
the surprise is used for.
"""

import hashlib
import tempfile
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import torch

from knowhow_adapters.base.forward import working_type
from knowhow_adapters.learn.attempts import normalise
from knowhow_adapters.learn.examples import Example, Rater
from knowhow_adapters.learn.likelihood import rate_rows
from knowhow_adapters.learn.objective import Objective
from knowhow_adapters.learn.passes import open_pass
from knowhow_adapters.learn.rows import encode
from knowhow_adapters.learn.stacked import Layout
from knowhow_adapters.learn.train import Job, Settings, train

if TYPE_CHECKING:
    from knowhow_adapters.adapter import Adapter
    from knowhow_adapters.base.load import Base

HALVES = 2


def cross_fitted(base: "Base", settings: Settings, start: "Adapter | None" = None) -> Rater:
    """A rater for `select_examples`."""

    def rate(examples: Sequence[Example]) -> list[float]:
        halves = [_half(example) for example in examples]
        learnt = [
            [e for e, half in zip(examples, halves, strict=True) if half != own and e.weight > 0]
            for own in range(HALVES)
        ]
        if not all(learnt):
            return [0.0] * len(examples)
        judge = replace(settings, objective=Objective.SFT)
        jobs = [Job(f"judge{own}", part, start, judge) for own, part in enumerate(learnt)]
        with tempfile.TemporaryDirectory() as folder:
            judges = train(base, jobs, Path(folder))
        failed = [trained.error for trained in judges if trained.error]
        if failed:
            raise failed[0]
        adapters = [trained.adapter for trained in judges if trained.adapter]
        return surprise_of(base, adapters, examples, halves, max_len=settings.max_len)

    return rate


def surprise_of(
    base: "Base",
    adapters: "Sequence[Adapter]",
    examples: Sequence[Example],
    owners: Sequence[int] | None = None,
    *,
    max_len: int | None = None,
) -> list[float]:
    """Minus the log-likelihood of each answer; `owners` says which adapter judges which."""
    layout = Layout.of(base, adapters[0].rank)
    params = torch.cat([layout.pack(adapter) for adapter in adapters])
    rows = encode(base, examples, max_len)
    chosen = list(zip(owners or [0] * len(rows), rows, strict=True))
    forward = open_pass(base.model, working_type())
    return rate_rows(forward, layout, params, chosen, [adapter.scale for adapter in adapters])


def _half(example: Example) -> int:
    return hashlib.sha256(f"half\0{normalise(example.prompt)}".encode()).digest()[0] % HALVES
