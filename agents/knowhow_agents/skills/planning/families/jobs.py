"""Machines in turn, done as early as possible. A plan is the order in which jobs get their next
machine, job by job; each then starts as early as it can."""

import random
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from knowhow_agents.skills.planning.course import Answer, Option
from knowhow_agents.skills.planning.propagation import Reader
from knowhow_agents.skills.planning.specs import Jobs
from knowhow_agents.skills.planning.steps import Steps

if TYPE_CHECKING:
    from ortools.sat.python import cp_model

State = tuple[tuple[int, ...], tuple[int, ...], tuple[int, ...], int]
"""Steps done of each job, when each job and each machine is free again, when all is done."""
HEAT = 0.15
"""Of the longest job."""


class JobsCourse:
    """Step by step: which job goes on."""

    def __init__(self, spec: Jobs, *, told: bool) -> None:
        self._jobs, self._told = spec.jobs, told
        machines = sorted({machine for job in spec.jobs for machine, _ in job})
        self._at = {machine: at for at, machine in enumerate(machines)}
        self.decisions = sum(map(len, spec.jobs))
        idle = (0,) * len(spec.jobs)
        self.start: State = (idle, idle, (0,) * len(machines), 0)

    def options(self, state: State, steps: Steps) -> Iterator[Option]:
        done, free, machines, ends = state
        for job, steps_of in enumerate(self._jobs):
            if done[job] == len(steps_of):
                continue
            steps.take()
            machine, hours = steps_of[done[job]]
            at = self._at[machine]
            begins = max(free[job], machines[at])
            end = begins + hours
            after = (
                _put(done, job, done[job] + 1),
                _put(free, job, end),
                _put(machines, at, end),
                max(ends, end),
            )
            yield Option(job, after, float(max(0, end - ends)), self._appeal(job, done, begins))

    def bound(self, state: State, steps: Steps) -> float:
        """No job and no machine is done before all its work is."""
        done, free, machines, ends = state
        work = list(machines)
        latest = ends
        for job, steps_of in enumerate(self._jobs):
            left = steps_of[done[job] :]
            steps.take()
            latest = max(latest, free[job] + sum(hours for _, hours in left))
            for machine, hours in left:
                work[self._at[machine]] += hours
        return float(max(latest, *work) - ends)

    def answer(self, choices: Sequence[int]) -> Answer:
        return tuple(job + 1 for job in choices)

    def _appeal(self, job: int, done: tuple[int, ...], begins: int) -> float:
        """Who can begin first; of those, who has most before them."""
        left = sum(hours for _, hours in self._jobs[job][done[job] :])
        return begins - left / 1000


class JobsLandscape:
    """Two jobs swap turns. The cost is when all is done."""

    goal = 0.0

    def __init__(self, spec: Jobs, rng: random.Random) -> None:
        self._spec = spec
        self._turns = [job for job, steps_of in enumerate(spec.jobs) for _ in steps_of]
        rng.shuffle(self._turns)
        self.price = len(self._turns)
        self.heat = HEAT * max(sum(hours for _, hours in job) for job in spec.jobs)
        self.goal = float(_least(spec))
        self.cost = float(_length(spec, self._turns))

    def propose(self, rng: random.Random) -> tuple[int, int]:
        return rng.randrange(len(self._turns)), rng.randrange(len(self._turns))

    def change(self, move: tuple[int, int]) -> float:
        self._swap(move)
        length = _length(self._spec, self._turns)
        self._swap(move)
        return length - self.cost

    def make(self, move: tuple[int, int], change: float) -> None:
        self._swap(move)
        self.cost += change

    def answer(self) -> Answer:
        return tuple(job + 1 for job in self._turns)

    def _swap(self, move: tuple[int, int]) -> None:
        one, other = move
        turns = self._turns
        turns[one], turns[other] = turns[other], turns[one]


def _put(values: tuple[int, ...], at: int, value: int) -> tuple[int, ...]:
    return (*values[:at], value, *values[at + 1 :])


def _least(spec: Jobs) -> int:
    """The work of the busiest machine, or of the longest job."""
    work: dict[int, int] = {}
    for job in spec.jobs:
        for machine, hours in job:
            work[machine] = work.get(machine, 0) + hours
    return max(*work.values(), *(sum(hours for _, hours in job) for job in spec.jobs))


def _length(spec: Jobs, turns: Sequence[int]) -> int:
    done, free = [0] * len(spec.jobs), [0] * len(spec.jobs)
    machines: dict[int, int] = {}
    for job in turns:
        machine, hours = spec.jobs[job][done[job]]
        end = max(free[job], machines.get(machine, 0)) + hours
        done[job] += 1
        free[job] = machines[machine] = end
    return max(free)


def formulate(spec: Jobs, model: "cp_model.CpModel") -> Reader:
    horizon = sum(hours for job in spec.jobs for _, hours in job)
    ends = model.new_int_var(0, horizon, "")
    begins, on = [], {}  # type: ignore[var-annotated]
    for job, steps_of in enumerate(spec.jobs):
        ready = 0
        for machine, hours in steps_of:
            start = model.new_int_var(0, horizon - hours, "")
            model.add(start >= ready)
            on.setdefault(machine, []).append(model.new_fixed_size_interval_var(start, hours, ""))
            begins.append((start, job))
            ready = start + hours
        model.add(ends >= ready)
    for intervals in on.values():
        model.add_no_overlap(intervals)
    model.minimize(ends)
    return lambda solver: tuple(
        job + 1 for _, job in sorted((solver.value(start), job) for start, job in begins)
    )


def cost(spec: Jobs, answer: Answer) -> float | None:
    turns = [job for job, steps_of in enumerate(spec.jobs, 1) for _ in steps_of]
    if sorted(answer) != turns:
        return None
    return float(_length(spec, [job - 1 for job in answer]))
