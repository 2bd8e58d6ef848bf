"""`botd` alone and `botd watch`: the board, for somebody in a hurry."""

import asyncio
from collections.abc import Iterator
from datetime import datetime, timedelta

import click

from botd.calendar.new_york import to_wall
from botd.cli import sessions, words, workplace
from botd.cli.options import Here, examples, json_option, pass_here
from botd.cli.output import Line, Screen, Span, painted, plain, show, show_json, warn
from botd.cli.tables import Cell, Column, flow, length, table
from botd.domain.label import label
from botd.domain.session import Sessions
from botd.errors import CalendarError
from botd.ledger import Ledger
from botd.service import board as boards
from botd.service.board import AccountOnBoard, Board
from botd.service.board_rows import FRESH, Danger, Row
from botd.service.board_strays import MARK, Stray
from botd.service.inspection import DAEMON
from botd.service.lock import Holder
from botd.service.rules import Rules
from botd.settings.model import Settings

_STYLES = {
    Danger.PERSON: "danger",
    Danger.ACTIVE: "warn",
    Danger.MEANT: "calm",
    Danger.QUIET: "",
    Danger.DONE: "dim",
}
_NOBODYS = "warn"  # what nobody manages
_LEFT = (Column(), Column(is_right=True), Column())  # mark, number, position
_WIDE = (*_LEFT, Column(), Column(), Column(), Column())  # doing, threat, words, command
_NARROW = (*_LEFT, Column(can_wrap=True), Column())  # the three in one, command
_EMPTY = "no positions; botd positions import FILE, or botd positions sync, takes some"
_CALM = frozenset({Danger.MEANT, Danger.QUIET, Danger.DONE})
_HOME, _TO_LINE_END, _TO_SCREEN_END = "\x1b[H", "\x1b[K", "\x1b[J"
_ENTER = "\x1b[?1049h\x1b[?25l"  # the other screen, without a cursor
_LEAVE = "\x1b[?25h\x1b[?1049l"
_SHORT_ACCOUNT = 6


@click.command(epilog=examples("botd", "botd --json"))
@json_option
@pass_here
def board(here: Here, as_json: bool) -> None:
    """Show every position, the most dangerous first, and the command that takes it over."""
    desk = _Desk(here)
    with workplace.ledger_at(here) as ledger:
        found = desk.read(ledger)
    if as_json:
        show_json(found.shape(desk.holder()))
    else:
        show(_lines(found, desk.holder(), here.screen), here.screen)


@click.command(epilog=examples("botd watch", "botd watch --every 5"))
@click.option(
    "--every", type=click.IntRange(1, 3600), default=1, show_default=True, help="Seconds."
)
@json_option
@pass_here
def watch(here: Here, every: int, as_json: bool) -> None:
    """
    Keep the board on the screen until Ctrl-C.

    With --json, or where standard output is no terminal, it is shown once.
    """
    if as_json or not here.screen.is_terminal:
        click.get_current_context().invoke(board, as_json=as_json)
        return
    with workplace.ledger_at(here) as ledger:
        try:
            click.echo(_ENTER, nl=False)
            asyncio.run(_keep(here, ledger, timedelta(seconds=every)))
        except KeyboardInterrupt:
            return
        finally:
            click.echo(_LEAVE, nl=False)


async def _keep(here: Here, ledger: Ledger, every: timedelta) -> None:
    desk, clock = _Desk(here), workplace.clock_of(here)
    while True:
        screen = here.screen
        lines = _fitted(_lines(desk.read(ledger), desk.holder(), screen), screen.height)
        painted_lines = (f"{painted(line, screen)}{_TO_LINE_END}\n" for line in lines)
        click.echo(f"{_HOME}{''.join(painted_lines)}{_TO_SCREEN_END}", nl=False, color=True)
        await clock.sleep_until(clock.now() + every)


def _fitted(lines: list[Line], height: int) -> list[Line]:
    """Keep what the screen can show: the most dangerous stands at the top."""
    room = height - 1  # the last row would scroll
    if len(lines) <= room:
        return lines
    more = f"{len(lines) - room + 1} more lines: botd"
    return [*lines[: room - 1], ((more, "warn"),)]


class _Desk:
    """What stays the same from one look at the board to the next."""

    def __init__(self, here: Here) -> None:
        self._here = here
        self._clock = workplace.clock_of(here)
        settings = workplace.sound_settings_of(here)
        self._rules = Rules.of(settings)
        self._sessions = _sessions(here, settings)

    def read(self, ledger: Ledger) -> Board:
        """Read the ledger once, and judge what stands there."""
        now = self._clock.now()
        facts = ledger.read_now(lambda tx: boards.read(tx, now))
        return boards.draw(facts, self._rules, self._sessions, now)

    def holder(self) -> Holder | None:
        """Tell who holds the ledger now."""
        return workplace.holder_at(self._here)


def _sessions(here: Here, settings: Settings | None) -> Sessions | None:
    try:
        return sessions.calendar_of(here, settings).sessions
    except CalendarError as error:  # the positions are worth more than the hour of the close
        warn(f"botd: {error}")
        return None


def _lines(found: Board, holder: Holder | None, screen: Screen) -> list[Line]:
    lines = flow([*_head(found, holder), *_health(found, holder)], screen.width)
    if not found.lines:
        return [*lines, (), ((_EMPTY, "dim"),)]
    return [*lines, *_table(found, screen.width)]


def _table(found: Board, width: int | None) -> list[Line]:
    """Lay the rows out in columns of their own, or with the middle ones in one if narrow."""
    wide = table(_WIDE, [(*_left(row), *_middle(row), _right(row)) for row in found.lines], None)
    if width is None or max(map(length, wide)) <= width:
        return wide
    rows: list[tuple[Cell, ...]] = [(*_left(row), _middle(row), _right(row)) for row in found.lines]
    return table(_NARROW, rows, width)


def _head(found: Board, holder: Holder | None) -> Iterator[Span]:
    yield (
        f"{to_wall(found.now):%a %H:%M:%S} New York".upper().replace("NEW YORK", "New York"),
        "bold",
    )
    yield _close(found)
    if found.coming is None:
        yield "no attempt ahead", "dim"
    else:
        yield f"{found.coming.lead} in {words.countdown(found.coming.at - found.now)}", "bold"
    for account in found.accounts:
        yield _account(account, found.now)
        if (waiting := _waits_for_reload(account, holder)) is not None:
            yield waiting


def _close(found: Board) -> Span:
    session, following = found.session, found.following
    if session is not None:
        early = " (early)" if session.early_close else ""
        over = "closed at" if found.now >= session.closes_at else "close"
        return f"{over} {words.clock_time(session.closes_at)}{early}", ""
    if following is not None:
        return f"closed today, next {words.weekday(following.day)}", ""
    return "calendar unknown: botd calendar", "warn"


def _account(account: AccountOnBoard, now: datetime) -> Span:
    name = account.account
    shown = f"..{name[-4:]}" if len(name) > _SHORT_ACCOUNT else name
    parts = [
        account.broker,
        (account.environment or "").upper(),
        "" if name == account.broker else shown,
        {"observe": "observing", None: ""}.get(account.mode, account.mode or ""),
        _cutoff(account.cutoff_at, now),
    ]
    style = "danger" if account.environment == "live" else ""
    return " ".join(part for part in parts if part), style


def _waits_for_reload(account: AccountOnBoard, holder: Holder | None) -> Span | None:
    """Say that the daemon goes by another mode than its file, which nobody told it."""
    is_daemons = holder is not None and holder.purpose == DAEMON
    if not is_daemons or account.mode_in_force in {None, account.mode}:
        return None
    in_force = "ARMED" if account.mode_in_force == "armed" else "only observing"
    return f"the daemon is {in_force} until it is reloaded (SIGHUP)", "danger"


def _cutoff(at: datetime | None, now: datetime) -> str:
    if at is None:
        return ""
    return f"{'acts since' if now >= at else 'may act from'} {words.clock_time(at)}"


def _health(found: Board, holder: Holder | None) -> Iterator[Span]:
    yield _quotes(found)
    yield _daemon(holder)
    for halt in found.halts:
        what = "HALTED" if halt.scope == "all" else f"STOPPED {halt.scope}"
        yield f"{what}: {plain(halt.reason)} (botd resume)", "danger"
    if found.undelivered_alerts:
        yield f"{words.counted(found.undelivered_alerts, 'alert')} not delivered", "warn"


def _quotes(found: Board) -> Span:
    if found.quotes_at is None:
        return "no quotes", "dim"
    passed = found.now - found.quotes_at
    return f"quotes {words.age(passed)}", "" if passed <= FRESH else "warn"


def _daemon(holder: Holder | None) -> Span:
    if holder is None:
        return "NO DAEMON: botd run", "danger"
    if holder.purpose == DAEMON:
        return "daemon ok", "good"
    return (f"botd {holder.purpose} at work, no daemon" if holder.purpose else "starting"), "warn"


def _left(row: Row | Stray) -> tuple[Span, ...]:
    if isinstance(row, Stray):
        return (MARK, _NOBODYS), ("", ""), (row.label, "bold")
    style = _STYLES[row.danger]
    return (
        (row.danger.value, style),
        (str(row.position.number), "dim" if row.danger is Danger.DONE else "bold"),
        (label(row.position), style if row.danger in _CALM else "bold"),
    )


def _middle(row: Row | Stray) -> tuple[Span, ...]:
    return (
        (plain(row.doing), _NOBODYS if isinstance(row, Stray) else _STYLES[row.danger]),
        (row.threat, ""),
        (words.in_new_york(plain(row.words)), "dim"),
    )


def _right(row: Row | Stray) -> Span:
    is_calm = isinstance(row, Row) and row.danger in _CALM
    return row.command, "dim" if is_calm else "bold"
