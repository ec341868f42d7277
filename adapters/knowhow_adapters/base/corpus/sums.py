# ruff: noqa: E501  a phrasing with its choices in one line reads better than in two
"""Bare sums: what attempting a problem alone needs, and how far a small model gets with it."""

from knowhow_adapters.base.corpus.registry import Draw, Phrasings, skill

SUM = Phrasings(
    seen=(
        "{a} {op} {b}[| =| = ?|?|:]",
        "[What is|How much is|What comes out of|Do you know|And what is|Now what is] {a} {op} {b}[, please|]?",
        "[Calculate|Find|Solve|Do|Give me|Tell me|Answer this]: {a} {op} {b}[ =|.|]",
        "[Calculate|Find|Give|Write down|State|Say] the [result|answer|value] of {a} {op} {b}.",
        "Please [calculate|work out|find|solve|tell me] [the sum |the result of |]{a} {op} {b}.",
        "[Work out|Calculate|Solve] [this sum|this|the sum][: |, please: |:\n]{a} {op} {b}",
        "[Result|Answer|The result|The answer|Value] [of|for|to] {a} {op} {b}[:|?]",
        "{a} {op} {b} [is how much|makes what|gives what|comes to how much|is what number]?",
        "[Can|Could] you [work out|calculate|tell me|do] {a} {op} {b}[, please|]?",
        "[I need|I want|I would like] [the result of|the answer to|to know] {a} {op} {b}.",
        "If you [calculate|work out|do] {a} {op} {b}, what [comes out|do you get|is the result]?",
        "[Here is|This is|Look at] [a sum|the sum]: {a} {op} {b}. [What is it|How much is it|What do you get from it]?",
        "[Solve|Work out|Do] it: {a} {op} {b}[.| =]",
    ),
    held=(
        "Work out {a} {op} {b}.",
        "What do you get [for|from] {a} {op} {b}?",
        "{a} {op} {b}: what [is the answer|comes out]?",
        "The sum is {a} {op} {b}. [Solve it.|What is the result?]",
    ),
)
ADD = Phrasings(
    seen=(
        "[Add|Please add|Add up|Now add] {a} [and|to] {b}.",
        "[Give|Find|Work out|Tell me|Write down] the [sum|total] of {a} and {b}[, please|].",
        "[How much|What] are {a} and {b} [together|in all|added up]?",
        "[Sum|Total|The sum|What is the total|What is the sum] of {a} and {b}?",
        "{b} more than {a} [is what|is how much|makes what]?",
        "[What number|Which number|What] is {b} more than {a}?",
        "[Take|Start with] {a} and add {b}. [What do you get|What comes out|What is the result]?",
        "If {b} is added to {a}, what [comes out|is the result|is the total]?",
        "[Put|Bring] {b} [together with|on top of] {a}. [What is the total?|How much is it?|What do you get?]",
        "[Someone|A child] has {a} and gets {b} more. [What is the total|How many in all|How many now]?",
        "What do {a} and {b} make[ together| in all|]?",
        "Together: {a} and {b}. How [much|many]?",
    ),
    held=(
        "{a} and {b} [add up to|together make] what?",
        "What [comes out|do you get] if you add {a} and {b}?",
        "[Put|Bring] {a} and {b} together: what is the total?",
    ),
)
SUBTRACT = Phrasings(
    seen=(
        "[Subtract|Please subtract|Take away|Take|Now take] {b} from {a}.",
        "[Give|Find|Work out|Tell me|Write down] the difference [between|of] {a} and {b}[, please|].",
        "[How much|What] is left [if|when] you [take {b}|take {b} away|subtract {b}] from {a}?",
        "[Difference|The difference|What is the difference] [of|between] {a} and {b}?",
        "{b} less than {a} [is what|is how much|makes what]?",
        "[What number|Which number|What] is {b} less than {a}?",
        "[Take|Start with] {a} and [subtract|take away] {b}. [What do you get|What comes out|What is the result]?",
        "If {b} is taken [away |]from {a}, what [comes out|is the result|is left]?",
        "[Someone|A child] has {a} and [loses|gives away|uses] {b}. [What is left|How many now|How many are over]?",
        "How much [larger|more] is {a} than {b}?",
        "[Make|Take] {a} smaller by {b}[.|: what do you get?|: what is left?]",
        "{a} is larger than {b}[: by what number|. By what number|, but by what]?",
    ),
    held=(
        "[From|Out of] {a}, take {b}: what is left?",
        "What [comes out|do you get] if you subtract {b} from {a}?",
        "By how much is {a} [larger|more] than {b}?",
    ),
)
MULTIPLY = Phrasings(
    seen=(
        "[Multiply|Please multiply|Now multiply] {a} [by|and|with] {b}.",
        "[Give|Find|Work out|Tell me|Write down] the product of {a} and {b}[, please|].",
        "[How much|What] [is|are] {b} [times|lots of|groups of] {a}?",
        "[Product|The product|What is the product] of {a} and {b}?",
        "{b} groups [of|with] {a} [are how many|make what|come to what]?",
        "[There are|You see] {b} [bags|rows|boxes] of {a}. How many [in all|is that|are there]?",
        "[What number|Which number] is {b} times as [large|much] as {a}?",
        "[Take|Start with] {a} and multiply by {b}. [What do you get|What comes out|What is the result]?",
        "If {a} is multiplied by {b}, what [comes out|is the result|is the product]?",
        "[Take|Add up] {a} [exactly |]{b} times. [What do you get|How much is it]?",
        "[If|When] {a} is taken {b} times, [how much is it|what is it|what comes out]?",
        "{b} times {a} makes [what|how much|what number]?",
    ),
    held=(
        "{a}, taken {b} times, [is how much|makes what]?",
        "What [comes out|do you get] if you multiply {a} [by|and] {b}?",
        "[With|In] {b} groups of {a}, how many are there?",
    ),
)
DIVIDE = Phrasings(
    seen=(
        "[Divide|Please divide|Now divide] {a} [by {b}|into {b} equal parts].",
        "[Split|Please split] {a} into {b} equal [parts|groups].",
        "[Give|Find|Work out|Tell me] one of {b} equal parts of {a}.",
        "[How many times|How often] does {b} [go into|fit into] {a}?",
        "{a} [split|shared|divided] into {b} [equal parts|equal groups]: how [much|many] in each?",
        "[What|How much] is {a} [shared by|split between|shared among] {b}?",
        "[Take|Start with] {a} and divide by {b}. [What do you get|What comes out|What is the result]?",
        "If {a} is divided by {b}, what [comes out|is the result]?",
        "Share {a} [out |]among {b} [people|friends]. [How much|What] does each one get?",
        "{a} for {b} people: how [much|many] for each[ one|]?",
        "How many groups of {b} are [there |]in {a}?",
        "{b} friends [share|split] {a} [cards|coins]. [How many for each|What does each one get]?",
    ),
    held=(
        "{b} people [share|split] {a}: how much does each one get?",
        "What [comes out|do you get] if you divide {a} by {b}?",
        "[Into|For] {b} equal groups, {a} is split. How many are in each?",
    ),
)
SIGNS: dict[str, tuple[Phrasings, tuple[str, ...]]] = {
    "+": (ADD, ("+", "+", "plus")),
    "-": (SUBTRACT, ("-", "-", "minus")),
    "*": (MULTIPLY, ("*", "*", "times", "multiplied by")),
    "/": (DIVIDE, ("/", "/", "divided by")),
}


def _ask(draw: Draw, a: int, sign: str, b: int) -> str:
    """For the sum with its sign, or in words."""
    in_words, signs = SIGNS[sign]
    if draw.chance(0.4):
        return draw.phrase(in_words, a=a, b=b)
    return draw.phrase(SUM, a=a, op=draw.pick(signs), b=b)


@skill("add and subtract", "sums")
def add_subtract(draw: Draw) -> tuple[str, str]:
    top = draw.pick((20, 100, 100, 1000))
    a, b = draw.number(1, top), draw.number(1, top)
    if draw.chance(0.5):
        return _ask(draw, a, "+", b), str(a + b)
    a, b = max(a, b), min(a, b)
    return _ask(draw, a, "-", b), str(a - b)


@skill("multiply and divide", "sums")
def multiply_divide(draw: Draw) -> tuple[str, str]:
    a, b = draw.number(2, draw.pick((12, 60, 300))), draw.number(2, 12)
    if draw.chance(0.5):
        return _ask(draw, a, "*", b), str(a * b)
    return _ask(draw, a * b, "/", b), str(a)


LARGER = Phrasings(
    seen=(
        "[Which|Which one|Which number|What] is [larger|bigger|greater|higher|more][, |: ]{a} or {b}?",
        "The [larger|bigger|greater|higher] [of|one of|number of] {a} and {b}[:|?]",
        "[Name|Give|Write down|Tell me|Say|State|Pick|Choose|Copy] the [larger|bigger|greater|higher] [of|one of] {a} and {b}[, please|].",
        "{a} or {b}[: which is|, which is|: which one is|: what is] [larger|bigger|more|greater]?",
        "{a}, {b}: [the larger|the bigger|the higher] [one|number][?|, please.|.]",
        "[Here are|Take|Look at|Compare] {a} and {b}. [Which is|Which one is|What is] [larger|bigger|greater|more]?",
        "[Can|Could] you [name|tell me|say|pick] the [larger|bigger|greater] [of|number of] {a} and {b}?",
        "Of {a} and {b}, which [number |one |]is the [larger|bigger|greater|higher][ one|]?",
        "[Between|Out of] {a} and {b}, which [is|one is|number is] the [larger|bigger|greater]?",
        "Is {a} [larger|bigger|more] or is {b}? [Write down|Name|Copy] the [larger one|bigger one|greater number].",
        "[Larger|Bigger|Greater] number[: |, ]{a} or {b}?",
        "[Here are|Look at|Now take] two numbers[, |: ]{a} and {b}. [Name|Copy|Choose] the [larger|bigger|greater|higher].",
        "Two numbers, {a} with {b}: which [is|one is] [larger|bigger|greater]?",
    ),
    held=(
        "Between {a} and {b}, name the larger.",
        "[Compare|Now compare] {a} with {b} and [copy|write down] the [bigger|higher] one.",
        "Which of the two numbers {a} and {b} is [larger|higher]?",
        "{a} and {b}: [pick|choose] the [greater|larger].",
    ),
)


@skill("larger number", "sums")
def larger(draw: Draw) -> tuple[str, str]:
    top = draw.pick((20, 100, 1000, 10_000))
    a, b = draw.some(range(top), 2)
    return draw.phrase(LARGER, a=a, b=b), str(max(a, b))


CHAIN = Phrasings(
    seen=(
        "[Step by step|In steps|One step at a time|Go step by step|One by one|One line for each step]: {text}[.|]",
        "[Work out|Calculate|Solve|Do] [in steps|step by step|this in steps|one step at a time]: {text}[.|]",
        "[Please work|Work|Please go|Go] [step by step|in steps|through this step by step]: {text}[.|]",
        "{text}. [Work it out|Calculate|Solve it|Do it|Go] [step by step|in steps|one step at a time].",
        "{text}. [What comes out|What do you get|What is the result|What is left]? [Show|Write|Write down] [each step|every step|the steps].",
        "[Write|Show|Write down|Give] [each step|every step|all steps|the steps][ and the answer|]: {text}[.|]",
        "[Can|Could] you [do this|work this out|calculate this] [step by step|in steps]? {text}[.|]",
        "[Follow|Do|Take] [these steps|the steps|each step][ in order| one after the other|]: {text}[.|]",
        "[Steps|The steps|To do, in order|Chain of sums|A chain of sums]: {text}[.|]",
        "[What do you get|What comes out], [step by step|in steps], [if you|when you] {text}?",
        "{text}[: all steps, please.|: step by step, please.|. Show how.|. Each step in its own line.]",
        "[One step|One sum|Each step] after [the other|the last]: {text}[.|]",
        "{text}. [Do|Work out] [one|one step] and then [another|the next].",
        "[Show|Give] what comes [out of each step|next in each line]: {text}[.|]",
        "[Go through|Work through] these, from [first|the first] to last: {text}[.|]",
    ),
    held=(
        "One after another: {text}",
        "[Show|Write down] what you get after each step: {text}",
        "{text}. [Go|Work] from one step to the next[, please|].",
        "[In order|One by one], [work out|do] each of these: {text}",
    ),
)
STEPS: dict[str, tuple[str, ...]] = {
    "+": ("add {by}", "add {by}", "plus {by}", "add {by} to it", "add {by} more"),
    "-": ("subtract {by}", "subtract {by}", "minus {by}", "take away {by}", "take {by} from it"),
    "*": ("times {by}", "times {by}", "multiply by {by}", "multiply it by {by}"),
}
STARTS = ("start with {value}", "start with {value}", "begin with {value}", "take {value}")


@skill("chain of sums", "sums")
def chain(draw: Draw) -> tuple[str, str]:
    value = draw.number(1, 60)
    text, worked = draw.pick(STARTS).format(value=value), []
    between = draw.pick((", ", ", ", ", then ", "; "))
    for _ in range(draw.number(1, 4)):
        sign, by = draw.pick(("+", "-", "*")), draw.number(1, 30)
        if sign == "*" and value * by > 500:
            sign = "-"
        if sign == "-" and by > value:
            sign = "+"
        before, value = value, {"+": value + by, "-": value - by, "*": value * by}[sign]
        text += between + draw.pick(STEPS[sign]).format(by=by)
        worked.append(f"{before} {sign} {by} = {value}")
    return draw.phrase(CHAIN, text=text), "\n".join([*worked, f"answer: {value}"])
