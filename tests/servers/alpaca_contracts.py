"""
The master of option contracts at Alpaca: what can be traded, and under which terms.

Only active contracts are listed unless asked, and only those that expire until the next
weekend. `ppind` filters by the Penny Interval Program and is no field of the answer.
The tick itself is told nowhere.

Source: reference/brokers.md section 1.2; trading-api.json, GET /v2/options/contracts.
"""

import base64
import binascii
from collections.abc import Callable, Mapping
from datetime import date, timedelta
from decimal import Decimal

from botd.calendar import new_york
from tests.servers import alpaca_words as say
from tests.servers.alpaca_orders import Json, asset_id
from tests.servers.alpaca_rules import Contract, number
from tests.servers.alpaca_words import Refused, text
from tests.servers.exchange import Exchange
from tests.servers.exchange_rules import ticks_of
from tests.servers.face import Request

_USUAL, _MOST = 100, 10_000
_CENT = Decimal("0.01")
_SUNDAY = 6
_EUROPEAN = frozenset({"SPX", "SPXW", "XSP", "NDX", "NDXP", "RUT", "RUTW", "VIX", "VIXW", "DJX"})
_NOT_FOUND = say.Words(404, say.NOT_FOUND, "option contract not found")
Test = Callable[[Contract, str], bool]


class Contracts:
    """The contracts that this exchange quotes, or that the account holds."""

    def __init__(self, exchange: Exchange) -> None:
        self._exchange = exchange
        self.listed: set[str] = set()  # beyond what is quoted or held

    def page(self, request: Request) -> Json:
        """Write the contracts that a query asks for, by symbol."""
        found = [each for each in self._known() if self._is_asked(each, request)]
        size, start = _size(request.asked("limit")), _start(request.asked("page_token"))
        more = start + size < len(found)
        token = base64.urlsafe_b64encode(str(start + size).encode()).decode() if more else None
        with_deliverables = request.asked("show_deliverables") == "true"
        return {
            "option_contracts": [
                self.terms(each, with_deliverables=with_deliverables)
                for each in found[start : start + size]
            ],
            "next_page_token": token,
        }

    def of_underlying(self, underlying: str, request: Request) -> list[str]:
        """Give the symbols of a chain, as far as a query's filters leave them."""
        return [
            each.symbol
            for each in self._known()
            if each.underlying == underlying
            and _is_in_days(each, request, date.max)
            and all(
                is_so(each, asked)
                for name, is_so in _FILTERS.items()
                if (asked := request.asked(name))
            )
        ]

    def one(self, name: str) -> Json:
        """Write one contract, by symbol or id."""
        for contract in self._known():
            if name in {contract.symbol, asset_id(contract.symbol)}:
                return self.terms(contract, with_deliverables=True)
        raise Refused(_NOT_FOUND)

    def terms(self, contract: Contract, *, with_deliverables: bool) -> Json:
        """Write the terms of a contract."""
        underlying_id = asset_id(contract.underlying)
        found: Json = {
            "id": asset_id(contract.symbol),
            "symbol": contract.symbol,
            "name": f"{contract.underlying} {contract.expiration:%b %d %Y} {text(contract.strike)}"
            f" {contract.right.title()}",
            "status": self._status(contract),
            "tradable": self._is_tradable(contract),
            "expiration_date": contract.expiration.isoformat(),
            "root_symbol": contract.root,
            "underlying_symbol": contract.underlying,
            "underlying_asset_id": underlying_id,
            "type": contract.right,
            "style": _style(contract),
            "strike_price": text(contract.strike),
            "multiplier": "100",
            "size": "100",
            "open_interest": "237",
            "open_interest_date": self._exchange.calendar.on_or_before(
                self._today() - timedelta(days=1)
            ).day.isoformat(),
        }
        if with_deliverables:
            found["deliverables"] = [_shares(contract, underlying_id)]
        return found

    def _known(self) -> list[Contract]:
        names = {*self._exchange.quotes, *self._exchange.held, *self.listed}
        found = (Contract.of(name) for name in sorted(names))
        return [each for each in found if each is not None]

    def _today(self) -> date:
        return new_york.day_of(self._exchange.now())

    def _status(self, contract: Contract) -> str:
        return "active" if contract.expiration >= self._today() else "inactive"

    def _is_tradable(self, contract: Contract) -> bool:
        is_active = self._status(contract) == "active"
        return is_active and contract.symbol not in self._exchange.untradable

    def _is_penny(self, contract: Contract) -> bool:
        return ticks_of(contract.symbol, self._exchange.ticks).low == _CENT

    def _is_asked(self, contract: Contract, request: Request) -> bool:
        ask = request.asked
        if self._status(contract) != (ask("status") or "active"):
            return False
        weekend = self._today() + timedelta(days=_SUNDAY - self._today().weekday())
        if not _is_in_days(contract, request, weekend):
            return False
        if ask("ppind") and self._is_penny(contract) is not (ask("ppind") == "true"):
            return False
        return all(
            is_so(contract, asked) for name, is_so in _FILTERS.items() if (asked := ask(name))
        )


_FILTERS: Mapping[str, Test] = {
    "underlying_symbols": lambda contract, asked: contract.underlying in asked.split(","),
    "root_symbol": lambda contract, asked: contract.root == asked,
    "type": lambda contract, asked: contract.right == asked,
    "style": lambda contract, asked: _style(contract) == asked,
    "strike_price_gte": lambda contract, asked: contract.strike >= number(asked, "strike_price"),
    "strike_price_lte": lambda contract, asked: contract.strike <= number(asked, "strike_price"),
}


def _is_in_days(contract: Contract, request: Request, until: date) -> bool:
    exact = _day(request, "expiration_date")
    if exact is not None:
        return contract.expiration == exact
    first = _day(request, "expiration_date_gte")
    last = _day(request, "expiration_date_lte") or until
    return (first is None or first <= contract.expiration) and contract.expiration <= last


def _day(request: Request, name: str) -> date | None:
    found = request.asked(name)
    try:
        return date.fromisoformat(found) if found else None
    except ValueError:
        raise Refused(say.invalid(f"invalid {name}")) from None


def _style(contract: Contract) -> str:
    return "european" if contract.root in _EUROPEAN else "american"


def _shares(contract: Contract, underlying_id: str) -> Json:
    return {
        "type": "equity",
        "symbol": contract.underlying,
        "asset_id": underlying_id,
        "amount": "100",
        "allocation_percentage": "100",
        "settlement_type": "T+1",
        "settlement_method": "CCC",
        "delayed_settlement": False,
    }


def _size(found: str | None) -> int:
    if found is not None and not (found.isdigit() and int(found)):
        raise Refused(say.invalid("invalid limit"))
    return min(int(found or _USUAL), _MOST)


def _start(token: str | None) -> int:
    try:
        return int(base64.urlsafe_b64decode(token)) if token else 0
    except (ValueError, binascii.Error):
        raise Refused(say.invalid("invalid page_token")) from None
