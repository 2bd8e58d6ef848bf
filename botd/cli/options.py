"""What every command takes from outside: its options, and where the process stands."""

from __future__ import annotations  # the clock's module is slow to import

import os
import pwd
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

import click

from botd.cli.output import Screen, screen_of

if TYPE_CHECKING:
    from pathlib import Path

    from botd.clock import Clock

_Command = TypeVar("_Command", bound=Callable[..., Any])


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """The surroundings of the process, handed down by `main`; tests bring their own."""

    environ: Mapping[str, str]
    cwd: Path
    clock: Clock | None = None  # None: the host's


@dataclass(slots=True)
class Here:
    """One call of the command line: where it stands, and what its global options say."""

    world: World
    config_option: str | None = None
    ledger_option: str | None = None
    verbose: bool = False
    as_json: bool = False  # `--json` counts before a command, too
    ledger_file: Path | None = None  # once it is found; the files are not read twice for it

    @property
    def screen(self) -> Screen:
        """What standard output can show."""
        return screen_of(self.world.environ)

    @property
    def person(self) -> str:
        """Who sits at the keyboard, for the record of who did what."""
        named = (self.world.environ.get(name) for name in ("SUDO_USER", "USER", "LOGNAME"))
        return next((name for name in named if name), _login_name())


def _login_name() -> str:
    """Name the account that runs this process; a user without one goes by number."""
    uid = os.getuid()
    return next((each.pw_name for each in pwd.getpwall() if each.pw_uid == uid), f"user {uid}")


pass_here = click.make_pass_decorator(Here)


def accept_anywhere(command: click.Command) -> click.Command:
    """Let a command take the global options, too: nobody remembers on which side they stand."""
    known = {name for param in command.params for name in param.opts}
    for names, is_flag in _GLOBAL:
        if not known.intersection(names):
            command.params.append(
                click.Option(
                    names, is_flag=is_flag, hidden=True, expose_value=False, callback=_set_global
                )
            )
    return command


_GLOBAL: tuple[tuple[list[str], bool], ...] = (
    (["--config", "config_option"], False),
    (["--ledger", "ledger_option"], False),
    (["-v", "--verbose", "verbose"], True),
)


def _set_global(ctx: click.Context, param: click.Parameter, value: object) -> None:
    here = ctx.find_object(Here)
    if value and here is not None and param.name is not None:
        setattr(here, param.name, value)


def examples(*lines: str) -> str:
    """Write the end of a command's help: how it is called."""
    return "\n".join(["\b", "Examples:", *(f"  {line}" for line in lines)])


def json_option(command: _Command) -> _Command:
    """Add `--json`, which the command gets as `as_json`."""
    return click.option(
        "--json",
        "as_json",
        is_flag=True,
        callback=_wants_json,
        help="Print one JSON document instead.",
    )(command)


def _wants_json(ctx: click.Context, _: click.Parameter, value: bool) -> bool:
    here = ctx.find_object(Here)
    return value or (here is not None and here.as_json)
