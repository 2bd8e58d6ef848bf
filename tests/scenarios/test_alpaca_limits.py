"""Two hundred requests a minute at Alpaca, through its adapter, in virtual time."""

from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal

import pytest

from botd.domain import budget
from botd.domain.bot import Pricing
from tests.contract.alpaca_stand import AlpacaStand
from tests.engine.given import bot, position
from tests.engine.market import symbol
from tests.scenarios.served import Account, ServedDay

# Short of the natural price: every step is another one, and none of them fills.
NEVER_FILLS = bot(pricing=Pricing(final_price=80))
FINAL = Decimal("-2.80")
RATE = 200
LEADS = {"T-10": timedelta(minutes=5), "T-5": timedelta(minutes=4), "T-1": timedelta(minutes=1)}
pytestmark = pytest.mark.slow


@pytest.fixture
def day() -> Iterator[ServedDay]:
    made = ServedDay("17:35")
    yield made
    made.shut()


def opened(day: ServedDay, count: int) -> tuple[Account, tuple[str, ...]]:
    """Hold *count* shorts in the money, of which later ones are larger."""
    account = day.open("alpaca", AlpacaStand.dialect, NEVER_FILLS)
    book = [position(f"p{n:03d}", "-1 750P", units=1 + n // 100) for n in range(count)]
    day.hold(account, *book)
    account.market = {symbol("750P"): ("2.00", "3.00"), "GOOG": ("748.00", "748.02")}
    return account, tuple(one.id for one in book)


def test_sixty_positions_walk_their_prices_without_a_429(day: ServedDay) -> None:
    """None of our requests is too many, and nine in ten of the formula's prices are sent."""
    account, names = opened(day, 60)
    day.play("18:00:30")

    allowed = sum(
        min(budget.steps_allowed(4, RATE, lasts, 60), 4) * 60
        if budget.capacity(60, 4, RATE, lasts).fits
        else budget.capacity(60, 4, RATE, lasts).served
        for lead, lasts in LEADS.items()
        if lead != "T-1"  # their last price is the market's still, and works on
    )
    sent = sum(len(day.sent(name)) for name in names)
    assert 0 == account.gate.too_many
    assert 240 == allowed
    assert sent >= Decimal("0.9") * allowed
    assert {FINAL} == {day.sent(name)[-1].intent.net_price for name in names}
    assert -60 == account.exchange.held[symbol("750P")]


def test_three_hundred_positions_get_their_final_price(day: ServedDay) -> None:
    """Each once, the most dangerous first, and all of them rest to the bell."""
    account, names = opened(day, 300)
    day.play("18:00:30")

    first = {name: day.sent(name)[0] for name in names}
    begun = Counter((name[1], one.created_at.minute) for name, one in first.items())
    assert 0 == account.gate.too_many
    assert {(FINAL,)} == {tuple(one.intent.net_price for one in day.sent(name)) for name in names}
    assert max(minute for kind, minute in begun if kind == "2") <= min(
        minute for kind, minute in begun if kind == "1"
    )
    assert max(minute for kind, minute in begun if kind == "1") <= min(
        minute for kind, minute in begun if kind == "0"
    )
    assert {"expired"} == {one.status.value for name in names for one in day.sent(name)}
