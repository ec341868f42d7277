"""Trying policies on problems whose outcomes are known, or on logs of what was tried."""
