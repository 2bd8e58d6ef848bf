"""A broker that counts requests, and more to close than it has room for."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, time, timedelta
from decimal import Decimal

import pytest

from botd.brokers.paper.card import PAPER_CARD
from botd.brokers.port import CapabilityCard
from botd.domain.bot import Pricing
from botd.ledger.orders import Order
from tests.engine.given import Day, Days, bot, position
from tests.engine.market import instant, market

PUT = {"750P": "2.40/2.60"}
WIDE = {"750P": "2.00/3.00"}
# Short of the natural price: every step is another one, and none of them fills.
NEVER_FILLS = bot(pricing=Pricing(final_price=80))
FINAL = Decimal("-2.80")
TWO_HUNDRED = replace(PAPER_CARD, requests_per_minute=200)
_MINUTE = timedelta(minutes=1)
_A_LOOK = timedelta(seconds=2)  # who waits looks every second whether it is its turn


@dataclass(slots=True)
class Counted:
    """A day of many positions, with every request that counts against the broker's limit."""

    day: Day
    names: tuple[str, ...]
    requests: list[datetime]

    def orders(self, name: str, due: str) -> list[Order]:
        """Give the orders of one attempt."""
        at = instant(due)
        return [one for one in self.day.sent(name) if one.intent.attempt_due_at == at]


def counted(open_day: Days, positions: int, card: CapabilityCard = TWO_HUNDRED) -> Counted:
    """Live through the last minutes of *positions* shorts, the last one the largest."""
    book = [position(f"p{n:03d}", "-1 750P", units=1 + n // 100) for n in range(positions)]
    day = open_day(market("748", WIDE, size=1000), *book, rules=NEVER_FILLS, card=card)
    seen: list[datetime] = []
    day.broker.on_request = lambda: seen.append(day.clock.now())
    day.play("18:00:30")
    return Counted(day, tuple(one.id for one in book), seen)


def most_in_a_minute(instants: Iterable[datetime]) -> int:
    """Count the most requests within any sixty seconds."""
    sent = sorted(instants)
    return max(
        sum(at <= later < at + _MINUTE for later in sent[number:]) for number, at in enumerate(sent)
    )


def test_limited_rate_serves_the_most_dangerous_first(open_day: Days) -> None:
    """Ten requests a minute: two orders each minute, the rest keep what works."""
    card = replace(PAPER_CARD, requests_per_minute=10)
    book = [position(f"p{number}", f"-{number} 750P") for number in range(10, 22)]
    day = open_day(market("748", PUT, size=1000), *book, card=card)

    day.play("17:50:05")

    assert ["p20", "p21"] == [one.id for one in book if day.orders(one.id)]
    assert "the day does not fit" in day.words("ready")

    day.play("17:54:50")

    assert () == day.halts()
    assert 10 == sum(bool(day.orders(one.id)) for one in book)


def test_generous_rate_leaves_every_step(open_day: Days) -> None:
    """Two hundred a minute: two positions walk their whole ladders."""
    card = replace(PAPER_CARD, requests_per_minute=200, cutoff=time(15, 15))
    day = open_day(
        market("748", PUT), position("a", "-1 750P"), position("b", "-1 750P"), card=card
    ).play("17:51")

    assert ["-2.50", "-2.55", "-2.60"] == day.prices("a")
    assert "4 price steps each" in day.words("ready")


def test_busy_minute_waits_for_its_place(open_day: Days) -> None:
    """Forty positions at two hundred a minute: no more than thirty-five orders in one."""
    card = replace(PAPER_CARD, requests_per_minute=200)
    book = [position(f"p{number:02d}", "-1 750P") for number in range(40)]
    day = open_day(market("748", PUT, size=100), *book, card=card).play("18:00:04")

    sent = sorted(one.created_at for each in book for one in day.orders(each.id))
    assert all(
        later - earlier >= timedelta(minutes=1)
        for earlier, later in zip(sent, sent[35:], strict=False)
    )
    assert () == day.halts()
    assert {"closed"} == {day.position(one.id).status.value for one in book}


@pytest.mark.slow
def test_sixty_positions_keep_the_limit_and_their_steps(open_day: Days) -> None:
    """At two hundred a minute sixty walk two prices each, as the formula has it, unhurried."""
    found = counted(open_day, 60)

    first = [len(found.orders(name, "17:50")) for name in found.names]
    second = [len(found.orders(name, "17:55")) for name in found.names]
    assert 200 >= most_in_a_minute(found.requests)
    assert {2} == {*first, *second}
    assert {FINAL} == {
        found.orders(name, due)[-1].intent.net_price
        for name in found.names
        for due in ("17:50", "17:55")
    }
    assert () == found.day.halts()


@pytest.mark.slow
def test_three_hundred_positions_are_each_served_once(open_day: Days) -> None:
    """Everybody gets the final price, the largest first, and keeps it to the bell."""
    found = counted(open_day, 300)

    sent = {name: found.day.sent(name) for name in found.names}
    begun = {
        kind: [one[0].created_at for name, one in sent.items() if name.startswith(kind)]
        for kind in ("p0", "p1", "p2")
    }
    assert 200 >= most_in_a_minute(found.requests)
    assert {(FINAL,)} == {tuple(one.intent.net_price for one in each) for each in sent.values()}
    assert max(begun["p2"]) < min(begun["p1"]) + _A_LOOK
    assert max(begun["p1"]) < min(begun["p0"]) + _A_LOOK
    assert {"expired"} == {one.status.value for each in sent.values() for one in each}
    assert {("T-1", "close", "unfilled")} == {found.day.told_of(name)[-1] for name in found.names}


def test_last_minute_reprices_the_most_dangerous_and_keeps_the_rest(open_day: Days) -> None:
    """The market moved away: thirty-five get a new price, twenty-five rest at the old one."""
    book = [position(f"p{n:03d}", "-1 750P", units=1 + n // 25) for n in range(60)]
    moving = {"750P": {"17:20": "2.00/3.00", "17:58": "3.00/4.00"}}
    day = open_day(market("748", moving, size=1000), *book, rules=NEVER_FILLS, card=TWO_HUNDRED)
    day.play("18:00:30")

    last = instant("17:59")
    renewed = [one.id for one in book if _of(day.sent(one.id), last)]
    kept = [one.id for one in book if one.id not in renewed]
    assert 35 == len(renewed)
    assert Counter({3: 10, 2: 25}) == Counter(day.position(name).units for name in renewed)
    assert {1} == {day.position(name).units for name in kept}
    assert {"expired"} == {day.sent(one.id)[-1].status.value for one in book}
    assert "requests are short" in (day.attempts(kept[0])[-1].note or "")


def test_kept_order_of_what_moved_out_of_the_money_is_ended(open_day: Days) -> None:
    """The spot rose over the strike: nobody pays for what expires worthless."""
    book = [position(f"p{n:03d}", "-1 750P") for n in range(60)]
    spot = {"14:30": "748", "17:58": "770"}
    day = open_day(market(spot, WIDE, size=1000), *book, rules=NEVER_FILLS, card=TWO_HUNDRED)
    day.play("18:00:30")

    assert {("T-1", "leave", "none")} == {day.told_of(one.id)[-1] for one in book}
    assert {"canceled"} == {day.sent(one.id)[-1].status.value for one in book}


def test_kept_order_that_fills_is_booked_once(open_day: Days) -> None:
    """Forty of sixty fill at their kept price in the last minute, each for its own units."""
    book = [position(f"p{n:03d}", "-1 750P") for n in range(60)]
    cheaper = {"750P": {"17:20": "2.00/3.00", "17:59:20": "2.00/2.50"}}
    day = open_day(market("748", cheaper, size=20), *book, rules=NEVER_FILLS, card=TWO_HUNDRED)
    day.play("18:00:30")

    ends = Counter(day.position(one.id).status.value for one in book)
    assert 40 == ends["closed"]
    assert Counter({1: 40}) == Counter(
        sum(part.units for part in day.position(one.id).outcomes)
        for one in book
        if day.position(one.id).status.value == "closed"
    )
    assert {"GOOG151224P00750000": -20} == {
        name: quantity for name, quantity in day.held().items() if "P" in name
    }


def _of(sent: Sequence[Order], due: datetime) -> list[Order]:
    return [one for one in sent if one.intent.attempt_due_at == due]
