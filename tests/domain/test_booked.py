from decimal import Decimal

from botd.domain.booked import (
    booked_of,
    told_by_hand,
    with_booked,
    with_by_hand,
    with_worthless,
)
from botd.domain.contract import Leg
from tests.domain.book import position_of, put

SHORT = Leg(put("740"), -1)
NAME = SHORT.symbol


def test_what_was_booked_is_remembered() -> None:
    """By symbol, with quantity and value; another leg does not disturb it."""
    position = with_booked(position_of(SHORT), NAME, -2, Decimal("1.50"))

    assert {NAME: (-2, Decimal("1.50"))} == booked_of(position)
    assert {NAME, "x"} == booked_of(with_booked(position, "x", 1, Decimal(0))).keys()


def test_nothing_left_is_forgotten() -> None:
    """Once every record is there, nothing waits."""
    position = with_booked(position_of(SHORT), NAME, -2, Decimal(0))
    position = with_by_hand(position, NAME, -1)

    assert {} == with_by_hand(with_booked(position, NAME, 0, Decimal(0)), NAME, 0).tags


def test_worthless_legs_add_up() -> None:
    """A second part of the same leg is booked beside the first."""
    position = with_worthless(position_of(SHORT), {NAME: -2})

    assert {NAME: (-3, Decimal(0))} == booked_of(with_worthless(position, {NAME: -1}))


def test_what_a_person_told() -> None:
    """Signed as held; 0 where nobody told anything."""
    position = with_by_hand(position_of(SHORT), NAME, -1)

    assert (-1, 0) == (told_by_hand(position, NAME), told_by_hand(position, "x"))
