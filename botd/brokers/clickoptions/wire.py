"""
A position as ClickOptions tells of it.

    numbers             strings; an empty one, and a price of zero, is none
    instants            milliseconds since 1970
    names               as they are, misspelt ones too: excercisePlClosed
    symbol              made from asset, type, strikePrice and expiryDate; theirs has to agree
    expiryDate          08:00 UTC of a day; our schedule knows no other instant
    tradeSide           BUY, LONG: held; SELL, SHORT: owed
    sizeContracts       whole contracts of 0.01 BTC or 0.1 ETH: `size` and `contractQty` have
                        to agree where they speak of coins
    another asset       not ours: it stays beside ours under their symbol
    ours, and odd       `Unreadable`: a position that is misread is closed wrongly

The documents give names and types only. The words of type, tradeSide and status are not
listed, save four of status: what is taken here is what such words can mean and no more.

Sources: docs.clickoptions.ai, "Trading API v1 Positions" (OpenAPI 3.1) and "Trade".
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, time
from decimal import Decimal
from enum import Enum
from typing import TypeVar

from botd.brokers.transport.fields import Fields, Unreadable, shown
from botd.domain.contract import MONTHS, OptionContract
from botd.domain.instruments import parse_instrument
from botd.domain.roots import CRYPTO_ASSETS

_ENDS_AT = time(8, 0)  # UTC
_SIDES = {"BUY": 1, "LONG": 1, "SELL": -1, "SHORT": -1}
_LIKE_OURS = re.compile(r"(BTC|ETH|XBT|BITCOIN|ETHER)\W?(USDT?|USDC)?")
_OUR_SYMBOLS = tuple(f"{asset}-" for asset in sorted(CRYPTO_ASSETS))
_Found = TypeVar("_Found")
_RIGHTS = {"CALL": "C", "C": "C", "PUT": "P", "P": "P"}


class Status(Enum):
    """The words of the list's filter."""

    OPEN = "open"
    CLOSED = "closed"
    EXERCISED = "exercised"
    LIQUIDATED = "liquidated"


@dataclass(frozen=True, slots=True)
class Money:
    """What a position is told to be worth: dollars per coin, except where a sum is meant."""

    open_price: Decimal | None
    close_price: Decimal | None
    index_price: Decimal | None  # of the coin, now
    settlement_price: Decimal | None  # of the coin
    premium: Decimal | None  # sum
    fee: Decimal | None  # sum
    pnl: Decimal | None  # sum, of what is left
    pnl_closed: Decimal | None  # sum, of what was closed
    exercise_pnl: Decimal | None  # sum, if it ended now
    exercise_pnl_closed: Decimal | None  # sum
    size: Decimal | None  # sum
    size_closed: Decimal | None  # sum


@dataclass(frozen=True, slots=True)
class Position:
    """One position; what is not ours has no contract, and no more than a name and a size."""

    id: str
    name: str  # our symbol, or theirs
    quantity: int  # contracts it began with, signed
    closed: int  # of these, unsigned
    status: Status | None  # None: a word that nobody has told of
    contract: OptionContract | None = None
    ends_at: datetime | None = None  # with a contract
    opened_at: datetime | None = None
    money: Money | None = None  # with a contract
    coins_closed: Decimal | None = None
    parent_id: str | None = None
    easy_option_id: str | None = None

    @property
    def left(self) -> int:
        """How many contracts are left, signed."""
        return self.quantity - self.closed if self.quantity > 0 else self.quantity + self.closed


def position_of(fields: Fields) -> Position:
    """
    Read one position.

    Raises:
        Unreadable: it is ours, or may be, and says what cannot be understood.
    """
    if not _is_ours(fields):
        return _foreign(fields)
    contract, ends_at = _contract(fields)
    side = _word(fields, "tradeSide", _SIDES)
    contracts, closed = _sizes(fields, contract.spec.contract_size)
    return Position(
        id=fields.name("positionId"),
        name=contract.symbol,
        quantity=side * contracts,
        closed=closed,
        status=_status(fields),
        contract=contract,
        ends_at=ends_at,
        opened_at=fields.maybe_epoch_ms("openDate"),
        money=_money(fields),
        coins_closed=fields.maybe_decimal("sizeClosed"),
        parent_id=fields.maybe_text("parentPositionId"),
        easy_option_id=fields.maybe_text("easyOptionId"),
    )


def _is_ours(fields: Fields) -> bool:
    """Tell whether a position is one of ours; what only looks like one is no foreign one."""
    asset, theirs = fields.symbol("asset").upper(), (fields.maybe_text("symbol") or "").upper()
    if asset in CRYPTO_ASSETS:
        return True
    if _LIKE_OURS.fullmatch(asset) or theirs.startswith(_OUR_SYMBOLS):
        raise Unreadable(f"{fields.path}.asset: {shown(asset)}, the symbol is {shown(theirs)}")
    return False


def _foreign(fields: Fields) -> Position:
    """Read name and whole contracts of what no bot of ours holds, as far as they can be."""
    try:
        side = _word(fields, "tradeSide", _SIDES)
        contracts = int(fields.decimal("sizeContracts"))
        closed = int(fields.maybe_decimal("sizeContractsClosed") or 0)
    except Unreadable:
        side, contracts, closed = 1, 0, 0
    name = fields.maybe_text("symbol") or fields.text("asset")
    return Position(
        fields.maybe_text("positionId") or name, name, side * contracts, closed, _status(fields)
    )


def _contract(fields: Fields) -> tuple[OptionContract, datetime]:
    ends_at = fields.epoch_ms("expiryDate")
    if ends_at.time() != _ENDS_AT:
        raise Unreadable(f"{fields.path}.expiryDate: {ends_at:%Y-%m-%d %H:%M:%S} UTC is not 08:00")
    right = _word(fields, "type", _RIGHTS)
    strike = fields.decimal("strikePrice").normalize()
    day = f"{ends_at.day}{MONTHS[ends_at.month - 1]}{ends_at:%y}"
    asset = fields.symbol("asset").upper()
    try:
        contract = parse_instrument(f"crypto:{asset}-{day}-{strike:f}-{right}")
    except ValueError as error:
        raise Unreadable(f"{fields.path}: {error}") from error
    if not isinstance(contract, OptionContract) or contract.expiration != ends_at.date():
        raise Unreadable(f"{fields.path}: {shown(fields.values.get('expiryDate'))} is no expiry")
    _compare(fields, contract)
    return contract, ends_at


def _compare(fields: Fields, contract: OptionContract) -> None:
    """Hold their symbol against ours, where it is written as ours is."""
    theirs = fields.maybe_text("symbol")
    if theirs is None:
        return
    try:
        told = parse_instrument(f"crypto:{theirs.upper()}")
    except ValueError:
        return
    if told != contract:
        raise Unreadable(
            f"{fields.path}.symbol: {shown(theirs)}, but the rest is {contract.symbol}"
        )


def _sizes(fields: Fields, coins: Decimal) -> tuple[int, int]:
    """
    Read contracts, and how many of them are closed.

    Args:
        fields: of the position.
        coins: of one contract.
    """
    contracts = fields.whole("sizeContracts")
    closed = fields.maybe_whole("sizeContractsClosed") or 0
    if not 0 <= closed <= contracts or not contracts:
        raise Unreadable(f"{fields.path}: {closed} of {contracts} contracts closed")
    for key, count in (("size", contracts), ("sizeClosed", closed)):
        size = fields.maybe_decimal(key)
        if size is not None and size not in {count * coins, Decimal(count)}:
            raise Unreadable(f"{fields.path}.{key}: {size} is not that of {count} contracts")
    told = fields.maybe_decimal("contractQty")
    if told is not None and told < 1 and told != coins:  # from one on it may count contracts
        raise Unreadable(f"{fields.path}.contractQty: {told}, a contract is of {coins}")
    return contracts, closed


def _money(fields: Fields) -> Money:
    return Money(
        open_price=_price(fields, "openPrice"),
        close_price=_price(fields, "closePrice"),
        index_price=_price(fields, "curIdxPrice"),
        settlement_price=_price(fields, "settlementPrice"),
        premium=fields.maybe_decimal("premiumTotal"),
        fee=fields.maybe_decimal("fee"),
        pnl=fields.maybe_decimal("pl"),
        pnl_closed=fields.maybe_decimal("plClosed"),
        exercise_pnl=fields.maybe_decimal("excercisePlFloating"),
        exercise_pnl_closed=fields.maybe_decimal("excercisePlClosed"),
        size=fields.maybe_decimal("sizeUsdt"),
        size_closed=fields.maybe_decimal("sizeUsdtClosed"),
    )


def _price(fields: Fields, key: str) -> Decimal | None:
    """Read a price; zero says that there is none yet."""
    found = fields.maybe_decimal(key)
    if found is not None and found < 0:
        raise Unreadable(f"{fields.path}.{key}: {found} is no price")
    return found or None


def _status(fields: Fields) -> Status | None:
    try:
        return Status(fields.text("status").lower())
    except ValueError:
        return None


def _word(fields: Fields, key: str, known: Mapping[str, _Found]) -> _Found:
    found = fields.text(key).upper()
    if found not in known:
        raise Unreadable(f"{fields.path}.{key}: {shown(found)} is none of {', '.join(known)}")
    return known[found]
