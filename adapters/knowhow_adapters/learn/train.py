"""The training loop of adapters: one or several in one pass over the shared, frozen base.

Adapters that learn together get what each would get alone: their own rows of a batch, loss,
clipping, rate and moments. A run lives in a folder; its checkpoint replaces itself atomically, and
after kill -9 or Ctrl-C the same call goes on and ends with the same weights, bit by bit, on the
same machine. An adapter whose loss is no number stops with an error and leaves the others alone.
Knows nothing about where examples come from or whether the result is any good.
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from knowhow_adapters.adapter import Adapter
from knowhow_adapters.base.forward import working_type
from knowhow_adapters.errors import AdapterBroken
from knowhow_adapters.learn.checkpoint import (
    State,
    plan_digest,
    read_checkpoint,
    write_checkpoint,
)
from knowhow_adapters.learn.examples import Example, NothingToLearn
from knowhow_adapters.learn.likelihood import Owned, pack, rate_rows
from knowhow_adapters.learn.objective import Objective, losses
from knowhow_adapters.learn.passes import open_pass
from knowhow_adapters.learn.rows import Row, Schedule, encode
from knowhow_adapters.learn.stacked import Layout
from knowhow_adapters.threads import computing_threads, side_by_side
from knowhow_memory.durable import make_folder
from knowhow_memory.errors import InputError

if TYPE_CHECKING:
    from knowhow_adapters.base.load import Base

BETAS, EPSILON = (0.9, 0.98), 1e-8
MAX_NORM = 1.0
WARM_UP = 0.05
"""The share of an adapter's steps in which its rate rises."""
GENTLER = 0.5
"""Of the rate, where an adapter is trained on: at the full one, later skills cost earlier ones."""
SAVE_EVERY = 25
TRIED_STEPS = 4

Report = Callable[[int, int, list[float]], None]
"""(steps done, steps planned, the last loss of each adapter)"""


@dataclass(frozen=True)
class Settings:
    rank: int = 8
    alpha: float = 16.0
    rate: float = 3e-3
    epochs: int = 6
    rows: int = 8
    """Examples in a step."""
    objective: Objective = Objective.SFT
    seed: int = 0
    max_len: int | None = None
    """Longest text in tokens; the base's context unless given."""

    def gentler(self) -> "Settings":
        """To train on from a version that serves."""
        return replace(self, rate=GENTLER * self.rate)


@dataclass(frozen=True)
class Job:
    """One adapter to train, from nothing or on from another."""

    agent: str
    examples: Sequence[Example]
    start: Adapter | None = None
    settings: Settings = field(default_factory=Settings)


@dataclass(frozen=True)
class Trained:
    agent: str
    adapter: Adapter | None
    """None where training broke down, and `error` says how."""
    error: AdapterBroken | None
    losses: tuple[float, ...]
    """Of each step."""


def train(
    base: "Base",
    jobs: Sequence[Job],
    folder: Path,
    *,
    report: Report | None = None,
    save_every: int = SAVE_EVERY,
) -> list[Trained]:
    """Train, or go on where the folder's run stopped."""
    make_folder(folder)
    plan = _plan(base, jobs)
    found = read_checkpoint(folder, plan)
    with computing_threads(found.threads if found else torch.get_num_threads()):
        run = Run(base, jobs)
        run.state = found or run.state
        try:
            while run.state.step < run.steps:
                run.advance()
                if run.state.step % save_every == 0 or run.state.step == run.steps:
                    write_checkpoint(folder, plan, run.state)
                if report:
                    last = [known[-1] if known else 0.0 for known in run.state.losses]
                    report(run.state.step, run.steps, last)
        except KeyboardInterrupt:
            write_checkpoint(folder, plan, run.state)
            raise
        return [run.result(number) for number in range(len(jobs))]


def estimate_seconds(base: "Base", job: Job) -> float:
    """How long its training takes, from a few of its first steps; nothing is kept."""
    run = Run(base, [job])
    run.advance()  # the first step sets up the processor's kernels
    started = time.monotonic()
    for _ in range(TRIED_STEPS):
        run.advance()
    return (time.monotonic() - started) / TRIED_STEPS * run.steps


class Run:
    """One pass in memory. Its state is replaced at the end of a step, never changed, so whoever is
    interrupted holds the state before the step or the one after."""

    def __init__(self, base: "Base", jobs: Sequence[Job]) -> None:
        if len({job.settings.rank for job in jobs}) != 1:
            raise InputError("adapters that learn in one pass share one rank: train others apart")
        self.jobs = jobs
        self.layout = Layout.of(base, jobs[0].settings.rank)
        self.forward = open_pass(base.model, working_type())
        self.scales = [job.settings.alpha / job.settings.rank for job in jobs]
        self.objectives = [job.settings.objective for job in jobs]
        self.state = State.begin(torch.cat([self._start(job) for job in jobs]), len(jobs))
        self.rows = [self._rows(base, number) for number in range(len(jobs))]
        self.schedules = [
            Schedule([len(row.tokens) for row in rows], job.settings.rows, job.settings.seed)
            for rows, job in zip(self.rows, jobs, strict=True)
        ]
        self.planned = [
            job.settings.epochs * schedule.steps
            for job, schedule in zip(jobs, self.schedules, strict=True)
        ]
        self.steps = max(self.planned)

    def advance(self) -> None:
        """A step of every adapter that has not finished. When one breaks, the others take the step
        again without it."""
        while active := self._active():
            found, grad = self._gradient(active)
            norms = grad.view(len(self.jobs), -1).norm(dim=1)
            sound = (found + norms).isfinite().tolist()
            broken = {number: self._reason(number) for number in active if not sound[number]}
            if not broken:
                rates = torch.tensor([self._rate(number) for number in range(len(self.jobs))])
                values = {number: float(found[number]) for number in active}
                self.state = _step(self.state, grad, norms, rates, values)
                return
            self.state = self.state.without(broken)
        self.state = replace(self.state, step=self.steps)

    def result(self, number: int) -> Trained:
        job, error = self.jobs[number], self.state.errors[number]
        if error:
            return Trained(job.agent, None, AdapterBroken(error), self.state.losses[number])
        adapter = self.layout.unpack(self._own(number), job.agent, job.settings.alpha)
        return Trained(job.agent, adapter, None, self.state.losses[number])

    def _start(self, job: Job) -> Tensor:
        if job.start is None:
            return self.layout.fresh(job.agent, job.settings.seed)
        return self.layout.pack(job.start)

    def _rows(self, base: "Base", number: int) -> list[Row]:
        """What an adapter reads. Only KTO asks what its start thought of it."""
        job = self.jobs[number]
        rows = encode(base, _useful(job), job.settings.max_len)
        if self.objectives[number] is not Objective.KTO:
            return rows
        owned = [(number, row) for row in rows]
        rated = rate_rows(self.forward, self.layout, self.state.params, owned, self.scales)
        return [replace(row, before=before) for row, before in zip(rows, rated, strict=True)]

    def _active(self) -> list[int]:
        state = self.state
        return [
            number
            for number, planned in enumerate(self.planned)
            if state.step < planned and not state.errors[number]
        ]

    def _gradient(self, active: Sequence[int]) -> tuple[Tensor, Tensor]:
        """The loss of each adapter and the gradient of all. Several adapters are dealt out to the
        threads: each computes on its own, where one batch of all would make them wait for each
        other after every product."""
        count = min(torch.get_num_threads(), len(active)) if self.forward.reentrant else 1
        if count == 1:
            return self._team_gradient(active)
        teams = [active[first::count] for first in range(count)]
        with side_by_side(count) as workers:
            found, grads = zip(*workers.map(self._team_gradient, teams), strict=True)
        return torch.stack(found).sum(0), torch.stack(grads).sum(0)

    def _team_gradient(self, active: Sequence[int]) -> tuple[Tensor, Tensor]:
        """No number of an adapter meets another's."""
        chosen: list[Owned] = [
            (number, self.rows[number][place])
            for number in active
            for place in self.schedules[number][self.state.step]
        ]
        batch, targets = pack(chosen, self.scales)
        params = self.state.params.detach().requires_grad_()
        parts = self.layout.split_all(params.to(self.forward.dtype))
        found = losses(self.forward(batch, parts), targets, self.objectives)
        (grad,) = torch.autograd.grad(found.sum(), params)
        return found.detach(), grad

    def _reason(self, number: int) -> str:
        return (
            f"training {self.jobs[number].agent!r} broke down at step {self.state.step + 1}: its "
            "loss is no number any more; lower its rate or look at its newest examples"
        )

    def _own(self, number: int) -> Tensor:
        return self.state.params.view(len(self.jobs), self.layout.rank, -1)[number]

    def _rate(self, number: int) -> float:
        """Up in a straight line, and down in one to nothing."""
        planned, step = self.planned[number], self.state.step
        rising = max(1, round(planned * WARM_UP))
        share = min((step + 1) / rising, (planned - step) / max(1, planned - rising), 1.0)
        return self.jobs[number].settings.rate * max(share, 0.0)


def _step(
    state: State, grad: Tensor, norms: Tensor, rates: Tensor, losses: dict[int, float]
) -> State:
    """AdamW without decay: every adapter at its own rate, clipped by its own norm."""
    rank = len(state.params) // len(rates)
    clip = MAX_NORM / norms.clamp(min=MAX_NORM)
    grad = grad * clip.repeat_interleave(rank)[:, None]
    first = torch.lerp(grad, state.first, BETAS[0])
    second = torch.lerp(grad.square(), state.second, BETAS[1])
    done = state.step + 1
    spread = (second / (1 - BETAS[1] ** done)).sqrt_().add_(EPSILON)
    change = (first / (1 - BETAS[0] ** done)).div_(spread)
    params = state.params - rates.repeat_interleave(rank)[:, None] * change
    return state.after(params, first, second, losses)


def _useful(job: Job) -> list[Example]:
    """Failures only where the objective learns from them."""
    good = [example for example in job.examples if example.weight > 0]
    if not good:
        raise NothingToLearn(f"{job.agent!r} has no success to learn from")
    if job.settings.objective is Objective.SFT:
        return good
    if len(good) == len(job.examples):
        raise NothingToLearn(
            f"every example of {job.agent!r} is a success, and the objective "
            f"{job.settings.objective.value!r} compares them with failures: use 'sft'"
        )
    return list(job.examples)


def _plan(base: "Base", jobs: Sequence[Job]) -> str:
    """A digest of everything that the result follows from."""
    told = [
        (
            job.agent,
            job.start and job.start.ref,
            asdict(job.settings),
            [(example.prompt, example.answer, example.weight) for example in job.examples],
        )
        for job in jobs
    ]
    return plan_digest(base.hash, str(working_type()), told)
