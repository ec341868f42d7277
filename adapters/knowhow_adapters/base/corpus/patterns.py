"""All patterns of word problems: those that open a story, and those that go on from a result."""

from knowhow_adapters.base.corpus.pattern import Pattern
from knowhow_adapters.base.corpus.patterns_amounts import AMOUNTS
from knowhow_adapters.base.corpus.patterns_changes import CHANGES, FOLLOW_UPS

__all__ = ["FOLLOW_UPS", "PATTERNS"]

PATTERNS: tuple[Pattern, ...] = (*AMOUNTS, *CHANGES)
