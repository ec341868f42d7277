"""Benches: each module has `run(*, seed, quick, report) -> Figures`."""
