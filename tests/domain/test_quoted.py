"""Prices and profit in the words of the market that they belong to."""

from decimal import Decimal

import pytest

from botd.domain.contract import Leg, Shares
from botd.domain.quoted import currency, is_event, price_text, standing
from tests.domain.kinds import BTC_CALL, ES, NO, YES, leg

LISTED = leg("GOOG261218P00740000")
SHARES = Leg(Shares("GOOG"), 100)


@pytest.mark.parametrize(
    ("one", "price", "expected"),
    [
        pytest.param(LISTED, "-0.7", "-0.70", id="a listed option, to the cent"),
        pytest.param(LISTED, "0.725", "0.725", id="half a cent"),
        pytest.param(SHARES, "58.5", "58.50", id="shares"),
        pytest.param(ES, "5779.8125", "5779.8125", id="a future's points"),
        pytest.param(YES, "-62", "-6200 c", id="an event's cents"),
        pytest.param(NO, "0.01", "1 c", id="one cent"),
        pytest.param(YES, "100", "10000 c", id="what won"),
        pytest.param(NO, "0", "0 c", id="what lost"),
        pytest.param(BTC_CALL, "1350.5", "1350.50 USDT", id="USDT a coin"),
    ],
)
def test_prices(one: Leg | str, price: str, expected: str) -> None:
    """A unit stands behind what is not dollars or points."""
    legs = (leg(one) if isinstance(one, str) else one,)

    assert expected == price_text(legs, Decimal(price))


@pytest.mark.parametrize(
    ("one", "expected"),
    [(LISTED, ""), (SHARES, ""), (leg(ES), ""), (leg(YES), ""), (leg(BTC_CALL), " USDT")],
    ids=["a listed option", "shares", "a future", "an event", "a crypto option"],
)
def test_currencies(one: Leg, expected: str) -> None:
    """All but crypto options are paid in dollars."""
    assert expected == currency((one,))


def test_events() -> None:
    """Either side is one; nothing else is."""
    assert [True, True, False, False] == [
        is_event((one,)) for one in (leg(YES), leg(NO), leg(BTC_CALL), SHARES)
    ]


@pytest.mark.parametrize(
    ("legs", "expected"),
    [
        pytest.param((leg(YES),), "YES at 62 c", id="an event"),
        pytest.param((leg(NO),), "YES at 62 c", id="its other side, by the same market"),
        pytest.param((leg(ES),), "at 0.62", id="a future"),
        pytest.param((leg(BTC_CALL),), "", id="a strike says more"),
        pytest.param((SHARES,), "", id="shares"),
    ],
)
def test_where_a_market_stands(legs: tuple[Leg, ...], expected: str) -> None:
    """What no strike measures is told by its own price."""
    assert expected == standing(legs, Decimal("0.62"))
