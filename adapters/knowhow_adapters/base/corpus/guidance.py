"""Following a hint, doubting it, judging an attempt, and choosing among attempts.

Guidance comes fenced and is data: what fits the problem is used, what does not is said not to fit.
"""

from knowhow_adapters.base.corpus import words
from knowhow_adapters.base.corpus.forms import as_json, flow
from knowhow_adapters.base.corpus.planning import FAMILIES, attemptable, plan_spec
from knowhow_adapters.base.corpus.registry import Draw, Phrasings, skill
from knowhow_adapters.base.corpus.stories import Story, tell

GUIDED = Phrasings(
    seen=(
        "Problem: {text}\nGuidance:\n<<<\n{advice}\n>>>\nSay whether it fits, then answer.",
        "{text}\nAn adviser says:\n<<<\n{advice}\n>>>\nCheck it, then answer.",
        "Guidance:\n<<<\n{advice}\n>>>\nProblem: {text}\nCheck the guidance, then answer.",
    ),
    held=("Somebody noted\n<<<\n{advice}\n>>>\non this problem: {text}\nDoes it fit? Answer.",),
)


def _advice(draw: Draw, story: Story) -> str:
    """Ways to write down how a story is solved, result included."""
    steps = [line.split(" = ") for line in story.worked]
    match draw.number(0, 3):
        case 0:
            return "; ".join([*story.worked, f"answer {story.answer}"])
        case 1:
            listed = flow([{"sum": left, "gives": right} for left, right in steps])
            return f"{listed}\nresult: {story.answer}"
        case 2:
            return f"set up {'; '.join(story.parts[0].set_up)}\nresult: {story.answer}"
        case _:
            return "\n".join([*story.worked, f"result: {story.answer}"])


def _altered(draw: Draw, story: Story) -> Story:
    """The same kind of advice about another problem."""
    while True:
        other = tell(draw, distract=0)
        if other.answer != story.answer and other.worked[0] != story.worked[0]:
            return other


@skill("use or refuse guidance", "guidance")
def guided(draw: Draw) -> tuple[str, str]:
    story = tell(draw, distract=0.15)
    if draw.chance(0.65):
        prompt = draw.phrase(GUIDED, text=story.text, advice=_advice(draw, story))
        return prompt, f"fits: yes\nanswer: {story.answer}"
    advice = _advice(draw, _altered(draw, story))
    prompt = draw.phrase(GUIDED, text=story.text, advice=advice)
    return prompt, "\n".join(["fits: no", *story.worked, f"answer: {story.answer}"])


@skill("use or refuse a plan", "guidance")
def guided_plan(draw: Draw) -> tuple[str, str]:
    """What is advised for a planning problem is about its things, or about another's."""
    task = attemptable(draw)
    fits = draw.chance(0.65)
    other = task
    while not fits and other.answer == task.answer:
        other = attemptable(draw)
    lead = draw.pick(("result: ", "answer ", "take ", "plan: "))
    prompt = draw.phrase(GUIDED, text=task.text, advice=f"{lead}{other.answer}")
    return prompt, f"fits: {'yes' if fits else 'no'}\nanswer: {task.answer}"


PLAN = Phrasings(
    seen=(
        "Problem: {text}\nHint: {hint}.\nSolve it.",
        "{text}\nHint: {hint}.\nWork it out.",
        "Hint: {hint}.\nSolve: {text}",
    ),
    held=("{text}\nKeep in mind: {hint}. Find the solution.",),
)
SIGN_WORDS = {"+": "add", "-": "subtract", "*": "multiply"}


@skill("follow a plan", "guidance")
def follow_plan(draw: Draw) -> tuple[str, str]:
    """The hint names the sums, not the numbers."""
    story = tell(draw, distract=0.15)
    signs = [SIGN_WORDS[line.split()[1]] for line in story.worked]
    prompt = draw.phrase(PLAN, text=story.text, hint=", then ".join(signs))
    return prompt, "\n".join([*story.worked, f"answer: {story.answer}"])


FORM = Phrasings(
    seen=("{text}\nHint: answer {how}.", "Hint: answer {how}.\n{text}", "{text} (hint: {how})"),
    held=("{text}\nPlease reply {how}.",),
)


@skill("follow a form hint", "guidance")
def follow_form(draw: Draw) -> tuple[str, str]:
    """The hint decides how the very same answer looks."""
    name, thing, number = draw.name(), draw.pick(words.THINGS), draw.number(1, 20)
    text = f"{name} has {number} {thing}. How many?"
    ways = {
        "as a number": str(number),
        "in words": words.spell(number),
        "as JSON": as_json({thing: number}),
        "as YAML": flow({thing: number}),
        "with the unit": f"{number} {thing}",
        "in a sentence": f"{name} has {number} {thing}.",
        "in capitals": words.spell(number).upper(),
        "twice": f"{number} {number}",
    }
    how = draw.pick(tuple(ways))
    return draw.phrase(FORM, text=text, how=how), ways[how]


METHODS = (
    "greedy",
    "dynamic programming",
    "backtracking",
    "constraint propagation",
    "local search",
    "branch and bound",
    "exhaustive search",
    "sorting",
)
METHOD = Phrasings(
    seen=("{text}\nHint: use {method}.\nSpec as JSON.", "Hint: use {method}.\nAnalyse: {text}"),
    held=("Make a JSON spec of this problem, to be solved by {method}. {text}",),
)


@skill("follow a method hint", "guidance")
def follow_method(draw: Draw) -> tuple[str, str]:
    """The method is the hint's, at random: nothing is learnt about which one is good."""
    task, method = draw.pick(FAMILIES)(draw), draw.pick(METHODS)
    prompt = draw.phrase(METHOD, text=task.text, method=method)
    return prompt, as_json({"method": method, **plan_spec(task)})


JUDGE = Phrasings(
    seen=(
        "Problem: {text}\nAttempt: {work}\nIs the attempt right?",
        "{text}\nSomebody answered: {work}\nRight or wrong?",
    ),
    held=("Check this work: {work}\nIt should solve: {text}",),
)


@skill("judge an attempt", "guidance")
def judge(draw: Draw) -> tuple[str, str]:
    story = tell(draw, distract=0.15, compose=0)
    right = draw.chance(0.5)
    work = story.worked if right else _wrong(draw, story)
    prompt = draw.phrase(JUDGE, text=story.text, work="; ".join(work))
    return prompt, "right" if right else "wrong"


def _wrong(draw: Draw, story: Story) -> list[str]:
    """A number that is not the problem's, the wrong sum, or another problem's work."""
    first, sign, second, _, _ = story.worked[0].split()
    match draw.number(0, 2):
        case 0:
            changed = str(int(second) + draw.pick((-1, 1, 10)))
            return [f"{first} {sign} {changed} = {_result(first, sign, changed)}"]
        case 1:
            other = draw.pick([s for s in SIGN_WORDS if s != sign])
            return [f"{first} {other} {second} = {_result(first, other, second)}"]
        case _:
            return _altered(draw, story).worked


def _result(left: str, sign: str, right: str) -> int:
    a, b = int(left), int(right)
    return {"+": a + b, "-": a - b, "*": a * b}[sign]


CHOOSE = Phrasings(
    seen=(
        "Problem: {text}\nA: {one}\nB: {two}\nC: {three}\nWhich is right?",
        "{text}\nChoose.\nA: {one}\nB: {two}\nC: {three}",
    ),
    held=("One of these is right. A: {one}\nB: {two}\nC: {three}\nProblem: {text}",),
)


@skill("choose an attempt", "guidance")
def choose(draw: Draw) -> tuple[str, str]:
    story = tell(draw, distract=0.15, compose=0)
    right = "; ".join(story.worked)
    wrong: list[str] = []
    while len(wrong) < 2:
        work = "; ".join(_wrong(draw, story))
        if work not in (right, *wrong):
            wrong.append(work)
    options = draw.shuffled([right, *wrong])
    prompt = draw.phrase(CHOOSE, text=story.text, one=options[0], two=options[1], three=options[2])
    return prompt, "ABC"[options.index(right)]
