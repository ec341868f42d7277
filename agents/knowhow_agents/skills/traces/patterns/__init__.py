"""Word problems of every pattern, drawn from seeds: one module a specialist."""
