from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from botd.brokers.port import CapabilityCard
from botd.cli.planning import budget_words
from botd.domain.bot import Bot, Pricing, PricingMode
from botd.domain.position import Position
from botd.service.planning import Book, PlannedAccount, Planner
from botd.service.rules import Rules
from tests.cli.book import NOW, position, spread
from tests.domain.trading_days import weekdays

DAYS = weekdays(
    date(2015, 12, 1), date(2016, 1, 31), closed={date(2015, 12, 25)}, half={date(2015, 12, 24)}
)


def planned(
    *live: Position, rate: int | None, mode: PricingMode = PricingMode.NORMAL
) -> PlannedAccount:
    """Plan the next day of an account whose broker counts requests."""
    bot = Bot("condors", "paper", "paper", pricing=Pricing(mode=mode))
    cards = {"paper": CapabilityCard("paper", "own server", requests_per_minute=rate)}
    plan = Planner(Rules({"condors": bot}), DAYS, cards, NOW).plan(Book(live, (), ()))
    [account] = plan.accounts
    return account


@pytest.mark.parametrize(
    ("count", "rate", "words"),
    [
        pytest.param(1, None, "no limit of requests", id="no limit"),
        pytest.param(
            1, 200, "200 requests a minute: 4 prices each if all must be closed", id="all prices"
        ),
        pytest.param(
            30,
            200,
            "200 requests a minute: 1 price each if all must be closed",
            id="the final price alone",
        ),
        pytest.param(
            36, 200, "200 requests a minute: only 35 of 36 can be closed at once", id="one too many"
        ),
    ],
)
def test_how_far_the_requests_reach(count: int, rate: int | None, words: str) -> None:
    """Between two attempts lies a minute at the least: 70 of 200 requests are for steps."""
    live = [spread(f"p-{number}") for number in range(count)]

    assert words == budget_words(planned(*live, rate=rate))[0]


def test_a_ladder_of_another_mode() -> None:
    """The budget counts the prices of the bots concerned."""
    assert 1 == planned(spread(), rate=6_000, mode=PricingMode.LIMIT).capacity.steps


def test_what_nobody_closes_needs_no_requests() -> None:
    """A person's position and one whose assignment is accepted want no order."""
    account = planned(spread(), position("ko", "-1 KO151224C00042000", bot="other"), rate=200)

    assert 2 == account.capacity.positions
    assert account.capacity.fits


def test_around_the_clock_has_a_day_too() -> None:
    """T in the small hours belongs to New York's date."""
    late = position("x", "-1 GOOG160108P00750000")
    plan = Planner(Rules(), DAYS, {}, datetime(2016, 1, 1, tzinfo=UTC)).plan(Book((late,), (), ()))

    assert date(2016, 1, 8) == plan.day
    assert Decimal(750) == plan.positions[0].moneyness[0].strike
