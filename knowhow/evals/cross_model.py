"""Does know-how that was learnt under one big model help another?

Two big models, both ways round. Under each, a specialist's attempts count as right where the guided
model then is: from those its adapter learns; and from what each arm came to, a router does. Then
each model is asked alone, guided by nobody's know-how (`untaught`), by its `own`, and by the
`others`; `kept` is how much of its own gain the other's know-how gives.
"""

import asyncio
import random
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from knowhow.figures import Figures
from knowhow_memory.errors import InputError

if TYPE_CHECKING:
    from knowhow.evals._problems import Item
    from knowhow.evals._specialist import Domain, Specialist
    from knowhow_adapters.learn.examples import Example
    from knowhow_agents.protocol.guidance import Guidance
    from knowhow_agents.protocol.whathow import WhatHow
    from knowhow_memory.models import OutcomeCreate

MODELS = ("embedded/big-reckoner", "embedded/big-planner")
ALONE, GUIDED, SPECIALIST = "big-model::alone", "specialist::guides", "specialist::alone"
ARMS = (ALONE, GUIDED, SPECIALIST)
DRAWS = 3
"""Attempts at each problem that is learnt from: the likeliest, and warm ones."""
NOTE = (
    "stories: word problems; plans: small plans. guided: the big model with the specialist's word; "
    "routed: on the arm (alone, guided, the specialist on its own) that a router chooses. "
    "untaught: the bare small model whispers. kept: gain over alone with the other's know-how, as "
    "a share of that with its own, both routed. Nobody analyses the problems here."
)


@dataclass(frozen=True)
class Sizes:
    problems: int
    """Examined, of each kind."""
    attempted: int
    """Problems that adapters learn from."""
    tried: int
    """Outcomes that a router learns from."""


FULL, QUICK = Sizes(500, 300, 300), Sizes(60, 60, 60)


@dataclass(frozen=True)
class Executor:
    """A big model that answers with the guidance it is given."""

    name: str
    what_how: "WhatHow"

    async def right(
        self, items: "Sequence[Item]", guidance: "Sequence[Guidance | None]"
    ) -> list[bool]:
        from knowhow_agents.protocol.spec import Spec

        attempts = await asyncio.gather(
            *(
                self.what_how.execute(item.problem, Spec.plain(), [said] if said else [])
                for item, said in zip(items, guidance, strict=True)
            )
        )
        return [
            _is_right(item, attempt.answer) for item, attempt in zip(items, attempts, strict=True)
        ]

    async def alone(self, items: "Sequence[Item]") -> list[bool]:
        return await self.right(items, [None] * len(items))


def run(
    *,
    seed: int,
    quick: bool,
    report: Callable[[str], None],
    n: int | None = None,
    big_model: str | None = None,
    other: str | None = None,
) -> Figures:
    from knowhow.evals import _plans, _stories

    names = (big_model or MODELS[0], other or MODELS[1])
    if _short(names[0]) == _short(names[1]):
        raise InputError(f"name two big models that differ, not {_short(names[0])!r} twice")
    sizes = QUICK if quick else FULL
    sizes = Sizes(n or sizes.problems, sizes.attempted, sizes.tried)
    figures = Figures("cross-model", seed=seed, n=sizes.problems, notes=[NOTE])
    domains: list[Domain] = [_stories, _plans]
    with figures.kept_when_stopped():
        for domain in domains:
            asyncio.run(_study(figures, domain, names, sizes, report))
    return figures


async def _study(
    figures: Figures,
    domain: "Domain",
    names: Sequence[str],
    sizes: Sizes,
    report: Callable[[str], None],
) -> None:
    from knowhow.evals._specialist import Specialist, taught
    from knowhow_adapters.base.load import load_base
    from knowhow_adapters.decode.engine import Decoder

    seed, base, learnt = figures.seed, load_base(), dict[str, KnowHow]()
    executors = {f"under-{number}": _executor(name) for number, name in enumerate(names)}
    bare = Specialist(domain, Decoder(base), None)
    past = domain.draw(sizes.attempted + sizes.tried, seed, "train")
    attempted, tried = past[: sizes.attempted], past[sizes.attempted :]
    items = domain.draw(sizes.problems, seed, "exam")
    report(f"{domain.NAME}: attempts")
    drafts = _drafts(bare, attempted, seed)
    lessons = {
        agent: (domain, await _rewarded(executor, drafts)) for agent, executor in executors.items()
    }
    with tempfile.TemporaryDirectory() as folder:
        specialists = taught(lessons, base, seed, Path(folder), report)
        for agent, executor in executors.items():
            report(f"{domain.NAME}: outcomes under {executor.name}")
            specialist = specialists[agent]
            figures.set(f"{domain.NAME}.{executor.name}.examples", specialist.examples)
            outcomes = await _outcomes(executor, tried, specialist)
            said = specialist.whispers(items)
            learnt[executor.name] = KnowHow(said, _choices(outcomes, items))
        untaught = bare.whispers(items)
        for executor in executors.values():
            report(f"{domain.NAME}: examining {executor.name}")
            await _examine(figures, domain.NAME, executor, items, untaught, learnt)


def _short(model: str) -> str:
    return model.rpartition("/")[2]


def _executor(model: str) -> Executor:
    from knowhow.evals._together import together
    from knowhow_agents.protocol.whathow import WhatHow
    from knowhow_agents.protocol.wording import style_for

    return Executor(_short(model), WhatHow(together(model), style=style_for(model)))


@dataclass(frozen=True)
class Draft:
    item: "Item"
    asked: str
    said: str
    guidance: "Guidance"


def _drafts(bare: "Specialist", items: "Sequence[Item]", seed: int) -> list[Draft]:
    """What the bare small model says to each problem that can be whispered; each but once."""
    domain = bare.domain
    prompts = [domain.prompt(item.problem) for item in items]
    found: dict[tuple[str, str], Draft] = {}
    for warm in (None, *range(seed + 1, seed + DRAWS)):
        for item, asked, said in zip(items, prompts, bare.say(prompts, warm=warm), strict=True):
            guidance = domain.whisper(said, "the bare model")
            if guidance is not None:
                found.setdefault((asked, said), Draft(item, asked, said, guidance))
    return list(found.values())


async def _rewarded(executor: Executor, drafts: Sequence[Draft]) -> "list[Example]":
    """Those with which the big model was right."""
    from knowhow_adapters.learn.examples import Example

    right = await executor.right(
        [draft.item for draft in drafts], [draft.guidance for draft in drafts]
    )
    return [
        Example(draft.asked, draft.said, 1.0, str(number), number, None)
        for number, (draft, good) in enumerate(zip(drafts, right, strict=True))
        if good
    ]


async def _outcomes(
    executor: Executor, items: "Sequence[Item]", specialist: "Specialist"
) -> "list[OutcomeCreate]":
    """Each problem tried on one arm, in turn."""
    from knowhow_memory.models import OutcomeCreate

    whispers = specialist.whispers(items)
    found: list[OutcomeCreate] = []
    for number, arm in enumerate(ARMS):
        some, said = items[number :: len(ARMS)], whispers[number :: len(ARMS)]
        right = (await _by_arm(executor, some, said, [arm]))[arm]
        found += [
            OutcomeCreate(problem=item.problem, arm=arm, reward=float(good))
            for item, good in zip(some, right, strict=True)
        ]
    random.Random(executor.name).shuffle(found)  # or the last arm would always be the newest
    return found


async def _by_arm(
    executor: Executor,
    items: "Sequence[Item]",
    said: "Sequence[Guidance | None]",
    arms: Sequence[str] = ARMS,
) -> dict[str, list[bool]]:
    """Arm → which problems it gets right."""
    found: dict[str, list[bool]] = {}
    if ALONE in arms:
        found[ALONE] = await executor.alone(items)
    if GUIDED in arms:
        found[GUIDED] = await executor.right(items, said)
    if SPECIALIST in arms:
        pairs = zip(items, said, strict=True)
        found[SPECIALIST] = [_is_right(item, one.answer if one else None) for item, one in pairs]
    return found


def _is_right(item: "Item", answer: str | None) -> bool:
    return answer is not None and item.is_right(answer)


def _choices(outcomes: "Sequence[OutcomeCreate]", items: "Sequence[Item]") -> list[str]:
    """The arm for each problem, by a router that learnt from these."""
    from knowhow.evals._routing import advised, router_of

    with router_of(outcomes) as router:
        return [advised(router, item.problem).fallback for item in items]


@dataclass(frozen=True)
class KnowHow:
    """What was learnt under one big model."""

    said: "Sequence[Guidance | None]"
    """What the specialist whispers, problem by problem."""
    choices: Sequence[str]
    """The arms that the router chooses."""


async def _examine(
    figures: Figures,
    kind: str,
    executor: Executor,
    items: "Sequence[Item]",
    untaught: "Sequence[Guidance | None]",
    learnt: Mapping[str, KnowHow],
) -> None:
    key, routed = f"{kind}.{executor.name}", {}
    before = await _by_arm(executor, items, untaught)
    figures.share(f"{key}.alone", before[ALONE])
    figures.share(f"{key}.untaught.guided", before[GUIDED])
    for name, known in learnt.items():
        whose = "own" if name == executor.name else "others"
        by_arm = await _by_arm(executor, items, known.said)
        routed[whose] = [by_arm[arm][n] for n, arm in enumerate(known.choices)]
        figures.share(f"{key}.{whose}.guided", by_arm[GUIDED])
        figures.share(f"{key}.{whose}.specialist", by_arm[SPECIALIST])
        figures.share(f"{key}.{whose}.routed", routed[whose])
        figures.share(f"{key}.{whose}.asks_no_big_model", [a == SPECIALIST for a in known.choices])
    _write_kept(figures, key, routed["others"], routed["own"], before[ALONE])


def _write_kept(
    figures: Figures, key: str, others: Sequence[bool], own: Sequence[bool], alone: Sequence[bool]
) -> None:
    import numpy as np

    data = np.array([others, own, alone], dtype=float).T
    if sum(own) <= sum(alone):
        figures.set(f"{key}.kept", "its own know-how gains nothing")
        return
    # A sample without a gain of its own counts as one with a single problem more.
    figures.statistic(
        f"{key}.kept",
        data,
        lambda d: (
            (d[..., 0].mean(1) - d[..., 2].mean(1))
            / np.maximum(d[..., 1].mean(1) - d[..., 2].mean(1), 1 / d.shape[1])
        ),
    )
