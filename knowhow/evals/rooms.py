"""Do the rooms suffice? A specialist that learnt to read meetings, beside guesses and big models.

Both answers come equally often, in problems of four sizes; the longest is never trained on. `new`
is told in phrasings that no training saw. Accuracy is of the verdict; `yes` and `no` are the shares
of each class that were answered rightly, `balanced` is their mean, and `peak` is right where the
number of rooms in use at the busiest moment is, too.
"""

import asyncio
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from knowhow.figures import Figures

if TYPE_CHECKING:
    from autogen_core.models import ChatCompletionClient

    from knowhow_adapters.base.load import Base
    from knowhow_adapters.decode.engine import Decoder
    from knowhow_agents.skills.rooms.items import Item
    from knowhow_agents.skills.rooms.language import Way

PROBLEMS, QUICK_PROBLEMS = 500, 12
"""Of each size, in usual and in new phrasings."""
EXAMPLES, QUICK_EXAMPLES = 500, 40
"""Verified problems."""
MODELS = ("embedded/big-reckoner", "embedded/big-planner")
NOTE = (
    "counts: a logistic regression on the numbers of meetings and rooms and the length of the "
    "text, learnt from the training problems. untaught: the base under the same grammar, without "
    "an adapter. Big models are asked alone and say yes or no, never a peak; what they cannot "
    "read or answer is wrong. way.*: how often each way to count gets peak and verdict of the "
    "training problems right; the specialist counts in the one that did best."
)

Verdicts = list[bool | None]


def run(
    *,
    seed: int,
    quick: bool,
    report: Callable[[str], None],
    n: int | None = None,
    big_model: str | None = None,
) -> Figures:
    from knowhow_adapters.base.load import load_base
    from knowhow_agents.skills.rooms.items import Difficulty, exam_items, training_items

    count = n or (QUICK_PROBLEMS if quick else PROBLEMS)
    figures = Figures("rooms", seed=seed, n=count, notes=[NOTE])
    training = training_items(QUICK_EXAMPLES if quick else EXAMPLES, seed)
    way = _best_way(figures, training)
    guess = _learn_counts(training)
    base = load_base()
    with tempfile.TemporaryDirectory() as folder:
        decoder, ref = _teach(figures, base, training, seed, quick, Path(folder), report)
        for size in Difficulty:
            for phrasings in ("usual", "new"):
                items = exam_items(size, count, seed, held_phrasings=phrasings == "new")
                cell = f"{size.value}.{phrasings}"
                report(cell)
                _rate(figures, f"{cell}.always_yes", items, [True] * len(items))
                _rate(figures, f"{cell}.counts", items, guess(items))
                _rate_reading(figures, f"{cell}.untaught", items, decoder, None, way)
                _rate_reading(figures, f"{cell}.specialist", items, decoder, ref, way)
                for model in [big_model] if big_model else MODELS:
                    report(f"{cell}: {model}")
                    said = asyncio.run(_ask(model, items))
                    _rate(figures, f"{cell}.{model.rpartition('/')[2]}", items, said)
    return figures


def _best_way(figures: Figures, items: "Sequence[Item]") -> "Way":
    from knowhow_agents.skills.rooms.language import Plan, Way
    from knowhow_agents.skills.rooms.solver import solve

    def right(way: Way) -> list[bool]:
        return [solve(Plan(item.rooms, item.meetings, way)) == item.answer for item in items]

    tried = {way: right(way) for way in Way}
    for way, hits in tried.items():
        figures.share(f"way.{way.value}", hits)
    return max(tried, key=lambda way: sum(tried[way]))


def _learn_counts(training: "Sequence[Item]") -> "Callable[[Sequence[Item]], Verdicts]":
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    def counts(items: "Sequence[Item]") -> list[list[int]]:
        return [[len(item.meetings), item.rooms, len(item.problem)] for item in items]

    model = make_pipeline(StandardScaler(), LogisticRegression())
    model.fit(counts(training), [bool(item.answer.enough) for item in training])
    return lambda items: [bool(guess) for guess in model.predict(counts(items))]


def _teach(
    figures: Figures,
    base: "Base",
    training: "Sequence[Item]",
    seed: int,
    quick: bool,
    place: Path,
    report: Callable[[str], None],
) -> "tuple[Decoder, str]":
    from dataclasses import replace

    from knowhow_adapters.artefact import write_adapter
    from knowhow_adapters.bank import Bank
    from knowhow_adapters.decode.engine import Decoder
    from knowhow_adapters.learn.train import Job, train
    from knowhow_agents.skills.rooms.specialist import AGENT, TRAINING, examples

    settings = replace(TRAINING, seed=seed, epochs=1 if quick else TRAINING.epochs)
    learnt = examples(training)
    began = time.perf_counter()
    [trained] = train(
        base,
        [Job(AGENT, learnt, settings=settings)],
        place / "run",
        report=lambda done, planned, _: report(f"training, {done}/{planned}"),
    )
    if trained.adapter is None:
        assert trained.error is not None
        raise trained.error
    figures.set("training.seconds", time.perf_counter() - began)
    figures.set("training.problems", len(training))
    figures.set("training.clauses", len(learnt))
    versions = place / "versions"
    versions.mkdir()
    write_adapter(trained.adapter, base, versions)
    decoder = Decoder(base, Bank(base, lambda ref: versions / ref, 2**30))
    return decoder, trained.adapter.ref


def _rate_reading(
    figures: Figures,
    key: str,
    items: "Sequence[Item]",
    decoder: "Decoder",
    ref: str | None,
    way: "Way",
) -> None:
    from knowhow_agents.skills.rooms.specialist import read_problems

    began = time.perf_counter()
    read = read_problems(decoder, ref, [item.problem for item in items], way)
    seconds = time.perf_counter() - began
    answers = [reading.answer for reading in read]
    _rate(figures, key, items, [answer.enough for answer in answers])
    figures.share(f"{key}.peak", [a == item.answer for a, item in zip(answers, items, strict=True)])
    figures.set(f"{key}.seconds_per_1000", 1000 * seconds / len(items))


def _rate(figures: Figures, key: str, items: "Sequence[Item]", said: Verdicts) -> None:
    right = [s == item.answer.enough for s, item in zip(said, items, strict=True)]
    figures.share(f"{key}.accuracy", right)
    by_class = {
        fits: [hit for hit, item in zip(right, items, strict=True) if item.answer.enough is fits]
        for fits in (True, False)
    }
    figures.share(f"{key}.yes", by_class[True])
    figures.share(f"{key}.no", by_class[False])
    recalls = [sum(hits) / len(hits) for hits in by_class.values()]
    figures.set(f"{key}.balanced", sum(recalls) / len(recalls))


async def _ask(model: str, items: "Sequence[Item]") -> Verdicts:
    from knowhow.evals._together import together

    client = together(model)
    return list(await asyncio.gather(*(_verdict(client, item.problem) for item in items)))


async def _verdict(client: "ChatCompletionClient", problem: str) -> bool | None:
    from autogen_core.models import UserMessage

    from knowhow_memory.errors import KnowhowError

    message = UserMessage(content=f"{problem}\nAnswer yes or no.", source="user")
    try:
        said = str((await client.create([message])).content).lower()
    except KnowhowError:
        return None
    return {(True, False): True, (False, True): False}.get(("yes" in said, "no" in said))
