"""
Intotes over the test exchange: positions, closes, the record, markets, tokens.

    refresh           the cookie opens it; a new pair of cookies comes, the old one is over
    bearer            access tokens of 20 minutes; without a good one 401
    positions/my      a bare list, the sides of a market apart
    close             of the whole market: what the book takes at once, the rest stays held
    completed         newest first, by cursor; `won_side` null of a close by hand
    markets/ID        public; its YES probability, paused, resolved
    counter           by address, told in headers

The exchange holds `event:ID:SIDE` in shares, and quotes each side in dollars per share.
The record is written as the guide has it: `pnl` is cents per share, times the shares.

Sources: docs.intotes.com, as the adapter's tables name them.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from email.utils import format_datetime
from http.cookies import SimpleCookie

from tests.servers.exchange import Exchange
from tests.servers.exchange_rules import Rules
from tests.servers.face import PushSession, Reply, Request
from tests.servers.faults import Call
from tests.servers.limits import Standing
from tests.servers.orders import Rejected, Ticket

REFRESH = "refresh-token-of-a-test"
RULES = Rules(takes_ids_once=False, takes_when_closed=True)
_ROOT = "/api/v1/"
_LIFE = timedelta(minutes=20)
_PER_MINUTE = 60
_PAGE = 20
_CALLS = {
    ("POST", "refresh"): Call.LOGIN,
    ("GET", "me"): Call.ACCOUNT,
    ("GET", "my"): Call.HOLDINGS,
    ("GET", "completed"): Call.SETTLEMENTS,
    ("POST", "close"): Call.SUBMIT,
}
_WINNERS: Mapping[str, object] = {"YES": 0, "NO": 1}


@dataclass(slots=True)
class Ended:
    """A line of the record, in cents."""

    number: int
    symbol: str
    amount: int
    avg_price: int
    pnl: int
    winner: str | None  # None: closed by hand
    at: datetime


@dataclass(slots=True)
class Dialect:
    """Which of the two readings of its documents the server keeps to."""

    tells_words: bool = False  # won_side is "YES" or "NO", and left out of a close by hand
    rotates: bool = True  # a refresh gives a new refresh token, too
    string_errors: bool = False


@dataclass(slots=True)
class Markets:
    """What the exchange does not know of markets."""

    entries: dict[str, int] = field(default_factory=dict)  # cents per share, by symbol
    paused: set[str] = field(default_factory=set)
    resolved: dict[str, str] = field(default_factory=dict)
    known: set[str] = field(default_factory=set)
    ended: list[Ended] = field(default_factory=list)


class IntotesFace:
    """Intotes' REST interface over one user."""

    def __init__(self, exchange: Exchange, dialect: Dialect | None = None) -> None:
        self.exchange = exchange
        self.dialect = dialect or Dialect()
        self.markets = Markets()
        self.refresh = REFRESH
        self.tokens: dict[str, datetime] = {}  # access token -> its end
        self._made = 0

    # What a test puts there.

    def buy(self, symbol: str, amount: int, cents: int) -> None:
        """Let the user hold shares that were bought at a price."""
        self.exchange.hold({symbol: amount})
        self.markets.entries[symbol] = cents
        self.markets.known.add(symbol.split(":")[1])

    def resolve(self, market: str, winner: str) -> None:
        """End a market: what won pays 10000 cents, the other side nothing."""
        self.markets.resolved[market] = winner
        for side in ("YES", "NO"):
            symbol = f"event:{market}:{side}"
            amount = self.exchange.held.get(symbol, 0)
            if amount:
                self._end(symbol, amount, 10_000 if side == winner else 0, winner)
                self.exchange.hold({symbol: -amount})

    # What a client asks.

    def handle(self, request: Request) -> Reply:
        """Do what is asked, and answer in JSON."""
        path = tuple(request.path.removeprefix(_ROOT).split("/"))
        if path == ("auth", "refresh") and request.method == "POST":
            return self._refreshed(request)
        if path[:1] == ("markets",) and len(path) == len(("markets", "id")):
            return self._market(path[1])
        if not self._is_open(request):
            return self.unauthorized()
        return self._of_user(request, path)

    def call_of(self, request: Request) -> Call:
        """Tell what a request is."""
        parts = request.path.split("/")
        if parts[-2] == "markets":
            return Call.MARKET
        return _CALLS.get((request.method, parts[-1]), Call.OTHER)

    def bucket(self, request: Request) -> tuple[str, int]:
        """Count everything of one address together."""
        del request
        return ("address", _PER_MINUTE)

    def quota_headers(self, standing: Standing) -> Mapping[str, str]:
        """Tell what is left of the window."""
        return {
            "X-RateLimit-Limit": str(standing.limit),
            "X-RateLimit-Remaining": str(standing.remaining),
            "X-RateLimit-Reset": str(int(standing.resets_at.timestamp())),
        }

    def too_many(self, standing: Standing | None) -> Reply:
        """Word a 429."""
        reply = self._error(429, "RATE_LIMIT_EXCEEDED", "Too many requests")
        headers = {} if standing is None else self.quota_headers(standing)
        return Reply(reply.status, reply.body, {**reply.headers, **headers})

    def unauthorized(self) -> Reply:
        """Word a 401."""
        return self._error(401, "TOKEN_EXPIRED", "Access token has expired")

    def push(self, path: str) -> PushSession | None:
        """Push nothing."""
        del path
        return None

    def _of_user(self, request: Request, path: tuple[str, ...]) -> Reply:
        match (request.method, *path):
            case ("GET", "auth", "me"):
                return self._reply(200, {"user": self._user()})
            case ("GET", "market", "positions", "my"):
                return self._reply(200, self._positions())
            case ("GET", "market", "positions", "completed"):
                return self._completed(request)
            case ("POST", "market", "positions", market, "close"):
                return self._closed(market)
            case _:
                return self._error(404, "NOT_FOUND", "no such route")

    def _is_open(self, request: Request) -> bool:
        token = request.headers.get("authorization", "").removeprefix("Bearer ")
        return self.tokens.get(token, self.exchange.now()) > self.exchange.now()

    def _refreshed(self, request: Request) -> Reply:
        cookie = SimpleCookie(request.headers.get("cookie", "")).get("refresh_token")
        if cookie is None or cookie.value != self.refresh:
            return self._error(401, "TOKEN_EXPIRED", "Refresh token is expired or invalid")
        self._made += 1
        token = f"access-token-of-a-test-{self._made}"
        self.tokens[token] = self.exchange.now() + _LIFE
        cookies = [f"access_token={token}; Path=/; Max-Age=1200; HttpOnly"]
        if self.dialect.rotates:
            self.refresh = f"rotated-token-of-a-test-{self._made}"
            cookies.append(f"refresh_token={self.refresh}; Path=/; Max-Age=259200; HttpOnly")
        reply = self._reply(200, {"user": self._user()})
        return Reply(200, reply.body, {**reply.headers, "Set-Cookie": ", ".join(cookies)})

    def _user(self) -> dict[str, object]:
        name = self.exchange.account
        return {
            "id": int(name) if name.isdigit() else name,
            "name": "John",
            "balance": int(self.exchange.cash * 100),
            "bonus_balance": 0,
        }

    def _positions(self) -> list[dict[str, object]]:
        return [
            {
                "id": number,
                "user_id": 7,
                "market_id": _market_id(symbol),
                "token_type": symbol.split(":")[2],
                "amount": amount,
                "avg_price": self.markets.entries.get(symbol, 5_000),
                "side": symbol.split(":")[2],
                "unrealized_pnl": 0,
            }
            for number, (symbol, amount) in enumerate(sorted(self.exchange.held.items()), 501)
        ]

    def _completed(self, request: Request) -> Reply:
        size = int(request.asked("limit") or _PAGE)
        start = int(request.asked("cursor") or 0)
        newest = self.markets.ended[::-1]
        end = start + size
        has_more = end < len(newest)
        return self._reply(
            200,
            {
                "positions": [self._line(one) for one in newest[start:end]],
                "next_cursor": str(end) if has_more else None,
                "has_more": has_more,
            },
        )

    def _line(self, one: Ended) -> dict[str, object]:
        line: dict[str, object] = {
            "id": one.number,
            "user_id": 7,
            "market_id": _market_id(one.symbol),
            "token_type": one.symbol.split(":")[2],
            "amount": one.amount,
            "avg_price": one.avg_price,
            "pnl": one.pnl,
            "won_side": None if one.winner is None else _WINNERS[one.winner],
            "closed_at": one.at.strftime("%Y-%m-%dT%H:%M:%SZ"),
        }
        if self.dialect.tells_words:
            del line["won_side"]
            line |= {} if one.winner is None else {"won_side": one.winner}
        return line

    def _closed(self, market: str) -> Reply:
        held = [
            symbol
            for symbol in (f"event:{market}:YES", f"event:{market}:NO")
            if self.exchange.held.get(symbol)
        ]
        if market in self.markets.resolved:
            return self._error(409, "MARKET_RESOLVED", "Market has already been resolved")
        if not held:
            return self._error(404, "POSITION_NOT_FOUND", "No position in this market")
        if market in self.markets.paused:
            return self._error(409, "MARKET_PAUSED", "Market is not accepting trades")
        for symbol in held:
            refusal = self._sell(symbol)
            if refusal is not None:
                return refusal
        return self._reply(200, {"message": "Position closed successfully"})

    def _sell(self, symbol: str) -> Reply | None:
        amount = self.exchange.held[symbol]
        try:
            order = self.exchange.place(Ticket(None, ((symbol, -1),), amount, None))
        except Rejected as error:
            return self._error(400, error.reason.value.upper(), str(error.detail))
        if not order.is_final:
            self.exchange.cancel(order.id)
        done = sum(each.units for each in order.executions)
        if done == amount:
            value = sum((each.units * each.net_price for each in order.executions), Decimal(0))
            self._write(symbol, amount, int(value * 100), None)
        return None

    def _end(self, symbol: str, amount: int, cents: int, winner: str | None) -> None:
        self._write(symbol, amount, cents * amount, winner)

    def _write(self, symbol: str, amount: int, proceeds: int, winner: str | None) -> None:
        entry = self.markets.entries.get(symbol, 5_000)
        number = 401 + len(self.markets.ended)
        pnl = proceeds - entry * amount
        self.markets.ended.append(
            Ended(number, symbol, amount, entry, pnl, winner, self.exchange.now())
        )

    def _market(self, market: str) -> Reply:
        if market not in self.markets.known:
            return self._error(404, "market_not_found", "No market exists with the given ID")
        shown = self.exchange.trades.get(f"event:{market}")
        winner = self.markets.resolved.get(market)
        return self._reply(
            200,
            {
                "id": int(market) if market.isdigit() else market,
                "yes_probability": None if shown is None else float(shown.price / 100),
                "paused": market in self.markets.paused,
                "resolved": winner is not None,
                "winning_outcome": winner,
            },
        )

    def _error(self, status: int, code: str, message: str) -> Reply:
        if self.dialect.string_errors:
            return self._reply(status, {"error": code})
        return self._reply(status, {"error": {"code": code, "message": message}})

    def _reply(self, status: int, found: object) -> Reply:
        headers = {
            "Content-Type": "application/json",
            "Date": format_datetime(self.exchange.now().replace(microsecond=0), usegmt=True),
        }
        return Reply(status, json.dumps(found).encode(), headers)


def _market_id(symbol: str) -> object:
    market = symbol.split(":")[1]
    return int(market) if market.isdigit() else market
