import asyncio
from datetime import date, timedelta
from decimal import Decimal

import pytest

from botd.brokers.port import RecordKind
from botd.brokers.tastytrade.adapter import TastytradeBroker
from botd.brokers.tastytrade.card import CARD
from botd.brokers.transport.fields import parse_json
from botd.domain.orders import OrderIntent, ReportState
from botd.errors import BrokerUnavailable, OrderRefused, OutcomeUnknown, RefusalReason
from tests.brokers.paper.day import PUT_745, PUT_750, HandClock, instant
from tests.brokers.tastytrade.answers import intent
from tests.brokers.tastytrade.standing import ACCOUNT, BUY, SPREAD, Standing
from tests.servers.faults import Call, Fault, FaultKind
from tests.servers.orders import Ticket

ORDERS = f"/accounts/{ACCOUNT}/orders"


def buy(net_price: str | None = "-0.50", name: str = "bd1-a", units: int = 1) -> OrderIntent:
    return intent(*BUY, net_price=net_price, name=name, units=units)


async def states(standing: Standing) -> dict[str | None, ReportState]:
    found = await standing.broker.orders(standing.clock.now() - timedelta(hours=1))
    return {each.client_order_id: each.state for each in found}


async def test_every_body_that_leaves_is_strict() -> None:
    """New orders and replacements; the stand-in would open what is not held."""
    standing = Standing()
    sent = await standing.broker.submit(buy())
    await standing.broker.replace(sent.broker_order_id, buy("-0.60", "bd1-b"))

    bodies = [
        parse_json(visit.request.body) for visit in standing.gate.visits if visit.call in _SENDING
    ]

    assert 2 == len(bodies)
    for body in bodies:
        assert isinstance(body, dict)
        assert {"strict-position-effect-validation": True} == body["advanced-instructions"]


_SENDING = frozenset({Call.SUBMIT, Call.REPLACE})


async def test_close_of_what_is_gone_is_refused_and_opens_nothing() -> None:
    """The error that the product rests on."""
    standing = Standing()
    standing.exchange.held.clear()

    with pytest.raises(OrderRefused) as caught:
        await standing.broker.submit(buy("-1.00"))

    assert RefusalReason.POSITION_GONE is caught.value.refusal.reason
    assert {} == standing.exchange.held


async def test_market_package_is_refused_before_it_leaves() -> None:
    """Tastytrade has none; nothing is asked of it."""
    standing = Standing()

    with pytest.raises(OrderRefused) as caught:
        await standing.broker.submit(intent(*SPREAD))
    with pytest.raises(OrderRefused):
        await standing.broker.replace("257460", intent(*SPREAD))

    assert RefusalReason.MALFORMED is caught.value.refusal.reason
    assert 0 == standing.gate.requests


async def test_replacement_waits_and_then_works() -> None:
    """Contingent until the old order is cancelled, which is told as replaced."""
    standing = Standing()
    standing.exchange.surprises.slow_replace = timedelta(seconds=2)
    sent = await standing.broker.submit(buy())

    new = await standing.broker.replace(sent.broker_order_id, buy("-0.60", "bd1-b"))

    assert (ReportState.PENDING, "bd1-b") == (new.state, new.client_order_id)
    assert {"bd1-a": ReportState.WORKING, "bd1-b": ReportState.PENDING} == await states(standing)
    standing.hand.at += timedelta(seconds=2)
    assert {"bd1-a": ReportState.REPLACED, "bd1-b": ReportState.WORKING} == await states(standing)


async def test_fill_of_the_original_ends_the_replacement() -> None:
    """One fill, and the replacement's end is no refusal of the close."""
    standing = Standing()
    standing.exchange.surprises.slow_replace = timedelta(seconds=2)
    sent = await standing.broker.submit(buy())
    await standing.broker.replace(sent.broker_order_id, buy("-0.60", "bd1-b"))

    standing.exchange.quote(PUT_750, "0.40", "0.50", 5)

    assert {"bd1-a": ReportState.FILLED, "bd1-b": ReportState.CANCELED} == await states(standing)
    assert -2 == standing.exchange.held[PUT_750]


async def test_inherited_id_is_told_as_what_was_sent() -> None:
    """Where a replacement is answered with the old id, this process knows its own name for it."""
    standing = Standing()
    sent = await standing.broker.submit(buy())
    standing.gate.faults.plan(
        Fault(FaultKind.ODD_BODY, Call.REPLACE, body=_inherited(int(sent.broker_order_id) + 1))
    )

    new = await standing.broker.replace(sent.broker_order_id, buy("-0.60", "bd1-b"))
    standing.exchange.orders[new.broker_order_id].client_order_id = "bd1-a"

    assert "bd1-b" == new.client_order_id
    assert {"bd1-a": ReportState.REPLACED, "bd1-b": ReportState.WORKING} == await states(standing)


def _inherited(number: int) -> bytes:
    return f"""{{"data": {{"id": {number}, "status": "Contingent", "price": "0.60",
        "price-effect": "Debit", "external-identifier": "bd1-a",
        "replaces-order-id": {number - 1}, "legs": [{{
        "instrument-type": "Equity Option", "symbol": "GOOG  {PUT_750[4:]}",
        "action": "Buy to Close", "quantity": 1, "remaining-quantity": 1, "fills": []}}]}}}}
    """.encode()


async def test_fills_that_follow_are_waited_for() -> None:
    """Filled, with the second leg's fill on its way, is working until it has come."""
    standing = Standing()
    standing.face.desk.fills_lag = timedelta(milliseconds=400)
    await standing.broker.submit(intent(*SPREAD, net_price="-0.95", name="bd1-a"))

    assert {"bd1-a": ReportState.WORKING} == await states(standing)

    standing.hand.at += timedelta(milliseconds=400)
    (report,) = await standing.broker.orders(standing.clock.now())
    assert (ReportState.FILLED, 1) == (report.state, report.filled_units)
    assert [Decimal("-0.95")] == [fill.net_price for fill in report.fills]


async def test_fills_that_never_come_count_at_the_limit() -> None:
    """After five seconds the order is filled; nobody waits for ever."""
    standing = Standing()
    standing.face.desk.fills_lag = timedelta(hours=1)
    await standing.broker.submit(intent(*SPREAD, net_price="-0.95", name="bd1-a"))

    await states(standing)
    standing.hand.at += timedelta(seconds=5)
    (report,) = await standing.broker.orders(standing.clock.now())

    assert (ReportState.FILLED, 1, ()) == (report.state, report.filled_units, report.fills)
    assert Decimal("-0.95") == report.net_price


@pytest.mark.parametrize(
    ("ours", "theirs", "state"),
    [
        pytest.param("17:49", 0, ReportState.WORKING, id="ours is behind, and it has just filled"),
        pytest.param("17:49", 5, ReportState.FILLED, id="ours is behind, and it filled before"),
        pytest.param("17:51", 0, ReportState.WORKING, id="ours is ahead, and it has just filled"),
        pytest.param("17:51", 5, ReportState.FILLED, id="ours is ahead, and it filled before"),
    ],
)
async def test_brokers_clock_says_how_long_fills_are_waited_for(
    ours: str, theirs: int, state: ReportState
) -> None:
    """A host whose clock is wrong neither hangs on an order nor books it too early."""
    standing = Standing()
    standing.face.desk.fills_lag = timedelta(hours=1)
    broker = TastytradeBroker(
        standing.access, HandClock(instant(ours)), account=ACCOUNT, carriers=standing.carriers()
    )
    await broker.submit(intent(*SPREAD, net_price="-0.95", name="bd1-a"))
    standing.hand.at += timedelta(seconds=theirs)

    (report,) = await broker.orders(instant("17:45"))

    assert state is report.state


async def test_two_spreads_a_unit_fill_as_one_unit() -> None:
    """The ratio comes back from what the broker echoes, also in another process."""
    standing = Standing()
    twice = intent((PUT_745, -2), (PUT_750, 2), net_price="-1.90", name="bd1-a")
    await standing.broker.submit(twice)
    other = TastytradeBroker(
        standing.access, standing.clock, account=ACCOUNT, carriers=standing.carriers()
    )

    (report,) = await other.orders(standing.clock.now())

    assert (1, 1, Decimal("-1.90")) == (report.units, report.filled_units, report.net_price)
    assert [Decimal("-1.90")] == [fill.net_price for fill in report.fills]
    assert twice.legs == report.legs


async def test_older_orders_that_work_are_listed_and_their_end_is_seen() -> None:
    """Somebody's take-profit of last week still holds the contracts, and may fill."""
    standing = Standing()
    exit_order = standing.exchange.place(
        Ticket(None, ((PUT_750, 1),), 1, Decimal("-0.10"), is_foreign=True)
    )
    exit_order.submitted_at -= timedelta(days=7)
    since = standing.clock.now() - timedelta(hours=1)

    (resting,) = await standing.broker.orders(since)
    standing.exchange.quote(PUT_750, "0.05", "0.10", 5)
    standing.hand.at += timedelta(seconds=30)
    (filled,) = await standing.broker.orders(since)
    again = await standing.broker.orders(since)

    assert (None, ReportState.WORKING) == (resting.client_order_id, resting.state)
    assert (ReportState.FILLED, 1) == (filled.state, filled.filled_units)
    assert [ReportState.FILLED] == [each.state for each in again]


async def test_cancel_of_an_older_order_is_seen_at_once() -> None:
    """A cancel asks for the older ones anew."""
    standing = Standing()
    exit_order = standing.exchange.place(
        Ticket(None, ((PUT_750, 1),), 1, Decimal("-0.10"), is_foreign=True)
    )
    exit_order.submitted_at -= timedelta(days=7)
    since = standing.clock.now() - timedelta(hours=1)
    (resting,) = await standing.broker.orders(since)

    await standing.broker.cancel(resting.broker_order_id)
    (ended,) = await standing.broker.orders(since)

    assert ReportState.CANCELED is ended.state


async def test_polls_ask_for_older_orders_now_and_then() -> None:
    """One request a poll, and one more every half minute."""
    standing = Standing()
    for _ in range(30):
        await standing.broker.orders(standing.clock.now())
        standing.hand.at += timedelta(seconds=1)

    assert 31 == standing.gate.by_call[Call.ORDERS]


async def test_older_order_that_nobody_knows_any_more_is_forgotten() -> None:
    """The sandbox forgets everything every day."""
    standing = Standing()
    exit_order = standing.exchange.place(
        Ticket(None, ((PUT_750, 1),), 1, Decimal("-0.10"), is_foreign=True)
    )
    exit_order.submitted_at -= timedelta(days=7)
    since = standing.clock.now() - timedelta(hours=1)
    await standing.broker.orders(since)

    standing.exchange.orders.clear()
    standing.hand.at += timedelta(seconds=30)

    assert () == await standing.broker.orders(since)


async def test_look_up_is_not_there() -> None:
    """The card says so, and nobody is asked."""
    standing = Standing()

    with pytest.raises(BrokerUnavailable):
        await standing.broker.look_up("bd1-a")

    assert not standing.broker.card.looks_up_client_ids
    assert 0 == standing.gate.requests


async def test_order_sent_by_a_clock_that_runs_ahead_is_found() -> None:
    """The broker's clock says when an order came; ours is asked about with a margin."""
    standing = Standing()
    await standing.broker.submit(buy())

    found = await standing.broker.orders(standing.clock.now() + timedelta(minutes=4))

    assert ["bd1-a"] == [each.client_order_id for each in found]


async def test_expiration_is_told_with_the_side_that_was_opened() -> None:
    """Its record has no sign; the account's trades do."""
    standing = Standing()
    standing.exchange.close_at("GOOG", date(2015, 12, 24), "760.00")
    standing.hand.at += timedelta(days=4)
    since = standing.clock.now() - timedelta(days=7)

    records = await standing.broker.settlements(since)

    assert {
        (RecordKind.EXPIRATION, PUT_750, -3, None),
        (RecordKind.EXPIRATION, PUT_745, 3, None),
    } == {(each.kind, each.symbol, each.quantity, each.price) for each in records}


async def test_half_an_order_of_ours_hides_nothing() -> None:
    """A list with one odd order of ours is no list."""
    standing = Standing()
    await standing.broker.submit(buy())
    body = b'{"data": {"items": [{"id": 1, "external-identifier": "bd1-a"}]}, "context": "/"}'
    standing.gate.faults.plan(Fault(FaultKind.ODD_BODY, Call.ORDERS, body=body))

    with pytest.raises(OutcomeUnknown):
        await standing.broker.orders(standing.clock.now())


async def test_list_in_circles_ends() -> None:
    """A broker that always tells of one more page is not followed for ever."""
    standing = Standing()
    body = b'{"data": {"items": [{"id": 1}]}, "pagination": {"total-pages": 1000000}}'
    standing.gate.faults.plan(Fault(FaultKind.ODD_BODY, Call.ORDERS, body=body, times=100))

    with pytest.raises(OutcomeUnknown, match="pages"):
        await standing.broker.orders(standing.clock.now())


async def test_list_without_pagination_ends_with_a_short_page() -> None:
    """Not every list tells how many pages it has."""
    standing = Standing()
    body = b'{"data": {"items": []}, "context": "/"}'
    standing.gate.faults.plan(Fault(FaultKind.ODD_BODY, Call.ORDERS, body=body, times=2))

    assert () == await standing.broker.orders(standing.clock.now())


async def test_account_of_somebody_else_is_not_opened() -> None:
    """A 403 to a read says that these credentials do not open that account."""
    standing = Standing()
    broker = TastytradeBroker(
        standing.access, standing.clock, account="5WT99999", carriers=standing.carriers()
    )

    with pytest.raises(BrokerUnavailable) as caught:
        await broker.account()

    assert caught.value.is_auth


async def test_many_contracts_are_asked_for_in_batches() -> None:
    """A hundred at a time, each question once."""
    standing = Standing()
    symbols = frozenset(f"GOOG160115C00{100 + n}000" for n in range(150))
    standing.exchange.hold(dict.fromkeys(symbols, -1))

    found = await standing.broker.terms(symbols)

    assert symbols == found.keys()
    assert [100, 50] == [
        len(each.all_asked("symbol[]")) for each in standing.sent("/equity-options")
    ]


async def test_without_a_stream_nothing_is_pushed() -> None:
    """The card says so, and who waits waits for ever."""
    standing = Standing()
    waiting = asyncio.create_task(standing.broker.pushed())
    await asyncio.wait((waiting,), timeout=0)

    assert not standing.broker.card.pushes
    assert not waiting.done()
    assert CARD.pushes
    waiting.cancel()
    await standing.broker.aclose()
