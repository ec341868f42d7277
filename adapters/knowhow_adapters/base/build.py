"""From nothing to a model folder: tokenizer, training, weights, exam, card.

The folder appears whole or not at all. Until then the run lives beside it, so that a build that was
stopped goes on with the same command.
"""

import json
import shutil
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import torch
from safetensors.torch import load_file, save_file

from knowhow_adapters.base import exams
from knowhow_adapters.base.card import CARD, Document, write_card
from knowhow_adapters.base.load import EMBEDDED, WEIGHTS, Base, load_base
from knowhow_adapters.base.pretrain import THREADS, Trained, pretrain
from knowhow_adapters.base.recipes import CONTEXT, Recipe
from knowhow_adapters.base.tokenizer import train_tokenizer
from knowhow_memory import durable
from knowhow_memory.errors import ConflictError, NotFoundError

if TYPE_CHECKING:
    from transformers import LlamaForCausalLM, PreTrainedTokenizerFast

RUN_SUFFIX = ".run"
PERCENT = 100
STORED = torch.bfloat16
"""Half the size; what it costs is in the exam, which is of the stored weights."""

Bar = Callable[[str, int], AbstractContextManager[Callable[[int], None]]]
"""Opens a progress bar of so many parts."""


@dataclass(frozen=True)
class Order:
    """What the one who builds decides."""

    out: Path
    minutes: float
    steps: int | None = None
    seed: int = 0
    threads: int = THREADS
    """Of the training; a run that is gone on with keeps its own."""
    exam_count: int = exams.COUNT


def build(recipe: Recipe, order: Order, bar: Bar) -> Document:
    """Build the model, or go on with building it; returns its card."""
    if order.out.exists():
        raise ConflictError(f"{str(order.out)!r} is there already: choose another --out")
    run = order.out.with_name(order.out.name + RUN_SUFFIX)
    durable.make_folder(run)
    tokenizer, start = _beginning(recipe, order.seed)
    with bar(f"training {recipe.name} (%)", PERCENT) as tick:
        trained = pretrain(
            recipe,
            tokenizer,
            run,
            seed=order.seed,
            steps=order.steps,
            minutes=order.minutes,
            report=lambda done, planned, _: tick(PERCENT * done // planned),
            start=start,
            threads=order.threads,
        )
    card = _publish(recipe, trained, tokenizer, order, bar)
    shutil.rmtree(run)
    return card


def _beginning(
    recipe: Recipe, seed: int
) -> "tuple[PreTrainedTokenizerFast, dict[str, torch.Tensor] | None]":
    """A tokenizer, and the weights of the model that this one grows from."""
    if recipe.grown_from is None:
        return train_tokenizer(seed, CONTEXT), None
    folder = EMBEDDED / recipe.grown_from
    if not folder.is_dir():
        raise NotFoundError(
            f"{recipe.name!r} grows from {recipe.grown_from!r}, which is not in this package: "
            f"build that first, with --out {str(folder)!r}"
        )
    start = {name: weight.float() for name, weight in load_file(folder / WEIGHTS).items()}
    return load_base(recipe.grown_from).tokenizer, start


def _publish(
    recipe: Recipe,
    trained: Trained,
    tokenizer: "PreTrainedTokenizerFast",
    order: Order,
    bar: Bar,
) -> Document:
    parent = order.out.parent
    with durable.explain_os_errors(order.out):
        draft = durable.make_draft(parent)
        try:
            write_model(trained.model, tokenizer, draft)
            base = load_base(str(draft))
            card = _examine(recipe, base, trained, order, bar)
            durable.write_file(draft / CARD, json.dumps(card, indent=1).encode())
            draft.rename(order.out)
        finally:
            shutil.rmtree(draft, ignore_errors=True)
        durable.sync_folder(parent)
    return card


def write_model(
    model: "LlamaForCausalLM", tokenizer: "PreTrainedTokenizerFast", folder: Path
) -> None:
    """Config, tokenizer and weights, as any transformers program reads them."""
    model.config.dtype = STORED
    model.config.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    weights = {name: p.detach().to(STORED) for name, p in model.named_parameters()}
    save_file(weights, folder / WEIGHTS, {"format": "pt"})
    for path in folder.iterdir():
        durable.write_file(path, path.read_bytes())


def _examine(recipe: Recipe, base: Base, trained: Trained, order: Order, bar: Bar) -> Document:
    with bar(f"examining {recipe.name}", len(recipe.shares())) as progress:
        marks = exams.examine(base, seed=order.seed, report=progress, count=order.exam_count)
    return write_card(recipe, base, trained, marks, order.seed)
