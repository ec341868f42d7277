"""How many of GSM8K's problems do the trace specialists solve? From the file as its authors publish
it, which the user has; with `--train` they first learn from one, by final answers alone.

Every problem is attempted several times under a grammar over its own numbers, and the likeliest
answer counts. What `--train` makes is a version of the agent `word_problems` in the registry; a
part of its file is kept for the gate, which promotes it or does not, and problems that are examined
are never learnt from. Texts stay in the user's own folders.
"""

import time
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from knowhow.figures import Figures
from knowhow_memory.errors import InputError

if TYPE_CHECKING:
    from fractions import Fraction

    from knowhow.settings import Settings
    from knowhow_adapters.base.load import Base
    from knowhow_adapters.decode.engine import Decoder
    from knowhow_adapters.registry.registry import Registry
    from knowhow_agents.skills.traces.divider import Divider
    from knowhow_agents.skills.traces.gsm8k import Problem
    from knowhow_agents.skills.traces.voting import Attempt

SAMPLES, QUICK_SAMPLES = 8, 2
QUICK_PROBLEMS = 40
DEVELOPMENT = 500
"""Of a file, kept for developing and for the gate; a tenth where the file is small."""
SPLITS = ("test", "dev")
BANK_BYTES = 2**28
NOTE = (
    "accuracy: the likeliest answer of `samples` attempts; first: the likeliest attempt alone. "
    "base: the bare base, first attempts under the same grammar. specialists: the five as the "
    "registry has them, one attempt at each problem as it is divided. frequent_answer: the most "
    "frequent answer of the training file, or of these problems in hindsight. valid: attempts that "
    "the solver carried out. coverage: problems whose worked sums a trace can express. failure: "
    "what most likely went wrong, by rules of thumb."
)

UNTRAINED = (
    "No version of `word_problems` serves yet, so the bare base does: --train FILE makes one from "
    "problems and their answers."
)


def run(
    *,
    seed: int,
    quick: bool,
    report: Callable[[str], None],
    data: Path | None = None,
    split: str = SPLITS[0],
    train: Path | None = None,
    n: int | None = None,
) -> Figures:
    from knowhow.settings import load_settings
    from knowhow.store import adapters_folder
    from knowhow_adapters.base.load import load_base
    from knowhow_adapters.registry.registry import Registry
    from knowhow_agents.skills.traces.divider import FILE, Divider, Vectors
    from knowhow_agents.skills.traces.from_answers import AGENT
    from knowhow_agents.skills.traces.gsm8k import load
    from knowhow_agents.skills.traces.language import SPECIALISTS
    from knowhow_memory.embedder import load_embedder

    if data is None:
        raise InputError("which problems? give GSM8K's file: --data FILE")
    problems = _chosen(load(data), split)[: n or (QUICK_PROBLEMS if quick else None)]
    settings = load_settings()
    registry, base = Registry(adapters_folder(settings)), load_base(settings.small_model.base)
    figures = Figures("gsm8k", seed=seed, n=len(problems), notes=[NOTE])
    known = load(train) if train else []
    if train:
        _learn(base, registry, settings, known, problems, figures, report)
    champion = registry.champion(AGENT)
    champions = {name: ref for name in SPECIALISTS if (ref := registry.champion(name))}
    samples = QUICK_SAMPLES if quick else SAMPLES
    figures.set("version", champion or base.version)
    figures.set("samples", samples)
    if champion is None:
        figures.notes.append(UNTRAINED)
    examination = _Examination(_decoder(base, registry), problems, figures, report)
    examination.votes(champion, samples, seed)
    examination.base_alone()
    if champions and (file := adapters_folder(settings) / FILE).exists():
        vectors = Vectors(load_embedder(settings.embedder.model))
        examination.specialists(champions, Divider.load(file, vectors))
    examination.frequent_answer(known)
    examination.coverage()
    return figures


def _chosen(problems: "list[Problem]", split: str) -> "list[Problem]":
    if split not in SPLITS:
        raise InputError(f"no split {split!r}: there are {', '.join(SPLITS)}")
    return problems if split == "test" else _kept(problems)[1]


def _kept(problems: "list[Problem]") -> "tuple[list[Problem], list[Problem]]":
    """(to learn from, kept aside)"""
    from knowhow_agents.skills.traces.gsm8k import development_split

    return development_split(problems, min(DEVELOPMENT, len(problems) // 10))


# Learning from the user's file


def _learn(
    base: "Base",
    registry: "Registry",
    settings: "Settings",
    file: "list[Problem]",
    examined: "Sequence[Problem]",
    figures: Figures,
    report: Callable[[str], None],
) -> None:
    """A version that learnt from the file's answers, judged on the part that was kept aside."""
    from knowhow.store import learning_folder
    from knowhow_adapters.gate import Pair, judge
    from knowhow_adapters.learn.attempts import normalise
    from knowhow_adapters.registry.lineage import Lineage
    from knowhow_agents.skills.traces import from_answers

    rest, kept = _kept(file)
    texts = {normalise(problem.text) for problem in examined}
    taught = [problem for problem in rest if normalise(problem.text) not in texts]
    figures.set("train.problems", len(taught))
    figures.set("train.overlap_left_out", len(rest) - len(taught))
    known = [from_answers.Known(problem.text, problem.answer) for problem in taught]
    folder = learning_folder(settings) / from_answers.AGENT / "from_answers"
    adapter = from_answers.learn_from_answers(base, known, folder, report=report)
    champion = registry.champion(from_answers.AGENT)
    lineage = Lineage(origin="trained", data=from_answers.data_of(known))
    ref = registry.publish(adapter, base, lineage)
    report(f"examining {ref} for the gate")
    decoder = _decoder(base, registry)
    before, after = (_firsts(decoder, kept, each) for each in (champion, ref))
    pairs = [
        Pair(problem.id, old, new) for problem, old, new in zip(kept, before, after, strict=True)
    ]
    verdict = judge(pairs)
    figures.set("train.version", ref)
    figures.set("train.gate", verdict.verdict)
    figures.mean("train.kept_aside", after)
    if verdict.promotes and champion != ref:
        seen = registry.aliases(from_answers.AGENT).revision
        cause = verdict.reasons[0]
        registry.promote(from_answers.AGENT, ref, expect_revision=seen, cause=cause)


def _firsts(decoder: "Decoder", problems: "Sequence[Problem]", version: str | None) -> list[float]:
    """What the likeliest attempts are worth."""
    from knowhow_agents.skills.traces.free_sums import writer
    from knowhow_agents.skills.traces.solver import is_right
    from knowhow_agents.skills.traces.voting import attempt

    tried = attempt(decoder, [problem.text for problem in problems], writer(version))
    answers = [_first(own) for own in tried]
    return [
        float(answer is not None and is_right(answer, problem.answer))
        for answer, problem in zip(answers, problems, strict=True)
    ]


# Examining


class _Examination:
    def __init__(
        self,
        decoder: "Decoder",
        problems: "Sequence[Problem]",
        figures: Figures,
        report: Callable[[str], None],
    ) -> None:
        self.decoder, self.problems = decoder, problems
        self.figures, self.report = figures, report
        self.texts = [problem.text for problem in problems]

    def votes(self, version: str | None, samples: int, seed: int) -> None:
        from knowhow_agents.skills.traces.free_sums import writer
        from knowhow_agents.skills.traces.voting import attempt, vote

        started = time.perf_counter()
        tried = attempt(
            self.decoder,
            self.texts,
            writer(version),
            samples=samples,
            seed=seed,
            report=lambda done: self.report(f"{done:,} of {len(self.problems):,} problems"),
        )
        seconds = time.perf_counter() - started
        voted = self._share("accuracy", map(vote, tried))
        self._share("first.accuracy", [_first(own) for own in tried])
        answers = [attempt.solution.answer for own in tried for attempt in own]
        self.figures.share("valid", [answer is not None for answer in answers] or [False])
        self.figures.set("problems_per_second", len(self.problems) / seconds)
        self.figures.set("minutes", seconds / 60)
        self._failures(tried, voted)

    def base_alone(self) -> None:
        from knowhow_agents.skills.traces.free_sums import writer
        from knowhow_agents.skills.traces.voting import attempt

        self.report("the bare base")
        tried = attempt(self.decoder, self.texts, writer(None))
        self._share("base.accuracy", [_first(own) for own in tried])

    def specialists(self, champions: Mapping[str, str], divider: "Divider") -> None:
        from knowhow_agents.skills.traces.solver import run
        from knowhow_agents.skills.traces.team import Adapted, Team

        self.report("the five specialists")
        attempts = Team(Adapted(self.decoder, champions), divider).attempt(self.texts)
        answers = [run(attempt.trace).answer for attempt in attempts]
        self._share("specialists.accuracy", answers)
        self.figures.share("specialists.valid", [answer is not None for answer in answers])

    def frequent_answer(self, known: "Sequence[Problem]") -> None:
        [(frequent, _)] = Counter(one.answer for one in known or self.problems).most_common(1)
        self._share("frequent_answer.accuracy", [frequent] * len(self.problems))

    def coverage(self) -> None:
        from knowhow_agents.skills.traces.gsm8k import coverage

        found = coverage(self.problems)
        covered = found.pop("covered", 0)
        self.figures.share("coverage", [True] * covered + [False] * sum(found.values()))
        for gap, count in sorted(found.items()):
            self.figures.set(f"gap.{gap}", count)

    def _failures(self, tried: "Sequence[Sequence[Attempt]]", solved: Sequence[bool]) -> None:
        from knowhow_agents.skills.traces.failures import Kind, kind_of_failure

        kinds = Counter(
            kind_of_failure(problem, own[0].trace, finished=own[0].finished) if own else Kind.OTHER
            for problem, own, right in zip(self.problems, tried, solved, strict=True)
            if not right
        )
        for kind in Kind:
            self.figures.set(f"failure.{kind.value}", kinds[kind])

    def _share(self, key: str, answers: "Iterable[Fraction | None]") -> list[bool]:
        from knowhow_agents.skills.traces.solver import is_right

        right = [
            answer is not None and is_right(answer, problem.answer)
            for answer, problem in zip(answers, self.problems, strict=True)
        ]
        self.figures.share(key, right)
        return right


def _first(attempts: "Sequence[Attempt]") -> "Fraction | None":
    return attempts[0].solution.answer if attempts else None


def _decoder(base: "Base", registry: "Registry") -> "Decoder":
    from knowhow_adapters.bank import Bank
    from knowhow_adapters.decode.engine import Decoder

    return Decoder(base, Bank(base, registry.folder_of, BANK_BYTES))
