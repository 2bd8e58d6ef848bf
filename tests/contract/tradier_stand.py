"""Tradier's adapter before Tradier's face."""

import json
from collections.abc import Mapping
from decimal import Decimal

from botd.brokers.port import Broker, Environment
from botd.brokers.tradier.adapter import TradierAccess, TradierBroker
from botd.brokers.transport.door import Carriers
from botd.clock import Clock
from botd.errors import Refusal, RefusalReason
from tests.contract.server_stand import Dialect, Said, ServerStand
from tests.contract.stand import SHORT_PUT
from tests.servers.exchange_rules import Rules
from tests.servers.face import Reply
from tests.servers.tradier import TOKEN, TradierFace
from tests.servers.tradier_words import OUTSIDE_HOURS, OVERRIDE, one_or_many

ACCOUNT = "VA000001"
_BAD_REQUEST = 400
_CODES: Mapping[RefusalReason, str] = {
    RefusalReason.POSITION_GONE: "UnexpectedBuyToCoverOrderOption",
    RefusalReason.POSITION_SMALLER: "ShortPositionCrossZero",
    RefusalReason.INTENT_MISMATCH: "UnexpectedBuyOrderOption",
    RefusalReason.NOT_TRADABLE: "SecurityUndefined",
    RefusalReason.CONTRACT_EXPIRED: "InvalidOrderExpiration",
    RefusalReason.FUNDS: "InitialMargin",
    RefusalReason.ACCOUNT_BLOCKED: "AccountDisabled",
    RefusalReason.WASH_TRADE: "WashTradeAttempt",
    RefusalReason.PRICE_TICK: "LimitPriceUndefined",
    RefusalReason.HELD_BY_OTHER_ORDER: "UnexpectedBuyToCoverOrderOption",
}
_BAND = "Order failed PriceRange - AGGRESSIVE: OrderPrice 9.00 RefPrice 1.00 Limit 0.50"
_TAX = "Call the desk about your tax form."
_BAD = "Invalid parameter, duration: is required."


def _downstream(reason: RefusalReason, code: str | None, *said: str) -> Said:
    reply = Reply(200, json.dumps(one_or_many(said)).encode())
    return Said(reply, Refusal(reason, " ".join(said), code, 200))


REFUSALS = {
    **{reason: _downstream(reason, code, OVERRIDE, code) for reason, code in _CODES.items()},
    RefusalReason.PRICE_BAND: _downstream(RefusalReason.PRICE_BAND, None, _BAND),
    RefusalReason.MARKET_CLOSED: _downstream(RefusalReason.MARKET_CLOSED, None, OUTSIDE_HOURS),
    RefusalReason.OTHER: _downstream(RefusalReason.OTHER, None, _TAX),
    RefusalReason.MALFORMED: Said(
        Reply(_BAD_REQUEST, _BAD.encode()),
        Refusal(RefusalReason.MALFORMED, _BAD, None, _BAD_REQUEST),
    ),
}


def broker(carriers: Carriers, clock: Clock) -> Broker:
    """Make the adapter of the stand's account."""
    access = TradierAccess(
        url="https://tradier.invalid/v1",
        environment=Environment.PAPER,
        token=lambda: TOKEN,
        stream_url=None,
    )
    return TradierBroker(access, clock, account=ACCOUNT, carriers=carriers)


class TradierStand(ServerStand):
    """The adapter over the sandbox's face."""

    dialect = Dialect(
        account=ACCOUNT,
        face=TradierFace,
        broker=broker,
        refusals=REFUSALS,
        rules=Rules(takes_ids_once=False, replaces_in_place=True, takes_when_closed=True),
    )

    def refuse(self, reason: RefusalReason) -> Refusal | None:
        """Plan an answer; what another order holds has the same code as what is gone."""
        if reason is RefusalReason.HELD_BY_OTHER_ORDER:
            self.rest_foreign_order(SHORT_PUT, 1, Decimal("-0.05"))
        return super().refuse(reason)
