from dataclasses import replace
from decimal import Decimal

import pytest

from botd.domain.bot import Pricing
from botd.domain.leg_price import LegPrice, leg_price
from botd.domain.quote import Quote
from botd.domain.worth import Sight
from tests.domain.given import NOW, SESSION, by_symbol, option, quote

PUT = "GOOG151224P00750000"


def priced(seen: Quote | None, spot: str | None, *, is_long: bool) -> LegPrice | None:
    price = None if spot is None else Decimal(spot)
    quotes = by_symbol(seen) if seen else {}
    return leg_price(option("750P"), Sight(price, quotes, Pricing(), SESSION, NOW), is_long=is_long)


@pytest.mark.parametrize(
    ("is_long", "natural"),
    [
        pytest.param(True, "0.45", id="long: sold at the bid"),
        pytest.param(False, "0.90", id="short: bought at the ask"),
    ],
)
def test_quoted_leg(natural: str, *, is_long: bool) -> None:
    """A valid quote tells mid and natural, and needs no mark."""
    expected = LegPrice(Decimal("0.675"), Decimal(natural))

    assert expected == priced(quote("750P", "0.45", "0.90"), "749.62", is_long=is_long)


def test_indicative_quote_is_marked() -> None:
    """An indicative quote prices the leg, and says what it is."""
    seen = replace(quote("750P", "0.45", "0.90"), is_indicative=True)
    expected = LegPrice(Decimal("0.675"), Decimal("0.45"), f"{PUT}: indicative quote")

    assert expected == priced(seen, None, is_long=True)


@pytest.mark.parametrize(
    ("bid", "ask", "spot", "mid", "natural", "basis"),
    [
        pytest.param(
            None, None, "740", "10", "11.875", "intrinsic value", id="nothing: as much as may be"
        ),
        pytest.param(
            None, "10.40", "740", "10", "10.40", "intrinsic value and ask 10.40", id="up to the ask"
        ),
        pytest.param(
            None, "50", "740", "10", "11.875", "intrinsic value and ask 50", id="not to a stub ask"
        ),
        pytest.param(
            None, "9", "740", "9", "9", "intrinsic value and ask 9", id="an ask below intrinsic"
        ),
        pytest.param(
            "10.30",
            None,
            "740",
            "10.30",
            "11.875",
            "intrinsic value and bid 10.30",
            id="from the bid",
        ),
        pytest.param(
            "20", None, "740", "11.875", "11.875", "intrinsic value and bid 20", id="a bid beyond"
        ),
        pytest.param(
            None, "0.05", "760", "0", "0.05", "intrinsic value and ask 0.05", id="worthless"
        ),
        pytest.param("0.45", None, None, "0.45", "2.325", "bid 0.45", id="no spot: from the bid"),
        pytest.param(None, "0.90", None, "0", "0.90", "ask 0.90", id="no spot: to the ask"),
    ],
)
def test_short_leg_without_usable_quote(
    bid: str | None, ask: str | None, spot: str | None, mid: str, natural: str, basis: str
) -> None:
    """A purchase starts at the worth and ends where the ask or the allowance says."""
    note = f"{PUT}: no usable quote, priced from {basis}"

    assert LegPrice(Decimal(mid), Decimal(natural), note) == priced(
        quote("750P", bid, ask), spot, is_long=False
    )


@pytest.mark.parametrize(
    ("bid", "ask", "spot", "mid", "natural", "basis"),
    [
        pytest.param(
            None, None, "740", "10", "8.125", "intrinsic value", id="less what may be missed"
        ),
        pytest.param(
            None, None, "749", "1", "0.5", "intrinsic value", id="no lower than half of it"
        ),
        pytest.param(
            "9.50", None, "740", "10", "9.50", "intrinsic value and bid 9.50", id="down to the bid"
        ),
        pytest.param(
            "0.01",
            None,
            "740",
            "10",
            "8.125",
            "intrinsic value and bid 0.01",
            id="not to a stub bid",
        ),
        pytest.param(
            "11", None, "740", "11", "11", "intrinsic value and bid 11", id="a bid above intrinsic"
        ),
        pytest.param(None, "0.10", "760", "0", "0", "intrinsic value and ask 0.10", id="worthless"),
        pytest.param("4.30", None, None, "4.30", "4.30", "bid 4.30", id="no spot: at the bid"),
        pytest.param(None, "0.10", None, "0", "0", "ask 0.10", id="no spot: a small ask"),
    ],
)
def test_long_leg_without_usable_quote(
    bid: str | None, ask: str | None, spot: str | None, mid: str, natural: str, basis: str
) -> None:
    """A sale starts at the worth and ends no lower than the bid, or half of the worth."""
    note = f"{PUT}: no usable quote, priced from {basis}"

    assert LegPrice(Decimal(mid), Decimal(natural), note) == priced(
        quote("750P", bid, ask), spot, is_long=True
    )


@pytest.mark.parametrize(
    ("seen", "is_long"),
    [
        pytest.param(None, True, id="no quote, held long"),
        pytest.param(None, False, id="no quote, held short"),
        pytest.param(quote("750P", None, "9"), True, id="a large ask alone, held long"),
    ],
)
def test_leg_of_which_nothing_is_known(seen: Quote | None, *, is_long: bool) -> None:
    """Without a spot and without a side to go by there is no price."""
    assert priced(seen, None, is_long=is_long) is None
