import logging
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import structlog

from botd.domain.bot import Bot, Expiration
from botd.domain.orders import OrderStatus
from botd.ledger import orders
from botd.service import replay_result
from botd.service.replay import Played
from botd.web.report.data import ReportPosition
from tests.brokers.paper.day import PUT_745, PUT_750
from tests.engine.market import instant
from tests.service.replaying import IDLE_PUT, LATER, SHORT_PUT, entry, happens, played


@pytest.fixture(autouse=True, scope="module")
def silence() -> Iterator[None]:
    before = structlog.get_config()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    yield
    structlog.configure(**before)


def document_of(day: Played) -> dict[str, Any]:
    try:
        return replay_result.document(day)
    finally:
        day.ledger.close()


def report_of(day: Played, name: str) -> ReportPosition:
    try:
        found = replay_result.report_day(day)
    finally:
        day.ledger.close()
    [one] = [one for one in found.positions if one.position.id == name]
    return one


def test_the_document_has_the_keys_of_the_contract(tmp_path: Path) -> None:
    """People script against these: the session, each position with its attempts, the sums."""
    found = document_of(played(tmp_path, entry(*SHORT_PUT), entry(*IDLE_PUT)))

    assert {"date": "2015-12-24", "closes_at": "2015-12-24T18:00:00Z", "early_close": True} == (
        found["session"]
    )
    assert {"session", "positions", "orders_sent", "realized_pnl"} <= found.keys()
    assert ["short-put", "idle-put"] == [one["id"] for one in found["positions"]]
    assert [["T-10"], ["T-10", "T-5", "T-1"]] == [
        [attempt["lead"] for attempt in one["attempts"]] for one in found["positions"]
    ]
    orders = found["positions"][0]["attempts"][0]["orders"]
    assert ["-2.10", "-2.15", "-2.20"] == [one["net_price"] for one in orders]
    assert 3 == found["orders_sent"]


def test_the_sum_of_what_is_known(tmp_path: Path) -> None:
    """One was closed for 95 dollars less than it brought, one kept its premium of 125."""
    found = document_of(played(tmp_path, entry(*SHORT_PUT), entry(*IDLE_PUT)))

    assert ("30.00", True) == (found["realized_pnl"], found["pnl_complete"])


def test_nothing_known_is_null(tmp_path: Path) -> None:
    """Where nothing has ended there is no sum, and never a zero."""
    found = document_of(played(tmp_path, entry(*LATER)))

    assert (None, False, 0) == (
        found["realized_pnl"],
        found["pnl_complete"],
        found["orders_sent"],
    )


def test_an_order_that_never_left_was_not_sent(tmp_path: Path) -> None:
    """What a guard withdrew before its first byte is no order sent."""
    day = played(tmp_path, entry(*SHORT_PUT))
    placed = day.ledger.read_now(lambda tx: orders.of_position(tx, "short-put"))
    day.ledger.close()
    withdrawn = [replace(one, status=OrderStatus.WITHDRAWN) for one in placed]

    assert (3, 0) == (replay_result.sent(placed), replay_result.sent(withdrawn))


def test_the_report_shows_the_day(tmp_path: Path) -> None:
    """Spot, official close and source come from the pack; the strikes from the book."""
    day = played(tmp_path, entry(*SHORT_PUT), entry("spy", "-1 SPY151224P00205000"))
    found = replay_result.report_day(day)
    day.ledger.close()

    [spots] = found.underlyings
    assert ("GOOG", Decimal("748.00"), (Decimal(750),)) == (
        spots.underlying,
        spots.official_close,
        spots.strikes,
    )
    assert (instant("17:20"), Decimal("748.00")) == spots.points[0]
    assert ("pack", "paper") == (found.source, found.account)
    assert ["bot 'wheel' is in no file: it gets the defaults"] == list(found.notes)


def test_a_ladder_in_the_report(tmp_path: Path) -> None:
    """An attempt has its orders, and the package's market from three minutes before it on."""
    found = report_of(played(tmp_path, entry(*SHORT_PUT)), "short-put")

    [attempt] = found.attempts
    assert ("T-10", "close", "filled") == (attempt.lead, attempt.decision, attempt.outcome)
    assert [Decimal("-2.10"), Decimal("-2.15"), Decimal("-2.20")] == [
        one.net_price for one in attempt.orders
    ]
    assert [(), (), ()] == [one.legs for one in attempt.orders], "the whole package"
    assert (instant("17:47"), Decimal("-2.20"), Decimal("-2.00")) == (
        found.market[0].at,
        found.market[0].bid,
        found.market[0].ask,
    )
    assert instant("18:00") == found.market[-1].at
    assert "opened" in [event.text for event in found.events]
    assert (Decimal("-95.00"), True, Decimal("-2.20")) == (
        found.realized_pnl,
        found.pnl_complete,
        found.close_net_price,
    )


def test_the_market_begins_with_the_first_attempt(tmp_path: Path) -> None:
    """A bot that begins twenty minutes before the close is shown from then on."""
    rules = Expiration(attempts=(timedelta(minutes=20),))
    bots = {"wheel": Bot("wheel", "paper", "paper", rules)}

    found = report_of(played(tmp_path, entry(*SHORT_PUT), bots=bots), "short-put")

    assert instant("17:37") == found.market[0].at


def test_no_order_no_market(tmp_path: Path) -> None:
    """Where nothing was sent there is no ladder to be shown."""
    found = report_of(played(tmp_path, entry(*IDLE_PUT)), "idle-put")

    assert ((), ()) == (found.market, found.attempts[0].orders)


def test_an_order_of_some_legs_names_them(tmp_path: Path) -> None:
    """A calendar's expiring leg is closed alone, and the report says so."""
    found = report_of(
        played(tmp_path, entry("calendar", f"-1 {PUT_750}", "1 GOOG160115P00750000")), "calendar"
    )

    assert {"GOOG151224P00750000"} == {
        leg.symbol for order in found.attempts[0].orders for leg in order.legs
    }


def test_a_side_that_nobody_quotes(tmp_path: Path) -> None:
    """A package whose leg has no quote has neither bid nor ask there."""
    found = report_of(
        played(tmp_path, entry("vertical", f"-1 {PUT_750}", "1 GOOG151224P00740000")), "vertical"
    )

    assert {(None, None)} == {(point.bid, point.ask) for point in found.market}


def test_a_long_leg_is_sold_at_its_bid(tmp_path: Path) -> None:
    """Worst is what trades now: a long leg's bid less a short leg's ask."""
    found = report_of(
        played(tmp_path, entry("vertical", f"-1 {PUT_750}", f"1 {PUT_745}")), "vertical"
    )

    assert (Decimal("-2.15"), Decimal("-1.90")) == (found.market[0].bid, found.market[0].ask)


def test_a_person_s_refusal_is_a_note(tmp_path: Path) -> None:
    """What was not done is told in the document, too."""
    found = document_of(
        played(tmp_path, entry(*SHORT_PUT), happens("T-20", "release", "short-put"))
    )

    assert found["notes"][-1].startswith("release short-put: refused: ")
