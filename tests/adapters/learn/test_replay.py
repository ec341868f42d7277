"""A fixed budget of older examples, shared by the patterns, whatever the order of arrival."""

from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from knowhow_adapters.learn.examples import Example
from knowhow_adapters.learn.replay import keep_for_replay
from tests.adapters.learn.kit import example

PATTERNS = st.sampled_from(["a", "b", "c", None])
HISTORIES = st.lists(st.tuples(st.integers(0, 80), PATTERNS), unique_by=lambda pair: pair[0])


def history(drawn: list[tuple[int, str | None]]) -> list[Example]:
    return [replace(example(number), pattern=pattern) for number, pattern in drawn]


@settings(max_examples=60, deadline=None)
@given(HISTORIES, st.integers(0, 40), st.integers(0, 30))
def test_adding_to_what_was_kept_gives_what_all_would_have_given(
    drawn: list[tuple[int, str | None]], cut: int, budget: int
) -> None:
    everything = history(drawn)
    kept = keep_for_replay(everything, budget)
    assert len(kept) == min(budget, len(everything))
    assert kept == sorted(kept, key=lambda each: each.seq)
    early = keep_for_replay(everything[:cut], budget)
    assert keep_for_replay([*early, *everything[cut:]], budget) == kept
    assert keep_for_replay(everything[::-1], budget) == kept


def test_a_rare_pattern_is_not_crowded_out() -> None:
    common = [replace(example(n), pattern="common") for n in range(1000)]
    rare = [replace(example(n), pattern="rare") for n in range(1000, 1020)]
    kept = keep_for_replay([*common, *rare], 60)
    assert sum(each.pattern == "rare" for each in kept) == 20
    assert len(kept) == 60


def test_a_corrected_example_is_kept_once() -> None:
    kept = keep_for_replay([example(1), replace(example(1), weight=0.5)], 5)
    assert [each.weight for each in kept] == [0.5]
