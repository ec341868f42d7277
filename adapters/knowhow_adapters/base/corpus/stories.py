# ruff: noqa: E501  a template in one line reads better than a template in two
"""Word problems: told with distractors, read, analysed into a spec, and attempted in plain sums."""

import operator
import re
from dataclasses import dataclass, field
from typing import Any

from knowhow_adapters.base.corpus import words
from knowhow_adapters.base.corpus.forms import ANALYSE, as_json, flow
from knowhow_adapters.base.corpus.pattern import Pattern
from knowhow_adapters.base.corpus.patterns import FOLLOW_UPS, PATTERNS
from knowhow_adapters.base.corpus.registry import Draw, Phrasings, skill

SIGNS = {"+": operator.add, "-": operator.sub, "*": operator.mul}
DISTRACTORS = Phrasings(
    seen=(
        "{x} is {n} [years old|years of age|cm taller than last year].",
        "[It is|The way is] {n} [km|miles|minutes|steps] to the {p}.",
        "The {p} [opened|was built|closed] {n} [years|weeks|months] ago.",
        "{x} also has {n} {k} [bags|pens|socks|ribbons] [at home|in a drawer|under the bed].",
        "There [were|are] {n} [people|children|chairs|windows] [at|in] the {p}.",
        "The {p} has {n} [doors|rooms|lights|steps].",
        "{x} [lives|works|stays] at number {n}.",
        "{x}'s {m} is {n} [months|weeks|years] old.",
        "The {k} [bus|train|van] [passes|leaves] every {n} minutes.",
        "{x} [called|waited|slept] for {n} minutes.",
        "{n} [birds|clouds|flags] [are|can be seen] [over|near] the {p}.",
        "{x}, a {j}, [came|left] [in {y}|on {d}] [by bus {n}|with {n} others].",
        "[In {y}|On {d}] it was {n} degrees [at|near] the {p}.",
        "The {j}'s {k} [bag|box|desk] holds {n} [buttons|pins|pencils].",
        "{x}'s [favourite|lucky] number is {n}.",
        "The {m} at the {p} [weighs|can carry|can pull] {n} [kg|pounds].",
        "{x} [sleeps|rests|reads] {n} hours [each|every] [week|month].",
        "[A {j}|{x}] moved to [the {p}|house {n}] [in {y}|on {d}]; bus {n} stops [there|near it].",
        "{x} has the {k} [ticket|map|hat] [with {n} dots|with {n} stars].",
    ),
    held=(
        "Bus {n} stops at the {p}.",
        "{x} weighs {n} kg.",
        "The {m} sleeps {n} hours near the {p}.",
        "The {j} moved here {n} weeks ago.",
        "{x} drew the {k} ticket with the number {n}.",
    ),
)


@dataclass
class Part:
    """One pattern with its numbers drawn."""

    pattern: Pattern
    known: dict[str, int]
    worked: list[str]
    set_up: list[str]
    answer: int

    def spec(self) -> dict[str, Any]:
        return {
            "domain": self.pattern.domain,
            "type": self.pattern.kind,
            "known": self.known,
            "find": self.pattern.find,
        }


@dataclass
class Story:
    text: str
    parts: list[Part] = field(default_factory=list)

    @property
    def answer(self) -> int:
        return self.parts[-1].answer

    @property
    def worked(self) -> list[str]:
        return [line for part in self.parts for line in part.worked]

    def spec(self) -> dict[str, Any]:
        if len(self.parts) == 1:
            return self.parts[0].spec()
        return {"domain": "composed", "parts": [part.spec() for part in self.parts]}


def solve(pattern: Pattern, known: dict[str, int], before: int | None) -> Part:
    """Carry out a pattern's sums on its numbers."""
    results: list[int] = []

    def value(word: str) -> int:
        if word.startswith("#"):
            return results[int(word[1:]) - 1]
        if word == "prev":
            assert before is not None
            return before
        return int(word.format(**known)) if word.startswith("{") else known[word]

    worked, set_up = [], []
    for left, sign, right in pattern.steps:
        a, b = value(left), value(right)
        results.append(int(SIGNS[sign](a, b)))
        shown = [word if word.startswith("#") else str(n) for word, n in ((left, a), (right, b))]
        set_up.append(f"{shown[0]} {sign} {shown[1]}")
        worked.append(f"{a} {sign} {b} = {results[-1]}")
    return Part(pattern, known, worked, set_up, results[-1])


def tell(draw: Draw, *, distract: float = 0.3, compose: float = 0.15) -> Story:
    """A problem in words, at times with a sentence that does not matter or with a second part."""
    pattern = draw.pick(PATTERNS)
    a, b, c = draw.names(3)
    t, u = draw.some(words.THINGS, 2)
    people = {"a": a, "b": b, "c": c, "t": t, "u": u, "d": draw.pick(words.DAYS)}
    known = {name: draw.number(*limits) for name, limits in pattern.numbers.items()}
    text = draw.phrase(Phrasings(pattern.seen, pattern.held), **people, **known)
    story = Story(text, [solve(pattern, known, None)])
    if draw.chance(compose):
        after = draw.pick(FOLLOW_UPS)
        more = {name: draw.number(*limits) for name, limits in after.numbers.items()}
        story.text += " " + draw.phrase(Phrasings(after.seen, after.held), **people, **more)
        story.parts.append(solve(after, more, story.answer))
    if draw.chance(distract):
        story.text = _slip_in(draw, story.text, _noise(draw, story.text))
    return story


def _noise(draw: Draw, text: str) -> str:
    """A sentence that says nothing about anyone in the text."""
    name = next(name for name in iter(draw.name, "") if name not in text)
    return draw.phrase(
        DISTRACTORS, x=name, n=draw.number(2, 90), p=draw.pick(words.PLACES),
        k=draw.pick(words.COLOURS), m=draw.pick(words.ANIMALS), j=draw.pick(words.JOBS),
        y=draw.pick(words.MONTHS), d=draw.pick(words.DAYS),
    )  # fmt: skip


def _slip_in(draw: Draw, text: str, sentence: str) -> str:
    """Before any sentence of the text, so that its place tells nothing."""
    starts = [0, *(m.end() for m in re.finditer(r"[.?!] ", text))]
    at = draw.pick(starts)
    return f"{text[:at]}{sentence} {text[at:]}"


ATTEMPT = Phrasings(
    seen=(
        "[Solve|Please solve|Now solve|Can you solve][ this| this problem| it|]: {text}",
        "[Work out|Please work out|Work through|Try][ this| this problem| it| the problem]: {text}",
        "{text}\n[Please w|W]ork it out[ step by step| in steps| line by line|].",
        "{text}\n[Solve|Please solve|Try to solve] [it|this|the problem][ step by step| with all sums| in steps|].",
        "{text}\n[Write|Show|Give] the sums [and the answer|and then the answer|with their results|and what comes out].",
        "[Problem|Task|Word problem|Story]: {text}\n[Solve|Answer] it[ step by step| with sums|].",
        "[Problem|Task|Question|Word problem]: {text}\n[Find|Work out|Give] the answer[ step by step| in steps|].",
        "[Answer|Please answer|Calculate][ with sums| step by step| in steps|]: {text}",
        "[Find|Give|Tell me] the [answer|result] [to|of] [this|this problem|this task]: {text}",
        "[Here is|Here comes|This is] a [problem|task|word problem]. {text} [Solve it.|Work it out.|Show the sums.]",
        "{text}\n[What is the answer?|What comes out?|What is the solution?][ Show the sums.| Step by step.|]",
        "[What is the solution|What is the answer|What comes out here]? {text}",
        "[Calculate|Work out|Find] what [this story|this task|the problem] asks[ for|][, sums first|]: {text}",
        "[Go through|Read] [this|the story], then [calculate|solve it|give the sums]: {text}",
    ),
    held=(
        "Find the solution. {text}",
        "{text}\nSums first, answer last[, please|].",
        "Go through this [story|task] and calculate what it asks for: {text}",
        "By which sums do you get to the end of this story? {text}",
    ),
)


@skill("attempt word problem", "math")
def attempt(draw: Draw) -> tuple[str, str]:
    story = tell(draw)
    answer = "\n".join([*story.worked, f"answer: {story.answer}"])
    return draw.phrase(ATTEMPT, text=story.text), answer


@skill("analyse word problem", "math")
def analyse(draw: Draw) -> tuple[str, str]:
    story = tell(draw, compose=0.3)
    return draw.phrase(ANALYSE, text=story.text), as_json(story.spec())


DOMAIN = Phrasings(
    seen=(
        "{text}\n[Which|What] [domain|kind|field][ is this| is it| does it belong to|]?",
        "[Name|Tell|Give|State|Write down|Say] the [domain|kind|sort] of[ this problem| this|]: {text}",
        "{text}\n[Name|Give|State|Write|Tell me] [its|the] [domain|kind|sort of problem][, please|].",
        "[Domain|Kind|Sort|Kind of problem|Sort of problem]: {text}",
        "[Which|What] [domain|kind|sort of problem] is [this|it]: {text}",
        "[To which|Into which] [domain|kind][ of problem|] does this [belong|go|fall]? {text}",
        "{text}\n[Is it|Is this] arithmetic, comparison, percentage, rate or entity?",
        "[Arithmetic, comparison, percentage, rate or entity?|One word for the domain, please.|Sort this problem.] {text}",
        "[Problem|Task|Story]: {text}\n[Domain|Kind|Sort]?",
        "[Read|Look at] [this|the problem] and [name|say|tell] [its domain|what kind it is|its kind]: {text}",
        "{text}\n[In one word|With one word], [what kind of problem is it|which domain is it|what is its domain]?",
        "{text}\n[Where|To which domain] [does it belong|does this belong]?",
        "[Say|Tell me] [in one word |]where this [story|problem] belongs: {text}",
    ),
    held=(
        "What sort of problem is this? {text}",
        "{text}\nSay in one word where it belongs.",
        "Where [would you|do you] sort this story? {text}",
        "{text}\nThe name of its field, please.",
    ),
)


@skill("name domain", "math")
def name_domain(draw: Draw) -> tuple[str, str]:
    story = tell(draw, compose=0)
    return draw.phrase(DOMAIN, text=story.text), story.parts[0].pattern.domain


KNOWN = Phrasings(
    seen=(
        "{text}\n[List|Write down|Give|Note|Write] what is [known|given|told][ as YAML| as a YAML record| in YAML|].",
        "[Known|Given|Known and given] [quantities|numbers|amounts] [of|in]: {text}",
        "[List|Write down|Note|Give|Name|Collect] the [known|given] [quantities|numbers|amounts][, with their names|]: {text}",
        "{text}\n[Which|What] [quantities|numbers|amounts] are [known|given]?[ As YAML, please.| Answer in YAML.|]",
        "{text}\n[Name|Collect|Pick out|Copy out] [the numbers|all the numbers] that [matter|count|are needed][ and what they mean| with their names|].",
        "[Problem|Task|Story]: {text}\n[Known?|What is known?|Given?|What is given?]",
        "[What is known|What is given|What do we know|What are we told] [here|in this problem|in this story]? {text}",
        "[Read|Look at] [this|the problem] and [list|note|write down] [what is known|the known numbers|what is given]: {text}",
        "{text}\n[Make|Write] a [record|list] of [the known numbers|what we know|the given amounts].",
        "[Which numbers are needed|Which numbers matter|What numbers count] [for the answer|to solve it|in this]: {text}",
        "{text}\n[Say|Tell|State] what [each number|each needed number|each number that matters] [is for|means|stands for].",
        "{text}\n[Collect|Put down|List] the facts[ that are needed| that count| with their names|].",
        "[Facts|The facts] [needed|that matter|given][ here|]: {text}",
    ),
    held=(
        "What numbers matter here, and for what? {text}",
        "{text}\nPut the facts that are needed into a record.",
        "Tell me all the amounts given in this [task|story], each with its name: {text}",
        "{text}\nWe know what? Collect it.",
    ),
)


@skill("read known quantities", "math")
def known_quantities(draw: Draw) -> tuple[str, str]:
    story = tell(draw, compose=0)
    return draw.phrase(KNOWN, text=story.text), flow(story.parts[0].known)


WHICH_SUMS = Phrasings(
    seen=(
        "{text}\n[Which|What] sums[ are needed| are to be done| lead to the answer|]? [Do not work them out.|No results.|Without results, please.]",
        "[Only|Just] [set up|write down|write|list] the sums[, no results|, not the results|]: {text}",
        "{text}\n[Only|Just] [set up|write|list|give] the sums[, please|, without the results|].",
        "[Set up|Write down|List|Give|Note] the sums [without results|without working them out|but do not work them out|only]: {text}",
        "{text}\n[What has|Which steps have] to be calculated? [Leave out the results.|Only the sums.|Do not calculate.]",
        "[Which|What] sums [must be done|are needed|would you do|are to be calculated] [here|for this]? {text}",
        "[Problem|Task|Story]: {text}\n[Sums, not results.|Which sums?|Only the sums.|The sums, please.]",
        "[How|In which steps] would you calculate this[, without doing it|]? {text}",
        "{text}\n[Say|Tell me|Show|State] [how to calculate it|which sums to do|what to add, subtract or multiply][, but not what comes out|, no results].",
        "[Do not solve this|Do not work this out], [only|just] [set up|write|say] the sums: {text}",
        "{text}\n[Leave the results to others|Someone else does the sums|A calculator will do the rest]: [set up|write|list] the sums.",
        "[Which sums should be done|What should be calculated]? [No results are wanted|Only the sums are wanted|Leave out what comes out]. {text}",
    ),
    held=(
        "{text}\nSay what has to be calculated, without results.",
        "Make a list of the steps to calculate, and leave out what comes out: {text}",
        "{text}\nFor a calculator: what sums should it do?",
        "Results are not wanted here, sums are. {text}",
    ),
)


@skill("set up sums", "math")
def set_up(draw: Draw) -> tuple[str, str]:
    """The right numbers in the right order; results are left to whoever can calculate."""
    story = tell(draw, compose=0)
    return draw.phrase(WHICH_SUMS, text=story.text), "; ".join(story.parts[0].set_up)


IRRELEVANT = Phrasings(
    seen=(
        "{text}\n[Which|What] sentence [does not matter|is not needed|is beside the point|does not count|can be dropped]?",
        "[Find|Name|Give|Copy out|Copy|Write down] [what is beside the point|what does not matter|the sentence that is not needed|the needless sentence]: {text}",
        "{text}\n[Find|Copy|Write down|Copy out|Give] the sentence that [does not matter|is not needed|has nothing to do with it|can be left out].",
        "[Which|What] sentence [of|in] [this|the] [problem|story|text] [is not needed|does not matter|is no help]? {text}",
        "One sentence [is not needed|does not matter|is beside the point]. [Copy it|Find it|Which one]: {text}",
        "[Problem|Story|Task]: {text}\n[What is not needed?|What can be dropped?|What does not matter?|Which sentence is no help?]",
        "{text}\n[What|Which part] [could be dropped|could be left out|is not needed|does not help] [here|to solve it|for the answer]?",
        "[Read|Look at] [this|the story] and [name|copy|find] the sentence [without use|that does not help|that is not needed]: {text}",
        "[Please f|F]ind the [extra|needless|useless] sentence[ in this| in this story|]: {text}",
        "{text}\n[The extra sentence|The needless sentence|The sentence without use], please[: copy it|].",
    ),
    held=(
        "{text}\nOne sentence can be left out: which?",
        "What could you drop from this story and still solve it? {text}",
        "{text}\nCopy what has no use for the answer.",
        "Say which sentence here is of no help. {text}",
    ),
)


@skill("find the distractor", "math")
def distractor(draw: Draw) -> tuple[str, str]:
    story = tell(draw, distract=0, compose=0)
    noise = _noise(draw, story.text)
    return draw.phrase(IRRELEVANT, text=_slip_in(draw, story.text, noise)), noise
