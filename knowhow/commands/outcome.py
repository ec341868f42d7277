"""`knowhow outcome …`: what happened, one at a time."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from knowhow.commands import exchange
from knowhow.output import Json, Tenant, emit, text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rich.table import Table

    from knowhow_adapters.learn.purged import Forgotten
    from knowhow_memory.memory import Memory
    from knowhow_memory.models import OutcomeCreate, OutcomePublic, Receipt

app = typer.Typer(help="Record, look at, correct and withdraw outcomes.", no_args_is_help=True)
app.command("import")(exchange.import_)
app.command("export")(exchange.export)

OutcomeId = Annotated[str, typer.Argument(help="The outcome's id, or how it begins.")]
Reward = Annotated[float | None, typer.Option(help="How well it went, between 0 and 1.")]
Infra = Annotated[bool, typer.Option("--infra", help="The provider failed, not the agent.")]


@app.command()
def add(
    problem: Annotated[str | None, typer.Argument(help="The problem in words.")] = None,
    arm: Annotated[
        str | None, typer.Option(help="Who was asked and which way: specialist::strategy.")
    ] = None,
    reward: Reward = None,
    infra: Infra = False,
    decision: Annotated[str | None, typer.Option(help="The decision this came of.")] = None,
    verified_by: Annotated[str, typer.Option(help="What said so: a checker, a test, a user.")] = (
        "user"
    ),
    task: Annotated[str | None, typer.Option(help="A label for the kind of problem.")] = None,
    principal: Annotated[str | None, typer.Option(help="Who reports it.")] = None,
    cost: Annotated[float | None, typer.Option(help="In dollars.")] = None,
    latency: Annotated[float | None, typer.Option(help="In seconds.")] = None,
    big_model: Annotated[str | None, typer.Option(help="The big model in use.")] = None,
    tenant: Tenant = None,
    as_json: Json = False,
) -> None:
    """Record what came of asking an arm."""
    from knowhow.settings import load_settings
    from knowhow.store import open_memory
    from knowhow_memory.models import Fault, OutcomeCreate
    from knowhow_memory.validation import checked

    settings = load_settings()
    new = checked(
        OutcomeCreate,
        problem=problem,
        arm=arm,
        reward=reward,
        fault=Fault.INFRA if infra else Fault.AGENT,
        decision_id=decision,
        verified_by=verified_by,
        task=task,
        principal=principal,
        cost=cost,
        latency_s=latency,
        big_model=big_model,
        tenant=tenant or settings.memory.tenant,
    )
    with open_memory(settings) as memory:
        if decision is not None:
            new = new.model_copy(update=_seen(memory, decision, new))
        _acknowledge(memory.record(new), "recorded", as_json=as_json)


def _seen(memory: "Memory", decision: str, new: "OutcomeCreate") -> dict[str, Any]:
    """What waits with a watched episode for its outcome, where nothing else was given."""
    from knowhow_agents.watching.keeping import seen_earlier

    seen = seen_earlier(memory.database, decision)
    return {name: value for name, value in seen.items() if getattr(new, name) is None}


@app.command()
def correct(
    outcome_id: OutcomeId,
    reward: Reward = None,
    infra: Infra = False,
    verified_by: Annotated[str, typer.Option(help="What said so.")] = "user",
    as_json: Json = False,
) -> None:
    """Say what the outcome really was; the earlier word stays in the log."""
    from knowhow.store import open_memory
    from knowhow_memory.lookups import full_id
    from knowhow_memory.models import Fault

    fault = Fault.INFRA if infra else Fault.AGENT
    with open_memory(create=False) as memory:
        found = full_id(memory.database, "outcome", outcome_id)
        receipt = memory.correct(found, reward=reward, fault=fault, verified_by=verified_by)
        _acknowledge(receipt, "corrected", as_json=as_json)


@app.command()
def undo(outcome_id: OutcomeId, as_json: Json = False) -> None:
    """Take an outcome out of everything that is learned from."""
    from knowhow.store import open_memory
    from knowhow_memory.lookups import full_id

    with open_memory(create=False) as memory:
        receipt = memory.undo(full_id(memory.database, "outcome", outcome_id))
        _acknowledge(receipt, "undone", as_json=as_json)


@app.command()
def purge(
    tenant: Annotated[str | None, typer.Option(help="Whose outcomes and problems.")] = None,
    principal: Annotated[str | None, typer.Option(help="Whose reports.")] = None,
    as_json: Json = False,
) -> None:
    """Delete everything a tenant or a principal ever brought in.

    What learnt from it serves no more; the champion before that does, or the bare base.
    """
    from knowhow.settings import load_settings
    from knowhow.store import adapters_folder, open_memory
    from knowhow_adapters.learn.purged import forget
    from knowhow_adapters.registry.registry import Registry
    from knowhow_memory.errors import NotFoundError

    settings = load_settings()
    with open_memory(settings, create=False) as memory:
        # What serves goes first: who is interrupted in between can say the same again.
        found = forget(Registry(adapters_folder(settings)), tenant=tenant, principal=principal)
        try:
            removed = memory.purge(tenant=tenant, principal=principal)
        except NotFoundError:
            if not found.learnt:
                raise
            removed = 0
    document = {"removed": removed, "learnt_from": found.learnt, "withdrawn": found.served}
    emit(document, as_json=as_json, shown=lambda: text("\n".join(_purged(removed, found))))


@app.command()
def show(outcome_id: OutcomeId, as_json: Json = False) -> None:
    """Everything known about one outcome."""
    from knowhow.store import open_memory
    from knowhow_memory.lookups import full_id

    with open_memory(create=False) as memory:
        outcome = memory.outcome(full_id(memory.database, "outcome", outcome_id))
    emit(outcome.model_dump(mode="json"), as_json=as_json, shown=lambda: _details(outcome))


@app.command("list")
def list_(
    limit: Annotated[int, typer.Option(min=1, help="The newest so many.")] = 20,
    tenant: Tenant = None,
    as_json: Json = False,
) -> None:
    """The newest live outcomes."""
    from knowhow.store import open_memory

    with open_memory(create=False) as memory:
        newest = memory.newest(limit, tenant=tenant)
    document = {"outcomes": [outcome.model_dump(mode="json") for outcome in newest]}
    emit(document, as_json=as_json, shown=lambda: _listing(newest))


def _purged(removed: int, found: "Forgotten") -> "Iterator[str]":
    yield f"{removed:,} rows purged"
    for ref in found.learnt:
        fate = "serves no more" if ref in found.served else "did not serve"
        yield f"{ref} had learnt from them and {fate}"


def _acknowledge(receipt: "Receipt", verb: str, *, as_json: bool) -> None:
    verb = "was recorded before" if receipt.duplicate else verb
    emit(
        receipt.model_dump(),
        as_json=as_json,
        shown=lambda: f"outcome {receipt.id} {verb} (sequence number {receipt.seq})",
    )


def _details(outcome: "OutcomePublic") -> "Table":
    from rich.table import Table

    table = Table(show_header=False, box=None)
    for name, value in outcome.model_dump(mode="json", exclude_none=True).items():
        table.add_row(name, text(value))
    return table


def _listing(outcomes: "list[OutcomePublic]") -> "Table":
    from rich.table import Table

    table = Table()
    table.add_column("id", no_wrap=True, min_width=8)
    for name in ("problem", "arm"):
        table.add_column(name, overflow="ellipsis", no_wrap=True, max_width=48)
    table.add_column("reward", justify="right", no_wrap=True, min_width=6)
    table.add_column("verified by", overflow="ellipsis", no_wrap=True, max_width=16)
    for outcome in outcomes:
        reward = "infra" if outcome.reward is None else f"{outcome.reward:g}"
        table.add_row(
            outcome.id[:8],
            text(outcome.problem),
            text(outcome.arm),
            reward,
            text(outcome.verified_by),
        )
    return table
