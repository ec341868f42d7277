"""The room `adapters/`: the small base, adapters that learn from outcomes, and which one serves."""
