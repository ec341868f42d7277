"""What a client was promised: the ledger a store is held against after a crash.

A client announces what it is about to change and confirms it when the receipt is there. From that
follows what the store must contain: everything confirmed, and of everything announced either all
or nothing. Knows outcomes only as a key (the content id) and a reward.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

Reward = float | None
"""None: there is no such outcome, or no more."""
Changes = Mapping[str, Reward]


@dataclass(frozen=True)
class Note:
    """One line from a client: what it will change, or (without changes) that this was done."""

    client: str
    number: int
    changes: Changes | None = None


@dataclass
class Findings:
    """What a store got wrong, by content id or in words. Only the empty one is good."""

    lost: list[str] = field(default_factory=list)
    returned: list[str] = field(default_factory=list)
    duplicates: list[str] = field(default_factory=list)
    halves: list[str] = field(default_factory=list)
    damage: list[str] = field(default_factory=list)

    def __bool__(self) -> bool:
        return any(vars(self).values())

    def add(self, other: "Findings") -> None:
        for name, found in vars(other).items():
            getattr(self, name).extend(found)


@dataclass
class Ledger:
    confirmed: dict[str, Reward] = field(default_factory=dict)
    open: dict[tuple[str, int], dict[str, Reward]] = field(default_factory=dict)
    confirmations: int = 0

    def take(self, note: Note) -> None:
        number = (note.client, note.number)
        if note.changes is not None:
            self.open[number] = dict(note.changes)
            return
        changes = self.open.pop(number)
        self.confirmed |= changes
        self.confirmations += 1
        for undecided in self.open.values():
            # The same client was refused before: the newer word about a key decides it.
            for key in changes.keys() & undecided.keys():
                del undecided[key]

    def compare(self, stored: Iterable[tuple[str, Reward]]) -> Findings:
        """`stored`: content id and reward of each live outcome, as often as it occurs."""
        occurrences = list(stored)
        live = dict(occurrences)
        counts = Counter(key for key, _ in occurrences)
        findings = Findings(duplicates=[key for key, count in counts.items() if count > 1])
        undecided = {key for changes in self.open.values() for key in changes}
        for key in self.confirmed.keys() - undecided:
            self._hold(key, live.get(key), findings)
        for changes in self.open.values():
            self._hold_together(changes, live, findings)
        findings.returned += live.keys() - self.confirmed.keys() - undecided
        return findings

    def settle(self, stored: Iterable[tuple[str, Reward]]) -> None:
        """After a crash the store's word is the last one: what was open is decided now."""
        live = dict(stored)
        for changes in self.open.values():
            self.confirmed.update((key, live.get(key)) for key in changes)
        self.open.clear()

    def _hold(self, key: str, found: Reward, findings: Findings) -> None:
        promised = self.confirmed[key]
        if found != promised:
            (findings.returned if promised is None else findings.lost).append(key)

    def _hold_together(self, changes: Changes, live: Changes, findings: Findings) -> None:
        before = {key: self.confirmed.get(key) for key in changes}
        found = {key: live.get(key) for key in changes}
        if found not in (before, changes):
            findings.halves.append(", ".join(sorted(changes)))
