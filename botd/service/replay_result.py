"""What a replayed day comes to: its JSON, and the values its report is drawn from."""

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from decimal import Decimal

from botd.brokers.port import Environment
from botd.domain.contract import Leg, OptionContract, option_legs
from botd.domain.orders import OrderStatus
from botd.domain.pnl import close_net_price, realized_pnl
from botd.domain.position import Position
from botd.domain.quote import Quote
from botd.ledger import Tx, attempts, orders, positions
from botd.ledger.attempts import Attempt
from botd.ledger.orders import Order
from botd.ledger.positions import PositionQuery
from botd.service import shapes
from botd.service.replay import Played
from botd.service.shapes import Shape
from botd.web.report.data import (
    PackagePoint,
    ReportAttempt,
    ReportDay,
    ReportEvent,
    ReportOrder,
    ReportPosition,
    SpotSeries,
)

QuoteAt = Callable[[str, datetime], Quote | None]

_NEVER_LEFT = frozenset({OrderStatus.INTENT, OrderStatus.WITHDRAWN})
_BEFORE_FIRST = timedelta(minutes=3)
_MOST = 100_000


def all_positions(played: Played) -> tuple[Position, ...]:
    """Give every position of the day as it ended, by number."""
    page = played.ledger.read_now(lambda tx: positions.find(tx, PositionQuery(), 1, _MOST))
    return tuple(sorted(page.items, key=lambda position: position.number))


def document(played: Played) -> Shape:
    """Give the JSON document of `replay --json`."""
    session = played.script.session
    book = all_positions(played)

    def work(tx: Tx) -> tuple[list[Shape], int]:
        items, count = [], 0
        for position in book:
            placed = orders.of_position(tx, position.id)
            count += sent(placed)
            tried = attempts.of_position(tx, position.id)
            shape = shapes.position(position)
            items.append({**shape, "attempts": [shapes.attempt(one, placed) for one in tried]})
        return items, count

    items, count = played.ledger.read_now(work)
    return {
        "session": {
            "date": session.day.isoformat(),
            "closes_at": shapes.instant(session.closes_at),
            "early_close": session.early_close,
        },
        "positions": items,
        "orders_sent": count,
        "realized_pnl": shapes.money(total_pnl(book)),
        "pnl_complete": all(realized_pnl(position)[1] for position in book),
        "notes": list(played.notes),
    }


def sent(placed: Iterable[Order]) -> int:
    """Count the orders whose bytes left, or may have."""
    return sum(1 for order in placed if order.status not in _NEVER_LEFT)


def total_pnl(book: Iterable[Position]) -> Decimal | None:
    """Add up the known P/L, in dollars before fees; None: nothing is known."""
    known = [pnl for position in book if (pnl := realized_pnl(position)[0]) is not None]
    return sum(known, Decimal(0)) if known else None


def report_day(played: Played) -> ReportDay:
    """Give the values that the report of the day is drawn from."""
    script = played.script
    book = all_positions(played)
    strikes = {
        contract.strike
        for position in book
        for contract in position.options()
        if contract.underlying == script.pack.underlying
    }
    spots = SpotSeries(
        underlying=script.pack.underlying,
        points=tuple((trade.traded_at, trade.price) for trade in script.pack.trades),
        strikes=tuple(sorted(strikes)),
        official_close=script.pack.official_close,
    )
    return ReportDay(
        session=script.session,
        source=script.pack.name,
        account=", ".join(sorted({position.account for position in book})),
        environment=Environment.PAPER,
        underlyings=(spots,),
        positions=tuple(_report_position(played, position) for position in book),
        notes=tuple(played.notes),
    )


def _report_position(played: Played, position: Position) -> ReportPosition:
    def work(tx: Tx) -> tuple[tuple[Order, ...], tuple[Attempt, ...], tuple[ReportEvent, ...]]:
        happened = tuple(
            ReportEvent(event.at, event.kind.replace("_", " "), event.by)
            for event in positions.events(tx, position.id)
        )
        placed = orders.of_position(tx, position.id)
        return placed, attempts.of_position(tx, position.id), happened

    placed, tried, happened = played.ledger.read_now(work)
    pnl, is_complete = realized_pnl(position)
    return ReportPosition(
        position=position,
        realized_pnl=pnl,
        pnl_complete=is_complete,
        close_net_price=close_net_price(position),
        attempts=tuple(_report_attempt(position, attempt, placed) for attempt in tried),
        market=_market(played, position, tried[0].due_at) if placed and tried else (),
        events=happened,
    )


def _report_attempt(position: Position, attempt: Attempt, placed: Iterable[Order]) -> ReportAttempt:
    own = (order for order in placed if order.intent.attempt_due_at == attempt.due_at)
    return ReportAttempt(
        lead=attempt.lead,
        due_at=attempt.due_at,
        decision=attempt.decision or "skip",
        reason=attempt.reason or "",
        outcome=attempt.outcome or "none",
        note=attempt.note or "",
        moneyness=attempt.moneyness,
        orders=tuple(_report_order(position, order) for order in own),
        late=timedelta(seconds=attempt.late_seconds),
        is_flagged=any(leg.note for leg in attempt.moneyness),
    )


def _report_order(position: Position, order: Order) -> ReportOrder:
    intent = order.intent
    whole = {leg.symbol for leg in position.legs if isinstance(leg.instrument, OptionContract)}
    is_part = {leg.symbol for leg in intent.legs} != whole
    return ReportOrder(
        client_order_id=intent.client_order_id,
        step=intent.step,
        net_price=intent.net_price,
        units=intent.units,
        filled_units=order.filled_units,
        average_net_price=order.average_net_price,
        status=order.status,
        submitted_at=order.submitted_at,
        finished_at=order.finished_at,
        cap=intent.cap,
        refusal=order.refusal,
        legs=intent.legs if is_part else (),
    )


def _market(played: Played, position: Position, first_due_at: datetime) -> tuple[PackagePoint, ...]:
    """Give bid and ask of the package from shortly before the first attempt to the close."""
    pack, session = played.script.pack, played.script.session
    since = first_due_at - _BEFORE_FIRST
    symbols = {contract.symbol for contract, _ in option_legs(position.legs)}
    instants = [
        at for at in pack.instants if since <= at <= session.closes_at and pack.rows[at] & symbols
    ]
    return tuple(_package(pack.quote, position.legs, at) for at in instants)


def _package(quote: QuoteAt, legs: tuple[Leg, ...], at: datetime) -> PackagePoint:
    low: Decimal | None = Decimal(0)
    high: Decimal | None = Decimal(0)
    for contract, quantity in option_legs(legs):
        shown = quote(contract.symbol, at)
        bid, ask = (shown.bid, shown.ask) if shown else (None, None)
        worst, best = (bid, ask) if quantity > 0 else (ask, bid)
        low = None if low is None or worst is None else low + quantity * worst
        high = None if high is None or best is None else high + quantity * best
    return PackagePoint(at, low, high)
