"""The specialists at work: a problem is divided, every part is written, and the trace put together.

Somebody divides, and each specialist's own adapter writes its parts; who has no adapter is answered
by the bare base. All decode under their grammars, so what comes back can be read, if it ends. Where
it is in doubt how to divide, all that may be right is written, and somebody decides. Other voices
can speak for the specialists, such as one that only repeats. Knows nothing about how they learnt
and whether they are right.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import groupby
from typing import TYPE_CHECKING, Protocol

from knowhow_adapters.decode.request import Request
from knowhow_agents.skills.traces import division, sums
from knowhow_agents.skills.traces.division import Division, Share
from knowhow_agents.skills.traces.language import (
    Trace,
    TraceRefused,
    check,
    write,
)
from knowhow_agents.skills.traces.marks import Sight, look
from knowhow_agents.skills.traces.solver import run
from knowhow_memory.errors import InputError, KnowhowError

if TYPE_CHECKING:
    from knowhow_adapters.decode.engine import Decoder
    from knowhow_adapters.decode.grammar import Grammar

ASK = "{text}\nJust set up the sums."
"""How the base was asked for sums when it learnt to read."""
SUM_TOKENS = 128
"""A dozen belongings and changes have about a hundred."""
READ_AGAIN, HEAT = 3, 0.7
SEEDS_APART = 1_000_003
"""Every question has a seed of its own, counted on from one of these."""


@dataclass(frozen=True)
class Said:
    """What one adapter was asked, and what it said or should say."""

    agent: str
    prompt: str
    answer: str


@dataclass(frozen=True)
class Attempt:
    problem: str
    trace: str
    """Empty where nothing that can be read was written; then `reason` says why."""
    said: tuple[Said, ...]
    reason: str = ""

    @property
    def carried_out(self) -> bool:
        return run(self.trace).fault is None


def lessons(sight: Sight, trace: Trace) -> list[Said]:
    """What every specialist should have said; `sums.NotTold` where a trace does not tell that."""
    found = division.divide(sight, trace)
    divided = tuple(share for share, _ in found)
    written = zip(division.excerpts(sight, divided), (part for _, part in found), strict=True)
    return [
        Said(part.expert, ASK.format(text=excerpt.text), sums.tell(excerpt, part))
        for excerpt, part in written
    ]


@dataclass(frozen=True)
class Question:
    agent: str
    prompt: str
    grammar: "Grammar"


class Divides(Protocol):
    """Who is to read which sentences of a problem."""

    def divide(self, sight: Sight, *, temperature: float, seed: int) -> Division: ...


@dataclass(frozen=True)
class Draft:
    """A problem that is divided."""

    problem: str
    shares: Sequence[tuple[Share, Sight]] = ()
    """With what is seen of each."""
    worth: float = 0.0
    """Of the division, as a log-probability."""
    reason: str = ""
    """Why there are none."""

    @cached_property
    def questions(self) -> list[Question]:
        return [
            Question(share.expert, ASK.format(text=seen.text), sums.grammar(share.expert))
            for share, seen in self.shares
        ]

    def finish(self, answers: Sequence[str | KnowhowError]) -> Attempt:
        said = tuple(
            Said(question.agent, question.prompt, answer)
            for question, answer in zip(self.questions, answers, strict=True)
            if isinstance(answer, str)
        )
        failed = [str(answer) for answer in answers if isinstance(answer, KnowhowError)]
        trace, reason = "", "; ".join(failed) or self.reason
        if not reason:
            try:
                trace = write(spell_out(self.shares, [one.answer for one in said]))
            except TraceRefused as refused:
                reason = str(refused)
        return Attempt(self.problem, trace, said, reason)


def spell_out(shares: Sequence[tuple[Share, Sight]], written: Sequence[str]) -> Trace:
    """A trace of sums; stretches that a specialist has in a row are one part."""
    stretches = zip(shares, written, strict=True)
    return tuple(
        sums.spell_out(expert, [(seen, words) for (_, seen), words in own])
        for expert, own in groupby(stretches, key=lambda one: one[0][0].expert)
    )


Written = tuple[Draft, Sequence[str | KnowhowError]]
"""What was written for every part of it."""


class Doubts(Protocol):
    """Knows how else problems could be divided and what else could have been meant, and decides."""

    def divisions(self, sight: Sight) -> Sequence[tuple[float, Division]]:
        """With log-probabilities."""
        ...

    def choose(self, written: Sequence[Sequence[Written]]) -> list[Attempt]:
        """One attempt at each problem."""
        ...


class Voice(Protocol):
    """Answers for all the specialists."""

    def answer(
        self, questions: Sequence[Question], *, temperature: float, seed: int
    ) -> list[str | KnowhowError]: ...


class Adapted:
    """The voice of the specialists' adapters; who has none is answered for by the bare base."""

    def __init__(self, decoder: "Decoder", versions: Mapping[str, str]) -> None:
        self._decoder = decoder
        self._versions = versions
        """Agent → version."""

    def answer(
        self, questions: Sequence[Question], *, temperature: float, seed: int
    ) -> list[str | KnowhowError]:
        requests = [
            Request(
                prompt=question.prompt,
                adapter=self._versions.get(question.agent),
                grammar=question.grammar,
                max_tokens=SUM_TOKENS,
                temperature=temperature,
                seed=seed + place,
            )
            for place, question in enumerate(questions)
        ]
        found = self._decoder.generate(requests)
        return [completion.error or completion.text for completion in found]


class Team:
    def __init__(
        self, voice: Voice, divider: Divides | None = None, doubts: Doubts | None = None
    ) -> None:
        """Where one specialist reads everything, nobody has to divide."""
        self._voice, self._divider, self._doubts = voice, divider, doubts
        self._known: dict[tuple[str, str], str] = {}
        """What was said without a temperature: the same again, so nobody is asked twice."""

    def attempt(
        self,
        problems: Sequence[str],
        *,
        specialist: str | None = None,
        whole: bool = False,
        temperature: float = 0.0,
        seed: int = 0,
    ) -> list[Attempt]:
        """One attempt at each, by those to whom it is divided or by one specialist, who reads what
        matters or, `whole`, everything at once. What fails says so in its reason.

        Without a temperature the likeliest is written, where there is doubt for several divisions;
        what cannot be carried out is read again, with some heat.
        """

        def read(places: Iterable[int], seed: int, temperature: float) -> list[Attempt]:
            choices = [
                self._divided(problems[at], specialist, whole, temperature, seed + at)
                for at in places
            ]
            return self._write(choices, seed, temperature)

        found = read(range(len(problems)), seed, temperature)
        if temperature or specialist is not None:
            return found
        for again in range(1, READ_AGAIN + 1):
            left = [at for at, attempt in enumerate(found) if not attempt.carried_out]
            for at, attempt in zip(left, read(left, again * SEEDS_APART, HEAT), strict=True):
                if attempt.carried_out:
                    found[at] = attempt
        return found

    def _divided(
        self, problem: str, specialist: str | None, whole: bool, temperature: float, seed: int
    ) -> list[Draft]:
        """One draft for every division that may be right."""
        try:
            check(problem)
            sight = look(problem)
            found = self._divisions(sight, specialist, whole, temperature, seed)
        except KnowhowError as error:
            return [Draft(problem, reason=str(error))]
        return [
            Draft(problem, list(zip(one, division.excerpts(sight, one), strict=True)), worth)
            for worth, one in found
        ]

    def _divisions(
        self, sight: Sight, specialist: str | None, whole: bool, temperature: float, seed: int
    ) -> Sequence[tuple[float, Division]]:
        if specialist is not None and whole:
            return [(0.0, (Share(specialist, tuple(range(len(sight.sentences)))),))]
        if self._divider is None:
            raise InputError("nobody divides problems here: let one specialist read the whole")
        if self._doubts and not temperature and specialist is None:
            return self._doubts.divisions(sight)
        found = self._divider.divide(sight, temperature=temperature, seed=seed)
        return [(0.0, division.given_to(specialist, found) if specialist else found)]

    def _write(
        self, choices: Sequence[Sequence[Draft]], seed: int, temperature: float
    ) -> list[Attempt]:
        drafts = [draft for own in choices for draft in own]
        questions = [question for draft in drafts for question in draft.questions]
        answers = iter(self._answers(questions, seed, temperature))
        written = [
            [(draft, [next(answers) for _ in draft.shares]) for draft in own] for own in choices
        ]
        if self._doubts and not temperature:
            return self._doubts.choose(written)
        return [draft.finish(answers) for [(draft, answers)] in written]

    def _answers(
        self, questions: Sequence[Question], seed: int, temperature: float
    ) -> list[str | KnowhowError]:
        if temperature:
            return self._voice.answer(questions, temperature=temperature, seed=seed)
        keys = [(question.agent, question.prompt) for question in questions]
        new = {
            key: question
            for key, question in zip(keys, questions, strict=True)
            if key not in self._known
        }
        said = self._voice.answer(list(new.values()), temperature=0.0, seed=seed)
        answers: dict[tuple[str, str], str | KnowhowError] = dict(zip(new, said, strict=True))
        self._known |= {key: answer for key, answer in answers.items() if isinstance(answer, str)}
        return [answers[key] if key in answers else self._known[key] for key in keys]
