"""The same training by TRL, for whoever would rather have its trainer: another machine's kernels,
several GPUs.

Takes jobs and gives adapters as `train` does, one after the other: from the same weights, on the
same tokens. Examples are drawn by their weights, as TRL gives every row the same. Only what
succeeded is learnt from (`sft`), and a run that was stopped begins anew. TRL reports nothing to
anybody. Knows nothing about where examples come from or whether the result is any good.
"""

import random
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from knowhow_adapters.adapter import Adapter, make_adapter
from knowhow_adapters.errors import AdapterBroken
from knowhow_adapters.fingerprint import share_weights
from knowhow_adapters.learn.examples import NothingToLearn
from knowhow_adapters.learn.objective import Objective
from knowhow_adapters.learn.rows import Row, encode
from knowhow_adapters.learn.stacked import Layout
from knowhow_adapters.learn.train import BETAS, EPSILON, MAX_NORM, WARM_UP, Job, Report, Trained
from knowhow_memory.errors import InputError

if TYPE_CHECKING:
    from knowhow_adapters.base.load import Base

IGNORED = -100
"""The label of a token that nobody is to learn."""
WRAPPED = "base_model.model."
"""Where PEFT puts the base's modules."""


def train_with_trl(
    base: "Base", jobs: Sequence[Job], folder: Path, *, report: Report | None = None
) -> list[Trained]:
    """`folder` is for what TRL writes on its way."""
    _import_trl()
    return [_train(base, job, folder, report) for job in jobs]


def _import_trl() -> Any:
    """TRL, which from then on is silent: it would tell its makers about every training."""
    from huggingface_hub import constants

    constants.HF_HUB_DISABLE_TELEMETRY = True
    try:
        import trl
    except ImportError:
        raise InputError(
            "the backend 'trl' needs a package: pip install 'knowhow[train]', or set "
            "learning.backend to 'own'"
        ) from None
    return trl


def _train(base: "Base", job: Job, folder: Path, report: Report | None) -> Trained:
    settings = job.settings
    if settings.objective is not Objective.SFT:
        raise InputError(
            f"the backend 'trl' learns by 'sft' only, not {settings.objective.value!r}"
        )
    good = [example for example in job.examples if example.weight > 0]
    if not good:
        raise NothingToLearn(f"{job.agent!r} has no success to learn from")
    rows = encode(base, good, settings.max_len)
    model = _wrap(base, job)
    losses = _fit(model, base, job, rows, folder, report)
    adapter = _unwrap(model, base, job)
    if not all(bool(part.isfinite().all()) for pair in adapter.layers.values() for part in pair):
        broken = AdapterBroken(f"training {job.agent!r} broke down: its weights are no numbers")
        return Trained(job.agent, None, broken, losses)
    return Trained(job.agent, adapter, None, losses)


def _fit(
    model: Any, base: "Base", job: Job, rows: Sequence[Row], folder: Path, report: Report | None
) -> tuple[float, ...]:
    """The loss of every step."""
    from datasets import Dataset
    from transformers import PrinterCallback
    from trl import SFTConfig, SFTTrainer
    from trl.trainer.sft_trainer import DataCollatorForLanguageModeling

    settings, device = job.settings, base.model.device.type
    config = SFTConfig(
        output_dir=str(folder / "trl"),
        num_train_epochs=1,  # the draws are as many as the rows of all epochs
        per_device_train_batch_size=settings.rows,
        learning_rate=settings.rate,
        lr_scheduler_type="linear",
        warmup_steps=WARM_UP,
        weight_decay=0.0,
        adam_beta1=BETAS[0],
        adam_beta2=BETAS[1],
        adam_epsilon=EPSILON,
        max_grad_norm=MAX_NORM,
        seed=settings.seed,
        max_length=None,
        packing=False,
        gradient_checkpointing=False,
        bf16=device == "cuda",
        use_cpu=device == "cpu",
        dataset_kwargs={"skip_prepare_dataset": True},
        remove_unused_columns=False,
        save_strategy="no",
        report_to="none",
        logging_steps=1,
        disable_tqdm=True,
    )
    trainer = SFTTrainer(
        model=model,
        args=config,
        train_dataset=Dataset.from_list([_labelled(row) for row in _draw(rows, job)]),
        processing_class=base.tokenizer,
        data_collator=DataCollatorForLanguageModeling(pad_token_id=base.tokenizer.eos_token_id),
    )
    trainer.remove_callback(PrinterCallback)
    if report:
        trainer.add_callback(_reporter(report))
    trainer.train()
    return tuple(entry["loss"] for entry in trainer.state.log_history if "loss" in entry)


def _draw(rows: Sequence[Row], job: Job) -> list[Row]:
    rng = random.Random(f"trl:{job.settings.seed}")
    return rng.choices(rows, [row.weight for row in rows], k=job.settings.epochs * len(rows))


def _labelled(row: Row) -> dict[str, list[int]]:
    """Learnt is the answer, never the prompt."""
    labels = [IGNORED] * row.start + row.tokens[row.start :]
    return {"input_ids": row.tokens, "labels": labels}


def _reporter(report: Report) -> Any:
    from transformers import TrainerCallback

    class Reporter(TrainerCallback):
        def on_log(self, args: Any, state: Any, control: Any, **more: Any) -> None:
            if "loss" in (logs := more["logs"]):
                report(state.global_step, state.max_steps, [logs["loss"]])

    return Reporter()


def _wrap(base: "Base", job: Job) -> Any:
    """The base, its weights shared, with PEFT's modules around: at the weights to begin with."""
    import torch
    from peft import LoraConfig, get_peft_model

    layout = Layout.of(base, job.settings.rank)
    alpha: Any = job.settings.alpha  # PEFT computes with any number, and asks for a whole one
    config = LoraConfig(
        r=job.settings.rank,
        lora_alpha=alpha,
        target_modules=sorted(layout.shapes),
        task_type="CAUSAL_LM",
    )
    twin: Any = share_weights(base.model)
    model = get_peft_model(twin, config)
    start = layout.pack(job.start) if job.start else layout.fresh(job.agent, job.settings.seed)
    with torch.no_grad():
        for path, (a, b) in layout.split(start).items():
            module: Any = model.get_submodule(WRAPPED + path)
            module.lora_A["default"].weight.copy_(a)
            module.lora_B["default"].weight.copy_(b.T)
    return model


def _unwrap(model: Any, base: "Base", job: Job) -> Adapter:
    layers = {}
    for path in Layout.of(base, job.settings.rank).shapes:
        module = model.get_submodule(WRAPPED + path)
        pair = module.lora_A["default"].weight, module.lora_B["default"].weight
        layers[path] = (pair[0].detach().float().cpu(), pair[1].detach().float().cpu())
    settings = job.settings
    return make_adapter(job.agent, base.hash, layers, rank=settings.rank, alpha=settings.alpha)
