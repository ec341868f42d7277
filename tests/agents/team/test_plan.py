"""The plan: what is known, who is next, and what is not heard."""

from knowhow_agents.protocol.spec import Spec
from knowhow_agents.protocol.turns import ALONE
from knowhow_agents.team.orders import Report, Work
from knowhow_agents.team.plan import Part, Plan, Stage, Step


def plan(*parts: str, attempts: int = 2) -> Plan:
    found = Plan(problem="All of it?", attempts=attempts)
    found.understand(Spec(domain="x", sub_problems=parts))
    return found


def give(made: Plan, part: int, arm: str = "ann::way") -> Step:
    step = Step.beginning(f"{part}-{len(made.steps)}", part, made.parts[part - 1].text, arm)
    made.steps.append(step)
    return step


def solve(made: Plan, step: Step, answer: str, reward: float | None = 1.0) -> None:
    work = Work.SOLVE if step.stage is Stage.SPEAK else Work.EXECUTE
    made.hear(Report(work=work, step=step.id, answer=answer))
    made.hear(Report(work=Work.VERIFY, step=step.id, reward=reward, verified_by="judge"))


def test_only_earlier_parts_are_waited_for() -> None:
    text = "Take #1 and #2, not #3, #4 or #0; #2nd is a word."
    assert Part(number=3, text=text).needs == {1, 2}
    made = plan("One.", "Two.", "Add #1 and #2, #3.")
    assert [part.number for part in made.ready()] == [1, 2]
    solve(made, give(made, 1), "5")
    assert [part.number for part in made.ready()] == [2]
    solve(made, give(made, 2), "8", reward=None)
    assert made.worded(made.parts[2]) == "Add 5 and 8, #3."


def test_what_comes_twice_is_not_heard() -> None:
    made = plan("One.", "Two.")
    step = give(made, 1)
    solve(made, step, "5")
    step.recorded = True
    before = step.model_copy(deep=True)
    made.hear(Report(work=Work.SOLVE, step=step.id, failure="raised", seconds=9))
    made.hear(Report(work=Work.VERIFY, step=step.id, reward=0.0))
    made.hear(Report(work=Work.SOLVE, step="nobody's", answer="7"))
    made.hear(Report(work=Work.ANALYSE, spec=Spec.plain()))
    assert step == before and len(made.parts) == 2


def test_a_part_is_given_to_so_many_arms_and_no_more() -> None:
    made = plan("One.", "Two.", attempts=2)
    for arm in ("ann::way", ALONE):
        assert made.parts[0] in made.ready()
        solve(made, give(made, 1, arm), "5", reward=0.49)
    assert made.parts[0] not in made.ready()
    assert made.tried(1) == ["ann::way", ALONE]
    assert "ann::way was wrong, big-model::alone was wrong" in made.why_not()


def test_graded_answers_that_are_good_enough_are_taken() -> None:
    made = plan("One.", "Two.")
    solve(made, give(made, 1), "5", reward=0.5)
    assert made.answer_to(1) == "5" and not made.to_combine
    solve(made, give(made, 2), "6")
    assert made.to_combine and made.jobs() == []


def test_too_many_parts_are_one_problem() -> None:
    made = plan(*(f"Part {n}." for n in range(9)))
    assert [part.text for part in made.parts] == ["All of it?"]


def test_a_saved_plan_is_the_whole_run() -> None:
    made = plan("One.", "Two.")
    give(made, 1)
    solve(made, give(made, 2), "6")
    again = Plan.model_validate_json(made.model_dump_json())
    assert again == made and again.jobs() == made.jobs() and again.ready() == made.ready()
