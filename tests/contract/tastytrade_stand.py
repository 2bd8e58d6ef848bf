"""tastytrade's adapter before tastytrade's face."""

import json
from collections.abc import Mapping
from datetime import timedelta

from botd.brokers.port import Broker, Environment
from botd.brokers.tastytrade.access import TastytradeAccess
from botd.brokers.tastytrade.adapter import TastytradeBroker
from botd.brokers.transport.door import Carriers
from botd.clock import Clock
from botd.errors import Refusal, RefusalReason
from tests.contract.server_stand import Dialect, Said, ServerStand
from tests.servers import tastytrade_words as say
from tests.servers.face import Reply
from tests.servers.faults import FaultKind
from tests.servers.orders import Reason, Rejected
from tests.servers.tastytrade import CLIENT_SECRET, REFRESH_TOKEN, RULES, TastytradeFace
from tests.servers.tastytrade_words import Words

ACCOUNT = "5WT00001"
_LONGEST_PAUSE = timedelta(seconds=30)  # of a client that was told to come later
_UNTOLD = frozenset(
    {
        RefusalReason.ASSIGNMENT_LOCK,
        RefusalReason.DUPLICATE_CLIENT_ID,
        RefusalReason.OTHER,
        RefusalReason.PRICE_BAND,
        RefusalReason.WASH_TRADE,
    },
)
_OTHER = say.preflight("risk_check", "Call the trade desk about this order.")


def _said(reason: RefusalReason, words: Words) -> Said:
    """Say *words*, and tell what the adapter has to make of them."""
    told = ": ".join([words.message, *(each for _, each in words.checks)])
    code = words.checks[0][0] if words.checks else words.code
    reply = Reply(words.status, json.dumps(words.body()).encode())
    return Said(reply, Refusal(reason, told, code, words.status))


REFUSALS: Mapping[RefusalReason, Said] = {
    **{
        reason: _said(reason, say.words_of(Rejected(Reason(reason.value))))
        for reason in RefusalReason
        if reason not in _UNTOLD
    },
    RefusalReason.OTHER: _said(RefusalReason.OTHER, _OTHER),
}


def broker(carriers: Carriers, clock: Clock) -> Broker:
    """Make the adapter of the stand's account."""
    access = TastytradeAccess(
        url="https://tastytrade.invalid",
        environment=Environment.PAPER,
        client_secret=lambda: CLIENT_SECRET,
        refresh_token=lambda: REFRESH_TOKEN,
        stream_url=None,
    )
    return TastytradeBroker(access, clock, account=ACCOUNT, carriers=carriers)


class TastytradeStand(ServerStand):
    """The adapter over one face, tokens and all."""

    dialect = Dialect(
        account=ACCOUNT, face=TastytradeFace, broker=broker, refusals=REFUSALS, rules=RULES
    )

    def calm(self) -> None:
        """Forget planned faults; after a 429, which tells no instant, wait as long as one may."""
        is_held = any(fault.kind is FaultKind.TOO_MANY for fault in self.gate.faults.waiting)
        super().calm()
        if is_held:
            self.at(self.now() + _LONGEST_PAUSE)
