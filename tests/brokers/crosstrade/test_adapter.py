"""What the adapter does to an account, over each of its two ways, before the face."""

import asyncio
import json
from collections.abc import AsyncIterator
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from botd.brokers.crosstrade.access import Transport
from botd.brokers.port import Environment
from botd.domain.orders import Holding, ReportState
from botd.errors import BrokerUnavailable, OrderRefused, OutcomeUnknown, RefusalReason
from tests.brokers.crosstrade.scripted import NOW, Scripted, intent, positions
from tests.brokers.paper.day import HandClock
from tests.contract.crosstrade_stand import CrosstradeSocketStand, CrosstradeStand
from tests.contract.stand import filling, order
from tests.contract.trouble import Trouble
from tests.servers.crosstrade import RPC
from tests.servers.faults import Call, Fault, FaultKind
from tests.servers.orders import OrderState

GC, ES = "future:GC 12-15", "future:ES 03-16"
SELL, BUY = ((GC, -1),), ((ES, 1),)


@pytest.fixture(params=[CrosstradeStand, CrosstradeSocketStand], ids=["rest", "websocket"])
async def stand(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[CrosstradeStand]:
    made: CrosstradeStand = request.param(tmp_path)
    yield made
    assert 0 == made.face.flattened
    await made.broker.aclose()


def closes(stand: CrosstradeStand) -> list[dict[str, object]]:
    """Give what was asked to be closed, whichever way."""
    found = [each.request for each in stand.gate.visits if each.call is Call.SUBMIT]
    return [{"account": "Sim101", **json.loads(each.body)} for each in found]


async def test_all_that_is_held_goes_with_its_working_orders(stand: CrosstradeStand) -> None:
    """Without a quantity NinjaTrader flattens the instrument; another one is left alone."""
    stand.hold({GC: 3, ES: -1})
    stand.rest_foreign_order(GC, -3, Decimal(1100))
    stand.rest_foreign_order(ES, 1, Decimal(-1900))

    report = await stand.broker.submit(order(stand, "bd1-a", SELL, None, units=3))

    assert [{"account": "Sim101", "instrument": "GC 12-15"}] == closes(stand)
    assert (ReportState.FILLED, 3) == (report.state, report.filled_units)
    assert "cancels its working orders" in report.note
    assert {ES: -1} == stand.exchange.held
    stop, other, _ = stand.exchange.orders.values()
    assert (OrderState.CANCELED, OrderState.WORKING) == (stop.state, other.state)


async def test_part_goes_by_quantity_and_leaves_working_orders(stand: CrosstradeStand) -> None:
    """Where another position shares the instrument, its stops and targets stay."""
    stand.hold({GC: 3})
    stand.rest_foreign_order(GC, -3, Decimal(1100))

    report = await stand.broker.submit(order(stand, "bd1-a", SELL, None, units=2))

    assert [{"account": "Sim101", "instrument": "GC 12-15", "quantity": 2}] == closes(stand)
    assert (ReportState.FILLED, 2) == (report.state, report.filled_units)
    assert "working stops and targets stay" in report.note
    assert {GC: 1} == stand.exchange.held
    assert OrderState.WORKING is next(iter(stand.exchange.orders.values())).state


async def test_two_positions_of_one_instrument(stand: CrosstradeStand) -> None:
    """Each is closed for itself: the first by quantity, the last as all that is left."""
    stand.hold({ES: -5})

    first = await stand.broker.submit(order(stand, "bd1-a", BUY, None, units=3))
    second = await stand.broker.submit(order(stand, "bd1-b", BUY, None, units=2))

    assert [
        {"account": "Sim101", "instrument": "ES 03-16", "quantity": 3},
        {"account": "Sim101", "instrument": "ES 03-16"},
    ] == closes(stand)
    assert (3, 2) == (first.filled_units, second.filled_units)
    assert {} == stand.exchange.held


async def test_two_at_once_of_one_instrument(stand: CrosstradeStand) -> None:
    """The second is not sent: sent together, both would be capped at the same position."""
    stand.hold({GC: 3})
    intents = [order(stand, name, SELL, None, units=2) for name in ("bd1-a", "bd1-b")]

    first, second = await asyncio.gather(
        *(stand.broker.submit(each) for each in intents), return_exceptions=True
    )

    assert not isinstance(first, BaseException)
    assert ReportState.FILLED is first.state
    assert isinstance(second, BrokerUnavailable | OrderRefused)  # as far as the first has come
    assert 1 == len(closes(stand))
    assert {GC: 1} == stand.exchange.held


@pytest.mark.parametrize(
    ("held", "units", "reason"),
    [
        pytest.param(-1, 1, RefusalReason.POSITION_GONE, id="the other way"),
        pytest.param(1, 2, RefusalReason.POSITION_SMALLER, id="less than is to be closed"),
    ],
)
async def test_what_is_not_held_is_not_sent(
    stand: CrosstradeStand, held: int, units: int, reason: RefusalReason
) -> None:
    """The broker would close what there is, whoever's it is."""
    stand.hold({GC: held})

    with pytest.raises(OrderRefused) as caught:
        await stand.broker.submit(order(stand, "bd1-a", SELL, None, units=units))

    assert reason is caught.value.refusal.reason
    assert [] == closes(stand)
    assert {GC: held} == stand.exchange.held


async def test_nothing_held_is_refused_in_the_brokers_words(stand: CrosstradeStand) -> None:
    """A close of nothing cannot open anything, and its refusal is evidence."""
    with pytest.raises(OrderRefused) as caught:
        await stand.broker.submit(order(stand, "bd1-a", SELL, None, units=2))

    words = "No positions found for instrument 'GC 12-15'"
    assert (RefusalReason.POSITION_GONE, words) == (
        caught.value.refusal.reason,
        caught.value.refusal.message,
    )
    assert [{"account": "Sim101", "instrument": "GC 12-15", "quantity": 2}] == closes(stand)


@pytest.mark.parametrize(
    ("pairs", "price"),
    [
        pytest.param(SELL, "1074.00", id="a limit"),
        pytest.param((*SELL, *BUY), None, id="two futures"),
        pytest.param((("AAPL", -1),), None, id="shares"),
    ],
)
async def test_nothing_but_a_future_at_the_market(
    stand: CrosstradeStand, pairs: tuple[tuple[str, int], ...], price: str | None
) -> None:
    """Each row is what no close here can mean; nothing is asked."""
    stand.hold({GC: 1, ES: -1, "AAPL": 1})

    with pytest.raises(OrderRefused) as caught:
        await stand.broker.submit(order(stand, "bd1-a", pairs, price))

    assert RefusalReason.MALFORMED is caught.value.refusal.reason
    assert [] == stand.gate.visits


async def test_close_that_waits_for_the_market_works_on(stand: CrosstradeStand) -> None:
    """Taken, and not in the position yet: it lives, is in the way, and is told when it fills."""
    stand.hold({GC: 2})
    stand.exchange.halted.add(GC)

    sent = await stand.broker.submit(filling(stand, "bd1-a", units=2))
    with pytest.raises(BrokerUnavailable, match="under way"):
        await stand.broker.submit(filling(stand, "bd1-b", units=2))
    stand.exchange.halted.clear()
    stand.exchange.match()
    [report] = await stand.broker.orders(stand.now() - timedelta(hours=1))

    assert (ReportState.WORKING, 0) == (sent.state, sent.filled_units)
    assert (ReportState.FILLED, 2) == (report.state, report.filled_units)
    assert report == await stand.broker.look_up("bd1-a")


async def test_part_that_filled_is_told(stand: CrosstradeStand) -> None:
    """The position tells how much; the rest works on."""
    stand.hold({GC: 3})
    stand.fill_only(1)

    sent = await stand.broker.submit(filling(stand, "bd1-a", units=3))

    assert (ReportState.WORKING, 1, ()) == (sent.state, sent.filled_units, sent.fills)


async def test_lost_close_keeps_another_from_being_sent(stand: CrosstradeStand) -> None:
    """It may still arrive; after its horizon it may not, and the next one goes."""
    stand.hold({GC: 2})
    stand.trouble(Trouble.RESET_BEFORE)
    with pytest.raises(OutcomeUnknown):
        await stand.broker.submit(filling(stand, "bd1-a", units=2))
    stand.calm()

    with pytest.raises(BrokerUnavailable, match="under way"):
        await stand.broker.submit(filling(stand, "bd1-b", units=2))
    stand.at(stand.now() + stand.broker.card.absent_after)
    report = await stand.broker.submit(filling(stand, "bd1-b", units=2))

    assert ReportState.FILLED is report.state
    assert None is await stand.broker.look_up("bd1-a")


async def test_position_that_cannot_be_read_keeps_a_close_from_being_sent(
    stand: CrosstradeStand,
) -> None:
    """Nothing was sent, whatever became of the reading; the same may be tried again."""
    stand.hold({GC: 2})
    stand.gate.faults.plan(Fault(FaultKind.ODD_BODY, Call.HOLDINGS, body=b"<html>"))

    with pytest.raises(BrokerUnavailable, match="cannot be read"):
        await stand.broker.submit(filling(stand, "bd1-a", units=2))
    report = await stand.broker.submit(filling(stand, "bd1-a", units=2))

    assert ReportState.FILLED is report.state
    assert 1 == len(closes(stand))


async def test_position_that_cannot_be_read_afterwards(stand: CrosstradeStand) -> None:
    """It was taken; the next list tells the rest."""
    stand.hold({GC: 2})
    stand.gate.faults.plan(Fault(FaultKind.ODD_BODY, Call.HOLDINGS, skip=1, body=b"<html>"))

    sent = await stand.broker.submit(filling(stand, "bd1-a", units=2))
    [report] = await stand.broker.orders(stand.now() - timedelta(hours=1))

    assert (ReportState.WORKING, ReportState.FILLED) == (sent.state, report.state)


async def test_ninjatrader_is_not_there(stand: CrosstradeStand) -> None:
    """408: nobody knows, and a person reads what to look at."""
    stand.hold({GC: 2})
    stand.gate.faults.plan(
        Fault(FaultKind.ERROR_BEFORE, Call.SUBMIT, status=408, body=b'{"error": "not connected"}')
    )

    with pytest.raises(OutcomeUnknown, match="add-on"):
        await stand.broker.submit(filling(stand, "bd1-a", units=2))
    stand.face.is_running = False
    with pytest.raises(OutcomeUnknown, match="add-on"):
        await stand.broker.holdings()

    assert {GC: 2} == stand.exchange.held


async def test_account_tells_the_brokers_clock(stand: CrosstradeStand) -> None:
    """Over REST in any case: its header is the only clock that is told."""
    state = await stand.broker.account()

    assert (stand.now() + timedelta(seconds=0.5), "Sim101") == (state.as_of, state.account)
    assert (Decimal(100_000), Environment.PAPER) == (state.cash, state.environment)
    assert ["GET"] == [each.request.method for each in stand.gate.visits]


async def test_account_of_a_broker_is_real_money(stand: CrosstradeStand) -> None:
    """Only NinjaTrader's own simulator is paper."""
    stand.face.provider = "Tradovate"

    assert Environment.LIVE is (await stand.broker.account()).environment


async def test_other_accounts_are_not_ours(stand: CrosstradeStand) -> None:
    """The list is of all accounts; a price is a price, whoever holds the future."""
    stand.hold({GC: 2})

    view = await stand.broker.market(frozenset(), frozenset({"ES", "GC", "CL"}))

    assert (Holding(GC, 2),) == await stand.broker.holdings()
    prices = {name: each.price for name, each in view.last_trades.items()}
    assert {"ES": Decimal("2054.25"), "GC": Decimal("1074.1")} == prices


async def test_one_bucket_for_both_ways(stand: CrosstradeStand) -> None:
    """However calls are mixed, none is one too many, and many go at once."""
    stand.hold({GC: 2})
    began_at = stand.now()
    for _ in range(12):
        await stand.broker.account()
        await stand.broker.holdings()

    kinds = {each.request.method for each in stand.gate.visits}
    assert 24 == len(stand.gate.visits)
    assert 0 == stand.too_many()
    assert timedelta(seconds=2) <= stand.now() - began_at <= timedelta(seconds=3)
    assert ({"GET", RPC} if isinstance(stand, CrosstradeSocketStand) else {"GET"}) == kinds


@pytest.mark.parametrize("transport", Transport, ids=lambda each: each.value)
@pytest.mark.parametrize(
    "done",
    [
        pytest.param('{"closedPositions": [], "success": true, "warning": "flat"}', id="nothing"),
        pytest.param('{"success": true}', id="no list"),
        pytest.param('{"closedPositions": [{}], "success": true}', id="an odd list"),
    ],
)
async def test_done_to_what(transport: Transport, done: str) -> None:
    """A success that does not name the position says nothing of this close."""
    script = Scripted(positions(("ES 12-25", 4)), (200, done), positions(("ES 12-25", 4)))
    broker = script.broker(transport, HandClock(NOW))

    with pytest.raises(OutcomeUnknown):
        await broker.submit(intent("future:ES 12-25", -1, 4))

    assert () == await broker.orders(NOW)
    await broker.aclose()
