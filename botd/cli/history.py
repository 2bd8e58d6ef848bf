"""`botd history`: what is over, and what it brought."""

import csv
import io
from collections import Counter
from datetime import datetime, time, timedelta
from decimal import Decimal

import click

from botd.calendar.new_york import from_wall
from botd.cli import words, workplace
from botd.cli.dates import DAY, span
from botd.cli.options import Here, examples, json_option, pass_here
from botd.cli.output import Line, Span, answer, show, show_json
from botd.cli.tables import Cell, Column, length, table
from botd.domain.label import label
from botd.domain.pnl import close_net_price, realized_pnl
from botd.domain.position import Position
from botd.engine import week
from botd.service import history as past
from botd.service import listing
from botd.service.history import CSV_COLUMNS, History, Total, Wheel
from botd.service.rules import Rules
from botd.service.shapes import instant

_COLUMNS = (
    Column("ended"),
    Column("no", is_right=True),
    Column("position"),
    Column("bot"),
    Column("how", can_wrap=True),
    Column("opened", is_right=True),
    Column("closed", is_right=True),
    Column("P/L", is_right=True),
)
_KEPT = ((0, 1, 2, 3, 4, 5, 6, 7), (0, 1, 2, 4, 5, 6, 7), (0, 1, 2, 4, 7))  # columns, by room
_CENT = Decimal("0.01")
_CAMPAIGNS = (
    Column("campaign"),
    Column("on"),
    Column("premiums", is_right=True),
    Column("shares", is_right=True),
    Column("gain of shares", is_right=True),
    Column("together", is_right=True),
    Column("state", can_wrap=True),
)


@click.command(
    epilog=examples(
        "botd history --from 2015-12-01",
        "botd history --bot wheel --json",
        "botd history --csv > history.csv",
        "botd history --observed --from 2015-12-14",
    )
)
@click.option("--from", "first", type=DAY, metavar="DATE", help="Ended on that day or later.")
@click.option("--to", "last", type=DAY, metavar="DATE", help="Ended on that day or earlier.")
@click.option("--bot", metavar="NAME", help="Only of this bot.")
@click.option("--csv", "as_csv", is_flag=True, help="Print comma-separated values instead.")
@click.option(
    "--observed",
    is_flag=True,
    help="What observe mode would have done, against what came: of the last seven days, or --from.",
)
@json_option
@pass_here
def history(
    here: Here,
    *,
    first: str | None,
    last: str | None,
    bot: str | None,
    as_csv: bool,
    observed: bool,
    as_json: bool,
) -> None:
    """List completed positions with P/L and how each ended, totals, and campaigns."""
    if as_csv and as_json:
        raise click.UsageError("--csv and --json exclude each other")
    if observed and (as_csv or bot):
        raise click.UsageError("--observed goes with --from, --to and --json only")
    start, end = span(first, last, workplace.now_of(here))
    since = None if start is None else from_wall(start, time(0))
    until = None if end is None else from_wall(end + timedelta(days=1), time(0))
    if observed:
        _observed(here, since, until, as_json=as_json)
        return
    rules = Rules.of(workplace.sound_settings_of(here)) if bot else Rules()
    with workplace.ledger_at(here) as ledger:
        ledger.read_now(lambda tx: listing.refuse_unknown_bot(tx, bot, rules))
        found = ledger.read_now(lambda tx: past.read(tx, since, until, bot))
    if as_json:
        dates = {"from": start and str(start), "to": end and str(end), "bot": bot}
        show_json({**dates, **found.shape()})
    elif as_csv:
        answer(_csv(found), nl=False)
    else:
        show(_lines(found, here.screen.width), here.screen)


def _observed(here: Here, since: datetime | None, until: datetime | None, *, as_json: bool) -> None:
    now = workplace.now_of(here)
    until = now if until is None else until
    since = until - timedelta(days=7) if since is None else since
    with workplace.ledger_at(here) as ledger:
        compared = ledger.read_now(lambda tx: week.read(tx, since, until))
    if as_json:
        show_json({"from": instant(since), "to": instant(until), **past.observed_shape(compared)})
        return
    said = week.lines(compared) if compared else ("nothing was observed in that time",)
    show([week.title(compared), "", *said] if compared else list(said), here.screen)


def _csv(found: History) -> str:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(CSV_COLUMNS)
    writer.writerows(found.csv_rows())
    return text.getvalue()


def _lines(found: History, width: int | None) -> list[Line | str]:
    lines: list[Line | str] = []
    if found.positions:
        lines += _table(found.positions, width)
        lines += ["", *_totals(found)]
    else:
        lines.append("no completed position")
    if found.waiting:
        waiting = words.counted(found.waiting, "position")
        lines.append(((f"{waiting} ended, but how is not known yet: botd", "warn"),))
    if found.wheels:
        lines += ["", *table(_CAMPAIGNS, map(_wheel, found.wheels), width)]
    return lines


def _table(found: tuple[Position, ...], width: int | None) -> list[Line]:
    """Lay out what ended; on a narrow screen without its bot, then without its prices."""
    rows = [_row(one) for one in found]
    lines: list[Line] = []
    for kept in _KEPT:
        columns = [_COLUMNS[at] for at in kept]
        lines = table(columns, [[row[at] for at in kept] for row in rows], width)
        if width is None or max(map(length, lines)) <= width:
            break
    return lines


def _row(position: Position) -> tuple[Cell, ...]:
    pnl, is_complete = realized_pnl(position)
    return (
        words.day_and_minute(position.closed_at),
        str(position.number),
        label(position),
        position.bot,
        _how(position),
        words.price_of(position.legs, position.open_net_price),
        words.price_of(position.legs, close_net_price(position)),
        _signed(
            words.profit_of(position.legs, pnl) + ("" if is_complete or pnl is None else " so far")
        ),
    )


def _how(position: Position) -> str:
    """Say how it ended: by whose order, in which parts, confirmed or not."""
    parts = Counter[str]()
    for outcome in position.outcomes:
        parts[outcome.how.value] += outcome.units
    what = words.spaced(position.status.value)
    if len(parts) > 1:
        what = ", ".join(f"{units} {how}" for how, units in parts.items())
    by = "" if position.closed_by is None else f" by {position.closed_by.value}"
    presumed = "" if position.assignment is None else f" ({position.assignment.value})"
    return f"{what}{by}{presumed}"


def _totals(found: History) -> list[Line]:
    lines = [_total(words.spaced(kind), total) for kind, total in sorted(found.by_status().items())]
    return [*lines, _total("together", found.total)] if len(lines) > 1 else lines


def _total(title: str, total: Total) -> Line:
    whole = "" if total.is_complete else " so far; some prices are not known"
    fees = "" if not total.fees else f", fees {total.fees:,.2f}"
    text, style = _signed(words.dollars(total.realized_pnl))
    return ((f"{title:<10} {total.count:>5}  ", ""), (text, style), (f"{whole}{fees}", ""))


def _signed(text: str) -> Span:
    return text, "danger" if text.startswith("-") else "good" if text.startswith("+") else "warn"


def _wheel(found: Wheel) -> tuple[Cell, ...]:
    campaign = found.campaign
    state = "open" if campaign.is_open else "ended"
    if campaign.adjusted_basis is not None:
        state += f", even at {words.price(campaign.adjusted_basis.quantize(_CENT))} a share"
    if not campaign.is_complete:
        state += ", some prices are not known"
    return (
        found.name,
        found.underlying,
        words.dollars(campaign.premiums),
        str(campaign.shares),
        words.dollars(campaign.share_gain),
        _signed(words.dollars(campaign.net_pnl)),
        state,
    )
