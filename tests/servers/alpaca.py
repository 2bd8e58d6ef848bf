"""
Alpaca's two hosts, trading and market data, over one exchange.

    keys      in two headers on every request; anything else is 401
    quota     200 requests a minute on the trading host; market data has its own
    path      method and path choose what is done; what is unknown is 404
    body      JSON; numbers may come as text or as numbers

Written from reference/brokers.md section 1 and the vendor's published descriptions.
"""

import json
import re
from collections.abc import Callable, Mapping
from datetime import date, timedelta
from decimal import Decimal
from itertools import count
from typing import Any
from urllib.parse import unquote

from botd.calendar import new_york
from tests.servers import alpaca_account as accounts
from tests.servers import alpaca_market as market
from tests.servers import alpaca_words as say
from tests.servers.alpaca_contracts import Contracts
from tests.servers.alpaca_desk import OrderDesk
from tests.servers.alpaca_orders import asset_id
from tests.servers.alpaca_records import records
from tests.servers.alpaca_refusals import rejection
from tests.servers.alpaca_stream import TradeStream
from tests.servers.alpaca_words import Refused, Words
from tests.servers.exchange import Exchange
from tests.servers.exchange_rules import Rules
from tests.servers.face import PushSession, Reply, Request
from tests.servers.faults import Call
from tests.servers.limits import Standing
from tests.servers.orders import Rejected

RULES = Rules(lets_open=True, wants_lowest_terms=True, takes_when_closed=True)
KEY_ID, SECRET_KEY = "PKTESTTESTTESTTESTTE", "stand-in/secret/of/the/test/account/only"
STREAM_PATH = "/stream"
_TRADING, _DATA = ("trading", 200), ("data", 10_000)
_OK, _NO_CONTENT, _MULTI = 200, 204, 207
_JSON = {"content-type": "application/json; charset=UTF-8"}
_BAD_BODY = Words(400, 40010000, "request body format is invalid")
_YEAR = timedelta(days=366)

Answer = Callable[["AlpacaFace", Request, str], object]


class AlpacaFace:
    """The dialect; switches are fields of its parts."""

    def __init__(
        self, exchange: Exchange, *, key_id: str = KEY_ID, secret_key: str = SECRET_KEY
    ) -> None:
        self.exchange = exchange
        self.desk = OrderDesk(exchange)
        self.contracts = Contracts(exchange)
        self.market = market.MarketData(exchange)
        self.subscription = market.Subscription()
        self.trading_quota, self.data_quota = _TRADING, _DATA
        self._keys = (key_id, secret_key)
        self._serial = count(1)

    def handle(self, request: Request) -> Reply:
        """Do what is asked, and answer."""
        try:
            self._check_keys(request)
            status, found = self._answer(request)
        except Refused as refused:
            status, found = refused.words.status, refused.words.body()
        except Rejected as rejected:
            words = rejection(rejected, _body_or_nothing(request))
            status, found = words.status, words.body()
        return self._reply(status, found)

    def call_of(self, request: Request) -> Call:
        """Tell what a request is."""
        for method, path, call, _ in _ROUTES:
            if method == request.method and path.fullmatch(request.path):
                return call
        return Call.OTHER

    def bucket(self, request: Request) -> tuple[str, int] | None:
        """Count the two hosts apart."""
        is_data = request.path.startswith(("/v1beta1/", "/v2/stocks/"))
        return self.data_quota if is_data else self.trading_quota

    def quota_headers(self, standing: Standing) -> Mapping[str, str]:
        """Tell what is left; the reset is in seconds since 1970."""
        return {
            "x-ratelimit-limit": str(standing.limit),
            "x-ratelimit-remaining": str(standing.remaining),
            "x-ratelimit-reset": str(int(standing.resets_at.timestamp()) + 1),
        }

    def too_many(self, standing: Standing | None) -> Reply:
        """Word a 429; it carries the quota as every answer does."""
        reply = self._reply(say.RATE_LIMIT.status, say.RATE_LIMIT.body())
        quota = {} if standing is None else self.quota_headers(standing)
        return Reply(reply.status, reply.body, {**reply.headers, **quota})

    def unauthorized(self) -> Reply:
        """Word a 401."""
        return self._reply(say.UNKNOWN_KEYS.status, say.UNKNOWN_KEYS.body())

    def push(self, path: str) -> PushSession | None:
        """Open the order stream."""
        if path != STREAM_PATH:
            return None
        return TradeStream(self.exchange, self.desk.scribe, self._are_keys)

    def _are_keys(self, key_id: str, secret_key: str) -> bool:
        return (key_id, secret_key) == self._keys

    def _check_keys(self, request: Request) -> None:
        key_id = request.headers.get("apca-api-key-id", "")
        if not self._are_keys(key_id, request.headers.get("apca-api-secret-key", "")):
            raise Refused(say.UNKNOWN_KEYS)

    def _answer(self, request: Request) -> tuple[int, object]:
        self.exchange.advance()
        for method, path, _, answer in _ROUTES:
            found = path.fullmatch(request.path)
            if method == request.method and found:
                name = unquote(found.group(1) or "") if found.groups() else ""
                return _STATUSES.get((method, bool(name)), _OK), answer(self, request, name)
        raise Refused(say.NO_ENDPOINT)

    def _reply(self, status: int, found: object) -> Reply:
        body = b"" if status == _NO_CONTENT else json.dumps(found).encode()
        serial = {"x-request-id": f"{next(self._serial):032x}"}
        return Reply(status, body, {**(_JSON if body else {}), **serial})

    # One method for each path of the trading host.

    def account(self, _request: Request, _name: str) -> object:
        """Answer GET /v2/account."""
        return accounts.account(self.exchange, level=self.exchange.options_level)

    def positions(self, _request: Request, name: str) -> object:
        """Answer GET /v2/positions, of all or one."""
        held = self.exchange.held
        if not name:
            return [accounts.position(self.exchange, symbol) for symbol in held]
        for symbol in held:
            if name in {symbol, asset_id(symbol)}:
                return accounts.position(self.exchange, symbol)
        raise Refused(say.NO_POSITION)

    def clock(self, _request: Request, _name: str) -> object:
        """Answer GET /v2/clock."""
        return accounts.clock(self.exchange.calendar, self.exchange.now())

    def calendar(self, request: Request, _name: str) -> object:
        """Answer GET /v2/calendar."""
        calendar, today = self.exchange.calendar, new_york.day_of(self.exchange.now())
        first = _day(request.asked("start")) or today - _YEAR
        last = _day(request.asked("end")) or today + _YEAR
        days = [
            accounts.calendar_day(calendar, each)
            for each in accounts.sessions(calendar, first - timedelta(days=7), last)
        ]
        by = "settlement_date" if request.asked("date_type") == "SETTLEMENT" else "date"
        return [each for each in days if first.isoformat() <= each[by] <= last.isoformat()]

    def terms(self, request: Request, name: str) -> object:
        """Answer GET /v2/options/contracts, of many or one."""
        return self.contracts.one(name) if name else self.contracts.page(request)

    def activities(self, request: Request, name: str) -> object:
        """Answer GET /v2/account/activities."""
        return records(accounts.activities(self.exchange), request, name or None)

    def submit(self, request: Request, _name: str) -> object:
        """Answer POST /v2/orders."""
        return self.desk.submit(_body(request))

    def orders(self, request: Request, _name: str) -> object:
        """Answer GET /v2/orders."""
        return self.desk.listed(request)

    def order(self, request: Request, name: str) -> object:
        """Answer GET /v2/orders/{id}."""
        return self.desk.one(name, is_nested=request.asked("nested") == "true")

    def by_client_id(self, request: Request, _name: str) -> object:
        """Answer GET /v2/orders:by_client_order_id."""
        return self.desk.by_client_id(request.asked("client_order_id"))

    def cancel(self, _request: Request, name: str) -> object:
        """Answer DELETE /v2/orders, of all or one."""
        if not name:
            return self.desk.cancel_all()
        self.desk.cancel(name)
        return None

    def replace(self, request: Request, name: str) -> object:
        """Answer PATCH /v2/orders/{id}."""
        return self.desk.replace(name, _body(request))

    # And of the market data host.

    def option_data(self, request: Request, name: str) -> object:
        """Answer GET /v1beta1/options/..., of symbols that are named."""
        symbols = market.option_symbols(request.asked("symbols"))
        feed = self.subscription.option_feed(request.asked("feed"))
        if name == "quotes/latest":
            return self.market.option_quotes(symbols, feed)
        if name == "trades/latest":
            return self.market.option_trades(symbols, feed)
        shots = list(self.market.option_snapshots(symbols, feed).items())
        return market.snapshots(shots, request)

    def option_chain(self, request: Request, name: str) -> object:
        """Answer GET /v1beta1/options/snapshots/{underlying}."""
        feed = self.subscription.option_feed(request.asked("feed"))
        symbols = self.contracts.of_underlying(name, request)
        shots = list(self.market.option_snapshots(symbols, feed).items())
        return market.snapshots(shots, request)

    def stock_data(self, request: Request, name: str) -> object:
        """Answer GET /v2/stocks/..., of symbols that are named."""
        symbols = market.stock_symbols(request.asked("symbols"))
        feed = self.subscription.stock_feed(request.asked("feed"))
        if name == "quotes/latest":
            return self.market.stock_quotes(symbols, feed)
        if name == "trades/latest":
            return self.market.stock_trades(symbols, feed)
        return self.market.stock_snapshots(symbols, feed)

    def stock_past(self, request: Request, name: str) -> object:
        """Answer GET /v2/stocks/bars and /v2/stocks/auctions."""
        symbols = market.stock_symbols(request.asked("symbols"))
        now = self.exchange.now()
        self.subscription.check_recent(request.asked("feed"), request.asked("end"), now)
        first = market.moment(request.asked("start"), market.midnight(new_york.day_of(now)))
        last = market.moment(request.asked("end"), now, is_end=True)
        if name == "bars":
            points = self.market.bars(symbols, request.asked("timeframe"), first, last)
        else:
            points = self.market.auctions(symbols, first, last)
        found, token = market.page(points, request.asked("limit"), request.asked("page_token"))
        return {name: found, "next_page_token": token}


_STATUSES = {("DELETE", True): _NO_CONTENT, ("DELETE", False): _MULTI}
_READS: tuple[tuple[str, Call, Answer], ...] = (
    (r"/v2/account", Call.ACCOUNT, AlpacaFace.account),
    (r"/v2/account/activities(?:/([A-Z]+))?", Call.SETTLEMENTS, AlpacaFace.activities),
    (r"/v2/positions(?:/([^/]+))?", Call.HOLDINGS, AlpacaFace.positions),
    (r"/v2/clock", Call.SESSION, AlpacaFace.clock),
    (r"/v2/calendar", Call.SESSION, AlpacaFace.calendar),
    (r"/v2/options/contracts(?:/([^/]+))?", Call.TERMS, AlpacaFace.terms),
    (r"/v2/orders", Call.ORDERS, AlpacaFace.orders),
    (r"/v2/orders:by_client_order_id", Call.LOOK_UP, AlpacaFace.by_client_id),
    (r"/v2/orders/([^/]+)", Call.LOOK_UP, AlpacaFace.order),
    (
        r"/v1beta1/options/(quotes/latest|trades/latest|snapshots)",
        Call.MARKET,
        AlpacaFace.option_data,
    ),
    (r"/v1beta1/options/snapshots/([^/]+)", Call.MARKET, AlpacaFace.option_chain),
    (r"/v2/stocks/(quotes/latest|trades/latest|snapshots)", Call.MARKET, AlpacaFace.stock_data),
    (r"/v2/stocks/(bars|auctions)", Call.MARKET, AlpacaFace.stock_past),
)
_ROUTES: tuple[tuple[str, re.Pattern[str], Call, Answer], ...] = (
    *(("GET", re.compile(path), call, answer) for path, call, answer in _READS),
    ("POST", re.compile(r"/v2/orders"), Call.SUBMIT, AlpacaFace.submit),
    ("PATCH", re.compile(r"/v2/orders/([^/]+)"), Call.REPLACE, AlpacaFace.replace),
    ("DELETE", re.compile(r"/v2/orders(?:/([^/]+))?"), Call.CANCEL, AlpacaFace.cancel),
)


def _body(request: Request) -> Mapping[str, Any]:
    """Read a JSON object; its numbers are exact."""
    try:
        found = json.loads(request.body, parse_float=Decimal)
    except ValueError:
        raise Refused(_BAD_BODY) from None
    if not isinstance(found, dict):
        raise Refused(_BAD_BODY)
    return found


def _body_or_nothing(request: Request) -> Mapping[str, Any]:
    try:
        return _body(request) if request.body else {}
    except Refused:
        return {}


def _day(found: str | None) -> date | None:
    """Read a date, or the date of an instant."""
    try:
        return date.fromisoformat(found[:10]) if found else None
    except ValueError:
        raise Refused(say.invalid(f"invalid date: {found}")) from None
