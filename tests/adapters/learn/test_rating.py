"""The small model finds what most successes share plausible, and nothing speaks for itself."""

from dataclasses import replace

import pytest

from knowhow_adapters.learn import rating
from knowhow_adapters.learn.examples import Example
from knowhow_adapters.learn.rating import cross_fitted, surprise_of
from knowhow_adapters.learn.stacked import Layout
from knowhow_adapters.learn.train import Job, Settings, Trained
from tests.adapters.learn.kit import example, examples, tiny_base

JUDGE = Settings(rank=4, epochs=8, rows=8, rate=2e-2)


def test_lucky_answers_surprise_more_than_those_most_successes_share() -> None:
    true = [replace(e, answer="percentage") for e in examples(40)]
    lucky = [replace(example(n), answer="arithmetic") for n in range(40, 46)]
    found = cross_fitted(tiny_base(), JUDGE)([*true, *lucky])
    assert min(found[40:]) > max(found[:40])


def test_no_example_nor_its_near_duplicate_speaks_for_itself(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    taught: list[set[str]] = []
    original = rating.train

    def watching(base: object, jobs: list[Job], *others: object) -> list[Trained]:
        taught.extend({e.prompt.casefold() for e in job.examples} for job in jobs)
        return original(base, jobs, *others)  # type: ignore[arg-type]

    asked: list[tuple[int, Example]] = []

    def asking(
        base: object, adapters: object, shown: list[Example], owners: list[int], **_: object
    ):  # type: ignore[no-untyped-def]
        asked.extend(zip(owners, shown, strict=True))
        return [0.0] * len(shown)

    monkeypatch.setattr(rating, "train", watching)
    monkeypatch.setattr(rating, "surprise_of", asking)
    originals = examples(12)
    copies = [replace(e, prompt=e.prompt.upper()) for e in originals]
    failed = [example(n, weight=-1.0) for n in range(50, 60)]
    cross_fitted(tiny_base(), replace(JUDGE, epochs=1))([*originals, *copies, *failed])
    assert len(asked) == 34 and len(taught) == 2 and all(taught)
    for owner, shown in asked:
        assert shown.prompt.casefold() not in taught[owner]
        if shown.weight > 0:
            assert shown.prompt.casefold() in taught[1 - owner]
    assert not any(
        "comes after 5" in prompt and "50" in prompt for part in taught for prompt in part
    )


def test_surprise_is_that_of_the_adapter_it_belongs_to() -> None:
    base = tiny_base()
    layout = Layout.of(base, 4)
    made = [
        layout.unpack(layout.fresh(name, 0).add(0.05 * n), name, 8.0) for n, name in enumerate("ab")
    ]
    shown = examples(6)
    mixed = surprise_of(base, made, shown, [0, 1] * 3)
    alone = [surprise_of(base, [adapter], shown) for adapter in made]
    assert mixed == pytest.approx([alone[n % 2][n] for n in range(6)], rel=1e-3)
    assert alone[0] != pytest.approx(alone[1], rel=1e-2)
