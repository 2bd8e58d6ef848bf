"""
From errors to exit codes, in one place (INTERFACE, table of exit codes).

    1   it ran, and the work failed: ledger, calendar, a refused order
    2   usage or configuration
    3   no such position, bot, broker, file
    4   the state forbids it
    5   the broker could not be reached, or its answer is unknown
"""

import sys
import traceback

import click

from botd.cli.output import plain, warn
from botd.errors import (
    BotdError,
    BrokerError,
    ConfigError,
    NotFoundError,
    OrderRefused,
    StateError,
)

DONE = 0
FAILED = 1
USAGE = 2
MISSING = 3
FORBIDDEN = 4
UNREACHABLE = 5
# As a shell sees a process that such a signal has ended.
INTERRUPTED = 130
BROKEN_PIPE = 141

_CODES: tuple[tuple[type[BaseException], int], ...] = (
    (ConfigError, USAGE),
    (NotFoundError, MISSING),
    (StateError, FORBIDDEN),
    (OrderRefused, FAILED),
    (BrokerError, UNREACHABLE),
    (FileNotFoundError, MISSING),
)


def exit_code_of(error: BaseException) -> int:
    """Tell the exit code that an error ends the process with."""
    return next((code for kind, code in _CODES if isinstance(error, kind)), FAILED)


def tell(error: BotdError | OSError, *, verbose: bool) -> int:
    """Say an error on standard error, with its traceback where *verbose*; give the exit code."""
    if verbose:
        traceback.print_exception(error, file=sys.stderr)
    for line in _words(error).splitlines() or [type(error).__name__]:
        warn(f"botd: {plain(line)}")
    return exit_code_of(error)


def tell_usage(error: click.ClickException) -> int:
    """Say what is wrong with how a command was called; give the exit code."""
    is_file = isinstance(error, click.FileError)
    if isinstance(error, click.UsageError) and error.ctx is not None:
        warn(error.ctx.get_usage())
        warn(f"Try '{error.ctx.command_path} --help'.")
    warn(f"botd: {error.format_message()}")
    return MISSING if is_file else USAGE


def _words(error: BotdError | OSError) -> str:
    if isinstance(error, OSError) and error.filename is not None:
        return f"{error.filename}: {error.strerror}"
    return str(error)
