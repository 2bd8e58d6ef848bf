"""What is no refusal, whatever it looks like: cards 35 to 38."""

from collections.abc import Awaitable, Callable
from datetime import timedelta

import pytest

from botd.domain.orders import ReportState
from botd.errors import BrokerUnavailable, OrderRefused, OutcomeUnknown
from tests.contract.asking import found, has, held, is_lacking, known, listed
from tests.contract.product import Need
from tests.contract.stand import Stand, filling, resting
from tests.contract.trouble import ARRIVES, NOT_SENT, Trouble

each_trouble = pytest.mark.parametrize("trouble", Trouble, ids=lambda each: each.value)
_A_WINDOW = timedelta(seconds=61)
_BODILESS = frozenset({Trouble.ODD_BODY, Trouble.EMPTY_BODY})  # a cancel's answer needs no body


def error_of(trouble: Trouble) -> type[BrokerUnavailable | OutcomeUnknown]:
    return BrokerUnavailable if trouble in NOT_SENT else OutcomeUnknown


def recover(stand: Stand) -> None:
    stand.calm()
    stand.at(stand.now() + _A_WINDOW)  # a quota that was spent is given again


@each_trouble
async def test_35_trouble_is_no_refusal_of_an_order(stand: Stand, trouble: Trouble) -> None:
    """Card 35: not sent, or unknown, and nothing else; afterwards the broker has what arrived."""
    stand.hold(stand.product.holds())
    can_be = stand.trouble(trouble)

    assert is_lacking(stand, 35, trouble.value) is not can_be
    if not can_be:
        return
    with pytest.raises(error_of(trouble)) as caught:
        await stand.broker.submit(resting(stand, "bd1-a"))
    recover(stand)

    if isinstance(caught.value, BrokerUnavailable):
        assert (trouble is Trouble.UNAUTHORIZED) is caught.value.is_auth
    arrived = ["bd1-a"] if trouble in ARRIVES else []
    assert arrived == [each.client_order_id for each in await listed(stand)]


def _reads_and_cancels(
    stand: Stand, trouble: Trouble, order_id: str
) -> list[Callable[[], Awaitable[object]]]:
    """Give every call of the port that asks this broker for something without an order."""
    broker, card, product = stand.broker, stand.broker.card, stand.product
    today = stand.now().date()
    asked: list[Callable[[], Awaitable[object]]] = [broker.account, broker.holdings]
    if has(stand, Need.ORDERS):
        asked.append(lambda: listed(stand))
    if has(stand, Need.MARKET):
        underlyings = frozenset({product.underlying} if not product.quoted else ())
        asked.append(lambda: broker.market(product.quoted, underlyings))
    if card.has_settlement_records:
        asked.append(lambda: broker.settlements(stand.now()))
    if card.has_calendar:
        asked.append(lambda: broker.session(today + timedelta(days=30)))
    if card.has_official_close:
        asked.append(lambda: broker.official_close(product.underlying, today - timedelta(days=1)))
    if card.looks_up_client_ids:
        asked.append(lambda: broker.look_up("bd1-a"))
    if has(stand, Need.LIMIT) and trouble not in _BODILESS:
        asked.append(lambda: broker.cancel(order_id))
    return asked


@each_trouble
async def test_36_trouble_is_no_refusal_of_a_read_or_a_cancel(
    stand: Stand, trouble: Trouble
) -> None:
    """Card 36: what cannot be read is not taken for nothing, and the next call works again."""
    stand.hold(stand.product.holds())
    order_id = ""
    if has(stand, Need.CLOSES):
        intent = resting(stand, "bd1-a")
        order_id = (await stand.broker.submit(intent)).broker_order_id
    before = await held(stand)

    for ask in _reads_and_cancels(stand, trouble, order_id):
        can_be = stand.trouble(trouble, is_order=False)
        assert is_lacking(stand, 36, trouble.value) is not can_be
        if not can_be:
            return
        with pytest.raises(error_of(trouble)):
            await ask()
        recover(stand)

    assert before == await held(stand)
    if has(stand, Need.CLOSES):
        assert "bd1-a" == (await known(stand, "bd1-a")).client_order_id


async def test_37_lost_answer_is_found_in_the_list(stand: Stand) -> None:
    """Card 37: the list has it under our id, once, with all that was sent."""
    stand.hold(stand.product.holds(2))
    stand.trouble(Trouble.RESET_AFTER)
    with pytest.raises(OutcomeUnknown):
        await stand.broker.submit(filling(stand, "bd1-a", units=2))
    stand.calm()

    (report,) = await listed(stand)

    assert ("bd1-a", 2, 2) == (report.client_order_id, report.units, report.filled_units)
    assert ReportState.FILLED is report.state


async def test_38_late_acceptance_is_found_in_time(stand: Stand) -> None:
    """Card 38: within the horizon of its card an order may still appear."""
    after = stand.broker.card.absent_after - timedelta(seconds=1)
    stand.hold(stand.product.holds())
    stand.accept_late(after)
    with pytest.raises(OutcomeUnknown):
        await stand.broker.submit(filling(stand, "bd1-a"))

    early = await found(stand, "bd1-a")
    stand.at(stand.now() + after)
    report = await known(stand, "bd1-a")

    assert early is None
    assert (ReportState.FILLED, 1) == (report.state, report.filled_units)


async def test_51_quota_is_kept(stand: Stand) -> None:
    """Card 51: whatever is asked in a row, no request is one too many; some are not sent."""
    stand.hold(stand.product.holds())
    per_minute = stand.broker.card.requests_per_minute or 60
    is_listing = has(stand, Need.ORDERS)
    answered = 0

    for number in range(2 * per_minute):
        try:
            await (listed(stand) if number % 3 and is_listing else stand.broker.holdings())
        except BrokerUnavailable:
            stand.at(stand.now() + timedelta(seconds=1))
        else:
            answered += 1

    assert 0 == stand.too_many()
    assert answered > per_minute


async def _words_of_the_refusal(stand: Stand) -> list[str]:
    """Meet the refusal that `echo_secrets` has planned."""
    if has(stand, Need.CLOSES):
        with pytest.raises(OrderRefused) as refused:
            await stand.broker.submit(resting(stand, "bd1-a"))
        return [repr(refused.value), str(refused.value.refusal)]
    with pytest.raises((BrokerUnavailable, OutcomeUnknown)) as caught:
        await stand.broker.holdings()
    return [repr(caught.value), str(caught.value)]


async def test_52_secrets_stay_secret(stand: Stand) -> None:
    """Card 52: neither an error nor a `repr` holds a credential, even if the broker's words do."""
    stand.hold(stand.product.holds())
    await stand.broker.account()
    can_be = stand.echo_secrets()

    assert is_lacking(stand, 52) is not can_be
    if not can_be:
        return
    words = [repr(stand.broker), *await _words_of_the_refusal(stand)]
    for trouble in Trouble:
        stand.trouble(trouble, is_order=False)
        with pytest.raises((BrokerUnavailable, OutcomeUnknown)) as caught:
            await stand.broker.holdings()
        words += [repr(caught.value), str(caught.value)]
        recover(stand)

    assert stand.secrets()
    assert [] == [secret for secret in stand.secrets() if secret in "".join(words)]
