"""
What became of positions: records of how they ended, and what somebody closed.

    status        contracts            what it is                       told as
    exercised     all that were left   ended at settlementPrice         a settlement record
    closed        left, or all where   ended at settlementPrice         a settlement record
                  no closePrice is
    open          closed               sold or bought back by somebody  an order that is not ours
    closed        all, where there is  the same                         an order that is not ours
                  a closePrice only
    liquidated    all                  taken by ClickOptions            an order that is not ours

    a record      CASH_SETTLEMENT at the intrinsic value of settlementPrice, per coin;
                  EXPIRATION where that is nothing. At 08:00 UTC of its expiration
    an order      FILLED, without a client order id: no bot of ours closed it. When it filled
                  is not told; its price only where plClosed says that closePrice is per coin
    a child       (parentPositionId) may be counted in what its parent counts as closed: then
                  the parent tells less, never both

A position that is over and has neither a settlementPrice nor a closePrice is left out:
nothing is concluded yet. Where an exercised one counts all as closed, its exercise is what
closed them.
"""

from collections.abc import Callable, Iterable, Sequence
from datetime import date, datetime
from decimal import Decimal

from botd.brokers.clickoptions.wire import Money, Position, Status
from botd.brokers.port import RecordKind, SettlementRecord
from botd.brokers.transport.fields import Unreadable
from botd.domain.contract import Leg, OptionContract
from botd.domain.orders import Fill, OrderReport, ReportState

_CENT = Decimal("0.01")


def records_of(
    positions: Sequence[Position], since: datetime, now: datetime
) -> tuple[SettlementRecord, ...]:
    """Read what ended from *since* to *now*."""
    return tuple(
        _record(position, contract, ends_at, price, count)
        for position, contract, ends_at, price, count in _ended(positions, now)
        if ends_at >= since
    )


def settlement_price(
    positions: Sequence[Position], asset: str, day: date, now: datetime
) -> Decimal | None:
    """
    Give the price that contracts of a day were settled at, dollars per coin; None: untold.

    Raises:
        Unreadable: there are two.
    """
    found = {
        price
        for _, contract, ends_at, price, _ in _ended(positions, now)
        if contract.underlying == asset and ends_at.date() == day
    }
    if len(found) > 1:
        told = ", ".join(str(each) for each in sorted(found))
        raise Unreadable(f"{asset} was settled at {told} on {day}")
    return found.pop() if found else None


def reports_of(
    positions: Sequence[Position],
    since: datetime,
    now: datetime,
    first_seen: Callable[[str, int], datetime],
) -> tuple[OrderReport, ...]:
    """
    Read what somebody closed of contracts that had not ended by *since*.

    Args:
        positions: that are open, closed or liquidated.
        since: when what ended before concerns nobody any more.
        now: the broker's present.
        first_seen: tells when so many contracts of a position were first seen closed.
    """
    children = _by_parent(positions)
    found = []
    for position in positions:
        if position.contract is None or position.ends_at is None or position.ends_at < since:
            continue
        count = _closed_in(position, now)
        theirs = [_closed_in(child, now) for child in children.get(position.id, ())]
        count -= _counted_twice(count, theirs)
        if count:
            at = first_seen(position.id, count)
            found.append(_report(position, position.contract, count, at, now))
    return tuple(found)


def spots_of(positions: Iterable[Position]) -> dict[str, Decimal]:
    """
    Give where the coins stand, dollars, by the open positions on them.

    A coin of which they differ by more than one percent has none.
    """
    told: dict[str, list[Decimal]] = {}
    for each in positions:
        price = None if each.money is None else each.money.index_price
        if each.contract is not None and price is not None and each.status is Status.OPEN:
            told.setdefault(each.contract.underlying, []).append(price)
    return {
        asset: prices[-1]
        for asset, prices in told.items()
        if max(prices) - min(prices) <= max(prices) * _CENT
    }


def _ended(
    positions: Sequence[Position], now: datetime
) -> list[tuple[Position, OptionContract, datetime, Decimal, int]]:
    """Give what is over: with its contract, its end, the settlement price, and how many."""
    children = _by_parent(positions)
    found = []
    for each in positions:
        price = None if each.money is None else each.money.settlement_price
        count = _ended_in(each)
        count -= _counted_twice(count, [_ended_in(child) for child in children.get(each.id, ())])
        if each.contract is None or each.ends_at is None or price is None or not count:
            continue
        if each.ends_at <= now:
            found.append((each, each.contract, each.ends_at, price, count))
    return found


def _closed_in(position: Position, now: datetime) -> int:
    """Count contracts of a position that somebody closed before they ended."""
    if position.contract is None or position.money is None or position.ends_at is None:
        return 0
    every, money = abs(position.quantity), position.money
    if position.status is Status.LIQUIDATED:
        return every
    if position.status is Status.CLOSED and money.settlement_price is None:
        if money.close_price is not None:
            return every
        return position.closed if position.ends_at > now else 0
    return position.closed - _closed_by_ending(position)


def _ended_in(position: Position) -> int:
    """Count contracts of a position that its end has ended."""
    if position.status not in {Status.EXERCISED, Status.CLOSED}:
        return 0
    if position.money is None or position.money.settlement_price is None:
        return 0
    return abs(position.left) + _closed_by_ending(position)


def _closed_by_ending(position: Position) -> int:
    """Count contracts that are told as closed because they ended."""
    if position.left or position.money is None:
        return 0
    if position.status is Status.EXERCISED:
        return position.closed
    has_ended = position.money.settlement_price is not None and position.money.close_price is None
    return position.closed if position.status is Status.CLOSED and has_ended else 0


def _record(
    position: Position, contract: OptionContract, ends_at: datetime, price: Decimal, count: int
) -> SettlementRecord:
    value = contract.intrinsic(price)
    kind = RecordKind.CASH_SETTLEMENT if value else RecordKind.EXPIRATION
    quantity = count if position.quantity > 0 else -count
    return SettlementRecord(
        f"position-{position.id}", kind, contract.symbol, quantity, value or None, ends_at
    )


def _report(
    position: Position, contract: OptionContract, count: int, at: datetime, now: datetime
) -> OrderReport:
    side = 1 if position.quantity > 0 else -1
    price = _close_price(position, contract, side)
    return OrderReport(
        broker_order_id=f"position-{position.id}",
        client_order_id=None,
        state=ReportState.FILLED,
        legs=(Leg(contract, -side),),
        units=count,
        filled_units=count,
        net_price=None,
        submitted_at=position.opened_at or at,
        as_of=now,
        fills=() if price is None else (Fill("", count, side * price, at),),
    )


def _close_price(position: Position, contract: OptionContract, side: int) -> Decimal | None:
    """
    Give what closed contracts brought, dollars per coin; None: the sums do not show it.

    The documents do not say of how much closePrice is the price. Of one coin it is where
    plClosed is the difference to openPrice times the coins, up to the fee.
    """
    money, coins = position.money, position.coins_closed
    if money is None or coins != position.closed * contract.spec.contract_size:
        return None
    if money.close_price is None or money.open_price is None or money.pnl_closed is None:
        return None
    expected = side * (money.close_price - money.open_price) * coins
    if abs(expected - money.pnl_closed) > _CENT + abs(money.fee or Decimal(0)):
        return None
    return money.close_price if _is_per_coin(money, expected) else None


def _is_per_coin(money: Money, expected: Decimal) -> bool:
    """Tell whether the fee is too small to hide a price of a contract."""
    return abs(expected) > 2 * (_CENT + abs(money.fee or Decimal(0)))


def _by_parent(positions: Iterable[Position]) -> dict[str, list[Position]]:
    found: dict[str, list[Position]] = {}
    for each in positions:
        if each.parent_id is not None and each.parent_id != each.id:
            found.setdefault(each.parent_id, []).append(each)
    return found


def _counted_twice(count: int, of_children: Iterable[int]) -> int:
    """Tell how many of a parent's contracts its children may tell of, too."""
    theirs = sum(of_children)
    return theirs if theirs <= count else 0
