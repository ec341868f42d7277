"""Two toy specialists whose languages the base has never read, and outcomes of theirs.

Both turn a word problem into a record of its numbers and of what to do with them: one on a ledger,
in reverse notation, the other nested. Their attempts are right more often than not; the wrong ones
err as people do. Problems come from the base's own patterns, so that reading them is not what has
to be learnt. Knows nothing about training.
"""

import random
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from knowhow_adapters.base.corpus.pattern import Pattern
    from knowhow_adapters.base.corpus.registry import Draw
    from knowhow_adapters.learn.attempts import Attempt
    from knowhow_memory.models import OutcomeCreate

SKILL = 0.6
"""How often an attempt is right."""
SIGNS = {"+": "joined", "-": "less", "*": "times"}

Known = dict[str, int]


@dataclass(frozen=True)
class Problem:
    text: str
    pattern: "Pattern"
    known: Known


@dataclass(frozen=True)
class Specialist:
    agent: str
    domains: tuple[str, ...]
    write: Callable[["Pattern", Known], str]
    kinds: tuple[str, ...] = ()
    """Only such problems of its domains; all unless given."""

    def patterns(self) -> "list[Pattern]":
        from knowhow_adapters.base.corpus.patterns import PATTERNS

        own = [pattern for pattern in PATTERNS if pattern.domain in self.domains]
        return [pattern for pattern in own if not self.kinds or pattern.kind in self.kinds]

    def solve(self, problem: Problem) -> str:
        return self.write(problem.pattern, problem.known)

    def err(self, problem: Problem, rng: random.Random) -> str:
        """A wrong answer to it: two numbers exchanged, one misread, or another pattern's sums."""
        right = self.solve(problem)
        while True:
            known = dict(problem.known)
            pattern = problem.pattern
            match rng.randrange(3):
                case 0 if len(known) > 1:
                    a, b = rng.sample(sorted(known), 2)
                    known[a], known[b] = known[b], known[a]
                case 1:
                    known[rng.choice(sorted(known))] += rng.choice((-10, -1, 1, 10))
                case _:
                    others = [p for p in self.patterns() if len(p.numbers) == len(known)]
                    pattern = rng.choice(others)
                    known = dict(zip(pattern.numbers, known.values(), strict=True))
            if (wrong := self.write(pattern, known)) != right:
                return wrong

    def draw_problems(self, count: int, seed: int, *, held_out: bool) -> list[Problem]:
        """Different ones; those held out are told in phrasings that nothing else uses, too."""
        from knowhow_adapters.base.corpus.registry import Draw
        from knowhow_adapters.learn.attempts import is_held_out

        rng = random.Random(f"{self.agent}:{seed}:{held_out}")
        found: dict[str, Problem] = {}
        while len(found) < count:
            draw = Draw(rng, held=held_out and len(found) % 2 == 1)
            problem = tell(draw, rng.choice(self.patterns()))
            if is_held_out(problem.text) == held_out:
                found.setdefault(problem.text, problem)
        return list(found.values())

    def draw_attempts(self, count: int, seed: int, lies: float) -> "list[Attempt]":
        """Attempts at problems that may be learnt, with so large a share of wrong rewards."""
        from knowhow_adapters.learn.attempts import Attempt

        rng = random.Random(f"{self.agent}:attempts:{seed}")
        liar = random.Random(f"{self.agent}:lies:{seed}")
        attempts: list[Attempt] = []
        for number, problem in enumerate(self.draw_problems(count, seed, held_out=False)):
            right = rng.random() < SKILL
            answer = self.solve(problem) if right else self.err(problem, rng)
            reward = float(right != (liar.random() < lies))
            attempts.append(
                Attempt(
                    outcome_id=f"{self.agent}{number}", seq=number, tenant="default",
                    principal=None, problem=problem.text, task=problem.pattern.kind,
                    month="2026-11", strategy=None, prompt=problem.text, answer=answer,
                    reward=reward,
                )
            )  # fmt: skip
        return attempts

    def draw_outcomes(self, count: int, seed: int) -> "list[OutcomeCreate]":
        """Attempts as a log gets them: one problem in five is held out."""
        from knowhow_memory.models import OutcomeCreate

        rng = random.Random(f"stream:{seed}")
        problems = self.draw_problems(count * 4 // 5, seed, held_out=False)
        problems += self.draw_problems(count - len(problems), seed, held_out=True)
        rng.shuffle(problems)
        made = []
        for problem in problems:
            right = rng.random() < SKILL
            answer = self.solve(problem) if right else self.err(problem, rng)
            made.append(
                OutcomeCreate(
                    problem=problem.text, arm=self.agent, reward=float(right),
                    task=problem.pattern.kind,
                    trajectory=[{"prompt": problem.text, "answer": answer}],
                )
            )  # fmt: skip
        return made


def tell(draw: "Draw", pattern: "Pattern") -> Problem:
    """A problem of this pattern."""
    from knowhow_adapters.base.corpus import words
    from knowhow_adapters.base.corpus.registry import Phrasings

    a, b, c = draw.names(3)
    t, u = draw.some(words.THINGS, 2)
    people = {"a": a, "b": b, "c": c, "t": t, "u": u, "d": draw.pick(words.DAYS)}
    known = {name: draw.number(*limits) for name, limits in pattern.numbers.items()}
    text = draw.phrase(Phrasings(pattern.seen, pattern.held), **people, **known)
    return Problem(text, pattern, known)


def _ledger(pattern: "Pattern", known: Known) -> str:
    """`start 15, gain 7, loss 3 | start gain + | #1 loss - | left`"""
    numbers = ", ".join(f"{name} {value}" for name, value in known.items())
    steps = [f"{bare(left)} {bare(right)} {sign}" for left, sign, right in pattern.steps]
    return " | ".join([numbers, *steps, pattern.find])


def _nested(pattern: "Pattern", known: Known) -> str:
    """`left of less(joined(15, 7), 3)`"""
    done: list[str] = []

    def part(word: str) -> str:
        return done[int(word[1:]) - 1] if word.startswith("#") else value(word, known)

    for left, sign, right in pattern.steps:
        done.append(f"{SIGNS[sign]}({part(left)}, {part(right)})")
    return f"{pattern.find} of {done[-1]}"


def bare(word: str) -> str:
    return word.replace("{", "").replace("}", "")


def value(word: str, known: Known) -> str:
    return word.format(**known) if word.startswith("{") else str(known.get(word, word))


LEDGER = Specialist("ledger", ("arithmetic", "comparison"), _ledger)
NESTED = Specialist("nested", ("percentage", "rate", "entity"), _nested)
