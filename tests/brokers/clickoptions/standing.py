"""The adapter before the face, with everything at hand that a test may turn."""

from botd.brokers.clickoptions.adapter import ClickOptionsAccess, ClickOptionsBroker
from botd.brokers.port import Environment
from botd.brokers.transport.door import Carriers
from tests.brokers.clickoptions.answers import NOW
from tests.brokers.paper.day import HandClock
from tests.servers.clickoptions import TOKEN, ClickOptionsFace
from tests.servers.clickoptions_checked import CheckedClickOptions, face_class
from tests.servers.exchange import Exchange
from tests.servers.face import FaceTransport, Gate, Request

ACCOUNT = "crypto"


class Standing:
    """An account ten minutes before contracts of the day end."""

    def __init__(self, *, header: str = "Authorization", scheme: str = "Bearer") -> None:
        self.clock = HandClock(NOW)
        self.exchange = Exchange(account=ACCOUNT, now=self.clock.now)
        self.exchange.trade("BTC", "90512.50")
        self.exchange.trade("ETH", "3010.25")
        words = {header.lower(): f"{scheme} {TOKEN}".strip()}
        self.face: ClickOptionsFace = face_class()(self.exchange, headers=words)
        self.gate = Gate(self.face)
        access = ClickOptionsAccess(
            url="https://clickoptions.invalid/api",
            environment=Environment.LIVE,
            token=lambda: TOKEN,
            auth_header=header,
            auth_scheme=scheme,
        )
        carrier = FaceTransport(self.gate, self.clock)
        self.broker = ClickOptionsBroker(
            access, self.clock, account=ACCOUNT, carriers=Carriers(carrier, carrier)
        )

    @property
    def asked(self) -> list[Request]:
        """Give the requests that came, oldest first."""
        return [visit.request for visit in self.gate.visits]

    def let_ask_wrongly(self) -> None:
        """Take requests that the document does not allow."""
        if isinstance(self.face, CheckedClickOptions):
            self.face.tolerates_requests = True
