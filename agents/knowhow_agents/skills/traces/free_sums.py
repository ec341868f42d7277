"""Sums over the numbers of any text: what a small model sees, may write, and is shown.

    Ben has 47 figs and eats 84% of them. How many …     84 / 100; 47 * #1

It is the form of `sums`, for `arithmetic`. Operands are the marks of a problem's numbers, what its
words hint at, and what came out before; a percentage is divided by hundred where it is used, and
taken from hundred, or added to it, where it says what is left or made of a whole. Knows nothing
about right answers.
"""

from knowhow_adapters.decode.grammar import Grammar
from knowhow_agents.skills.traces import grammar, sums
from knowhow_agents.skills.traces.language import write, write_number
from knowhow_agents.skills.traces.marks import look
from knowhow_agents.skills.traces.search import Quantity, Tree, constants, first_place
from knowhow_agents.skills.traces.team import ASK
from knowhow_agents.skills.traces.voting import Writer

WHOLE = "100"
SIGN_OF_WAY = {"less": "-", "more": "+"}
EXPERT = "arithmetic"


def see(problem: str) -> str:
    """What the small model is asked."""
    return ASK.format(text=look(problem).text.strip())


def own_sums(problem: str) -> Grammar | None:
    """Sums over the numbers that a problem says or hints at; None where there are none."""
    marks = list(look(problem).numbers)
    hinted = [write_number(constant.value) for constant in constants(problem)]
    percent = [WHOLE] if "%" in problem or "percent" in problem else []
    words = dict.fromkeys([*marks, *hinted, *percent])
    return grammar.sums(tuple(words)) if marks else None


def spell_out(problem: str, written: str) -> str:
    """The trace that sums stand for."""
    return write([sums.spell_out(EXPERT, [(look(problem), written)])])


def tell(problem: str, tree: Tree) -> str:
    """What the small model is to write."""
    marks = list(look(problem).numbers)
    steps: list[str] = []

    def result(told: str) -> str:
        steps.append(told)
        return f"#{len(steps)}"

    def operand(tree: Tree) -> str:
        if isinstance(tree, Quantity):
            return number(tree)
        if first_place(tree.right) < first_place(tree.left):
            right, left = operand(tree.right), operand(tree.left)
        else:
            left, right = operand(tree.left), operand(tree.right)
        return result(f"{left} {sums.SIGN_OF[tree.op]} {right}")

    def number(quantity: Quantity) -> str:
        if quantity.way.startswith("hint"):
            return write_number(quantity.value)
        mark = marks[quantity.place]
        if sign := SIGN_OF_WAY.get(quantity.way):
            mark = result(f"{WHOLE} {sign} {mark}")
        return mark if quantity.way == "said" else result(f"{mark} / {WHOLE}")

    operand(tree)
    return sums.BETWEEN.join(steps)


def writer(adapter: str | None) -> Writer:
    return Writer(adapter, see, spell_out, own_sums)
