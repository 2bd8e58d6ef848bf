"""The newest quotes for the board: what it shows needs no broker of its own."""

from datetime import datetime, timedelta

from botd.domain.quote import MarketView
from botd.engine.desk import Desk
from botd.ledger import marks
from botd.ledger.columns import Tx
from botd.ledger.marks import Mark

_NEAR_CLOSE = timedelta(minutes=70)
_AFTER_CLOSE = timedelta(minutes=1)
_OFTEN = timedelta(seconds=10)
_SELDOM = timedelta(minutes=5)


def next_mark(desk: Desk, last: datetime | None) -> datetime:
    """Tell when quotes are to be written down next: often in the last hour."""
    now = desk.now()
    if last is None:
        return now
    closes = [one.closes_at for one in desk.book.values() if one.is_live and one.closes_at]
    is_near = any(at - _NEAR_CLOSE <= now <= at + _AFTER_CLOSE for at in closes)
    return last + (_OFTEN if is_near else _SELDOM)


async def mark(desk: Desk) -> None:
    """Write down what the market shows of everything that is held."""
    if not any(one.is_live for one in desk.book.values()):
        return
    found = _marks(desk, await desk.feed.view())

    def work(tx: Tx) -> None:
        marks.put(tx, found)

    await desk.ledger.write(work)


def _marks(desk: Desk, view: MarketView) -> list[Mark]:
    found = [
        Mark(desk.key, symbol, quote.bid, quote.ask, None, quote.quoted_at)
        for symbol, quote in view.quotes.items()
    ]
    for symbol in view.underlying_quotes.keys() | view.last_trades.keys():
        quote, trade = view.underlying_quotes.get(symbol), view.last_trades.get(symbol)
        instants = [quote.quoted_at] if quote else []
        instants += [trade.traded_at] if trade else []
        found.append(
            Mark(
                desk.key,
                symbol,
                quote.bid if quote else None,
                quote.ask if quote else None,
                trade.price if trade else None,
                max(instants),
            )
        )
    return found
