"""One table for every skill: who knows what, beside whom, on problems nobody learnt from.

A teacher's journal, its strategy, and a specialist that learnt from both, beside guesses and big
models. Both verdicts come equally often. A stop keeps what was measured so far. Knows nothing about
the skill but its protocol.
"""

import asyncio
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from knowhow.figures import Figures

if TYPE_CHECKING:
    from knowhow_adapters.decode.engine import Decoder
    from knowhow_agents.journal.skill import Answer, Exercise, Skill
    from knowhow_agents.journal.strategy import Strategy

MODELS = ("embedded/big-reckoner", "embedded/big-planner")
BANK_BYTES = 2**30
NOTE = (
    "accuracy is of the verdict; yes and no are the shares of each that were answered rightly, "
    "balanced is their mean; number is right where what was counted is, too. usual: phrasings "
    "that training has; new: others. counts: a logistic regression on what can be counted without "
    "understanding, learnt from the training problems. untaught: the base under the same grammar. "
    "Big models say yes or no; what they cannot read or answer is wrong; strategy: the same, with "
    "the reference's strategy in the prompt. way.*: how often each way to count was right in the "
    "reference's journal. ablation.*: a specialist that learnt from the examples alone "
    "(no_strategy: counting in the way it finds likeliest; any_way: in each way equally often; "
    "prompt: with the strategy before its eyes) and one that learnt the strategy, too (weights). "
    "broken.*: problems that must be refused, and were."
)


@dataclass(frozen=True)
class Sizes:
    """How much of everything."""

    problems: int
    """Of each size, so many in usual and so many in new phrasings."""
    examples: int
    """Verified problems."""
    journal: int
    """Of these, how many the reference's journal is about, and a big model's half as many."""
    ablation: int
    """Of the largest size that is trained on, in new phrasings."""
    broken: int
    """Of each kind."""


FULL = Sizes(problems=250, examples=500, journal=100, ablation=200, broken=40)
QUICK = Sizes(problems=12, examples=40, journal=10, ablation=6, broken=2)


def measure(
    skill: "Skill",
    *,
    seed: int,
    sizes: Sizes,
    report: Callable[[str], None],
    models: Sequence[str],
) -> Figures:
    figures = Figures(skill.name, seed=seed, n=sizes.problems, notes=[NOTE])
    table = _Table(skill, figures, seed, sizes, report)
    try:
        with tempfile.TemporaryDirectory() as folder:
            exercises = skill.draw(sizes.examples, seed)
            strategy = table.keep_journals(exercises, models, Path(folder) / "memory")
            students = table.teach(exercises, strategy, Path(folder))
            table.ablate(students, strategy)
            table.refuse(students)
            guess = _learn_counts(exercises)
            for size in skill.sizes:
                for new in (False, True):
                    table.compare(size, new, students, guess, models, strategy)
    except KeyboardInterrupt:
        figures.notes.insert(0, "STOPPED before the end: the figures that are missing are not zero")
    return figures


@dataclass(frozen=True)
class _Students:
    decoder: "Decoder"
    reader: str
    """Learnt from the examples alone."""
    specialist: str
    way: str
    """The one the specialist says."""


@dataclass(frozen=True)
class _Table:
    skill: "Skill"
    figures: Figures
    seed: int
    sizes: Sizes
    report: Callable[[str], None]

    def keep_journals(
        self, exercises: "Sequence[Exercise]", models: Sequence[str], place: Path
    ) -> "Strategy":
        """The reference's strategy; what the models' own journals come to is measured beside."""
        from knowhow.evals._together import together
        from knowhow_agents.journal.asked import Asked
        from knowhow_agents.journal.diary import Diary
        from knowhow_agents.journal.loop import keep_journal
        from knowhow_agents.journal.reference import Reference, tally
        from knowhow_agents.protocol.wording import style_for
        from knowhow_memory.memory import Memory

        with Memory.open(str(place)) as memory:
            for model in models:
                self.report(f"journal of {model}")
                teacher = Asked(together(model), model, style_for(model))
                diary = Diary(memory, self.skill.name, model, self.seed)
                about = exercises[: self.sizes.journal // 2]
                found = asyncio.run(keep_journal(self.skill, teacher, diary, about))
                key = f"journal.{_short(model)}"
                self.figures.set(f"{key}.right", diary.right(len(about)))
                self.figures.set(f"{key}.way", found.way or "none named")
                self.figures.set(f"{key}.strategy", found.text)
            diary = Diary(memory, self.skill.name, Reference.name, self.seed)
            about = exercises[: self.sizes.journal]
            strategy = asyncio.run(keep_journal(self.skill, Reference(), diary, about))
        for way, rate in tally(diary, self.skill).items():
            self.figures.values[f"way.{way}"] = {
                "mean": rate.rate,
                "ci95": [rate.low, rate.high],
                "n": rate.tries,
            }
        self.figures.set("strategy", strategy.text)
        return strategy

    def teach(
        self, exercises: "Sequence[Exercise]", strategy: "Strategy", folder: Path
    ) -> _Students:
        from knowhow_adapters.artefact import write_adapter
        from knowhow_adapters.bank import Bank
        from knowhow_adapters.base.load import load_base
        from knowhow_adapters.decode.engine import Decoder
        from knowhow_agents.journal.schooling import teach
        from knowhow_agents.journal.specialist import choose_way

        base = load_base()
        began, computed = time.perf_counter(), time.process_time()
        taught = teach(self.skill, base, exercises, strategy, folder, self.report, seed=self.seed)
        self.figures.set("training.seconds", time.perf_counter() - began)
        self.figures.set("training.processor_seconds", time.process_time() - computed)
        self.figures.set("training.problems", taught.verified)
        self.figures.set("training.pieces", taught.examples)
        versions = folder / "versions"
        versions.mkdir()
        for adapter in {one.ref: one for one in (taught.reader, taught.specialist)}.values():
            write_adapter(adapter, base, versions)
        decoder = Decoder(base, Bank(base, lambda ref: versions / ref, BANK_BYTES))
        way = choose_way(self.skill, decoder, taught.specialist.ref)
        self.figures.set("specialist.way", way)
        return _Students(decoder, taught.reader.ref, taught.specialist.ref, way)

    def ablate(self, students: _Students, strategy: "Strategy") -> None:
        from knowhow_agents.journal.specialist import choose_way, read, solve

        exam = self.skill.exam(self.skill.sizes[-2], self.sizes.ablation, self.seed, new=True)
        problems = [one.problem for one in exam]
        readings = {
            ref: read(self.skill, students.decoder, ref, problems)
            for ref in (students.reader, students.specialist)
        }

        def rate(line: str, ref: str, ways: Sequence[str]) -> None:
            answers = [solve(self.skill, one, way) for way in ways for one in readings[ref]]
            self._rate(f"ablation.{line}", list(exam) * len(ways), answers)

        def chosen(strategy: str = "") -> str:
            return choose_way(self.skill, students.decoder, students.reader, strategy)

        for line, way in (("no_strategy", chosen()), ("prompt", chosen(strategy.text))):
            self.figures.set(f"ablation.{line}.way", way)
            rate(line, students.reader, [way])
        rate("any_way", students.reader, list(self.skill.ways))
        rate("weights", students.specialist, [students.way])

    def refuse(self, students: _Students) -> None:
        from knowhow_agents.journal.specialist import answer_all

        for kind, problems in self.skill.broken(self.sizes.broken, self.seed).items():
            said = answer_all(
                self.skill, students.decoder, students.specialist, problems, students.way
            )
            self.figures.share(f"broken.{kind}.refused", [one.enough is None for one in said])

    def compare(
        self,
        size: str,
        new: bool,
        students: _Students,
        guess: "Callable[[Sequence[Exercise]], list[Answer]]",
        models: Sequence[str],
        strategy: "Strategy",
    ) -> None:
        from knowhow_agents.journal.skill import Answer

        exam = self.skill.exam(size, self.sizes.problems, self.seed, new=new)
        cell = f"{size}.{'new' if new else 'usual'}"
        self.report(cell)
        self._rate(f"{cell}.always_yes", exam, [Answer(None, True)] * len(exam))
        self._rate(f"{cell}.counts", exam, guess(exam))
        for line, ref in (("untaught", None), ("specialist", students.specialist)):
            self._rate_reading(f"{cell}.{line}", exam, students, ref)
        for model in models:
            for line, given in (("alone", ""), ("strategy", strategy.text)):
                self.report(f"{cell}: {model}, {line}")
                answers = asyncio.run(_ask(self.skill, model, exam, given))
                self._rate(f"{cell}.{_short(model)}.{line}", exam, answers)

    def _rate_reading(
        self, key: str, exam: "Sequence[Exercise]", students: _Students, ref: str | None
    ) -> None:
        from knowhow_agents.journal.specialist import answer_all

        began = time.perf_counter()
        problems = [one.problem for one in exam]
        answers = answer_all(self.skill, students.decoder, ref, problems, students.way)
        seconds = time.perf_counter() - began
        self._rate(key, exam, answers)
        self.figures.set(f"{key}.seconds_per_1000", 1000 * seconds / len(exam))

    def _rate(self, key: str, exam: "Sequence[Exercise]", answers: "Sequence[Answer]") -> None:
        pairs = list(zip(answers, exam, strict=True))
        right = [said.enough == one.answer.enough for said, one in pairs]
        self.figures.share(f"{key}.accuracy", right)
        recalls = []
        for name, verdict in (("yes", True), ("no", False)):
            hits = [
                hit for hit, one in zip(right, exam, strict=True) if one.answer.enough is verdict
            ]
            self.figures.share(f"{key}.{name}", hits)
            recalls.append(sum(hits) / len(hits))
        self.figures.set(f"{key}.balanced", sum(recalls) / len(recalls))
        if any(said.number is not None for said in answers):
            self.figures.share(f"{key}.number", [said == one.answer for said, one in pairs])


def _learn_counts(
    exercises: "Sequence[Exercise]",
) -> "Callable[[Sequence[Exercise]], list[Answer]]":
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    from knowhow_agents.journal.skill import Answer

    model = make_pipeline(StandardScaler(), LogisticRegression())
    model.fit([one.counts for one in exercises], [bool(one.answer.enough) for one in exercises])
    return lambda exam: [
        Answer(None, bool(guess)) for guess in model.predict([one.counts for one in exam])
    ]


async def _ask(
    skill: "Skill", model: str, exam: "Sequence[Exercise]", strategy: str
) -> "list[Answer]":
    from knowhow.evals._together import together
    from knowhow_agents.journal.asked import Asked
    from knowhow_agents.journal.skill import Answer
    from knowhow_agents.protocol.wording import style_for
    from knowhow_memory.errors import KnowhowError

    asked = Asked(together(model), model, style_for(model), strategy)

    async def answer(exercise: "Exercise") -> Answer:
        try:
            [one] = await asked.attempt(skill, exercise)
        except KnowhowError as error:
            return Answer(None, None, str(error))
        return one.answer

    return list(await asyncio.gather(*map(answer, exam)))


def _short(model: str) -> str:
    return model.rpartition("/")[2]
