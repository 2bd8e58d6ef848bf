"""`botd run` and `botd replay`."""

import os
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import click

from botd.cli import sessions, words, workplace
from botd.cli.options import Here, examples, json_option, pass_here
from botd.cli.output import Line, answer, plain, show, show_json, warn
from botd.cli.tables import Cell, Column, table
from botd.domain.bot import Bot
from botd.domain.label import label
from botd.domain.pnl import leaves_shares_out, realized_pnl
from botd.domain.position import Position
from botd.errors import NotFoundError, StateError
from botd.settings.ledger_url import ledger_url
from botd.settings.load import load_bot
from botd.settings.model import Settings

_FILE = click.Path(path_type=Path)
_IN_MEMORY = "sqlite://"
_OUTCOMES = (
    Column("no", is_right=True),
    Column("position"),
    Column("status"),
    Column("P/L", is_right=True),
    Column("", can_wrap=True),
)


@click.command(epilog=examples("botd run", "botd --config /etc/botd run"))
@pass_here
def run(here: Here) -> int:
    """
    Run the daemon in the foreground until it is told to stop.

    It makes its ledger where none is. Logs go to standard error, as JSON lines where
    that is no terminal. SIGHUP reads the configuration again, SIGTERM ends it cleanly.
    """
    from botd.service import daemon  # noqa: PLC0415 - a replay needs none of it

    return daemon.run(
        lambda: workplace.settings_of(here), is_verbose=here.verbose, clock=here.world.clock
    )


@click.command(
    epilog=examples(
        "botd replay",
        "botd replay --report day.html --json",
        "botd replay packs/GOOG_2015-12-24 --positions book.toml --speed 60",
    )
)
@click.argument("pack", required=False, type=_FILE)
@click.option("--positions", "book", type=_FILE, metavar="FILE", help="What bots hold that day.")
@click.option("--bot", "bots", type=_FILE, metavar="FILE", multiple=True, help="A bot's rules.")
@click.option("--report", type=_FILE, metavar="FILE.html", help="Write the day's report there.")
@click.option(
    "--speed",
    type=click.FloatRange(min=0, min_open=True),
    metavar="N",
    help="Times real time; left out: as fast as it can.",
)
@json_option
@pass_here
def replay(
    here: Here,
    *,
    pack: Path | None,
    book: Path | None,
    bots: tuple[Path, ...],
    report: Path | None,
    speed: float | None,
    as_json: bool,
) -> None:
    """
    Play a recorded day through the engine in simulated time; no PACK: the packaged sample.

    Nothing leaves this machine. The ledger is the replay's own, and is forgotten unless
    --ledger names a new file for it.
    """
    # The engine and its paper exchange: a quarter of a second that `run` does not need here.
    from botd.service import replay as engine  # noqa: PLC0415
    from botd.service import replay_result  # noqa: PLC0415
    from botd.service.showing import play_shown  # noqa: PLC0415
    from botd.web.report.page import render  # noqa: PLC0415

    url = _ledger_url(here)
    if report is not None:
        _refuse_unfit(here.world.cwd / report)
    settings = workplace.sound_settings_of(here)
    known = sessions.calendar_of(here, settings).sessions
    script = engine.prepare(
        _there(here, pack), _there(here, book), _bots(here, bots, settings), known
    )
    for note in script.notes:
        warn(f"botd: {plain(note)}")
    played = play_shown(script, url, speed=speed, write=_writer(here, as_json=as_json))
    try:
        if report is not None:
            _write_report(here.world.cwd / report, render(replay_result.report_day(played)))
        if as_json:
            show_json(replay_result.document(played))
        else:
            show(_outcomes(replay_result.all_positions(played), here), here.screen)
    finally:
        played.ledger.close()


def _ledger_url(here: Here) -> str:
    if here.ledger_option is None:
        return _IN_MEMORY
    path = workplace.ledger_path_of(here)
    if path.exists():
        raise StateError(f"ledger {path} is there already; a replay keeps its own in a new file")
    return ledger_url(path)


def _there(here: Here, path: Path | None) -> Path | None:
    """Give a path as seen from the caller's folder, and refuse one that leads nowhere."""
    if path is None:
        return None
    found = here.world.cwd / path
    if not found.exists():
        raise NotFoundError(f"{path}: no such file or folder")
    return found


def _bots(here: Here, files: tuple[Path, ...], settings: Settings | None) -> dict[str, Bot]:
    """Take the bots of the configuration, and in their places those of `--bot`."""
    given = [load_bot(found) for file in files if (found := _there(here, file)) is not None]
    configured = {} if settings is None else settings.bots
    return {**configured, **{bot.name: bot for bot in given}}


def _writer(here: Here, *, as_json: bool) -> Callable[[str], None]:
    """Choose where the lines of the day go: the answer itself must stay one document."""
    if not as_json:
        return lambda line: answer(plain_line(line))
    if here.verbose:
        return lambda line: warn(plain_line(line))
    return lambda _: None


def plain_line(line: str) -> str:
    """Keep a line's columns, and nothing that steers a terminal."""
    return "".join(letter if letter.isprintable() else "?" for letter in line)


def _refuse_unfit(report: Path) -> None:
    """Refuse a place where no report can be written before a day is played for it."""
    place = report.resolve()
    if not place.parent.is_dir():
        raise NotFoundError(f"{report}: there is no folder {place.parent} to write the report to")
    is_device = place.exists() and not place.is_file()
    if place.is_dir() or not os.access(place if is_device else place.parent, os.W_OK):
        raise click.BadParameter(f"{report} cannot be written", param_hint="--report")


def _write_report(path: Path, page: str) -> None:
    """Write the page, whole or not at all; a device is written as it is."""
    place = path.resolve()
    is_device = place.exists() and not place.is_file()
    apart = place if is_device else place.with_name(f".{place.name}.new")
    try:
        apart.write_text(page, "utf-8")
        apart.replace(place)
    except OSError as error:
        raise OSError(error.errno, error.strerror, str(path)) from error
    finally:
        if apart != place:
            apart.unlink(missing_ok=True)
    warn(f"botd: report in {path}")


def _outcomes(book: tuple[Position, ...], here: Here) -> list[Line | str]:
    return ["", *table(_OUTCOMES, map(_outcome, book), here.screen.width), together(book)]


def together(book: tuple[Position, ...]) -> Line:
    """Add the P/L of a day up, and say what the total does not hold."""
    known = [(one, pnl) for one in book if (pnl := realized_pnl(one)[0]) is not None]
    total = words.dollars(sum((pnl for _, pnl in known), Decimal(0))) if known else "not known"
    is_whole = all(realized_pnl(one)[1] for one in book)
    note = "" if is_whole else ", so far: not every price is known"
    outside = sum(leaves_shares_out(one) for one, _ in known)
    if outside:
        noun = "delivery" if outside == 1 else "deliveries"
        note += f", without the shares of {outside} {noun}"
    return (("together ", "dim"), (total, "bold"), (note, ""))


def _outcome(position: Position) -> tuple[Cell, ...]:
    pnl, is_complete = realized_pnl(position)
    text = words.dollars(pnl) + ("" if is_complete or pnl is None else " so far")
    return (
        str(position.number),
        label(position),
        words.spaced(position.status.value),
        text,
        plain(position.fact or ""),
    )
