"""The project's own teacher: it tries every way that a skill has and keeps honest tallies.

It reads problems rightly (they are drawn with what stands in them) and counts in each way; which
way is right it learns from the checker alone. Its strategy names the way that the outcomes favour,
with the evidence, and what the others got wrong. Knows nothing about what the ways do.
"""

from collections import Counter
from collections.abc import Sequence

from knowhow_agents.journal.diary import Diary, Try
from knowhow_agents.journal.loop import Tried
from knowhow_agents.journal.skill import RIGHT, Exercise, Skill
from knowhow_memory.rates import Rate

SHOWN = 160
"""Of a problem, in letters."""


class Reference:
    name = "reference"

    async def attempt(self, skill: Skill, exercise: Exercise) -> list[Try]:
        return [Try(way, skill.solve(exercise.pieces, way)) for way in skill.ways]

    async def reflect(self, skill: Skill, batch: Sequence[Tried]) -> str:
        wrong = Counter(one.way for t in batch for one in t.tries if one.reward < RIGHT)
        if not wrong:
            return f"All ways were right in all of {len(batch)} problems."
        lines = [
            f"{way!r} was wrong in {count} of {len(batch)}, such as: {_example(batch, way)}"
            for way, count in wrong.most_common()
        ]
        right = [repr(way) for way in skill.ways if not wrong[way]]
        lines.append(f"Right in all of them: {', '.join(right) or 'none'}.")
        return "\n".join(lines)

    async def distil(self, skill: Skill, diary: Diary, complaint: str = "") -> str:
        tallies = tally(diary, skill)
        best, *others = sorted(tallies, key=lambda way: -tallies[way].successes)
        return "\n".join(
            [
                f"way: {best}",
                f"Find out {skill.number}: {skill.ways[best]}",
                "Then compare with what there is: more than that, and the answer is no.",
                f"Evidence: right in {tallies[best]}.",
                "Less often right: " + "; ".join(f"{way!r}, {tallies[way]}" for way in others),
            ]
        )


def tally(diary: Diary, skill: Skill) -> dict[str, Rate]:
    """How often each way was right, of all that was tried in it."""
    hits: dict[str, list[float]] = {way: [] for way in skill.ways}
    for tries in diary.tries.values():
        for one in tries:
            if one.way in hits:
                hits[one.way].append(float(one.reward == RIGHT))
    return {way: Rate.of(found) for way, found in hits.items()}


def _example(batch: Sequence[Tried], way: str | None) -> str:
    for tried in batch:
        for one in tried.tries:
            if one.way == way and one.reward < RIGHT:
                said, right = one.answer.number, tried.exercise.answer.number
                return f"it came to {said} and not to {right} in {tried.exercise.problem[:SHOWN]!r}"
    raise AssertionError(f"{way!r} was right in all problems of the batch")
