"""Answers of real dialects that tell less than they seem to."""

import json
from collections.abc import Iterator
from datetime import timedelta

import pytest

from botd.domain.bot import Pricing, PricingMode
from tests.contract.alpaca_stand import AlpacaStand
from tests.engine.given import bot, position
from tests.engine.market import symbol
from tests.scenarios.served import Account, ServedDay
from tests.servers.faults import Call, Fault, FaultKind

LIMIT = bot(pricing=Pricing(mode=PricingMode.LIMIT))
FORBIDDEN, UNPROCESSABLE = 403, 422
MISMATCH = {
    "code": 42210000,
    "message": "position intent mismatch, inferred: buy_to_open, specified: buy_to_close",
}
HELD = {
    "code": 40310000,
    "message": "insufficient qty available for order (requested: 1, available: 0)",
    "existing_qty": "1",
    "held_for_orders": "1",
    "available": "0",
}


@pytest.fixture
def day() -> Iterator[ServedDay]:
    made = ServedDay("17:45")
    yield made
    made.shut()


def opened(day: ServedDay) -> Account:
    """Hold a short in the money at Alpaca."""
    account = day.open("alpaca", AlpacaStand.dialect, LIMIT)
    day.hold(account, position("p", "-1 750P"))
    account.market = {symbol("750P"): ("2.40", "2.60"), "GOOG": ("748.00", "748.02")}
    return account


@pytest.mark.parametrize(
    ("status", "body"),
    [
        pytest.param(UNPROCESSABLE, MISMATCH, id="position gone"),
        pytest.param(FORBIDDEN, HELD, id="quantity held"),
    ],
)
def test_a_closed_position_was_shown_as_refused(
    day: ServedDay, status: int, body: dict[str, object]
) -> None:
    """Its order shows itself late, and what is said of its second sending is no evidence."""
    account = opened(day)
    account.exchange.surprises.accept_late = timedelta(seconds=5)
    account.gate.faults.plan(Fault(FaultKind.LOSE_AFTER, Call.SUBMIT))
    account.gate.faults.plan(
        Fault(FaultKind.REFUSE, Call.SUBMIT, status=status, body=json.dumps(body).encode())
    )
    day.play("17:52")

    now = day.position("p")
    assert ["filled"] == [one.status.value for one in day.sent("p")]
    assert ("closed", "bot", None) == (now.status.value, now.managed_by.value, now.broker_error)
