"""The exam: of each skill, how many answers a model gives word for word, and at what loss.

Two cells a skill: texts kept apart from training in seen phrasings, and in phrasings never trained
on. A model's likeliest text is the expected one exactly if every expected token is the likeliest
after those before it, so one forward pass marks a whole batch, without decoding.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch.nn import functional

from knowhow_adapters.base.batches import encode, pack
from knowhow_adapters.base.corpus.registry import Example, draw_exam, load_skills
from knowhow_adapters.base.forward import Forward, working_type
from knowhow_adapters.base.load import Base
from knowhow_memory.rates import interval

ITEMS, PHRASINGS = "items", "phrasings"
"""Held-out seeds in seen phrasings; held-out phrasings."""
CELLS = {ITEMS: False, PHRASINGS: True}
COUNT = 200
"""A cell: half an interval of at most seven points."""
EXAM_BATCH = 32

Report = Callable[[int], None]
"""Gets the number of skills examined."""


@dataclass(frozen=True)
class Mark:
    right: int
    n: int
    loss: float

    def document(self) -> dict[str, Any]:
        rate, low, high = interval(self.n, self.right, self.right)
        return {
            "accuracy": round(float(rate), 4),
            "ci95": [round(float(low), 4), round(float(high), 4)],
            "n": self.n,
            "loss": round(self.loss, 4),
        }


Marks = dict[str, dict[str, Mark]]
"""Skill → cell → mark."""


def examine(base: Base, *, seed: int, report: Report, count: int = COUNT) -> Marks:
    """Examine a model of this project on all skills, in the type it was trained in."""
    forward = Forward(base.model, working_type())  # type: ignore[arg-type]
    marks: Marks = {}
    for done, skill in enumerate(sorted(load_skills().values(), key=lambda s: s.name)):
        marks[skill.name] = {
            cell: mark(base, forward, draw_exam(skill, count, seed, held=held))
            for cell, held in CELLS.items()
        }
        report(done + 1)
    return marks


@torch.inference_mode()
def mark(base: Base, forward: Forward, examples: Sequence[Example]) -> Mark:
    rows = sorted(encode(examples, base.tokenizer), key=lambda row: len(row[0]) + len(row[1]))
    right, total, tokens = 0, 0.0, 0
    for at in range(0, len(rows), EXAM_BATCH):
        batch = pack(rows[at : at + EXAM_BATCH], base.tokenizer)
        logits = forward(batch.tokens)
        answers = batch.weights == 1
        hits = (logits.argmax(-1) == batch.targets) | ~answers
        right += int(hits.all(-1).sum())
        losses = functional.cross_entropy(logits[answers], batch.targets[answers], reduction="sum")
        total += float(losses)
        tokens += int(answers.sum())
    return Mark(right, len(rows), total / tokens)


def summary(marks: Mapping[str, Mapping[str, Mark]]) -> dict[str, Mark]:
    """All skills together, by cell and by domain and cell."""
    groups: dict[str, list[Mark]] = {}
    skills = load_skills()
    for name, cells in marks.items():
        for cell, found in cells.items():
            groups.setdefault(cell, []).append(found)
            groups.setdefault(f"{skills[name].domain} {cell}", []).append(found)
    return {
        key: Mark(
            sum(m.right for m in group),
            sum(m.n for m in group),
            sum(m.loss for m in group) / len(group),
        )
        for key, group in groups.items()
    }
