"""The positions of an account at ClickOptions, as its exchange brings them about."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from tests.servers.exchange import Exchange

_NAME = re.compile(r"crypto:(([A-Z]+)-(\d{1,2})([A-Z]{3})(\d\d)-([\d.]+)-([CP]))")
_MONTHS = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")
_COINS = {"BTC": Decimal("0.01"), "ETH": Decimal("0.1")}  # a contract
_OPENED_AT = Decimal(500)  # dollars a coin
_FIRST_NUMBER = 7_001


@dataclass(slots=True)
class Row:
    """One position."""

    number: int
    symbol: str  # BTC-27NOV26-90000-C
    side: int
    contracts: Decimal
    opened_at: datetime
    asset: str
    ends_at: datetime
    strike: str
    right: str
    closed: Decimal = Decimal(0)
    status: str = "open"
    close_price: Decimal | None = None
    settlement_price: Decimal | None = None
    parent: int | None = None

    @property
    def name(self) -> str:
        """The exchange's name of it."""
        return f"crypto:{self.symbol}"

    @property
    def coins(self) -> Decimal:
        """How many coins a contract is about."""
        return _COINS.get(self.asset, Decimal(1))

    def intrinsic(self, price: Decimal) -> Decimal:
        """Tell what it is worth at its end, dollars a coin."""
        gain = price - Decimal(self.strike)
        return max(gain if self.right == "C" else -gain, Decimal(0))


class Book:
    """All positions, oldest first."""

    def __init__(self, exchange: Exchange, *, counts_exercised: bool) -> None:
        self.rows: list[Row] = []
        self._exchange = exchange
        self._counts_exercised = counts_exercised
        self._n_read = 0  # entries of the exchange's book
        self._held: dict[str, int] = {}
        self._taken: set[str] = set()  # orders of liquidations that were read

    def catch_up(self) -> None:
        """Make positions of what has happened since the last time."""
        self._exchange.advance()
        for at, symbol, total in self._exchange.book[self._n_read :]:
            change = total - self._held.get(symbol, 0)
            self._held[symbol] = total
            if _NAME.fullmatch(symbol):
                self._change(at, symbol, change)
        self._n_read = len(self._exchange.book)
        for row in self.rows:
            price = self._exchange.official.get((row.asset, row.ends_at.date()))
            if row.status == "open" and price is not None and row.ends_at <= self._exchange.now():
                self._end(row, price)

    def open(
        self, symbol: str, contracts: str, at: datetime, *, side: int = 1, parent: int | None = None
    ) -> Row:
        """Write a position down, of "crypto:BTC-27NOV26-90000-C" and the like."""
        found = _NAME.fullmatch(symbol)
        if found is None:
            raise ValueError(f"{symbol!r} is no crypto option")
        name, asset, day, month, year, strike, right = found.groups()
        month_number = _MONTHS.index(month) + 1
        ends_at = datetime(2000 + int(year), month_number, int(day), 8, tzinfo=UTC)
        row = Row(
            number=_FIRST_NUMBER + len(self.rows),
            symbol=name,
            side=side,
            contracts=Decimal(contracts),
            opened_at=at,
            asset=asset,
            ends_at=ends_at,
            strike=strike,
            right=right,
            parent=parent,
        )
        self.rows.append(row)
        return row

    def close(self, row: Row, contracts: int, price: str, *, status: str = "closed") -> None:
        """Let somebody close some contracts of a position at a price, dollars a coin."""
        row.closed += contracts
        row.close_price = Decimal(price)
        if row.closed == row.contracts:
            row.status = status

    def told(self, row: Row) -> dict[str, Any]:
        """Write a position with every field that is documented."""
        last = self._exchange.trades.get(row.asset)
        index = None if last is None else last.price
        size, closed = row.contracts * row.coins, row.closed * row.coins
        spot = row.settlement_price or index or Decimal(0)
        gained = Decimal(0) if row.close_price is None else row.close_price - _OPENED_AT
        is_exercised = row.status == "exercised"
        worth = row.side * row.intrinsic(spot) * size
        return {
            "positionId": str(row.number),
            "parentPositionId": None if row.parent is None else str(row.parent),
            "symbol": row.symbol,
            "asset": row.asset,
            "type": "CALL" if row.right == "C" else "PUT",
            "expiryDate": int(row.ends_at.timestamp() * 1000),
            "sizeUsdt": str(size * _OPENED_AT),
            "size": str(size),
            "sizeContracts": str(row.contracts),
            "sizeUsdtClosed": str(closed * _OPENED_AT),
            "sizeClosed": str(closed),
            "sizeContractsClosed": str(row.closed),
            "strikePrice": row.strike,
            "openPrice": str(_OPENED_AT),
            "openDate": int(row.opened_at.timestamp() * 1000),
            "status": row.status,
            "fee": "0.50",
            "premiumTotal": str(size * _OPENED_AT),
            "closePrice": "0" if row.close_price is None else str(row.close_price),
            "pl": "0",
            "plClosed": str(row.side * gained * closed),
            "contractQty": str(row.coins),
            "tradeSide": "BUY" if row.side > 0 else "SELL",
            "excercisePlClosed": str(worth) if is_exercised else "0",
            "excercisePlFloating": str(worth) if row.status == "open" else "0",
            "curIdxPrice": "" if index is None else str(index),
            "settlementPrice": "" if row.settlement_price is None else str(row.settlement_price),
            "easyOptionId": None,
        }

    def _change(self, at: datetime, symbol: str, change: int) -> None:
        side = 1 if change > 0 else -1
        left = abs(change)
        liquidation = self._liquidation(symbol)
        for row in [each for each in self.rows if each.name == symbol and each.side != side]:
            part = min(left, int(row.contracts - row.closed)) if row.status == "open" else 0
            if part:
                price = liquidation or str(_OPENED_AT)
                self.close(row, part, price, status="liquidated" if liquidation else "closed")
                left -= part
        if left:
            self.open(symbol, str(left), at, side=side)

    def _liquidation(self, symbol: str) -> str | None:
        """Give the price of a broker's own order that was not read before."""
        for order in self._exchange.orders.values():
            is_of = order.is_foreign and symbol in {leg for leg, _ in order.legs}
            if is_of and order.filled_units and order.id not in self._taken:
                self._taken.add(order.id)
                return str(order.average_leg_price(symbol))
        return None

    def _end(self, row: Row, price: Decimal) -> None:
        row.settlement_price = price
        left = int(row.contracts - row.closed)
        is_worth = row.intrinsic(price) > 0
        row.status = "exercised" if is_worth else "closed"
        if not is_worth or self._counts_exercised:
            row.closed = row.contracts
        if row.name in self._exchange.held:
            self._exchange.hold({row.name: -row.side * left})
            self._held[row.name] = self._exchange.held.get(row.name, 0)
            self._n_read = len(self._exchange.book)
