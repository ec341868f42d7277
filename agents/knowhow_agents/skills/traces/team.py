"""The specialists at work: a problem is divided, every part is written, and the trace put together.

One adapter divides, and each specialist's own adapter writes its parts; who has no adapter is
answered by the bare base. All decode under their grammars, so what comes back can be read, if it
ends. Other voices can speak for the agents, such as one that only repeats. Knows nothing about how
they learnt and whether they are right.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING, Protocol

from knowhow_adapters.decode.request import Request
from knowhow_agents.skills.traces import division, sums
from knowhow_agents.skills.traces.division import Division, Share
from knowhow_agents.skills.traces.language import (
    SPECIALISTS,
    Trace,
    TraceRefused,
    check,
    write,
)
from knowhow_agents.skills.traces.marks import Sight, look
from knowhow_agents.skills.traces.solver import run
from knowhow_memory.errors import KnowhowError

if TYPE_CHECKING:
    from knowhow_adapters.decode.engine import Decoder
    from knowhow_adapters.decode.grammar import Grammar

DIVIDER = "divider"
AGENTS = (*SPECIALISTS, DIVIDER)
ASK = "{text}\nJust set up the sums."
"""How the base was asked for sums when it learnt to read."""
DIVISION_TOKENS, SUM_TOKENS = 8, 128
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
    """What everybody should have said; `sums.NotTold` where a trace does not tell that."""
    found = division.divide(sight, trace)
    divided = tuple(share for share, _ in found)
    asked = zip(division.ask(sight), division.tell(sight, divided), strict=True)
    written = zip(division.excerpts(sight, divided), (part for _, part in found), strict=True)
    return [
        *(Said(DIVIDER, question, answer) for question, answer in asked),
        *(
            Said(part.expert, ASK.format(text=excerpt.text), sums.tell(excerpt, part))
            for excerpt, part in written
        ),
    ]


@dataclass(frozen=True)
class Question:
    agent: str
    prompt: str
    grammar: "Grammar"
    most: int
    """Tokens of an answer."""


class Voice(Protocol):
    """Answers for all the agents."""

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
                max_tokens=question.most,
                temperature=temperature,
                seed=seed + place,
            )
            for place, question in enumerate(questions)
        ]
        found = self._decoder.generate(requests)
        return [completion.error or completion.text for completion in found]


class Team:
    def __init__(self, voice: Voice) -> None:
        self._voice = voice
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
        """One attempt at each, by those whom the divider names or by one specialist, who reads what
        matters or, `whole`, everything at once. What fails says so in its reason.

        Without a temperature the likeliest is written; where together that cannot be carried out,
        the problem is read again, with some heat.
        """

        def read(places: Iterable[int], seed: int, temperature: float) -> list[Attempt]:
            drafts = [_Draft(problems[at], specialist, whole) for at in places]
            return self._read(drafts, seed, temperature)

        found = read(range(len(problems)), seed, temperature)
        if temperature or specialist is not None:
            return found
        for again in range(1, READ_AGAIN + 1):
            left = [at for at, attempt in enumerate(found) if not attempt.carried_out]
            for at, attempt in zip(left, read(left, again * SEEDS_APART, HEAT), strict=True):
                if attempt.carried_out:
                    found[at] = attempt
        return found

    def _read(self, drafts: Sequence["_Draft"], seed: int, temperature: float) -> list[Attempt]:
        while asked := [(draft, question) for draft in drafts for question in draft.ask()]:
            questions = [question for _, question in asked]
            answers = self._answers(questions, seed, temperature)
            for (draft, question), answer in zip(asked, answers, strict=True):
                draft.take(question, answer)
        return [draft.finish() for draft in drafts]

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


class _Draft:
    """One problem on its way: first it is divided, then all its stretches are written."""

    def __init__(self, problem: str, specialist: str | None, whole: bool) -> None:
        self._problem, self._specialist = problem, specialist
        self._division: Division | None = None
        self._excerpts: list[Sight] = []
        self._written: list[str] = []
        self._said: list[Said] = []
        self._reason = ""
        try:
            check(problem)
            self._sight = look(problem)
            self._asked = division.ask(self._sight)
        except KnowhowError as error:
            self._reason = str(error)
            return
        if whole and specialist is not None:
            self._divide((Share(specialist, tuple(range(len(self._sight.sentences)))),))

    def ask(self) -> list[Question]:
        """What has to be answered next; nothing at the end."""
        if self._reason or self._written:
            return []
        if self._division is None:
            asked = zip(self._asked, division.grammars(self._sight), strict=True)
            return [Question(DIVIDER, text, grammar, DIVISION_TOKENS) for text, grammar in asked]
        shares = zip(self._division, self._excerpts, strict=True)
        return [
            Question(
                share.expert,
                ASK.format(text=excerpt.text),
                sums.grammar(share.expert),
                SUM_TOKENS,
            )
            for share, excerpt in shares
        ]

    def take(self, question: Question, answer: str | KnowhowError) -> None:
        if isinstance(answer, KnowhowError):
            self._reason = str(answer)
            return
        self._said.append(Said(question.agent, question.prompt, answer))
        if self._division is not None:
            self._written.append(answer)
        elif len(self._said) == len(self._asked):
            try:
                found = division.read(self._sight, [said.answer for said in self._said])
            except TraceRefused as refused:
                self._reason = str(refused)
                return
            own = self._specialist
            self._divide(division.given_to(own, found) if own else found)

    def finish(self) -> Attempt:
        trace = ""
        if not self._reason:
            try:
                trace = write(self._spell_out())
            except TraceRefused as refused:
                self._reason = str(refused)
        return Attempt(self._problem, trace, tuple(self._said), self._reason)

    def _divide(self, found: Division) -> None:
        self._division, self._excerpts = found, division.excerpts(self._sight, found)

    def _spell_out(self) -> Trace:
        """Stretches that a specialist has in a row are one part."""
        assert self._division is not None
        shares = zip(self._division, self._excerpts, self._written, strict=True)
        return tuple(
            sums.spell_out(expert, [(excerpt, words) for _, excerpt, words in stretches])
            for expert, stretches in groupby(shares, key=lambda share: share[0].expert)
        )
