"""`botd completion`: the script that lets a shell complete commands."""

import click
from click.shell_completion import BashComplete, FishComplete, ShellComplete, ZshComplete

from botd.cli.options import examples

_SHELLS: dict[str, type[ShellComplete]] = {
    "bash": BashComplete,
    "zsh": ZshComplete,
    "fish": FishComplete,
}


@click.command(
    epilog=examples(
        'eval "$(botd completion bash)"',
        "botd completion fish > ~/.config/fish/completions/botd.fish",
    )
)
@click.argument("shell", type=click.Choice(list(_SHELLS)))
@click.pass_context
def completion(ctx: click.Context, shell: str) -> None:
    """Print the completion script of a shell, to be evaluated by it."""
    root = ctx.find_root()
    name = root.info_name or "botd"
    click.echo(_SHELLS[shell](root.command, {}, name, f"_{name.upper()}_COMPLETE").source())
