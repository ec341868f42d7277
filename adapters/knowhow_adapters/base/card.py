"""A model's card: what it is, how it was made, and what it can do; written beside its weights.

Knows nothing about how a card is shown.
"""

import json
from collections.abc import Mapping
from importlib.metadata import version
from pathlib import Path
from typing import Any

from knowhow_adapters.base.exams import Mark, summary
from knowhow_adapters.base.load import EMBEDDED, WEIGHTS, Base
from knowhow_adapters.base.pretrain import Trained
from knowhow_adapters.base.recipes import RECIPES, Recipe
from knowhow_memory.errors import NotFoundError

CARD = "card.json"
Document = dict[str, Any]


def write_card(
    recipe: Recipe, base: Base, trained: Trained, marks: Mapping[str, Mapping[str, Mark]], seed: int
) -> Document:
    plan = trained.plan
    return {
        "name": recipe.name,
        "purpose": recipe.purpose,
        "hash": base.hash,
        "size": {
            "parameters": sum(p.numel() for p in base.model.parameters()),
            "bytes": (base.folder / WEIGHTS).stat().st_size if base.folder else 0,
            "vocabulary": len(base.tokenizer),
            "context": base.context,
            "width": recipe.width,
            "layers": recipe.layers,
        },
        "training": {
            "steps": plan.steps,
            "tokens": trained.tokens,
            "seed": plan.seed,
            "corpus": plan.corpus,
            "dtype": plan.dtype,
            "threads": plan.threads,
            "grown_from": recipe.grown_from,
            "code": version("knowhow"),
            "curve": [[step, round(loss, 4)] for step, loss in trained.curve],
        },
        "exam": exam_document(marks, seed),
    }


def exam_document(marks: Mapping[str, Mapping[str, Mark]], seed: int) -> Document:
    return {
        "seed": seed,
        "summary": {key: mark.document() for key, mark in summary(marks).items()},
        "skills": {
            name: {cell: mark.document() for cell, mark in cells.items()}
            for name, cells in marks.items()
        },
    }


def read_card(folder: Path) -> Document:
    try:
        card: Document = json.loads((folder / CARD).read_text())
    except (OSError, ValueError) as error:
        raise NotFoundError(
            f"{str(folder)!r} has no readable {CARD}: knowhow base build writes one"
        ) from error
    return card


def embedded_cards() -> dict[str, Document]:
    """The cards of the models that ship with this package."""
    found = {name: EMBEDDED / name for name in RECIPES if (EMBEDDED / name / CARD).exists()}
    if not found:
        raise NotFoundError(
            "no model ships with this version: make one with knowhow base build, "
            "and set small_model.base to its folder"
        )
    return {name: read_card(folder) for name, folder in found.items()}
