"""The outcome matrix: one row a problem, and what each of several arms earned on it.

`{"id": …, "problem": …, "task": …, "arms": {arm: {"reward": …, "cost": …}}}`. A row is taken whole
or not at all, because half a comparison would favour the arms that were spelled correctly.
"""

from collections.abc import Sequence

from knowhow_memory.exchange.records import (
    Format,
    Item,
    Wishes,
    content_id,
    outcome,
    problem_of,
)
from knowhow_memory.exchange.values import Json, RefusedError, as_object, as_reward
from knowhow_memory.models import OutcomeCreate

SOURCE = "matrix"


def recognises(record: Json) -> bool:
    return isinstance(record, dict) and bool(as_object(record.get("arms")))


def convert(record: Json, wishes: Wishes) -> Sequence[Item]:
    cells = as_object(record.get("arms")) if isinstance(record, dict) else {}
    if not cells:
        raise RefusedError("no arms in the row")
    problem = problem_of(record, wishes, record.get("problem"))
    return [_cell(record, problem, arm, as_object(cell), wishes) for arm, cell in cells.items()]


def _cell(
    record: dict[str, Json], problem: str, arm: str, cell: dict[str, Json], wishes: Wishes
) -> OutcomeCreate:
    row, reward = record.get("id"), as_reward(cell.get("reward"))
    return outcome(
        tenant=wishes.tenant,
        problem=problem,
        task=record.get("task"),
        arm=arm,
        reward=reward,
        cost=cell.get("cost"),
        source=SOURCE,
        content_id=content_id(SOURCE, [row, problem, arm, cell]),
    )


FORMAT = Format("matrix", recognises, convert)
