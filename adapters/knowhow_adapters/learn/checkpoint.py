"""Where a run stands, in memory and on disk.

One file, which replaces itself atomically: weights, moments, losses, and a digest of everything the
run follows from. What belongs to another base, other examples or other settings is refused. Knows
nothing about how a step is made.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import torch
from safetensors import safe_open
from safetensors.torch import save
from torch import Tensor

from knowhow_memory.durable import write_file
from knowhow_memory.errors import ConflictError

CHECKPOINT = "training.safetensors"
MATRICES = ("params", "first", "second")


@dataclass(frozen=True)
class State:
    step: int
    params: Tensor
    """[adapters · rank, columns], as the layout says."""
    first: Tensor
    second: Tensor
    losses: tuple[tuple[float, ...], ...]
    """Of every step, by adapter."""
    errors: tuple[str | None, ...]
    """Why an adapter stopped early."""
    threads: int
    """Sums depend on how they are split: a run keeps the number it began with."""

    @classmethod
    def begin(cls, params: Tensor, adapters: int) -> "State":
        zeros = torch.zeros_like(params)
        empty: tuple[tuple[float, ...], ...] = ((),) * adapters
        return cls(0, params, zeros, zeros, empty, (None,) * adapters, torch.get_num_threads())

    def after(
        self, params: Tensor, first: Tensor, second: Tensor, losses: Mapping[int, float]
    ) -> "State":
        """One step later."""
        longer = tuple(
            (*known, losses[number]) if number in losses else known
            for number, known in enumerate(self.losses)
        )
        return replace(
            self, step=self.step + 1, params=params, first=first, second=second, losses=longer
        )

    def without(self, broken: Mapping[int, str]) -> "State":
        """The same with these adapters stopped, and nothing left of their numbers."""
        matrices = {name: getattr(self, name).clone() for name in MATRICES}
        for matrix in matrices.values():
            for number in broken:
                matrix.view(len(self.errors), -1)[number] = 0
        errors = tuple(broken.get(number, error) for number, error in enumerate(self.errors))
        return replace(self, **matrices, errors=errors)


def plan_digest(*facts: object) -> str:
    return hashlib.sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()


def write_checkpoint(folder: Path, plan: str, state: State) -> None:
    tensors = {name: getattr(state, name) for name in MATRICES}
    facts = {
        "plan": plan,
        "step": state.step,
        "losses": state.losses,
        "errors": state.errors,
        "threads": state.threads,
    }
    write_file(folder / CHECKPOINT, save(tensors, {"run": json.dumps(facts)}))


def read_checkpoint(folder: Path, plan: str) -> State | None:
    path = folder / CHECKPOINT
    if not path.exists():
        return None
    with safe_open(path, "pt") as file:
        facts = json.loads(file.metadata()["run"])
        if facts["plan"] != plan:
            raise ConflictError(
                f"the training in {str(folder)!r} is of other examples, settings or another base: "
                "delete it, or choose another folder"
            )
        params, first, second = (file.get_tensor(name) for name in MATRICES)
    losses = tuple(tuple(float(loss) for loss in known) for known in facts["losses"])
    errors = tuple(facts["errors"])
    return State(facts["step"], params, first, second, losses, errors, facts["threads"])
