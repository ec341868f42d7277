"""Routing statistics over the live outcomes' columns."""

import itertools
from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from knowhow_memory.columns import Columns
from knowhow_memory.models import Event, Fault
from knowhow_memory.rows import OutcomeRow
from knowhow_router.statistics import DIMENSIONS, Outcomes, Statistics, series, summarise

TENANTS = {1: "default", 2: "other"}
DAY = 86_400.0


def row(seq: int, arm: str, reward: float | None, **more: Any) -> OutcomeRow:
    values: dict[str, Any] = dict.fromkeys(OutcomeRow._fields)
    values |= {
        "seq": seq,
        "id": f"{seq:032x}",
        "event": Event.RECORDED,
        "tenant_id": 1,
        "problem_id": seq,
        "arm": arm,
        "reward": reward,
        "fault": Fault.AGENT if reward is not None else Fault.INFRA,
        "verified_by": "test",
        "occurred_at": float(seq),
        "recorded_at": float(seq),
    }
    return OutcomeRow(**(values | more))


def outcomes(rows: Sequence[OutcomeRow], **choice: Any) -> Outcomes:
    columns = Columns()
    columns.apply(rows)
    return Outcomes.of(columns, tenants=TENANTS, **choice)


def rates(statistics: Statistics) -> dict[str | None, str]:
    return {line.name: str(line.rate) for line in statistics.lines}


EVENT_SOURCING, SAGA, REST = "architect::event sourcing + CQRS", "architect::saga + CRDT", "plain"


def seventeen() -> list[OutcomeRow]:
    told = [(EVENT_SOURCING, 1.0)] * 12 + [(SAGA, 1.0)] * 3 + [(REST, 0.0)] * 2
    return [row(i + 1, arm, reward) for i, (arm, reward) in enumerate(told)]


def test_seventeen_similar_problems_put_the_proven_arm_first() -> None:
    found = summarise(outcomes(seventeen()))
    assert found.best is not None
    assert found.best.name == EVENT_SOURCING
    assert found.best.rate.share_of_tries == "12/12"
    assert found.best.share == pytest.approx(12 / 17)
    assert found.overall.rate.share_of_tries == "15/17"
    assert list(rates(found)) == [EVENT_SOURCING, SAGA, REST]


def test_two_lucky_tries_do_not_lead_twelve_of_fourteen() -> None:
    told = [("proven", float(i < 12)) for i in range(14)] + [("lucky", 1.0)] * 2
    rows = [row(i + 1, arm, reward) for i, (arm, reward) in enumerate(told)]
    assert list(rates(summarise(outcomes(rows)))) == ["proven", "lucky"]


def test_one_more_success_makes_it_thirteen() -> None:
    best = summarise(outcomes([*seventeen(), row(18, EVENT_SOURCING, 1.0)])).best
    assert best is not None
    assert best.rate.share_of_tries == "13/13"


def test_infrastructure_faults_stand_apart_and_move_nothing_else() -> None:
    faults = [row(100 + i, SAGA, None, cost=9.0, latency_s=9.0) for i in range(5)]
    before, after = (summarise(outcomes([*seventeen(), *more])) for more in ([], faults))
    assert [line.infra for line in after.lines] == [0, 5, 0]
    assert after.overall.infra == 5
    assert rates(after) == rates(before)
    assert [line.share for line in after.lines] == [line.share for line in before.lines]
    assert all(line.cost is None and line.latency_s is None for line in after.lines)


def test_an_arm_with_nothing_but_faults_has_no_rate_and_is_not_the_best() -> None:
    found = summarise(outcomes([row(1, "down", None), row(2, "up", 0.0)]))
    assert rates(found) == {"up": "0/1 (0%, 0–79%)", "down": "no tries"}
    assert found.best is not None
    assert found.best.name == "up"


def test_graded_rewards_count_in_part() -> None:
    found = summarise(outcomes([row(1, "a", 0.5), row(2, "a", 1.0)]))
    assert found.overall.rate.successes == 1.5
    assert found.overall.rate.rate == 0.75


@pytest.mark.parametrize(
    ("by", "names"),
    [
        ("arm", {EVENT_SOURCING, SAGA, REST}),
        ("specialist", {"architect", "plain"}),
        ("strategy", {"event sourcing + CQRS", "saga + CRDT", None}),
        ("task", {None}),
        ("big-model", {None}),
        ("adapter", {None}),
        ("principal", {None}),
        ("tenant", {"default"}),
        ("day", {"1970-01-01"}),
    ],
)
def test_every_dimension_holds_all_tries(by: str, names: set[str | None]) -> None:
    found = summarise(outcomes(seventeen()), by)
    assert {line.name for line in found.lines} == names
    assert sum(line.rate.tries for line in found.lines) == 17
    assert sum(line.share for line in found.lines) == pytest.approx(1)


def test_an_unknown_dimension_is_refused_with_the_known_ones() -> None:
    with pytest.raises(ValueError, match=r"by 'colour'.*specialist"):
        summarise(outcomes(seventeen()), "colour")


class Halves:
    """Even problems in one group, odd ones in the other, 1 in none."""

    labels = ("even", "odd")

    def of(self, problems: np.ndarray) -> np.ndarray:
        return np.where(problems == 1, -1, problems % 2)


def test_groups_of_problems_are_lines_too() -> None:
    found = summarise(outcomes(seventeen()), "group", Halves())
    assert {line.name: line.rate.tries for line in found.lines} == {"even": 8, "odd": 8, None: 1}
    assert found.lines[-1].name is None


def test_tenant_and_time_select() -> None:
    rows = [row(1, "a", 1.0), row(2, "b", 0.0, tenant_id=2), row(3, "a", 0.0)]
    assert rates(summarise(outcomes(rows, tenant=2))) == {"b": "0/1 (0%, 0–79%)"}
    assert len(outcomes(rows, since=2.0)) == 2
    assert {line.name for line in summarise(outcomes(rows), "tenant").lines} == {"default", "other"}


def test_days_are_listed_in_their_order() -> None:
    rows = [row(i, "a", i % 2, occurred_at=DAY * (9 - i)) for i in range(1, 6)]
    names = [line.name for line in summarise(outcomes(rows), "day").lines]
    assert names == sorted(name or "" for name in names)
    assert len(names) == 5


def test_costs_and_latencies_are_means_over_those_who_say_them() -> None:
    rows = [row(1, "a", 1.0, cost=0.25), row(2, "a", 1.0, cost=0.75, latency_s=2.0)]
    [line] = summarise(outcomes([*rows, row(3, "a", 0.0)])).lines
    assert line.cost is not None
    assert (line.cost.mean, line.cost.n) == (0.5, 2)
    assert line.latency_s is not None
    assert (line.latency_s.mean, line.latency_s.n) == (2.0, 1)


def test_estimates_are_held_against_the_outcomes_they_were_about() -> None:
    rows = [row(1, "a", 1.0), row(2, "a", 0.0), row(3, "b", 1.0)]
    found = summarise(outcomes(rows, stated={1: 0.75, 2: 0.75}))
    assert found.overall.reliability is not None
    assert found.overall.reliability.n == 2
    assert found.overall.reliability.ece == pytest.approx(0.25)
    by_name = {line.name: line.reliability for line in found.lines}
    assert by_name["b"] is None
    assert by_name["a"] == found.overall.reliability


def test_an_arm_that_broke_shows_in_the_trend_of_its_line_alone() -> None:
    rng = np.random.default_rng(0)
    rows = []
    for i in range(1, 1001):
        arm = ("sound", "broken")[i % 2]
        chance = 0.2 if arm == "broken" and i > 800 else 0.8
        rows.append(row(i, arm, float(rng.random() < chance)))
    trends = {line.name: line.trend for line in summarise(outcomes(rows)).lines}
    assert trends["broken"] is not None
    assert trends["broken"].verdict == "worse"
    assert trends["sound"] is not None
    assert trends["sound"].verdict == "steady"


def test_an_undone_outcome_leaves_statistics_as_if_it_never_was() -> None:
    undo = row(18, SAGA, None, event=Event.UNDONE, replaces=13, fault=Fault.AGENT)
    without = [r for r in seventeen() if r.seq != 13]
    left, never = outcomes([*seventeen(), undo]), outcomes(without)
    for by in DIMENSIONS:
        if by != "group":
            assert summarise(left, by) == summarise(never, by)


def test_an_empty_store_has_an_answer() -> None:
    found = summarise(outcomes([]))
    assert found.lines == []
    assert found.best is None
    assert found.overall.rate.rate is None
    assert series(outcomes([]), None) == []


def test_a_curve_holds_every_try_once_in_order_of_time() -> None:
    rng = np.random.default_rng(0)
    moments = rng.permutation(997).astype(float)
    rows = [row(i + 1, "ab"[i % 2], float(i % 3 == 0), occurred_at=moments[i]) for i in range(997)]
    points = series(outcomes(rows), "a")
    assert sum(p.rate.tries for p in points) == 997
    assert sum(p.best.tries for p in points) == 499
    assert all(p.start <= p.end for p in points)
    assert all(a.end < b.start for a, b in itertools.pairwise(points))
    sizes = {p.rate.tries for p in points}
    assert max(sizes) - min(sizes) <= 1


@given(
    st.lists(
        st.tuples(st.sampled_from(["x", "y::p", "y::q"]), st.none() | st.floats(0, 1)), max_size=40
    )
)
def test_lines_add_up_to_the_whole(told: list[tuple[str, float | None]]) -> None:
    rows = [row(i + 1, arm, reward) for i, (arm, reward) in enumerate(told)]
    for by in ("arm", "specialist", "strategy", "day"):
        found = summarise(outcomes(rows), by)
        assert sum(line.rate.tries for line in found.lines) == found.overall.rate.tries
        assert sum(line.infra for line in found.lines) == found.overall.infra
        assert sum(line.rate.successes for line in found.lines) == pytest.approx(
            found.overall.rate.successes
        )
