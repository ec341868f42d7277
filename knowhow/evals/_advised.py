"""A router with an adviser: an adapter that learns on the way which of the strategies to prefer.

The adapter is trained on the first outcomes of the router's own stream, failures included, as the
learning loop would; from then on the router hears its opinion, and finds out on the rest of the
stream what that is worth. No gate is asked first: what is measured is what the opinion adds. Knows
nothing about figures.
"""

from typing import TYPE_CHECKING

from knowhow_adapters.learn.attempts import Attempt, ask_strategy
from knowhow_memory.errors import InputError
from knowhow_memory.models import ARM_SEPARATOR
from knowhow_router.contract import Row
from knowhow_router.observation import Opinion
from knowhow_router.replay.knowhow_policy import KnowhowPolicy

if TYPE_CHECKING:
    from knowhow.benches._school import School


class Adviser:
    """Of one specialist with several strategies; says nothing until it has learnt."""

    def __init__(self, school: "School", arms: tuple[str, ...], enough: int, seed: int) -> None:
        self._school, self._enough, self._seed = school, enough, seed
        self._agent = arms[0].partition(ARM_SEPARATOR)[0]
        self._arms = {_strategy(arm): arm for arm in arms}
        self._attempts: list[Attempt] = []
        self._ref: str | None = None

    def think(self, row: Row) -> Opinion:
        if self._ref is None:
            return {}
        try:
            shares = self._school.decoder.choose(
                ask_strategy(row.problem), list(self._arms), self._ref
            )
        except InputError:  # longer than the small model can read
            return {}
        return {self._arms[strategy]: share for strategy, share in shares.items()}

    def hear(self, row: Row, arm: str, reward: float) -> None:
        strategy = _strategy(arm)
        self._attempts.append(
            Attempt(
                outcome_id=row.id, seq=len(self._attempts), tenant="default", principal=None,
                problem=row.problem, task=row.task, month="2026-11", strategy=strategy,
                prompt=ask_strategy(row.problem), answer=strategy, reward=reward,
            )
        )  # fmt: skip
        if len(self._attempts) == self._enough:
            self._ref = self._learnt()

    def _learnt(self) -> str:
        from knowhow_adapters.learn.examples import Choice, select_examples
        from knowhow_adapters.learn.objective import Objective
        from knowhow_adapters.learn.train import Job, Settings

        fitting = [attempt for attempt in self._attempts if self._fits(attempt)]
        examples = select_examples(fitting, Choice.FILTERED).examples
        settings = Settings(seed=self._seed, objective=Objective.UNPAIRED)
        [adapter] = self._school.train([Job(self._agent, examples, settings=settings)])
        return self._school.publish(adapter)

    def _fits(self, attempt: Attempt) -> bool:
        base = self._school.base
        answer = base.prompts.encode_part(attempt.answer)
        return len(base.encode(attempt.prompt)) + len(answer) < base.context


class Advised(KnowhowPolicy):
    """Tells its adviser what came of every decision, and hears it before the next."""

    def __init__(self, adviser: Adviser) -> None:
        super().__init__("advised", adviser=adviser.think)
        self._told = adviser

    def learn(
        self, row: Row, arm: str, reward: float, cost: float | None, propensity: float
    ) -> None:
        super().learn(row, arm, reward, cost, propensity)
        self._told.hear(row, arm, reward)


def _strategy(arm: str) -> str:
    return arm.partition(ARM_SEPARATOR)[2]
