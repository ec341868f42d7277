"""`knowhow route`: whom to ask and which way, how sure, and on what evidence."""

from typing import TYPE_CHECKING, Annotated

import typer

from knowhow.output import Json, Tenant, emit, progress, text

if TYPE_CHECKING:
    from rich.console import Group
    from rich.table import Table

    from knowhow_router.router import Routed


def route(
    problem: Annotated[str, typer.Argument(help="The problem in words.")],
    explain: Annotated[bool, typer.Option("--explain", help="Say why.")] = False,
    arm: Annotated[
        list[str] | None, typer.Option(help="A candidate (repeat it); default: all known arms.")
    ] = None,
    explore: Annotated[
        bool, typer.Option(help="Now and then try an arm that is not known well.")
    ] = True,
    session: Annotated[
        str | None, typer.Option(help="Stay with one arm while it is about as good.")
    ] = None,
    tenant: Tenant = None,
    as_json: Json = False,
) -> None:
    """Choose an arm for a problem and keep the decision."""
    from knowhow.know import Know
    from knowhow.settings import load_settings

    settings = load_settings()
    settings.memory.tenant = tenant or settings.memory.tenant
    with Know(settings) as know:
        with progress("learning what was recorded") as show:
            know.router.follow(show)
        routed = know.route(problem, arms=arm, explore=explore, session=session)
    emit(routed.document(), as_json=as_json, shown=lambda: _answer(routed, explain=explain))


def _answer(routed: "Routed", *, explain: bool) -> "Group":
    from rich.console import Group

    lines = [text(headline(routed))]
    if explain:
        if routed.evidence is not None:
            lines.append(text(f"{routed.fallback}: {routed.evidence}"))
        return Group(*lines, _candidates(routed), _nearest(routed), text(_next_step(routed)))
    return Group(*lines, text(_next_step(routed)))


def headline(routed: "Routed") -> str:
    chosen = routed.chosen
    sure = f"{chosen.p:.0%} (95% {chosen.low:.0%}–{chosen.high:.0%})"
    if routed.arm is None:
        return f"nobody is likely enough; the fallback is {routed.fallback}, {sure}"
    return f"ask {routed.arm}: P(success) {sure}, {routed.cause}"


def _next_step(routed: "Routed") -> str:
    return f"then: knowhow outcome add --decision {routed.id} --reward 0..1"


def _candidates(routed: "Routed") -> "Table":
    from rich.table import Table

    table = Table()
    table.add_column("arm")
    for name in ("P(success)", "95%", "support", "cost", "chance"):
        table.add_column(name, justify="right")
    if routed.opinion:
        table.add_column("adapter's opinion", justify="right")
    for each in sorted(routed.candidates, key=lambda c: -c.p):
        cost = "" if each.cost is None else f"${each.cost:.3g}"
        thought = [f"{routed.opinion[each.arm]:.0%}"] if each.arm in routed.opinion else []
        table.add_row(
            text(each.arm),
            f"{each.p:.0%}",
            f"{each.low:.0%}–{each.high:.0%}",
            f"{each.n_eff:.1f}",
            cost,
            f"{each.propensity:.1%}",
            *thought,
        )
    return table


def _nearest(routed: "Routed") -> "Table":
    from rich.table import Table

    table = Table(title="nearest problems", title_justify="left")
    table.add_column("likeness", justify="right")
    table.add_column("problem", overflow="ellipsis", no_wrap=True, max_width=48)
    table.add_column("what came of it")
    for near in routed.nearest:
        tried = ", ".join(f"{arm} {reward:g}" for arm, reward in near.tried)
        table.add_row(f"{near.similarity:.2f}", text(near.problem), text(tried))
    return table
