from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from botd.domain.bot import Amount, Expiration
from botd.domain.contract import OptionContract, Right
from botd.domain.decision import LegMoneyness, Moneyness
from botd.domain.moneyness import assess, classify, parity_contracts
from tests.domain.given import ADJUSTED, NOW, SESSION, legs, option, quote, view

MIRRORED = {
    Moneyness.ITM: Moneyness.OTM,
    Moneyness.OTM: Moneyness.ITM,
    Moneyness.ATM: Moneyness.ATM,
    Moneyness.UNKNOWN: Moneyness.UNKNOWN,
}
CENTS = st.decimals(min_value="0.01", max_value=2000, places=2)


@pytest.mark.parametrize(
    ("name", "spot", "pin_band", "expected"),
    [
        pytest.param("750C", "750.01", "0", Moneyness.ITM, id="call, a cent above"),
        pytest.param("750C", "750", "0", Moneyness.ATM, id="call, at the strike"),
        pytest.param("750C", "749.99", "0", Moneyness.OTM, id="call, a cent below"),
        pytest.param("750P", "749.99", "0", Moneyness.ITM, id="put, a cent below"),
        pytest.param("750P", "750.00", "0", Moneyness.ATM, id="put, at the strike"),
        pytest.param("750P", "750.01", "0", Moneyness.OTM, id="put, a cent above"),
        pytest.param("750C", "750.05", "0.05", Moneyness.ATM, id="upper edge of the band"),
        pytest.param("750C", "750.06", "0.05", Moneyness.ITM, id="above the band"),
        pytest.param("750C", "749.95", "0.05", Moneyness.ATM, id="lower edge of the band"),
        pytest.param("750C", "749.94", "0.05", Moneyness.OTM, id="below the band"),
        pytest.param("747.5C", "747.50", "0", Moneyness.ATM, id="747.50 touched exactly"),
        pytest.param("750C", None, "0", Moneyness.UNKNOWN, id="no spot is no proof"),
    ],
)
def test_classify(name: str, spot: str | None, pin_band: str, expected: Moneyness) -> None:
    """Each row stands on the strike or on an edge of the pin band."""
    price = None if spot is None else Decimal(spot)

    assert expected is classify(option(name), price, pin_band=Decimal(pin_band))


def test_adjusted_contract_is_unknown() -> None:
    """The spot does not judge a contract with another deliverable."""
    adjusted = option("750C", ADJUSTED)

    assert Moneyness.UNKNOWN is classify(adjusted, Decimal(900), pin_band=Decimal(0))


@given(strike=CENTS, spot=CENTS, pin_band=st.decimals(min_value=0, max_value=5, places=2))
def test_put_mirrors_call(strike: Decimal, spot: Decimal, pin_band: Decimal) -> None:
    """A put is in the money exactly where a call of its strike is out of it."""
    call = OptionContract(option("750C").spec, SESSION.day, Right.CALL, strike)
    put = replace(call, right=Right.PUT)

    expected = MIRRORED[classify(call, spot, pin_band=pin_band)]

    assert expected is classify(put, spot, pin_band=pin_band)


@given(strike=CENTS, away=CENTS, pin_band=st.decimals(min_value=0, max_value=5, places=2))
def test_band_is_symmetric(strike: Decimal, away: Decimal, pin_band: Decimal) -> None:
    """The same distance above and below the strike answers in mirror image."""
    call = OptionContract(option("750C").spec, SESSION.day, Right.CALL, strike)

    expected = MIRRORED[classify(call, strike + away, pin_band=pin_band)]

    assert expected is classify(call, strike - away, pin_band=pin_band)


def test_assess_judges_each_leg_by_one_spot() -> None:
    """At T-10 of the recorded half-day GOOG's 750 put is in, its 745 put out of the money."""
    held = legs("-1 750P", "+1 745P")

    expected = (
        LegMoneyness(
            "GOOG151224P00750000", Moneyness.ITM, Decimal(750), Decimal("749.62"), NOW, ""
        ),
        LegMoneyness(
            "GOOG151224P00745000", Moneyness.OTM, Decimal(745), Decimal("749.62"), NOW, ""
        ),
    )

    assert expected == assess(held, view(trade="749.62"), Expiration(), SESSION)


@pytest.mark.parametrize(
    ("pin_band", "spot", "expected"),
    [
        pytest.param(Amount(Decimal("0.38")), "749.62", Moneyness.ATM, id="dollars, on the edge"),
        pytest.param(Amount(Decimal("0.37")), "749.62", Moneyness.ITM, id="dollars, outside"),
        pytest.param(
            Amount(Decimal("0.1"), is_percent=True), "749.25", Moneyness.ATM, id="percent of strike"
        ),
        pytest.param(
            Amount(Decimal("0.1"), is_percent=True), "749.24", Moneyness.ITM, id="percent, outside"
        ),
    ],
)
def test_pin_band_in_dollars_or_percent(pin_band: Amount, spot: str, expected: Moneyness) -> None:
    """The band is dollars, or a percentage of the strike."""
    rules = Expiration(pin_band=pin_band)

    (judged,) = assess(legs("-1 750P"), view(trade=spot), rules, SESSION)

    assert expected is judged.state


def test_flagged_spot_is_noted() -> None:
    """What an old spot decides carries its age."""
    (judged,) = assess(legs("-1 750P"), view(trade="600", trade_age=720), Expiration(), SESSION)

    assert (Moneyness.ITM, "spot 12 min old, 20 % away") == (judged.state, judged.note)


def test_near_strike_of_one_leg_makes_an_old_spot_unknown_for_all() -> None:
    """One leg that the spot may have crossed leaves the whole position unknown."""
    judged = assess(
        legs("-1 750P", "+1 610P"), view(trade="600", trade_age=720), Expiration(), SESSION
    )

    assert [Moneyness.UNKNOWN, Moneyness.UNKNOWN] == [one.state for one in judged]
    assert all(one.spot is None and one.spot_at is None for one in judged)


def test_spot_is_implied_from_the_other_right() -> None:
    """A leg's call and put, both quoted, replace a missing spot."""
    quotes = (quote("750C", "0.15", "0.30"), quote("750P", "0.45", "0.90"))

    (judged,) = assess(legs("-1 750P"), view(*quotes), Expiration(), SESSION)

    assert (Moneyness.ITM, Decimal("749.55")) == (judged.state, judged.spot)


def test_adjusted_leg_is_noted() -> None:
    """An adjusted contract stays unknown beside a good spot, and says why."""
    (judged,) = assess(legs("-1 GOOG1 750P"), view(trade="749.62"), Expiration(), SESSION)

    assert Moneyness.UNKNOWN is judged.state
    assert "adjusted contract: the spot does not tell its worth" == judged.note


def test_shares_are_not_judged() -> None:
    """Shares have no strike."""
    assert () == assess(legs("+100 shares"), view(trade="749.62"), Expiration(), SESSION)


def test_parity_contracts() -> None:
    """Both rights at each strike, each once."""
    expected = tuple(option(name) for name in ("750C", "750P", "745C", "745P"))

    assert expected == parity_contracts(legs("-1 750P", "+1 745P", "-1 750C", "+100 shares"))
