"""`botd doctor`: checks the world."""

import click

from botd.calendar.load import CalendarLoad
from botd.cli import errors, sessions, words, workplace
from botd.cli.options import Here, examples, json_option, pass_here
from botd.cli.output import Line, Span, plain, show, show_json
from botd.cli.tables import Cell, Column, table
from botd.errors import CalendarError
from botd.notify.notifier import Notifier
from botd.service import doctoring, oneshot
from botd.service.doctor import Cause, Finding, Grade, Report
from botd.service.doctor_house import Channels
from botd.service.doctoring import Visit
from botd.settings.model import Settings

_COLUMNS = (Column(), Column(), Column(), Column(can_wrap=True))
_MARKS: dict[Grade, Span] = {
    Grade.OK: ("ok", "good"),
    Grade.WARN: ("warn", "warn"),
    Grade.FAULT: ("FAULT", "danger"),
}
# The first that applies: what a person must change comes before what another look may find.
_CODES = (
    (Cause.CONFIG, errors.USAGE),
    (Cause.WORLD, errors.FAILED),
    (Cause.AWAY, errors.UNREACHABLE),
)


@click.command(
    epilog=examples("botd doctor", "botd doctor --send", "botd doctor --json | jq .faults")
)
@click.option("--send", "is_sending", is_flag=True, help="Really send a test message.")
@json_option
@pass_here
def doctor(here: Here, is_sending: bool, as_json: bool) -> int:
    """
    Check the world: brokers, accounts, clocks, calendars, quotes, ledger, disk, channels.

    Each line is ok, warn or FAULT, with what was found and one command or key that helps.
    Every broker is asked at once, for ten seconds at most. No order is sent, and nothing is
    written to the ledger.

    Exit 0: all is well, or there are only warnings. Else the first that applies: 2: a file
    must change, or a credential is missing; 1: anything else is; 5: a broker could not be reached.
    """
    with oneshot.quiet():
        found = oneshot.run(workplace.clock_of(here), doctoring.look(_visit(here, is_sending)))
    if as_json:
        show_json(found.shape())
    else:
        show(_lines(found, here.screen.width), here.screen)
    return code_of(found)


def code_of(found: Report) -> int:
    """Tell the exit code, by what a person can do about the faults."""
    return next((code for cause, code in _CODES if cause in found.causes), errors.DONE)


def _visit(here: Here, is_sending: bool) -> Visit:
    settings, clock = workplace.settings_of(here), workplace.clock_of(here)
    notify = settings.notify
    notifier = Notifier(notify.urls, notify.heartbeat_url, clock, environ=here.world.environ)
    return Visit(
        settings=settings,
        calendar=_calendar(here, settings),
        clock=clock,
        holder=workplace.holder_at(here),
        channels=Channels(notifier.check, notifier.deliver, notifier.ping),
        is_sending=is_sending,
    )


def _calendar(here: Here, settings: Settings) -> CalendarLoad | str:
    try:
        return sessions.calendar_of(here, settings)
    except CalendarError as error:
        return str(error)


def _lines(found: Report, width: int | None) -> list[Line]:
    return [*table(_COLUMNS, map(_row, found.findings), width), (_verdict(found),)]


def _row(one: Finding) -> tuple[Cell, ...]:
    told: tuple[Span, ...] = ((plain(one.found), ""),)
    if one.help:
        told = (*told, (plain(one.help), "bold"))
    return (_MARKS[one.grade], one.about, (one.check, "dim"), told)


def _verdict(found: Report) -> Span:
    faults, warnings = found.count(Grade.FAULT), found.count(Grade.WARN)
    counted = [
        words.counted(number, name)
        for number, name in ((faults, "fault"), (warnings, "warning"))
        if number
    ]
    if not counted:
        return "all is well", "good"
    return ", ".join(counted), "danger" if faults else "warn"
