"""The command line: puts the groups of commands together and turns errors into one line.

Exit codes: 0 done, 1 what the user gave, 2 usage, 3 a fault of ours, 130 interrupted. Everything
heavy is imported inside the commands, so that `knowhow --help` answers at once.
"""

import os
import sys
import traceback
from pathlib import Path

import typer

from knowhow.commands import (
    adapters,
    advise,
    agents,
    ask,
    base,
    bench,
    database,
    decisions,
    demo,
    learn,
    outcome,
    providers,
    replay,
    route,
    search,
    serve,
    stats,
)
from knowhow.commands import eval as eval_command
from knowhow.logs import DEBUG_VARIABLE, redact
from knowhow_memory.errors import KnowhowError

USAGE, OURS, INTERRUPTED = 2, 3, 130

app = typer.Typer(
    name="knowhow",
    help="Learns from verified outcomes which agent to ask and which way.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
app.command("demo")(demo.demo)
app.command("ask")(ask.ask)
app.command("route")(route.route)
app.command("advise")(advise.advise)
app.add_typer(outcome.app, name="outcome")
app.add_typer(decisions.app, name="decisions")
app.command("similar")(search.similar)
app.command("stats")(stats.stats)
app.command("replay")(replay.replay)
app.add_typer(base.app, name="base")
app.add_typer(agents.app, name="agents")
app.add_typer(adapters.app, name="adapters")
app.add_typer(learn.app, name="learn")
app.command("eval")(eval_command.evaluate)
app.command("bench")(bench.bench)
app.add_typer(providers.app, name="providers")
app.command("serve")(serve.serve)
app.add_typer(database.app, name="db")
app.command("doctor")(database.doctor)


def main() -> None:
    """The entry point of the `knowhow` script."""
    sys.exit(run(sys.argv[1:]))


def run(arguments: list[str]) -> int:
    """Run one command line; returns the exit code."""
    try:
        return int(app(arguments, prog_name="knowhow", standalone_mode=False) or 0)
    except KnowhowError as error:
        say(str(error))
        return error.exit_code
    except typer.Exit as error:
        return int(error.exit_code)
    except (KeyboardInterrupt, typer.Abort):
        say("interrupted; what was acknowledged is kept")
        return INTERRUPTED
    except BrokenPipeError:
        sys.stderr.close()  # the reader has left: nothing to tell anybody
        return 0
    except Exception as error:
        if usage := getattr(error, "format_message", None):
            say(f"{usage() or 'name a command'} (see `knowhow --help`)")
            return USAGE
        if os.environ.get(DEBUG_VARIABLE):
            raise
        say(f"a fault of knowhow's own, {where(error)}; {DEBUG_VARIABLE}=1 shows the way there")
        return OURS


def where(error: Exception) -> str:
    """What went wrong, and in which line."""
    last = traceback.extract_tb(error.__traceback__)[-1]
    return f"{type(error).__name__} in {Path(last.filename).name}:{last.lineno}: {error}"


def say(message: str) -> None:
    """One line on stderr."""
    print(f"knowhow: {redact(' '.join(message.split()))}", file=sys.stderr)  # noqa: T201
