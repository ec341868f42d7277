"""Does guidance help, and is wrong guidance noticed? Alone, and guided by a specialist that learnt,
by another problem's solution, wrongly on purpose, and by an oracle; in three ways of using it.

Held-out problems of two kinds and both embedded big models. A specialist learns from examples of
other problems that its solver found right. `noticed`: something was objected to wrong guidance;
`false_alarm`: to right guidance; `followed`: the answer rests on it; `gain` is relative to alone.
Stopped with Ctrl-C it gives the figures that are complete.
"""

import asyncio
import random
import tempfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from knowhow.figures import Figures

if TYPE_CHECKING:
    from knowhow.evals._problems import Item
    from knowhow.evals._specialist import Domain, Specialist
    from knowhow_agents.protocol.attempt import Attempt
    from knowhow_agents.protocol.guidance import Guidance
    from knowhow_agents.protocol.ways import Way

    Whispered = Sequence[Sequence[Guidance | None]]
    Told = tuple[Item, Guidance, Attempt]

PROBLEMS, QUICK_PROBLEMS = 500, 100
"""Of each kind."""
EXAMPLES, QUICK_EXAMPLES = 500, 200
MODELS = ("embedded/big-reckoner", "embedded/big-planner")
NOTE = (
    "The same problems for every line of a domain. random: the oracle's guidance on another "
    "problem. wrong, half of each: misread (from something the problem does not say) and changed "
    "(a sign or the plan is another one, all else is the problem's own). noticed_unasked: by "
    "checks, before any model. specialist: its result alone, without a big model. "
    "alone_calculated: alone, but its sums are done again, which is a part of what guidance gives. "
    "calls: of the big model for a problem."
)


def run(
    *,
    seed: int,
    quick: bool,
    report: Callable[[str], None],
    n: int | None = None,
    big_model: str | None = None,
) -> Figures:
    from knowhow.evals import _plans, _stories
    from knowhow.evals._specialist import Specialist, learnt
    from knowhow_adapters.base.load import load_base
    from knowhow_adapters.decode.engine import Decoder

    count = n or (QUICK_PROBLEMS if quick else PROBLEMS)
    domains: list[Domain] = [_stories, _plans]
    figures = Figures("guidance", seed=seed, n=count, notes=[NOTE])
    with tempfile.TemporaryDirectory() as folder, figures.kept_when_stopped():
        base = load_base()
        examples = QUICK_EXAMPLES if quick else EXAMPLES
        teachers = learnt(domains, base, examples, seed, Path(folder), report)
        for domain in domains:
            items = domain.draw(count, seed, "exam")
            _rate(figures, items, Specialist(domain, Decoder(base), None), "untaught")
            _rate(figures, items, teachers[domain.NAME], "learnt")
            whispered = _whispered(items, teachers[domain.NAME], seed)
            for model in [big_model] if big_model else MODELS:
                report(f"{domain.NAME}: {model}")
                asyncio.run(_measure(figures, domain, model, items, whispered))
    return figures


def _rate(figures: Figures, items: "Sequence[Item]", specialist: "Specialist", name: str) -> None:
    """How often a specialist alone is right."""
    whispers = specialist.whispers(items)
    right = [
        _is_right(item, said.answer if said else None)
        for item, said in zip(items, whispers, strict=True)
    ]
    figures.share(f"{specialist.domain.NAME}.specialist.{name}", right)
    if specialist.adapter:
        figures.set(f"{specialist.domain.NAME}.specialist.examples", specialist.examples)


def _is_right(item: "Item", answer: object) -> bool:
    return answer is not None and item.is_right(str(answer))


def _whispered(
    items: "Sequence[Item]", specialist: "Specialist", seed: int
) -> "Mapping[str, Whispered]":
    """Kind of guidance → what can be whispered about each problem, the best first."""
    rng = random.Random(f"whispered:{seed}")
    likely, warm = specialist.whispers(items), specialist.whispers(items, warm=seed + 1)
    return {
        "learnt": list(zip(likely, warm, strict=True)),
        "random": [[other.oracle] for other in (*items[1:], items[0])],
        "wrong": [[_wrong(item, number, rng)] for number, item in enumerate(items)],
        "oracle": [[item.oracle] for item in items],
    }


def _wrong(item: "Item", number: int, rng: random.Random) -> "Guidance | None":
    """Half of each kind."""
    return item.misread(rng) if number % 2 else item.changed(rng)


async def _measure(
    figures: Figures,
    domain: "Domain",
    model: str,
    items: "Sequence[Item]",
    told: "Mapping[str, Whispered]",
) -> None:
    from knowhow.evals._together import together
    from knowhow_agents.protocol.spec import Spec
    from knowhow_agents.protocol.ways import Way
    from knowhow_agents.protocol.whathow import WhatHow
    from knowhow_agents.protocol.wording import style_for

    client, style = together(model), style_for(model)
    key = f"{domain.NAME}.{model.rpartition('/')[2]}"
    asked = WhatHow(client, style=style)
    specs = [Spec.plain() for _ in items]
    if domain.CHECKED:
        specs = await asyncio.gather(*(asked.analyse(item.problem) for item in items))
    plain = await asyncio.gather(
        *(asked.execute(item.problem, spec) for item, spec in zip(items, specs, strict=True))
    )
    alone = _write_alone(figures, key, domain, items, plain)
    for way in Way:
        guided = WhatHow(client, style=style, way=way)
        for kind, lists in told.items():
            cases = list(zip(items, specs, _usable(lists, way), alone, strict=True))
            if kind != "learnt":  # of whom nothing can be read is alone, and that counts
                cases = [case for case in cases if case[2]]
            attempts = await asyncio.gather(
                *(guided.execute(item.problem, spec, some) for item, spec, some, _ in cases)
            )
            name, pairs = f"{key}.{way}.{kind}", list(zip(cases, attempts, strict=True))
            right = [_is_right(case[0], attempt.answer) for case, attempt in pairs]
            _write(figures, name, right, [case[3] for case in cases])
            # Of several it would not be known which one was objected to.
            single = [(item, some[0], a) for (item, _, some, _), a in pairs if len(some) == 1]
            _write_notice(figures, name, single)
            figures.mean(f"{name}.calls", [float(len(attempt.calls)) for attempt in attempts])


def _write_alone(
    figures: Figures,
    key: str,
    domain: "Domain",
    items: "Sequence[Item]",
    attempts: "Sequence[Attempt]",
) -> list[bool]:
    """Which ones are right without any guidance."""
    from knowhow_agents.protocol.looks import done_again

    pairs = list(zip(items, attempts, strict=True))
    alone = [_is_right(item, attempt.answer) for item, attempt in pairs]
    figures.share(f"{key}.alone", alone)
    if not domain.CHECKED:  # its answers come of sums
        calculated = [_is_right(item, done_again(attempt.text)) for item, attempt in pairs]
        figures.share(f"{key}.alone_calculated", calculated)
    return alone


def _usable(lists: "Whispered", way: "Way") -> "list[list[Guidance]]":
    """Candidates may be several; a hint and a critique are one."""
    most = None if way == "candidates" else 1
    return [[one for one in some[:most] if one is not None] for some in lists]


def _write(figures: Figures, key: str, right: Sequence[bool], alone: Sequence[bool]) -> None:
    import numpy as np

    figures.share(f"{key}.right", right)
    pairs = np.array([right, alone], dtype=float).T
    if not any(alone):
        figures.set(f"{key}.gain", "alone is never right")
        return
    # A sample in which alone is never right has no gain; it is as good as one with a single one.
    figures.statistic(
        f"{key}.gain",
        pairs,
        lambda d: d[..., 0].mean(1) / np.maximum(d[..., 1].mean(1), 1 / d.shape[1]) - 1,
    )


def _write_notice(figures: Figures, key: str, told: "Sequence[Told]") -> None:
    """What was objected to wrong guidance, and to right guidance."""
    wrong = [one for one in told if not _is_right(one[0], one[1].answer)]
    right = [attempt for item, said, attempt in told if _is_right(item, said.answer)]
    if right:
        figures.share(f"{key}.false_alarm", _noticed(right))
    if not wrong:
        return
    attempts = [attempt for _, _, attempt in wrong]
    unasked = [bool(a.objections) and len(a.calls) == 1 for a in attempts]
    figures.share(f"{key}.noticed", _noticed(attempts))
    figures.share(f"{key}.noticed_unasked", unasked)
    figures.share(f"{key}.followed", [attempt.followed is not None for attempt in attempts])
    kinds = sorted({said.source for _, said, _ in wrong})
    for kind in kinds if len(kinds) > 1 else ():
        of_kind = [attempt for _, said, attempt in wrong if said.source == kind]
        figures.share(f"{key}.noticed.{kind}", _noticed(of_kind))


def _noticed(attempts: "Sequence[Attempt]") -> list[bool]:
    """What a model says about its own answer, or does not say, is no objection to guidance."""
    from knowhow_agents.protocol.ways import NO_VERDICT, UNSHOWN

    return [bool(set(attempt.objections) - {NO_VERDICT, UNSHOWN}) for attempt in attempts]
