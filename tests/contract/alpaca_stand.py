"""Alpaca's adapter before Alpaca's face."""

import json
from collections.abc import Mapping
from decimal import Decimal

from botd.brokers.alpaca.adapter import AlpacaAccess, AlpacaBroker
from botd.brokers.port import Broker, Environment
from botd.brokers.transport.door import Carriers
from botd.clock import Clock
from botd.errors import Refusal, RefusalReason
from tests.contract.server_stand import Dialect, Said, ServerStand
from tests.contract.stand import SHORT_PUT
from tests.servers import alpaca_words as say
from tests.servers.alpaca import KEY_ID, RULES, SECRET_KEY, AlpacaFace
from tests.servers.alpaca_checked import CheckedFace, checked
from tests.servers.alpaca_words import Shortage, Words
from tests.servers.exchange import Exchange
from tests.servers.face import Reply

_ORDER = "6eb5f7a4-6b0d-4f2c-9a0e-2f4d5b7c8e90"
_WORDS: Mapping[RefusalReason, Words] = {
    RefusalReason.POSITION_GONE: say.intent_mismatch("buy_to_open", "buy_to_close"),
    RefusalReason.POSITION_SMALLER: Shortage(SHORT_PUT, 2, 1, 0).words(),
    RefusalReason.INTENT_MISMATCH: say.UNCOVERED,
    RefusalReason.ASSIGNMENT_LOCK: say.assignment_lock(SHORT_PUT),
    RefusalReason.NOT_TRADABLE: say.contract_is(SHORT_PUT, "not tradable"),
    RefusalReason.CONTRACT_EXPIRED: say.contract_is(SHORT_PUT, "expired"),
    RefusalReason.FUNDS: say.buying_power(Decimal("11300.5"), Decimal("1313.22")),
    RefusalReason.MALFORMED: say.UNDERLYINGS_DIFFER,
    RefusalReason.OTHER: say.too_many_expiring(50),
    RefusalReason.ACCOUNT_BLOCKED: say.MLEG_DISABLED,
    RefusalReason.MARKET_CLOSED: say.NO_MARKET_ORDER_NOW,
    RefusalReason.HELD_BY_OTHER_ORDER: Shortage(SHORT_PUT, 1, 1, 1, (_ORDER,)).words(),
    RefusalReason.WASH_TRADE: say.wash_trade(_ORDER),
    RefusalReason.DUPLICATE_CLIENT_ID: say.DUPLICATE_ID,
    RefusalReason.PRICE_TICK: say.TWO_DECIMALS,
}


def _said(reason: RefusalReason, words: Words) -> Said:
    reply = Reply(words.status, json.dumps(words.body()).encode())
    return Said(reply, Refusal(reason, words.message, str(words.code), words.status))


def _face(exchange: Exchange) -> AlpacaFace | CheckedFace:
    """Check what passes, where the vendor's descriptions are at hand."""
    return checked(AlpacaFace(exchange))


def _broker(carriers: Carriers, clock: Clock) -> Broker:
    access = AlpacaAccess(
        trading_url="https://trading.invalid",
        data_url="https://data.invalid",
        environment=Environment.PAPER,
        key_id=lambda: KEY_ID,
        secret_key=lambda: SECRET_KEY,
        stream_url=None,
    )
    return AlpacaBroker(access, clock, carriers=carriers)


class AlpacaStand(ServerStand):
    """The adapter over both hosts of one face."""

    dialect = Dialect(
        account="PA3TESTSTAND",
        face=_face,
        broker=_broker,
        refusals={reason: _said(reason, words) for reason, words in _WORDS.items()},
        rules=RULES,
    )
