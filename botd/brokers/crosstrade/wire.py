"""
Positions and accounts as CrossTrade tells them.

    marketPosition   Long and Short sign the quantity; Flat is none
    account          NinjaTrader's name, in its own spelling; asked for in any
    provider         "Simulator" is NinjaTrader's own paper; anything else counts as real money
    instrument       words, as account: a number would hide whose a position is, and in what
    marketPrice      of the moment; a mark, not what a close was done at

Sources: docs.crosstrade.io, "POST Close Position", "GET All Positions", "GET Account".
"""

from datetime import date, datetime
from decimal import Decimal

from botd.brokers.crosstrade import instruments
from botd.brokers.port import AccountState, Environment
from botd.brokers.transport.fields import Fields, Unreadable, shown
from botd.domain.orders import Holding
from botd.domain.quote import LastTrade

_SIGNS = {"Long": 1, "Short": -1, "Flat": 0}
_SIMULATOR = "Simulator"


def holdings_of(body: Fields, account: str) -> tuple[Holding, ...]:
    """
    Read the open positions of one account out of the list of all.

    Raises:
        Unreadable: a row of it cannot be counted, or two are of one instrument.
    """
    found = body.items("positions")
    count = body.maybe_whole("count")
    if count is not None and count != len(found):
        raise Unreadable(f"positions: {len(found)} where {count} are told")
    held = tuple(_holding(each) for each in found if _is_of(each, account))
    still_open = tuple(each for each in held if each.quantity)
    if len({each.symbol for each in still_open}) != len(still_open):
        raise Unreadable("positions: one instrument stands there twice")
    return still_open


def marks_of(body: Fields, roots: frozenset[str], at: datetime) -> dict[str, LastTrade]:
    """
    Give the price of each root as positions of any account tell it, nearest month first.

    A row that cannot be read tells no price, and hides no other.
    """
    best: dict[str, tuple[date, Decimal]] = {}
    for each in body.items("positions"):
        future, price = instruments.known(str(each.values.get("instrument"))), _mark(each)
        if future is None or future.root not in roots or price is None:
            continue
        if future.root not in best or future.month < best[future.root][0]:
            best[future.root] = (future.month, price)
    return {root: LastTrade(root, price, at) for root, (_, price) in best.items()}


def closed_in(body: Fields, account: str, symbol: str) -> bool:
    """Whether the answer to a close names the position that was to be closed."""
    return any(
        _is_of(each, account) and instruments.our_symbol(each.symbol("instrument")) == symbol
        for each in body.items("closedPositions")
    )


def state_of(body: Fields, account: str, as_of: datetime) -> AccountState:
    """
    Read the account.

    Another account than *account* bears its own name. An account that is not enabled, or
    whose connection NinjaTrader has lost, cannot trade.
    """
    name = body.text("name")
    blocked = tuple(
        f"{key}: {found}"
        for key, wanted in (("status", "Enabled"), ("connectionStatus", "Connected"))
        if (found := body.text(key)) != wanted
    )
    item = body.maybe_inner("item")
    is_simulated = body.text("provider") == _SIMULATOR
    return AccountState(
        account=account if name.casefold() == account.casefold() else name,
        environment=Environment.PAPER if is_simulated else Environment.LIVE,
        can_trade=not blocked,
        cash=None if item is None else item.maybe_decimal("cashValue"),
        as_of=as_of,
        blocked=blocked,
    )


def _is_of(row: Fields, account: str) -> bool:
    return row.symbol("account").strip().casefold() == account.casefold()


def _holding(row: Fields) -> Holding:
    side = row.text("marketPosition")
    if side not in _SIGNS:
        raise Unreadable(f"{row.path}.marketPosition: {shown(side)} is not Long, Short or Flat")
    quantity = row.whole("quantity")
    if quantity < 0 or (quantity > 0 and not _SIGNS[side]):
        raise Unreadable(f"{row.path}.quantity: {quantity} {side}")
    return Holding(instruments.our_symbol(row.symbol("instrument")), _SIGNS[side] * quantity)


def _mark(row: Fields) -> Decimal | None:
    try:
        price = row.maybe_decimal("marketPrice")
    except Unreadable:
        return None
    return None if price is None or price <= 0 else price
