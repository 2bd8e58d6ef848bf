from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from botd.domain.bot import Amount, Pricing, PricingMode
from botd.domain.contract import Leg, TickRule
from botd.domain.ladder import (
    Cap,
    LadderPlan,
    PriceStep,
    cap_for,
    plan_ladder,
    price,
    steps_of,
)
from botd.domain.quote import Quote
from botd.domain.session import Session
from botd.domain.ticks import round_in_favour, tick_at
from tests.domain.given import GOOG, NOW, SESSION, by_symbol, legs, option, quote

NORMAL = plan_ladder(Pricing(), timedelta(minutes=5), None)
# GOOG's 750 put and its neighbours at 17:50Z of the recorded half-day, spot 749.62.
PUT_750 = quote("750P", "0.45", "0.90")
PUT_745 = quote("745P", None, "0.10")
CALL_750 = quote("750C", "0.15", "0.30")
SPX_SESSION = Session(
    date(2023, 6, 30),
    datetime(2023, 6, 30, 13, 30, tzinfo=UTC),
    datetime(2023, 6, 30, 20, 0, tzinfo=UTC),
    early_close=False,
)
SPX_NOW = datetime(2023, 6, 30, 19, 50, tzinfo=UTC)


def seconds(count: float) -> timedelta:
    return timedelta(seconds=count)


def step(
    held: tuple[Leg, ...],
    quotes: tuple[Quote, ...] = (),
    *,
    index: int = 0,
    spot: str | None = "749.62",
    pricing: Pricing | None = None,
    previous: str | None = None,
    session: Session = SESSION,
    now: datetime = NOW,
) -> PriceStep:
    """Price one step as the engine does: cap and price from the same moment."""
    rules = pricing or Pricing()
    at = None if spot is None else Decimal(spot)
    seen = by_symbol(*quotes)
    return price(
        held,
        NORMAL,
        index,
        quotes=seen,
        spot=at,
        cap=cap_for(held, spot=at, quotes=seen, pricing=rules, session=session, now=now),
        pricing=rules,
        now=now,
        session=session,
        previous=None if previous is None else Decimal(previous),
    )


def walk(
    held: tuple[Leg, ...],
    quotes: tuple[Quote, ...],
    spot: str | None = "749.62",
    pricing: Pricing | None = None,
) -> list[Decimal | None]:
    """Price the four steps of a normal ladder from one quote."""
    return [step(held, quotes, index=i, spot=spot, pricing=pricing).net_price for i in range(4)]


def prices(*texts: str) -> list[Decimal]:
    return [Decimal(text) for text in texts]


@pytest.mark.parametrize(
    ("mode", "available", "max_steps", "count", "step_seconds"),
    [
        pytest.param(PricingMode.NORMAL, 240, None, 4, 10, id="normal"),
        pytest.param(PricingMode.NORMAL, 40, None, 4, 10, id="normal just fits"),
        pytest.param(PricingMode.NORMAL, 39.999, None, 3, 10, id="a middle price is dropped"),
        pytest.param(PricingMode.NORMAL, 30, None, 3, 10, id="three just fit"),
        pytest.param(PricingMode.NORMAL, 29.999, None, 2, 10, id="mid and final"),
        pytest.param(PricingMode.NORMAL, 20, None, 2, 10, id="mid and final just fit"),
        pytest.param(PricingMode.NORMAL, 19, None, 2, 9, id="then the step is shortened"),
        pytest.param(PricingMode.NORMAL, 15, None, 2, 5, id="to no less than five seconds"),
        pytest.param(PricingMode.NORMAL, 14.999, None, 1, 10, id="the final price alone"),
        pytest.param(PricingMode.NORMAL, 9, None, 1, 10, id="below ten seconds"),
        pytest.param(PricingMode.NORMAL, 0, None, 1, 10, id="no time at all"),
        pytest.param(PricingMode.FAST, 20, None, 3, 5, id="fast just fits"),
        pytest.param(PricingMode.FAST, 19, None, 2, 5, id="fast without its middle"),
        pytest.param(PricingMode.FAST, 14, None, 1, 5, id="fast, final alone"),
        pytest.param(PricingMode.PATIENT, 90, None, 5, 20, id="patient just fits"),
        pytest.param(PricingMode.PATIENT, 53, None, 3, 20, id="patient in the last minute"),
        pytest.param(PricingMode.NORMAL, 240, 3, 3, 10, id="a budget of three orders"),
        pytest.param(PricingMode.NORMAL, 240, 1, 1, 10, id="a budget of one order"),
        pytest.param(PricingMode.NORMAL, 240, 0, 1, 10, id="at least the final price"),
        pytest.param(PricingMode.NORMAL, 240, 9, 4, 10, id="a budget beyond the mode"),
        pytest.param(PricingMode.LIMIT, 240, None, 1, 0, id="limit"),
        pytest.param(PricingMode.MARKET, 240, None, 1, 0, id="market"),
    ],
)
def test_plan(
    mode: PricingMode, available: float, max_steps: int | None, count: int, step_seconds: float
) -> None:
    """Middle prices go first, then the step is shortened, and the final price always stays."""
    expected = tuple(Fraction(i, count - 1) for i in range(count)) if count > 1 else (Fraction(1),)

    plan = plan_ladder(Pricing(mode=mode), seconds(available), max_steps)

    assert LadderPlan(expected, seconds(step_seconds)) == plan


def test_final_price_at_mid_is_one_step() -> None:
    """Where the ladder ends at mid, all its prices are alike and one order is enough."""
    pricing = Pricing(final_price=50)

    assert 1 == steps_of(pricing)
    assert (Fraction(1),) == plan_ladder(pricing, seconds(240), None).fractions


@given(
    mode=st.sampled_from(PricingMode),
    available=st.integers(0, 400),
    max_steps=st.none() | st.integers(0, 6),
)
def test_plan_keeps_its_times(mode: PricingMode, available: int, max_steps: int | None) -> None:
    """A ladder ends at the final price, and its last price has ten seconds or stands alone."""
    plan = plan_ladder(Pricing(mode=mode), seconds(available), max_steps)
    count = len(plan.fractions)

    assert 1 == plan.fractions[-1]
    assert all(earlier < later for earlier, later in pairwise(plan.fractions))
    assert count <= max(1, max_steps if max_steps is not None else count)
    if count > 1:
        assert 0 == plan.fractions[0]
        assert plan.step_seconds >= seconds(5)
        assert plan.step_seconds * (count - 1) + seconds(10) <= seconds(available)


@pytest.mark.parametrize(
    ("held", "quotes", "expected"),
    [
        pytest.param(
            legs("-1 750P"),
            (PUT_750,),
            prices("-0.67", "-0.75", "-0.82", "-0.90"),
            id="short put bought back from mid to the ask",
        ),
        pytest.param(
            legs("+1 750P"),
            (PUT_750,),
            prices("0.68", "0.60", "0.53", "0.45"),
            id="long put sold from mid to the bid",
        ),
        pytest.param(
            legs("-1 750P", "+1 747.5P"),
            (PUT_750, quote("747.5P", "0.05", "0.20")),
            prices("-0.55", "-0.65", "-0.75", "-0.85"),
            id="short vertical",
        ),
        pytest.param(
            legs("-2 750P", "+2 747.5P"),
            (PUT_750, quote("747.5P", "0.05", "0.20")),
            prices("-1.10", "-1.30", "-1.50", "-1.70"),
            id="two in a unit cost twice as much",
        ),
        pytest.param(
            legs("-2 750P"),
            (PUT_750,),
            prices("-1.34", "-1.50", "-1.64", "-1.80"),
            id="two alone move in two ticks",
        ),
        pytest.param(
            legs("+100 shares", "-1 750C"),
            (CALL_750,),
            prices("-0.22", "-0.25", "-0.27", "-0.30"),
            id="covered call: the call alone",
        ),
    ],
)
def test_recorded_ladder(
    held: tuple[Leg, ...], quotes: tuple[Quote, ...], expected: list[Decimal]
) -> None:
    """From mid to natural in thirds, on the tick, rounded in our favour."""
    assert expected == walk(held, quotes)


@pytest.mark.parametrize(
    ("percent", "expected"),
    [
        pytest.param(50, "-0.67", id="mid"),
        pytest.param(75, "-0.78", id="halfway to the natural, rounded in our favour"),
        pytest.param(100, "-0.90", id="natural"),
        pytest.param(150, "-1.12", id="half a spread beyond"),
    ],
)
def test_final_price(percent: int, expected: str) -> None:
    """The final price is a percentage of the spread away from us."""
    pricing = Pricing(final_price=percent)

    assert (
        Decimal(expected) == step(legs("-1 750P"), (PUT_750,), index=3, pricing=pricing).net_price
    )


def test_final_sale_price_is_rounded_up() -> None:
    """A final price of 4.23 on a sale in nickels becomes 4.25."""
    quotes = (quote("SPXW 740P", "4.25", "4.35"), quote("SPXW 735P", "0", "0.02"))

    priced = step(legs("+1 SPXW 740P", "-1 SPXW 735P"), quotes, index=3, spot="735")

    assert Decimal("4.25") == priced.net_price


@pytest.mark.parametrize(
    ("previous", "index", "expected"),
    [
        pytest.param("-0.80", 1, "-0.80", id="the market came back: stay"),
        pytest.param("-0.70", 1, "-0.75", id="go on toward the natural"),
        pytest.param("-0.90", 3, "-0.90", id="at the final price"),
        pytest.param("-1.20", 2, "-0.90", id="not beyond the present final price"),
    ],
)
def test_moves_only_toward_the_natural(previous: str, index: int, expected: str) -> None:
    """A step never asks for more than the one before, and never passes the final price."""
    priced = step(legs("-1 750P"), (PUT_750,), index=index, previous=previous)

    assert Decimal(expected) == priced.net_price


def test_capped_order_rests_at_the_cap() -> None:
    """A mid above the width, as recorded in last minutes, is capped, and rests there."""
    quotes = (quote("750P", "6", "8"), quote("745P", "0.05", "0.10"))

    priced = step(legs("-1 750P", "+1 745P"), quotes)

    assert (
        PriceStep(Decimal("-5.00"), is_capped=True, is_rest=True, notes=("capped at -5",)) == priced
    )


def test_capped_order_that_still_trades_does_not_rest() -> None:
    """A cap between the natural and a final price beyond it leaves an order that can fill."""
    pricing = Pricing(final_price=150, max_overpay=Amount(Decimal("0.60")))

    priced = step(legs("-1 750P"), (PUT_750,), index=3, pricing=pricing)

    assert (Decimal("-0.98"), True, False) == (
        priced.net_price,
        priced.is_capped,
        priced.is_rest,
    )


def test_cap_off_the_tick_is_rounded_inside() -> None:
    """A cap between two ticks allows the one in our favour."""
    pricing = Pricing(max_overpay=Amount(Decimal("0.255")))

    priced = step(legs("-1 750P"), (PUT_750,), index=3, pricing=pricing)

    assert Decimal("-0.63") == priced.net_price  # the cap is -0.635


def test_cap_counts_more_than_the_previous_price() -> None:
    """When the spot has moved the cap in, the next price follows it."""
    pricing = Pricing(max_overpay=Amount(Decimal("0.10")))

    priced = step(legs("-1 750P"), (PUT_750,), index=1, pricing=pricing, previous="-0.75")

    assert Decimal("-0.48") == priced.net_price


def test_stale_itm_call_is_priced_from_intrinsic_value() -> None:
    """SPXW of 2023-06-30: quotes are four sessions old, so a long ITM call starts at 9.14."""
    held = legs("+1 SPXW 4445C 230630")
    stale = quote("SPXW 4445C 230630", "1.0", "1.1", now=datetime(2023, 6, 26, 21, 0, tzinfo=UTC))

    steps = [
        step(held, (stale,), index=i, spot="4454.14", session=SPX_SESSION, now=SPX_NOW)
        for i in range(4)
    ]

    assert prices("9.20", "7.70", "6.10", "4.60") == [one.net_price for one in steps]
    assert {("SPXW230630C04445000: no usable quote, priced from intrinsic value",)} == {
        one.notes for one in steps
    }


def test_stale_short_itm_call_is_bought_within_the_cap() -> None:
    """The short of it pays from intrinsic value up to the cap."""
    held = legs("-1 SPXW 4445C 230630")

    steps = [
        step(held, (), index=i, spot="4454.14", session=SPX_SESSION, now=SPX_NOW).net_price
        for i in range(4)
    ]

    assert prices("-9.10", "-12.80", "-16.50", "-20.20") == steps


def test_leg_without_a_bid_adds_nothing() -> None:
    """A worthless long leg is given away with the package, and marked."""
    priced = step(legs("-1 750P", "+1 745P"), (PUT_750, PUT_745), index=3)

    note = "GOOG151224P00745000: no usable quote, priced from intrinsic value and ask 0.10"
    assert PriceStep(Decimal("-0.90"), notes=(note,)) == priced


@pytest.mark.parametrize(
    ("held", "seen", "index", "expected"),
    [
        pytest.param("+1 745P", PUT_745, 0, "0.01", id="worthless long: the smallest tick"),
        pytest.param("+2 745P", PUT_745, 0, "0.02", id="two of them"),
        pytest.param("+1 745P", quote("745P", "0", "0.01"), 3, "0.01", id="nobody bids"),
        pytest.param("-1 745P", quote("745P", "0", "0.01"), 0, "-0.01", id="worthless short"),
        pytest.param("-2 745P", quote("745P", "0", "0.01"), 0, "-0.02", id="two shorts"),
    ],
)
def test_nothing_is_given_for_nothing(held: str, seen: Quote, index: int, expected: str) -> None:
    """A single leg has no price of zero: the smallest tick stands for it."""
    priced = step(legs(held), (seen,), index=index)

    assert Decimal(expected) == priced.net_price
    assert "the smallest price there is" == priced.notes[-1]


def test_strangle_of_worthless_longs_asks_a_penny() -> None:
    """Longs of both rights are sold for something, too."""
    quotes = (quote("740P", "0", "0.01"), quote("760C", "0", "0.01"))

    assert Decimal("0.01") == step(legs("+1 740P", "+1 760C"), quotes, index=3).net_price


def test_spread_may_close_at_zero() -> None:
    """Between legs of both signs a net price of zero is legal."""
    quotes = (quote("740P", "0.05", "0.05"), quote("735P", "0.05", "0.05"))

    assert PriceStep(Decimal("0.00")) == step(legs("-1 740P", "+1 735P"), quotes)


def test_long_spread_is_not_paid_to_leave() -> None:
    """A long vertical whose quotes cross its legs is never sold below half its worth."""
    quotes = (quote("750P", "0.05", "0.10"), quote("745P", "0.05", "0.30"))

    priced = step(legs("+1 750P", "-1 745P"), quotes, index=3)

    assert (Decimal("0.19"), True) == (priced.net_price, priced.is_capped)


def test_no_tick_within_the_cap() -> None:
    """Where even the smallest price passes the cap, none is sent."""
    pricing = Pricing(max_overpay=Amount(Decimal(0)))

    priced = step(legs("-1 745P"), (quote("745P", "0", "0.01"),), pricing=pricing)

    assert PriceStep(None, notes=("no tick within the cap 0",)) == priced


def test_market_has_no_price() -> None:
    """A market order needs neither quote nor cap."""
    pricing = Pricing(mode=PricingMode.MARKET)

    assert PriceStep(None, is_market=True) == step(legs("-1 750P"), spot=None, pricing=pricing)


def test_nothing_known_gives_no_price() -> None:
    """With neither a spot nor a quote no limit price can be justified."""
    note = "no price can be justified: GOOG151224P00750000: neither a spot nor a usable quote"

    assert PriceStep(None, notes=(note,)) == step(legs("-1 750P"), spot=None)


def test_width_alone_justifies_no_price() -> None:
    """A spread of which nothing is known is not bought at its worst case."""
    note = "no price can be justified: a leg has neither a spot nor a usable quote"

    assert PriceStep(None, notes=(note,)) == step(legs("-1 750P", "+1 745P"), spot=None)


@pytest.mark.parametrize(
    ("held", "expected"),
    [
        pytest.param(legs("-1 750P", "+1 735P"), "-0.90", id="short spread: within its width"),
        pytest.param(legs("-1 735P", "+1 750P"), None, id="short of which nothing is known"),
        pytest.param(legs("+1 760P", "-1 750P"), None, id="long spread: not given away"),
    ],
)
def test_spread_with_an_unknown_leg(held: tuple[Leg, ...], expected: str | None) -> None:
    """Without a spot a short spread still closes beside a long wing that nobody quotes."""
    priced = step(held, (PUT_750,), index=3, spot=None).net_price

    assert (None if expected is None else Decimal(expected)) == priced


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        pytest.param(TickRule.NICKEL_DIME, "-1.03", id="seen to trade in pennies"),
        pytest.param(TickRule.PENNY_PROGRAM, "-1.03", id="known to trade in pennies"),
    ],
)
def test_quotes_prove_a_finer_tick(rule: TickRule, expected: str) -> None:
    """A class whose quotes lie between its known ticks is priced by the finer ones."""
    held = (Leg(option("750P", replace(GOOG, tick_rule=rule)), -1),)

    priced = step(held, (quote("750P", "0.99", "1.03"),), index=3)

    assert Decimal(expected) == priced.net_price


def test_previous_price_proves_a_finer_tick() -> None:
    """A price of pennies is not taken back by a quote that happens to lie on nickels."""
    held = (Leg(option("750P", replace(GOOG, tick_rule=TickRule.NICKEL_DIME)), -1),)

    assert Decimal("-0.73") == step(held, (PUT_750,), index=0, previous="-0.73").net_price


CENTS = st.integers(0, 3000).map(lambda cents: Decimal(cents) / 100)
SHAPES = st.sampled_from(
    [
        legs("-1 750P"),
        legs("+1 750P"),
        legs("-1 750P", "+1 745P"),
        legs("+2 750P", "-2 745P"),
        legs("+1 735P", "-1 740P", "-1 760C", "+1 770C"),
        legs("-1 740P", "-1 760C"),
        legs("+1 740C", "-2 750C"),
        legs("-1 SPXW 750P", "+1 SPXW 745P"),
        legs("-3 SPXW 750C"),
    ]
)


@st.composite
def markets(draw: st.DrawFn, held: tuple[Leg, ...]) -> dict[str, Quote]:
    """Quote every leg validly, on no particular tick."""
    quotes = {}
    for leg in held:
        bid = draw(CENTS)
        ask = bid + draw(st.integers(1, 300)) / Decimal(100)
        quotes[leg.symbol] = Quote(leg.symbol, bid, ask, NOW)
    return quotes


@given(data=st.data(), held=SHAPES, percent=st.integers(50, 150), is_moving=st.booleans())
def test_ladder_properties(
    data: st.DataObject, held: tuple[Leg, ...], percent: int, *, is_moving: bool
) -> None:
    """
    Every price is legal, inside the cap, and never past the present final price.

    While the market stands still it starts at mid and only moves toward the natural.
    """
    pricing = Pricing(final_price=percent)
    spot = data.draw(st.decimals(min_value=700, max_value=800, places=2))
    quotes = data.draw(markets(held))
    previous: Decimal | None = None
    for index in range(4):
        if is_moving:
            quotes = data.draw(markets(held))
        cap = cap_for(held, spot=spot, quotes=quotes, pricing=pricing, session=SESSION, now=NOW)
        priced = price(
            held,
            NORMAL,
            index,
            quotes=quotes,
            spot=spot,
            cap=cap,
            pricing=pricing,
            now=NOW,
            session=SESSION,
            previous=previous,
        ).net_price
        assert priced is not None
        assert cap.net_price is not None
        assert cap.net_price <= priced
        check_tick(held, priced)
        check_bounds(held, quotes, percent, priced, cap)
        if not is_moving and previous is not None:
            assert priced <= previous
        previous = priced


def check_tick(held: tuple[Leg, ...], priced: Decimal) -> None:
    """A penny is a tick everywhere; a package of SPXW moves in nickels."""
    ratio = min(abs(leg.quantity) for leg in held)
    is_spx_package = held[0].symbol.startswith("SPXW") and len(held) > 1
    tick = Decimal("0.05") if is_spx_package else Decimal("0.01")
    assert 0 == priced / ratio % tick


def check_bounds(
    held: tuple[Leg, ...], quotes: dict[str, Quote], percent: int, priced: Decimal, cap: Cap
) -> None:
    """Between mid and final, but for the tick in our favour, the cap and the price of nothing."""
    mid = natural = Decimal(0)
    for leg in held:
        bid, ask = quotes[leg.symbol].bid, quotes[leg.symbol].ask
        assert bid is not None
        assert ask is not None
        mid += leg.quantity * (bid + ask) / 2
        natural += leg.quantity * (bid if leg.quantity > 0 else ask)
    final = mid + (natural - mid) * (percent - 50) / 50
    ratio = min(abs(leg.quantity) for leg in held)
    coarsest = ratio * Decimal("0.10")
    assert cap.net_price is not None
    assert priced >= final or abs(priced) <= ratio * Decimal("0.05")
    assert priced <= max(mid, cap.net_price) + coarsest


def test_tick_of_property_is_the_rule() -> None:
    """The grids that the properties rest on are those of the rules."""
    assert Decimal("0.05") == tick_at(Decimal(1), TickRule.SPX, 2)
    assert Decimal("0.68") == round_in_favour(Decimal("0.675"), rule=GOOG.tick_rule, n_legs=1)
