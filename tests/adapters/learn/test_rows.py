"""Which rows a step trains on."""

from collections import Counter

from knowhow_adapters.learn.rows import POOL, Schedule, encode
from tests.adapters.learn.kit import example, examples, tiny_base

LENGTHS = [20 + number * 7 % 50 for number in range(83)]


def test_every_row_comes_once_in_an_epoch_and_in_another_order_each_time() -> None:
    schedule = Schedule(LENGTHS, 8, seed=0)
    epochs = [
        [row for step in range(schedule.steps) for row in schedule[epoch * schedule.steps + step]]
        for epoch in range(3)
    ]
    assert all(Counter(rows) == Counter(range(len(LENGTHS))) for rows in epochs)
    assert epochs[0] != epochs[1] != epochs[2]


def test_a_step_follows_from_the_seed_alone() -> None:
    forth, back = Schedule(LENGTHS, 8, seed=1), Schedule(LENGTHS, 8, seed=1)
    expected = [forth[step] for step in range(30)]
    assert [back[step] for step in reversed(range(30))] == expected[::-1]
    assert [Schedule(LENGTHS, 8, seed=2)[step] for step in range(30)] != expected


def test_adapters_of_one_seed_have_their_short_batches_together() -> None:
    first, second = Schedule(range(POOL * 8), 8, seed=3), Schedule(range(500), 8, seed=3)
    for step in range(POOL):
        place = first[step][0]
        pool = sorted(second[other][0] for other in range(POOL))
        assert pool.index(second[step][0]) == place // 8


def test_a_row_is_what_the_decoder_reads_and_writes() -> None:
    base = tiny_base()
    shown = [*examples(3), example(7, weight=-0.5)]
    rows = encode(base, shown)
    for row, each in zip(rows, shown, strict=True):
        assert row.tokens[: row.start] == base.encode(each.prompt)
        assert base.tokenizer.decode(row.tokens[row.start : -1]) == each.answer
        assert row.tokens[-1] == base.tokenizer.eos_token_id
    assert sum(abs(row.weight) for row in rows) == len(rows)
    assert rows[3].weight == -rows[0].weight / 2
