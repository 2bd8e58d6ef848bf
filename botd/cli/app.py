"""
The command line: which commands there are, and where each of them lives.

A command is a `click.Command` in a module of its own; it is imported when it is called,
so that `botd --version` stays instant. It returns its exit code, or None for 0, and
raises the house's errors, which `errors` turns into exit codes.
"""

import sys
from collections.abc import Sequence
from importlib import import_module

import click

from botd._version import VERSION
from botd.cli import errors
from botd.cli.lazy import Lazy, LazyGroup, LazySet, Registry
from botd.cli.options import Here, World, examples
from botd.errors import BotdError

_NAME = "botd"
_COMPLETION = "_BOTD_COMPLETE"

COMMANDS: Registry = {
    "watch": Lazy("botd.cli.board:watch", "keep the board on the screen"),
    "status": Lazy("botd.cli.status:status", "is the daemon alive, what comes next"),
    "plan": Lazy("botd.cli.planning:plan", "what would happen on an expiration day"),
    "take": Lazy("botd.cli.overriding:take", "take positions over from their bot"),
    "release": Lazy("botd.cli.overriding:release", "give positions back to their bot"),
    "close": Lazy("botd.cli.closing:close", "close a position now, wholly or in part"),
    "halt": Lazy("botd.cli.halting:halt", "stop every new order until `botd resume`"),
    "resume": Lazy("botd.cli.halting:resume", "let orders leave again"),
    "policy": Lazy("botd.cli.overriding:policy", "what happens to a position in the money"),
    "expire": Lazy("botd.cli.closing:expire", "mark a position as expired by hand"),
    "positions": LazySet(
        "The book: what bots hold.",
        {
            "list": Lazy("botd.cli.listing:list_positions", "list positions"),
            "show": Lazy("botd.cli.listing:show_position", "tell everything about a position"),
            "import": Lazy("botd.cli.importing:import_positions", "take positions from files"),
            "sync": Lazy("botd.cli.syncing:sync_positions", "take what brokers hold unmanaged"),
        },
    ),
    "override": LazySet(
        "Manual override: who looks after a position.",
        {
            "take": Lazy("botd.cli.overriding:take", "take positions over from their bot"),
            "release": Lazy("botd.cli.overriding:release", "give positions back to their bot"),
            "resolve": Lazy("botd.cli.overriding:resolve", "tell how a position ended"),
            "list": Lazy("botd.cli.listing:list_overrides", "list what people look after"),
        },
    ),
    "history": Lazy("botd.cli.history:history", "completed positions, P/L and campaigns"),
    "calendar": Lazy("botd.cli.days:calendar", "sessions, closes and attempt times"),
    "check": Lazy("botd.cli.checking:check", "validate the whole configuration"),
    "doctor": Lazy("botd.cli.doctoring:doctor", "check the world: brokers, clocks, channels"),
    "run": Lazy("botd.cli.running:run", "the daemon, in the foreground"),
    "replay": Lazy("botd.cli.running:replay", "play a recorded day through the engine"),
    "ledger": LazySet(
        "The ledger: the record of everything.",
        {
            "check": Lazy("botd.cli.ledgers:check", "look whether the ledger is whole"),
            "backup": Lazy("botd.cli.ledgers:backup", "copy the ledger, also while it is used"),
            "migrate": Lazy("botd.cli.ledgers:migrate", "bring it to this version, keeping a copy"),
            "path": Lazy("botd.cli.ledgers:path", "tell where the ledger is"),
        },
    ),
    "completion": Lazy("botd.cli.completing:completion", "print a shell's completion script"),
}
_BOARD = Lazy("botd.cli.board:board", "the board")


@click.group(
    _NAME,
    cls=LazyGroup,
    registry=COMMANDS,
    invoke_without_command=True,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog=examples("botd", "botd take 3", "botd --config /etc/botd status --json"),
)
@click.option("--config", "config", metavar="DIR", help="The configuration folder.")
@click.option("--ledger", "ledger", metavar="URL", help="A ledger: sqlite:///PATH.")
@click.option("-v", "--verbose", is_flag=True, help="Tell more; errors with their traceback.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document instead.")
@click.version_option(VERSION, prog_name=_NAME, message="%(prog)s %(version)s")
@click.pass_context
def root(
    ctx: click.Context, config: str | None, ledger: str | None, verbose: bool, as_json: bool
) -> object:
    """
    Look after option positions through the last minutes of an expiration day.

    Alone, it shows the board: every position, the most dangerous first, and the command
    that takes it over.
    """
    here = ctx.ensure_object(Here)
    here.config_option, here.ledger_option = config, ledger
    here.verbose, here.as_json = verbose, as_json
    if ctx.invoked_subcommand is not None:
        return None
    module, name = _BOARD.target.split(":")
    return ctx.invoke(getattr(import_module(module), name), as_json=as_json)


def run(arguments: Sequence[str], world: World) -> int:
    """Run one command line; give its exit code."""
    here = Here(world)
    if instruction := world.environ.get(_COMPLETION):
        from click.shell_completion import shell_complete  # noqa: PLC0415 - the shell asks rarely

        return shell_complete(root, {"obj": here}, _NAME, _COMPLETION, instruction)
    try:
        return _called(arguments, here)
    except click.ClickException as error:
        return errors.tell_usage(error)
    except (KeyboardInterrupt, click.Abort):
        return errors.INTERRUPTED
    except BrokenPipeError:
        return errors.BROKEN_PIPE
    except (BotdError, OSError) as error:
        return errors.tell(error, verbose=here.verbose)


def _called(arguments: Sequence[str], here: Here) -> int:
    try:
        with root.make_context(_NAME, list(arguments), obj=here) as ctx:
            code = root.invoke(ctx)
    except click.exceptions.Exit as done:  # `--help`, `--version`
        code = done.exit_code
    sys.stdout.flush()  # here, so that a reader who left is noticed
    return code if isinstance(code, int) else errors.DONE
