from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest

from botd.brokers.port import SessionHours
from botd.brokers.tastytrade.wire_market import (
    MarketReading,
    contract_terms,
    market_params,
    official_close,
    session_of,
    tick_rules,
)
from botd.brokers.transport.fields import Unreadable
from botd.domain.contract import ExerciseStyle, TickRule
from botd.domain.quote import LastTrade, MarketView, Quote
from tests.brokers.tastytrade.answers import AT, CALL_100, PADDED_100, listing

# As market-data.md shows it, and as an answer was recorded.
DOCUMENTED: dict[str, Any] = {
    "symbol": "AAPL",
    "instrumentType": "Equity",
    "bid": 184.5,
    "bidSize": 200.0,
    "ask": 184.55,
    "askSize": 150.0,
    "last": 184.52,
    "lastTradeTime": 1775745000000,
    "close": 183.8,
    "closePriceType": "REGULAR",
    "summaryDate": "2026-04-09",
    "prevClose": 183.8,
    "prevClosePriceType": "FINAL",
    "prevCloseDate": "2026-04-08",
    "tradingHalted": False,
    "updatedAt": "2026-04-09T14:30:00.000+00:00",
}
RECORDED: dict[str, Any] = {
    "ask": "556.23",
    "ask-size": "40.0",
    "bid": "556.09",
    "bid-size": "320.0",
    "close-price-type": "Regular",
    "halt-end-time": -1,
    "instrument-type": "Equity",
    "is-trading-halted": False,
    "last": "556.16",
    "prev-close": "549.9",
    "prev-close-date": "2026-08-21",
    "prev-close-price-type": "Final",
    "summary-date": "2026-08-24",
    "symbol": "META",
    "updated-at": "2026-08-24T17:58:51.032Z",
}
OPTION: dict[str, Any] = {
    "symbol": PADDED_100,
    "instrumentType": "Equity Option",
    "bid": 0.05,
    "bidSize": 3.0,
    "askSize": 0.0,
    "ask": "NaN",
    "updatedAt": "2025-06-20T19:49:59.500Z",
}
INDEX: dict[str, Any] = {
    "symbol": "SPX",
    "last": "7650.84",
    "ask-size": "0.0",
    "bid-size": "0.0",
    "updated-at": "2026-08-24T17:58:50.618Z",
}


def view(
    *items: dict[str, Any],
    symbols: frozenset[str] = frozenset(),
    underlyings: frozenset[str] = frozenset(),
    is_delayed: bool = False,
) -> MarketView:
    reading = MarketReading(symbols, underlyings, is_delayed)
    reading.take(listing(*items))
    return reading.view(AT)


def test_documented_quote_is_read() -> None:
    """Keys in camelCase, numbers as numbers."""
    found = view(DOCUMENTED, underlyings=frozenset({"AAPL"}))

    at = datetime(2026, 4, 9, 14, 30, tzinfo=UTC)
    quote = Quote("AAPL", Decimal("184.5"), Decimal("184.55"), at, 200, 150)
    assert {"AAPL": quote} == found.underlying_quotes
    assert {"AAPL": LastTrade("AAPL", Decimal("184.52"), at)} == found.last_trades
    assert frozenset() == found.halted


def test_recorded_quote_is_read() -> None:
    """Keys with dashes, numbers as text; a last price without its instant is no trade."""
    found = view(RECORDED, underlyings=frozenset({"META"}))

    at = datetime(2026, 8, 24, 17, 58, 51, 32_000, tzinfo=UTC)
    quote = Quote("META", Decimal("556.09"), Decimal("556.23"), at, 320, 40)
    assert {"META": quote} == found.underlying_quotes
    assert {} == found.last_trades


def test_side_without_anybody_is_missing() -> None:
    """What is not a number is nobody's price."""
    quote = view(OPTION, symbols=frozenset({CALL_100})).quotes[CALL_100]

    assert (Decimal("0.05"), None, 3, 0) == (
        quote.bid,
        quote.ask,
        quote.bid_size,
        quote.ask_size,
    )
    assert not quote.is_indicative


def test_sandbox_quotes_are_indicative() -> None:
    """They are fifteen minutes old."""
    found = view(OPTION, symbols=frozenset({CALL_100}), is_delayed=True)

    assert found.quotes[CALL_100].is_indicative


def test_index_is_as_old_as_its_calculation() -> None:
    """An index has no trades, and no quote where nobody gives one."""
    found = view(INDEX, underlyings=frozenset({"SPX"}))

    assert {} == found.underlying_quotes
    assert Decimal("7650.84") == found.last_trades["SPX"].price
    assert datetime(2026, 8, 24, 17, 58, 50, 618_000, tzinfo=UTC) == (
        found.last_trades["SPX"].traded_at
    )


@pytest.mark.parametrize("key", ["tradingHalted", "is-trading-halted"])
def test_halt_is_told_in_either_spelling(key: str) -> None:
    """A halted underlying decides nothing."""
    found = view(DOCUMENTED | {key: True}, underlyings=frozenset({"AAPL"}))

    assert frozenset({"AAPL"}) == found.halted


def test_nobody_asked_for_it_and_it_is_left_out() -> None:
    """Answers hold what was asked for, or it does not count."""
    found = view(DOCUMENTED, OPTION, RECORDED)

    assert ({}, {}, {}) == (found.quotes, found.underlying_quotes, found.last_trades)


def test_price_in_words_is_no_answer() -> None:
    """A quote that cannot be read is not a missing one."""
    with pytest.raises(Unreadable):
        view(DOCUMENTED | {"bid": "much"}, underlyings=frozenset({"AAPL"}))


def test_questions_name_a_hundred_symbols_at_most() -> None:
    """All types count together, and an index is asked for as one."""
    options = frozenset(f"AAPL250620C00{100 + n}000" for n in range(150))

    batches = list(market_params(options, frozenset({"SPX", "AAPL"})))

    assert [100, 52] == [len(batch) for batch in batches]
    assert [("equity[]", "AAPL"), ("index[]", "SPX")] == batches[1][-2:]
    assert ("equity-option[]", PADDED_100) == batches[0][0]


@pytest.mark.parametrize(
    ("item", "day", "close"),
    [
        pytest.param(DOCUMENTED, "2026-04-09", None, id="while the session is open"),
        pytest.param(DOCUMENTED, "2026-04-08", "183.8", id="of the day before"),
        pytest.param(DOCUMENTED, "2026-04-07", None, id="of a day that nobody tells of"),
        pytest.param(
            DOCUMENTED | {"closePriceType": "FINAL"}, "2026-04-09", "183.8", id="once it is final"
        ),
        pytest.param(
            DOCUMENTED | {"closePriceType": "PRELIMINARY"}, "2026-04-09", None, id="preliminary"
        ),
        pytest.param(RECORDED | {"symbol": "AAPL"}, "2026-08-21", "549.9", id="as recorded"),
        pytest.param(
            DOCUMENTED | {"prevClosePriceType": "INDICATIVE"}, "2026-04-08", None, id="indicative"
        ),
        pytest.param(
            DOCUMENTED | {"prevClosePriceType": "REGULAR"},
            "2026-04-08",
            "183.8",
            id="of a past day, as indices have it",
        ),
        pytest.param(DOCUMENTED | {"symbol": "MSFT"}, "2026-04-08", None, id="of another"),
    ],
)
def test_close_is_official_once_it_is_final(
    item: dict[str, Any], day: str, close: str | None
) -> None:
    """While a session is open its `close` is only the last price."""
    found = official_close(listing(item), "AAPL", date.fromisoformat(day))

    assert (None if close is None else Decimal(close)) == found


def test_session_of_a_half_day() -> None:
    """Instants are in UTC already."""
    items = listing(
        {
            "start-at": "2015-12-24T12:00:00.000+00:00",
            "open-at": "2015-12-24T14:30:00.000+00:00",
            "close-at": "2015-12-24T18:00:00.000+00:00",
        }
    )
    day = date(2015, 12, 24)

    assert SessionHours(
        day,
        datetime(2015, 12, 24, 14, 30, tzinfo=UTC),
        datetime(2015, 12, 24, 18, 0, tzinfo=UTC),
    ) == session_of(items, day)
    assert SessionHours(date(2015, 12, 25), None, None) == session_of(items, date(2015, 12, 25))


@pytest.mark.parametrize(
    ("steps", "rule"),
    [
        pytest.param([("0.01", None)], TickRule.PENNY, id="pennies"),
        pytest.param([("0.01", "3.0"), ("0.05", None)], TickRule.PENNY_PROGRAM, id="programme"),
        pytest.param([("0.05", "3.0"), ("0.10", None)], TickRule.NICKEL_DIME, id="nickels"),
        pytest.param([("0.05", "3"), ("0.1", "Infinity")], TickRule.NICKEL_DIME, id="endless"),
        pytest.param([("0.02", None)], None, id="a step that nobody knows"),
        pytest.param([], None, id="nothing told"),
    ],
)
def test_price_steps_are_a_rule(steps: list[tuple[str, str | None]], rule: TickRule | None) -> None:
    """A step counts below its threshold; the one without counts from there."""
    told = [
        {"value": value} | ({} if threshold is None else {"threshold": threshold})
        for value, threshold in steps
    ]

    found = tick_rules(listing({"symbol": "BRK/B", "option-tick-sizes": told}))

    assert ({} if rule is None else {"BRK.B": rule}) == found


def contract(**changes: object) -> dict[str, Any]:
    return {
        "symbol": PADDED_100,
        "active": True,
        "exercise-style": "American",
        "shares-per-contract": 100,
        "is-closing-only": True,
        **changes,
    }


def test_terms_are_the_brokers() -> None:
    """Closing only is tradable to us."""
    found = contract_terms(listing(contract()), {"AAPL": TickRule.PENNY_PROGRAM})[CALL_100]

    assert (100, ExerciseStyle.AMERICAN, TickRule.PENNY_PROGRAM, True) == (
        found.multiplier,
        found.exercise_style,
        found.tick_rule,
        found.is_tradable,
    )


@pytest.mark.parametrize(
    ("changes", "is_tradable"),
    [
        pytest.param({"active": False}, False, id="not active"),
        pytest.param({"halted-at": "2025-06-20T19:00:00Z"}, False, id="halted"),
        pytest.param({"halted-at": None}, True, id="not halted"),
        pytest.param({"active": None}, None, id="untold"),
    ],
)
def test_tradable_is_told(changes: dict[str, object], is_tradable: bool | None) -> None:  # noqa: FBT001 - a row
    """Halted and ended contracts are not."""
    found = contract_terms(listing(contract() | changes), {})[CALL_100]

    assert is_tradable is found.is_tradable


def test_spreads_of_spx_keep_their_own_step() -> None:
    """Nickels and dimes are told of both; only SPX has nickels in packages."""
    rules = {"SPX": TickRule.NICKEL_DIME, "RUT": TickRule.NICKEL_DIME}
    items = listing(
        contract(symbol="SPXW  260520C04025000"), contract(symbol="RUTW  260520C02000000")
    )

    found = contract_terms(items, rules)

    assert [TickRule.SPX, TickRule.NICKEL_DIME] == [each.tick_rule for each in found.values()]
