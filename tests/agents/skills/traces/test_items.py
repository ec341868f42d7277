"""The data: every item solves to its answer, and nothing that is examined occurs in training."""

import itertools
import re
from collections import Counter
from collections.abc import Iterator

import pytest

from knowhow_adapters.base.corpus import patterns_amounts, patterns_changes, stories
from knowhow_adapters.base.corpus.registry import expand
from knowhow_agents.skills.traces import items as data
from knowhow_agents.skills.traces.items import COMPOSED, Cell, by_turns, exam_items, training_items
from knowhow_agents.skills.traces.language import Step, parse, write
from knowhow_agents.skills.traces.numbers import find_numbers
from knowhow_agents.skills.traces.patterns import (
    chains,
    compositions,
    distractors,
    follow_ups,
    interleaved,
    vocabulary,
)
from knowhow_agents.skills.traces.patterns.blind import BLIND
from knowhow_agents.skills.traces.patterns.pattern import GAP, QUESTION, Pattern
from knowhow_agents.skills.traces.reward import RIGHT, grade
from knowhow_agents.skills.traces.solver import run
from knowhow_agents.skills.traces.telling import Item, Side
from knowhow_memory.errors import InputError

FOLLOW_UPS = tuple(value for value in vars(follow_ups).values() if isinstance(value, Pattern))
ALL = (*itertools.chain.from_iterable(data.PATTERNS.values()), *FOLLOW_UPS)


@pytest.fixture(scope="module")
def training() -> list[Item]:
    return training_items(1_500, 0)


@pytest.fixture(scope="module")
def exam() -> dict[Cell, list[Item]]:
    return {cell: exam_items(cell, 150, 0) for cell in Cell}


@pytest.fixture(scope="module")
def everything(training: list[Item], exam: dict[Cell, list[Item]]) -> list[Item]:
    return [*training, *itertools.chain.from_iterable(exam.values())]


def test_every_item_solves_to_its_answer(everything: list[Item]) -> None:
    """The answer comes from a formula, the solver's from the trace."""
    for item in everything:
        assert run(item.trace).answer == item.answer, item
        found = grade(item.trace, answer=item.answer, specialists=item.specialists)
        assert found.reward == RIGHT


def test_every_trace_is_written_as_it_is_read(everything: list[Item]) -> None:
    assert {item.problem for item in everything if write(parse(item.trace)) != item.trace} == set()


def test_a_formula_and_a_trace_can_disagree(everything: list[Item]) -> None:
    """Swapped operands of a difference are seen in nearly every item that has one."""
    pairs = [(item, swapped(item.trace)) for item in everything]
    changed = [(item, trace) for item, trace in pairs if trace != item.trace]
    assert len(changed) > 200
    assert all(run(trace).answer != item.answer for item, trace in changed)


def swapped(trace: str) -> str:
    return re.sub(r"(compute_op: sub, args: )\[(\S+), (\S+)\]", r"\1[\3, \2]", trace, count=1)


def test_the_text_says_every_number_of_the_trace(everything: list[Item]) -> None:
    for item in everything:
        said = {reading.value for reading in find_numbers(item.problem)}
        if item.pattern == "average":
            said.add(3)
        assert set(numbers(item)) <= said, item


def numbers(item: Item) -> Iterator[object]:
    for step in itertools.chain.from_iterable(part.steps for part in parse(item.trace)):
        for value in step.values.values():
            yield from (v for v in flat(value) if not isinstance(v, str))


def flat(value: object) -> tuple[object, ...]:
    return value if isinstance(value, tuple) else (value,)


def test_texts_are_whole_sentences(everything: list[Item]) -> None:
    for item in everything:
        text = item.problem
        assert not re.search(r"[{}\[\]|]|//|  |\ba a\b|\bthe a\b|'s a dozen", text), text
        assert re.match(r"[A-Z0-9$]", text), text
        assert text[-1] in "?.", text
        assert not re.search(r"[.?!] [a-z]", text), text


def test_there_are_as_many_patterns_as_there_should_be() -> None:
    assert {name: len(found) for name, found in data.PATTERNS.items()} == {
        "arithmetic": 11, "entity_track": 6, "comparison": 5, "percentage": 5, "rate_equation": 5,
    }  # fmt: skip
    assert len(compositions.TWO_PARTS) >= 8
    assert len(compositions.THREE_PARTS) >= 4
    assert all(len(parts) == 2 for parts in compositions.TWO_PARTS)
    assert all(len(parts) == 3 for parts in compositions.THREE_PARTS)
    assert len({pattern.name for pattern in ALL}) == len(ALL)
    assert len(set(vocabulary.PEOPLE)) == len(vocabulary.PEOPLE) >= 300
    assert not set(vocabulary.HELD_PEOPLE) & set(vocabulary.TRAINED_PEOPLE)


def test_interleaved_patterns_take_numbers_when_they_need_them(training: list[Item]) -> None:
    assert len(interleaved.PATTERNS) >= 3
    names = {pattern.name for pattern in interleaved.PATTERNS}
    for pattern in data.PATTERNS["arithmetic"]:
        item = next(item for item in training if item.pattern == pattern.name)
        steps = [step.op for step in parse(item.trace)[0].steps]
        late = "init" in steps[steps.index("compute") :]
        assert late is (pattern.name in names), pattern.name


FIXED = {
    "rate_equation": ["init", "init", "mul", "query"],
    "comparison": ["init", "init", "compute", "compute", "query"],
    "percentage": ["init", "init", "percent", "query"],
}


def test_specialists_of_a_fixed_shape_keep_to_it(everything: list[Item]) -> None:
    seen = Counter[str]()
    for part in itertools.chain.from_iterable(parse(item.trace) for item in everything):
        if part.expert in FIXED:
            seen[part.expert] += 1
            shape = [kind_of(part.expert, step) for step in part.steps]
            assert shape == FIXED[part.expert], part
    assert min(seen.values()) > 100


def kind_of(expert: str, step: Step) -> str:
    if expert == "rate_equation" and step.op == "compute":
        return str(step.values["compute_op"])
    return "percent" if step.op.startswith("percent") else step.op


@pytest.mark.parametrize("pattern", ALL, ids=lambda pattern: pattern.name)
def test_a_pattern_has_templates_enough(pattern: Pattern) -> None:
    assert len(pattern.seen) + len(pattern.held) >= 8
    assert len(pattern.held) >= 2
    texts = [text for template in pattern.seen + pattern.held for text in expand(template)]
    assert len(set(texts)) == len(texts)
    for text in texts:
        assert set(pattern.numbers) <= set(GAP.findall(text)), text
        assert text.count(QUESTION) == 1


def test_every_pattern_is_told_blind_in_three_more_ways() -> None:
    alone = [pattern for own in data.PATTERNS.values() for pattern in own]
    assert BLIND.keys() == {pattern.name for pattern in alone}
    for pattern in alone:
        others = {skeleton(text) for text in pattern.seen + pattern.held}
        told = {skeleton(text) for text in BLIND[pattern.name]}
        assert len(told) == 3
        assert not told & others
        for text in [text for template in BLIND[pattern.name] for text in expand(template)]:
            assert sorted(set(GAP.findall(text)) & set(pattern.numbers)) == sorted(pattern.numbers)
            assert text.count(QUESTION) == 1
            assert not re.search(r"\d", GAP.sub("", text))


def test_what_is_told_blind_is_for_one_specialist(exam: dict[Cell, list[Item]]) -> None:
    for item in exam[Cell.BLIND]:
        assert len(item.specialists) == 1
        assert [name.split("/")[1].startswith("blind") for name in item.templates] == [True]
    with pytest.raises(InputError, match="composed"):
        exam_items(Cell.BLIND, 3, 0, of=COMPOSED)


def test_every_part_that_others_go_on_from_has_facts_to_tell() -> None:
    """Before and behind the wall between the sides."""
    for composition in compositions.TRAINED + compositions.HELD_OUT:
        for pattern in composition[:-1]:
            needed = set(pattern.numbers) | set(GAP.findall(pattern.it))
            for templates, least in ((pattern.seen, 3), (pattern.held, 1)):
                facts = [template.partition(QUESTION)[0] for template in templates]
                usable = [text for text in facts if needed <= set(GAP.findall(text))]
                assert len(usable) >= least, (pattern.name, templates)


def test_nothing_that_is_examined_is_trained_on(
    training: list[Item], exam: dict[Cell, list[Item]]
) -> None:
    problems = {item.problem for item in training}
    setups = {(item.pattern, tuple(numbers(item))) for item in training}
    for items in exam.values():
        assert not problems & {item.problem for item in items}
        assert not setups & {(item.pattern, tuple(numbers(item))) for item in items}
        assert {item.side for item in items} == {Side.HELD_OUT}
        assert not words_of(items) & set(vocabulary.TRAINED_PEOPLE)
    assert not words_of(training) & set(vocabulary.HELD_PEOPLE)
    assert {item.side for item in training} == {Side.TRAIN}


def words_of(items: list[Item]) -> set[str]:
    return {word for item in items for word in re.findall(r"\w+", item.problem)}


def test_templates_of_the_two_sides_differ(
    training: list[Item], exam: dict[Cell, list[Item]]
) -> None:
    trained = {name for item in training for name in item.templates}
    assert not any("held" in name for name in trained)
    for item in exam[Cell.TEMPLATES]:
        assert not trained & set(item.templates)
    for item in exam[Cell.DISTRACTORS]:
        assert (
            [name for name in item.templates if "held" in name]
            == [name for name in item.templates if name.startswith("distractor")]
            != []
        )
    seen, held = set[str](), set[str]()
    for pattern in ALL:
        seen |= set(map(skeleton, pattern.seen))
        held |= set(map(skeleton, pattern.held))
    for kind in (chains.OPENING, chains.QUESTION):
        seen |= set(map(skeleton, kind[False]))
        held |= set(map(skeleton, kind[True]))
    for (_, is_held), sentences in chains.SENTENCES.items():
        (held if is_held else seen).update(map(skeleton, sentences))
    seen |= set(map(skeleton, distractors.SEEN))
    held |= set(map(skeleton, distractors.HELD))
    assert len(seen) > 300
    assert not seen & held


def skeleton(template: str) -> str:
    """Its words alone: not what stands in its gaps, not which choice was made."""
    return " ".join(re.findall(r"\w+", GAP.sub(" ", re.sub(r"\[[^\]]*\]", " ", template)).lower()))


def test_texts_are_not_those_that_the_base_model_read() -> None:
    known = (*patterns_amounts.AMOUNTS, *patterns_changes.CHANGES, *patterns_changes.FOLLOW_UPS)
    theirs = {plain(text) for old in known for t in old.seen + old.held for text in expand(t)}
    theirs |= {plain(text) for t in stories.DISTRACTORS.seen for text in expand(t)}
    ours = {plain(text) for p in ALL for t in p.seen + p.held for text in expand(t)}
    ours |= {plain(text) for t in distractors.SEEN + distractors.HELD for text in expand(t)}
    assert len(theirs) > 1_000
    assert not ours & theirs


def plain(text: str) -> str:
    return " ".join(re.findall(r"[a-z]+|_", GAP.sub(" _ ", text.lower())))


def test_held_out_compositions_need_orders_that_are_never_trained() -> None:
    trained = [experts(parts) for parts in compositions.TRAINED]
    stretches = {
        order[start:end]
        for order in trained
        for start in range(len(order))
        for end in range(start + 1, len(order) + 1)
    }
    for parts in compositions.HELD_OUT:
        assert experts(parts) not in stretches


def experts(parts: tuple[Pattern, ...]) -> tuple[str, ...]:
    return tuple(pattern.specialist for pattern in parts)


def test_chains_have_8_to_12_operations(exam: dict[Cell, list[Item]]) -> None:
    lengths = Counter(item.trace.count("op: compute,") for item in exam[Cell.CHAINS])
    assert set(lengths) == set(range(8, 13))


def test_training_has_its_shares(training: list[Item]) -> None:
    kinds = Counter(
        data.COMPOSED if len(item.specialists) > 1 else item.specialists[0] for item in training
    )
    for kind, share in data.SHARES.items():
        assert kinds[kind] / len(training) == pytest.approx(share, abs=0.04)
    assert sum(data.SHARES.values()) == pytest.approx(1)
    patterns = {item.pattern for item in training}
    single = {p.name for found in data.PATTERNS.values() for p in found}
    composed = {"+".join(p.name for p in parts) for parts in compositions.TRAINED}
    assert patterns == single | composed | {"chain"}
    assert len({item.problem for item in training}) == len(training)


def test_every_pattern_comes_with_distractors() -> None:
    for kind, found in data.PATTERNS.items():
        items = exam_items(Cell.DISTRACTORS, 60, 1, of=kind)
        assert {item.pattern for item in items} == {pattern.name for pattern in found}
        assert {item.specialists for item in items} == {(kind,)}


def test_items_follow_from_their_seed() -> None:
    assert training_items(20, 3) == training_items(20, 3) != training_items(20, 4)
    first = exam_items(Cell.TEMPLATES, 20, 3, of="composed")
    assert first == exam_items(Cell.TEMPLATES, 20, 3, of="composed")
    assert first != exam_items(Cell.TEMPLATES, 20, 4, of="composed")


def test_a_cell_without_such_problems_says_so() -> None:
    for cell, of in ((Cell.NUMBERS, "astrology"), (Cell.CHAINS, "percentage")):
        with pytest.raises(InputError, match=of):
            exam_items(cell, 1, 0, of=of)


def test_a_problem_that_comes_up_again_counts_once(training: list[Item]) -> None:
    first, second = training[:2]
    assert data._different(iter([first, first, second]), 2) == [first, second]


def test_the_first_few_show_as_many_kinds_as_few_can(training: list[Item]) -> None:
    def kinds(items: list[Item]) -> set[str]:
        return {item.templates[0].partition("/")[0].partition(".")[0] for item in items}

    turned = by_turns(training)
    assert sorted(item.problem for item in turned) == sorted(item.problem for item in training)
    assert kinds(turned[:50]) == kinds(training) > kinds(training[:50])
