"""What is no refusal, whatever it looks like: cards 35 to 38."""

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from botd.domain.orders import ReportState
from botd.errors import BrokerUnavailable, OrderRefused, OutcomeUnknown
from tests.contract.asking import BUY, found, held, is_lacking, known, listed
from tests.contract.stand import SHORT_PUT, UNDERLYING, Stand, order
from tests.contract.trouble import ARRIVES, NOT_SENT, Trouble

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

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
    stand.hold({SHORT_PUT: -1})
    can_be = stand.trouble(trouble)

    assert is_lacking(stand, 35, trouble.value) is not can_be
    if not can_be:
        return
    with pytest.raises(error_of(trouble)) as caught:
        await stand.broker.submit(order(stand, "bd1-a", BUY, "-0.50"))
    recover(stand)

    if isinstance(caught.value, BrokerUnavailable):
        assert (trouble is Trouble.UNAUTHORIZED) is caught.value.is_auth
    arrived = ["bd1-a"] if trouble in ARRIVES else []
    assert arrived == [each.client_order_id for each in await listed(stand)]


@each_trouble
async def test_36_trouble_is_no_refusal_of_a_read_or_a_cancel(
    stand: Stand, trouble: Trouble
) -> None:
    """Card 36: what cannot be read is not taken for nothing, and the next call works again."""
    stand.hold({SHORT_PUT: -1})
    sent = await stand.broker.submit(order(stand, "bd1-a", BUY, "-0.50"))
    asked: list[Callable[[], Awaitable[object]]] = [
        stand.broker.account,
        stand.broker.holdings,
        lambda: listed(stand),
        lambda: stand.broker.market(frozenset({SHORT_PUT}), frozenset()),
    ]
    card = stand.broker.card
    today = stand.now().date()
    if card.has_settlement_records:
        asked.append(lambda: stand.broker.settlements(stand.now()))
    if card.has_calendar:
        asked.append(lambda: stand.broker.session(today + timedelta(days=30)))
    if card.has_official_close:
        asked.append(lambda: stand.broker.official_close(UNDERLYING, today - timedelta(days=1)))
    if card.looks_up_client_ids:
        asked.append(lambda: stand.broker.look_up("bd1-a"))
    if trouble not in _BODILESS:
        asked.append(lambda: stand.broker.cancel(sent.broker_order_id))

    for ask in asked:
        can_be = stand.trouble(trouble, is_order=False)
        assert is_lacking(stand, 36, trouble.value) is not can_be
        if not can_be:
            return
        with pytest.raises(error_of(trouble)):
            await ask()
        recover(stand)

    assert {SHORT_PUT: -1} == await held(stand)
    assert "bd1-a" == (await known(stand, "bd1-a")).client_order_id


async def test_37_lost_answer_is_found_in_the_list(stand: Stand) -> None:
    """Card 37: the list has it under our id, once, with all that was sent."""
    stand.hold({SHORT_PUT: -2})
    stand.trouble(Trouble.RESET_AFTER)
    with pytest.raises(OutcomeUnknown):
        await stand.broker.submit(order(stand, "bd1-a", BUY, "-1.00", units=2))
    stand.calm()

    (report,) = await listed(stand)

    assert ("bd1-a", 2, 2) == (report.client_order_id, report.units, report.filled_units)
    assert ReportState.FILLED is report.state


async def test_38_late_acceptance_is_found_in_time(stand: Stand) -> None:
    """Card 38: within the horizon of its card an order may still appear."""
    after = stand.broker.card.absent_after - timedelta(seconds=1)
    stand.hold({SHORT_PUT: -1})
    stand.accept_late(after)
    with pytest.raises(OutcomeUnknown):
        await stand.broker.submit(order(stand, "bd1-a", BUY, "-1.00"))

    early = await found(stand, "bd1-a")
    stand.at(stand.now() + after)
    report = await known(stand, "bd1-a")

    assert early is None
    assert (ReportState.FILLED, 1) == (report.state, report.filled_units)


async def test_51_quota_is_kept(stand: Stand) -> None:
    """Card 51: whatever is asked in a row, no request is one too many; some are not sent."""
    stand.hold({SHORT_PUT: -1})
    per_minute = stand.broker.card.requests_per_minute or 60
    answered = 0

    for number in range(2 * per_minute):
        try:
            await (listed(stand) if number % 3 else stand.broker.holdings())
        except BrokerUnavailable:
            stand.at(stand.now() + timedelta(seconds=1))
        else:
            answered += 1

    assert 0 == stand.too_many()
    assert answered > per_minute


async def test_52_secrets_stay_secret(stand: Stand) -> None:
    """Card 52: neither an error nor a `repr` holds a credential, even if the broker's words do."""
    stand.hold({SHORT_PUT: -1})
    await stand.broker.account()
    can_be = stand.echo_secrets()

    assert is_lacking(stand, 52) is not can_be
    if not can_be:
        return
    with pytest.raises(OrderRefused) as refused:
        await stand.broker.submit(order(stand, "bd1-a", BUY, "-0.50"))
    words = [repr(refused.value), str(refused.value.refusal), repr(stand.broker)]
    for trouble in Trouble:
        stand.trouble(trouble, is_order=False)
        with pytest.raises((BrokerUnavailable, OutcomeUnknown)) as caught:
            await stand.broker.holdings()
        words += [repr(caught.value), str(caught.value)]
        recover(stand)

    assert stand.secrets()
    assert [] == [secret for secret in stand.secrets() if secret in "".join(words)]
