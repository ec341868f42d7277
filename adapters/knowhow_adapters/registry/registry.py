"""`Registry(root)`: the versions of every agent, and which of them serves.

    <root>/<agent>/versions/<agent@sha12>/   an adapter, its lineage and its card; never changes
    <root>/<agent>/aliases.json              what serves (see `aliases`)
    <root>/<agent>/history.jsonl             every move

A version is seen once it is whole, and named champion only after its files were found to be the
published ones, so a champion always loads. Moves are pointer moves: other processes follow them at
their next `champion()`. Only publishing and proving need the base. Knows nothing about training.
"""

import contextlib
import shutil
from collections.abc import Collection, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from knowhow_adapters.errors import AdapterError, AdapterMissing
from knowhow_adapters.manifest import MAX_LINEAGE_BYTES
from knowhow_adapters.names import agent_of, check_agent, is_ref
from knowhow_adapters.parts import CARD_FILE, LINEAGE_FILE
from knowhow_adapters.registry import difference, versions
from knowhow_adapters.registry.aliases import (
    BACK,
    Aliases,
    AliasFile,
    Move,
    refuse_stale,
)
from knowhow_adapters.registry.card import render_card
from knowhow_adapters.registry.lineage import Lineage, inherit, render_lineage
from knowhow_adapters.registry.trial import MAX_SHARE
from knowhow_memory import durable
from knowhow_memory.errors import ConflictError, InputError, NotFoundError

if TYPE_CHECKING:
    from knowhow_adapters.adapter import Adapter
    from knowhow_adapters.base.load import Base

VERSIONS = "versions"
LEAST_KEPT = 3
"""Versions beside the named ones that pruning leaves."""
LONG_AGO = datetime.min.replace(tzinfo=UTC)


class Registry:
    """Safe to share between threads and processes."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._files: dict[str, AliasFile] = {}

    def agents(self) -> list[str]:
        return sorted(path.parent.name for path in self._root.glob(f"*/{VERSIONS}"))

    def refs(self, agent: str) -> list[str]:
        """Its versions, the newest first; what cannot be read comes last."""
        folder = self._folder(agent) / VERSIONS
        names = [path.name for path in folder.glob(f"{agent}@*") if is_ref(path.name)]
        return sorted(names, key=lambda ref: (self._made(ref), ref), reverse=True)

    def folder_of(self, ref: str) -> Path:
        """What a bank takes as its source."""
        return self._folder(agent_of(ref)) / VERSIONS / ref

    def show(self, ref: str) -> versions.Version:
        """Where a version comes from; its weights are not read."""
        return versions.look(self.folder_of(ref))

    def find(self, name: str) -> str:
        """A version by its name, by how its name begins, or its agent's champion."""
        agent, at, start = name.partition("@")
        if not at:
            if champion := self.champion(agent):
                return champion
            raise NotFoundError(f"{agent!r} has no champion: name one of its versions")
        found = [ref for ref in self.refs(agent) if ref.startswith(name)] if start else []
        if len(found) != 1:
            raise NotFoundError(f"{len(found) or 'no'} versions are called {name[:80]!r}")
        return found[0]

    def aliases(self, agent: str) -> Aliases:
        return self._file(agent).read()

    def champion(self, agent: str) -> str | None:
        """The version that serves now, None for the bare base: cheap enough for every request."""
        return self._file(agent).read().champion

    def history(self, agent: str) -> list[Move]:
        return self._file(agent).history()

    def publish(self, adapter: "Adapter", base: "Base", lineage: Lineage) -> str:
        """Make a version visible, whole and proven. The same one again changes nothing, and is what
        to do after an interruption."""
        from knowhow_adapters.artefact import write_adapter

        agent, ref = adapter.agent, adapter.ref
        if lineage.parent:
            lineage = inherit(lineage, self.show(lineage.parent).lineage)
        content = render_lineage(lineage)
        if len(content) > MAX_LINEAGE_BYTES:
            raise InputError(f"the lineage of {ref!r} is too long: {len(content):,} bytes")
        card = render_card(ref, base.name, base.hash, lineage)
        beside = {LINEAGE_FILE: content, CARD_FILE: card.encode()}
        write_adapter(adapter, base, self._folder(agent) / VERSIONS, beside)
        file = self._file(agent)
        with file.locked() as aliases:
            if not any((move.move, move.ref) == ("published", ref) for move in file.history()):
                file.note(aliases, "published", ref, lineage.origin)
        return ref

    def promote(self, agent: str, ref: str, *, expect_revision: int, cause: str) -> Aliases:
        """Let a version serve; the champion so far becomes the one to return to."""
        file = self._file(agent)
        with file.locked() as aliases:
            refuse_stale(aliases, expect_revision, agent)
            version = self._whole(agent, ref)
            if ref == aliases.champion:
                raise ConflictError(f"{ref!r} is the champion already")
            tried = ref == aliases.shadow
            file.replace(
                aliases,
                "promoted",
                ref,
                cause,
                champion=ref,
                former=self._former(aliases, version),
                shadow=None if tried else aliases.shadow,
                share=0.0 if tried else aliases.share,
            )
        return file.read()

    def rollback(self, agent: str, *, cause: str, expect_revision: int | None = None) -> Aliases:
        """Let the champion before this one serve; damaged ones on the way are passed over."""
        file = self._file(agent)
        with file.locked() as aliases:
            if expect_revision is not None:
                refuse_stale(aliases, expect_revision, agent)
            if aliases.champion is None:
                raise ConflictError(f"{agent!r} has no champion that could be rolled back")
            if not (way := self._way_back(aliases.former)):
                raise ConflictError(
                    f"no earlier champion of {agent!r} is left: promote a version instead"
                )
            ref, *former = way
            file.replace(aliases, "rolled back", ref, cause, champion=ref, former=former)
        return file.read()

    def withdraw(self, agent: str, refs: Collection[str], *, cause: str) -> list[str]:
        """Take versions out of service with no way back, and name those that served. The champion
        before them serves, or the bare base where none is left."""
        file = self._file(agent)
        with file.locked() as aliases:
            if aliases.named.isdisjoint(refs):
                return []
            champion, former = aliases.champion, [r for r in aliases.former if r not in refs]
            if champion in refs:
                champion, *former = self._way_back(former) or [None]
            tried = None if aliases.shadow in refs else aliases.shadow
            file.replace(
                aliases,
                "withdrawn",
                champion,
                cause,
                champion=champion,
                former=former,
                shadow=tried,
                share=aliases.share if tried else 0.0,
            )
        return [ref for ref in (aliases.champion, aliases.shadow) if ref and ref in refs]

    def shadow(self, agent: str, ref: str, share: float, *, cause: str) -> Aliases:
        """Try a version on a share of the requests."""
        if not 0 < share <= MAX_SHARE:
            raise InputError(f"a trial gets a share of up to {MAX_SHARE:g}, not {share:g}")
        file = self._file(agent)
        with file.locked() as aliases:
            self._whole(agent, ref)
            if ref == aliases.champion:
                raise ConflictError(f"{ref!r} is the champion already")
            file.replace(aliases, "shadowed", ref, cause, shadow=ref, share=share)
        return file.read()

    def end_shadow(self, agent: str, ref: str, *, cause: str) -> Aliases:
        """Take a version off trial; whoever notices first does it, the others change nothing."""
        file = self._file(agent)
        with file.locked() as aliases:
            if aliases.shadow == ref:
                file.replace(aliases, "shadow ended", ref, cause, shadow=None, share=0.0)
        return file.read()

    def forget(self, agent: str, *, keep: int = LEAST_KEPT) -> list[str]:
        """Delete versions, except the named ones, those to return to and the newest `keep`."""
        if keep < LEAST_KEPT:
            raise InputError(f"at least {LEAST_KEPT} versions are kept, not {keep}")
        file = self._file(agent)
        with file.locked() as aliases:
            idle = [ref for ref in self.refs(agent) if ref not in aliases.named]
            for ref in idle[keep:]:
                self._remove(ref)
                file.note(aliases, "removed", ref, f"all but {keep} are forgotten")
        return idle[keep:]

    def diff(self, old: str, new: str) -> difference.Difference:
        return difference.compare(self.show(old), self.show(new))

    def verify(self, ref: str, base: "Base") -> "Adapter":
        """Load it and have it answer: it is the published one, or this raises."""
        from knowhow_adapters.artefact import read_adapter

        versions.check(self.folder_of(ref))
        return read_adapter(self.folder_of(ref), base)

    def export(self, ref: str, base: "Base", target: Path) -> None:
        """A proven copy elsewhere that plain PEFT loads: a new folder, or an archive."""
        self.verify(ref, base)
        versions.copy(self.folder_of(ref), target)

    def sources(self, agent: str) -> dict[str, frozenset[str]]:
        """Of each version, whom it learnt from, as `source_digest`s."""
        found = {}
        for ref in self.refs(agent):
            with contextlib.suppress(AdapterError):  # what cannot be read cannot serve
                found[ref] = frozenset(self.show(ref).lineage.sources)
        return found

    def _folder(self, agent: str) -> Path:
        return self._root / check_agent(agent)

    def _file(self, agent: str) -> AliasFile:
        if agent not in self._files:
            self._files[agent] = AliasFile(self._folder(agent))
        return self._files[agent]

    def _made(self, ref: str) -> datetime:
        try:
            return self.show(ref).lineage.created_at
        except AdapterError:
            return LONG_AGO

    def _whole(self, agent: str, ref: str) -> versions.Version:
        if agent_of(ref) != agent:
            raise InputError(f"{ref!r} is no version of {agent!r}")
        if not (folder := self.folder_of(ref)).is_dir():
            raise AdapterMissing(f"there is no version {ref!r}")
        return versions.check(folder)

    def _way_back(self, former: Sequence[str | None]) -> list[str | None]:
        """From the first that can serve onwards."""
        places = (at for at, ref in enumerate(former) if ref is None or self._is_whole(ref))
        return list(former[next(places, len(former)) :])

    def _is_whole(self, ref: str) -> bool:
        try:
            self._whole(agent_of(ref), ref)
        except AdapterError:
            return False
        return True

    def _former(self, aliases: Aliases, new: versions.Version) -> tuple[str | None, ...]:
        """Where a rollback leads: never to a version of another base."""
        old = aliases.champion
        if old is None:
            return (None,)
        with contextlib.suppress(AdapterError):
            if self.show(old).manifest.base_hash == new.manifest.base_hash:
                return (old, *aliases.former)[:BACK]
        return (None,)

    def _remove(self, ref: str) -> None:
        """Gone at once for everybody else, then deleted."""
        folder = self.folder_of(ref)
        with durable.explain_os_errors(folder):
            grave = durable.make_draft(folder.parent)
            folder.rename(grave / ref)
            durable.sync_folder(folder.parent)
            shutil.rmtree(grave)
