"""What changed from one version to another: data, settings, figures, and which problems flipped."""

from dataclasses import dataclass

from knowhow_adapters.registry.lineage import Lineage
from knowhow_adapters.registry.versions import Version

SOLVED = 0.5
"""A reward above it counts as solved."""


@dataclass(frozen=True)
class Difference:
    changed: dict[str, tuple[object, object]]
    """Fact → what it was, what it is; equal facts are left out."""
    compared: int
    """Held-out problems that both were judged on."""
    gained: list[str]
    """Those solved now and not before."""
    lost: list[str]


def compare(old: Version, new: Version) -> Difference:
    before, after = _facts(old), _facts(new)
    names = [*before, *(name for name in after if name not in before)]
    earlier, later = _rewards(old.lineage), _rewards(new.lineage)
    common = sorted(earlier.keys() & later.keys())
    return Difference(
        changed={
            name: (before.get(name), after.get(name))
            for name in names
            if before.get(name) != after.get(name)
        },
        compared=len(common),
        gained=[p for p in common if earlier[p] <= SOLVED < later[p]],
        lost=[p for p in common if later[p] <= SOLVED < earlier[p]],
    )


def _facts(version: Version) -> dict[str, object]:
    lineage = version.lineage
    facts: dict[str, object] = {
        "base": version.manifest.base,
        "base_hash": version.manifest.base_hash,
        "tokenizer_hash": version.manifest.tokenizer_hash,
        **lineage.model_dump(mode="json", include={"origin", "parent", "seed", "code"}),
    }
    for part in ("data", "settings", "gate"):
        dumped = lineage.model_dump(mode="json", include={part})[part] or {}
        facts |= {f"{part}.{name}": value for name, value in dumped.items() if name != "rewards"}
    return facts


def _rewards(lineage: Lineage) -> dict[str, float]:
    return dict(lineage.gate.rewards) if lineage.gate else {}
