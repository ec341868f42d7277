"""Bare sums: what attempting a problem alone needs, and how far a small model gets with it."""

from knowhow_adapters.base.corpus.registry import Draw, Phrasings, skill

SUM = Phrasings(seen=("{a} {op} {b} =", "What is {a} {op} {b}?"), held=("Work out {a} {op} {b}.",))


@skill("add and subtract", "sums")
def add_subtract(draw: Draw) -> tuple[str, str]:
    top = draw.pick((20, 100, 100, 1000))
    a, b = draw.number(1, top), draw.number(1, top)
    if draw.chance(0.5):
        return draw.phrase(SUM, a=a, op="+", b=b), str(a + b)
    a, b = max(a, b), min(a, b)
    return draw.phrase(SUM, a=a, op="-", b=b), str(a - b)


@skill("multiply and divide", "sums")
def multiply_divide(draw: Draw) -> tuple[str, str]:
    a, b = draw.number(2, draw.pick((12, 60, 300))), draw.number(2, 12)
    if draw.chance(0.5):
        return draw.phrase(SUM, a=a, op="*", b=b), str(a * b)
    return draw.phrase(SUM, a=a * b, op="/", b=b), str(a)


LARGER = Phrasings(
    seen=("Which is larger, {a} or {b}?", "The larger of {a} and {b}:"),
    held=("Between {a} and {b}, name the larger.",),
)


@skill("larger number", "sums")
def larger(draw: Draw) -> tuple[str, str]:
    top = draw.pick((20, 100, 1000, 10_000))
    a, b = draw.some(range(top), 2)
    return draw.phrase(LARGER, a=a, b=b), str(max(a, b))


CHAIN = Phrasings(
    seen=("Step by step: {text}", "Work out in steps: {text}"), held=("One after another: {text}",)
)


@skill("chain of sums", "sums")
def chain(draw: Draw) -> tuple[str, str]:
    value = draw.number(1, 60)
    text, worked = f"start with {value}", []
    for _ in range(draw.number(1, 4)):
        kind, by = draw.pick(("add", "subtract", "times")), draw.number(1, 30)
        if kind == "times" and value * by > 500:
            kind = "subtract"
        if kind == "subtract" and by > value:
            kind = "add"
        sign = {"add": "+", "subtract": "-", "times": "*"}[kind]
        before, value = value, {"+": value + by, "-": value - by, "*": value * by}[sign]
        text += f", {kind} {by}"
        worked.append(f"{before} {sign} {by} = {value}")
    return draw.phrase(CHAIN, text=text), "\n".join([*worked, f"answer: {value}"])
