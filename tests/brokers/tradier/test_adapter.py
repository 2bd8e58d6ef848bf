"""What the adapter asks, and what it makes of the answers, over the broker's face."""

from collections.abc import AsyncIterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from botd.brokers.port import AccountState, Environment, SessionHours
from botd.brokers.tradier.adapter import TradierAccess, TradierBroker
from botd.brokers.transport.door import Carriers
from botd.domain.orders import ReportState
from botd.errors import BrokerUnavailable, OrderRefused, OutcomeUnknown, RefusalReason
from tests.brokers.paper.day import legs
from tests.contract.stand import LONG_PUT, SHORT_PUT, UNDERLYING, order
from tests.contract.tradier_stand import ACCOUNT, TradierStand
from tests.servers.face import FaceTransport, Request
from tests.servers.faults import Call, Fault, FaultKind
from tests.servers.orders import Reason
from tests.servers.tradier import TOKEN, TradierFace

_BUY = ((SHORT_PUT, 1),)
_DAY = date(2015, 12, 24)
_HALF_A_SECOND = timedelta(seconds=0.5)
_CLOSE = datetime(2015, 12, 24, 18, 0, tzinfo=UTC)


@pytest.fixture
async def stand(tmp_path: Path) -> AsyncIterator[TradierStand]:
    made = TradierStand(tmp_path)
    yield made
    await made.broker.aclose()


def face_of(stand: TradierStand) -> TradierFace:
    face = stand.gate.face
    assert isinstance(face, TradierFace)
    return face


def asked(stand: TradierStand, call: Call) -> list[Request]:
    return [visit.request for visit in stand.gate.visits if visit.call is call]


def broker(
    stand: TradierStand,
    *,
    account: str = ACCOUNT,
    environment: Environment = Environment.LIVE,
    token: str = TOKEN,
) -> TradierBroker:
    carriers = Carriers(
        orders=FaceTransport(stand.gate, stand.clock), reads=FaceTransport(stand.gate, stand.clock)
    )
    access = TradierAccess("https://tradier.invalid/v1", environment, lambda: token)
    return TradierBroker(access, stand.clock, account=account, carriers=carriers)


async def test_requests_are_what_tradier_wants(stand: TradierStand) -> None:
    """A bearer token, JSON asked for, forms sent, the account in the path."""
    stand.hold({SHORT_PUT: -1})
    await stand.broker.submit(order(stand, "bd1-a", _BUY, "-0.50"))

    (request,) = asked(stand, Call.SUBMIT)

    assert ("POST", f"/v1/accounts/{ACCOUNT}/orders") == (request.method, request.path)
    assert f"Bearer {TOKEN}" == request.headers["authorization"]
    assert "application/json" == request.headers["accept"]
    assert "application/x-www-form-urlencoded" == request.headers["content-type"]
    assert ("tag", "bd1-a") in request.form


async def test_wrong_token_is_about_the_credentials(stand: TradierStand) -> None:
    """A 401 is no refusal of anything, and tells nobody the token."""
    stranger = broker(stand, token=f"another-{TOKEN}")

    with pytest.raises(BrokerUnavailable) as caught:
        await stranger.account()
    await stranger.aclose()

    assert caught.value.is_auth
    assert TOKEN not in str(caught.value)


async def test_account_that_the_token_does_not_open(stand: TradierStand) -> None:
    """The state bears the name of what is opened; nothing else is asked."""
    stranger = broker(stand, account="VA999999")

    state = await stranger.account()
    await stranger.aclose()

    assert (
        AccountState(
            account=ACCOUNT,
            environment=Environment.LIVE,
            can_trade=False,
            cash=None,
            as_of=stand.now() + _HALF_A_SECOND,
            blocked=(f"the token does not open account 'VA999999'; it opens {ACCOUNT}",),
        )
        == state
    )
    assert ["/v1/user/profile"] == [visit.request.path for visit in stand.gate.visits]


async def test_one_of_several_accounts(stand: TradierStand) -> None:
    """Where a token opens several accounts, ours is found among them."""
    face_of(stand).other_accounts.append("VA000002")

    state = await stand.broker.account()

    assert (ACCOUNT, True, Decimal(100_000)) == (state.account, state.can_trade, state.cash)


async def test_without_a_date_the_markets_clock_is_asked(stand: TradierStand) -> None:
    """The broker's time comes with every answer, or else by its own call."""
    body = b'{"balances": {"total_cash": 5}}'
    fault = Fault(FaultKind.REFUSE, Call.ACCOUNT, path="balances", status=200, body=body)
    stand.gate.faults.plan(fault)

    state = await stand.broker.account()

    assert stand.now() + _HALF_A_SECOND == state.as_of
    assert 1 == len(asked(stand, Call.SESSION))


async def test_many_quotes_come_in_batches(stand: TradierStand) -> None:
    """Two hundred symbols go with one request, underlyings with them."""
    symbols = {f"GOOG151224P{strike:05d}000" for strike in range(1, 250)} | {SHORT_PUT}

    view = await stand.broker.market(frozenset(symbols), frozenset({UNDERLYING}))

    requests = asked(stand, Call.MARKET)
    sizes = [len(dict(each.form)["symbols"].split(",")) for each in requests]
    assert [200, 51] == sizes
    assert ({SHORT_PUT}, {UNDERLYING}) == (set(view.quotes), set(view.underlying_quotes))
    assert (stand.now(), {UNDERLYING}) == (view.as_of, set(view.last_trades))


async def test_nothing_asked_is_nothing_sent(stand: TradierStand) -> None:
    """No symbols need no request."""
    await stand.broker.market(frozenset(), frozenset())

    assert {} == await stand.broker.terms(frozenset())
    assert 0 == stand.gate.requests


async def test_only_the_sandbox_is_indicative(stand: TradierStand) -> None:
    """The sandbox's quotes are 15 minutes old, the others are the market's."""
    live = broker(stand)

    views = [
        await each.market(frozenset({SHORT_PUT}), frozenset()) for each in (stand.broker, live)
    ]
    await live.aclose()

    assert [True, False] == [view.quotes[SHORT_PUT].is_indicative for view in views]


async def test_list_is_read_to_its_last_page(stand: TradierStand) -> None:
    """As long as pages are not short, there may be another."""
    stand.hold({LONG_PUT: 250})
    stand.crowd(210)

    listed = await stand.broker.orders(stand.now())

    assert 210 == len({each.broker_order_id for each in listed})
    assert ["1", "2"] == [each.asked("page") for each in asked(stand, Call.ORDERS)]


async def test_list_without_pages_is_read_once_more_and_no_further(stand: TradierStand) -> None:
    """A server that knows no pages gives the same again, and no order twice."""
    stand.hold({LONG_PUT: 50})
    stand.crowd(30)
    stand.gate = type(stand.gate)(_Pageless(stand.exchange))
    unpaged = stand.reopen()

    listed = await unpaged.orders(stand.now())

    assert 30 == len(listed)
    assert 2 == len(asked(stand, Call.ORDERS))


async def test_list_that_never_ends_is_unknown(stand: TradierStand) -> None:
    """A server that goes on for ever is not believed."""
    stand.gate = type(stand.gate)(_Endless(stand.exchange))
    endless = stand.reopen()

    with pytest.raises(OutcomeUnknown):
        await endless.settlements(stand.now())


async def test_unit_of_two_contracts_outlives_a_restart(stand: TradierStand) -> None:
    """Another adapter reads the same units of the same legs, by the tag."""
    stand.hold({SHORT_PUT: -4})
    await stand.broker.submit(order(stand, "bd1-a", ((SHORT_PUT, 2),), "-1.00", units=2))

    (report,) = await stand.reopen().orders(stand.now())

    assert ("bd1-a", legs((SHORT_PUT, 2)), 2) == (
        report.client_order_id,
        report.legs,
        report.units,
    )
    assert Decimal("-1.00") == report.net_price


async def test_order_is_looked_up_in_the_list(stand: TradierStand) -> None:
    """There is no other way to an order by its tag."""
    stand.hold({SHORT_PUT: -1})
    sent = await stand.broker.submit(order(stand, "bd1-a", _BUY, "-0.50"))

    found = await stand.broker.look_up("bd1-a")

    assert found is not None
    assert sent.broker_order_id == found.broker_order_id
    assert None is await stand.broker.look_up("bd1-b")


async def test_refusal_is_looked_into(stand: TradierStand) -> None:
    """The code for a position that is gone makes the adapter look at open orders."""
    stand.hold({SHORT_PUT: -1})
    stand.rest_foreign_order(SHORT_PUT, 1, Decimal("-0.05"))

    with pytest.raises(OrderRefused) as caught:
        await stand.broker.submit(order(stand, "bd1-a", _BUY, "-1.00"))

    refusal = caught.value.refusal
    assert (RefusalReason.HELD_BY_OTHER_ORDER, "UnexpectedBuyToCoverOrderOption") == (
        refusal.reason,
        refusal.code,
    )


async def test_part_that_is_held_is_held(stand: TradierStand) -> None:
    """Where another order leaves too little, the code is another and means the same."""
    stand.hold({SHORT_PUT: -3})
    stand.rest_foreign_order(SHORT_PUT, 2, Decimal("-0.05"))

    with pytest.raises(OrderRefused) as caught:
        await stand.broker.submit(order(stand, "bd1-a", _BUY, "-1.00", units=2))

    refusal = caught.value.refusal
    assert (RefusalReason.HELD_BY_OTHER_ORDER, "ShortPositionCrossZero") == (
        refusal.reason,
        refusal.code,
    )


async def test_refusal_stands_where_it_cannot_be_looked_into(stand: TradierStand) -> None:
    """Without the list the code says what it says."""
    stand.rest_foreign_order(SHORT_PUT, 1, Decimal("-0.05"))
    stand.gate.faults.plan(Fault(FaultKind.ERROR_BEFORE, Call.ORDERS))

    with pytest.raises(OrderRefused) as caught:
        await stand.broker.submit(order(stand, "bd1-a", _BUY, "-1.00"))

    assert RefusalReason.POSITION_GONE is caught.value.refusal.reason


async def test_late_rejection_for_a_held_quantity(stand: TradierStand) -> None:
    """What market centres refuse later is told apart by the same list."""
    stand.hold({SHORT_PUT: -2})
    stand.reject_later(RefusalReason.POSITION_GONE, timedelta(seconds=3))
    await stand.broker.submit(order(stand, "bd1-a", _BUY, "-0.50"))
    stand.rest_foreign_order(SHORT_PUT, 1, Decimal("-0.05"))
    stand.at(stand.now() + timedelta(seconds=5))

    found = await stand.broker.look_up("bd1-a")

    assert found is not None
    assert found.refusal is not None
    assert (ReportState.REJECTED, RefusalReason.HELD_BY_OTHER_ORDER) == (
        found.state,
        found.refusal.reason,
    )


async def test_too_late_a_cancel_is_refused_in_plain_words(stand: TradierStand) -> None:
    """The broker's words are kept."""
    stand.hold({SHORT_PUT: -1})
    sent = await stand.broker.submit(order(stand, "bd1-a", _BUY, "-1.00"))

    with pytest.raises(OrderRefused) as caught:
        await stand.broker.cancel(sent.broker_order_id)

    refusal = caught.value.refusal
    assert ("order already in finalized state: filled", 400) == (
        refusal.message,
        refusal.http_status,
    )


async def test_broker_order_id_stays_inside_its_path(stand: TradierStand) -> None:
    """Whatever an id holds, it names an order and nothing else."""
    with pytest.raises(OrderRefused):
        await stand.broker.cancel("1/../../orders?x=1")

    (visit,) = stand.gate.visits
    assert ("DELETE", f"/v1/accounts/{ACCOUNT}/orders/1/../../orders?x=1", ()) == (
        visit.request.method,
        visit.request.path,
        visit.request.query,
    )


async def test_calendar_of_a_half_day(stand: TradierStand) -> None:
    """The calendar of the day's month, in instants."""
    expected = SessionHours(_DAY, datetime(2015, 12, 24, 14, 30, tzinfo=UTC), _CLOSE)

    assert expected == await stand.broker.session(_DAY)
    assert SessionHours(date(2015, 12, 25), None, None) == await stand.broker.session(
        date(2015, 12, 25)
    )
    assert ["12", "2015"] == [
        asked(stand, Call.SESSION)[0].asked(name) for name in ("month", "year")
    ]


@pytest.mark.parametrize(
    ("environment", "after", "expected"),
    [
        pytest.param(Environment.LIVE, timedelta(seconds=-1), None, id="before the bell"),
        pytest.param(Environment.LIVE, timedelta(seconds=119), None, id="right after it"),
        pytest.param(Environment.LIVE, timedelta(minutes=2), "748.40", id="two minutes later"),
        pytest.param(Environment.PAPER, timedelta(minutes=15), None, id="delayed, too early"),
        pytest.param(Environment.PAPER, timedelta(minutes=16), "748.40", id="delayed"),
        pytest.param(Environment.PAPER, timedelta(hours=14), "748.40", id="next day"),
    ],
)
async def test_official_close_is_of_a_day_that_is_over(
    stand: TradierStand, environment: Environment, after: timedelta, expected: str | None
) -> None:
    """A daily price that may still change is none."""
    stand.exchange.close_at(UNDERLYING, _DAY, "748.40")
    stand.at(_CLOSE + after)
    asker = broker(stand, environment=environment)

    found = await asker.official_close(UNDERLYING, _DAY)
    await asker.aclose()

    assert (None if expected is None else Decimal(expected)) == found


async def test_no_official_close_of_a_holiday(stand: TradierStand) -> None:
    """A day without a session has none, whatever its daily prices say."""
    holiday = date(2015, 12, 25)
    stand.exchange.close_at(UNDERLYING, holiday, "748.40")
    stand.at(_CLOSE + timedelta(days=1))

    assert None is await stand.broker.official_close(UNDERLYING, holiday)


async def test_no_official_close_of_tomorrow(stand: TradierStand) -> None:
    """A day that has not come has no close, and its price is not asked for."""
    assert None is await stand.broker.official_close(UNDERLYING, date(2015, 12, 28))
    assert [] == asked(stand, Call.OTHER)


@pytest.mark.parametrize(("names", "expected"), [("symbol", 1), ("description", 1), (None, 0)])
async def test_settlements_name_their_contract_or_are_left_out(
    stand: TradierStand, names: str | None, expected: int
) -> None:
    """Where the contract stands in the history is not documented."""
    face_of(stand).names = names
    stand.hold({SHORT_PUT: -1})
    stand.assign(SHORT_PUT)
    stand.at(stand.now() + timedelta(days=4, hours=2))

    records = await stand.broker.settlements(_CLOSE)

    assert [(SHORT_PUT, -1)] * expected == [(each.symbol, each.quantity) for each in records]


async def test_order_is_never_changed(stand: TradierStand) -> None:
    """A changed order would keep its tag, so that nothing is sent."""
    with pytest.raises(OrderRefused):
        await stand.broker.replace("257460", order(stand, "bd1-b", _BUY, "-0.60"))

    assert 0 == stand.gate.requests


async def test_exchange_refusals_come_back_as_they_are(stand: TradierStand) -> None:
    """The exchange's own reasons pass through the dialect's words and back."""
    stand.hold({SHORT_PUT: -1, LONG_PUT: 1})
    stand.exchange.price_band = Decimal("0.50")
    stand.exchange.untradable.add(LONG_PUT)
    reasons = []
    for pairs, price in (
        (_BUY, "-2.00"),
        (_BUY, "-0.83"),
        (((LONG_PUT, -1),), "0.05"),
        (((LONG_PUT, 1),), "-0.05"),
    ):
        with pytest.raises(OrderRefused) as caught:
            await stand.broker.submit(order(stand, "bd1-a", pairs, price))
        reasons.append(caught.value.refusal.reason.value)

    assert [
        Reason.PRICE_BAND.value,
        Reason.PRICE_TICK.value,
        Reason.NOT_TRADABLE.value,
        Reason.NOT_TRADABLE.value,
    ] == reasons


class _Pageless(TradierFace):
    """A server that does not know the pages of its lists."""

    def _page(self, found: list[dict[str, object]], request: Request) -> list[dict[str, object]]:
        del request
        return found


class _Endless(TradierFace):
    """A server whose lists do not end."""

    def _page(self, found: list[dict[str, object]], request: Request) -> list[dict[str, object]]:
        del found
        number = int(request.asked("page") or 1)
        return [{"type": "option", "date": f"page {number}", "n": n} for n in range(25)]
