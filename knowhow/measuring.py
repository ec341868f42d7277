"""Finds a bench or an eval by its module's name and runs it with the options that it takes.

Whatever stands in the package without a leading underscore is one: `run(*, seed, quick, report,
…) -> Figures`; a module `cross_model` is called `cross-model`. Knows nothing of what is measured.
"""

import ast
import importlib
import inspect
import pkgutil
from collections.abc import Mapping
from pathlib import Path
from types import ModuleType
from typing import Any

from knowhow.figures import Figures
from knowhow.output import status
from knowhow_memory.errors import InputError, NotFoundError


def names(package: ModuleType) -> list[str]:
    """What can be run, in the order of the alphabet."""
    found = pkgutil.iter_modules(package.__path__)
    modules = (m.name for m in found if not m.ispkg and not m.name.startswith("_"))
    return sorted(name.replace("_", "-") for name in modules)


def summaries(package: ModuleType) -> dict[str, str]:
    """The first sentence of each, read without importing anything it needs."""
    folder = Path(package.__path__[0])
    return {name: _summary(folder / f"{_module(name)}.py") for name in names(package)}


def _module(name: str) -> str:
    return name.replace("-", "_")


def _summary(path: Path) -> str:
    told = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or ""
    return " ".join(told.partition("\n\n")[0].split())


def measure(
    kind: str,
    package: ModuleType,
    name: str,
    *,
    seed: int,
    quick: bool,
    options: Mapping[str, Any],
) -> Figures:
    """`options` that are None were not given; one that `name` does not take is refused."""
    if name not in (there := names(package)):
        wrong = f"no {kind} {name!r}" if name else f"which {kind}?"
        raise NotFoundError(f"{wrong}: there are {', '.join(there)}")
    module = importlib.import_module(f"{package.__name__}.{_module(name)}")
    given = {key: value for key, value in options.items() if value is not None}
    for key in sorted(given.keys() - inspect.signature(module.run).parameters):
        raise InputError(f"{kind} {name!r} takes no --{key.replace('_', '-')}")
    with status(f"{kind} {name}") as report:
        figures: Figures = module.run(seed=seed, quick=quick, report=report, **given)
    return figures
