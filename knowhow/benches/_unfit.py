"""Adapters that no reward has to tell: they hold NaN, or belong to another base.

Real folders, at every door between training and serving. Beside them, what plain PEFT does with the
same folder, and that a sound adapter goes through.
"""

import copy
import math
import warnings
from collections.abc import Callable, Sequence
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING

import torch

from knowhow.benches._adapters import random_adapter
from knowhow.benches.tampering.files import change_json, seal
from knowhow.benches.tampering.weights import not_a_number
from knowhow_adapters.artefact import Adapter, make_adapter, read_adapter, write_adapter
from knowhow_adapters.errors import AdapterError
from knowhow_adapters.gate import Pair, judge
from knowhow_adapters.parts import MANIFEST_FILE
from knowhow_memory.errors import InputError

if TYPE_CHECKING:
    from knowhow_adapters.base.load import Base

RANK = 4
ODD = (math.nan, math.inf, -math.inf)

Door = Callable[[], object]


def refuse_nan(base: "Base", place: Path, seed: int) -> bool:
    """Trained to NaN and published; published, and NaN written into it afterwards with its hashes
    made to agree; and its rewards, should anybody get as far as that."""
    chance = Random(seed)
    sound = random_adapter(base, seed, rank=RANK)
    folder = write_adapter(sound, base, place)
    not_a_number(folder, chance)
    seal(folder)
    broken = _with_number(sound, chance)
    return _all_refused(
        lambda: write_adapter(broken, base, place),
        lambda: read_adapter(folder, base),
        lambda: judge([Pair("held out", 1.0, math.nan)]),
    )


def refuse_other_base(base: "Base", other: "Base", place: Path, seed: int) -> bool:
    """Trained on the other base and published for this one; published for the other one and loaded
    here; and the same with a manifest that claims to belong here."""
    foreign = random_adapter(other, seed, rank=RANK)
    honest = write_adapter(foreign, other, place / "honest")
    lying = write_adapter(foreign, other, place / "lying")
    change_json(lying / MANIFEST_FILE, base_hash=base.hash, base=base.name)
    seal(lying)
    return _all_refused(
        lambda: write_adapter(foreign, base, place / "here"),
        lambda: read_adapter(honest, base),
        lambda: read_adapter(lying, base),
    )


def take_sound(base: "Base", place: Path, seed: int) -> bool:
    """Refusing everything is not the art."""
    adapter = random_adapter(base, seed, rank=RANK)
    return read_adapter(write_adapter(adapter, base, place), base).ref == adapter.ref


def plain_peft_takes(base: "Base", folders: Sequence[Path]) -> list[bool]:
    """What happens without any of these checks."""
    taken = []
    for folder in folders:
        try:
            _load_plainly(base, folder)
        except (OSError, RuntimeError, ValueError):
            taken.append(False)
        else:
            taken.append(True)
    return taken


def write_other_base(base: "Base", folder: Path) -> "Base":
    """Of the same shape with slightly other weights: nothing but its hash and answers tells it."""
    from knowhow_adapters.base.load import load_base

    model = copy.deepcopy(base.model)
    generator = torch.Generator().manual_seed(1)
    with torch.no_grad():
        for weights in model.parameters():
            noise = torch.randn(weights.shape, generator=generator)
            weights.add_(noise * weights.std().nan_to_num() * 0.1)
    model.save_pretrained(folder)
    base.tokenizer.save_pretrained(folder)
    return load_base(str(folder))


def _load_plainly(base: "Base", folder: Path) -> None:
    from peft import PeftModel

    with warnings.catch_warnings():
        # PEFT asks transformers by a name that is going out of use.
        warnings.simplefilter("ignore", FutureWarning)
        PeftModel.from_pretrained(copy.deepcopy(base.model), str(folder))


def _with_number(adapter: Adapter, chance: Random) -> Adapter:
    layers = {path: (a.clone(), b.clone()) for path, (a, b) in adapter.layers.items()}
    tensor = chance.choice(layers[chance.choice(sorted(layers))])
    tensor.view(-1)[chance.randrange(tensor.numel())] = chance.choice(ODD)
    return make_adapter(
        adapter.agent, adapter.base_hash, layers, rank=adapter.rank, alpha=adapter.alpha
    )


def _all_refused(*doors: Door) -> bool:
    return all(_refused(door) for door in doors)


def _refused(door: Door) -> bool:
    try:
        door()
    except (AdapterError, InputError):
        return True
    return False
