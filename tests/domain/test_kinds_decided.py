"""What is decided about futures, event contracts and crypto options, and at what price."""

from dataclasses import replace
from decimal import Decimal

import pytest

from botd.domain.bot import Amount, Pricing, PricingMode
from botd.domain.budget import danger
from botd.domain.cap import Cap, cap_for
from botd.domain.contract import Leg
from botd.domain.decide import decide
from botd.domain.decision import (
    Accept,
    Close,
    Decision,
    HandOver,
    Leave,
    LegMoneyness,
    Moneyness,
    Reason,
    Settle,
)
from botd.domain.label import called, label
from botd.domain.ladder import plan_ladder, price
from botd.domain.moneyness import assess
from botd.domain.payoff import best_at_expiration, worst_at_expiration
from botd.domain.position import ManualReason, Policy
from botd.domain.quote import LastTrade, MarketView, Quote
from botd.domain.schedule import around_the_clock
from botd.domain.strategy import name
from tests.domain.kinds import (
    BTC_CALL,
    BTC_WING,
    CL,
    ES,
    NO,
    NOW,
    YES,
    T,
    case,
    contract,
    held,
    leg,
)

SESSION = around_the_clock(T, NOW)


@pytest.mark.parametrize(
    ("symbol", "policy", "expected"),
    [
        pytest.param(ES, None, Close(Reason.LAST_TRADING_DAY, (leg(ES, 2),), 1), id="close"),
        pytest.param(
            ES,
            Policy.HAND_OVER,
            HandOver(Reason.POLICY, ManualReason.POLICY, "last trading day"),
            id="hand over",
        ),
        pytest.param(
            ES, Policy.SETTLE, Settle(Reason.POLICY, "last trading day"), id="an index settles"
        ),
        pytest.param(
            ES,
            Policy.ACCEPT,
            Settle(Reason.POLICY, "last trading day; cash-settled: nothing is delivered"),
            id="an index delivers nothing",
        ),
        pytest.param(
            CL,
            Policy.SETTLE,
            Close(
                Reason.LAST_TRADING_DAY,
                (leg(CL, 2),),
                1,
                note="physical delivery does not settle: closed instead",
            ),
            id="oil does not settle",
        ),
        pytest.param(
            CL,
            Policy.ACCEPT,
            Accept(
                Reason.POLICY,
                "last trading day; what its delivery needs is not known",
                is_covered=False,
            ),
            id="oil that is wanted pages",
        ),
    ],
)
def test_a_future_goes_by_its_policy(
    symbol: str, policy: Policy | None, expected: Decision
) -> None:
    """Nothing judges it but time, so that its last trading day is what threatens."""
    assert expected == decide(case(held(leg(symbol, 2), policy=policy)))


@pytest.mark.parametrize(
    ("symbol", "spot", "expected"),
    [
        pytest.param(YES, "62", Moneyness.ITM, id="YES, winning"),
        pytest.param(YES, "38", Moneyness.OTM, id="YES, losing"),
        pytest.param(YES, "50", Moneyness.ATM, id="YES, even"),
        pytest.param(NO, "38", Moneyness.ITM, id="NO, winning"),
        pytest.param(NO, "62", Moneyness.OTM, id="NO, losing"),
        pytest.param(BTC_CALL, "90000.01", Moneyness.ITM, id="bitcoin, a cent in the money"),
        pytest.param(BTC_CALL, "89999.99", Moneyness.OTM, id="bitcoin, a cent out of it"),
    ],
)
def test_how_each_stands(symbol: str, spot: str, expected: Moneyness) -> None:
    """An event's market says who is ahead; what trades around the clock has its last trade."""
    position = held(leg(symbol))
    seen = LastTrade(position.underlying, Decimal(spot), NOW)
    view = MarketView(NOW, {}, {}, {position.underlying: seen})

    [judged] = assess(position.legs, view, case(position).rules, SESSION)

    assert (expected, "") == (judged.state, judged.note)


@pytest.mark.parametrize("symbol", [YES, NO, BTC_CALL])
@pytest.mark.parametrize(
    ("state", "policy", "expected"),
    [
        pytest.param("OTM", None, Leave, id="losing is left"),
        pytest.param("ITM", None, Close, id="winning is closed"),
        pytest.param("UNKNOWN", None, Close, id="unknown is closed"),
        pytest.param("ITM", Policy.SETTLE, Settle, id="it may settle"),
        pytest.param("ITM", Policy.ACCEPT, Settle, id="nothing is delivered"),
        pytest.param("ITM", Policy.HAND_OVER, HandOver, id="a person wants it"),
    ],
)
def test_events_and_crypto_options_go_by_the_rules_of_options(
    symbol: str, state: str, policy: Policy | None, expected: type[Decision]
) -> None:
    """They are options that settle in cash."""
    assert expected is type(decide(case(held(leg(symbol), policy=policy), state=state)))


@pytest.mark.parametrize(
    ("legs", "expected"),
    [
        pytest.param((leg(ES, -2),), "short future", id="a future"),
        pytest.param((leg(YES, 5),), "long YES", id="an event"),
        pytest.param((leg(NO, -5),), "short NO", id="the other side, sold"),
        pytest.param((leg(BTC_CALL),), "long call", id="a crypto option"),
        pytest.param((leg(BTC_CALL, -1), leg(BTC_WING)), "vertical", id="a crypto vertical"),
        pytest.param((leg(ES), leg("future:ES 03-27", -1)), "custom", id="two months"),
    ],
)
def test_strategies(legs: tuple[Leg, ...], expected: str) -> None:
    """A future is no share, and a side of an event no call."""
    assert expected == name(legs)


@pytest.mark.parametrize(
    ("symbol", "expected"),
    [
        pytest.param(ES, "ES 12-26", id="a future by its month"),
        pytest.param(YES, "event 100 YES", id="an event by its side"),
        pytest.param(BTC_CALL, "BTC 27NOV26 90000C", id="a crypto option by its day"),
        pytest.param("GOOG261218P00740000", "GOOG 740P", id="a listed option"),
    ],
)
def test_how_each_is_called(symbol: str, expected: str) -> None:
    """In its own market's words."""
    assert expected == called(contract(symbol))


@pytest.mark.parametrize(
    ("legs", "expected"),
    [
        pytest.param((leg(ES, -1),), "ES 12-26 -2", id="futures"),
        pytest.param((leg(NO, 5),), "event 100 NO +10", id="shares of an event"),
        pytest.param((leg(BTC_CALL, 3),), "BTC 27NOV26 90000C +6", id="crypto options"),
        pytest.param((leg(BTC_CALL, -1), leg(BTC_WING)), "BTC 90000/95000C x2", id="a spread"),
    ],
)
def test_labels(legs: tuple[Leg, ...], expected: str) -> None:
    """Their size counts contracts, of all units."""
    assert expected == label(held(*legs, units=2))


def cap(
    *legs: Leg, spot: str, quotes: tuple[Quote, ...] = (), pricing: Pricing | None = None
) -> Cap:
    return cap_for(
        legs,
        spot=Decimal(spot),
        quotes={one.symbol: one for one in quotes},
        pricing=pricing or Pricing(),
        session=SESSION,
        now=NOW,
    )


def quoted(symbol: str, bid: str, ask: str) -> Quote:
    return Quote(symbol, Decimal(bid), Decimal(ask), NOW)


def test_a_future_has_no_worst_case() -> None:
    """Nothing bounds its price, so that no limit can be justified, and it says so."""
    assert Cap(None, "only options have a worst case") == cap(leg(ES), spot="5797")
    assert None is worst_at_expiration((leg(YES, -1),))


def test_a_spread_of_crypto_options_is_capped_at_its_width() -> None:
    """Per coin, as its prices are quoted."""
    assert Cap(Decimal(-5000)) == cap(leg(BTC_CALL, -1), leg(BTC_WING), spot="93000")


@pytest.mark.parametrize(
    ("symbol", "quantity", "expected"),
    [
        pytest.param(YES, 1, "57.00", id="sold"),
        pytest.param(YES, -1, "-67.00", id="bought back"),
        pytest.param(NO, 1, "57.00", id="the other side"),
    ],
)
def test_an_event_is_capped_around_its_market(symbol: str, quantity: int, expected: str) -> None:
    """What it pays in the end is no price: half an hour before it may still lose all."""
    pricing = Pricing(max_overpay=Amount(Decimal(5)))

    found = cap(
        leg(symbol, quantity), spot="99", quotes=(quoted(symbol, "61", "63"),), pricing=pricing
    )

    assert Cap(Decimal(expected)) == found


def test_an_event_without_a_market_has_no_cap() -> None:
    """Neither its spot nor its payout says what it is worth."""
    assert None is cap(leg(YES), spot="62").net_price


@pytest.mark.parametrize("symbol", [YES, NO])
@pytest.mark.parametrize("quantity", [1, -1])
def test_events_are_no_line(symbol: str, quantity: int) -> None:
    """What pays all or nothing has a step, and the corners of lines say nothing of it."""
    assert None is worst_at_expiration((leg(symbol, quantity),))
    assert None is best_at_expiration((leg(symbol, quantity),))


@pytest.mark.parametrize("symbol", [ES, YES, BTC_CALL])
def test_a_market_order_needs_no_price(symbol: str) -> None:
    """Where no limit is taken none is asked for."""
    pricing = replace(Pricing(), mode=PricingMode.MARKET)

    found = price(
        (leg(symbol),),
        plan_ladder(pricing, T - NOW, None),
        0,
        quotes={},
        spot=None,
        cap=Cap(None),
        pricing=pricing,
        now=NOW,
        session=SESSION,
        previous=None,
    )

    assert found.is_market
    assert None is found.net_price


@pytest.mark.parametrize(
    ("symbol", "spot", "moved"),
    [
        pytest.param(BTC_CALL, "93000", "-30.00", id="3000 of a hundredth of a bitcoin"),
        pytest.param(YES, "62", "-100", id="what the event pays"),
    ],
)
def test_danger_counts_dollars(symbol: str, spot: str, moved: str) -> None:
    """By what its end would move, not by whole coins."""
    one = leg(symbol, -1)
    judged = LegMoneyness(symbol, Moneyness.ITM, Decimal(50), Decimal(spot), NOW)

    assert (0, Decimal(moved)) == danger((one,), 1, (judged,))
