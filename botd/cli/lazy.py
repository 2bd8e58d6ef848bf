"""Commands that are imported when they are called, so that starting costs nothing."""

from collections.abc import Mapping
from dataclasses import dataclass
from importlib import import_module
from typing import Any, TypeAlias

import click

from botd.cli.options import accept_anywhere

_SECTION = "Commands"


@dataclass(frozen=True, slots=True)
class Lazy:
    """A command by the place where it lives, and the line that a list of commands shows."""

    target: str  # "botd.cli.status:status"
    summary: str


@dataclass(frozen=True, slots=True)
class LazySet:
    """Commands under one word: `botd positions list`."""

    summary: str
    commands: Mapping[str, Lazy]


Registry: TypeAlias = Mapping[str, Lazy | LazySet]


class LazyGroup(click.Group):
    """A group whose commands stand in a registry."""

    def __init__(self, *args: Any, registry: Registry, **kwargs: Any) -> None:  # noqa: ANN401 - click's
        super().__init__(*args, **kwargs)
        self._registry = registry

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - the signature is click's
        """Name the commands in the order of the registry."""
        return list(self._registry)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002 - the signature is click's
        """Import a command; None: there is no such command."""
        entry = self._registry.get(cmd_name)
        if entry is None:
            return None
        if isinstance(entry, LazySet):
            return LazyGroup(
                cmd_name, help=entry.summary, registry=entry.commands, no_args_is_help=True
            )
        module, name = entry.target.split(":")
        command: click.Command = getattr(import_module(module), name)
        return accept_anywhere(command)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command that is called; an unknown one is answered with the nearest."""
        name = args[0]
        command = self.get_command(ctx, name)
        if command is None and not ctx.resilient_parsing:
            raise click.UsageError(f"no command {name!r}{self._nearest(name)}", ctx=ctx)
        return name, command, args[1:]

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002 - the signature is click's
        """List the commands with their summaries, importing none."""
        with formatter.section(_SECTION):
            formatter.write_dl([(name, entry.summary) for name, entry in self._registry.items()])

    def _nearest(self, name: str) -> str:
        from difflib import get_close_matches  # noqa: PLC0415 - only a slip of the hand needs it

        near = get_close_matches(name, self._registry, n=1)
        return f"; did you mean {near[0]}?" if near else ""
