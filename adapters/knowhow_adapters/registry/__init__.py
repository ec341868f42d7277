"""Versions of adapters on disk: where each comes from, which one serves, and the way back."""
