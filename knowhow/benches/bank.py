"""What resident adapters cost, whether swapping under load ever mixes them up, and whether altered
ones get in.

Memory of 64 adapters, by their tensors and by what the process grew; a swap between resident ones;
a champion that is replaced a thousand times while requests come in, every answer held against what
its version answers alone; two hundred altered adapters, each at every door.
"""

import gc
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from knowhow.benches._adapters import random_adapter
from knowhow.benches._base import load_bench_base
from knowhow.benches._index import resident_bytes
from knowhow.figures import Figures

if TYPE_CHECKING:
    from knowhow_adapters.bank import Bank
    from knowhow_adapters.base.load import Base

RANK = 8
RESIDENT, QUICK_RESIDENT = 64, 4
LEASES, QUICK_LEASES = 2_000, 20
TURNS, QUICK_TURNS = 200, 4
ALTERED, QUICK_ALTERED = 200, 20
PROMPT = "A train leaves at 9:30 with 48 people. How many stay?"
AMPLE = 2**40
MEGABYTE = 1e6
NOTE = (
    "resident.rss_mb_each: growth of the process over the adapters after the first, which brings "
    "what is loaded once. swap.lease: from one resident adapter to another; swap.whole: what that "
    "adds to the time of a first token. load.*: the champion of one agent is replaced while "
    "requests come in, and half of its versions fit into the bank; put_off counts champions that "
    "had to wait for room. An answer is wrong if its version is not the one asked for, or its text "
    "not what that version answers alone. Adapters have random weights."
)


def run(*, seed: int, quick: bool, report: Callable[[str], None]) -> Figures:
    from knowhow.benches._swaps import measure_swaps
    from knowhow.benches.tampering.trial import count_safe, try_altered, try_unaltered

    figures = Figures("bank", seed=seed, n=QUICK_ALTERED if quick else ALTERED, notes=[NOTE])
    with tempfile.TemporaryDirectory() as place:
        base = load_bench_base()
        figures.set("base", base.name)
        refs = _publish(base, Path(place), QUICK_RESIDENT if quick else RESIDENT, seed, report)
        bank = _measure_memory(figures, base, Path(place), refs, report)
        _measure_swap(figures, base, bank, refs, quick, report)
        measure_swaps(figures, base, Path(place), refs, quick=quick, seed=seed, report=report)
    unaltered = try_unaltered(base, seed)
    findings = try_altered(base, QUICK_ALTERED if quick else ALTERED, seed, report)
    figures.set("altered.adapters", len({finding.adapter for finding in findings}))
    figures.set("altered.attempts", len(findings))
    figures.set("altered.refused", count_safe(findings))
    figures.set("altered.touched_files", sum(len(finding.touched) for finding in findings))
    figures.set("unaltered.attempts", len(unaltered))
    figures.set("unaltered.taken", sum(finding.verdict == "taken" for finding in unaltered))
    return figures


def _publish(
    base: "Base", place: Path, count: int, seed: int, report: Callable[[str], None]
) -> list[str]:
    from knowhow_adapters.artefact import write_adapter

    refs = []
    for number in range(count):
        report(f"publishing adapters: {number} of {count}")
        adapter = random_adapter(base, seed + number, rank=RANK)
        refs.append(write_adapter(adapter, base, place).name)
    return refs


def _measure_memory(
    figures: Figures, base: "Base", place: Path, refs: list[str], report: Callable[[str], None]
) -> "Bank":
    from knowhow_adapters.bank import Bank

    bank = Bank(base, lambda ref: place / ref, AMPLE)
    sizes, seconds, before = [], [], 0
    for number, ref in enumerate(refs):
        report(f"loading adapters: {number} of {len(refs)}")
        start = time.perf_counter()
        with bank.lease(ref) as adapter:
            seconds.append(time.perf_counter() - start)
            sizes.append(adapter.size_bytes)
        if number == 0:
            before = _settled_bytes()
    grown = (_settled_bytes() - before) / (len(refs) - 1)
    figures.set("resident.adapters", len(bank.resident))
    figures.set("resident.rank", RANK)
    figures.set("resident.tensors_mb_each", max(sizes) / MEGABYTE)
    figures.set("resident.rss_mb_each", grown / MEGABYTE)
    figures.percentiles("load_from_disk", seconds)
    return bank


def _settled_bytes() -> int:
    gc.collect()
    return resident_bytes()


def _measure_swap(
    figures: Figures,
    base: "Base",
    bank: "Bank",
    refs: list[str],
    quick: bool,
    report: Callable[[str], None],
) -> None:
    import numpy as np

    report("swapping between resident adapters")
    figures.percentiles("swap.lease", list(_leases(bank, refs, QUICK_LEASES if quick else LEASES)))
    turns = QUICK_TURNS if quick else TURNS
    same, other, bare = np.array(list(_first_tokens(base, bank, refs, turns))).T
    figures.percentiles("first_token.same_adapter", same)
    figures.percentiles("first_token.other_adapter", other)
    figures.percentiles("first_token.bare_base", bare)
    figures.set("swap.whole_ms", float(np.median(other - same) * 1000))


def _leases(bank: "Bank", refs: list[str], count: int) -> Iterator[float]:
    for number in range(count):
        start = time.perf_counter()
        with bank.lease(refs[number % len(refs)]):
            yield time.perf_counter() - start


def _first_tokens(
    base: "Base", bank: "Bank", refs: list[str], turns: int
) -> Iterator[tuple[float, float, float]]:
    """Turn about: the adapter of just before, another one, none."""
    from knowhow_adapters.decode.engine import Decoder
    from knowhow_adapters.decode.request import Request

    decoder = Decoder(base, bank)

    def seconds(ref: str | None) -> float:
        start = time.perf_counter()
        decoder.complete(Request(prompt=PROMPT, adapter=ref, max_tokens=1))
        return time.perf_counter() - start

    for number in range(turns):
        one, next_one = (refs[(number + i) % len(refs)] for i in (0, 1))
        seconds(one)
        yield seconds(one), seconds(next_one), seconds(None)
