from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from botd.domain.quote import is_valid, usable_sides
from tests.domain.given import NOW, SESSION, quote


@pytest.mark.parametrize(
    ("bid", "ask", "age", "expected"),
    [
        pytest.param("0.45", "0.90", 0, True, id="both sides, just now"),
        pytest.param("0.45", "0.90", 300, True, id="five minutes old"),
        pytest.param("0.45", "0.90", 300.001, False, id="older than five minutes"),
        pytest.param("0.45", "0.90", -30, True, id="a feed's clock half a minute ahead"),
        pytest.param("0.45", "0.90", -31, False, id="stamped in the future"),
        pytest.param("0.45", "0.45", 0, True, id="locked"),
        pytest.param("0.10", "0.05", 0, False, id="crossed"),
        pytest.param("0", "0.05", 0, True, id="nobody bids, and the quote says so"),
        pytest.param("0", "0", 0, False, id="an ask of zero"),
        pytest.param("-0.05", "0.05", 0, False, id="a bid below zero"),
        pytest.param(None, "0.05", 0, False, id="no bid"),
        pytest.param("0.05", None, 0, False, id="no ask"),
    ],
)
def test_valid_quote(bid: str | None, ask: str | None, age: float, *, expected: bool) -> None:
    """A quote prices an order while both sides are of this session, recent and in order."""
    assert expected is is_valid(quote("750P", bid, ask, age=age), NOW, SESSION)


def test_missing_quote_is_not_valid() -> None:
    """What was never quoted has no sides."""
    assert (None, None) == usable_sides(None, NOW, SESSION)


@pytest.mark.parametrize(
    ("seconds_after_open", "expected"),
    [
        pytest.param(-1, False, id="a second before the opening"),
        pytest.param(0, True, id="at the opening"),
    ],
)
def test_quote_of_an_earlier_session(seconds_after_open: int, *, expected: bool) -> None:
    """A quote from before the opening does not count, however young."""
    at = SESSION.opens_at + timedelta(seconds=seconds_after_open)
    now = SESSION.opens_at + timedelta(seconds=5)

    assert expected is is_valid(replace(quote("750P", "1", "2"), quoted_at=at), now, SESSION)


@pytest.mark.parametrize(
    ("seconds_after_close", "expected"),
    [
        pytest.param(0, True, id="stamped at the close"),
        pytest.param(1, False, id="after the close"),
    ],
)
def test_quote_at_the_close(seconds_after_close: int, *, expected: bool) -> None:
    """The closing instant belongs to the session."""
    at = SESSION.closes_at + timedelta(seconds=seconds_after_close)

    assert expected is is_valid(replace(quote("750P", "1", "2"), quoted_at=at), at, SESSION)


@pytest.mark.parametrize(
    ("bid_age", "ask_age", "expected"),
    [
        pytest.param(301, 0, (None, Decimal("0.90")), id="the bid went stale"),
        pytest.param(0, 301, (Decimal("0.45"), None), id="the ask went stale"),
        pytest.param(300, 300, (Decimal("0.45"), Decimal("0.90")), id="both just hold"),
    ],
)
def test_each_side_has_its_own_age(
    bid_age: int, ask_age: int, expected: tuple[Decimal | None, Decimal | None]
) -> None:
    """A carried side grows old by itself."""
    carried = replace(
        quote("750P", "0.45", "0.90"),
        bid_at=NOW - timedelta(seconds=bid_age),
        ask_at=NOW - timedelta(seconds=ask_age),
    )

    assert expected == usable_sides(carried, NOW, SESSION)


@pytest.mark.parametrize(
    ("bid_age", "ask_age", "expected"),
    [
        pytest.param(60, 0, (None, Decimal("0.05")), id="the newer ask is true"),
        pytest.param(0, 60, (Decimal("0.10"), None), id="the newer bid is true"),
        pytest.param(0, 0, (None, None), id="of one instant neither is"),
    ],
)
def test_crossed_sides(
    bid_age: int, ask_age: int, expected: tuple[Decimal | None, Decimal | None]
) -> None:
    """When a carried side crosses a newer one, the newer one counts."""
    crossed = replace(
        quote("750P", "0.10", "0.05"),
        bid_at=NOW - timedelta(seconds=bid_age),
        ask_at=NOW - timedelta(seconds=ask_age),
    )

    assert expected == usable_sides(crossed, NOW, SESSION)
