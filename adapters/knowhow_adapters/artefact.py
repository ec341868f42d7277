"""Adapters as folders: exactly what PEFT reads, and beside it what proves where they come from."""

from knowhow_adapters.adapter import Adapter, make_adapter

__all__ = ["Adapter", "make_adapter"]
