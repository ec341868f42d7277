"""Planning problems with the outcomes of every strategy on them, and how policies are tried there.

Outcomes are an outcome matrix in a file, as `knowhow replay` reads it, kept in the user's cache
under the digest of the code it came from: all strategies are tried once, whoever chooses later.
Knows nothing about figures.
"""

import hashlib
import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from knowhow_agents.skills import planning
from knowhow_agents.skills.planning.items import Item, draw_items
from knowhow_agents.skills.planning.specialist import ARMS, attempt, check

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from knowhow_router.contract import Policy
    from knowhow_router.replay.matrix import OutcomeMatrix
    from knowhow_router.replay.play import Stage
    from knowhow_router.replay.runs import Rows, Run

    Floats = NDArray[np.float64]

Report = Callable[[str], None]
FRESH = 1_000
"""Seeds from here on draw other problems than those that are learnt from."""
SPARE = 40
"""Small families have few problems: a seed of another's may draw one of the exam again."""
STEPS_A_DOLLAR = 1_000_000


@dataclass(frozen=True)
class World:
    """What is learnt from, and what is asked afterwards."""

    stream: "Stage"
    exam: "Stage"
    held: "NDArray[np.bool_]"
    """Which problems of the exam are told in phrasings kept aside."""

    def families(self, stage: "Stage") -> "NDArray[np.str_]":
        import numpy as np

        return np.array([str(task) for task in stage.matrix.tasks])


def world(stream: int, exam: int, seed: int, report: Report) -> World:
    """`exam` problems, every second one in a phrasing that nothing was learnt from."""
    import numpy as np

    new = exam // 2
    usual = outcomes(exam - new, seed + FRESH, held=False, report=report)
    told_anew = outcomes(new, seed, held=True, report=report)
    both = _joined(usual, told_anew)
    drawn = outcomes(stream + SPARE, seed, held=False, report=report)
    learnt = _apart(drawn, both.problems, stream)
    held = np.arange(exam) >= exam - new
    return World(_stage(learnt, report), _stage(both, report), held)


def _apart(drawn: "OutcomeMatrix", exam: Sequence[str], count: int) -> "OutcomeMatrix":
    """The first problems of those that nobody is examined in."""
    import numpy as np

    from knowhow_router.replay.matrix import take

    asked = set(exam)
    rows = [row for row, problem in enumerate(drawn.problems) if problem not in asked]
    return take(drawn, np.array(rows[:count]))


def outcomes(count: int, seed: int, *, held: bool, report: Report) -> "OutcomeMatrix":
    """Every strategy tried on every problem; from the cache where the code is still the same."""
    from knowhow_router.replay.matrix import OutcomeMatrix, read
    from knowhow_router.replay.vectors import cache_path

    folder = cache_path().parent / "planning"
    path = folder / f"{_digest()}-{seed}-{count}{'-held' * held}.jsonl"
    if not path.exists():
        items = draw_items(
            count, seed, held=held, report=lambda done: report(f"drawn {done:,}/{count:,}")
        )
        folder.mkdir(parents=True, exist_ok=True)
        unfinished = path.with_suffix(".unfinished")
        with unfinished.open("w", encoding="utf-8") as file:
            for number, row in enumerate(_rows(items)):
                report(f"trying every strategy, {number:,}/{count:,}")
                file.write(json.dumps(row) + "\n")
        unfinished.replace(path)
    matrix = read(path)
    assert isinstance(matrix, OutcomeMatrix)
    return matrix


def _rows(items: Sequence[Item]) -> Iterator[dict[str, object]]:
    for number, item in enumerate(items):
        arms = {}
        for arm, strategy in ARMS.items():
            tried = attempt(item.problem, strategy)
            cost = tried.steps / STEPS_A_DOLLAR
            arms[arm] = {"reward": check(item, tried.answer), "cost": cost}
        name = f"{item.family}.{item.kind}.{number}"
        yield {"id": name, "problem": item.problem, "task": item.family, "arms": arms}


def _digest() -> str:
    """Of everything that outcomes follow from."""
    folder = Path(planning.__path__[0])
    code = hashlib.sha256()
    for path in sorted(folder.rglob("*.py")):
        code.update(path.read_bytes())
    return code.hexdigest()[:12]


def _joined(one: "OutcomeMatrix", other: "OutcomeMatrix") -> "OutcomeMatrix":
    import numpy as np

    from knowhow_router.replay.matrix import OutcomeMatrix

    return OutcomeMatrix(
        "exam",
        one.arms,
        [*(f"usual.{name}" for name in one.ids), *(f"new.{name}" for name in other.ids)],
        one.problems + other.problems,
        one.tasks + other.tasks,
        np.vstack([one.rewards, other.rewards]),
        np.vstack([one.costs, other.costs]),
    )


def _stage(matrix: "OutcomeMatrix", report: Report) -> "Stage":
    from knowhow.settings import load_settings
    from knowhow_memory.embedder import load_embedder
    from knowhow_router.replay.play import Stage
    from knowhow_router.replay.vectors import cache_path, problem_vectors

    embedder = load_embedder(load_settings().embedder.model)
    vectors = problem_vectors(
        matrix.problems, embedder, cache_path(), lambda done: report(f"embedded {done:,}")
    )
    return Stage.build(matrix, vectors)


def live(
    policy: "Policy", here: World, learnt: "Rows", asked: "Rows", seed: int
) -> "tuple[Run, Run]":
    """Decides and learns on rows of the stream in this order, then decides rows of the exam."""
    from knowhow_router.replay.play import Terms, begin, decide, decide_and_learn, no_tick
    from knowhow_router.replay.runs import Recorder

    begin(policy, here.stream, Terms(), seed)
    recorder = Recorder(here.stream.matrix)
    decide_and_learn(policy, here.stream, learnt, recorder, "bandit", no_tick)
    policy.finish_training()
    return recorder.run(learnt), decide(policy, here.exam, asked, no_tick)
