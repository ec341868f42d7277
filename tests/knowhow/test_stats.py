"""`knowhow stats` and the page it writes."""

import json
import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import get_args

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from knowhow.cli import run
from knowhow.commands.stats import By, parse_since
from knowhow.report.markup import join, tag
from knowhow.report.page import Heading, write_page
from knowhow_memory.errors import InputError
from knowhow_memory.memory import Memory
from knowhow_memory.models import DecisionCreate, Fault, OutcomeCreate
from knowhow_memory.patterns import PatternFinder
from knowhow_router.overview import DriftEvent, overview
from knowhow_router.statistics import DIMENSIONS, Outcomes

NASTY = '<script>alert(1)</script> & "quotes" ]]> 🙂'
NOW = 1_700_000_000.0


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.setenv("KNOWHOW_MEMORY__LOCATION", str(tmp_path / "store"))
    monkeypatch.setenv("KNOWHOW_EMBEDDER__MODEL", "hash:64")
    yield tmp_path / "store"


def fill(store: Path, *, arm: str = "solver::search") -> None:
    """120 tries of two arms on two kinds of problems, one decision, one fault."""
    told = [
        OutcomeCreate(
            problem=f"What do {i} cups cost at a discount?"
            if i % 2
            else f"Prove lemma {i} by cases",
            arm=arm if i % 3 else "big-model",
            reward=float(i % 4 > 0),
            cost=0.001 * (1 + i % 3),
            latency_s=0.5,
            occurred_at=NOW + 3600 * i,
        )
        for i in range(120)
    ]
    with Memory.open(store, embedder="hash:64") as memory:
        memory.record_many(told)
        decision = memory.decide(
            DecisionCreate(problem="Prove lemma 1000", cause="exploit", arm=arm, estimate=0.8)
        )
        memory.record(OutcomeCreate(decision_id=decision.id, reward=1.0, occurred_at=NOW))
        memory.record(OutcomeCreate(problem="Prove it", arm=arm, fault=Fault.INFRA))


def document(capsys: pytest.CaptureFixture[str], *arguments: str) -> dict:
    assert run(["stats", "--json", *arguments]) == 0
    return json.loads(capsys.readouterr().out)


def test_every_dimension_can_be_asked_for() -> None:
    assert {by.value for by in By} == set(DIMENSIONS)
    assert get_args(By) == ()


def test_json_says_everything(store: Path, capsys: pytest.CaptureFixture[str]) -> None:
    fill(store)
    found = document(capsys)
    assert found["tenant"] == "default"
    assert found["overall"]["rate"]["tries"] == 121
    assert found["overall"]["infra"] == 1
    assert found["overall"]["reliability"]["n"] == 1
    assert found["overall"]["reliability"]["stated"] == pytest.approx(0.8)
    assert {line["name"] for line in found["lines"]} == {"solver::search", "big-model"}
    assert found["best"] == found["lines"][0]["name"]
    assert found["drift"] == []


@pytest.mark.parametrize("by", [by.value for by in By])
def test_every_dimension_answers_people_and_programs(
    by: str, store: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    fill(store)
    found = document(capsys, "--by", by)
    assert sum(line["rate"]["tries"] for line in found["lines"]) == 121
    assert run(["stats", "--by", by]) == 0
    assert by in capsys.readouterr().out


def test_an_undone_outcome_is_gone_from_the_statistics(
    store: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    fill(store)
    before = document(capsys)
    with Memory.open(store, embedder="hash:64") as memory:
        receipt = memory.record(OutcomeCreate(problem="Prove lemma 7", arm="luck", reward=1.0))
        memory.undo(receipt.id)
    assert document(capsys) == before


def test_since_leaves_out_what_is_older(store: Path, capsys: pytest.CaptureFixture[str]) -> None:
    fill(store)
    found = document(capsys, "--since", "2023-11-17T00:00:00+00:00")
    assert 0 < found["overall"]["rate"]["tries"] < 121


def test_an_empty_store_says_what_to_do(store: Path, capsys: pytest.CaptureFixture[str]) -> None:
    Memory.open(store, embedder="hash:64").close()
    assert run(["stats"]) == 0
    assert "knowhow outcome add" in capsys.readouterr().out
    assert document(capsys)["lines"] == []


def test_no_store_and_no_tenant_are_one_line(
    store: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["stats"]) == 1
    assert "no store at" in capsys.readouterr().err
    fill(store)
    assert run(["stats", "--tenant", "nobody"]) == 1
    assert "no tenant 'nobody': there are default" in capsys.readouterr().err


def test_since_is_read_as_people_write_it() -> None:
    assert parse_since("7d", NOW) == NOW - 7 * 86_400
    assert parse_since("90m", NOW) == NOW - 5400
    assert parse_since("2026-01-31", NOW) == 1_769_817_600
    assert parse_since("2026-01-31T01:00:00+01:00", NOW) == 1_769_817_600
    for wrong in ("", "7", "d", "tomorrow", "-3d", "9999999d"):
        with pytest.raises(InputError, match="write 7d"):
            parse_since(wrong, NOW)


class Page(HTMLParser):
    """Collects what a page contains, and fails on what it must not."""

    VOID = ("meta",)

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.words: list[str] = []
        self._open: list[str] = []
        self.feed(page)
        assert self._open == [], "every element is closed"

    def handle_starttag(self, name: str, attributes: list[tuple[str, str | None]]) -> None:
        self.tags.append(name)
        if name not in self.VOID:
            self._open.append(name)
        for key, value in attributes:
            assert not key.startswith("on"), "no handlers"
            assert key not in ("src", "href", "xlink:href"), "nothing is fetched"
            assert "url(" not in (value or ""), "nothing is fetched"

    def handle_endtag(self, name: str) -> None:
        assert self._open.pop() == name

    def handle_data(self, data: str) -> None:
        self.words.append(data)


def page_of(store: Path, drift: tuple[DriftEvent, ...] = ()) -> str:
    with Memory.open(store, embedder="hash:64") as memory:
        groups = PatternFinder(memory).groups()
        with memory.derived.current() as columns:
            outcomes = Outcomes.of(columns, tenants={1: "default"})
    return write_page(overview(outcomes, groups, drift), Heading(NASTY, NOW, NOW))


def test_the_page_is_self_contained_and_escapes_everything(store: Path) -> None:
    fill(store, arm=NASTY)
    page = page_of(store, (DriftEvent(NOW, NASTY, -0.7),))
    assert "<script" not in page
    assert "@import" not in page
    assert not re.search(r"https?:", page)
    parsed = Page(page)
    assert "script" not in parsed.tags
    assert NASTY in "".join(parsed.words)
    assert parsed.tags.count("svg") == 2 + 2, "a curve, two arms and the costs"
    assert "default-src 'none'" in page


def test_numbers_on_the_page_stand_with_tries_and_intervals(store: Path) -> None:
    fill(store)
    words = " ".join(Page(page_of(store)).words)
    for expected in ("121", "on 121 problems", "67–82%", "Infrastructure faults"):
        assert expected in words
    assert "The router has recorded no drift." in words


def test_drift_events_are_listed(store: Path) -> None:
    fill(store)
    words = " ".join(Page(page_of(store, (DriftEvent(NOW, "big-model", -0.7),))).words)
    assert "2023-11-14 22:13 UTC" in words
    assert "-70 points" in words


def test_the_page_of_an_empty_store_says_what_is_missing(store: Path) -> None:
    Memory.open(store, embedder="hash:64").close()
    parsed = Page(page_of(store))
    words = " ".join(parsed.words)
    assert "svg" not in parsed.tags
    assert "Too few outcomes for a curve yet." in words
    assert "none yet" in words


def test_the_command_writes_the_page(store: Path, tmp_path: Path) -> None:
    fill(store)
    file = tmp_path / "page.html"
    assert run(["stats", "--html", str(file)]) == 0
    assert "Success over time" in "".join(Page(file.read_text(encoding="utf-8")).words)
    assert run(["stats", "--html", str(tmp_path / "no" / "page.html")]) == 1


@given(st.text(), st.text())
@example("<p>", '"><script>')
def test_any_text_stays_text(text: str, value: str) -> None:
    markup = tag("p", text, title=value)
    assert markup.count("<") == join(markup, text).count("<") == 2
    assert markup.count('"') == 2, "the value does not end the attribute"
