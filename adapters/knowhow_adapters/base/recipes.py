"""The three embedded models: their shapes, and what each reads how often.

All read everything; a share says how often a skill comes beside the others. The big models differ
in what they read most, so that they are good at different things.
"""

import hashlib
import random
from collections.abc import Mapping
from dataclasses import dataclass, field

from knowhow_adapters.base.corpus.registry import draw_example, load_skills
from knowhow_memory.errors import NotFoundError

CONTEXT = 1024
DIGEST_ITEMS = 20
"""Examples of each skill that go into the digest of a corpus."""
BASE = "knowhow-base"
COPYING = (
    "copy",
    "reverse",
    "look up key",
    "rename key",
    "convert format",
    "write yaml record",
    "list numbers",
    "whose number",
    "pick entry",
)
"""Skills whose answers stand in their prompts."""


@dataclass(frozen=True)
class Recipe:
    name: str
    purpose: str
    width: int
    layers: int
    heads: int
    inner: int
    learning_rate: float
    domains: Mapping[str, float] = field(default_factory=dict)
    """How often the skills of a domain come; 1 unless said."""
    skills: Mapping[str, float] = field(default_factory=dict)
    """The same for one skill; goes before its domain's."""
    grown_from: str | None = None
    """The embedded model it starts as; it has the same width and fewer layers."""

    def shares(self) -> dict[str, float]:
        return {
            skill.name: self.skills.get(skill.name, self.domains.get(skill.domain, 1.0))
            for skill in load_skills().values()
        }

    def corpus_digest(self) -> str:
        """Changes when a generator does, or how often it is read."""
        digest = hashlib.sha256()
        for name, share in sorted(self.shares().items()):
            rng = random.Random(f"digest:{name}")
            for _ in range(DIGEST_ITEMS):
                example = draw_example(load_skills()[name], "train", rng)
                digest.update(f"{name}\0{share}\0{example.prompt}\0{example.answer}\0".encode())
        return digest.hexdigest()


RECIPES = {
    recipe.name: recipe
    for recipe in (
        Recipe(
            BASE,
            "the shared small model that adapters are trained on",
            width=256, layers=6, heads=4, inner=768, learning_rate=2e-3,
            skills={
                "attempt word problem": 0.5, "attempt planning": 0.3, "attempt rooms": 0.3,
                "read known quantities": 2.0, "set up sums": 2.0, "read minutes": 2.0,
                "list steps as yaml": 2.0, "read meetings": 2.0,
            },
        ),
        Recipe(
            "big-reckoner",
            "a stand-in for a big model, strong at word problems and sums",
            width=256, layers=9, heads=4, inner=768, learning_rate=1e-3, grown_from=BASE,
            domains={"reading": 0.7, "order": 0.5, "facts": 0.5, "forms": 0.5, "planning": 0.5,
                     "rooms": 0.5, "math": 3.0, "sums": 3.0, "guidance": 1.5},
            skills={"attempt word problem": 6.0, "use or refuse guidance": 4.0,
                    "analyse planning": 1.0, "analyse rooms": 0.7},
        ),
        Recipe(
            "big-planner",
            "a stand-in for a big model, strong at specs, plans, meetings and following hints",
            width=256, layers=9, heads=4, inner=768, learning_rate=1e-3, grown_from=BASE,
            domains={"reading": 1.0, "order": 0.7, "facts": 0.7, "forms": 1.0, "planning": 3.0,
                     "rooms": 2.0, "math": 0.7, "sums": 0.5, "guidance": 1.5},
            skills={"analyse planning": 6.0, "analyse rooms": 3.0, "analyse word problem": 2.0,
                    "use or refuse guidance": 2.0, "use or refuse a plan": 4.0,
                    "follow a method hint": 3.0},
        ),
    )
}  # fmt: skip


def find_recipe(name: str) -> Recipe:
    if name not in RECIPES:
        raise NotFoundError(f"no recipe {name!r}: there are {', '.join(RECIPES)}")
    return RECIPES[name]
