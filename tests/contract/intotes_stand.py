"""Intotes' adapter before Intotes' face."""

import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path

from botd.brokers.intotes.adapter import IntotesAccess, IntotesBroker
from botd.brokers.port import Broker, Environment, RecordKind
from botd.brokers.transport.door import Carriers
from botd.clock import Clock
from botd.errors import Refusal, RefusalReason
from tests.brokers.paper.day import instant
from tests.contract.product import Ending, Need, Product, Side
from tests.contract.server_stand import Dialect, Said, ServerStand
from tests.servers.face import Reply
from tests.servers.intotes import REFRESH, RULES, IntotesFace

ACCOUNT = "7"
YES = "event:100:YES"
_ENDS_AT = instant("18:00")
_MANY = 150  # more than a page of the record
_CODES: Mapping[RefusalReason, tuple[int, str, str]] = {
    RefusalReason.POSITION_GONE: (404, "POSITION_NOT_FOUND", "No position in this market"),
    RefusalReason.NOT_TRADABLE: (409, "MARKET_PAUSED", "Market is not accepting trades"),
    RefusalReason.CONTRACT_EXPIRED: (409, "MARKET_RESOLVED", "Market has already been resolved"),
    RefusalReason.FUNDS: (400, "INSUFFICIENT_BALANCE", "Not enough funds for the trade"),
    RefusalReason.MALFORMED: (400, "INVALID_AMOUNT", "Amount exceeds limits"),
    RefusalReason.ACCOUNT_BLOCKED: (403, "FORBIDDEN", "Insufficient permissions"),
    RefusalReason.OTHER: (409, "TAX_FORM", "Call the desk about your tax form."),
}


def _said(reason: RefusalReason, status: int, code: str, words: str) -> Said:
    body = json.dumps({"error": {"code": code, "message": words}}).encode()
    return Said(Reply(status, body), Refusal(reason, words, code, status))


REFUSALS = {reason: _said(reason, *said) for reason, said in _CODES.items()}

EVENTS = Product(
    first=Side(YES, 1, "47.50", "48.00", 500),
    second=Side("event:200:NO", 1, "20.00", "21.00", 500),
    later=Side("event:300:YES", 1, "60.00", "62.00", 500),
    one_sided=Side("event:400:YES", 1, None, "5.00", 500),
    underlying="event:100",
    spot=Decimal("47.75"),
    official_close=Decimal(100),
    official_close_by=timedelta(hours=19, minutes=30),
    ending=Ending(RecordKind.CASH_SETTLEMENT, Decimal(100), timedelta(hours=19)),
    unknown=("event:999:YES", *(f"event:{number}:NO" for number in range(5_000, 5_010))),
    many=tuple(f"event:{number}:YES" for number in range(3_000, 3_600)),
    many_ending=tuple(f"event:{number}:YES" for number in range(1_000, 1_000 + _MANY)),
    has=frozenset({Need.CLOSES, Need.MARKET}),
    filled_at=Decimal("47.50"),
    beside={"event:200:NO": 3},
    foreign={"event:mkt_001:YES": 7},
    n_foreign=1,
    multiplier=1,
    other_way={"event:100:NO": 1},
)


def broker(carriers: Carriers, clock: Clock) -> Broker:
    """Make the adapter of the stand's account."""
    access = IntotesAccess("https://intotes.invalid", Environment.LIVE, lambda: REFRESH)
    return IntotesBroker(access, clock, account=ACCOUNT, carriers=carriers)


class IntotesStand(ServerStand):
    """The adapter over the face; market 100 ends at the bell of the stand's day."""

    product = EVENTS
    dialect = Dialect(
        account=ACCOUNT,
        face=IntotesFace,
        broker=broker,
        refusals=REFUSALS,
        rules=RULES,
    )

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.web.markets.known.add("100")
        self.web.dialect.rotates = False  # each reopened adapter begins with the same one

    @property
    def web(self) -> IntotesFace:
        """The face."""
        face = self.gate.face
        assert isinstance(face, IntotesFace)
        return face

    def at(self, instant: datetime) -> None:
        """Set the clock; what has ended by then is resolved."""
        super().at(instant)
        if instant >= _ENDS_AT and "100" not in self.web.markets.resolved:
            self.web.resolve("100", "YES")

    def hold_foreign(self) -> bool:
        """Book a market whose id is none of ours."""
        self.exchange.hold({"event:mkt_001:YES": 7})
        return True

    def assign(self, symbol: str) -> None:
        """Resolve the symbol's market in its favour."""
        _, market, side = symbol.split(":")
        self.web.resolve(market, side)

    def block(self) -> bool:
        """Tell that no profile says such a thing."""
        return False

    def secrets(self) -> frozenset[str]:
        """Read the refresh token off the cookies, too."""
        cookies = (visit.request.headers.get("cookie", "") for visit in self.gate.visits)
        found = (cookie.partition("=")[2] for cookie in cookies if cookie)
        return super().secrets() | frozenset(found)
