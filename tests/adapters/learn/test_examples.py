"""Which attempts become examples, and why others do not."""

import random
from collections.abc import Sequence

import pytest

from knowhow_adapters.learn.attempts import Attempt, is_held_out
from knowhow_adapters.learn.examples import (
    Choice,
    Example,
    NothingToLearn,
    Selection,
    select_examples,
)
from knowhow_memory.errors import InputError
from tests.adapters.learn.kit import attempt

FREE = [n for n in range(400) if not is_held_out(attempt(n).problem)]
"""Numbers whose problems may be learnt."""
HELD = [n for n in range(400) if is_held_out(attempt(n).problem)]
GOOD = [attempt(n) for n in FREE[:30]]
BAD = [attempt(n, 0.0, answer=f"not {n}") for n in FREE[30:50]]


def weights(selection: Selection) -> dict[str, float]:
    return {example.outcome_id: example.weight for example in selection.examples}


def choose(attempts: Sequence[Attempt], choice: Choice = Choice.FILTERED) -> Selection:
    return select_examples(attempts, choice)


def test_raw_takes_all_alike_whatever_came_of_them() -> None:
    raw = choose([*GOOD, *BAD], Choice.RAW)
    assert set(weights(raw).values()) == {1.0}
    assert raw.counts["used"] == len(GOOD) + len(BAD)


def test_filtered_weighs_successes_by_reward_and_failures_against() -> None:
    graded = [attempt(FREE[60], 0.6), attempt(FREE[61], 0.1)]
    found = weights(choose([*GOOD, *BAD, *graded]))
    best, worst = found[GOOD[0].outcome_id], found[BAD[0].outcome_id]
    assert best == -worst > 0
    assert found[graded[0].outcome_id] == pytest.approx(best * 0.6)
    assert found[graded[1].outcome_id] == pytest.approx(best * -0.9)


def test_patterns_that_fail_more_often_count_more() -> None:
    easy = [attempt(n, task="easy") for n in FREE[:20]]
    hard = [attempt(n, float(n % 2), task="hard") for n in FREE[20:60]]
    found = weights(choose([*easy, *hard]))
    learnt = next(found[a.outcome_id] for a in hard if a.reward)
    assert learnt > 1.4 * found[easy[0].outcome_id]


def test_near_duplicates_count_as_few() -> None:
    copies = [
        attempt(900 + n, problem="Again and again?!"[: 15 + n % 3], answer="x") for n in range(64)
    ]
    found = choose([*GOOD, *copies])
    assert len(found.examples) == len(GOOD) + 1
    assert found.counts["repeated"] == 63
    weight = weights(found)
    assert weight["o0963"] == pytest.approx(3 * weight[GOOD[0].outcome_id])
    twice = weights(choose([*GOOD, *copies[:2]]))
    assert twice["o0901"] == pytest.approx(2 * twice[GOOD[0].outcome_id])


def test_the_same_answer_with_other_numbers_is_no_duplicate() -> None:
    same = [attempt(n, answer=str(n % 2)) for n in FREE[:30]]
    assert len(choose(same).examples) == 30


def test_what_was_rewarded_both_ways_goes_by_the_majority() -> None:
    def said(number: int, *rewards: float) -> list[Attempt]:
        return [attempt(FREE[60 + number], reward) for reward in rewards]

    torn, mostly, hardly = said(0, 1, 0), said(1, 1, 0, 1), said(2, 0, 0, 1)
    found = choose([*GOOD, *torn, *mostly, *hardly])
    weight = weights(found)
    assert torn[0].outcome_id not in weight
    assert weight[mostly[0].outcome_id] > 0 > weight[hardly[0].outcome_id]
    assert found.counts["contradictory"] == 2 + 1 + 1


def test_texts_that_are_kept_for_examination_are_refused() -> None:
    held = [attempt(n) for n in HELD[:7]]
    frozen = GOOD[3].problem.upper() + "  "
    quoting = attempt(FREE[70])
    quoting = Attempt(**{**vars(quoting), "prompt": f"Solve: {GOOD[4].problem} Now."})
    found = select_examples(
        [*GOOD, *held, quoting], Choice.FILTERED, held_out=[frozen, GOOD[4].problem]
    )
    assert found.counts["held_out"] == 7 + 3
    refused = {GOOD[3].outcome_id, GOOD[4].outcome_id, quoting.outcome_id}
    refused |= {attempt.outcome_id for attempt in held}
    assert refused.isdisjoint(weights(found))


def test_self_filtered_leaves_out_successes_that_the_model_does_not_believe() -> None:
    true = [attempt(n) for n in FREE[:60]]
    unlucky = [attempt(n, 0.0) for n in FREE[60:80]]
    wrong = [attempt(n, 0.0, answer=f"not {n}") for n in FREE[80:140]]
    lucky = [attempt(n, 1.0, answer=f"not {n}") for n in FREE[140:160]]

    def rater(examples: Sequence[Example]) -> list[float]:
        return [5.0 * e.answer.startswith("not") + random.Random(e.seq).random() for e in examples]

    found = select_examples([*true, *unlucky, *wrong, *lucky], Choice.SELF_FILTERED, rater=rater)
    kept = weights(found).keys()
    for lying in (lucky, unlucky):
        assert len(kept & {a.outcome_id for a in lying}) <= 7
    for honest in (true, wrong):
        assert len(kept & {a.outcome_id for a in honest}) >= 57
    assert found.counts["disbelieved"] == 160 - len(kept)


def test_self_filtered_needs_somebody_who_rates() -> None:
    with pytest.raises(InputError, match="needs a rater"):
        choose(GOOD, Choice.SELF_FILTERED)


@pytest.mark.parametrize("choice", [Choice.RAW, Choice.FILTERED])
@pytest.mark.parametrize(
    ("attempts", "why"),
    [
        ([], "0 outcomes to learn from"),
        (GOOD[:10], "10 outcomes to learn from .* fewer than 20 teach nothing"),
        (BAD, "none of the 20 outcomes is a success yet"),
        ([attempt(n, answer="same") for n in FREE[:25]], "same answer 'same': one class"),
    ],
)
def test_what_cannot_be_learnt_from_is_said(
    attempts: list[Attempt], why: str, choice: Choice
) -> None:
    with pytest.raises(NothingToLearn, match=why) as caught:
        choose(attempts, choice)
    assert "\n" not in str(caught.value)


def test_only_contradictions_leave_nothing() -> None:
    with pytest.raises(NothingToLearn, match="outweighed by failures"):
        choose([attempt(n, reward) for n in FREE[:12] for reward in (1.0, 0.0)])


def test_successes_alone_can_be_learnt() -> None:
    assert choose(GOOD).counts["used"] == len(GOOD)
