"""The document every bench, eval and replay ends in: figures with n, intervals and the machine.

A person reads the same numbers as a table. Knows nothing about how they came about.
"""

import contextlib
import os
import platform
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from rich.table import Table

    Floats = NDArray[np.float64]

RESAMPLES = 2000
"""Enough for a stable 95% interval to three digits."""
MACHINE_KEYS = ("system", "processor", "cores", "memory_gib", "python")


STOPPED = "Stopped early: what comes after these figures was not measured."


class Figures:
    def __init__(self, name: str, *, seed: int, n: int, notes: Sequence[str] = ()) -> None:
        self.name, self.seed, self.n = name, seed, n
        self.notes = list(notes)
        self.values: dict[str, Any] = {}

    def set(self, key: str, value: float | int | str | bool) -> None:
        self.values[key] = value

    def mean(self, key: str, values: Sequence[float]) -> None:
        """Mean with a bootstrap 95% interval."""
        import numpy as np

        self.statistic(key, np.asarray(values, dtype=float), lambda drawn: drawn.mean(axis=1))

    def share(self, key: str, hits: Sequence[bool]) -> None:
        """How many, with Wilson's 95% interval, which says something also where all or none are."""
        from knowhow_memory.rates import Rate

        found = Rate.of([float(hit) for hit in hits])
        self.values[key] = {"mean": found.rate, "ci95": [found.low, found.high], "n": found.tries}

    def statistic(self, key: str, data: "Floats", of: "Callable[[Floats], Floats]") -> None:
        """A statistic of independent values (or rows) with a bootstrap 95% interval; `of` takes
        many samples at once, along the first axis."""
        import numpy as np

        rng = np.random.default_rng(self.seed)
        draws = of(data[rng.integers(len(data), size=(RESAMPLES, len(data)))])
        low, high = np.quantile(draws, [0.025, 0.975])
        self.values[key] = {
            "mean": float(of(data[None])[0]),
            "ci95": [float(low), float(high)],
            "n": len(data),
        }

    def percentiles(self, key: str, seconds: Sequence[float]) -> None:
        """Set `key.p50_ms` and `key.p99_ms`."""
        import numpy as np

        middle, tail = np.quantile(np.asarray(seconds, dtype=float) * 1000, [0.5, 0.99])
        self.set(f"{key}.p50_ms", float(middle))
        self.set(f"{key}.p99_ms", float(tail))

    @contextlib.contextmanager
    def kept_when_stopped(self) -> Iterator[None]:
        """Ctrl-C within ends the measuring, and throws away no figure that there is."""
        try:
            yield
        except KeyboardInterrupt:
            if not self.values:
                raise
            self.notes.append(STOPPED)

    def document(self) -> dict[str, Any]:
        return {
            "name": self.name,
            "seed": self.seed,
            "n": self.n,
            "machine": describe_machine(),
            "figures": self.values,
            "notes": self.notes,
        }

    def table(self) -> "Table":
        from rich.table import Table

        table = Table(title=f"{self.name}  (n={self.n:,}, seed {self.seed})", title_justify="left")
        table.add_column("figure")
        table.add_column("value", justify="right")
        for key, value in self.values.items():
            table.add_row(key, format_figure(value))
        table.caption = "\n".join(self.notes) or None
        table.caption_justify = "left"
        return table


def format_figure(value: Any) -> str:
    match value:
        case {"mean": mean, "ci95": [low, high], "n": n}:
            return f"{mean:.4g}  [{low:.4g}, {high:.4g}]  n={n:,}"
        case bool() | str():
            return str(value)
        case int():
            return f"{value:,}"
        case float():
            return f"{value:.4g}"
        case _:
            return str(value)


def describe_machine() -> dict[str, Any]:
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    facts = (
        platform.system(),
        platform.machine(),
        os.cpu_count(),
        round(memory, 1),
        platform.python_version(),
    )
    return dict(zip(MACHINE_KEYS, facts, strict=True))
