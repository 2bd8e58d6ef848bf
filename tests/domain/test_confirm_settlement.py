"""Cash settlement as the broker records it, against what was booked."""

from dataclasses import replace
from decimal import Decimal

from botd.domain.after_close import SettleAt, book
from botd.domain.confirm import confirm
from botd.domain.contract import Leg
from botd.domain.lots import apply_fill
from botd.domain.position import (
    ClosedBy,
    How,
    Lot,
    Management,
    Outcome,
    Status,
)
from botd.domain.settlement import FactKind
from tests.domain.book import (
    INDEX_AM,
    INDEX_PM,
    LATER_EXPIRATION,
    position_of,
    put,
)
from tests.domain.settling import (
    AT,
    INDEX_LONG,
    INDEX_SHORT,
    MORNING,
    SESSIONS,
    expired,
    fact,
    settled,
)


def test_settlement_agrees() -> None:
    """The record's value is the estimate."""
    position = settled((INDEX_LONG, "0"), (INDEX_SHORT, "2.50"))

    confirmation = confirm(
        position,
        [
            fact(FactKind.CASH_SETTLEMENT, INDEX_SHORT, price="2.50"),
            fact(FactKind.EXPIRATION, INDEX_LONG, record_id="r-2"),
        ],
    )

    assert (Status.SETTLED, True, None) == (
        confirmation.position.status,
        confirmation.position.confirmed,
        confirmation.difference,
    )
    assert (Outcome(1, How.SETTLED, Decimal("-2.50"), AT),) == confirmation.position.outcomes


def test_settlement_corrects_the_estimate() -> None:
    """The record's value replaces the intrinsic value of the close, for all units."""
    position = settled((INDEX_LONG, "0"), (INDEX_SHORT, "2.50"), units=3)

    confirmation = confirm(
        position,
        [
            fact(FactKind.CASH_SETTLEMENT, INDEX_SHORT, 3, price="2.61"),
            fact(FactKind.EXPIRATION, INDEX_LONG, 3, record_id="r-2"),
        ],
    )

    assert (Outcome(3, How.SETTLED, Decimal("-2.61"), AT),) == confirmation.position.outcomes
    assert (
        "booked as settled, the broker's records say "
        f"-3 {INDEX_SHORT.symbol} settled at 2.61" == confirmation.difference
    )


def test_settlement_of_what_was_booked_as_expired() -> None:
    """A close that was told wrong: the record settles what was booked as worthless."""
    confirmation = confirm(
        expired(position_of(INDEX_SHORT)),
        [fact(FactKind.CASH_SETTLEMENT, INDEX_SHORT, price="0.40")],
    )

    assert (Outcome(1, How.SETTLED, Decimal("-0.40"), AT),) == confirmation.position.outcomes
    assert Status.SETTLED is confirmation.position.status


def test_units_closed_by_order_are_left_alone() -> None:
    """What was closed has a price of its own, whatever the rest settles at."""
    position = apply_fill(
        position_of(INDEX_SHORT, units=2),
        (INDEX_SHORT,),
        1,
        Decimal("-1.00"),
        AT,
        ClosedBy.BOT,
    )
    position = book(position, SettleAt({INDEX_SHORT.symbol: Decimal("2.50")}), AT, SESSIONS)

    confirmation = confirm(
        position,
        [fact(FactKind.CASH_SETTLEMENT, INDEX_SHORT, price="2.61")],
    )

    assert {Decimal("-1.00"), Decimal("-2.61")} == {
        each.net_price for each in confirmation.position.outcomes
    }
    assert confirmation.position.confirmed


def test_awaited_settlement_comes() -> None:
    """An AM-settled spread settles at the record's values, as was expected."""
    short = Leg(put("4720", INDEX_AM), -1)
    position = replace(position_of(short, units=2), status=Status.AWAITING_SETTLEMENT)

    confirmation = confirm(position, [fact(FactKind.CASH_SETTLEMENT, short, 2, price="7.31")])

    assert (Outcome(2, How.SETTLED, Decimal("-7.31"), MORNING),) == (confirmation.position.outcomes)
    assert (Status.SETTLED, True, None) == (
        confirmation.position.status,
        confirmation.position.confirmed,
        confirmation.difference,
    )


def test_awaited_near_leg_of_a_calendar() -> None:
    """The near leg settles; the position is open again with the later one."""
    near = Leg(put("4720", INDEX_AM), -1)
    later = Leg(put("4720", INDEX_PM, LATER_EXPIRATION), 1)
    position = replace(position_of(near, later), status=Status.AWAITING_SETTLEMENT)

    position = confirm(
        position,
        [fact(FactKind.CASH_SETTLEMENT, near, price="7.31")],
    ).position

    assert (Lot(1, (later,), Decimal("-7.31")),) == position.lots
    assert (Status.OPEN, False, Management.BOT) == (
        position.status,
        position.confirmed,
        position.managed_by,
    )


def test_some_units_still_await_settlement() -> None:
    """While a unit still waits for its record the position does."""
    short = Leg(put("4720", INDEX_AM), -1)
    position = replace(position_of(short, units=2), status=Status.AWAITING_SETTLEMENT)

    position = confirm(
        position,
        [fact(FactKind.CASH_SETTLEMENT, short, price="7.31")],
    ).position

    assert (Status.AWAITING_SETTLEMENT, 1) == (position.status, position.units_open)


def test_near_leg_of_a_calendar_booked_at_another_value() -> None:
    """What the later leg's unit remembers is corrected, too."""
    near = Leg(put("4720", INDEX_PM), -1)
    later = Leg(put("4720", INDEX_PM, LATER_EXPIRATION), 1)
    position = book(
        position_of(near, later, units=2),
        SettleAt({near.symbol: Decimal("2.50")}),
        AT,
        SESSIONS,
    )

    confirmation = confirm(
        position,
        [fact(FactKind.CASH_SETTLEMENT, near, 2, price="2.61")],
    )

    assert (Lot(2, (later,), Decimal("-2.61")),) == confirmation.position.lots
    assert confirmation.difference is not None


def test_assignment_of_an_index_option_without_its_value() -> None:
    """What delivers cash has no strike to book shares at."""
    record = fact(FactKind.ASSIGNMENT, INDEX_SHORT)

    assert (record,) == confirm(position_of(INDEX_SHORT), [record]).left
