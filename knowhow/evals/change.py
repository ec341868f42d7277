"""Do so many coins suffice to pay? A journal's strategy and a specialist, beside guesses.

Problems of four sizes; the longest is never trained on. `number` is of the fewest coins that pay
the amount exactly.
"""

from collections.abc import Callable
from dataclasses import replace

from knowhow.evals import _table
from knowhow.figures import Figures


def run(
    *,
    seed: int,
    quick: bool,
    report: Callable[[str], None],
    n: int | None = None,
    big_model: str | None = None,
) -> Figures:
    from knowhow_agents.skills.change.skill import Change

    sizes = _table.QUICK if quick else _table.FULL
    sizes = replace(sizes, problems=n or sizes.problems)
    models = [big_model] if big_model else _table.MODELS
    return _table.measure(Change(), seed=seed, sizes=sizes, report=report, models=models)
