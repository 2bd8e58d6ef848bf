"""Account, market, contracts and records, asked for over both hosts."""

import asyncio
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from botd.brokers.alpaca.card import CARD
from botd.brokers.port import RecordKind
from botd.domain.contract import TickRule
from botd.errors import BrokerUnavailable, OutcomeUnknown
from tests.brokers.alpaca.answers import AT, CALL_100, CALL_105
from tests.brokers.alpaca.hosts import Asked, Hosts, broker_of
from tests.brokers.paper.day import HandClock

DAY = date(2025, 6, 20)
CLOSE = datetime(2025, 6, 20, 20, 0, tzinfo=UTC)
QUOTE = {"bp": 1.0, "bs": 5, "ap": 1.1, "as": 6, "t": "2025-06-20T19:50:00.000000001Z"}
TRADE = {"p": 201.5, "t": "2025-06-20T19:50:00.5Z", "c": ["@"]}


class Data:
    """A data host that knows some symbols, and perhaps not every feed."""

    def __init__(self, *, has_opra: bool = True, refusal: int = 403, bad: str = "") -> None:
        self.has_opra = has_opra
        self.refusal = refusal
        self.bad = bad
        self.hosts = Hosts(self._answer)
        self.clock = HandClock(AT)
        self.broker = broker_of(self.hosts, self.clock)

    def _answer(self, asked: Asked) -> tuple[int, object]:
        symbols = asked.query["symbols"].split(",")
        if self.bad in symbols:
            return 400, {"message": f"invalid symbol: {self.bad}"}
        if asked.path == "/v1beta1/indices/latest/values":
            return 200, {"values": {"SPX": {"t": "2025-06-20T19:50:00Z", "v": 5967.84}}}
        if asked.path == "/v2/stocks/snapshots":
            return 200, {name: {"latestTrade": TRADE, "latestQuote": QUOTE} for name in symbols}
        if asked.query["feed"] == "opra" and not self.has_opra:
            return self.refusal, {"message": "OPRA agreement is not signed"}
        return 200, {"quotes": dict.fromkeys(symbols, QUOTE)}


async def test_market_is_asked_on_its_own_host() -> None:
    """Options, stocks and indices are three requests of the data host."""
    data = Data()

    view = await data.broker.market(frozenset({CALL_100}), frozenset({"AAPL", "SPX"}))

    assert {"data.invalid"} == {each.host for each in data.hosts.asked}
    assert {CALL_100} == set(view.quotes)
    assert {"AAPL"} == set(view.underlying_quotes)
    assert {"AAPL": Decimal("201.5"), "SPX": Decimal("5967.84")} == {
        name: trade.price for name, trade in view.last_trades.items()
    }
    assert not view.quotes[CALL_100].is_indicative
    assert AT == view.as_of


async def test_nothing_asked_is_nothing_sent() -> None:
    """An account without positions costs no request."""
    data = Data()

    view = await data.broker.market(frozenset(), frozenset())

    assert ({}, []) == (view.quotes, data.hosts.asked)


async def test_many_options_go_in_batches() -> None:
    """A hundred symbols a request."""
    data = Data()
    symbols = frozenset(f"AAPL250620C{strike:05d}000" for strike in range(1, 202))

    view = await data.broker.market(symbols, frozenset())

    assert symbols == set(view.quotes)
    assert [100, 100, 1] == [len(each.query["symbols"].split(",")) for each in data.hosts.asked]


@pytest.mark.parametrize("refusal", [403, 422])
async def test_without_a_subscription_quotes_are_marked(refusal: int) -> None:
    """Where OPRA is refused the modified quotes are taken, marked; it is asked again later."""
    data = Data(has_opra=False, refusal=refusal)

    first = await data.broker.market(frozenset({CALL_100}), frozenset())
    await data.broker.market(frozenset({CALL_100}), frozenset())
    data.has_opra = True
    data.clock.at += timedelta(minutes=15)
    last = await data.broker.market(frozenset({CALL_100}), frozenset())

    assert first.quotes[CALL_100].is_indicative
    assert not last.quotes[CALL_100].is_indicative
    assert ["opra", "indicative", "indicative", "opra"] == data.hosts.queries("feed")


async def test_wrong_keys_are_no_missing_subscription() -> None:
    """Where neither feed is given it is about the keys."""
    hosts = Hosts(lambda _: (403, {"message": "forbidden."}))

    with pytest.raises(BrokerUnavailable) as caught:
        await broker_of(hosts).market(frozenset({CALL_100}), frozenset())

    assert caught.value.is_auth


async def test_symbol_that_is_refused_spoils_no_other() -> None:
    """A request that is called bad is cut until the bad symbol stands alone."""
    data = Data(bad="ABC1250620C00002000")
    good = frozenset({CALL_100, CALL_105, "MSFT250620C00400000"})

    view = await data.broker.market(good | {data.bad}, frozenset())

    assert good == set(view.quotes)


async def test_index_that_keys_may_not_see_is_missing() -> None:
    """Without a right to index values nothing is known of the index."""
    hosts = Hosts(lambda _: (403, {"message": "forbidden."}))

    view = await broker_of(hosts).market(frozenset(), frozenset({"SPX"}))

    assert {} == view.last_trades


@pytest.mark.parametrize("body", [{}, {"quotes": []}, b"<html>", {"quotes": {CALL_100: {}}}])
async def test_odd_market_is_unknown(body: object) -> None:
    """A market that cannot be read is not an empty one."""
    with pytest.raises(OutcomeUnknown):
        await broker_of(Hosts(lambda _: (200, body))).market(frozenset({CALL_100}), frozenset())


@pytest.mark.parametrize(("status", "error"), [(404, BrokerUnavailable), (500, OutcomeUnknown)])
async def test_refused_read_is_no_data(status: int, error: type[Exception]) -> None:
    """An account that is not answered holds not nothing."""
    with pytest.raises(error):
        await broker_of(Hosts(lambda _: (status, {"message": "no"}))).holdings()


def contract(symbol: str) -> dict[str, Any]:
    """Write a contract."""
    return {"symbol": symbol, "style": "american", "multiplier": "100", "tradable": True}


async def test_terms_tell_the_penny_programme() -> None:
    """Contracts are asked for inside and outside of the programme, page by page."""
    pages = {
        ("true", None): ([contract(CALL_105)], "next"),
        ("true", "next"): ([contract("AAPL250620C00102000")], None),
        ("false", None): ([contract("XYZ250620C00100000")], None),
    }

    def answer(asked: Asked) -> tuple[int, object]:
        rows, token = pages[asked.query["ppind"], asked.query.get("page_token")]
        return 200, {"option_contracts": rows, "next_page_token": token}

    hosts = Hosts(answer)
    symbols = frozenset({CALL_105, "XYZ250620C00100000", "XYZ250620C00101000"})

    found = await broker_of(hosts).terms(symbols)

    assert {
        CALL_105: TickRule.PENNY_PROGRAM,
        "XYZ250620C00100000": TickRule.NICKEL_DIME,
    } == {symbol: terms.tick_rule for symbol, terms in found.items()}
    first = hosts.asked[0].query
    assert ("AAPL,XYZ", "2025-06-20", "100", "105") == tuple(
        first[name]
        for name in (
            "underlying_symbols",
            "expiration_date",
            "strike_price_gte",
            "strike_price_lte",
        )
    )


async def test_terms_that_contradict_tell_no_tick() -> None:
    """A broker that ignores the filter lists a contract twice; then its steps are not known."""
    hosts = Hosts(lambda _: (200, {"option_contracts": [contract(CALL_100)]}))

    found = await broker_of(hosts).terms(frozenset({CALL_100}))

    assert None is found[CALL_100].tick_rule
    assert 100 == found[CALL_100].multiplier


async def test_terms_of_many_underlyings_are_asked_in_parts() -> None:
    """No request names more than fifty underlyings, nor two expirations."""
    names = [f"{one}{two}" for one in "ABCDEFGH" for two in "ABCDEFG"]
    symbols = {f"{name}250620C00100000" for name in names} | {"AA250627C00100000"}
    hosts = Hosts(lambda _: (200, {"option_contracts": []}))

    assert {} == await broker_of(hosts).terms(frozenset(symbols))
    assert [50, 50, 6, 6, 1, 1] == [
        len((each or "").split(",")) for each in hosts.queries("underlying_symbols")
    ]


@pytest.mark.parametrize(
    "body",
    [
        pytest.param({}, id="no list"),
        pytest.param(
            {"option_contracts": [contract(CALL_100)], "next_page_token": "again"},
            id="pages without end",
        ),
        pytest.param({"option_contracts": [{}]}, id="a contract without a name"),
    ],
)
async def test_odd_contracts_are_unknown(body: object) -> None:
    """A list that cannot be read to its end is none."""
    with pytest.raises(OutcomeUnknown):
        await broker_of(Hosts(lambda _: (200, body))).terms(frozenset({CALL_100}))


def expired(number: int) -> dict[str, Any]:
    """Write the record of one expiration."""
    return {
        "id": f"20250620000000000::{number}",
        "activity_type": "OPEXP",
        "date": "2025-06-20",
        "symbol": CALL_100,
        "qty": "1",
        "status": "executed",
    }


async def test_records_are_read_to_the_last_page() -> None:
    """Each page begins after the last line of the one before it."""
    lines = [expired(number) for number in range(205)]

    def answer(asked: Asked) -> tuple[int, object]:
        ids = [line["id"] for line in lines]
        token = asked.query.get("page_token")
        start = 0 if token is None else ids.index(token) + 1
        return 200, lines[start : start + int(asked.query["page_size"])]

    hosts = Hosts(answer)

    records = await broker_of(hosts).settlements(AT - timedelta(days=7))

    assert [line["id"] for line in lines] == [record.record_id for record in records]
    assert {RecordKind.EXPIRATION} == {record.kind for record in records}
    assert ["OPASN,OPEXC,OPEXP,OPCSH,OPTRD"] * 3 == hosts.queries("activity_types")


@pytest.mark.parametrize(
    "body",
    [
        pytest.param({}, id="no list"),
        pytest.param([expired(number) for number in range(100)], id="pages without end"),
        pytest.param([{**expired(1), "id": None}], id="a line without an id"),
        pytest.param([{**expired(1), "qty": "some"}], id="a line without a quantity"),
    ],
)
async def test_odd_records_are_unknown(body: object) -> None:
    """A record that cannot be read to its end is none."""
    with pytest.raises(OutcomeUnknown):
        await broker_of(Hosts(lambda _: (200, body))).settlements(AT)


def closing(asked: Asked) -> tuple[int, object]:
    """Answer the calendar and the daily bar of a day."""
    if asked.path == "/v2/calendar":
        return 200, [{"date": "2025-06-20", "open": "09:30", "close": "16:00"}]
    return 200, {"bars": {"AAPL": [{"t": "2025-06-20T04:00:00Z", "c": 201.0}]}}


@pytest.mark.parametrize(
    ("now", "expected"),
    [
        pytest.param(CLOSE - timedelta(seconds=1), None, id="the day is not over"),
        pytest.param(
            CLOSE + timedelta(minutes=10) - timedelta(seconds=1), None, id="auctions may come"
        ),
        pytest.param(CLOSE + timedelta(minutes=10), Decimal(201), id="the bar is whole"),
        pytest.param(CLOSE + timedelta(days=3), Decimal(201), id="days later"),
    ],
)
async def test_official_close_is_a_whole_bar(now: datetime, expected: Decimal | None) -> None:
    """A bar that still grows tells no close."""
    hosts = Hosts(closing)

    assert expected == await broker_of(hosts, HandClock(now)).official_close("AAPL", DAY)


async def test_official_close_comes_from_all_exchanges() -> None:
    """The bar is the consolidated one, of prices as they were."""
    hosts = Hosts(closing)

    await broker_of(hosts, HandClock(CLOSE + timedelta(minutes=10))).official_close("AAPL", DAY)

    query = hosts.asked[-1].query
    assert ("AAPL", "1Day", "raw", "sip") == tuple(
        query[name] for name in ("symbols", "timeframe", "adjustment", "feed")
    )
    assert "2025-06-20T00:00:00-04:00" == query["start"]


@pytest.mark.parametrize("status", [400, 403, 404, 422])
async def test_official_close_that_may_not_be_seen_yet(status: int) -> None:
    """Without a subscription the last quarter of an hour is refused: not known yet."""

    def answer(asked: Asked) -> tuple[int, object]:
        return closing(asked) if asked.path == "/v2/calendar" else (status, {"message": "no"})

    broker = broker_of(Hosts(answer), HandClock(CLOSE + timedelta(minutes=10)))

    assert None is await broker.official_close("AAPL", DAY)


async def test_official_close_of_a_day_without_session() -> None:
    """A closed day has none."""
    hosts = Hosts(lambda _: (200, []))

    assert None is await broker_of(hosts).official_close("AAPL", DAY)


async def test_official_close_of_an_index_is_not_told() -> None:
    """Indices have no bars here; nothing is asked."""
    hosts = Hosts(closing)

    assert None is await broker_of(hosts).official_close("SPX", DAY)
    assert [] == hosts.asked


async def test_without_a_stream_nothing_is_pushed() -> None:
    """Who waits for a push waits for ever, until it is given up."""
    task = asyncio.ensure_future(broker_of(Hosts(closing)).pushed())
    done, _ = await asyncio.wait((task,), timeout=0)

    assert not done
    task.cancel()
    await asyncio.wait((task,))
    assert task.cancelled()


async def test_closing_lets_go_of_connections() -> None:
    """Nothing is left open."""
    hosts = Hosts(closing)
    broker = broker_of(hosts, stream_url="wss://stream.invalid/stream")

    await broker.aclose()

    assert hosts.is_closed


async def test_broken_keys_stay_secret() -> None:
    """An answer that repeats the keys is not repeated."""
    hosts = Hosts(lambda _: (404, {"message": "hidden-secret is no key"}))

    with pytest.raises(BrokerUnavailable) as caught:
        await broker_of(hosts).account()

    assert "hidden-secret" not in str(caught.value)


def test_card_tells_where_it_is_known_from() -> None:
    """Promises have sources, and the cut-off has its own."""
    assert CARD.sources
    assert "15:15" in CARD.cutoff_source
    assert "15:30" in CARD.expiration_day
