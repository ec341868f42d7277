"""Graded rewards: what each kind of attempt is worth."""

from fractions import Fraction

import pytest

from knowhow_agents.skills.traces.language import Fault, Part, write
from knowhow_agents.skills.traces.patterns.pattern import steps_of
from knowhow_agents.skills.traces.reward import grade


def trace(*parts: tuple[str, str]) -> str:
    return write([Part(expert, steps_of(brief)) for expert, brief in parts])


SUM = ("arithmetic", "x = add 40 60; query x")
SALE = ("percentage", "base = prev.result; x = percent_off base 20; query x")
RIGHT = trace(SUM, SALE)
EXPECTED = ["arithmetic", "percentage"]


@pytest.mark.parametrize(
    ("text", "reward"),
    [
        (RIGHT, 1.0),
        (RIGHT.replace("20", "19.99"), 1.0),
        (RIGHT.replace("20", "30"), 0.7),
        (RIGHT.replace("var: base", "var: ground"), 0.5),
        (RIGHT.replace("prev", "sub2"), 0.5),
        (trace(SUM, ("arithmetic", "a = prev.result; x = mul a 0.8; query x")), 0.3),
        (trace(("arithmetic", "x = mul 100 0.8; query x")), 0.3),
        (trace(("percentage", "x = percent_off 100 20; query x"), SUM), 0.3),
        (RIGHT.replace("arithmetic", "astrology"), 0.3),
        (RIGHT.replace("{", "("), 0.0),
        ("80", 0.0),
        ("", 0.0),
    ],
)
def test_an_attempt_is_worth(text: str, reward: float) -> None:
    assert grade(text, answer=Fraction(80), specialists=EXPECTED).reward == reward


def test_a_short_circuit_with_the_right_number_is_not_right() -> None:
    found = grade(
        trace(("arithmetic", "x = 80; query x")), answer=Fraction(80), specialists=["arithmetic"]
    )
    assert (found.reward, found.solution.fault) == (0.5, Fault.SHORT_CIRCUIT)


def test_specialists_are_not_judged_where_nobody_knows_them() -> None:
    text = trace(("comparison", "x = mul 100 0.8; query x"))
    assert grade(text, answer=Fraction(80), specialists=None).reward == 1.0
    assert grade(text, answer=Fraction(81), specialists=None).reward == 0.7
    assert grade(text, answer=Fraction(80), specialists=[]).reward == 0.3
