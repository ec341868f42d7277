"""What is likeliest together comes first, and everything comes once."""

from itertools import product

from hypothesis import given
from hypothesis import strategies as st

from knowhow_agents.skills.traces.together import in_order_of_worth

WORTH = st.lists(st.integers(-9, 0), max_size=4)


@given(st.lists(WORTH, min_size=1, max_size=3))
def test_all_ways_come_in_the_order_of_their_worth(parts: list[list[int]]) -> None:
    named = [
        [(float(worth), f"{number}.{at}") for at, worth in enumerate(sorted(part, reverse=True))]
        for number, part in enumerate(parts)
    ]
    found = list(in_order_of_worth(named))
    worth = [one for one, _ in found]
    assert worth == sorted(worth, reverse=True)
    worth_of = {word: one for part in named for one, word in part}
    assert worth == [sum(worth_of[word] for word in words) for _, words in found]
    every = {tuple(word for _, word in way) for way in product(*named)}
    assert len(found) == len(every) and {tuple(words) for _, words in found} == every
