"""ClickOptions' adapter before ClickOptions' face."""

from datetime import date, timedelta
from decimal import Decimal
from typing import ClassVar

from botd.brokers.clickoptions.adapter import ClickOptionsAccess, ClickOptionsBroker
from botd.brokers.port import Broker, Environment, RecordKind
from botd.brokers.transport.door import Carriers
from botd.clock import Clock
from tests.brokers.paper.day import instant
from tests.contract.product import Ending, Need, Product, Side
from tests.contract.server_stand import Dialect, ServerStand
from tests.servers.clickoptions import TOKEN
from tests.servers.clickoptions_checked import face_class
from tests.servers.faults import Call, Fault, FaultKind

ACCOUNT = "crypto"
CALL = "crypto:BTC-27NOV26-90000-C"
_DAY = date(2026, 11, 27)
_SETTLED_AT = "91000"
_FOREIGN = "SOL-27NOV26-200-C"

CRYPTO = Product(
    first=Side(CALL, 1),
    second=Side("crypto:ETH-27NOV26-3000-P", 1),
    later=Side("crypto:BTC-25DEC26-90000-C", 1),
    one_sided=Side("crypto:BTC-27NOV26-99000-C", 1),
    underlying="BTC",
    spot=Decimal("90512.50"),
    official_close=Decimal(_SETTLED_AT),
    official_close_by=timedelta(hours=8, minutes=5),
    ending=Ending(RecordKind.CASH_SETTLEMENT, Decimal(1000), timedelta(hours=8, minutes=5)),
    unknown=tuple(f"crypto:BTC-27NOV26-{strike}-C" for strike in range(100, 350)),
    many=tuple(f"crypto:BTC-25DEC26-{strike}-P" for strike in range(40_000, 40_250)),
    many_ending=tuple(f"crypto:BTC-27NOV26-{strike}-C" for strike in range(90_900, 91_150)),
    has=frozenset({Need.MARKET}),
    foreign={_FOREIGN: 3},
    n_foreign=1,
)


def broker(carriers: Carriers, clock: Clock) -> Broker:
    """Make the adapter of the stand's account."""
    access = ClickOptionsAccess(
        url="https://clickoptions.invalid/api", environment=Environment.PAPER, token=lambda: TOKEN
    )
    return ClickOptionsBroker(access, clock, account=ACCOUNT, carriers=carriers)


class ClickOptionsStand(ServerStand):
    """The adapter over the face, ten minutes before contracts of the day end."""

    dialect = Dialect(account=ACCOUNT, face=face_class(), broker=broker, refusals={})
    product: ClassVar[Product] = CRYPTO
    starts_at = instant("07:50", "2026-11-27")

    def furnish(self) -> None:
        """Show the index."""
        self.exchange.trade("BTC", str(CRYPTO.spot))
        self.exchange.trade("ETH", "3010.25")

    def hold_foreign(self) -> bool:
        """Hold options on another coin."""
        self.exchange.hold({f"crypto:{_FOREIGN}": 3})
        return True

    def rest_foreign(self) -> bool:
        """Leave it: there are no orders."""
        return False

    def assign(self, symbol: str) -> None:
        """Let the day's contracts be settled at 08:00 UTC."""
        del symbol
        self.exchange.close_at("BTC", _DAY, _SETTLED_AT)

    def block(self) -> bool:
        """Leave it: nothing is told of an account."""
        return False

    def tell_official_close(self) -> None:
        """Let a contract of the account be settled: the price is told of own positions only."""
        self.exchange.hold({CALL: 1})
        self.exchange.close_at("BTC", _DAY, _SETTLED_AT)

    def echo_secrets(self) -> bool:
        """Let the next read fail in words that hold them."""
        words = " ".join(sorted(self.secrets()))
        body = b'{"error": "BAD_REQUEST", "message": "%s", "requestId": "1"}' % words.encode()
        self.gate.faults.plan(Fault(FaultKind.REFUSE, Call.HOLDINGS, status=400, body=body))
        return True
