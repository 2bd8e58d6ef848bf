from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from botd.domain.bot import Amount, Pricing
from botd.domain.cap import Cap, cap_for
from botd.domain.contract import Leg, OptionContract, Right
from botd.domain.quote import Quote
from botd.domain.session import Session
from tests.domain.given import GOOG, NOW, SESSION, by_symbol, legs, quote


def cap(
    *held: str,
    spot: str | None = "749.62",
    quotes: tuple[Quote, ...] = (),
    pricing: Pricing | None = None,
    beside: tuple[str, ...] = (),
) -> Cap:
    return cap_for(
        legs(*held),
        spot=None if spot is None else Decimal(spot),
        quotes=by_symbol(*quotes),
        pricing=pricing or Pricing(),
        session=SESSION,
        now=NOW,
        beside=legs(*beside),
    )


@pytest.mark.parametrize(
    ("held", "expected"),
    [
        pytest.param(("-1 750P", "+1 745P"), "-5", id="short vertical"),
        pytest.param(("-2 750P", "+2 745P"), "-10", id="two verticals in a unit"),
        pytest.param(("+1 735P", "-1 740P", "-1 760C", "+1 770C"), "-10", id="iron condor"),
        pytest.param(("-1 740C", "+2 750C", "-1 760C"), "-10", id="short butterfly"),
        pytest.param(("+1 740C", "-1 750C", "+1 750P", "-1 740P"), "10", id="box"),
        pytest.param(("-1 740C", "+1 750C", "-1 750P", "+1 740P"), "-10", id="short box"),
        pytest.param(("-1 750C", "+1 755C 160115"), "-5", id="diagonal of American options"),
    ],
)
@pytest.mark.parametrize("spot", ["749.62", None])
def test_spread_is_capped_at_its_width(
    held: tuple[str, ...], spot: str | None, expected: str
) -> None:
    """A spread costs no more than it can lose, whatever spot and quotes say."""
    wild = (quote("750P", "9", "30"), quote("745P", "0.05", "0.10"))

    assert Cap(Decimal(expected)) == cap(*held, spot=spot, quotes=wild)


@pytest.mark.parametrize(
    ("spot", "expected"),
    [
        pytest.param("740.00", "2.5", id="both legs in the money: half of the width"),
        pytest.param("749.62", "0.19", id="one leg in the money: half of its 0.38"),
        pytest.param("751.00", "0", id="out of the money: nothing is sure"),
        pytest.param(None, "0", id="no spot: nothing is known"),
    ],
)
def test_long_vertical_is_not_sold_for_a_song(spot: str | None, expected: str) -> None:
    """A spread worth its whole width was offered for nothing, because nothing was bid."""
    wild = (quote("750P", "0.05", "30"), quote("745P", "0.05", "9"))

    assert Cap(Decimal(expected)) == cap("+1 750P", "-1 745P", spot=spot, quotes=wild)


@pytest.mark.parametrize(
    ("held", "quotes", "expected"),
    [
        pytest.param(("-1 750P",), (), "-2.255", id="short: intrinsic 0.38 and a quarter percent"),
        pytest.param(("-2 750P",), (), "-4.510", id="two in a unit"),
        pytest.param(
            ("-1 750P",), (quote("750P", "0.45", "1.45"),), "-2.38", id="short: twice the spread"
        ),
        pytest.param(("+1 760P",), (), "8.48", id="long: intrinsic 10.38 less a quarter percent"),
        pytest.param(("+1 750P",), (), "0", id="long: never below nothing"),
        pytest.param(("-1 750C",), (), "-1.875", id="short, out of the money"),
    ],
)
def test_single_leg_is_capped_near_intrinsic(
    held: tuple[str, ...], quotes: tuple[Quote, ...], expected: str
) -> None:
    """A single leg costs its intrinsic value, and what may be overpaid."""
    assert Cap(Decimal(expected)) == cap(*held, quotes=quotes)


def test_put_near_zero_is_capped_at_its_strike() -> None:
    """However much may be overpaid, a put never costs more than its strike."""
    pricing = Pricing(max_overpay=Amount(Decimal(5)))

    assert Cap(Decimal(-1)) == cap("-1 1P", spot="0.90", pricing=pricing)


def test_covered_call_is_capped_as_its_call() -> None:
    """Shares are not closed, so they neither raise nor lower the cap."""
    assert cap("-1 740C") == cap("+100 shares", "-1 740C")
    assert Cap(Decimal("-11.470")) == cap("-1 740C")


@pytest.mark.parametrize(
    ("held", "expected"),
    [
        pytest.param(("-1 740P", "-1 760C"), "-3.75", id="short strangle: both allowances"),
        pytest.param(("-1 750P", "-1 750C"), "-4.13", id="short straddle: intrinsic of one"),
        pytest.param(("+1 760P", "+1 740C"), "20", id="long guts: what they surely bring"),
        pytest.param(("+1 740P", "+1 760C"), "0", id="long strangle: nothing is sure"),
        pytest.param(("+1 740C", "-2 750C"), "4.02", id="call ratio"),
        pytest.param(("+1 750C", "-1 750C 160115"), "-1.875", id="reverse calendar"),
    ],
)
def test_naked_packages_are_capped_leg_by_leg(held: tuple[str, ...], expected: str) -> None:
    """Without a width each leg counts by its own worth."""
    assert Cap(Decimal(expected)) == cap(*held)


@pytest.mark.parametrize(
    ("held", "quotes", "expected"),
    [
        pytest.param("-1 750P", (quote("750P", "0.45", "0.90"),), "-2.55", id="short, by its mid"),
        pytest.param("+1 750P", (quote("750P", "9", "10"),), "7.5", id="long, by its mid"),
        pytest.param("-1 750P", (quote("750P", None, "50"),), "-1.875", id="short, no bid"),
    ],
)
def test_cap_without_a_spot(held: str, quotes: tuple[Quote, ...], expected: str) -> None:
    """Without a spot the option's own market stands for its worth."""
    assert Cap(Decimal(expected)) == cap(held, spot=None, quotes=quotes)


@pytest.mark.parametrize("held", [("-1 750P",), ("+1 750P",), ("-1 740P", "-1 760C")])
def test_no_cap_without_any_knowledge(held: tuple[str, ...]) -> None:
    """With neither a spot nor a quote nothing can be justified, and it is said."""
    found = cap(*held, spot=None)

    assert found.net_price is None
    assert found.note.endswith(": neither a spot nor a usable quote")


@pytest.mark.parametrize(
    ("held", "beside", "expected"),
    [
        pytest.param("-1 750P", ("+1 749P",), "-1", id="the long that stays bounds the loss"),
        pytest.param("-1 750P", ("+1 740P",), "-2.255", id="the leg's own cap is tighter"),
        pytest.param("-1 750P", ("+1 750P 160115",), "-2.255", id="a long that lives on does not"),
        pytest.param("-1 750P", ("-1 749P",), "-2.255", id="a short that stays does not"),
        pytest.param("-1 750P", ("+100 shares",), "-2.255", id="shares do not"),
    ],
)
def test_legs_left_beside(held: str, beside: tuple[str, ...], expected: str) -> None:
    """A short closed alone never costs more than the whole spread could lose."""
    assert Cap(Decimal(expected)) == cap(held, beside=beside)


def test_quotes_of_another_session() -> None:
    """SPXW of 2023-06-30: quotes four sessions old do not widen the cap; intrinsic rules."""
    now = datetime(2023, 6, 30, 19, 50, tzinfo=UTC)
    session = Session(
        date(2023, 6, 30),
        datetime(2023, 6, 30, 13, 30, tzinfo=UTC),
        datetime(2023, 6, 30, 20, 0, tzinfo=UTC),
        early_close=False,
    )
    last_quote = datetime(2023, 6, 26, 21, 0, tzinfo=UTC)
    quotes = by_symbol(quote("SPXW 4445C 230630", "1", "30", now=last_quote))

    found = cap_for(
        legs("-1 SPXW 4445C 230630"),
        spot=Decimal("4454.14"),
        quotes=quotes,
        pricing=Pricing(),
        session=session,
        now=now,
    )

    assert Cap(Decimal("-20.2525")) == found  # 9.14 intrinsic, 11.1125 a quarter percent


@given(
    strikes=st.lists(st.integers(1, 2000), min_size=2, max_size=2, unique=True),
    right=st.sampled_from(Right),
    prices=st.lists(st.decimals(min_value=0, max_value=900, places=2), min_size=4, max_size=4),
    spot=st.none() | st.decimals(min_value="0.01", max_value=3000, places=2),
)
def test_no_vertical_is_bought_above_its_width(
    strikes: list[int], right: Right, prices: list[Decimal], spot: Decimal | None
) -> None:
    """Whatever is quoted, closing a vertical costs no more than the distance of its strikes."""
    held = tuple(
        Leg(OptionContract(GOOG, SESSION.day, right, Decimal(strike)), quantity)
        for strike, quantity in zip(strikes, (-1, 1), strict=True)
    )
    quotes = {
        leg.symbol: Quote(leg.symbol, prices[2 * i], prices[2 * i + 1], NOW)
        for i, leg in enumerate(held)
    }

    found = cap_for(
        held, spot=spot, quotes=quotes, pricing=Pricing(), session=SESSION, now=NOW
    ).net_price

    width = Decimal(abs(strikes[0] - strikes[1]))

    assert found is not None
    assert -width <= found <= width / 2  # one that can only bring money is not given away
