"""What the adapter asks of Intotes, and what it makes of the answers, over the face."""

import json
from collections.abc import AsyncIterator
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from botd.brokers.intotes.closes import SETTLES
from botd.domain.orders import OrderIntent, OrderReport, ReportState
from botd.errors import BrokerUnavailable, OrderRefused, OutcomeUnknown, RefusalReason
from tests.brokers.intotes.answers import NO, closing
from tests.contract.intotes_stand import YES, IntotesStand
from tests.servers.face import Request
from tests.servers.faults import Call, Fault, FaultKind

_HOUR = timedelta(hours=1)


@pytest.fixture
async def stand(tmp_path: Path) -> AsyncIterator[IntotesStand]:
    made = IntotesStand(tmp_path)
    yield made
    await made.broker.aclose()


def asked(stand: IntotesStand, call: Call) -> list[Request]:
    return [visit.request for visit in stand.gate.visits if visit.call is call]


def sell(units: int, name: str = "bd1-a", symbol: str = YES) -> OrderIntent:
    return closing((symbol, -1), units=units, name=name)


async def listed(stand: IntotesStand) -> tuple[OrderReport, ...]:
    return await stand.broker.orders(stand.now() - _HOUR)


def wait(stand: IntotesStand, time: timedelta = SETTLES) -> None:
    stand.at(stand.now() + time)


async def test_the_example_of_a_manual_close(stand: IntotesStand) -> None:
    """As the guide has it: a POST to the market's own address, a bearer token, and no body."""
    stand.web.buy(YES, 5, 4_000)
    report = await stand.broker.submit(sell(5))

    [request] = asked(stand, Call.SUBMIT)

    assert ("POST", "/api/v1/market/positions/100/close") == (request.method, request.path)
    assert b"" == request.body
    assert request.headers["authorization"].startswith("Bearer ")
    assert (ReportState.FILLED, 5, 5) == (report.state, report.units, report.filled_units)


async def test_the_example_of_closed_positions(stand: IntotesStand) -> None:
    """As the guide has it: the record is asked for, and tells what a share went for."""
    stand.web.buy(YES, 5, 4_000)
    report = await stand.broker.submit(sell(5))

    [request, *_] = asked(stand, Call.SETTLEMENTS)
    [fill] = report.fills

    assert ("GET", "/api/v1/market/positions/completed") == (request.method, request.path)
    assert ("", 5, Decimal("47.50")) == (fill.execution_id, fill.units, fill.net_price)


async def test_a_short_is_a_holding_of_no(stand: IntotesStand) -> None:
    """As the guide has it: who is short holds NO; the same call closes it."""
    stand.exchange.quote(NO, "52.00", "52.50", 500)
    stand.web.buy(NO, 3, 6_000)

    report = await stand.broker.submit(sell(3, symbol=NO))

    assert (ReportState.FILLED, [Decimal("52.00")]) == (
        report.state,
        [fill.net_price for fill in report.fills],
    )
    assert () == await stand.broker.holdings()


@pytest.mark.parametrize(
    ("winner", "price"),
    [pytest.param("YES", 100, id="10000 cents"), pytest.param("NO", 0, id="0 cents")],
)
@pytest.mark.parametrize(
    "tells_words",
    [pytest.param(True, id="as the guide"), pytest.param(False, id="as the reference")],
)
async def test_the_example_of_a_settlement(
    stand: IntotesStand, winner: str, price: int, *, tells_words: bool
) -> None:
    """As the guide has it: nothing is sent, and all that was held is settled at one of two ends."""
    stand.web.dialect.tells_words = tells_words
    stand.web.buy(YES, 5, 4_000)
    stand.web.resolve("100", winner)

    [record] = await stand.broker.settlements(stand.now() - _HOUR)

    assert (YES, 5, Decimal(price)) == (record.symbol, record.quantity, record.price)
    assert () == await stand.broker.holdings()
    assert [] == asked(stand, Call.SUBMIT)


async def test_a_manual_close_is_no_settlement(stand: IntotesStand) -> None:
    """One field tells the two apart, also where it is left out."""
    stand.web.dialect.tells_words = True
    stand.web.buy(YES, 5, 4_000)
    await stand.broker.submit(sell(5))

    assert () == await stand.broker.settlements(stand.now() - _HOUR)


async def test_a_thin_book_closes_a_part(stand: IntotesStand) -> None:
    """As the guide has it: the rest stays open, for the next attempt."""
    stand.exchange.quote(YES, "47.50", "48.00", 3)
    stand.web.buy(YES, 5, 4_000)
    first = await stand.broker.submit(sell(5))
    wait(stand)
    [over] = await listed(stand)
    stand.exchange.quote(YES, "46.00", "48.00", 3)
    rest = await stand.broker.submit(sell(2, "bd1-b"))

    assert (ReportState.WORKING, 3, ()) == (first.state, first.filled_units, first.fills)
    assert (ReportState.CANCELED, 3) == (over.state, over.filled_units)
    assert (ReportState.FILLED, 2) == (rest.state, rest.filled_units)
    assert () == rest.fills  # its record may tell of both closes
    assert () == await stand.broker.holdings()


async def test_an_empty_book_closes_nothing(stand: IntotesStand) -> None:
    """It is no refusal: the order ended unfilled."""
    stand.exchange.quote(YES, None, "48.00", 5)
    stand.web.buy(YES, 5, 4_000)
    first = await stand.broker.submit(sell(5))
    wait(stand)

    [over] = await listed(stand)

    assert (ReportState.WORKING, ReportState.CANCELED) == (first.state, over.state)
    assert 0 == over.filled_units


@pytest.mark.parametrize(
    ("held", "units", "words"),
    [
        pytest.param({YES: 5}, 3, "takes all 5 event:100:YES, not 3 of them", id="a part"),
        pytest.param({YES: 5, NO: 2}, 5, "YES and NO are both held", id="both sides"),
    ],
)
async def test_what_a_close_cannot_say_is_not_sent(
    stand: IntotesStand, held: dict[str, int], units: int, words: str
) -> None:
    """It would close more than is asked: nothing is sent, and nobody has refused the close."""
    stand.hold(held)

    with pytest.raises(BrokerUnavailable, match=words) as caught:
        await stand.broker.submit(sell(units))

    assert not caught.value.is_auth
    assert str(caught.value).startswith("nothing was sent")
    assert [] == asked(stand, Call.SUBMIT)
    assert () == await listed(stand)


@pytest.mark.parametrize(
    "intent",
    [
        pytest.param(closing((YES, 1)), id="a purchase"),
        pytest.param(closing((YES, -1), net_price="40.00"), id="at a limit"),
        pytest.param(closing((YES, -1), ("event:200:YES", -1)), id="two markets"),
        pytest.param(closing(("GOOG", -1)), id="shares"),
    ],
)
async def test_what_is_no_close_of_one_side_is_not_sent(
    stand: IntotesStand, intent: OrderIntent
) -> None:
    """There is one call, and it does one thing."""
    stand.hold({YES: 1, "event:200:YES": 1})

    with pytest.raises(BrokerUnavailable, match="nothing was sent"):
        await stand.broker.submit(intent)

    assert [] == stand.gate.visits


@pytest.mark.parametrize("kind", [FaultKind.ODD_BODY, FaultKind.LOSE_AFTER, FaultKind.CUT_OFF])
async def test_without_a_look_before_nothing_is_sent(stand: IntotesStand, kind: FaultKind) -> None:
    """Whatever became of that read: the close has not left."""
    stand.hold({YES: 5})
    stand.gate.faults.plan(Fault(kind, Call.HOLDINGS, body=b"[{}]"))

    with pytest.raises(BrokerUnavailable):
        await stand.broker.submit(sell(5))

    assert [] == asked(stand, Call.SUBMIT)


async def test_without_a_look_after_it_is_asked_about_again(stand: IntotesStand) -> None:
    """It was taken: that much is known, and the next list tells the rest."""
    stand.web.buy(YES, 5, 4_000)
    stand.gate.faults.plan(Fault(FaultKind.LOSE_AFTER, Call.HOLDINGS, skip=1))

    sent = await stand.broker.submit(sell(5))
    [report] = await listed(stand)

    assert (ReportState.PENDING, 0) == (sent.state, sent.filled_units)
    assert (ReportState.FILLED, 5) == (report.state, report.filled_units)


async def test_a_lost_close_is_found_by_its_record(stand: IntotesStand) -> None:
    """What was held is gone, and the record says that it was closed by hand."""
    stand.web.buy(YES, 5, 4_000)
    stand.gate.faults.plan(Fault(FaultKind.LOSE_AFTER, Call.SUBMIT))

    with pytest.raises(OutcomeUnknown):
        await stand.broker.submit(sell(5))
    [report] = await listed(stand)

    assert (ReportState.FILLED, [Decimal("47.50")]) == (
        report.state,
        [fill.net_price for fill in report.fills],
    )


async def test_no_second_close_while_the_first_may_execute(stand: IntotesStand) -> None:
    """Until its horizon has passed nothing else is sent for the market, whatever asks for it."""
    stand.hold({YES: 5})
    stand.gate.faults.plan(Fault(FaultKind.LOSE_BEFORE, Call.SUBMIT))
    with pytest.raises(OutcomeUnknown):
        await stand.broker.submit(sell(5))

    with pytest.raises(BrokerUnavailable, match="bd1-a may still execute"):
        await stand.broker.submit(sell(5, "bd1-b"))
    wait(stand, stand.broker.card.absent_after + timedelta(seconds=1))
    report = await stand.broker.submit(sell(5, "bd1-b"))

    assert ReportState.FILLED is report.state
    assert ["bd1-b"] == [each.client_order_id for each in await listed(stand)]


async def test_an_event_that_ends_meanwhile_is_no_fill(stand: IntotesStand) -> None:
    """What was settled was not closed by us, though the close got no answer and all is gone."""
    stand.hold({YES: 5})
    stand.gate.faults.plan(Fault(FaultKind.LOSE_BEFORE, Call.SUBMIT))
    with pytest.raises(OutcomeUnknown):
        await stand.broker.submit(sell(5))
    stand.web.resolve("100", "YES")

    [report] = await listed(stand)

    assert (ReportState.CANCELED, 0) == (report.state, report.filled_units)


async def test_after_a_restart_no_close_is_known(stand: IntotesStand) -> None:
    """Another process has to wait, and says so on its card."""
    stand.web.buy(YES, 5, 4_000)
    await stand.broker.submit(sell(5))
    first = stand.broker
    stand.reopen()

    assert () == await listed(stand)
    assert None is await stand.broker.look_up("bd1-a")
    assert not stand.broker.card.looks_up_client_ids
    await first.aclose()


async def test_a_close_of_this_process_is_looked_up(stand: IntotesStand) -> None:
    """By the id that botd gave it."""
    stand.hold({YES: 5})
    sent = await stand.broker.submit(sell(5))

    assert sent == await stand.broker.look_up("bd1-a")
    assert None is await stand.broker.look_up("bd1-b")


async def test_nothing_is_asked_while_nothing_is_open(stand: IntotesStand) -> None:
    """A poll of decided closes costs no request."""
    stand.hold({YES: 5})
    await stand.broker.submit(sell(5))
    before = stand.gate.requests

    await listed(stand)

    assert before == stand.gate.requests


@pytest.mark.parametrize("string_errors", [True, False])
async def test_a_paused_market_is_one_market(stand: IntotesStand, *, string_errors: bool) -> None:
    """A no to this close, which stops no other."""
    stand.web.dialect.string_errors = string_errors
    stand.web.markets.paused.add("100")
    stand.hold({YES: 5, "event:200:NO": 1})

    with pytest.raises(OrderRefused) as caught:
        await stand.broker.submit(sell(5))
    other = await stand.broker.submit(sell(1, "bd1-b", "event:200:NO"))

    assert RefusalReason.NOT_TRADABLE is caught.value.refusal.reason
    assert ("MARKET_PAUSED", 409) == (
        caught.value.refusal.code,
        caught.value.refusal.http_status,
    )
    assert ReportState.FILLED is other.state


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(b'{"message": ""}', id="an empty message"),
        pytest.param(b'{"message": 7}', id="a number"),
        pytest.param(b'["Position closed successfully"]', id="a list"),
        pytest.param(b"", id="nothing"),
    ],
)
async def test_an_answer_without_its_message_is_unknown(stand: IntotesStand, body: bytes) -> None:
    """A 200 of somebody else is no proof of a close."""
    stand.hold({YES: 5})
    stand.gate.faults.plan(Fault(FaultKind.REFUSE, Call.SUBMIT, status=200, body=body))

    with pytest.raises(OutcomeUnknown):
        await stand.broker.submit(sell(5))

    assert () == await listed(stand)


async def test_the_record_is_read_by_its_cursor_to_its_end(stand: IntotesStand) -> None:
    """Every line once, the next page by what the last one gave."""
    symbols = [f"event:{number}:YES" for number in range(1_000, 1_250)]
    for symbol in symbols:
        stand.web.buy(symbol, 1, 5_000)
        stand.web.resolve(symbol.split(":")[1], "YES")

    records = await stand.broker.settlements(stand.now() - _HOUR)

    assert sorted(symbols) == sorted(one.symbol for one in records)
    assert [None, "100", "200"] == [one.asked("cursor") for one in asked(stand, Call.SETTLEMENTS)]


async def test_the_record_is_read_no_further_than_it_is_wanted(stand: IntotesStand) -> None:
    """It is newest first: a page that is wholly older is the last one that is asked for."""
    for number in range(1_000, 1_250):
        stand.web.buy(f"event:{number}:YES", 1, 5_000)
        stand.web.resolve(str(number), "YES")
    wait(stand, _HOUR)

    assert () == await stand.broker.settlements(stand.now() - timedelta(minutes=1))
    assert 1 == len(asked(stand, Call.SETTLEMENTS))


@pytest.mark.parametrize(
    "cursors",
    [pytest.param(["a", "a"], id="the same again"), pytest.param(list("abcd") * 20, id="no end")],
)
async def test_a_record_without_an_end_is_unknown(stand: IntotesStand, cursors: list[str]) -> None:
    """Neither a list in circles nor an endless one is taken for a whole one."""
    for cursor in cursors:
        page = json.dumps({"positions": [], "next_cursor": cursor, "has_more": True}).encode()
        stand.gate.faults.plan(Fault(FaultKind.REFUSE, Call.SETTLEMENTS, status=200, body=page))

    with pytest.raises(OutcomeUnknown):
        await stand.broker.settlements(stand.now())


async def test_the_price_of_a_market_is_that_of_yes(stand: IntotesStand) -> None:
    """In dollars; what is paused is halted, what is resolved or unknown shows nothing."""
    for symbol in ("event:100:YES", "event:200:NO", "event:300:YES"):
        stand.web.buy(symbol, 1, 5_000)
        stand.exchange.trade(symbol.rpartition(":")[0], "47.75")
    stand.web.markets.paused.add("200")
    stand.web.resolve("300", "YES")

    names = frozenset({"event:100", "event:200", "event:300", "event:999", "GOOG"})
    view = await stand.broker.market(frozenset({YES}), names)

    prices = {name: trade.price for name, trade in view.last_trades.items()}
    assert {"event:100": Decimal("47.75"), "event:200": Decimal("47.75")} == prices
    assert {"event:200"} == view.halted
    assert ({}, {}) == (view.quotes, view.underlying_quotes)


async def test_whether_a_contract_trades(stand: IntotesStand) -> None:
    """Neither paused nor resolved; of what is unknown, or no event, nothing is said."""
    for symbol in ("event:100:YES", "event:200:NO", "event:300:YES"):
        stand.web.buy(symbol, 1, 5_000)
    stand.web.markets.paused.add("200")
    stand.web.resolve("300", "YES")
    symbols = {YES, NO, "event:200:NO", "event:300:YES", "event:999:YES", "GOOG"}

    terms = await stand.broker.terms(frozenset(symbols))

    assert {YES: True, NO: True, "event:200:NO": False, "event:300:YES": False} == {
        symbol: each.is_tradable for symbol, each in terms.items()
    }


async def test_an_odd_market_raises_once_all_have_answered(stand: IntotesStand) -> None:
    """Nothing is taken for a price that is none."""
    stand.web.markets.known |= {"100", "200"}
    stand.gate.faults.plan(Fault(FaultKind.ODD_BODY, Call.MARKET, body=b"{}"))

    with pytest.raises(OutcomeUnknown):
        await stand.broker.market(frozenset(), frozenset({"event:100", "event:200"}))

    assert 2 == len(asked(stand, Call.MARKET))


async def test_a_read_that_is_forbidden_is_about_the_account(stand: IntotesStand) -> None:
    """A person has to look."""
    stand.gate.faults.plan(Fault(FaultKind.REFUSE, Call.HOLDINGS, status=403, body=b"{}"))

    with pytest.raises(BrokerUnavailable) as caught:
        await stand.broker.holdings()

    assert caught.value.is_auth


async def test_an_odd_profile_is_unknown(stand: IntotesStand) -> None:
    """Whose account it is, is not guessed."""
    stand.gate.faults.plan(Fault(FaultKind.ODD_BODY, Call.ACCOUNT, body=b'{"user": {}}'))

    with pytest.raises(OutcomeUnknown):
        await stand.broker.account()
