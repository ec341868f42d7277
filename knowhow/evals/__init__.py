"""Evals: each module has `run(*, seed, quick, report) -> Figures` and opens with what it asks."""
