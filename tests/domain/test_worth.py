from datetime import datetime, timedelta
from decimal import Decimal

import pytest

from botd.domain.bot import Amount, Pricing
from botd.domain.quote import Quote
from botd.domain.worth import Sight, allowance, limit, most_paid, worth
from tests.domain.given import NOW, SESSION, by_symbol, option, quote


def sight(
    *quotes: Quote,
    spot: str | None = None,
    pricing: Pricing | None = None,
    now: datetime = NOW,
) -> Sight:
    price = None if spot is None else Decimal(spot)
    return Sight(price, by_symbol(*quotes), pricing or Pricing(), SESSION, now)


@pytest.mark.parametrize(
    ("quotes", "is_long", "expected"),
    [
        pytest.param((quote("750P", "0.45", "0.90"),), True, "0.675", id="mid"),
        pytest.param((quote("750P", "0.45", None),), True, "0.45", id="a bid alone"),
        pytest.param(
            (quote("750P", None, "1.875"),), True, "0", id="an ask no larger than missable"
        ),
        pytest.param((quote("750P", None, "1.88"),), True, None, id="an ask that may be worth it"),
        pytest.param((quote("750P", None, "50"),), False, "0", id="an ask alone proves nothing"),
        pytest.param((quote("750P", "0", "50"),), False, "0", id="a bid of zero is nobody's"),
        pytest.param((quote("750P", "0", None),), True, None, id="a bid of zero alone"),
        pytest.param((quote("750P", "0.45", "0.90", age=301),), True, None, id="stale"),
        pytest.param((), False, None, id="nothing"),
    ],
)
def test_worth_without_a_spot(
    quotes: tuple[Quote, ...], expected: str | None, *, is_long: bool
) -> None:
    """Without a spot only the option's own market tells its worth."""
    value = None if expected is None else Decimal(expected)

    assert value == worth(option("750P"), sight(*quotes), is_long=is_long)


@pytest.mark.parametrize(
    ("now", "expected"),
    [
        pytest.param(SESSION.closes_at - timedelta(minutes=60), "0.38", id="the last hour"),
        pytest.param(SESSION.closes_at - timedelta(minutes=61), "2.50", id="time value before it"),
    ],
)
def test_time_value(now: datetime, expected: str) -> None:
    """Intrinsic value is all that counts in the last hour; before it the market does, too."""
    seen = sight(quote("750P", "2.40", "2.60", now=now), spot="749.62", now=now)

    assert Decimal(expected) == worth(option("750P"), seen, is_long=False)


@pytest.mark.parametrize(
    ("name", "quotes", "expected"),
    [
        pytest.param(
            "750P 160115", (quote("750P 160115", "11", "12"),), "11.5", id="a later expiration"
        ),
        pytest.param("750P 160115", (), "0.38", id="a later expiration without quote"),
        pytest.param(
            "750P 160115",
            (quote("750P 160115", "0.10", "0.20"),),
            "0.38",
            id="never below intrinsic",
        ),
        pytest.param(
            "SPX 750P 151224",
            (quote("SPX 750P 151224", "3", "4"),),
            "3.5",
            id="AM-settled: a night is still to come",
        ),
    ],
)
def test_worth_of_an_option_that_lives_on(
    name: str, quotes: tuple[Quote, ...], expected: str
) -> None:
    """An option that outlives this close has time value."""
    assert Decimal(expected) == worth(option(name), sight(*quotes, spot="749.62"), is_long=True)


@pytest.mark.parametrize(
    ("pricing", "quotes", "expected"),
    [
        pytest.param(Pricing(), (), "1.875", id="a quarter percent of the strike"),
        pytest.param(
            Pricing(), (quote("750P", "0.45", "1.40"),), "1.90", id="twice the spread is larger"
        ),
        pytest.param(
            Pricing(), (quote("750P", "0.45", "1.38"),), "1.875", id="twice the spread is smaller"
        ),
        pytest.param(Pricing(), (quote("750P", "0", "50"),), "1.875", id="no bid, no spread"),
        pytest.param(Pricing(), (quote("750P", None, "50"),), "1.875", id="an ask alone"),
        pytest.param(
            Pricing(), (quote("750P", "0.45", "9", age=301),), "1.875", id="a stale spread"
        ),
        pytest.param(
            Pricing(max_overpay=Amount(Decimal("0.10"))),
            (quote("750P", "0.45", "1.40"),),
            "0.10",
            id="dollars, as configured",
        ),
        pytest.param(
            Pricing(max_overpay=Amount(Decimal("0.5"), is_percent=True)),
            (),
            "3.75",
            id="percent, as configured",
        ),
    ],
)
def test_allowance(pricing: Pricing, quotes: tuple[Quote, ...], expected: str) -> None:
    """How far the worth may be missed: `max_overpay`, or what quotes and strike suggest."""
    assert Decimal(expected) == allowance(option("750P"), sight(*quotes, pricing=pricing))


@pytest.mark.parametrize(
    ("spot", "is_long", "expected"),
    [
        pytest.param("740", False, "11.875", id="a purchase, at most"),
        pytest.param("740", True, "8.125", id="a sale, at least"),
        pytest.param("749", True, "0", id="never below nothing"),
        pytest.param("760", False, "1.875", id="out of the money"),
    ],
)
def test_limit(spot: str, expected: str, *, is_long: bool) -> None:
    """The limit of one leg is its worth, missed by what may be missed."""
    assert Decimal(expected) == limit(option("750P"), sight(spot=spot), is_long=is_long)


def test_no_limit_without_worth() -> None:
    """Where nothing is known, nothing bounds a price."""
    assert limit(option("750P"), sight(), is_long=True) is None


@pytest.mark.parametrize(
    ("ask", "expected"),
    [
        pytest.param("0.04", "0.08", id="twice the ask"),
        pytest.param("0.05", "0.10", id="up to a dime"),
        pytest.param("9", "0.10", id="no more than that"),
    ],
)
def test_allowance_where_nobody_bids(ask: str, expected: str) -> None:
    """A 5-dollar strike that nobody bids for may cost a dime, or twice its ask."""
    assert Decimal(expected) == allowance(option("5P"), sight(quote("5P", "0", ask)))


@pytest.mark.parametrize(
    ("name", "spot", "expected"),
    [
        pytest.param("750P", "740", "11.875", id="in the money: intrinsic and what may be missed"),
        pytest.param("750P", "750", "1.875", id="at the strike"),
        pytest.param("750P", "751", "0.875", id="a dollar out of the money"),
        pytest.param("750P", "751.775", "0.10", id="where a dime is left"),
        pytest.param("750P", "800", "0.10", id="far out of the money"),
        pytest.param("750C", "749", "0.875", id="a call, a dollar out"),
        pytest.param("5P", "6", "0.0125", id="never more than its limit"),
        pytest.param("750P 160115", "800", "1.875", id="one that lives on keeps its limit"),
    ],
)
def test_most_paid(name: str, spot: str, expected: str) -> None:
    """A short without quote costs what a move against it would make it worth."""
    assert Decimal(expected) == most_paid(option(name), sight(spot=spot))


def test_most_paid_of_the_unknown() -> None:
    """Without a spot the option's own market bounds it, or nothing does."""
    assert Decimal("2.55") == most_paid(option("750P"), sight(quote("750P", "0.45", "0.90")))
    assert most_paid(option("750P"), sight()) is None
