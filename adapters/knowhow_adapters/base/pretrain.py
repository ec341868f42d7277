"""The training loop: lean, seeded, and resumable after kill -9 with the same result, bit by bit.

A run lives in a folder: `plan.json` (what is trained, how long, on what) is written once, before
the first checkpoint; `checkpoint.safetensors` (weights, moments, the curve) replaces itself
atomically. A batch follows from seed and step alone and nothing else is random, so a resumed run
does what it would have done. The layers' matrices learn by Muon, which early on needs about half
the steps of AdamW here. Knows nothing about what the texts mean.
"""

import json
import math
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import torch
from safetensors import safe_open
from safetensors.torch import save
from torch.nn import functional

from knowhow_adapters.base.batches import POOL, Batch, Batches
from knowhow_adapters.base.forward import Forward, working_type
from knowhow_adapters.base.grow import LAYER, grow
from knowhow_adapters.base.recipes import CONTEXT, Recipe
from knowhow_adapters.base.tokenizer import VOCABULARY
from knowhow_adapters.threads import computing_threads
from knowhow_memory.durable import write_file
from knowhow_memory.errors import ConflictError

if TYPE_CHECKING:
    from transformers import LlamaForCausalLM, PreTrainedTokenizerFast

WEIGHT = "weight"
PLAN, CHECKPOINT = "plan.json", "checkpoint.safetensors"
WARM_UP = 60
"""Steps; fixed, because it is over before the speed has told how many there will be."""
DECAY_SHARE = 0.35
"""The last part of a run in which the rate falls to nothing."""
BETAS, WEIGHT_DECAY, MAX_NORM = (0.9, 0.95), 0.1, 1.0
MEASURED_STEPS = 24
"""Whole pools, so long and short batches count as they will."""
SLOW_START = 4
"""Steps that are not measured: the first ones set up the processor's kernels."""
MIN_STEPS = 2 * MEASURED_STEPS
CURVE_EVERY = 20
SAVE_EVERY = 250
THREADS = 2
"""Sums depend on how they are split, so the number of threads is part of a plan."""

Report = Callable[[int, int, float], None]
"""(steps done, steps planned, loss)"""


@dataclass(frozen=True)
class Plan:
    """What a run does: a resumed one follows it to the letter."""

    model: str
    seed: int
    steps: int
    corpus: str
    dtype: str
    threads: int
    save_every: int


@dataclass(frozen=True)
class Trained:
    model: "LlamaForCausalLM"
    plan: Plan
    curve: list[tuple[int, float]]
    tokens: int


class Run:
    """Weights, moments and the curve of one training, in memory and in a folder."""

    def __init__(
        self,
        recipe: Recipe,
        tokenizer: "PreTrainedTokenizerFast",
        folder: Path,
        seed: int,
        start: Mapping[str, torch.Tensor] | None,
    ) -> None:
        self.recipe, self.folder, self.seed = recipe, folder, seed
        self.model = new_model(recipe, tokenizer, seed)
        if start is not None:
            grow(self.model, start)
        self.batches = Batches(recipe, tokenizer, seed)
        self.dtype = working_type()
        self.forward = Forward(self.model, self.dtype)
        self.parameters = dict(self.model.named_parameters())
        matrices = [
            p for name, p in self.parameters.items() if name.startswith(LAYER) and p.ndim > 1
        ]
        others = [p for p in self.parameters.values() if not any(p is m for m in matrices)]
        self.optimizers = (
            torch.optim.Muon(matrices, weight_decay=WEIGHT_DECAY, adjust_lr_fn="match_rms_adamw"),
            torch.optim.AdamW(others, betas=BETAS, weight_decay=0.0, fused=True),
        )
        self.step, self.tokens = 0, 0
        self.curve: list[tuple[int, float]] = []
        self._recent: list[float] = []

    def advance(self, rate: float) -> float:
        """One step of training; returns its loss."""
        batch = self.batches[self.step]
        loss = answer_loss(self.forward(batch.tokens), batch)
        loss.backward()  # type: ignore[no-untyped-call]
        torch.nn.utils.clip_grad_norm_(self.parameters.values(), MAX_NORM)
        for optimizer in self.optimizers:
            for group in optimizer.param_groups:
                group["lr"] = rate
            optimizer.step()  # type: ignore[no-untyped-call]
            optimizer.zero_grad()
        self.step += 1
        self.tokens += int((batch.weights > 0).sum())
        self._recent.append(loss.item())
        if self.step % CURVE_EVERY == 0:
            self.curve.append((self.step, sum(self._recent) / len(self._recent)))
            self._recent = []
        return loss.item()

    def save(self) -> None:
        tensors = {f"{WEIGHT}.{name}": p.detach() for name, p in self.parameters.items()}
        for name, state in self._states():
            tensors |= {f"{key}.{name}": value for key, value in state.items()}
        state_of = {
            "step": self.step, "tokens": self.tokens, "curve": self.curve, "recent": self._recent
        }  # fmt: skip
        write_file(self.folder / CHECKPOINT, save(tensors, {"run": json.dumps(state_of)}))

    def restore(self) -> None:
        """Go on from the checkpoint, where there is one."""
        path = self.folder / CHECKPOINT
        if not path.exists():
            return
        with safe_open(path, "pt") as file:
            state = json.loads(file.metadata()["run"])
            for stored in file.keys():  # noqa: SIM118  the file is no mapping
                key, name = stored.split(".", 1)
                self._put(key, name, file.get_tensor(stored))
        self.step, self.tokens, self._recent = state["step"], state["tokens"], state["recent"]
        self.curve = [(int(step), float(loss)) for step, loss in state["curve"]]

    def _states(self) -> Iterator[tuple[str, dict[str, torch.Tensor]]]:
        """What the optimizers remember, by parameter."""
        for name, parameter in self.parameters.items():
            for optimizer in self.optimizers:
                if parameter in optimizer.state:
                    yield name, optimizer.state[parameter]

    def _put(self, key: str, name: str, value: torch.Tensor) -> None:
        parameter = self.parameters[name]
        if key == WEIGHT:
            with torch.no_grad():
                parameter.copy_(value)
            return
        for optimizer in self.optimizers:
            if any(parameter is p for group in optimizer.param_groups for p in group["params"]):
                optimizer.state[parameter][key] = value


def pretrain(
    recipe: Recipe,
    tokenizer: "PreTrainedTokenizerFast",
    folder: Path,
    *,
    seed: int,
    steps: int | None,
    minutes: float,
    report: Report,
    start: Mapping[str, torch.Tensor] | None = None,
    save_every: int = SAVE_EVERY,
    threads: int = THREADS,
) -> Trained:
    """Train, or go on where the folder's run stopped; `steps` goes before `minutes`.

    With `start`, a model of fewer layers, what that one knows is there from the beginning.
    """
    plan = _read_plan(folder)
    with computing_threads(plan.threads if plan else threads):
        run = Run(recipe, tokenizer, folder, seed, start)
        if plan is None:
            if steps is None:
                steps = _measure(run, Run(recipe, tokenizer, folder, seed, start), minutes)
            corpus = recipe.corpus_digest()
            plan = Plan(recipe.name, seed, steps, corpus, str(run.dtype), threads, save_every)
            write_file(folder / PLAN, json.dumps(asdict(plan), indent=2).encode())
        else:
            _refuse_other_plan(plan, run, steps)
            run.restore()
        while run.step < plan.steps:
            loss = run.advance(learning_rate(run.step, plan.steps, recipe.learning_rate))
            report(run.step, plan.steps, loss)
            if run.step % plan.save_every == 0 or run.step == plan.steps:
                run.save()
    return Trained(run.model, plan, run.curve, run.tokens)


def learning_rate(step: int, steps: int | None, peak: float) -> float:
    """Warm up, stay, fall; without a known end it does not fall yet."""
    warm = min(1.0, (step + 1) / WARM_UP)
    if steps is None:
        return peak * warm
    left = (steps - step) / max(1.0, steps * DECAY_SHARE)
    return peak * min(warm, left)


def answer_loss(logits: torch.Tensor, batch: Batch) -> torch.Tensor:
    counted = batch.weights > 0
    weights = batch.weights[counted]
    each = functional.cross_entropy(
        logits[counted].float(), batch.targets[counted], reduction="none"
    )
    return (each * weights).sum() / weights.sum()


def new_model(
    recipe: Recipe, tokenizer: "PreTrainedTokenizerFast", seed: int
) -> "LlamaForCausalLM":
    from transformers import LlamaConfig, LlamaForCausalLM

    torch.manual_seed(seed)
    config = LlamaConfig(
        vocab_size=VOCABULARY,
        hidden_size=recipe.width,
        intermediate_size=recipe.inner,
        num_hidden_layers=recipe.layers,
        num_attention_heads=recipe.heads,
        num_key_value_heads=recipe.heads,
        max_position_embeddings=CONTEXT,
        tie_word_embeddings=True,
        bos_token_id=tokenizer.bos_token_id,
        eos_token_id=tokenizer.eos_token_id,
        pad_token_id=tokenizer.pad_token_id,
    )
    return LlamaForCausalLM(config)


def _measure(run: Run, trial: Run, minutes: float) -> int:
    """Take the first steps of the run, and tell how many fit.

    The first pools hold short texts only: `trial`, which is thrown away, shows how long later ones
    take.
    """
    began = time.monotonic()
    first = run.batches.first_pools * POOL
    trial.step = first
    short, usual = _time_steps(run), _time_steps(trial)
    left = minutes * 60 - (time.monotonic() - began)
    short_steps = min(left / short, max(0, first - run.step))
    usual_steps = (left - short_steps * short) / usual
    return max(MIN_STEPS, math.floor(run.step + short_steps + usual_steps))


def _time_steps(run: Run) -> float:
    """Seconds a step takes."""
    started = time.monotonic()
    for taken in range(MEASURED_STEPS):
        if taken == SLOW_START:
            started = time.monotonic()
        run.advance(learning_rate(taken, None, run.recipe.learning_rate))
    return (time.monotonic() - started) / (MEASURED_STEPS - SLOW_START)


def _read_plan(folder: Path) -> Plan | None:
    path = folder / PLAN
    return Plan(**json.loads(path.read_text())) if path.exists() else None


def _refuse_other_plan(plan: Plan, run: Run, steps: int | None) -> None:
    wanted = {
        "model": run.recipe.name,
        "seed": run.seed,
        "corpus": run.recipe.corpus_digest(),
        "dtype": str(run.dtype),
        "steps": plan.steps if steps is None else steps,
    }
    for key, value in wanted.items():
        if (planned := getattr(plan, key)) != value:
            raise ConflictError(
                f"the run in {str(run.folder)!r} has {key} {planned!r}, not {value!r}: "
                "give the same options to go on with it, or another --out"
            )
