"""Orders sent, found and listed."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from botd.domain.orders import ReportState
from botd.errors import BrokerUnavailable, OrderRefused, OutcomeUnknown, RefusalReason
from tests.brokers.alpaca.answers import AT, CALL_100, CALL_105, NAME, intent, legs, single
from tests.brokers.alpaca.hosts import Asked, Hosts, broker_of

SELL = intent((CALL_100, -1), net_price="1.05", units=2)
SINCE = AT - timedelta(hours=6)


def moment(text: str) -> tuple[str, int]:
    """Make an instant comparable to the nanosecond."""
    seconds, _, rest = text.removesuffix("Z").removesuffix("+00:00").partition(".")
    return seconds, int(f"{rest:0<9}")


class Book:
    """The list of orders as the broker keeps it: pages, bounds that are exclusive."""

    def __init__(self, *orders: dict[str, Any]) -> None:
        self.orders = list(orders)
        self.hosts = Hosts(self._answer)
        self.broker = broker_of(self.hosts)

    def _answer(self, asked: Asked) -> tuple[int, object]:
        query = asked.query
        found = [
            order
            for order in sorted(self.orders, key=lambda each: moment(each["submitted_at"]))
            if ("after" not in query or moment(order["submitted_at"]) > moment(query["after"]))
            and ("until" not in query or moment(order["submitted_at"]) < moment(query["until"]))
            and (query["status"] == "all" or order["status"] == "new")
        ]
        return 200, found[: int(query["limit"])]


def numbered(number: int, at: str, **changes: object) -> dict[str, Any]:
    """Write the order of a number, submitted at an instant of the day."""
    submitted_at = f"2025-06-20T{at}Z"
    return single(
        id=f"o{number}", client_order_id=f"c{number}", submitted_at=submitted_at, **changes
    )


async def test_order_goes_to_the_trading_host() -> None:
    """One POST with the keys in headers; its answer is the report."""
    hosts = Hosts(lambda _: (200, single()))

    report = await broker_of(hosts).submit(SELL)

    (asked,) = hosts.asked
    assert ("POST", "trading.invalid", "/v2/orders") == (asked.method, asked.host, asked.path)
    assert ("KEY", "hidden-secret") == (
        asked.headers["apca-api-key-id"],
        asked.headers["apca-api-secret-key"],
    )
    assert (NAME, ReportState.WORKING, AT) == (report.client_order_id, report.state, report.as_of)


@pytest.mark.parametrize(
    "answer",
    [
        pytest.param(single(id=None), id="no id"),
        pytest.param(single(client_order_id="bd1-other"), id="of another name"),
        pytest.param(single(client_order_id=None), id="of no name"),
        pytest.param(single(side="buy"), id="the other side"),
        pytest.param(single(symbol=CALL_105), id="another contract"),
        pytest.param(single(status="levitating"), id="a status that nobody knows"),
        pytest.param([], id="a list"),
        pytest.param(b"<html>", id="a page"),
        pytest.param(b"", id="nothing"),
    ],
)
async def test_odd_success_is_unknown(answer: object) -> None:
    """A yes that is not to this order says only that somebody answered."""
    hosts = Hosts(lambda _: (200, answer))

    with pytest.raises(OutcomeUnknown):
        await broker_of(hosts).submit(SELL)


async def test_refused_order_is_refused() -> None:
    """A no comes with its reason."""
    words = "position intent mismatch, inferred: sell_to_open, specified: sell_to_close"
    hosts = Hosts(lambda _: (422, {"code": 42210000, "message": words}))

    with pytest.raises(OrderRefused) as caught:
        await broker_of(hosts).submit(SELL)

    assert RefusalReason.POSITION_GONE is caught.value.refusal.reason


async def test_replacement_is_another_order() -> None:
    """A PATCH of the old id with the new name and price; the report is the new order's."""
    new = intent((CALL_100, -1), net_price="1.00", units=2, name="bd1-next")
    hosts = Hosts(lambda _: (200, single(id="new", client_order_id="bd1-next", limit_price="1")))

    report = await broker_of(hosts).replace("old id", new)

    (asked,) = hosts.asked
    assert ("PATCH", "/v2/orders/old id") == (asked.method, asked.path)
    assert {"client_order_id": "bd1-next", "limit_price": "1.00"} == asked.body
    assert ("new", Decimal(1)) == (report.broker_order_id, report.net_price)


async def test_replacement_by_itself_is_unknown() -> None:
    """A replaced order has a new id; an answer with the old one proves nothing."""
    hosts = Hosts(lambda _: (200, single(id="old")))

    with pytest.raises(OutcomeUnknown):
        await broker_of(hosts).replace("old", SELL)


async def test_limit_does_not_become_market() -> None:
    """This broker changes prices, not types; nothing is sent."""
    hosts = Hosts(lambda _: (200, single()))

    with pytest.raises(OrderRefused) as caught:
        await broker_of(hosts).replace("old", intent((CALL_100, -1)))

    assert RefusalReason.MALFORMED is caught.value.refusal.reason
    assert [] == hosts.asked


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        ("order chain not fully replaced", RefusalReason.OTHER),
        ("order is not open", RefusalReason.OTHER),
        ("order already replaced", RefusalReason.OTHER),
        ("cannot replace order in pending_new status", RefusalReason.OTHER),
    ],
)
async def test_replacement_that_comes_too_soon_is_refused(
    words: str, reason: RefusalReason
) -> None:
    """The old order goes on; the caller asks about it."""
    hosts = Hosts(lambda _: (422, {"code": 42210000, "message": words}))

    with pytest.raises(OrderRefused) as caught:
        await broker_of(hosts).replace("old", SELL)

    assert (reason, words) == (caught.value.refusal.reason, caught.value.refusal.message)


@pytest.mark.parametrize(
    ("status", "body"),
    [(404, {"code": 40410000, "message": "order not found"}), (404, b""), (422, b"")],
)
async def test_cancel_that_comes_too_late_is_refused(status: int, body: object) -> None:
    """No such order, or one that has ended."""
    hosts = Hosts(lambda _: (status, body))

    with pytest.raises(OrderRefused):
        await broker_of(hosts).cancel("o1")


async def test_cancel_is_a_request() -> None:
    """204 is an answer without words."""
    hosts = Hosts(lambda _: (204, b""))

    await broker_of(hosts).cancel("o1")

    assert [("DELETE", "/v2/orders/o1")] == [(each.method, each.path) for each in hosts.asked]


async def test_missing_order_is_none() -> None:
    """Only this broker's own words for it count."""
    hosts = Hosts(lambda _: (404, {"code": 40410000, "message": "order not found"}))

    assert None is await broker_of(hosts).look_up(NAME)
    assert [NAME] == hosts.queries("client_order_id")


@pytest.mark.parametrize(
    ("status", "body"),
    [
        pytest.param(404, b"<html>Not Found</html>", id="a page that is not found"),
        pytest.param(404, {"message": "Not Found"}, id="words without the code"),
        pytest.param(200, single(client_order_id="bd1-other"), id="another order"),
        pytest.param(200, {}, id="an empty object"),
        pytest.param(200, b"null", id="null"),
    ],
)
async def test_odd_look_up_is_not_none(status: int, body: object) -> None:
    """An order is not absent because an answer is odd."""
    with pytest.raises(OutcomeUnknown):
        await broker_of(Hosts(lambda _: (status, body))).look_up(NAME)


async def test_forbidden_look_up_is_no_answer() -> None:
    """403 to a read speaks of the keys."""
    with pytest.raises(BrokerUnavailable) as caught:
        await broker_of(Hosts(lambda _: (403, b""))).look_up(NAME)

    assert caught.value.is_auth


async def test_units_come_back_as_they_were_sent() -> None:
    """Two contracts a unit are sent as one, and found again as two."""
    pair = intent((CALL_100, 2), net_price="-2.10", units=3)
    order = single(side="buy", qty="6", filled_qty="4", filled_avg_price="1.05", status="canceled")
    hosts = Hosts(lambda _: (200, order))
    broker = broker_of(hosts)

    sent, found = await broker.submit(pair), await broker.look_up(NAME)

    for report in (sent, found):
        assert report is not None
        assert (legs((CALL_100, 2)), 3, 2) == (report.legs, report.units, report.filled_units)
        assert [Decimal("-2.10")] == [fill.net_price for fill in report.fills]


async def test_list_asks_for_everything() -> None:
    """Live and final, packages whole, from the instant on, oldest first."""
    book = Book(numbered(1, "13:50:03.000000000"))

    listed = await book.broker.orders(SINCE)

    first = book.hosts.asked[0].query
    assert ["c1"] == [each.client_order_id for each in listed]
    assert ("all", "true", "asc", "500") == tuple(
        first[name] for name in ("status", "nested", "direction", "limit")
    )


async def test_list_goes_to_its_last_page() -> None:
    """No order is lost or told twice where pages meet within one microsecond."""
    times = [f"14:00:{number // 40:02d}.{number % 7:09d}" for number in range(1_201)]
    book = Book(*(numbered(number, at) for number, at in enumerate(times)))

    listed = await book.broker.orders(SINCE)

    assert 1_201 == len(listed)
    assert {f"c{number}" for number in range(1_201)} == {each.client_order_id for each in listed}


async def test_list_that_does_not_go_on_is_unknown() -> None:
    """More orders of one instant than a page holds cannot be told to the end."""
    book = Book(*(numbered(number, "14:00:00.000000000") for number in range(600)))

    with pytest.raises(OutcomeUnknown, match="does not go on"):
        await book.broker.orders(SINCE)


async def test_order_queued_before_is_listed_while_it_works() -> None:
    """An order that waits since yesterday holds its quantity today; it is asked for until gone."""
    queued, ended = numbered(1, "01:00:00.0"), numbered(2, "02:00:00.0", status="canceled")
    book = Book(queued, ended, numbered(3, "15:00:00.0"))

    first = await book.broker.orders(SINCE)
    queued["status"] = "canceled"
    second = await book.broker.orders(SINCE)
    third = await book.broker.orders(SINCE)

    assert ["c1", "c3"] == [each.client_order_id for each in first]
    assert [["c3"], ["c3"]] == [[each.client_order_id for each in two] for two in (second, third)]
    assert ["all", "open", "all", "open", "all"] == book.hosts.queries("status")


async def test_old_order_of_shares_costs_no_second_request() -> None:
    """Shares may have orders that wait for weeks; they are of no concern here."""
    book = Book(numbered(1, "01:00:00.0", symbol="AAPL"))

    await book.broker.orders(SINCE)
    await book.broker.orders(SINCE)

    assert ["all", "open", "all"] == book.hosts.queries("status")


async def test_older_orders_are_asked_for_again_on_another_day() -> None:
    """A later beginning leaves out more, so that it is asked what works before it."""
    book = Book()

    for since in (SINCE, SINCE + timedelta(hours=1), SINCE):
        await book.broker.orders(since)

    assert ["all", "open", "all", "open", "all"] == book.hosts.queries("status")


async def test_odd_order_of_somebody_else_is_left_out() -> None:
    """Coins, parts of shares and the like break no list."""
    book = Book(
        numbered(1, "15:00:00.0", symbol="BTC/USD", qty="0.02"),
        numbered(2, "15:00:01.0", qty=None, notional="500"),
        numbered(3, "15:00:02.0"),
    )

    assert ["c3"] == [each.client_order_id for each in await book.broker.orders(SINCE)]


@pytest.mark.parametrize("name", ["bd1-k3vq7m2zc4ya-06201950-01"])
async def test_odd_order_of_ours_is_unknown(name: str) -> None:
    """What happened to an order of ours is never left out."""
    order = {**numbered(1, "15:00:00.0", status="levitating"), "client_order_id": name}

    with pytest.raises(OutcomeUnknown, match="of ours"):
        await Book(order).broker.orders(SINCE)


async def test_odd_order_under_a_name_that_was_sent_is_unknown() -> None:
    """Ours is also what this adapter has sent under whatever name."""
    order = single(client_order_id="plain")
    hosts = Hosts(lambda asked: (200, order if asked.method == "POST" else [order]))
    broker = broker_of(hosts)
    await broker.submit(intent((CALL_100, -1), net_price="1.05", units=2, name="plain"))
    order["status"] = "levitating"

    with pytest.raises(OutcomeUnknown):
        await broker.orders(SINCE)


@pytest.mark.parametrize(
    "body",
    [
        pytest.param({}, id="no list"),
        pytest.param(b"<html>", id="a page"),
        pytest.param([7], id="no objects"),
        pytest.param([{"client_order_id": "c1"}], id="an order without an id"),
        pytest.param([single(submitted_at="soon")], id="an order of no instant"),
    ],
)
async def test_odd_list_is_unknown(body: object) -> None:
    """A list that cannot be read is not an empty one."""
    with pytest.raises(OutcomeUnknown):
        await broker_of(Hosts(lambda _: (200, body))).orders(SINCE)


async def test_list_that_is_refused_is_no_answer() -> None:
    """403 to a list speaks of the keys, not of orders."""
    with pytest.raises(BrokerUnavailable):
        await broker_of(Hosts(lambda _: (403, b""))).orders(SINCE)


async def test_list_begins_at_its_instant() -> None:
    """The bound is exclusive, so that a microsecond is given away."""
    book = Book(single(submitted_at="2025-06-20T13:50:03Z"))

    assert 1 == len(await book.broker.orders(datetime(2025, 6, 20, 13, 50, 3, tzinfo=UTC)))
