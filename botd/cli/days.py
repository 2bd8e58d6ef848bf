"""`botd calendar`: sessions, closes and attempt times."""

from datetime import date, datetime, timedelta

import click

from botd.calendar.new_york import day_of
from botd.cli import sessions, words, workplace
from botd.cli.dates import DAY, day_named, span
from botd.cli.options import Here, examples, json_option, pass_here
from botd.cli.output import show, show_json
from botd.cli.tables import Cell, Column, table
from botd.domain.contract import RootSpec
from botd.service import days
from botd.service.days import Day

_WEEK = timedelta(days=6)
_STYLES = {"half": "warn", "closed": "dim"}


@click.command(
    epilog=examples(
        "botd calendar",
        "botd calendar --date 2015-12-24 --json",
        "botd calendar --from 2026-11-01 --to 2026-12-31 --root SPX",
    )
)
@click.option("--date", "on", type=DAY, metavar="DATE", help="One day.")
@click.option("--from", "first", type=DAY, metavar="DATE", help="The first of several days.")
@click.option("--to", "last", type=DAY, metavar="DATE", help="The last of them.")
@click.option(
    "--root",
    metavar="ROOT",
    help="Read the days as expiration dates of this option root (BTC, ETH: crypto options).",
)
@json_option
@pass_here
def calendar(
    here: Here,
    *,
    on: str | None,
    first: str | None,
    last: str | None,
    root: str | None,
    as_json: bool,
) -> None:
    """Show sessions, their closes in New York, and the attempts before them; a week from today."""
    if on is not None and (first is not None or last is not None):
        raise click.UsageError("give either --date, or --from and --to")
    start, end = _span(on, first, last, workplace.now_of(here))
    spec = _spec(root)
    known = sessions.calendar_of(here, workplace.sound_settings_of(here)).sessions
    try:
        found = days.days(start, end, known, spec)
    except LookupError as error:
        raise click.UsageError(str(error)) from None
    if as_json:
        show_json({"days": [day.shape() for day in found]})
    else:
        _show(found, here, has_root=spec is not None)


def _span(on: str | None, first: str | None, last: str | None, now: datetime) -> tuple[date, date]:
    if on is not None:
        day = day_named(on, now)
        return day, day
    start, end = span(first, last, now)
    today = day_of(now)
    if start is None:
        start = today if end is None else min(today, end)
    return start, end or start + _WEEK


def _spec(root: str | None) -> RootSpec | None:
    if root is None:
        return None
    try:
        return days.root_named(root.upper())
    except ValueError as error:
        raise click.BadParameter(str(error), param_hint="--root") from None


def _show(found: list[Day], here: Here, *, has_root: bool) -> None:
    leads = list(dict.fromkeys(lead for day in found for lead, _ in day.attempts))
    columns = [
        Column("expiration" if has_root else "date"),
        *([Column("trades until")] if has_root else []),
        Column("kind"),
        Column("close (New York)"),
        *(Column(lead) for lead in leads),
    ]
    show(table(columns, [_row(day, leads) for day in found], here.screen.width), here.screen)


def _row(day: Day, leads: list[str]) -> tuple[Cell, ...]:
    attempts, style = dict(day.attempts), _STYLES.get(day.kind, "")
    last = day.last_trading_day
    return (
        (words.weekday(day.day), style),
        *(() if last is None else (words.weekday(last),)),
        (day.kind, style),
        "" if day.closes_at is None else words.clock_time(day.closes_at),
        *(words.clock_time(attempts[lead]) if lead in attempts else "" for lead in leads),
    )
