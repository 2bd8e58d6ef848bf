"""`botd positions list`, `positions show` and `override list`."""

from datetime import datetime

import click

from botd.cli import dossier, words, workplace
from botd.cli.options import Here, examples, json_option, pass_here
from botd.cli.output import Line, Span, plain, show, show_json
from botd.cli.tables import Cell, Column, length, table
from botd.domain.label import label
from botd.domain.pnl import realized_pnl
from botd.domain.position import Management, Position, Status
from botd.domain.refusal import fact_now
from botd.ledger.positions import PositionQuery
from botd.service import listing
from botd.service.listing import Dossier, Listed, Taken
from botd.service.rules import Rules

_STATUSES = [status.value for status in Status]
_STATUS_STYLES = {
    Status.OPEN: "",
    Status.CLOSING: "warn",
    Status.ASSIGNED: "danger",
    Status.UNRESOLVED: "danger",
}
_COLUMNS = (
    Column("no", is_right=True),
    Column("position"),
    Column("bot"),
    Column("stops trading"),
    Column("status", can_wrap=True),
    Column("P/L", is_right=True),
    Column("account"),
)
_OVERRIDE_COLUMNS = (
    Column("no", is_right=True),
    Column("position"),
    Column("account"),
    Column("status"),
    Column("since"),
    Column("why", can_wrap=True),
)


@click.command(
    "list",
    epilog=examples(
        "botd positions list",
        "botd positions list --status open --symbol SPY",
        "botd positions list --json",
    ),
)
@click.option("--bot", metavar="NAME", help="Only of this bot.")
@click.option("--symbol", metavar="UNDERLYING", help="Only on this underlying.")
@click.option("--status", type=click.Choice(_STATUSES), help="Only in this status.")
@click.option("--page", type=click.IntRange(1), default=1, show_default=True)
@click.option("--size", type=click.IntRange(1, 10_000), default=20, show_default=True)
@json_option
@pass_here
def list_positions(
    here: Here,
    *,
    bot: str | None,
    symbol: str | None,
    status: str | None,
    page: int,
    size: int,
    as_json: bool,
) -> None:
    """List positions, the newest first."""
    rules = Rules.of(workplace.sound_settings_of(here)) if bot else None
    query = PositionQuery(
        bot=bot,
        symbol=_underlying(symbol) if symbol else None,
        status=Status(status) if status else None,
    )
    with workplace.ledger_at(here) as ledger:
        if rules is not None:
            ledger.read_now(lambda tx: listing.refuse_unknown_bot(tx, bot, rules))
        found = ledger.read_now(lambda tx: listing.find(tx, query, page=page, size=size))
    if as_json:
        show_json(found.shape())
        return
    show(_listed(found, here), here.screen)


@click.command(
    "show", epilog=examples("botd positions show 3", "botd positions show goog-ic-1 --json")
)
@click.argument("name", metavar="ID")
@json_option
@pass_here
def show_position(here: Here, name: str, as_json: bool) -> None:
    """
    Tell everything about a position: its legs, attempts, orders and events.

    ID is its id, its short number, or an underlying for all that is open on it.
    """
    with workplace.ledger_at(here) as ledger:
        found = ledger.read_now(lambda tx: listing.dossiers(tx, name))
    if not as_json:
        for at, each in enumerate(found):
            show([*([""] if at else []), *dossier.lines(each, here.screen.width)], here.screen)
    elif _is_one(name, found):
        show_json(found[0].shape())
    else:
        items = [each.shape() for each in found]
        show_json({"total": len(items), "page": 1, "size": len(items), "items": items})


@click.command("list", epilog=examples("botd override list", "botd override list --json"))
@json_option
@pass_here
def list_overrides(here: Here, as_json: bool) -> None:
    """List the positions that people look after, and why."""
    with workplace.ledger_at(here) as ledger:
        found = ledger.read_now(listing.under_override)
    if as_json:
        items = [taken.shape() for taken in found]
        show_json({"total": len(items), "page": 1, "size": len(items), "items": items})
        return
    if not found:
        show(["every open position is managed by its bot"], here.screen)
        return
    now = workplace.now_of(here)
    rows = (_override_row(taken, now) for taken in found)
    show(table(_OVERRIDE_COLUMNS, rows, here.screen.width), here.screen)


def _underlying(symbol: str) -> str:
    """Read an underlying in either case; the id of an event's market keeps its own."""
    return symbol if symbol.startswith("event:") else symbol.upper()


def _is_one(name: str, found: tuple[Dossier, ...]) -> bool:
    """Whether *name* means one position; an underlying is a list, however many it names."""
    position = found[0].position
    return name in {position.id, str(position.number)}


def _listed(found: Listed, here: Here) -> list[Line | str]:
    page = found.page
    if not page.items:
        return [
            "no such position" if page.total == 0 else f"no page {page.page}: {page.total} in all"
        ]
    lines: list[Line | str] = [*_table(found, here.screen.width)]
    if page.total > len(page.items):
        first = (page.page - 1) * page.size + 1
        last = first + len(page.items) - 1
        more = f"; --page {page.page + 1}" if last < page.total else ""
        lines.append(((f"{first} to {last} of {page.total}{more}", "dim"),))
    return lines


def _table(found: Listed, width: int | None) -> list[Line]:
    """Lay out a page; on a narrow screen without the account, which the bot tells."""
    rows = [_row(each, found.with_order) for each in found.page.items]
    wide = table(_COLUMNS, rows, None)
    if width is None or max(map(length, wide)) <= width:
        return wide
    return table(_COLUMNS[:-1], [row[:-1] for row in rows], width)


def _row(position: Position, with_order: frozenset[str]) -> tuple[Cell, ...]:
    status = position.status
    if status is Status.OPEN and position.id in with_order:
        status = Status.CLOSING
    return (
        str(position.number),
        label(position),
        position.bot,
        words.day_and_minute(position.closes_at),
        ((words.spaced(status.value), _STATUS_STYLES.get(status, "dim")), *_manual(position)),
        _pnl(position),
        position.account,
    )


def _manual(position: Position) -> tuple[Span, ...]:
    if position.managed_by is Management.BOT:
        return ()
    reason = position.manual_reason
    return (("manual" if reason is None else f"manual: {words.spaced(reason.value)}", "warn"),)


def _pnl(position: Position) -> str:
    pnl, is_complete = realized_pnl(position)
    if pnl is None:
        return ""
    return words.profit_of(position.legs, pnl) + ("" if is_complete else " so far")


def _override_row(taken: Taken, now: datetime) -> tuple[Span | str, ...]:
    position, override = taken.position, taken.override
    reasons = [
        words.spaced(position.manual_reason.value) if position.manual_reason else "",
        plain(override.reason) if override else "",
        words.in_new_york(plain(fact_now(position, now))),
    ]
    return (
        str(position.number),
        label(position),
        position.account,
        (words.spaced(position.status.value), _STATUS_STYLES.get(position.status, "dim")),
        words.day_and_minute(override.at) if override else "",
        "; ".join(reason for reason in reasons if reason),
    )
