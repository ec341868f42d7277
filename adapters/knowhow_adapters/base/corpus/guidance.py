# ruff: noqa: E501
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
        "[Problem|Task|Question]: {text}\n[Guidance|Advice|Hint|Note]:\n<<<\n{advice}\n>>>\n[Say|State|Tell me|Decide] [whether|if] it fits, then [answer|solve it|give the answer].",
        "{text}\n[An adviser|Somebody|A friend|A teacher] [says|notes|wrote|thinks]:\n<<<\n{advice}\n>>>\n[Check|Test|Judge] [it|this], then [answer|give the answer|solve the problem].",
        "[Guidance|Advice|Hint|Note|A note]:\n<<<\n{advice}\n>>>\n[Problem|Task|Question]: {text}\n[Check|Test|Judge] the [guidance|advice|note], then [answer|solve it].",
        "{text}\n[Guidance|Advice|Hint|Given help]:\n<<<\n{advice}\n>>>\n[Does it fit|Does this fit the problem|Is it about this problem|Can it be used]? [Then|Now|And] [answer|give the answer].",
        "[Here is|This is|There is] [some advice|guidance|a note|help]:\n<<<\n{advice}\n>>>\n[Does it fit|Is it of use for|Can you use it for] this [problem|task]? {text}\n[Answer|Give the answer][ too| as well|].",
        "[Solve|Work out]: {text}\n[Use|Take] this [only if it fits|if it fits|where it fits]:\n<<<\n{advice}\n>>>",
        "{text}\n<<<\n{advice}\n>>>\n[Above is|That is] [advice|guidance|a hint]. [Fits or not?|Does it fit?|Say if it fits.] [Answer|Solve the problem].",
        "<<<\n{advice}\n>>>\n[That was|This is what|That is what] [the advice|the guidance|somebody noted|a teacher said][.| on some problem.] [The problem|The task|My problem]: {text}\n[Fits or not|Does it fit]? [Answer|Solve it].",
        "[Read|Look at|Take] this problem: {text}\n[And|Now] [the guidance|the advice|the hint|a note]:\n<<<\n{advice}\n>>>\n[First say|Say] if [it fits|the two fit], [then|and] [answer|solve].",
    ),
    held=(
        "Somebody noted\n<<<\n{advice}\n>>>\non this problem: {text}\nDoes it fit? Answer.",
        "Is this [of use|any help]?\n<<<\n{advice}\n>>>\nWhat has to be [solved|answered]: {text}",
        "{text}\nI was [told|given] this:\n<<<\n{advice}\n>>>\n[Should I use it, and what|Is it right for me, and what] is the answer?",
        "Fits or not, and [what comes out|the answer][, please|]: {text}\n<<<\n{advice}\n>>>",
    ),
)


RESULTS = ("result: ", "answer ", "answer: ", "the result is ", "the answer is ", "so it is ")


def _advice(draw: Draw, story: Story) -> str:
    """Ways to write down how a story is solved, result included."""
    steps = [line.split(" = ") for line in story.worked]
    result = f"{draw.pick(RESULTS)}{story.answer}"
    match draw.number(0, 3):
        case 0:
            return draw.pick(("; ", ", then ", ". ")).join([*story.worked, result])
        case 1:
            listed = flow([{"sum": left, "gives": right} for left, right in steps])
            return f"{listed}\n{result}"
        case 2:
            return f"set up {'; '.join(story.parts[0].set_up)}\n{result}"
        case _:
            return "\n".join([*story.worked, result])


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
    lead = draw.pick((*RESULTS, "take ", "plan: ", "my plan is ", "try ", "choose "))
    prompt = draw.phrase(GUIDED, text=task.text, advice=f"{lead}{other.answer}")
    return prompt, f"fits: {'yes' if fits else 'no'}\nanswer: {task.answer}"


PLAN = Phrasings(
    seen=(
        "[Problem|Task|Question]: {text}\n[Hint|Plan|Tip|Advice]: {hint}.\n[Solve it|Work it out|Answer|Find the answer].",
        "{text}\n[Hint|Plan|Tip|Advice]: {hint}.\n[Solve it|Work it out|Find the solution|Now solve it|Show the sums].",
        "[Hint|Plan|Tip|Advice]: {hint}.\n[Solve|Work out|Now solve|Problem|The problem]: {text}",
        "[To solve this|For this problem|Here you should|What to do]: {hint}. {text}\n[Work it out|Find the answer|Give the answer|Write the sums].",
        "{text}\n[You should|You have to|It helps to|The plan is to|What you do is] {hint}. [Work it out|Solve it|Find the answer|Give the solution].",
        "[Follow|Use|Keep to|Keep in mind] [the plan|this plan|the hint|this]: {hint}.\n{text}",
        "{text}\n[Follow|Use|Keep to] [the plan|this plan|the hint|this hint]: {hint}[.|, please.]",
        "[The way is to|We want to|We have to|First think: to] {hint}. [Now solve|Now work out|Solve this way]: {text}",
        "{text} ([hint|plan|tip]: {hint})[\nSolve it.|\nWork it out.|]",
        "[Can you solve|How do you solve] [this|this problem], [when the hint is|if the plan is|with the plan]: {hint}? {text}",
    ),
    held=(
        "{text}\nKeep in mind: {hint}. Find the solution.",
        "[We are told to|Someone said to] {hint}. What [is the answer|comes out] here? {text}",
        "{text}\nThe [way|way to the answer]: {hint}. [Go|Write it down].",
        "With this in mind, {hint}, [find|give] the solution of: {text}",
    ),
)
SIGN_WORDS = {
    "+": ("add", "find the sum", "add up", "use plus"),
    "-": ("subtract", "take away", "find the difference", "use minus"),
    "*": ("multiply", "use times", "find the product"),
}
NEXT_WORDS = (", then ", " and then ", ", and after that ", " and ", "; then ")


@skill("follow a plan", "guidance")
def follow_plan(draw: Draw) -> tuple[str, str]:
    """The hint names the sums, not the numbers."""
    story = tell(draw, distract=0.15)
    signs = [draw.pick(SIGN_WORDS[line.split()[1]]) for line in story.worked]
    prompt = draw.phrase(PLAN, text=story.text, hint=draw.pick(NEXT_WORDS).join(signs))
    return prompt, "\n".join([*story.worked, f"answer: {story.answer}"])


FORM = Phrasings(
    seen=(
        "{text}\n[Hint|Form|Note|Tip]: [answer|reply|say it|write it|give it] {how}.",
        "[Hint|Form|Note|Tip]: [answer|reply|say it|write it|give it] {how}.\n{text}",
        "{text} ([hint|form|answer|reply|please|note]: {how})",
        "[Please a|A]nswer {how}[:|.] {text}",
        "{text}\n[Please a|A]nswer [this |]{how}[ only|].",
        "{text} [Say|Write|Give|Tell me|State] [it|that|this|the answer] {how}[, please|].",
        "[Say|Write|Give|Tell me|State] [it|the answer|your answer] {how}[, please|]. {text}",
        "{text}\n[I need it|I want it|We need the answer|It should be given|I want the answer] {how}[, please|].",
        "{text} [The answer|Your answer|The reply] [has to|must|should] be [given |said |written |]{how}.",
        "[Can|Could] you [answer|reply|say] {how}? {text}",
        "[Form of the answer|How to answer|The way to answer|Wanted]: {how}.\n{text}",
    ),
    held=(
        "{text}\nPlease reply {how}.",
        "[Only|Just] an answer {how} [will do|is of use]. {text}",
        "{text}\nHow to [reply|say it]? {how}[, please|].",
        "What I ask for is an answer {how}. {text}",
    ),
)
OWNED = Phrasings(
    seen=(
        "{name} [has|owns|keeps|holds|carries|got|found|bought] {number} {thing}. How many[ are they| is that| in all|]?",
        "{number} {thing} [belong to|are with|were given to|are for] {name}. How many[ are they| is that|]?",
        "{name} [has|owns|keeps|holds|carries] {number} {thing}. How many {thing} [is that|are there|has {name}|does {name} have]?",
        "[There are|We see|We count] {number} {thing} [with|for] {name}. How many {thing}[ are there| is that|]?",
        "How many {thing} [does {name} have|has {name}|are with {name}]? {name} [has|owns|keeps] {number} {thing}.",
    ),
    held=(
        "{name}, how many {thing} are yours? I have {number}.",
        "The {thing} of {name} are {number}. What is their number?",
        "[Count|Tell] the {thing} of {name}, who [has|owns] {number} {thing}.",
    ),
)


@skill("follow a form hint", "guidance")
def follow_form(draw: Draw) -> tuple[str, str]:
    """The hint decides how the very same answer looks."""
    name, thing, number = draw.name(), draw.pick(words.THINGS), draw.number(2, 99)
    text = draw.phrase(OWNED, name=name, thing=thing, number=number)
    spelt = words.spell(number)
    ways = {
        ("as a number", "in digits", "as a plain number"): str(number),
        ("in words", "as a word", "spelt out", "in letters"): spelt,
        ("as JSON", "in JSON", "as a JSON object"): as_json({thing: number}),
        ("as YAML", "in YAML", "as flow YAML"): flow({thing: number}),
        ("with the unit", "with the thing", "with what is counted"): f"{number} {thing}",
        ("in a sentence", "as a sentence", "with a full sentence"): f"{name} has {number} {thing}.",
        ("in capitals", "in big letters", "in capital letters"): spelt.upper(),
        ("twice", "two times"): f"{number} {number}",
    }
    asked = draw.pick(tuple(ways))
    return draw.phrase(FORM, text=text, how=draw.pick(asked)), ways[asked]


METHODS = (
    "greedy",
    "dynamic programming",
    "backtracking",
    "constraint propagation",
    "local search",
    "branch and bound",
    "exhaustive search",
    "sorting",
    "divide and conquer",
    "binary search",
    "depth-first search",
    "breadth-first search",
    "hill climbing",
    "integer programming",
    "graph search",
    "simulation",
)
METHOD = Phrasings(
    seen=(
        "{text}\n[Hint|Tip|Method|Advice]: [use |take |try |]{method}.\n[Spec as JSON|Give a JSON spec|Write the spec|Make a spec|Analyse it].",
        "[Hint|Tip|Advice]: [use|take|try] {method}.\n[Analyse|Spec as JSON|Problem to analyse|Give the spec of this]: {text}",
        "[Analyse|Please analyse] [this|it|the problem], [to be solved by|with|using|the method is] {method}: {text}",
        "{text}\n[Analyse|Write|Note] [this|it|the problem] [as a spec|in JSON|as a JSON spec], [the method is|method|to be solved by|with the method] {method}.",
        "[Method|The method|Way|Chosen method]: {method}.\n{text}\n[Give|Write|Make|Show] [the|a] [spec|JSON spec].",
        "[Give|Write|Make|Show] [the|a] [spec|JSON spec] [with|for] the method {method}[:|.] {text}",
        "{text}\n[It|This|The problem] [should|will|is to] be solved [by|with|using] {method}. [Spec as JSON|Write the spec|Give the JSON spec].",
        "[What is|How would you write] the [spec|JSON spec] of this[ problem|], [solved by|with the method] {method}? {text}",
        "{text}\n[Spec|JSON spec|A spec], [please: |]method {method}.",
        "[Use|Take|Try|We choose] {method} [here|for this]. {text}\n[Spec as JSON|The spec, please|Analyse it, do not solve it].",
    ),
    held=(
        "Make a JSON spec of this problem, to be solved by {method}. {text}",
        "By {method} [one could|we want to] solve this: {text}\n[What is its spec?|Write down its spec.]",
        "{text}\n[As|In] JSON[, please|], and {method} is the way to [take|go].",
        "A spec [that names|with] {method} is [needed|wanted] here. {text}",
    ),
)


@skill("follow a method hint", "guidance")
def follow_method(draw: Draw) -> tuple[str, str]:
    """The method is the hint's, at random: nothing is learnt about which one is good."""
    task, method = draw.pick(FAMILIES)(draw), draw.pick(METHODS)
    prompt = draw.phrase(METHOD, text=task.text, method=method)
    return prompt, as_json({"method": method, **plan_spec(task)})


JUDGE = Phrasings(
    seen=(
        "[Problem|Task|Question]: {text}\n[Attempt|Answer|Work|Try|Solution]: {work}\n[Is the attempt right|Is it right|Is that right|Right or wrong|Is this right or wrong]?",
        "{text}\n[Somebody|Someone|A child|A friend|A pupil] [answered|wrote|tried|worked out]: {work}\n[Right or wrong|Is that right|Is this right or wrong|Is it right]?",
        "[Right or wrong|Is this right|Is this right or wrong]? [Problem|Task]: {text}\n[Attempt|Answer|Work]: {work}",
        "[Attempt|Answer|Work|Somebody wrote]: {work}\n[Problem|Task|The problem was|It was for]: {text}\n[Right or wrong?|Is it right?|Say right or wrong.]",
        "{text}\n[Check|Judge|Test|Look at] [this work|this attempt|this answer|the work]: {work}\n[Say|Answer|Write] right or wrong.",
        "[Please c|C]heck [whether|if] [this|the attempt|the work] is right. {text}\n[Attempt|Work|Answer]: {work}",
        "{text}\n[Does|Would] [this|it] [solve it|solve the problem|answer the question]? {work}\n[Right or wrong?|Say right or wrong.]",
        "[Judge|Check|Test] the [attempt|work|answer][, please|]. {text}\n{work}",
        "{text}\n{work}\n[Is that work right?|Right or wrong?|Is that right or wrong?|Judge the work.|Check the work.]",
        "[Is|Say if] {work} [right|right or wrong] for this [problem|task]? {text}",
        "{text}\n[Tell me|Say|State|Decide] [whether|if] this [work|attempt|answer] is right or wrong: {work}",
    ),
    held=(
        "Check this work: {work}\nIt should solve: {text}",
        "{text}\n[I|We] got this: {work}\n[Was it done right|Did I do it right], or wrong?",
        "For {work} [the mark is|I say] right or wrong, [which one|what do you think]? The [task|problem]: {text}",
        "Somebody tried to solve this: {text}\n[He|She] wrote {work}. [Your verdict|What do you say]?",
    ),
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
        "[Problem|Task|Question]: {text}\nA: {one}\nB: {two}\nC: {three}\n[Which is right|Which one is right|What is right|Which of these is right|Which solves it]?",
        "{text}\n[Choose.|Choose one.|Pick one:|Pick the right one:|Choose the right one.|Which is right?]\nA: {one}\nB: {two}\nC: {three}",
        "A: {one}\nB: {two}\nC: {three}\n[Which|Which one|Which of these] [is right for|solves|fits|belongs to] [this|this problem|the problem]: {text}",
        "{text}\nA: {one}\nB: {two}\nC: {three}\n[Say|Write|Give|Name|Tell me] the [right letter|letter of the right one|right one][, please|].",
        "[Which|Which one|Which work] is right[, A, B or C|]? {text}\nA: {one}\nB: {two}\nC: {three}",
        "{text}\n[There are|Here are|These are] three [attempts|answers|tries|ways]:\nA: {one}\nB: {two}\nC: {three}\n[Which is right?|Choose one.|Pick the right one.|One is right: which?]",
        "[Choose|Pick|Name|Find] the right [attempt|answer|work|one][, please|]. [Problem|Task]: {text}\nA: {one}\nB: {two}\nC: {three}",
        "[Attempts|Answers|Three tries]:\nA: {one}\nB: {two}\nC: {three}\n[Problem|Task|The problem]: {text}\n[Which one?|The right letter, please.|Which is right?|A, B or C?]",
        "{text}\n[A|Attempt A|Answer A]: {one}\n[B|Attempt B|Answer B]: {two}\n[C|Attempt C|Answer C]: {three}\n[A, B or C|Which is right]?",
        "[Only one|One|Just one] of [the|these] three [attempts|answers] is right[, which|. Which one]? {text}\nA: {one}\nB: {two}\nC: {three}",
    ),
    held=(
        "One of these is right. A: {one}\nB: {two}\nC: {three}\nProblem: {text}",
        "Two of these [are wrong|do not solve it]: {text}\nA: {one}\nB: {two}\nC: {three}\n[Which one is not?|Name the third.]",
        "{text}\nThree [pupils|children] wrote:\nA: {one}\nB: {two}\nC: {three}\nWho [got it right|is right]?",
        "A: {one}\nB: {two}\nC: {three}\nI need the letter of the [work|try] that [answers|solves]: {text}",
    ),
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
