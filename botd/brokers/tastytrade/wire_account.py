"""
Accounts, positions and the records of how contracts ended.

    sub-type of `Receive Deliver`    ours               quantity       price
    Assignment                       assignment         < 0            the strike
    Exercise                         exercise           > 0            the strike
    Expiration                       expiration         as it was held none
    Cash Settled Assignment          cash settlement    < 0            its value, per share
    Cash Settled Exercise            cash settlement    > 0            its value, per share

A quantity there has no sign. Of an expiration the last trade that opened the position tells
it: an account cannot hold a contract both ways. Other lines (the shares that come and go)
are the campaign's business and are left out.

Sources: open-api-spec/transactions.md, balances-and-positions.md, account-status.md; the
sub-types of cash settlement from users' records.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime
from decimal import Decimal

from botd.brokers.port import AccountState, Environment, RecordKind, SettlementRecord
from botd.brokers.tastytrade.envelope import data_of
from botd.brokers.tastytrade.symbols import (
    OPTION,
    contract_of,
    instrument_of,
    is_option_symbol,
)
from botd.brokers.transport.fields import Fields, Unreadable, distinct, shown
from botd.domain.contract import OptionContract
from botd.domain.orders import Holding

_KINDS = {
    "Assignment": RecordKind.ASSIGNMENT,
    "Exercise": RecordKind.EXERCISE,
    "Expiration": RecordKind.EXPIRATION,
    "Cash Settled Assignment": RecordKind.CASH_SETTLEMENT,
    "Cash Settled Exercise": RecordKind.CASH_SETTLEMENT,
}
_SIGNS = {
    "Assignment": -1,
    "Cash Settled Assignment": -1,
    "Exercise": 1,
    "Cash Settled Exercise": 1,
}
_OPENING = {"Sell to Open": -1, "Buy to Open": 1}
_DIRECTIONS = {"Long": 1, "Short": -1, "Zero": 0}
_BLOCKS = ("is-closed", "is-frozen")


def account_state(
    status: bytes, balances: bytes, *, environment: Environment, as_of: datetime
) -> AccountState:
    """Read an account from its trading status and its balances."""
    told, money = data_of(status), data_of(balances)
    blocked = tuple(key for key in _BLOCKS if told.maybe_flag(key))
    cash = money.maybe_decimal("cash-balance")
    if cash is not None and money.maybe_text("cash-balance-effect") == "Debit":
        cash = -abs(cash)
    return AccountState(
        told.text("account-number"),
        environment,
        can_trade=not blocked,
        cash=cash,
        as_of=as_of,
        blocked=blocked,
    )


def holdings(items: Iterable[Fields]) -> tuple[Holding, ...]:
    """Read what is held; what is neither option nor share keeps the broker's own symbol."""
    found = (_holding(item) for item in distinct(items, "symbol"))
    return tuple(each for each in found if each.quantity)


def _holding(item: Fields) -> Holding:
    text, kind = item.symbol("symbol"), item.text("instrument-type")
    direction = item.text("quantity-direction")
    if direction not in _DIRECTIONS:
        raise Unreadable(f"{item.path}.quantity-direction: {shown(direction)} is not known")
    try:
        symbol = instrument_of(OPTION if is_option_symbol(text) else kind, text).symbol
    except Unreadable:
        if kind == OPTION and not item.has("underlying-symbol"):
            raise
        symbol = text
    # Whole contracts and shares: a fraction of a share is nothing that can be closed here.
    is_option = kind == OPTION or is_option_symbol(text)
    held = item.decimal("quantity")
    if is_option and held != int(held):
        raise Unreadable(f"{item.path}: {held} contracts")
    if held and direction == "Zero":
        raise Unreadable(f"{item.path}: {held} held neither long nor short")
    return Holding(symbol, _DIRECTIONS[direction] * int(abs(held)))


def is_ending(item: Fields) -> bool:
    """Tell whether a transaction tells how an option ended."""
    return (
        item.maybe_text("transaction-type") == "Receive Deliver"
        and item.maybe_text("transaction-sub-type") in _KINDS
        and item.maybe_text("instrument-type") in {None, OPTION}
    )


def unsigned(items: Iterable[Fields]) -> frozenset[str]:
    """Name the broker's symbols whose sign no ending tells."""
    return frozenset(item.text("symbol") for item in items if _sign(item, {}) is None)


def opening_sign(trades: Iterable[Fields]) -> int | None:
    """Tell from trades of one symbol, the newest first, which way it was held last."""
    signs = (_OPENING.get(trade.maybe_text("action") or "") for trade in trades)
    return next((sign for sign in signs if sign is not None), None)


def settlement_records(
    items: Iterable[Fields], signs: Mapping[str, int]
) -> tuple[SettlementRecord, ...]:
    """Read endings; *signs* tell how symbols were held whose ending does not."""
    found = (_record(item, _sign(item, signs)) for item in items)
    return tuple(record for record in found if record is not None)


def _sign(item: Fields, signs: Mapping[str, int]) -> int | None:
    action = item.maybe_text("action") or ""
    if action in {"Sell to Close", "Buy to Close"}:
        return 1 if action == "Sell to Close" else -1
    told = _SIGNS.get(item.text("transaction-sub-type"))
    return signs.get(item.text("symbol")) if told is None else told


def _record(item: Fields, sign: int | None) -> SettlementRecord | None:
    quantity = abs(item.whole("quantity"))
    if sign is None or quantity == 0:
        return None
    contract = contract_of(item.text("symbol"))
    kind = _KINDS[item.text("transaction-sub-type")]
    return SettlementRecord(
        record_id=item.text("id"),
        kind=kind,
        symbol=contract.symbol,
        quantity=sign * quantity,
        price=_price(item, kind, contract, quantity),
        recorded_at=item.instant("executed-at"),
    )


def _price(
    item: Fields, kind: RecordKind, contract: OptionContract, quantity: int
) -> Decimal | None:
    match kind:
        case RecordKind.ASSIGNMENT | RecordKind.EXERCISE:
            return contract.strike
        case RecordKind.CASH_SETTLEMENT:
            value = item.maybe_decimal("value")
            return None if value is None else abs(value) / (quantity * contract.multiplier)
        case RecordKind.EXPIRATION:
            return None
