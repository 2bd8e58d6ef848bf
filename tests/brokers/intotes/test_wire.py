"""Intotes' JSON, read by both of its documents."""

import json
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from botd.brokers.intotes import wire
from botd.brokers.port import Environment, RecordKind
from botd.brokers.transport.budget import Quota
from botd.brokers.transport.fields import Unreadable
from botd.domain.orders import Holding
from tests.brokers.intotes.answers import (
    AT,
    COMPLETED,
    MY_POSITIONS,
    OF_THE_GUIDE,
    body,
    page,
)

LONG_AGO = datetime(2026, 1, 1, tzinfo=UTC)
UUID = OF_THE_GUIDE["market_id"]


def test_the_example_of_open_positions() -> None:
    """A bare list; each side of a market is a symbol, and shares are whole."""
    assert (Holding("event:42:YES", 1500), Holding("event:55:NO", 800)) == wire.holdings_of(
        body(MY_POSITIONS)
    )


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        pytest.param([], {}, id="nothing held"),
        pytest.param(
            [{"market_id": UUID, "token_type": "YES", "amount": 3}],
            {f"event:{UUID}:YES": 3},
            id="the guide's UUID",
        ),
        pytest.param(
            [{"market_id": "42", "side": "no", "amount": "3"}],
            {"event:42:NO": 3},
            id="side alone, small letters, numbers in strings",
        ),
        pytest.param(
            [
                {"id": 1, "market_id": 42, "token_type": "YES", "amount": 3},
                {"id": 2, "market_id": 42, "token_type": "YES", "amount": 4},
                {"id": 3, "market_id": 42, "token_type": "NO", "amount": 5},
            ],
            {"event:42:YES": 7, "event:42:NO": 5},
            id="bonus and own shares together, the other side apart",
        ),
        pytest.param(
            [{"market_id": 42, "token_type": "YES", "amount": 0}], {}, id="nothing of it is left"
        ),
    ],
)
def test_open_positions(rows: list[dict[str, Any]], expected: dict[str, int]) -> None:
    """Both readings of an id, in a list or under a name."""
    for told in (rows, {"positions": rows}):
        assert expected == {one.symbol: one.quantity for one in wire.holdings_of(body(told))}


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({"amount": 1.5}, id="half a share"),
        pytest.param({"amount": -1}, id="less than none"),
        pytest.param({"amount": True}, id="a flag"),
        pytest.param({"token_type": "MAYBE", "side": "MAYBE"}, id="no side"),
        pytest.param({"token_type": None, "side": None}, id="no side at all"),
        pytest.param({"side": "NO"}, id="two sides"),
        pytest.param({"market_id": "../30"}, id="no id"),
    ],
)
def test_odd_positions_are_not_read(changes: dict[str, object]) -> None:
    """Nothing is concluded from half an understanding of what is held."""
    with pytest.raises(Unreadable):
        wire.holdings_of(body([MY_POSITIONS[0] | changes]))


def test_the_example_of_completed_positions() -> None:
    """`won_side` 0 is YES: the holder of YES got 100 dollars a share, the one of NO nothing."""
    found = wire.page_of(body(COMPLETED))

    records = wire.settlements_of(found.ended, LONG_AGO)

    assert "eyJpZCI6NDAyfQ==" == found.cursor
    assert [
        ("401", RecordKind.CASH_SETTLEMENT, "event:30:YES", 2000, Decimal(100)),
        ("402", RecordKind.CASH_SETTLEMENT, "event:35:NO", 500, Decimal(0)),
    ] == [(one.record_id, one.kind, one.symbol, one.quantity, one.price) for one in records]
    assert datetime(2026, 4, 2, 18, 30, tzinfo=UTC) == records[0].recorded_at


@pytest.mark.parametrize(
    ("side", "won_side", "price"),
    [
        pytest.param("YES", 0, 100, id="0 is YES, and won"),
        pytest.param("NO", 0, 0, id="0 is YES, and lost"),
        pytest.param("NO", 1, 100, id="1 is NO"),
        pytest.param("YES", "1", 0, id="a number in a string"),
        pytest.param("YES", "YES", 100, id="the guide's word"),
        pytest.param("YES", "no", 0, id="in small letters"),
    ],
)
def test_what_won_pays_a_hundred_dollars_a_share(side: str, won_side: object, price: int) -> None:
    """10000 cents or nothing, in every way in which a winner is told; P/L does not count."""
    line = OF_THE_GUIDE | {"token_type": side, "won_side": won_side, "pnl": 17}

    [record] = wire.settlements_of(wire.page_of(page(line)).ended, LONG_AGO)

    assert Decimal(price) == record.price


@pytest.mark.parametrize(
    "line",
    [
        pytest.param(OF_THE_GUIDE, id="left out, as the guide says"),
        pytest.param(OF_THE_GUIDE | {"won_side": None}, id="null, as the reference says"),
    ],
)
def test_what_was_closed_by_hand_is_no_settlement(line: dict[str, Any]) -> None:
    """It has no winner, however that is written."""
    [ended] = wire.page_of(page(line)).ended

    assert ended.winner is None
    assert () == wire.settlements_of([ended], LONG_AGO)


def test_settlements_from_an_instant_on() -> None:
    """The instant itself counts."""
    ended = wire.page_of(body(COMPLETED)).ended

    found = wire.settlements_of(ended, datetime(2026, 4, 2, 18, 30, tzinfo=UTC))

    assert ["401"] == [one.record_id for one in found]


@pytest.mark.parametrize(
    ("entry", "pnl", "amount", "expected"),
    [
        pytest.param(4000, 3750, 5, "47.50", id="a gain of 750 cents a share"),
        pytest.param(4000, -5, 5, "39.99", id="a loss of a cent"),
        pytest.param(4000, 0, 5, "40.00", id="neither"),
        pytest.param(4000, 30000, 5, "100.00", id="the upper end"),
        pytest.param(4000, -20000, 5, "0.00", id="the lower end"),
        pytest.param(4000, 3751, 5, None, id="no whole cents: several prices, or a fee"),
        pytest.param(4000, 30005, 5, None, id="above what a share can bring"),
        pytest.param(4000, -20005, 5, None, id="below nothing"),
        pytest.param(4500, -150, 800, None, id="the reference's example: other units"),
    ],
)
def test_the_price_of_a_close(entry: int, pnl: int, amount: int, expected: str | None) -> None:
    """Entry and result tell it exactly, or it is unknown; cents are never rounded."""
    line = OF_THE_GUIDE | {"avg_price": entry, "pnl": pnl, "amount": amount}

    [ended] = wire.page_of(page(line)).ended

    assert (None if expected is None else Decimal(expected)) == ended.price


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({"won_side": 2}, id="a third side"),
        pytest.param({"won_side": True}, id="a flag for a side"),
        pytest.param({"won_side": "DRAW"}, id="a word that is no side"),
        pytest.param({"closed_at": "yesterday"}, id="no instant"),
        pytest.param({"closed_at": None}, id="never closed"),
        pytest.param({"amount": 0}, id="never held"),
        pytest.param({"pnl": 0.5}, id="half a cent"),
    ],
)
def test_odd_lines_are_not_read(changes: dict[str, object]) -> None:
    """A record is exact, or none."""
    with pytest.raises(Unreadable):
        wire.page_of(page(OF_THE_GUIDE | changes))


@pytest.mark.parametrize(
    ("changes", "cursor"),
    [
        pytest.param({}, None, id="the last page"),
        pytest.param({"next_cursor": "b", "has_more": True}, "b", id="one more"),
        pytest.param({"next_cursor": "b", "has_more": False}, None, id="has_more decides"),
        pytest.param({"next_cursor": "b", "has_more": None}, "b", id="a cursor alone"),
    ],
)
def test_the_next_page(changes: dict[str, object], cursor: str | None) -> None:
    """Whether there is one stands beside the lines."""
    assert cursor == wire.page_of(page(**changes)).cursor


def test_more_without_a_cursor_is_not_read() -> None:
    """What cannot be asked for would be missing without anybody's knowing."""
    with pytest.raises(Unreadable):
        wire.page_of(page(has_more=True))


def test_a_line_without_an_id_keeps_its_own() -> None:
    """The guide names none: market, side and instant tell lines apart, the same each time."""
    first, second = wire.page_of(
        page(OF_THE_GUIDE, OF_THE_GUIDE | {"closed_at": "2026-04-02T18:30:01Z"})
    ).ended

    assert f"event:{UUID}:YES@20260402T183000000000" == first.record_id
    assert first.record_id != second.record_id


@pytest.mark.parametrize(
    ("user", "account", "can_trade", "cash"),
    [
        pytest.param({"id": 42, "balance": 50000}, "42", True, Decimal(500), id="whole cents"),
        pytest.param({"id": 42}, "42", True, None, id="no balance is told"),
        pytest.param({"id": 43, "balance": 1}, "43", False, None, id="somebody else"),
    ],
)
def test_the_user(
    user: dict[str, object], account: str, can_trade: object, cash: Decimal | None
) -> None:
    """Of another user than the bots' file says nothing is traded."""
    state = wire.state_of(body({"user": user}), "42", Environment.LIVE, AT)

    assert (account, can_trade, cash) == (state.account, state.can_trade, state.cash)
    assert can_trade is (state.blocked == ())


@pytest.mark.parametrize(
    ("changes", "price", "is_paused", "is_resolved"),
    [
        pytest.param({}, Decimal("40.00"), False, False, id="the example"),
        pytest.param({"paused": True}, Decimal(40), True, False, id="paused"),
        pytest.param({"resolved": True}, None, False, True, id="resolved"),
        pytest.param({"winning_outcome": "YES"}, None, False, True, id="won"),
        pytest.param({"yes_probability": None}, None, False, False, id="no price"),
        pytest.param({"yes_probability": 0}, Decimal(0), False, False, id="zero"),
        pytest.param({"yes_probability": 1}, Decimal(100), False, False, id="one"),
    ],
)
def test_a_market(
    changes: dict[str, object], price: Decimal | None, is_paused: object, is_resolved: object
) -> None:
    """Its YES probability is the price in dollars per share; resolved it has none."""
    told = {"id": 101, "yes_probability": 0.40, "paused": False, "resolved": False}

    found = wire.market_in(body(told | {"winning_outcome": None} | changes), "101")

    assert (price, is_paused, is_resolved) == (found.yes_price, found.is_paused, found.is_resolved)


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({"yes_probability": 1.01}, id="more than certain"),
        pytest.param({"yes_probability": -0.01}, id="less than impossible"),
        pytest.param({"id": 102}, id="another market"),
        pytest.param({"paused": "no"}, id="a word for a flag"),
    ],
)
def test_an_odd_market_is_not_read(changes: dict[str, object]) -> None:
    """No price is better than a wrong one."""
    with pytest.raises(Unreadable):
        wire.market_in(body({"id": 101, "yes_probability": 0.4} | changes), "101")


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        pytest.param(
            {"limit": "100", "remaining": "7", "reset": "1775154000"},
            Quota(100, 7, datetime(2026, 4, 2, 18, 20, tzinfo=UTC)),
            id="all three",
        ),
        pytest.param({"limit": "100"}, None, id="a limit of an unknown window says nothing"),
        pytest.param({"remaining": "many"}, None, id="no number"),
        pytest.param({"remaining": "1", "reset": "9" * 15}, None, id="no instant"),
        pytest.param({}, None, id="none"),
    ],
)
def test_the_quota(headers: dict[str, str], expected: Quota | None) -> None:
    """What the headers tell of a window, or nothing."""
    found = wire.quota_of({f"x-ratelimit-{name}": value for name, value in headers.items()})

    assert expected == found


@pytest.mark.parametrize(
    ("symbol", "market"),
    [
        pytest.param("event:100:YES", "100", id="a side"),
        pytest.param("event:100", "100", id="an underlying"),
        pytest.param("GOOG", None, id="shares"),
        pytest.param("event:", None, id="no id"),
        pytest.param("crypto:BTC-27NOV26-90000-C", None, id="another kind"),
    ],
)
def test_the_market_of_a_symbol(symbol: str, market: str | None) -> None:
    """Only event contracts have one."""
    assert market == wire.market_of(symbol)


@pytest.mark.parametrize("message", ["", " ", "\t", None, 1, ["closed"]])
def test_a_blank_message_was_read_as_a_close_that_was_taken(message: object) -> None:
    """Only words say that a close was taken."""
    assert not wire.is_taken(json.dumps({"message": message}).encode())
