"""What a broker tells of sessions, quotes and contracts: cards 21 to 24, 46, 47 and 49."""

from decimal import Decimal

import pytest

from botd.domain.contract import TickRule
from botd.errors import OrderRefused, RefusalReason
from tests.contract.asking import day, is_lacking, listed, midnight
from tests.contract.stand import Stand, filling, order


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
    stand.hold({stand.product.later.symbol: stand.product.later.held})
    stand.at(day(stand, "18:30"))
    late = order(stand, "bd1-a", stand.product.later.close, "-12.00")

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
    stand.hold(stand.product.holds())
    stand.at(day(stand, "15:00", days=4))

    with pytest.raises(OrderRefused) as caught:
        await stand.broker.submit(filling(stand, "bd1-a"))

    is_told = RefusalReason.CONTRACT_EXPIRED is caught.value.refusal.reason
    assert is_lacking(stand, 23) is not is_told


async def test_24_side_without_anybody_is_not_a_price(stand: Stand) -> None:
    """Card 24: a quote without bids has none, or none above zero; a missing one is missing."""
    product = stand.product
    lonely, other = product.one_sided, product.second.symbol
    view = await stand.broker.market(
        frozenset({lonely.symbol, other, product.unknown[0]}), frozenset()
    )

    assert not view.quotes[lonely.symbol].bid
    assert Decimal(lonely.ask or 0) == view.quotes[lonely.symbol].ask
    assert lonely.size == view.quotes[lonely.symbol].ask_size
    assert {lonely.symbol, other} == set(view.quotes)
    assert {} == view.last_trades


async def test_46_official_close_is_told(stand: Stand) -> None:
    """Card 46: nothing before the bell, and the close once it is known."""
    today = stand.now().date()

    before = await stand.broker.official_close(stand.product.underlying, today)
    stand.at(midnight(stand) + stand.product.official_close_by)
    stand.tell_official_close()
    after = await stand.broker.official_close(stand.product.underlying, today)

    assert is_lacking(stand, 46) is not stand.broker.card.has_official_close
    assert before is None
    assert (None if is_lacking(stand, 46) else stand.product.official_close) == after


async def test_47_blocked_account_is_told(stand: Stand) -> None:
    """Card 47: an account that cannot trade says so before an order does."""
    can_be = stand.block()

    state = await stand.broker.account()

    assert is_lacking(stand, 47) is not can_be
    assert state.can_trade is not can_be
    assert bool(state.blocked) is can_be


async def test_49_contract_terms_are_told(stand: Stand) -> None:
    """Card 49: the multiplier, and the price step where the card promises it."""
    symbol = stand.product.symbol
    terms = await stand.broker.terms(frozenset({symbol}))

    if is_lacking(stand, 49):
        assert {} == terms
        return
    assert {symbol} == set(terms)
    assert symbol == terms[symbol].symbol
    assert terms[symbol].multiplier in {None, stand.product.multiplier}
    told = TickRule.NICKEL_DIME if stand.broker.card.gives_tick_rules else None
    assert told is terms[symbol].tick_rule
