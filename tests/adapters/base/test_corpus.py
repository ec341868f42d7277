"""What is trained on and what is examined stay apart, and the texts say what is true."""

import importlib
import json
import random
import re

import pytest
import yaml

from knowhow_adapters.base.corpus.patterns import FOLLOW_UPS, PATTERNS
from knowhow_adapters.base.corpus.registry import (
    MODULES,
    Draw,
    Example,
    Phrasings,
    Skill,
    draw_exam,
    draw_example,
    expand,
    load_skills,
)
from knowhow_adapters.base.recipes import BASE, RECIPES, find_recipe
from knowhow_memory.errors import InternalError, NotFoundError

SKILLS = sorted(load_skills().values(), key=lambda skill: skill.name)
TRAINED, EXAMINED = 150, 30


def trained(skill: Skill, count: int = TRAINED) -> list[Example]:
    rng = random.Random(f"test:{skill.name}")
    return [draw_example(skill, "train", rng) for _ in range(count)]


@pytest.fixture(scope="module")
def training() -> list[Example]:
    return [example for skill in SKILLS for example in trained(skill)]


@pytest.fixture(scope="module")
def exam() -> list[Example]:
    return [
        example
        for skill in SKILLS
        for held in (False, True)
        for example in draw_exam(skill, EXAMINED, 0, held=held)
    ]


def test_no_text_is_in_training_and_exam(training: list[Example], exam: list[Example]) -> None:
    assert not {e.prompt for e in training} & {e.prompt for e in exam}


def test_no_held_out_phrasing_is_trained_on(training: list[Example]) -> None:
    used = {phrasing for example in training for phrasing in example.phrasings}
    held = {
        phrasing
        for skill in SKILLS
        for example in draw_exam(skill, EXAMINED, 0, held=True)
        for phrasing in example.phrasings
    }
    assert held and not used & held


@pytest.mark.parametrize("skill", SKILLS, ids=lambda skill: skill.name)
def test_held_out_items_in_held_out_phrasings_differ_from_seen_ones(skill: Skill) -> None:
    seen = {p for e in draw_exam(skill, EXAMINED, 0, held=False) for p in e.phrasings}
    held = {p for e in draw_exam(skill, EXAMINED, 0, held=True) for p in e.phrasings}
    assert seen and held and not seen & held


def all_phrasings() -> list[Phrasings]:
    modules = [importlib.import_module(f"knowhow_adapters.base.corpus.{m}") for m in MODULES]
    named = [v for m in modules for v in vars(m).values() if isinstance(v, Phrasings)]
    return named + [Phrasings(p.seen, p.held) for p in (*PATTERNS, *FOLLOW_UPS)]


def test_no_choice_turns_a_trained_phrasing_into_a_held_out_one() -> None:
    for phrasings in all_phrasings():
        seen = {text for template in phrasings.seen for text in expand(template)}
        held = {text for template in phrasings.held for text in expand(template)}
        assert not seen & held


def test_choices_are_all_met_and_nothing_else_is() -> None:
    template = "[Say|Write] {x}[ now|]."
    ways = {"Say {x}.", "Write {x}.", "Say {x} now.", "Write {x} now."}
    assert expand(template) == ways
    draw = Draw(random.Random(0))
    phrasings = Phrasings((template,), ())
    assert {draw.phrase(phrasings, x="[a|b]") for _ in range(80)} == {
        way.format(x="[a|b]") for way in ways
    }


def test_the_same_seed_draws_the_same_and_another_does_not() -> None:
    skill = load_skills()["attempt word problem"]
    assert draw_exam(skill, 5, 1, held=False) == draw_exam(skill, 5, 1, held=False)
    assert draw_exam(skill, 5, 1, held=False) != draw_exam(skill, 5, 2, held=False)


def test_a_skill_with_too_few_items_is_named() -> None:
    skill = Skill("thin", "none", lambda draw: (draw.phrase(Phrasings(("one",), ("one",))), "1"))
    with pytest.raises(InternalError, match="'thin'"):
        draw_exam(skill, 2, 0, held=False)


def test_no_specialist_trace_occurs(training: list[Example], exam: list[Example]) -> None:
    """The words of the trace language occur, its programs do not."""
    program = re.compile(r"expert:.*trace:|op\W+(init|compute|query)\b|\{(init|query):.*\{var:")
    assert not [e for e in [*training, *exam] if program.search(f"{e.prompt}\n{e.answer}")]


@pytest.mark.parametrize("name", ["write yaml record", "list steps as yaml", "convert format"])
def test_flow_style_is_yaml(name: str) -> None:
    for example in trained(load_skills()[name], 50):
        assert isinstance(yaml.safe_load(example.answer), dict | list)


@pytest.mark.parametrize("name", [n for n in load_skills() if n.startswith("analyse")])
def test_specs_are_json_with_domain_and_type(name: str) -> None:
    for example in trained(load_skills()[name], 50):
        spec = json.loads(example.answer)
        assert "parts" in spec if spec["domain"] == "composed" else spec["type"]


def test_attempts_calculate_right_and_use_the_numbers_told() -> None:
    for example in trained(load_skills()["attempt word problem"], 300):
        *sums, last = example.answer.splitlines()
        told, known = set(re.findall(r"\d+", example.prompt)), set()
        for line in sums:
            left, sign, right, _, result = line.split()
            assert int(result) == {"+": int.__add__, "-": int.__sub__, "*": int.__mul__}[sign](
                int(left), int(right)
            )
            for number in (left, right):
                assert number in told | known or f"{number}00" in told
            known.add(result)
        assert last == f"answer: {sums[-1].split()[-1]}"


def test_rooms_suffice_when_no_minute_needs_more() -> None:
    """Minute by minute, from the times as written in the specs."""
    skill = load_skills()["analyse rooms"]
    from knowhow_adapters.base.corpus.rooms import rooms_problem

    assert skill.domain == "rooms"
    answers = []
    for seed in range(200):
        _, spec, fits = rooms_problem(Draw(random.Random(seed)))
        busy = [0] * (24 * 60)
        for pair in spec["meetings"]:
            start, end = (int(t[:2]) * 60 + int(t[3:]) for t in pair)
            for minute in range(start, end):
                busy[minute] += 1
        assert fits == (max(busy) <= spec["rooms"])
        answers.append(fits)
    assert {True, False} == set(answers)


def test_yes_and_no_are_as_frequent_where_they_are_answers() -> None:
    for name in ("attempt rooms", "two meetings overlap", "judge an attempt"):
        answers = [e.answer for e in trained(load_skills()[name], 400)]
        assert 0.4 < sum(a.endswith(("yes", "right")) for a in answers) / 400 < 0.6


def test_wrong_attempts_are_wrong() -> None:
    for example in trained(load_skills()["choose an attempt"], 200):
        options = dict(re.findall(r"^(?:.*\. )?([ABC]): (.*)$", example.prompt, re.MULTILINE))
        if len(options) == 3:
            assert len(set(options.values())) == 3


def test_subsets_add_up() -> None:
    from knowhow_adapters.base.corpus.planning import subset

    for seed in range(50):
        task = subset(Draw(random.Random(seed)))
        assert sum(map(int, str(task.answer).split())) == task.spec["goal"]


def test_the_digest_follows_the_shares() -> None:
    digests = {recipe.corpus_digest() for recipe in RECIPES.values()}
    assert len(digests) == len(RECIPES)
    assert find_recipe(BASE).corpus_digest() == find_recipe(BASE).corpus_digest()


def test_an_unknown_recipe_names_the_known_ones() -> None:
    with pytest.raises(NotFoundError, match=r"'giant'.*knowhow-base"):
        find_recipe("giant")


def test_shares_name_real_skills_and_domains() -> None:
    domains = {skill.domain for skill in SKILLS}
    for recipe in RECIPES.values():
        assert set(recipe.skills) <= set(load_skills())
        assert set(recipe.domains) <= domains
