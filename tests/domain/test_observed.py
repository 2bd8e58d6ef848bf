"""What observe mode would have done, beside what came."""

from dataclasses import replace
from decimal import Decimal

import pytest

from botd.domain import lots
from botd.domain.observed import Would, compare, read_would, total
from botd.domain.position import ClosedBy, How, Position
from tests.domain.given import NOW, position

WOULD = Would(1, Decimal("-2.50"), Decimal("-3.00"), Decimal("-7.75"))


def closed(price: str, by: ClosedBy = ClosedBy.OTHER) -> Position:
    """Make a short put that somebody bought back."""
    held = position("-1 750P")
    return lots.apply_fill(held, held.legs, 1, Decimal(price), NOW, by)


@pytest.mark.parametrize(
    "would",
    [
        pytest.param(WOULD, id="a debit"),
        pytest.param(Would(12, Decimal("0.05"), Decimal(0), None), id="a credit without a cap"),
    ],
)
def test_words_are_read_again(would: Would) -> None:
    """What the note says is what the report counts with."""
    assert (would,) == read_would(f"reconciled; {would.words}; at the market")


def test_note_without_a_price_holds_no_order() -> None:
    """A market order, or no quote, has no price to compare."""
    assert () == read_would("would close 1 at the market; would close 2, but no usable quote")


def test_difference_is_the_final_price_against_what_came() -> None:
    """Bought back at 2.80 by hand: the ladder's worst price would have cost 20 dollars more."""
    found = compare(closed("-2.80"), WOULD.words)

    assert Decimal("-20.00") == found.difference
    assert (
        "GOOG 750P -1  would close 1 from -2.50 to -3.00, cap -7.75; "
        "really: closed by other at -2.80, P/L -155.00; 20.00 worse at the final price"
    ) == found.line


def test_cheaper_than_what_came_is_better() -> None:
    """A person paid 3.40."""
    found = compare(closed("-3.40"), WOULD.words)

    assert Decimal("40.00") == found.difference
    assert found.line.endswith("40.00 better at the final price")


def test_open_position_has_no_difference() -> None:
    """What has not ended is not compared."""
    found = compare(position("-1 750P"), WOULD.words)

    assert found.difference is None
    assert found.line.endswith("really: open")


def test_price_that_nobody_knows_is_not_compared() -> None:
    """Closed elsewhere, and the price is not told."""
    ended = lots.end_unknown(position("-1 750P"), 1, How.CLOSED, NOW)

    assert compare(ended, WOULD.words).difference is None


def test_part_of_the_units_is_not_compared() -> None:
    """One of two would have been closed: the other's price has no counterpart."""
    held = position("-1 750P", units=2)
    both = lots.apply_fill(held, held.legs, 2, Decimal(-3), NOW, ClosedBy.OTHER)

    assert compare(both, WOULD.words).difference is None


def test_shares_that_came_are_not_compared() -> None:
    """Assigned into a campaign: the shares' own result is elsewhere."""
    held = replace(position("-1 750P"), campaign="wheel")
    ended = lots.end_legs(held, [held.legs[0].symbol], {}, How.ASSIGNED, NOW)

    assert compare(ended, WOULD.words).difference is None


def test_left_position_tells_how_it_ended() -> None:
    """Left to expire, and it did."""
    held = position("-1 750P")
    ended = lots.end_legs(
        held, [held.legs[0].symbol], {held.legs[0].symbol: Decimal(0)}, How.EXPIRED, NOW
    )

    found = compare(ended, "", is_left=True)
    assert "GOOG 750P -1  would have left it; really: expired at 0, P/L 125.00" == found.line


def test_nothing_priced_tells_why() -> None:
    """The attempt's own note stands in."""
    found = compare(position("-1 750P"), "would close 1 at the market")

    assert "GOOG 750P -1  would close 1 at the market; really: open" == found.line


def test_total_leaves_out_what_is_unknown() -> None:
    """Only known differences add up."""
    compared = [
        compare(closed("-2.80"), WOULD.words),
        compare(closed("-3.40"), WOULD.words),
        compare(position("-1 750P"), WOULD.words),
    ]

    assert Decimal("20.00") == total(compared)
