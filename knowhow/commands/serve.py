"""`knowhow serve`: the embedded models and the specialists over HTTP, as OpenAI's API has it."""

import sys
from typing import Annotated

import typer

from knowhow.output import Json, emit


def serve(
    host: Annotated[
        str | None, typer.Option(help="A loopback address (default: the setting's).")
    ] = None,
    port: Annotated[
        int | None,
        typer.Option(min=0, max=65535, help="0 takes a free one (default: the setting's)."),
    ] = None,
    as_json: Json = False,
) -> None:
    """Serve the embedded models and the specialists to programs on this machine.

    Whatever speaks OpenAI's API can use it: what it prints is the `api_base`. Ctrl-C ends it.
    """
    from knowhow.logs import set_up
    from knowhow.serving.app import make_app
    from knowhow.serving.offers import Offers
    from knowhow.serving.run import address, open_socket
    from knowhow.serving.run import serve as run
    from knowhow.settings import load_settings

    settings = load_settings()
    set_up(settings.log.level, json_lines=settings.log.json_lines)
    offers = Offers(settings)
    chosen = settings.server.port if port is None else port
    with open_socket(host or settings.server.host, chosen) as listening:
        url, names = address(listening), offers.names()
        emit(
            {"api_base": url, "models": names},
            as_json=as_json,
            shown=lambda: "\n  ".join([f"{url} (Ctrl-C ends it)", *names]),
        )
        sys.stdout.flush()
        run(make_app(offers), listening)
