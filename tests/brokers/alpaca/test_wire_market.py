"""Market data as the published description shows it."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from botd.brokers.alpaca import wire_market
from botd.brokers.transport.fields import Unreadable
from botd.domain.quote import LastTrade, Quote
from tests.brokers.alpaca.answers import body

CALL = "AAPL240419P00140000"
AT = datetime(2024, 2, 28, 15, 30, 28, 46330, UTC)
QUOTE = {
    "bp": 0.15,
    "bs": 164,
    "bx": "W",
    "ap": 0.16,
    "as": 669,
    "ax": "w",
    "c": "A",
    "t": "2024-02-28T15:30:28.046330624Z",
}
TRADE = {"p": 172.61, "t": "2022-08-17T10:18:24.114694956Z", "c": ["@"], "s": 160, "x": "Q"}


def test_option_quote_is_exact() -> None:
    """Prices are the decimals that were written, instants lose only nanoseconds."""
    found = body({"quotes": {CALL: QUOTE}})
    expected = Quote(CALL, Decimal("0.15"), Decimal("0.16"), AT, 164, 669)

    assert {CALL: expected} == wire_market.option_quotes(found, is_indicative=False)


def test_indicative_quote_is_marked() -> None:
    """A modified quote is never taken for one that trades."""
    found = body({"quotes": {CALL: QUOTE}})

    assert wire_market.option_quotes(found, is_indicative=True)[CALL].is_indicative


@pytest.mark.parametrize(
    ("bid", "ask", "expected"),
    [
        pytest.param(0, 0.05, (Decimal(0), Decimal("0.05")), id="nobody bids"),
        pytest.param(0.05, 0, (Decimal("0.05"), None), id="nobody asks"),
        pytest.param(0, 0, (None, None), id="nobody quotes"),
    ],
)
def test_empty_side_of_an_option(
    bid: float, ask: float, expected: tuple[Decimal | None, Decimal | None]
) -> None:
    """A bid of zero beside an ask is a price; any other zero is no side."""
    found = body({"quotes": {CALL: {**QUOTE, "bp": bid, "ap": ask}}})

    quote = wire_market.option_quotes(found, is_indicative=False)[CALL]

    assert expected == (quote.bid, quote.ask)


@pytest.mark.parametrize("side", ["bp", "ap"])
def test_zero_of_a_stock_is_no_side(side: str) -> None:
    """Zero means that the security has no active bid, or no active ask."""
    found = body({"AAPL": {"latestQuote": {**QUOTE, side: 0}}})

    quote = wire_market.stock_quotes(found)["AAPL"]

    assert None is (quote.bid if side == "bp" else quote.ask)
    assert None is not (quote.ask if side == "bp" else quote.bid)


def test_last_trade_is_read() -> None:
    """The newest trade out of a snapshot."""
    at = datetime(2022, 8, 17, 10, 18, 24, 114694, UTC)

    found = wire_market.stock_trades(body({"AAPL": {"latestTrade": TRADE}}))

    assert {"AAPL": LastTrade("AAPL", Decimal("172.61"), at)} == found


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({"c": ["@", "4"]}, id="derivatively priced"),
        pytest.param({"c": ["W"]}, id="an average price"),
        pytest.param({"c": ["@", "Z"]}, id="sold out of sequence"),
        pytest.param({"u": "canceled"}, id="canceled"),
        pytest.param({"u": "incorrect"}, id="corrected since"),
    ],
)
def test_trade_beside_the_market_is_missing(changes: dict[str, object]) -> None:
    """A print at another price than the market's says nothing of where the stock stands."""
    assert {} == wire_market.stock_trades(body({"AAPL": {"latestTrade": {**TRADE, **changes}}}))


@pytest.mark.parametrize("conditions", [["@", "I"], ["@", "F"], ["@", "6"], [], None])
def test_trade_at_the_market_counts(conditions: list[str] | None) -> None:
    """Odd lots, sweeps and closing prints are trades at the market's price."""
    found = body({"AAPL": {"latestTrade": {**TRADE, "c": conditions}}})

    assert "AAPL" in wire_market.stock_trades(found)


def test_snapshot_without_parts_is_missing() -> None:
    """A stock that nothing is known of has neither quote nor trade."""
    found = body({"AAPL": {"latestQuote": None}, "MSFT": None})

    assert {} == wire_market.stock_quotes(found)
    assert {} == wire_market.stock_trades(found)


def test_index_value_stands_for_a_trade() -> None:
    """An index has a value and an instant."""
    found = body({"values": {"SPX": {"t": "2026-05-18T17:00:02.0256Z", "v": 7383.46}}})
    at = datetime(2026, 5, 18, 17, 0, 2, 25600, UTC)

    assert {"SPX": LastTrade("SPX", Decimal("7383.46"), at)} == wire_market.index_values(found)


@pytest.mark.parametrize(
    ("symbol", "expected"), [("SPX", True), ("VIX", True), ("SPY", False), ("BRK.B", False)]
)
def test_index_is_known(*, symbol: str, expected: bool) -> None:
    """What settles in cash is an index."""
    assert expected is wire_market.is_index(symbol)


@pytest.mark.parametrize(
    ("bars", "close"),
    [
        pytest.param([{"t": "2022-01-03T05:00:00Z", "c": 182.01}], "182.01", id="in winter"),
        pytest.param([{"t": "2022-01-04T05:00:00Z", "c": 179.7}], None, id="of another day"),
        pytest.param([], None, id="no bar"),
        pytest.param(None, None, id="no bars"),
    ],
)
def test_daily_close(bars: object, close: str | None) -> None:
    """Only the bar of the New York day that was asked for counts."""
    found = body({"bars": {"AAPL": bars}, "next_page_token": None})

    expected = None if close is None else Decimal(close)

    assert expected == wire_market.daily_close(found, "AAPL", date(2022, 1, 3))


def test_no_bars_at_all() -> None:
    """Where no stock has a bar the broker says so."""
    assert None is wire_market.daily_close(body({"bars": {}}), "AAPL", date(2022, 1, 3))


@pytest.mark.parametrize(
    "found",
    [
        pytest.param({}, id="no bars and no word of it"),
        pytest.param({"bars": {"AAPL": [{"t": "2022-01-03T05:00:00Z"}]}}, id="a bar without price"),
        pytest.param({"bars": {"AAPL": 7}}, id="no list"),
    ],
)
def test_odd_bars_are_unreadable(found: object) -> None:
    """An odd answer is not taken for a day without a close."""
    with pytest.raises(Unreadable):
        wire_market.daily_close(body(found), "AAPL", date(2022, 1, 3))


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({"bp": "NaN"}, id="no number"),
        pytest.param({"bs": 1.5}, id="half a contract"),
        pytest.param({"t": "2024-02-28T15:30:28"}, id="no offset"),
        pytest.param({"t": None}, id="no instant"),
        pytest.param({"bp": True}, id="true"),
    ],
)
def test_odd_quote_is_unreadable(changes: dict[str, object]) -> None:
    """Nothing is guessed of a price."""
    with pytest.raises(Unreadable):
        wire_market.option_quotes(
            body({"quotes": {CALL: {**QUOTE, **changes}}}), is_indicative=False
        )


def test_batches_are_sorted_and_whole() -> None:
    """No request names more than a hundred symbols, and none is lost."""
    symbols = {f"X{number:03d}" for number in range(201)}

    parts = list(wire_market.batches(symbols))

    assert [100, 100, 1] == [len(part) for part in parts]
    assert sorted(symbols) == [symbol for part in parts for symbol in part]


def test_day_begins_in_new_york() -> None:
    """Midnight follows New York's clock through the year."""
    assert datetime(2022, 1, 3, 5, tzinfo=UTC) == wire_market.midnight(date(2022, 1, 3))
    assert datetime(2022, 7, 1, 4, tzinfo=UTC) == wire_market.midnight(date(2022, 7, 1))
