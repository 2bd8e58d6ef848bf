"""What the hours between the close and the exercise cut-off have changed."""

from collections.abc import Iterable
from decimal import Decimal

from botd.domain import after_close, schedule
from botd.domain.booked import booked_of
from botd.domain.contract import Leg, option_legs
from botd.domain.label import label, short
from botd.domain.position import Position
from botd.domain.quote import MarketView
from botd.engine.desk import Desk
from botd.engine.notices import Notice
from botd.errors import BrokerError


async def crossed_after_hours(
    desk: Desk, found: Iterable[Position], view: MarketView
) -> Notice | None:
    """Name short physical legs that were not in the money at the close and are now."""
    lines = []
    for position in found:
        spot = newest_price(view, position.underlying)
        close = None if spot is None else await _close_of(desk, position)
        if spot is None or close is None:
            continue
        risky = after_close.crossed_after_hours(_ended_after_bell(desk, position), close, spot)
        names = [short(contract) for contract, _ in option_legs(risky)]
        if names:
            lines.append(
                f"{position.number}  {label(position)} ({position.account})  "
                f"short {', '.join(names)}: close {close}, now {spot}; holders may still "
                f"exercise: botd positions show {position.number}"
            )
    if not lines:
        return None
    return Notice("exercise_cutoff", "page", "crossed after the close", tuple(lines))


def newest_price(view: MarketView, underlying: str) -> Decimal | None:
    """Give the last trade, or the mid of a whole quote where that is newer."""
    trade, quote = view.last_trades.get(underlying), view.underlying_quotes.get(underlying)
    if quote is None or quote.bid is None or quote.ask is None:
        return None if trade is None else trade.price
    if trade is not None and trade.traded_at >= quote.quoted_at:
        return trade.price
    return (quote.bid + quote.ask) / 2


def _ended_after_bell(desk: Desk, position: Position) -> tuple[Leg, ...]:
    """Give the legs that were still held when they stopped trading; bought back ones are not."""
    if position.closes_at is None:
        return ()
    held = {leg.symbol for lot in position.lots for leg in lot.legs}
    held |= booked_of(position).keys()
    return tuple(
        leg
        for leg in schedule.expiring_legs(position.legs, position.closes_at, desk.sessions)
        if leg.symbol in held
    )


async def _close_of(desk: Desk, position: Position) -> Decimal | None:
    if position.closes_at is None:
        return None
    session = desk.sessions.containing_day(position.closes_at)
    day = session.day if session else position.closes_at.date()
    try:
        return await desk.clock.within(
            desk.broker.official_close(position.underlying, day), desk.patience()
        )
    except (BrokerError, TimeoutError):
        return None
