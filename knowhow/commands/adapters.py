"""`knowhow adapters …`: the versions of specialists' adapters, which one serves, and the way back.

A version is named `agent@sha12`, by how that begins, or by its agent, which means the champion.
Looking and moving names load no model; promoting, proving and carrying do.
"""

from collections.abc import Iterator, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from knowhow.output import Json, emit, status, text

if TYPE_CHECKING:
    from rich.table import Table

    from knowhow_adapters.base.load import Base
    from knowhow_adapters.registry.aliases import Aliases
    from knowhow_adapters.registry.registry import Registry
    from knowhow_adapters.registry.versions import Version

app = typer.Typer(help="Versions of specialists' adapters.", no_args_is_help=True)

Ref = Annotated[str, typer.Argument(help="A version, how its name begins, or its agent.")]
Agent = Annotated[str, typer.Argument(help="The specialist.")]
Because = Annotated[str, typer.Option(help="Why; it is kept in the history.")]
BY_HAND = "by hand"
MOVES_SHOWN = 10


@app.command("list")
def list_(
    agent: Annotated[str | None, typer.Argument(help="Only this specialist.")] = None,
    as_json: Json = False,
) -> None:
    """Every version there is, and which of them serve."""
    registry = _registry()
    agents = [_known(registry, agent)] if agent else registry.agents()
    found = {name: _listed(registry, name) for name in agents}
    emit({"agents": found}, as_json=as_json, shown=lambda: _listing(found))


@app.command()
def show(ref: Ref, as_json: Json = False) -> None:
    """Where a version comes from, how it was judged, and what became of it."""
    registry = _registry()
    version = registry.show(registry.find(ref))
    document = _document(version) | {
        "serves_as": _serves_as(version.ref, registry.aliases(_agent(version.ref))),
        "history": [
            move.model_dump(mode="json")
            for move in registry.history(_agent(version.ref))
            if move.ref == version.ref
        ],
    }
    emit(document, as_json=as_json, shown=lambda: _details(document))


@app.command()
def verify(
    ref: Annotated[
        str | None, typer.Argument(help="A version or an agent (default: all that serve).")
    ] = None,
    as_json: Json = False,
) -> None:
    """Load what serves and have it answer: is it the version that was published?"""
    from knowhow_adapters.errors import AdapterError

    registry = _registry()
    refs = [registry.find(ref)] if ref else _all_serving(registry)
    base = _base()
    found = []
    for name in refs:
        proof: dict[str, Any] = {"ref": name, "base": base.name, "ok": True, "reason": None}
        try:
            proof["answers"] = registry.verify(name, base).ref
        except AdapterError as error:
            proof |= {"ok": False, "answers": None, "reason": str(error)}
        found.append(proof)
    emit({"verified": found}, as_json=as_json, shown=lambda: _proofs(found))
    if not all(proof["ok"] for proof in found):
        raise typer.Exit(1)


@app.command()
def promote(ref: Ref, because: Because = BY_HAND, as_json: Json = False) -> None:
    """Let a version serve, once it was proven on this base."""
    registry = _registry()
    name = registry.find(ref)
    seen = registry.aliases(_agent(name)).revision
    registry.verify(name, _base())
    aliases = registry.promote(_agent(name), name, expect_revision=seen, cause=because)
    _tell(_agent(name), aliases, as_json=as_json)


@app.command()
def rollback(agent: Agent, because: Because = BY_HAND, as_json: Json = False) -> None:
    """Let the champion before this one serve again."""
    registry = _registry()
    seen = registry.aliases(_known(registry, agent)).revision
    aliases = registry.rollback(agent, cause=because, expect_revision=seen)
    _tell(agent, aliases, as_json=as_json)


@app.command()
def shadow(
    ref: Ref,
    share: Annotated[float, typer.Option(help="Of the requests; 0 ends the trial.")] = 0.1,
    because: Because = BY_HAND,
    as_json: Json = False,
) -> None:
    """Try a version on a share of the requests."""
    registry = _registry()
    name = registry.find(ref)
    if share:
        registry.verify(name, _base())
        aliases = registry.shadow(_agent(name), name, share, cause=because)
    else:
        aliases = registry.end_shadow(_agent(name), name, cause=because)
    _tell(_agent(name), aliases, as_json=as_json)


@app.command()
def diff(old: Ref, new: Ref, as_json: Json = False) -> None:
    """What changed from one version to another, and which problems flipped."""
    registry = _registry()
    names = registry.find(old), registry.find(new)
    document = {"old": names[0], "new": names[1], **asdict(registry.diff(*names))}
    emit(document, as_json=as_json, shown=lambda: _changes(document))


@app.command()
def prune(
    agent: Agent,
    keep: Annotated[int, typer.Option(min=3, help="Newest versions to keep.")] = 3,
    as_json: Json = False,
) -> None:
    """Delete old versions; what serves and what can be returned to stays."""
    registry = _registry()
    removed = registry.forget(_known(registry, agent), keep=keep)
    emit(
        {"removed": removed},
        as_json=as_json,
        shown=lambda: text("\n".join(f"removed {ref}" for ref in removed) or "nothing to remove"),
    )


@app.command()
def export(
    ref: Ref,
    target: Annotated[Path, typer.Argument(help="A new folder, or a file that ends in .zip.")],
    as_json: Json = False,
) -> None:
    """Write a version as plain PEFT takes it: a folder, or one file."""
    registry = _registry()
    name = registry.find(ref)
    registry.export(name, _base(), target)
    document = {"ref": name, "target": str(target)}
    emit(document, as_json=as_json, shown=lambda: f"{name} → {target}")


@app.command("import")
def import_(
    source: Annotated[Path, typer.Argument(help="A folder or a .zip, ours or plain PEFT's.")],
    agent: Annotated[
        str | None, typer.Option(help="Whose it becomes; needed for plain PEFT's.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Check an adapter from elsewhere and publish it; nothing serves until it is promoted."""
    from knowhow_adapters.artefact import import_adapter
    from knowhow_adapters.registry.lineage import Lineage

    base = _base()
    adapter = import_adapter(source, base, agent=agent)
    ref = _registry().publish(adapter, base, Lineage(origin="imported"))
    emit({"ref": ref}, as_json=as_json, shown=lambda: f"{ref} is here; promote it to let it serve")


def _registry() -> "Registry":
    from knowhow.settings import load_settings
    from knowhow.store import adapters_folder
    from knowhow_adapters.registry.registry import Registry

    return Registry(adapters_folder(load_settings()))


def _base() -> "Base":
    from knowhow.settings import load_settings
    from knowhow_adapters.base.load import load_base

    with status("loading the base"):
        return load_base(load_settings().small_model.base)


def _agent(ref: str) -> str:
    from knowhow_adapters.names import agent_of

    return agent_of(ref)


def _known(registry: "Registry", agent: str) -> str:
    from knowhow_memory.errors import NotFoundError

    if agent in (agents := registry.agents()):
        return agent
    known = f"there are {', '.join(agents)}" if agents else "there are none yet"
    raise NotFoundError(f"no specialist {agent[:80]!r} has versions: {known}")


def _all_serving(registry: "Registry") -> list[str]:
    aliases = [registry.aliases(agent) for agent in registry.agents()]
    return [ref for each in aliases for ref in (each.champion, each.shadow) if ref]


def _serves_as(ref: str, aliases: "Aliases") -> str | None:
    for name in ("champion", "shadow", "previous"):
        if getattr(aliases, name) == ref:
            return name
    return None


def _named(aliases: "Aliases") -> dict[str, Any]:
    return {
        **aliases.model_dump(mode="json", include={"champion", "shadow", "share", "revision"}),
        "previous": aliases.previous,
    }


def _listed(registry: "Registry", agent: str) -> dict[str, Any]:
    from knowhow_adapters.errors import AdapterError

    aliases = registry.aliases(agent)
    versions = []
    for ref in registry.refs(agent):
        row: dict[str, Any] = {"ref": ref, "serves_as": _serves_as(ref, aliases)}
        try:
            lineage = registry.show(ref).lineage
        except AdapterError as error:
            row["broken"] = str(error)
        else:
            row |= lineage.model_dump(mode="json", include={"origin", "parent", "created_at"})
            row["verdict"] = lineage.gate and lineage.gate.verdict
            row["gain"] = lineage.gate and lineage.gate.gain
            row["outcomes"] = lineage.data and lineage.data.n
        versions.append(row)
    moves = [move.model_dump(mode="json") for move in registry.history(agent)[-MOVES_SHOWN:]]
    return {"aliases": _named(aliases), "versions": versions, "history": moves}


def _document(version: "Version") -> dict[str, Any]:
    """Manifest and lineage; the logits of the fingerprint say nothing to a reader."""
    return {
        **version.manifest.model_dump(mode="json", exclude={"fingerprint", "format"}),
        "folder": str(version.folder),
        "lineage": version.lineage.model_dump(mode="json", exclude={"format"}),
    }


def _tell(agent: str, aliases: "Aliases", *, as_json: bool) -> None:
    last = aliases.last
    document = {
        "agent": agent,
        **_named(aliases),
        "move": last and last.move,
        "cause": last and last.cause,
    }
    serves = f"{agent}: {aliases.champion or 'the bare base'} serves"
    trial = f", {aliases.shadow} on {aliases.share:.0%} of the requests" if aliases.shadow else ""
    emit(document, as_json=as_json, shown=lambda: serves + trial)


def _listing(found: Mapping[str, Any]) -> "Table | str":
    from rich.table import Table

    rows = [row for agent in found.values() for row in agent["versions"]]
    if not rows:
        return (
            "no versions yet: `knowhow learn run` makes them, `knowhow adapters import` takes one"
        )
    table = Table("version", "serves as", "made", "from", "gate", box=None)
    table.columns[0].no_wrap = True
    for row in rows:
        if "broken" in row:
            table.add_row(row["ref"], "broken", "", text(row["broken"]))
            continue
        table.add_row(
            row["ref"],
            row["serves_as"] or "",
            row["created_at"][:10],
            row["origin"] if row["outcomes"] is None else f"{row['outcomes']:,} outcomes",
            "" if row["gain"] is None else f"{row['verdict']} {row['gain']:+.3f}",
        )
    return table


def _details(document: Mapping[str, Any]) -> "Table":
    from rich.table import Table

    table = Table(show_header=False, box=None)
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    for name, value in _facts(document):
        table.add_row(text(name), text(value))
    return table


def _facts(document: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """What a person wants to know of a version; `--json` tells the rest."""
    from knowhow_adapters.names import SHORT_HASH

    lineage = document["lineage"]
    yield "version", document["ref"]
    yield "serves as", document["serves_as"] or "–"
    yield "base", f"{document['base']} ({document['base_hash'][:SHORT_HASH]})"
    yield (
        "made",
        f"{_minute(lineage['created_at'])}, {lineage['origin']}, knowhow {lineage['code']}",
    )
    if lineage["parent"]:
        yield "began from", lineage["parent"]
    if data := lineage["data"]:
        outcomes = f"{data['n']:,} outcomes, numbers {data['first_seq']:,}–{data['last_seq']:,}"
        yield "learnt from", outcomes
    yield from _judged(lineage["gate"])
    for name, value in {"seed": lineage["seed"], **lineage["settings"]}.items():
        if value is not None:
            yield name, str(value)
    for move in document["history"]:
        yield move["move"], f"{_minute(move['at'])}: {move['cause']}"
    yield "folder", document["folder"]


def _judged(gate: Mapping[str, Any] | None) -> Iterator[tuple[str, str]]:
    if gate is None:
        yield "gate", "none has judged it"
        return
    yield (
        "gate",
        f"{gate['verdict']}: {gate['gain']:+.3f} [{gate['gain_low']:+.3f}, "
        f"{gate['gain_high']:+.3f}] beside {gate['champion'] or 'the bare base'} on {gate['n']:,} "
        f"held-out problems, evidence {gate['evidence']:.3g}",
    )
    for reason in gate["reasons"]:
        yield "", reason


def _minute(moment: str) -> str:
    return f"{moment[:16].replace('T', ' ')} UTC"


def _proofs(found: list[dict[str, Any]]) -> "Table | str":
    from rich.table import Table

    if not found:
        return "nothing serves but the bare base"
    table = Table("version", "answers as published", "why not")
    for proof in found:
        table.add_row(proof["ref"], "yes" if proof["ok"] else "no", text(proof["reason"] or ""))
    return table


def _changes(document: Mapping[str, Any]) -> "Table":
    from rich.table import Table

    table = Table("", document["old"], document["new"])
    for name, (before, after) in document["changed"].items():
        table.add_row(text(name), text(before), text(after))
    table.caption = (
        f"of {document['compared']:,} problems both were judged on, {len(document['gained'])} "
        f"are solved now and were not, {len(document['lost'])} were and are not"
    )
    return table
