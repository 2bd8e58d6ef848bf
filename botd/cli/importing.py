"""`botd positions import`: taking positions from files, or from a bot."""

import sys
from pathlib import Path

import click

from botd.cli import changing, sessions, words, workplace
from botd.cli.changing import named
from botd.cli.options import Here, examples, json_option, pass_here
from botd.cli.output import Line, show, show_json
from botd.errors import ConfigError, NotFoundError
from botd.service import paper_accounts, shapes
from botd.service.intake import Imported, Intake, Offered
from botd.service.oneshot import Site
from botd.settings.model import Settings
from botd.settings.positions_file import parse_positions

_STDIN = "-"
_MOST_BYTES = 64 * 1024 * 1024


@click.command(
    "import",
    epilog=examples(
        "botd positions import positions.toml", "my-bot --dump | botd positions import -"
    ),
)
@click.argument("files", metavar="FILE...", nargs=-1, required=True)
@json_option
@pass_here
def import_positions(here: Here, files: tuple[str, ...], as_json: bool) -> None:
    """
    Take positions from files under management; `-` reads standard input.

    All or nothing, and safe to repeat: the same entry again changes nothing. On a paper
    broker the legs are booked into its account, too. Makes the ledger if there is none.
    """
    settings = workplace.settings_of(here)
    offered = _read(here, files, settings)
    with workplace.ledger_at(here, create=True) as ledger:
        site = changing.site_of(here, ledger, "positions import")
        days = sessions.calendar_of(here, settings).sessions
        with paper_accounts.opened(settings, site.clock, days) as accounts:
            intake = Intake(
                settings.bots,
                days,
                accounts.book,
                accounts.moved,
                accounts.remember,
                {name: one.kind for name, one in settings.brokers.items()},
            )
            found = intake.take(ledger, offered, at=site.clock.now(), by=here.person)
        if as_json:
            show_json(_shape(here, site, found))
        else:
            show([*_lines(found), changing.ledger_line(here, site)], here.screen)


def _read(here: Here, files: tuple[str, ...], settings: Settings) -> list[Offered]:
    """
    Read every file, and tell the faults of all of them.

    Raises:
        ConfigError: a file is at fault.
        NotFoundError: a file is not there, and nothing else is wrong.
    """
    offered: list[Offered] = []
    faults: list[str] = []
    missing: list[str] = []
    for file in dict.fromkeys(files):
        name = "standard input" if file == _STDIN else file
        try:
            parsed = parse_positions(_bytes(here.world.cwd, file), name, bots=settings.bots)
        except FileNotFoundError:
            missing.append(f"{name}: no such file")
        except OSError as error:
            faults.append(f"{name}: cannot be read: {error.strerror}")
        except ConfigError as error:
            faults += error.faults
        else:
            offered += [Offered(name, entry) for entry in parsed.entries]
    if faults:
        raise ConfigError(*faults, *missing)
    if missing:
        raise NotFoundError("\n".join(missing))
    return offered


def _bytes(cwd: Path, file: str) -> bytes:
    if file == _STDIN:
        if sys.stdin is None:  # closed before the process began (`<&-`)
            raise ConfigError("standard input: is closed; nothing was handed in")
        return sys.stdin.buffer.read(_MOST_BYTES)
    return (cwd / file).read_bytes()


def _lines(found: tuple[Imported, ...]) -> list[Line | str]:
    new = [one.position for one in found if one.is_new]
    known = [one.position for one in found if not one.is_new]
    lines: list[Line | str] = []
    for one in new:
        when = f", stops trading {words.day_and_time(one.closes_at)}" if one.closes_at else ""
        wheel = f", campaign {one.campaign}" if one.campaign else ""
        lines.append(f"{named(one)}  {one.id}  for {one.bot}{when}{wheel}")
    lines.append(f"{words.counted(len(new), 'position')} taken under management")
    if known:
        names = ", ".join(one.id for one in known)
        lines.append(f"{words.counted(len(known), 'position')} there already, unchanged: {names}")
    return lines


def _shape(here: Here, site: Site, found: tuple[Imported, ...]) -> shapes.Shape:
    return {
        "imported": [shapes.position(one.position) for one in found if one.is_new],
        "unchanged": [shapes.position(one.position) for one in found if not one.is_new],
        "ledger": changing.ledger_shape(here, site),
    }
