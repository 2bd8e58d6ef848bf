"""Option roots: the rules of each, as the exchanges print them."""

from dataclasses import replace
from datetime import time
from decimal import Decimal

import pytest

from botd.domain.contract import (
    Delivery,
    ExerciseStyle,
    LastSession,
    RootSpec,
    Settlement,
    TickRule,
)
from botd.domain.roots import crypto_spec, spec_of

CASH_PM = RootSpec(
    "",
    "",
    "index_pm",
    exercise_style=ExerciseStyle.EUROPEAN,
    delivery=Delivery.CASH,
)
CASH_AM = replace(
    CASH_PM,
    product_class="index_am",
    settlement=Settlement.AM,
    last_session=LastSession.BEFORE,
)


@pytest.mark.parametrize(
    ("root", "expected"),
    [
        pytest.param("SPX", replace(CASH_AM, underlying="SPX", tick_rule=TickRule.SPX)),
        pytest.param("NDX", replace(CASH_AM, underlying="NDX")),
        pytest.param("RUT", replace(CASH_AM, underlying="RUT")),
        pytest.param("DJX", replace(CASH_AM, underlying="DJX")),
        pytest.param("VIX", replace(CASH_AM, underlying="VIX", product_class="volatility_am")),
        pytest.param("VIXW", replace(CASH_AM, underlying="VIX", product_class="volatility_am")),
        pytest.param("SPXW", replace(CASH_PM, underlying="SPX", tick_rule=TickRule.SPX)),
        pytest.param("XSP", replace(CASH_PM, underlying="XSP")),
        pytest.param("NDXP", replace(CASH_PM, underlying="NDX")),
        pytest.param("XND", replace(CASH_PM, underlying="XND")),
        pytest.param("RUTW", replace(CASH_PM, underlying="RUT")),
        pytest.param("MRUT", replace(CASH_PM, underlying="MRUT")),
        pytest.param("XEO", replace(CASH_PM, underlying="OEX")),
        pytest.param(
            "OEX",
            replace(CASH_PM, underlying="OEX", exercise_style=ExerciseStyle.AMERICAN),
        ),
    ],
)
def test_index_roots(root: str, expected: RootSpec) -> None:
    """Roots on one index differ in when they end and by which price they settle."""
    assert replace(expected, root=root) == spec_of(root)


@pytest.mark.parametrize(
    ("root", "expected"),
    [
        pytest.param("SPY", RootSpec("SPY", "SPY", "etf", tick_rule=TickRule.PENNY)),
        pytest.param("QQQ", RootSpec("QQQ", "QQQ", "etf", tick_rule=TickRule.PENNY)),
        pytest.param("IWM", RootSpec("IWM", "IWM", "etf", tick_rule=TickRule.PENNY)),
        pytest.param("DIA", RootSpec("DIA", "DIA", "etf")),
        pytest.param("XLF", RootSpec("XLF", "XLF", "etf")),
        pytest.param("GOOG", RootSpec("GOOG", "GOOG", "equity"), id="a stock"),
        pytest.param("ZZZZZZ", RootSpec("ZZZZZZ", "ZZZZZZ", "equity"), id="never heard of"),
        pytest.param("BRKB", RootSpec("BRKB", "BRK.B", "equity"), id="a class of shares"),
        pytest.param("BTC", RootSpec("BTC", "BTC", "equity"), id="BTC is a fund here"),
        pytest.param("ETH", RootSpec("ETH", "ETH", "equity"), id="ETH is a fund here"),
    ],
)
def test_roots_that_deliver_shares(root: str, expected: RootSpec) -> None:
    """They are American, deliver 100 shares, and end with the close of their day."""
    assert expected == spec_of(root)
    assert (ExerciseStyle.AMERICAN, Delivery.SHARES, Settlement.PM, 100) == (
        expected.exercise_style,
        expected.delivery,
        expected.settlement,
        expected.multiplier,
    )


@pytest.mark.parametrize(
    ("root", "underlying", "multiplier"),
    [
        pytest.param("AAPL1", "AAPL", 100, id="adjusted"),
        pytest.param("SPY2", "SPY", 100, id="adjusted fund"),
        pytest.param("BRKB1", "BRK.B", 100, id="adjusted class of shares"),
        pytest.param("AMZN6", "AMZN", 100, id="six is not a mini"),
        pytest.param("AMZN7", "AMZN", 10, id="mini"),
        pytest.param("AMZN8", "AMZN", 10, id="adjusted mini"),
        pytest.param("AMZN9", "AMZN", 10, id="second adjusted mini"),
    ],
)
def test_roots_with_a_digit_are_adjusted(root: str, underlying: str, multiplier: int) -> None:
    """What they deliver isn't 100 shares, so their moneyness isn't read off the spot."""
    expected = RootSpec(root, underlying, "equity", multiplier=multiplier, is_adjusted=True)

    assert expected == spec_of(root)


@pytest.mark.parametrize(("asset", "size"), [("BTC", "0.01"), ("ETH", "0.1")])
def test_crypto_options_end_at_eight_utc(asset: str, size: str) -> None:
    """They trade around the clock, settle in cash, and know no holidays."""
    expected = RootSpec(
        asset,
        asset,
        "crypto",
        exercise_style=ExerciseStyle.EUROPEAN,
        delivery=Delivery.CASH,
        settlement=Settlement.PM,
        last_session=LastSession.FIXED_UTC,
        multiplier=1,
        ends_at_utc=time(8, 0),
        contract_size=Decimal(size),
    )

    assert expected == crypto_spec(asset)
