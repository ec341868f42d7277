"""Training resumes after kill -9 as if nothing had been, and refuses to go on with another plan."""

import hashlib
import itertools
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from types import SimpleNamespace

import pytest
import torch
from safetensors import safe_open

from knowhow_adapters.base import batches
from knowhow_adapters.base import pretrain as loop
from knowhow_adapters.base.batches import Batches
from knowhow_adapters.base.pretrain import (
    CHECKPOINT,
    PLAN,
    Run,
    Trained,
    learning_rate,
    pretrain,
)
from knowhow_adapters.base.recipes import Recipe
from knowhow_memory.errors import ConflictError
from tests.adapters.base.kit import GROWN, TINY, bpe

STEPS, SAVE_EVERY = 12, 4
LATER = batches.FIRST_POOLS * batches.POOL
"""The first step on all texts."""
CHILD = """
import sys
from pathlib import Path
sys.path.insert(0, sys.argv[2])
from kit import TINY
from knowhow_adapters.base.pretrain import pretrain
from knowhow_adapters.base.recipes import CONTEXT, Recipe
from knowhow_adapters.base.tokenizer import train_tokenizer

tokenizer = train_tokenizer(0, CONTEXT)
say = lambda done, planned, loss: print(done, flush=True)
pretrain(TINY, tokenizer, Path(sys.argv[1]), seed=5, steps=12, minutes=0, report=say, save_every=4,
         threads=1)
"""


def quiet(done: int, planned: int, loss: float) -> None:
    """Somebody who does not look."""


def train(folder: Path, *, seed: int = 5, steps: int | None = STEPS) -> Trained:
    folder.mkdir(exist_ok=True)
    return pretrain(
        TINY, bpe(), folder, seed=seed, steps=steps, minutes=0.001,
        report=quiet, save_every=SAVE_EVERY, threads=1,
    )  # fmt: skip


def content(folder: Path) -> str:
    """Of weights, moments, curve and counts."""
    with safe_open(folder / CHECKPOINT, "np") as file:
        digest = hashlib.sha256(file.metadata()["run"].encode())
        for name in sorted(file.keys()):
            digest.update(name.encode() + file.get_tensor(name).tobytes())
    return digest.hexdigest()


def test_a_run_keeps_the_number_of_threads_it_began_with(tmp_path: Path) -> None:
    before = torch.get_num_threads()
    begun = pretrain(TINY, bpe(), tmp_path, seed=5, steps=2, minutes=0, report=quiet, threads=1)
    resumed = pretrain(TINY, bpe(), tmp_path, seed=5, steps=2, minutes=0, report=quiet, threads=3)
    assert begun.plan.threads == resumed.plan.threads == 1
    assert torch.get_num_threads() == before


def test_killed_and_resumed_is_bit_for_bit_the_same(tmp_path: Path) -> None:
    (tmp_path / "killed").mkdir()
    command = [sys.executable, "-c", CHILD, str(tmp_path / "killed"), str(Path(__file__).parent)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as child:
        assert child.stdout is not None
        for line in child.stdout:
            if int(line) == SAVE_EVERY + 2:  # after a checkpoint and before the next
                os.kill(child.pid, signal.SIGKILL)
                break
    with safe_open(tmp_path / "killed" / CHECKPOINT, "np") as file:
        assert json.loads(file.metadata()["run"])["step"] < STEPS
    train(tmp_path / "killed")
    train(tmp_path / "whole")
    assert content(tmp_path / "killed") == content(tmp_path / "whole")


def test_another_seed_trains_another_model(tmp_path: Path) -> None:
    train(tmp_path / "a")
    train(tmp_path / "b", seed=6)
    assert content(tmp_path / "a") != content(tmp_path / "b")


def test_a_finished_run_is_not_trained_further(tmp_path: Path) -> None:
    first = train(tmp_path / "run")
    before = content(tmp_path / "run")
    again = train(tmp_path / "run")
    assert again.tokens == first.tokens
    assert content(tmp_path / "run") == before


def test_minutes_become_steps_once_and_stay(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(loop, "MEASURED_STEPS", 8)
    monkeypatch.setattr(loop, "MIN_STEPS", 10)
    planned = train(tmp_path / "run", steps=None).plan
    assert planned.steps >= 10
    assert json.loads((tmp_path / "run" / PLAN).read_text())["steps"] == planned.steps
    started = time.monotonic()
    assert train(tmp_path / "run", steps=None).plan == planned
    assert time.monotonic() > started
    train(tmp_path / "told", steps=planned.steps)
    assert content(tmp_path / "told") == content(tmp_path / "run")  # to measure changes nothing


def test_minutes_are_kept_though_later_texts_take_longer(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    passed = 0.0
    advance = Run.advance

    def take(run: Run, rate: float) -> float:
        nonlocal passed
        passed += 1.0 if run.step < 2 * batches.POOL else 3.0
        return advance(run, rate)

    monkeypatch.setattr(batches, "FIRST_POOLS", 2)
    monkeypatch.setattr(loop, "MEASURED_STEPS", 8)
    monkeypatch.setattr(Run, "advance", take)
    monkeypatch.setattr(loop, "time", SimpleNamespace(monotonic=lambda: passed))
    pretrain(TINY, bpe(), tmp_path, seed=5, steps=None, minutes=3, report=quiet, threads=1)
    assert 177 < passed <= 180


@pytest.mark.parametrize("change", [{"seed": 6}, {"steps": 13}])
def test_another_plan_is_refused(tmp_path: Path, change: dict[str, int]) -> None:
    train(tmp_path / "run")
    with pytest.raises(ConflictError, match=f"{next(iter(change))} .*another --out"):
        train(tmp_path / "run", **change)  # type: ignore[arg-type]


def test_it_learns(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(loop, "CURVE_EVERY", 8)
    monkeypatch.setattr(batches, "FIRST_POOLS", 0)
    curve = train(tmp_path / "run", steps=160).curve
    assert curve[-1][1] < 0.8 * curve[0][1]


def test_the_rate_warms_up_stays_and_falls_to_nothing() -> None:
    rates = [learning_rate(step, 1000, 1.0) for step in range(1000)]
    assert rates[0] < rates[loop.WARM_UP - 1] == rates[640] == 1.0
    assert rates[-1] < 0.01
    assert all(a >= b for a, b in itertools.pairwise(rates[650:]))
    assert learning_rate(10, None, 1.0) == rates[10]


def test_a_batch_follows_from_seed_and_step_alone() -> None:
    tokenizer = bpe()
    forth, back = (Batches(TINY, tokenizer, seed=1) for _ in range(2))
    steps = [3, 13, LATER, LATER + 13]
    expected = {step: forth[step] for step in steps}
    for step in reversed(steps):
        assert back[step].tokens.equal(expected[step].tokens)
        assert back[step].weights.equal(expected[step].weights)
    assert not expected[3].tokens.equal(Batches(TINY, tokenizer, seed=2)[3].tokens)


def test_lines_to_repeat_are_many_at_first_and_some_ever_after() -> None:
    tokenizer = bpe()
    marker = tokenizer.convert_tokens_to_ids("<|answer|>")

    def repeats(batch: batches.Batch) -> bool:
        rows = [row[row != tokenizer.pad_token_id].tolist() for row in batch.tokens]
        ats = [row.index(marker) for row in rows]
        return all(row[1:at] == row[at + 1 :][: at - 1] for row, at in zip(rows, ats, strict=True))

    def pool(recipe: Recipe, start: int) -> int:
        drawn = Batches(recipe, tokenizer, seed=0)
        return sum(repeats(drawn[start + step]) for step in range(batches.POOL))

    assert pool(TINY, 0) == batches.FIRST_ECHOES
    assert pool(TINY, LATER) == pool(GROWN, 0) == batches.ECHOES


@pytest.mark.parametrize("step", [0, LATER])
def test_answers_count_in_full_and_padding_not_at_all(step: int) -> None:
    tokenizer = bpe()
    batch = Batches(TINY, tokenizer, seed=0)[step]
    pad = tokenizer.pad_token_id
    assert not batch.weights[batch.targets == pad].any()
    ends = batch.targets == tokenizer.eos_token_id
    assert (batch.weights[ends] == 1).all() and ends.sum() == len(batch.tokens)
    for tokens, weights in zip(batch.tokens, batch.weights, strict=True):
        marker = tokens.tolist().index(tokenizer.convert_tokens_to_ids("<|answer|>"))
        assert weights[marker] == 1 and weights[marker - 1] == 0
        assert (weights[: marker - 1] < 1).all()
