"""`botd completion`: the script that lets a shell complete commands."""

import click
from click.shell_completion import get_completion_class

from botd.cli.options import examples

_SHELLS = ("bash", "zsh", "fish")


@click.command(
    epilog=examples(
        'eval "$(botd completion bash)"',
        "botd completion fish > ~/.config/fish/completions/botd.fish",
    )
)
@click.argument("shell", type=click.Choice(_SHELLS))
@click.pass_context
def completion(ctx: click.Context, shell: str) -> None:
    """Print the completion script of a shell, to be evaluated by it."""
    kind = get_completion_class(shell)
    if kind is None:  # the choice above knows the three that click ships
        raise click.UsageError(f"no completion for {shell!r}")
    root = ctx.find_root()
    name = root.info_name or "botd"
    click.echo(kind(root.command, {}, name, f"_{name.upper()}_COMPLETE").source())
