"""What a broker tells of sessions, quotes and contracts: cards 21 to 24, 46, 47 and 49."""

from decimal import Decimal

import pytest

from botd.domain.contract import TickRule
from botd.errors import OrderRefused, RefusalReason
from tests.contract.asking import BUY, day, is_lacking, listed
from tests.contract.stand import (
    LATER,
    LONG_PUT,
    OFFICIAL_CLOSE,
    ONE_SIDED,
    SHORT_PUT,
    UNDERLYING,
    Stand,
    order,
)


async def test_21_calendar_is_told(stand: Stand) -> None:
    """Card 21: an early close and a holiday, as instants; no calendar is no answer."""
    today = await stand.broker.session(stand.now().date())
    holiday = await stand.broker.session(day(stand, "12:00", days=1).date())

    assert is_lacking(stand, 21) is not stand.broker.card.has_calendar
    if is_lacking(stand, 21):
        assert (None, None) == (today, holiday)
        return
    assert today is not None
    assert holiday is not None
    assert (day(stand, "14:30"), day(stand, "18:00")) == (today.opens_at, today.closes_at)
    assert (None, None) == (holiday.opens_at, holiday.closes_at)


async def test_22_closed_market_refuses(stand: Stand) -> None:
    """Card 22: after the close nothing is taken, the account is still read."""
    stand.hold({LATER: -1})
    stand.at(day(stand, "18:30"))
    late = order(stand, "bd1-a", ((LATER, 1),), "-12.00")

    if is_lacking(stand, 22):
        report = await stand.broker.submit(late)
        assert not report.is_final
        return
    with pytest.raises(OrderRefused) as caught:
        await stand.broker.submit(late)

    assert RefusalReason.MARKET_CLOSED is caught.value.refusal.reason
    assert stand.account == (await stand.broker.account()).account
    assert () == await listed(stand)


async def test_23_expired_contract_refuses(stand: Stand) -> None:
    """Card 23: what has stopped trading is told apart from what is not held."""
    stand.hold({SHORT_PUT: -1})
    stand.at(day(stand, "15:00", days=4))

    with pytest.raises(OrderRefused) as caught:
        await stand.broker.submit(order(stand, "bd1-a", BUY, "-1.00"))

    is_told = RefusalReason.CONTRACT_EXPIRED is caught.value.refusal.reason
    assert is_lacking(stand, 23) is not is_told


async def test_24_side_without_anybody_is_not_a_price(stand: Stand) -> None:
    """Card 24: a quote without bids has none, or none above zero; a missing one is missing."""
    unknown = "GOOG151224C00900000"
    view = await stand.broker.market(frozenset({ONE_SIDED, LONG_PUT, unknown}), frozenset())

    assert not view.quotes[ONE_SIDED].bid
    assert Decimal("0.40") == view.quotes[ONE_SIDED].ask
    assert 5 == view.quotes[ONE_SIDED].ask_size
    assert {ONE_SIDED, LONG_PUT} == set(view.quotes)
    assert {} == view.last_trades


async def test_46_official_close_is_told(stand: Stand) -> None:
    """Card 46: nothing before the bell, and the close once it is known."""
    today = stand.now().date()

    before = await stand.broker.official_close(UNDERLYING, today)
    stand.at(day(stand, "19:30"))
    stand.tell_official_close()
    after = await stand.broker.official_close(UNDERLYING, today)

    assert is_lacking(stand, 46) is not stand.broker.card.has_official_close
    assert before is None
    assert (None if is_lacking(stand, 46) else OFFICIAL_CLOSE) == after


async def test_47_blocked_account_is_told(stand: Stand) -> None:
    """Card 47: an account that cannot trade says so before an order does."""
    can_be = stand.block()

    state = await stand.broker.account()

    assert is_lacking(stand, 47) is not can_be
    assert state.can_trade is not can_be
    assert bool(state.blocked) is can_be


async def test_49_contract_terms_are_told(stand: Stand) -> None:
    """Card 49: the multiplier, and the price step where the card promises it."""
    terms = await stand.broker.terms(frozenset({SHORT_PUT}))

    if is_lacking(stand, 49):
        assert {} == terms
        return
    assert {SHORT_PUT} == set(terms)
    assert SHORT_PUT == terms[SHORT_PUT].symbol
    assert terms[SHORT_PUT].multiplier in {None, 100}
    told = TickRule.NICKEL_DIME if stand.broker.card.gives_tick_rules else None
    assert told is terms[SHORT_PUT].tick_rule
