"""The adapter before the face: what it asks, and what it makes of the answers."""

import asyncio
import json
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from botd.brokers.clickoptions.wire import Status
from botd.brokers.port import Environment, RecordKind
from botd.errors import BrokerUnavailable, OrderRefused, OutcomeUnknown, RefusalReason
from tests.brokers.clickoptions.answers import CALL, ENDS_AT, LATER, NOW, exercised, page, told
from tests.brokers.clickoptions.standing import ACCOUNT, Standing
from tests.contract.clickoptions_stand import ClickOptionsStand
from tests.contract.stand import filling
from tests.servers.clickoptions import TOKEN
from tests.servers.faults import Call, Fault, FaultKind

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

PUT = "crypto:ETH-27NOV26-3000-P"
TODAY = date(2026, 11, 27)


@pytest.fixture
async def standing() -> Standing:
    return Standing()


def answers(standing: Standing, *bodies: object, status: int = 200) -> None:
    """Let the next requests be answered so, one after the other."""
    for body in bodies:
        said = json.dumps(body).encode()
        standing.gate.faults.plan(Fault(FaultKind.REFUSE, status=status, body=said))


async def holdings(standing: Standing) -> dict[str, int]:
    return {each.symbol: each.quantity for each in await standing.broker.holdings()}


@pytest.mark.parametrize(
    ("header", "scheme", "expected"),
    [
        pytest.param("Authorization", "Bearer", f"Bearer {TOKEN}", id="a bearer token"),
        pytest.param("X-API-Key", "", TOKEN, id="a key that stands alone"),
        pytest.param("Authorization", "Token", f"Token {TOKEN}", id="another word"),
    ],
)
async def test_how_the_token_is_sent(header: str, scheme: str, expected: str) -> None:
    """Nobody documents it: header and word are settings, and no `repr` holds the value."""
    standing = Standing(header=header, scheme=scheme)

    state = await standing.broker.account()

    [request] = standing.asked
    assert expected == request.headers[header.lower()]
    assert (ACCOUNT, Environment.LIVE) == (state.account, state.environment)
    assert (None, True) == (state.cash, state.can_trade)
    assert TOKEN not in repr(standing.broker)


async def test_the_clock_is_the_answers(standing: Standing) -> None:
    """Whole seconds, cut off: the half of one later is the better guess."""
    state = await standing.broker.account()

    assert NOW + timedelta(seconds=0.5) == state.as_of


async def test_nothing_is_ever_sent() -> None:
    """Refused in plain words before a byte leaves, and no order of ours is anywhere."""
    stand = ClickOptionsStand(Path())
    broker, intent = stand.broker, filling(stand, "bd1-a")
    asks: tuple[Callable[[], Awaitable[object]], ...] = (
        lambda: broker.submit(intent),
        lambda: broker.replace("7001", intent),
        lambda: broker.cancel("7001"),
    )
    for ask in asks:
        with pytest.raises(OrderRefused, match="no call that closes a position") as caught:
            await ask()
        assert RefusalReason.OTHER is caught.value.refusal.reason

    assert None is await broker.look_up("bd1-a")
    assert 0 == stand.gate.requests
    assert not broker.card.closes


async def test_positions_of_a_symbol_add_up(standing: Standing) -> None:
    """Each purchase is a position; what was closed of one is not held any more."""
    standing.exchange.hold({CALL: 3})
    standing.exchange.hold({CALL: 2, PUT: 4})
    standing.exchange.vanish(CALL, 1)

    assert {CALL: 4, PUT: 4} == await holdings(standing)
    assert [("status", "open"), ("page", "1"), ("size", "100")] == list(standing.asked[-1].query)


async def test_pages_are_read_to_the_last(standing: Standing) -> None:
    """By their number from one, until as many are told as there are."""
    many = {f"crypto:BTC-25DEC26-{strike}-C": 1 for strike in range(50_000, 50_250)}
    standing.exchange.hold(many)

    assert many == await holdings(standing)
    assert ["1", "2", "3"] == [request.asked("page") for request in standing.asked]


@pytest.mark.parametrize(
    ("symbol", "status", "expected"),
    [
        pytest.param(None, None, [7002, 7001], id="everything, newest first"),
        pytest.param("BTC-27NOV26-90000-C", None, [7001], id="of a symbol"),
        pytest.param(None, Status.CLOSED, [7002], id="of a status"),
        pytest.param("BTC-27NOV26-90000-C", Status.CLOSED, [], id="of both"),
    ],
)
async def test_filters(
    standing: Standing, symbol: str | None, status: Status | None, expected: list[int]
) -> None:
    """Both filters of the list, alone and together."""
    standing.exchange.hold({CALL: 3})
    standing.exchange.hold({PUT: 4})
    standing.face.book.catch_up()
    standing.exchange.vanish(PUT, 4)

    found = await standing.broker.positions(symbol=symbol, status=status)

    assert expected == [int(each.id) for each in found]


async def test_one_position(standing: Standing) -> None:
    """By its id; None where there is none, and by no error's words alone."""
    standing.exchange.hold({CALL: 3})
    standing.face.book.catch_up()

    found = await standing.broker.position("7001")

    assert found is not None
    assert (CALL, 3) == (found.name, found.left)
    assert None is await standing.broker.position("7999")
    answers(standing, {}, status=404)
    with pytest.raises(OutcomeUnknown):
        await standing.broker.position("7001")
    answers(standing, told(positionId="7002"))
    with pytest.raises(OutcomeUnknown, match="position 7002, where 7001 was asked for"):
        await standing.broker.position("7001")


@pytest.mark.parametrize(
    ("pages", "words"),
    [
        pytest.param([page(told(), total=2), page(number=2, total=2)], "1 positions", id="short"),
        pytest.param(
            [page(told(), total=2), page(told(positionId="2"), number=2, total=3)],
            "2 positions became 3 while they were read",
            id="one came",
        ),
        pytest.param(
            [page(told(), total=2), page(told(), number=2, total=2)], "on two pages", id="moved"
        ),
        pytest.param([page(told(), number=2)], "page 2, where 1", id="another page"),
        pytest.param([page(told(), told(fee="9"))], "stands there twice", id="twice on one"),
        pytest.param([page(told(), total=-1)], "total: -1", id="fewer than none"),
        pytest.param([{"items": []}], "total", id="no count"),
        pytest.param([{"total": 0}], "items", id="no items"),
        pytest.param([page(told(status="settling"))], "neither open nor ended", id="odd status"),
        pytest.param(
            [page(told(), told(positionId="2", tradeSide="SELL"))], "held and owed", id="both ways"
        ),
        pytest.param([page(told(sizeContracts="2.5"))], "whole number", id="half a contract"),
        pytest.param([[told()]], "no object", id="a bare list"),
    ],
)
async def test_lists_that_cannot_be_counted_on(
    standing: Standing, pages: list[object], words: str
) -> None:
    """A list that may lack a position is no list: gone is concluded from whole ones only."""
    answers(standing, *pages)

    with pytest.raises(OutcomeUnknown, match=words):
        await standing.broker.holdings()


async def test_a_server_that_filters_nothing_hides_nothing(standing: Standing) -> None:
    """Positions of another status are left out here."""
    answers(
        standing,
        page(told(), exercised(positionId="2"), told(positionId="3", asset="SOL", symbol="SOL-1")),
    )

    assert {CALL: 3, "SOL-1": 3} == await holdings(standing)


async def test_no_list_is_read_for_ever(standing: Standing) -> None:
    """Forty pages are the most: more would take longer than a minute."""
    pages = [page(told(positionId=str(each)), number=each, total=999) for each in range(1, 42)]
    answers(standing, *pages)

    with pytest.raises(OutcomeUnknown, match="40 positions were told of 999"):
        await standing.broker.holdings()
    assert 40 == standing.gate.requests


async def test_one_that_is_listed_open_after_its_end_is_asked_for(standing: Standing) -> None:
    """A list may be older than the end of a contract."""
    standing.clock.at = LATER
    standing.exchange.hold({CALL: 3})
    standing.exchange.close_at("BTC", TODAY, "91000")
    answers(standing, page(told()))

    assert {} == await holdings(standing)
    assert ["/api/v1/positions", "/api/v1/positions/7001"] == [
        request.path for request in standing.asked
    ]


async def test_one_that_is_listed_and_not_there_is_odd(standing: Standing) -> None:
    """Two answers that contradict one another are none."""
    standing.clock.at = LATER
    answers(standing, page(told()))

    with pytest.raises(OutcomeUnknown, match="in the list of open ones, and is not"):
        await standing.broker.holdings()


async def test_the_spot_is_the_index_of_own_positions(standing: Standing) -> None:
    """As of the answer; of coins only, and of nothing that is not held."""
    standing.exchange.hold({CALL: 3})

    view = await standing.broker.market(frozenset({CALL}), frozenset({"BTC", "ETH", "GOOG"}))

    assert {"BTC": Decimal("90512.50")} == {
        asset: trade.price for asset, trade in view.last_trades.items()
    }
    assert NOW == view.last_trades["BTC"].traded_at
    assert ({}, {}) == (view.quotes, view.underlying_quotes)


async def test_nothing_is_asked_for_shares(standing: Standing) -> None:
    """Neither a spot nor a close of what is no coin is known here."""
    view = await standing.broker.market(frozenset(), frozenset({"GOOG"}))

    assert {} == view.last_trades
    assert None is await standing.broker.official_close("GOOG", TODAY)
    assert {} == await standing.broker.terms(frozenset({CALL}))
    assert 0 == standing.gate.requests


@pytest.mark.parametrize("counts_exercised", [True, False], ids=["counted closed", "not counted"])
async def test_a_day_that_ends(standing: Standing, *, counts_exercised: bool) -> None:
    """In the money settled, out of the money expired, each at 08:00 UTC, and the price told."""
    standing.face.book = type(standing.face.book)(
        standing.exchange, counts_exercised=counts_exercised
    )
    above = "crypto:BTC-27NOV26-95000-C"
    standing.exchange.hold({CALL: 3, above: 2})
    standing.exchange.close_at("BTC", TODAY, "91000")

    early = await standing.broker.settlements(NOW)
    unknown = await standing.broker.official_close("BTC", TODAY)
    standing.clock.at = LATER
    records = await standing.broker.settlements(NOW)

    assert ((), None) == (early, unknown)
    assert {
        (RecordKind.CASH_SETTLEMENT, CALL, 3, Decimal(1000), ENDS_AT),
        (RecordKind.EXPIRATION, above, 2, None, ENDS_AT),
    } == {(each.kind, each.symbol, each.quantity, each.price, each.recorded_at) for each in records}
    assert Decimal(91000) == await standing.broker.official_close("BTC", TODAY)
    assert {} == await holdings(standing)
    assert () == await standing.broker.orders(NOW)


async def test_a_liquidation_is_no_order_of_ours(standing: Standing) -> None:
    """It is gone, at a price, by somebody else; and it is no settlement."""
    standing.exchange.hold({CALL: 3})
    standing.face.book.catch_up()
    standing.exchange.liquidate(CALL, 3, "400")

    [report] = await standing.broker.orders(NOW)

    assert (None, 3) == (report.client_order_id, report.filled_units)
    assert [(3, Decimal(400))] == [(fill.units, fill.net_price) for fill in report.fills]
    assert {} == await holdings(standing)
    standing.clock.at = LATER
    assert () == await standing.broker.settlements(NOW)


async def test_a_close_stays_the_same_report(standing: Standing) -> None:
    """Its instant is not told: the first time that it is seen counts, until more is closed."""
    answers_of_one_read = [page(told(**_ONE)), page(), page()]
    answers(standing, *answers_of_one_read)
    [first] = await standing.broker.orders(NOW)
    standing.clock.at += timedelta(minutes=1)
    answers(standing, *answers_of_one_read)
    [again] = await standing.broker.orders(NOW)
    answers(standing, page(), page(), page())
    nothing = await standing.broker.orders(NOW)
    answers(standing, *answers_of_one_read)
    [anew] = await standing.broker.orders(NOW)

    assert first == again
    assert () == nothing
    assert timedelta(minutes=1) == anew.fills[0].filled_at - first.fills[0].filled_at


_ONE: dict[str, Any] = {
    "sizeContractsClosed": "1",
    "sizeClosed": "0.01",
    "closePrice": "700.00",
    "plClosed": "2.00",
}


@pytest.mark.parametrize("status", [400, 403, 404, 500, 503], ids=str)
async def test_a_person_is_told_the_request_id(standing: Standing, status: int) -> None:
    """An error's words, code, details and the id that ClickOptions' support asks for."""
    error = {"error": "BAD_REQUEST", "message": "No such page", "requestId": "req-000042"}
    answers(standing, error | {"details": {"page": 0}}, status=status)

    with pytest.raises(OutcomeUnknown) as caught:
        await standing.broker.holdings()

    for words in (str(status), "BAD_REQUEST", "No such page", "req-000042", "page"):
        assert words in str(caught.value)


@pytest.mark.parametrize(
    ("body", "words"),
    [
        pytest.param({"error": "X"}, "X \\(request id not told\\)", id="a code alone"),
        pytest.param({"message": "Sorry"}, "400: Sorry", id="words alone"),
        pytest.param({"timestamp": 1}, "timestamp", id="something else"),
        pytest.param(["no"], "no", id="a list"),
    ],
)
async def test_errors_of_other_shapes(standing: Standing, body: object, words: str) -> None:
    """Whatever is said is shown."""
    answers(standing, body, status=400)

    with pytest.raises(OutcomeUnknown, match=words):
        await standing.broker.holdings()


async def test_endless_words_of_theirs_are_cut(standing: Standing) -> None:
    """Neither words nor an id without an end come before a person."""
    answers(standing, dict.fromkeys(("error", "message", "requestId"), "x" * 9_000), status=400)

    with pytest.raises(OutcomeUnknown) as caught:
        await standing.broker.holdings()

    assert len(str(caught.value)) < 1_000


async def test_an_error_that_calls_itself_a_success_is_one(standing: Standing) -> None:
    """A body with an error holds no list, whatever its status."""
    answers(standing, {"error": "MAINTENANCE", "requestId": "7", "items": [], "total": 0})

    with pytest.raises(OutcomeUnknown, match="MAINTENANCE"):
        await standing.broker.holdings()


async def test_a_token_that_is_refused_stops_the_account(standing: Standing) -> None:
    """401 is no answer about positions."""
    standing.gate.faults.plan(Fault(FaultKind.UNAUTHORIZED, Call.HOLDINGS, times=3))

    with pytest.raises(BrokerUnavailable) as caught:
        await standing.broker.holdings()

    assert caught.value.is_auth


async def test_there_is_no_stream(standing: Standing) -> None:
    """A wait for news goes on for ever, and can be ended."""
    waiting = asyncio.ensure_future(standing.broker.pushed())
    await asyncio.wait((waiting,), timeout=0)

    assert not waiting.done()
    waiting.cancel()
    await standing.broker.aclose()
