"""Which patterns go on from which: problems of several parts, each for another specialist.

A composition that is held out needs specialists in an order that no trained one needs, neither as a
whole nor as a stretch of it.
"""

from knowhow_agents.skills.traces.patterns import (
    arithmetic,
    comparison,
    entity_track,
    interleaved,
    percentage,
)
from knowhow_agents.skills.traces.patterns import follow_ups as then
from knowhow_agents.skills.traces.patterns import rate_equation as rate
from knowhow_agents.skills.traces.patterns.pattern import Pattern

Composition = tuple[Pattern, ...]

TWO_PARTS: tuple[Composition, ...] = (
    (arithmetic.BILL, then.THEN_DISCOUNT),
    (interleaved.SEASON, then.THEN_RISE),
    (arithmetic.CRATES, then.THEN_COMPARE),
    (rate.WAGE, then.THEN_SPEND),
    (rate.UNIT_PRICE, then.THEN_DISCOUNT),
    (percentage.SURCHARGE, then.THEN_CHANGE),
    (percentage.PORTION, then.THEN_HAND_OVER),
    (entity_track.REFILL, then.THEN_PAY),
    (comparison.MORE_TOTAL, then.THEN_SPLIT),
)
THREE_PARTS: tuple[Composition, ...] = (
    (arithmetic.BILL, then.THEN_DISCOUNT, then.THEN_CHANGE),
    (arithmetic.GOAL, then.THEN_RISE, then.THEN_SPEND),
    (rate.WAGE, then.THEN_RISE, then.THEN_BOTH),
    (entity_track.GIFT, then.THEN_PAY, then.THEN_DISCOUNT),
    (comparison.TIMES_TOTAL, then.THEN_SPLIT, then.THEN_PAY),
)
HELD_OUT: tuple[Composition, ...] = (
    (entity_track.GIVER, then.THEN_COMPARE),
    (percentage.GROWTH, then.THEN_COMPARE),
    (comparison.TIMES_TOTAL, then.THEN_PORTION),
    (rate.OUTPUT, then.THEN_HAND_OVER),
    (percentage.DISCOUNT, then.THEN_SPEND, then.THEN_RISE),
    (comparison.FEWER_TOTAL, then.THEN_PAY, then.THEN_CHANGE),
)
TRAINED = TWO_PARTS + THREE_PARTS
