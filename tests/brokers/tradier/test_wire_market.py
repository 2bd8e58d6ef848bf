"""What Tradier shows of the market."""

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest

from botd.brokers.port import ContractTerms, SessionHours
from botd.brokers.tradier import wire_market as wire
from botd.brokers.transport.fields import Unreadable
from botd.domain.quote import LastTrade, Quote
from tests.brokers.tradier.answers import SHORT, fields

_BID_MS, _ASK_MS = 1559764200000, 1559764201500
_BID_AT = datetime(2019, 6, 5, 19, 50, tzinfo=UTC)
_ASK_AT = datetime(2019, 6, 5, 19, 50, 1, 500_000, tzinfo=UTC)
_DAY = date(2019, 7, 3)


def option(**changes: object) -> dict[str, Any]:
    return {
        "symbol": SHORT,
        "type": "option",
        "last": 0.9,
        "bid": 0.7,
        "ask": 1.0,
        "bidsize": 28,
        "asksize": 12,
        "bid_date": _BID_MS,
        "ask_date": _ASK_MS,
        "trade_date": _BID_MS,
        "contract_size": 100,
        "root_symbol": "SPY",
    } | changes


def calendar(*days: dict[str, Any]) -> dict[str, Any]:
    found = days[0] if len(days) == 1 else list(days)
    return {"calendar": {"month": 7, "year": 2019, "days": {"day": found}}}


@pytest.mark.parametrize(
    ("quotes", "expected"),
    [
        pytest.param({"quote": option()}, 1, id="one is an object"),
        pytest.param({"quote": [option(), option(symbol="SPY")]}, 2, id="two"),
        pytest.param({"unmatched_symbols": {"symbol": "X"}}, 0, id="only unknown ones"),
        pytest.param({"quote": option(), "unmatched_symbols": {"symbol": "X"}}, 1, id="both"),
    ],
)
def test_quotes_that_were_xml(quotes: object, expected: int) -> None:
    """Unknown symbols are not among the quotes."""
    assert expected == len(wire.quotes_in(fields({"quotes": quotes})))


@pytest.mark.parametrize("found", [{}, {"quotes": {}}, {"quotes": "null"}])
def test_answer_without_quotes_is_unreadable(found: object) -> None:
    """An answer that names nothing does not say that there are no quotes."""
    with pytest.raises(Unreadable):
        wire.quotes_in(fields(found))


def test_quote_of_an_option() -> None:
    """Each side has its own instant, sizes are contracts."""
    expected = Quote(
        symbol=SHORT,
        bid=Decimal("0.7"),
        ask=Decimal("1.0"),
        quoted_at=_ASK_AT,
        bid_size=28,
        ask_size=12,
        bid_at=_BID_AT,
        ask_at=_ASK_AT,
    )

    assert expected == wire.quote_of(fields(option()), is_delayed=False)


def test_delayed_quote_is_indicative() -> None:
    """What is 15 minutes old is nobody's price."""
    shown = wire.quote_of(fields(option()), is_delayed=True)

    assert shown is not None
    assert shown.is_indicative


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        pytest.param({"bid": 0.0}, (Decimal(0), Decimal("1.0")), id="nobody bids"),
        pytest.param({"bid": None}, (None, Decimal("1.0")), id="no bid is told"),
        pytest.param({"bid_date": 0}, (None, Decimal("1.0")), id="nobody ever bid"),
        pytest.param({"ask_date": None}, (Decimal("0.7"), None), id="no instant of the ask"),
    ],
)
def test_side(changes: dict[str, Any], expected: tuple[Decimal | None, Decimal | None]) -> None:
    """A side needs its instant; a bid of zero is one."""
    shown = wire.quote_of(fields(option(**changes)), is_delayed=False)

    assert shown is not None
    assert expected == (shown.bid, shown.ask)


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({"bid": 0.0, "ask": 0.0}, id="nobody on either side"),
        pytest.param({"bid": None, "ask": None}, id="an index"),
        pytest.param({"bid_date": 0, "ask_date": 0}, id="no instant"),
    ],
)
def test_quote_that_is_none(changes: dict[str, Any]) -> None:
    """Without sides or instants there is no quote."""
    assert None is wire.quote_of(fields(option(**changes)), is_delayed=False)


def test_sizes_of_shares_are_hundreds() -> None:
    """Everything but options is counted in lots."""
    shown = wire.quote_of(fields(option(symbol="BRK/B", type="stock")), is_delayed=False)

    assert shown is not None
    assert ("BRK.B", 2800, 1200) == (shown.symbol, shown.bid_size, shown.ask_size)


def test_last_value_of_an_index() -> None:
    """An index has a last value and no sides."""
    index = fields(option(symbol="SPX", type="index", bid=None, ask=None, last=2826.15))

    assert LastTrade("SPX", Decimal("2826.15"), _BID_AT) == wire.last_trade_of(index)
    assert {} == wire.shown_in([index], is_delayed=False)


@pytest.mark.parametrize("changes", [{"last": None}, {"last": 0.0}, {"trade_date": 0}])
def test_last_trade_that_is_none(changes: dict[str, Any]) -> None:
    """A trade needs a price and an instant."""
    assert None is wire.last_trade_of(fields(option(**changes)))


def test_odd_quote_blinds_nobody_else() -> None:
    """A quote that cannot be read is missing."""
    found = [fields(option(symbol="ODD", bid="?", trade_date="?")), fields(option())]

    assert [SHORT] == list(wire.shown_in(found, is_delayed=False))
    assert [SHORT] == list(wire.traded_in(found))


def test_terms_are_the_contracts_size() -> None:
    """Tradier tells a contract's size; shares have no terms."""
    mini = "SPY7190605C00282000"
    found = [
        fields(option()),
        fields(option(symbol=mini, contract_size=10)),
        fields(option(symbol="SPY", type="etf")),
    ]

    assert {
        SHORT: ContractTerms(SHORT, multiplier=100),
        mini: ContractTerms(mini, multiplier=10),
    } == wire.terms_in(found)


@pytest.mark.parametrize(
    ("state", "is_over"),
    [("premarket", False), ("open", False), ("postmarket", True), ("closed", True)],
)
def test_clock(state: str, *, is_over: bool) -> None:
    """The documented clock: epoch seconds, and one of four states."""
    found = fields({"clock": {"date": "2019-05-06", "state": state, "timestamp": 1557156988}})

    assert wire.MarketClock(
        datetime(2019, 5, 6, 15, 36, 28, tzinfo=UTC), date(2019, 5, 6), is_over
    ) == wire.clock_of(found)


def test_unknown_state_of_the_market_is_unreadable() -> None:
    """Nobody guesses whether the market is open."""
    with pytest.raises(Unreadable):
        wire.clock_of(fields({"clock": {"date": "2019-05-06", "state": "?", "timestamp": 1}}))


@pytest.mark.parametrize(
    ("day", "expected"),
    [
        pytest.param(
            {"date": "2019-07-03", "status": "open", "open": {"start": "09:30", "end": "13:00"}},
            SessionHours(
                _DAY,
                datetime(2019, 7, 3, 13, 30, tzinfo=UTC),
                datetime(2019, 7, 3, 17, 0, tzinfo=UTC),
            ),
            id="a half-day in summer",
        ),
        pytest.param(
            {"date": "2019-07-03", "status": "closed"}, SessionHours(_DAY, None, None), id="closed"
        ),
        pytest.param({"date": "2019-07-02", "status": "closed"}, None, id="another day"),
    ],
)
def test_calendar(day: dict[str, Any], expected: SessionHours | None) -> None:
    """New York wall times of one day, as instants."""
    assert expected == wire.session_of(fields(calendar(day)), _DAY)


def test_calendar_in_winter() -> None:
    """In winter New York is five hours behind."""
    day = {"date": "2019-07-03", "status": "open", "open": {"start": "09:30", "end": "16:00"}}
    winter = date(2019, 12, 2)

    found = wire.session_of(fields(calendar(day | {"date": "2019-12-02"})), winter)

    assert found is not None
    assert datetime(2019, 12, 2, 21, 0, tzinfo=UTC) == found.closes_at


@pytest.mark.parametrize(
    "day",
    [
        pytest.param({"status": "half"}, id="a status that nobody knows"),
        pytest.param({"status": "open"}, id="no hours"),
        pytest.param({"status": "open", "open": {"start": "9", "end": "16"}}, id="no times"),
    ],
)
def test_odd_day_is_unreadable(day: dict[str, Any]) -> None:
    """A day that cannot be read is not taken for closed."""
    with pytest.raises(Unreadable):
        wire.session_of(fields(calendar({"date": "2019-07-03", **day})), _DAY)


@pytest.mark.parametrize(
    ("history", "expected"),
    [
        pytest.param(None, None, id="none"),
        pytest.param({"day": {"date": "2019-07-03", "close": 298.8}}, "298.8", id="one"),
        pytest.param(
            {"day": [{"date": "2019-07-02", "close": 1.0}, {"date": "2019-07-03", "close": 2.5}]},
            "2.5",
            id="of the day",
        ),
        pytest.param({"day": {"date": "2019-07-02", "close": 1.0}}, None, id="another day"),
        pytest.param({"day": {"date": "2019-07-03", "close": 0.0}}, None, id="nothing traded"),
    ],
)
def test_close(history: object, expected: str | None) -> None:
    """The close of the very day, or none."""
    found = wire.close_of(fields({"history": history}), _DAY)

    assert (None if expected is None else Decimal(expected)) == found
