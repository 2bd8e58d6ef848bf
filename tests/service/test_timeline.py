from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
import structlog

from botd.service.timeline import Timeline, priced
from tests.brokers.paper.day import HandClock
from tests.engine.given import position

AT = datetime(2015, 12, 24, 17, 50, 1, tzinfo=UTC)
NAME = "GOOG 740P -1              "


def line_of(name: str, **fields: object) -> list[str]:
    """Give what is written of one event."""
    written: list[str] = []
    book = {"short": position("short", "-1 740P")}
    timeline = Timeline(book, HandClock(AT), written.append)
    event: dict[str, Any] = {"event": name, **fields}
    with pytest.raises(structlog.DropEvent):
        timeline(None, "info", event)
    return written


@pytest.mark.parametrize(
    ("event", "fields", "expected"),
    [
        pytest.param(
            "attempt",
            {"lead": "T-10", "decision": "close", "outcome": "filled", "reason": "in the money"},
            f"T-10        {NAME}filled: in the money",
            id="an attempt that closes tells what came of it",
        ),
        pytest.param(
            "attempt",
            {"lead": "T-5", "decision": "hand_over", "outcome": "none", "reason": "by policy"},
            f"T-5         {NAME}hand over: by policy",
            id="one that sends nothing tells what was decided",
        ),
        pytest.param(
            "attempt_missed", {"lead": "T-1"}, f"MISSED      {NAME}T-1", id="a missed attempt"
        ),
        pytest.param(
            "order_sent",
            {"step": 2, "net_price": Decimal("-0.72")},
            f"order       {NAME}step 2: pay 0.72",
            id="an order",
        ),
        pytest.param(
            "order_filled",
            {"units": 3, "net_price": "3.1"},
            f"FILLED      {NAME}3 filled: get 3.10",
            id="a fill",
        ),
        pytest.param(
            "close_refused",
            {"words": "active assignment lock"},
            f"REFUSED     {NAME}active assignment lock",
            id="a refusal in the broker's words",
        ),
        pytest.param(
            "reconciled", {"fact": "it is gone"}, f"account     {NAME}it is gone", id="a finding"
        ),
        pytest.param(
            "order_guarded",
            {"reason": "beyond the cap"},
            f"GUARDED     {NAME}beyond the cap",
            id="an order that the guard stopped",
        ),
        pytest.param(
            "person",
            {"do": "take", "reason": "I roll it"},
            f"person      {NAME}take: I roll it",
            id="a person with a reason",
        ),
        pytest.param(
            "person",
            {"do": "release", "reason": ""},
            f"person      {NAME}release",
            id="a person without one",
        ),
        pytest.param(
            "command_done",
            {"kind": "release", "done": True},
            f"release     {NAME}given back to its bot",
            id="a release",
        ),
        pytest.param(
            "command_done",
            {"kind": "release", "done": False, "message": "not given back: it is gone"},
            f"release     {NAME}not given back: it is gone",
            id="a release that the account forbids",
        ),
        pytest.param(
            "command_done",
            {"kind": "cancel", "done": True, "orders": [{"lives": False}, {"lives": True}]},
            f"cancel      {NAME}1 of 2 orders ended, 1 MAY STILL FILL",
            id="a cancel",
        ),
        pytest.param(
            "command_done",
            {"kind": "cancel", "done": True, "orders": []},
            f"cancel      {NAME}no order lived",
            id="a cancel of nothing",
        ),
        pytest.param(
            "command_done",
            {"kind": "close", "done": True, "orders": ["bd1-x"], "message": "filled"},
            f"close       {NAME}filled",
            id="a person's close",
        ),
        pytest.param(
            "person_refused",
            {"do": "release", "error": "its bot manages it"},
            f"person      {NAME}release, which is refused: its bot manages it",
            id="a person who may not",
        ),
        pytest.param(
            "position_judged",
            {"status": "expired", "fact": None},
            f"expired     {NAME}at the close",
            id="an outcome at the close",
        ),
        pytest.param(
            "position_judged",
            {"status": "awaiting_settlement", "fact": "settles tomorrow"},
            f"awaiting settlement  {NAME}settles tomorrow",
            id="an outcome that needs words",
        ),
    ],
)
def test_an_event_becomes_a_line(event: str, fields: dict[str, object], expected: str) -> None:
    """New York time, a word, the position, and what happened to it."""
    assert [f"12:50:01  {expected}"] == line_of(event, position="short", **fields)


def test_an_event_of_the_whole_account() -> None:
    """It has no position to name."""
    told = line_of("account_stopped", account="paper/paper", reason="blocked")
    told += line_of("morning", records=3, differences=1)

    assert [
        "12:50:01  STOPPED     paper/paper: blocked",
        "12:50:01  morning     3 records, 1 differ",
    ] == told


def test_another_day_is_named_once() -> None:
    """The first line needs no date; where another day begins, it stands above its lines."""
    written: list[str] = []
    clock = HandClock(AT)
    timeline = Timeline({}, clock, written.append)
    for instant in (AT, AT + timedelta(hours=1), AT + timedelta(days=4), AT + timedelta(days=4)):
        clock.at = instant
        with pytest.raises(structlog.DropEvent):
            timeline(None, "info", {"event": "morning", "records": 0, "differences": 0})

    words = "  morning     0 records, 0 differ"
    assert [
        f"12:50:01{words}",
        f"13:50:01{words}",
        "Mon 28 Dec",
        f"12:50:01{words}",
        f"12:50:01{words}",
    ] == written


def test_a_position_that_nobody_listed() -> None:
    """Its id stands in for its name."""
    [line] = line_of("attempt_missed", position="other", lead="T-1")

    assert "other" in line


def test_everything_else_is_dropped() -> None:
    """What a person who watches needs not know makes no line."""
    assert [] == line_of("order_priced", position="short", step=1)


@pytest.mark.parametrize(
    ("net_price", "expected"),
    [
        pytest.param("-0.72", "pay 0.72", id="a debit"),
        pytest.param("3.1", "get 3.10", id="a credit"),
        pytest.param("0", "get 0.00", id="for nothing"),
        pytest.param("-0.005", "pay 0.005", id="below a cent, exactly"),
        pytest.param(None, "at the market", id="without a limit"),
    ],
)
def test_a_price_as_a_person_says_it(net_price: str | None, expected: str) -> None:
    """Paid or got, never with a sign."""
    assert expected == priced(None if net_price is None else Decimal(net_price))
