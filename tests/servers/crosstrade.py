"""
CrossTrade over the test exchange: REST, the RPCs of its WebSocket, one bucket for both.

    positions         of all accounts in one list, flat ones only on request
    close             no amount: working orders are cancelled, everything is closed
                      quantity: capped at what is open; working orders stay
                      percent: a fraction, rounded up; ignored beside a quantity
    flatten           is answered, and counted: nothing of ours may ever ask for it
    instruments       "ES 03-16", "ESH16"; "ES" and "ES1!" are the nearest month held
    bucket            20 at once, 3 a second after that

NinjaTrader caps a close at the position and nothing else: two at once may open.

Sources: reference/products.md section 3; the document of POST Close Position;
docs.crosstrade.io, "GET All Positions", "GET Account", "Rate Limiting", "WebSocket API".
"""

import json
import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from email.utils import format_datetime
from math import ceil
from typing import Any
from urllib.parse import unquote

from tests.servers.exchange import Exchange
from tests.servers.exchange_rules import Rules
from tests.servers.face import Frame, PushSession, Reply, Request
from tests.servers.faults import Call
from tests.servers.limits import Standing
from tests.servers.orders import ExchangeOrder, Rejected, Ticket

TOKEN = "crosstrade-token-of-a-test"  # noqa: S105 - opens nothing
STREAM = "/ws/stream"
RPC = "RPC"  # in place of a method, with the name of the call as the path
RULES = Rules(takes_ids_once=False, lets_open=True, takes_when_closed=True)
_MONTHS = "FGHJKMNQUVXZ"
_HOME = re.compile(r"/v1/api/accounts/(?P<account>[^/]+)(?P<rest>/.*)?")
_CALLS = {
    "GetAccount": Call.ACCOUNT,
    "GetAllPositions": Call.HOLDINGS,
    "ClosePosition": Call.SUBMIT,
    "Flatten": Call.OTHER,
    "FlattenEverything": Call.OTHER,
}
_PLAIN = {
    ("GET", "/v1/api/positions"): "GetAllPositions",
    ("POST", "/v1/api/positions/flatten"): "FlattenEverything",
}
_OF_ACCOUNT = {
    ("GET", ""): "GetAccount",
    ("POST", "/positions/close"): "ClosePosition",
    ("POST", "/positions/flatten"): "Flatten",
}
_SIZE, _PER_SECOND = 20, 3


class Refused(Exception):  # noqa: N818 - an answer
    """NinjaTrader does not do it."""


class _Tokens:
    """The bucket of one user, in microseconds of refilling, exactly."""

    def __init__(self, now: datetime) -> None:
        self._one = 1_000_000  # a microsecond refills three millionths of one
        self._level = _SIZE * self._one
        self._at = now

    def take(self, now: datetime) -> bool:
        """Take one, if there is one."""
        passed = now - self._at
        micros = (passed.days * 86_400 + passed.seconds) * 1_000_000 + passed.microseconds
        self._level = min(self._level + _PER_SECOND * micros, _SIZE * self._one)
        self._at = now
        if self._level + _PER_SECOND < self._one:  # a microsecond of rounding
            return False
        self._level -= self._one
        return True


class CrosstradeFace:
    """CrossTrade's interface over one NinjaTrader account, and others beside it."""

    def __init__(self, exchange: Exchange, *, token: str = TOKEN) -> None:
        self.exchange = exchange
        self.token = token
        self.others: list[dict[str, Any]] = []  # positions of other accounts
        self.provider = "Simulator"
        self.is_running = True  # NinjaTrader, with its add-on
        self.flattened = 0  # calls that flatten; there may be none
        self._tokens = _Tokens(exchange.now())

    def handle(self, request: Request) -> Reply:
        """Do what is asked, and answer."""
        if request.headers.get("authorization") != f"Bearer {self.token}":
            return self.unauthorized()
        if not self._tokens.take(self.exchange.now()):
            return self.too_many(None)
        if not self.is_running:
            return self._reply(408, {"success": False, "error": "add-on not connected"})
        name, args = self._asked(request)
        try:
            return self._reply(200, {**self._done(name, args), "success": True})
        except Refused as refused:
            return self._reply(400, {"error": str(refused)})

    def call_of(self, request: Request) -> Call:
        """Tell what a request is."""
        return _CALLS.get(self._asked(request)[0], Call.OTHER)

    def bucket(self, _: Request) -> tuple[str, int] | None:
        """Count by its own bucket."""
        return None

    def quota_headers(self, _: Standing) -> Mapping[str, str]:
        """Tell nothing."""
        return {}

    def too_many(self, _: Standing | None) -> Reply:
        """Word a 429."""
        return self._reply(429, {"error": "Rate limit exceeded"})

    def unauthorized(self) -> Reply:
        """Word a 401."""
        return self._reply(401, {"error": "Unauthorized"})

    def push(self, path: str) -> PushSession | None:
        """Open the WebSocket."""
        return _Socket(self) if path == STREAM else None

    def rpc(self, frame: Frame) -> Request:
        """Read the frame of an RPC as a request of the user who is connected."""
        asked = json.loads(frame)
        body = json.dumps(asked.get("args", {})).encode()
        headers = {"authorization": f"Bearer {self.token}"}
        return Request(RPC, str(asked.get("api")), (), headers, body)

    def _asked(self, request: Request) -> tuple[str, dict[str, Any]]:
        """Give the name of the call and its arguments, whichever way they came."""
        body: Any = json.loads(request.body) if request.body else {}
        if request.method == RPC:
            return request.path, body
        found = _HOME.fullmatch(request.path)
        if found is None:
            name = _PLAIN.get((request.method, request.path), "")
            return name, {**dict(request.query), **body}
        name = _OF_ACCOUNT.get((request.method, found["rest"] or ""), "")
        return name, {**body, "account": unquote(found["account"])}

    def _done(self, name: str, args: dict[str, Any]) -> dict[str, Any]:
        self.exchange.advance()
        match name:
            case "GetAccount":
                return self._account(args)
            case "GetAllPositions":
                found = [self._position(symbol) for symbol in sorted(self.exchange.held)]
                return {"positions": [*found, *self.others], "count": len(found + self.others)}
            case "ClosePosition":
                return self._close(args)
            case "Flatten" | "FlattenEverything":
                self.flattened += 1
                return {"closedPositions": [], "warning": "no positions"}
            case _:
                raise Refused("Invalid request")

    def _account(self, args: Mapping[str, Any]) -> dict[str, Any]:
        self._check_account(args)
        return {
            "id": 2,
            "name": self.exchange.account,
            "displayName": self.exchange.account,
            "provider": self.provider,
            "denomination": "UsDollar",
            "status": "Enabled",
            "connection": "NinjaTrader.Cbi.Connection",
            "connectionStatus": "Disconnected" if self.exchange.blocked else "Connected",
            "item": {"buyingPower": 0.0, "cashValue": float(self.exchange.cash)},
        }

    def _close(self, args: Mapping[str, Any]) -> dict[str, Any]:
        self._check_account(args)
        asked = args.get("instrument")
        if not isinstance(asked, str) or not asked:
            raise Refused("Invalid request")
        symbol = self._symbol(asked)
        held = self.exchange.held.get(symbol, 0)
        if not held:
            raise Refused(f"No positions found for instrument '{asked}'")
        before = self._position(symbol)
        amount = self._amount(args, abs(held))
        if amount is None:
            for order in list(self.exchange.live()):
                if symbol in {leg for leg, _ in order.legs}:
                    self.exchange.cancel(order.id)
        sign = -1 if held > 0 else 1
        ticket = Ticket(None, ((symbol, sign),), amount or abs(held), None, closes=False)
        try:
            self.exchange.place(ticket)
        except Rejected as rejected:
            raise Refused(f"Order rejected: {rejected.reason.value}") from rejected
        return {"closedPositions": [before]}

    @staticmethod
    def _amount(args: Mapping[str, Any], held: int) -> int | None:
        """Tell how many contracts a close is of; None: of all, by flattening."""
        if args.get("quantity") is not None:
            return min(int(args["quantity"]), held)
        if args.get("percent") is not None:
            return min(ceil(Decimal(str(args["percent"])) * held), held)
        return None

    def _check_account(self, args: Mapping[str, Any]) -> None:
        asked = str(args.get("account"))
        if asked.casefold() != self.exchange.account.casefold():
            raise Refused(f"Account {asked} not found")

    def _symbol(self, asked: str) -> str:
        """Read an instrument's name in any of its forms."""
        if coded := re.fullmatch(rf"([A-Z0-9]+)([{_MONTHS}])(\d\d)", asked):
            return f"future:{coded[1]} {_MONTHS.index(coded[2]) + 1:02}-{coded[3]}"
        if re.fullmatch(r"[A-Z0-9]+ \d\d-\d\d", asked):
            return f"future:{asked}"
        root = asked.removesuffix("1!")
        months = [each for each in self.exchange.held if each.startswith(f"future:{root} ")]
        return min(months, key=lambda each: (each[-2:], each[-5:-3]), default=asked)

    def _position(self, symbol: str) -> dict[str, Any]:
        held = self.exchange.held[symbol]
        shown = self.exchange.quotes.get(symbol)
        price = float((shown and (shown.bid or shown.ask)) or 0)
        return {
            "type": "NinjaTrader.Cbi.Position",
            "account": self.exchange.account,
            "instrument": symbol.removeprefix("future:"),
            "instrumentType": "Future" if symbol.startswith("future:") else "Stock",
            "marketPosition": "Long" if held > 0 else "Short",
            "quantity": abs(held),
            "averagePrice": price,
            "marketPrice": price,
            "unrealizedProfitLoss": 0.0,
            "tag": None,
        }

    def _reply(self, status: int, found: Mapping[str, Any]) -> Reply:
        date_header = format_datetime(self.exchange.now(), usegmt=True)
        headers = {"content-type": "application/json", "date": date_header}
        return Reply(status, json.dumps(found).encode(), headers)


class _Socket:
    """One client of the WebSocket."""

    def __init__(self, face: CrosstradeFace) -> None:
        self._face = face

    def hear(self, frame: Frame) -> Sequence[Frame]:
        """Answer an RPC; other actions have no answer here."""
        asked = json.loads(frame)
        if asked.get("action") != "rpc":
            return ()
        reply = self._face.handle(self._face.rpc(frame))
        return (json.dumps({"id": asked.get("id"), "data": json.loads(reply.body)}),)

    def tell(self, event: str, order: ExchangeOrder) -> Sequence[Frame]:
        """Say nothing: orders are not pushed."""
        del event, order
        return ()
