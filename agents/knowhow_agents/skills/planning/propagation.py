"""Constraint propagation by OR-Tools' CP-SAT: one worker, one seed, bounded in its own time.

The solver counts its work in deterministic seconds, which repeat bit for bit; one of them is
exchanged for a million steps. As a strategy it propagates and searches, without the presolve and
the linear programs that would make of it another strategy; `exact` uses all it has. A model is paid
for by its length, as a table is by its cells.
"""

from collections.abc import Callable
from types import ModuleType
from typing import TYPE_CHECKING, cast

from knowhow_agents.skills.planning.course import Answer
from knowhow_agents.skills.planning.steps import OutOfStepsError, Steps
from knowhow_memory.errors import MissingExtraError

if TYPE_CHECKING:
    from ortools.sat.python import cp_model

STEPS_A_SECOND = 1_000_000
"""Of the solver's deterministic seconds: a step of ours takes about a microsecond, too."""
BYTES_A_TERM = 4
ENOUGH_S = 60.0
"""Deterministic seconds after which the best known plan is taken for the best."""

Reader = Callable[["cp_model.CpSolver"], Answer]
Formulate = Callable[["cp_model.CpModel"], Reader]
"""Writes a problem into a model, and says how a plan is read from a solution."""


def propagation(formulate: Formulate, steps: Steps) -> Answer | None:
    cp_model = _solver()
    model = cp_model.CpModel()
    read = formulate(model)
    steps.take(_size(model))
    solver = cp_model.CpSolver()
    solver.parameters.cp_model_presolve = False
    solver.parameters.linearization_level = 0
    if steps.limit is not None:
        left = steps.limit - steps.used
        solver.parameters.max_deterministic_time = left / STEPS_A_SECOND
    return _solve(solver, model, read, steps)


def exact(formulate: Formulate) -> Answer | None:
    """The best plan, or the best known after so long that nothing more is expected."""
    cp_model = _solver()
    model = cp_model.CpModel()
    read = formulate(model)
    solver = cp_model.CpSolver()
    solver.parameters.max_deterministic_time = ENOUGH_S
    return _solve(solver, model, read, Steps(None))


def _solve(
    solver: "cp_model.CpSolver", model: "cp_model.CpModel", read: Reader, steps: Steps
) -> Answer | None:
    from ortools.sat.python import cp_model

    solver.parameters.num_workers = 1
    solver.parameters.random_seed = 0
    # Its own handling of Ctrl-C takes Python's away for the rest of the process.
    solver.parameters.catch_sigint_signal = False
    status = solver.solve(model)
    used = round(solver.response_proto.deterministic_time * STEPS_A_SECOND)
    if status in (cp_model.OPTIMAL, cp_model.FEASIBLE):
        steps.used = min(steps.used + used, steps.limit or steps.used + used)
        return read(solver)
    if status == cp_model.INFEASIBLE:
        steps.take(used)
        return None
    steps.used = steps.limit or steps.used
    raise OutOfStepsError


def _size(model: "cp_model.CpModel") -> int:
    """In terms, as long as the solver's own format makes them."""
    return int(model.proto.ByteSize()) // BYTES_A_TERM


def _solver() -> ModuleType:
    try:
        from ortools.sat.python import cp_model
    except ImportError:
        raise MissingExtraError(
            "constraint propagation needs OR-Tools: pip install 'knowhow[planning]'"
        ) from None
    return cast(ModuleType, cp_model)
