"""Adapters that get better from what happened: from outcomes to examples to weights."""
