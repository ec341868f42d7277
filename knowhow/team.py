"""From the settings to a team: the big model, the declared specialists and what was learnt so far.

Opening a team runs the code of the declared specialists. Knows nothing of what a team does.
"""

from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

    from knowhow.know import Know
    from knowhow.settings import Settings
    from knowhow_agents.team.declared import Declared
    from knowhow_agents.team.specialists import Specialist
    from knowhow_agents.team.team import KnowhowTeam


def agents_folder(settings: "Settings") -> Path:
    return Path(settings.agents.folder).expanduser()


def declared(settings: "Settings") -> "list[Declared]":
    """Every specialist that is declared; none of their code is run."""
    from knowhow_agents.team.declared import declared_in

    return declared_in(agents_folder(settings))


def open_team(
    know: "Know",
    specialists: "Sequence[Specialist]" = (),
    *,
    big_model: str | None = None,
    **more: Any,
) -> "KnowhowTeam":
    """These specialists and the declared ones; `more` as in `KnowhowTeam`."""
    from knowhow.big_model import open_big_model, providers_of
    from knowhow.store import open_whisperer
    from knowhow_agents.protocol.whathow import WhatHow
    from knowhow_agents.protocol.wording import style_for
    from knowhow_agents.team.team import KnowhowTeam

    settings = know.settings
    name = providers_of(settings.big_model, big_model)[0].model
    model = open_big_model(settings.big_model, big_model)
    whisperer = open_whisperer(settings)
    there = [*specialists, *(each.open(model, whisperer) for each in declared(settings))]
    return KnowhowTeam(
        know.memory,
        know.router,
        there,
        what_how=WhatHow(model, style=style_for(name)),
        big_model=name,
        whisperer=whisperer,
        text_in_spans=settings.agents.text_in_spans,
        **more,
    )
