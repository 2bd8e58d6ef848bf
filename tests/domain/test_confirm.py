from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from botd.domain.campaign import ShareMove, campaign_of
from botd.domain.confirm import Confirmation, confirm
from botd.domain.contract import Leg
from botd.domain.lots import apply_fill, end_legs, end_unknown
from botd.domain.override import hand_over
from botd.domain.pnl import realized_pnl
from botd.domain.position import (
    Assignment,
    ClosedBy,
    How,
    ManualReason,
    Outcome,
    Status,
)
from botd.domain.settlement import FactKind, SettlementFact
from tests.domain.book import (
    call,
    position_of,
    put,
)
from tests.domain.settling import (
    AT,
    HUNDRED,
    LONG,
    MORNING,
    SHORT,
    SHORT_CALL,
    expired,
    fact,
    unresolved,
)


def test_missing_records_conclude_nothing() -> None:
    """Without a record nothing is confirmed and nothing changes."""
    position = expired(position_of(SHORT))

    assert Confirmation(
        position=position,
        is_changed=False,
        difference=None,
        moves=(),
        left=(),
    ) == confirm(position, [])


def test_expiry_is_confirmed() -> None:
    """The broker's record agrees with what was booked."""
    confirmation = confirm(
        expired(position_of(SHORT, units=2)),
        [fact(FactKind.EXPIRATION, SHORT, 2)],
    )

    position = confirmation.position
    assert (Status.EXPIRED, True, None) == (position.status, position.confirmed, position.fact)
    assert (True, None, (), ()) == (
        confirmation.is_changed,
        confirmation.difference,
        confirmation.moves,
        confirmation.left,
    )


def test_every_leg_needs_its_record() -> None:
    """One leg of two is on record: the other one's end is still an estimate."""
    position = expired(position_of(LONG, SHORT))

    first = confirm(position, [fact(FactKind.EXPIRATION, SHORT)])
    second = confirm(first.position, [fact(FactKind.EXPIRATION, LONG, record_id="r-2")])

    assert not first.position.confirmed
    assert second.position.confirmed


def test_expired_was_assigned() -> None:
    """After hours the holder exercised: assigned, the premium kept, the shares at the strike."""
    confirmation = confirm(
        expired(position_of(SHORT, units=2, net_price="1.25")),
        [fact(FactKind.ASSIGNMENT, SHORT, 2)],
    )

    position = confirmation.position
    assert (Status.ASSIGNED, Assignment.CONFIRMED, True) == (
        position.status,
        position.assignment,
        position.confirmed,
    )
    assert (ShareMove("GOOG", 200, Decimal(740), MORNING, "r-1"),) == confirmation.moves
    assert (Outcome(2, How.ASSIGNED, Decimal(0), AT),) == position.outcomes
    assert (Decimal("250.00"), True) == realized_pnl(position)
    assert "goog-1" == position.campaign
    assert (
        "booked as expired, the broker's records say -2 GOOG151224P00740000 assigned"
        == confirmation.difference
        == position.fact
    )


def test_one_of_two_expired_units_was_assigned() -> None:
    """Records of both kinds are told apart; the unit that agrees stays as it was."""
    confirmation = confirm(
        expired(position_of(SHORT, units=2)),
        [
            fact(FactKind.ASSIGNMENT, SHORT, record_id="r-1"),
            fact(FactKind.EXPIRATION, SHORT, record_id="r-2"),
        ],
    )

    position = confirmation.position
    assert {(1, How.ASSIGNED), (1, How.EXPIRED)} == {
        (each.units, each.how) for each in position.outcomes
    }
    assert (Status.ASSIGNED, True) == (position.status, position.confirmed)


def test_shares_are_booked_into_the_campaign_it_has() -> None:
    """A wheel goes on under its own name."""
    position = replace(expired(position_of(SHORT)), campaign="goog-wheel")

    confirmation = confirm(position, [fact(FactKind.ASSIGNMENT, SHORT)])

    assert "goog-wheel" == confirmation.position.campaign


def test_presumed_assignment_is_confirmed() -> None:
    """What was refused or gone is assigned indeed: that is no difference."""
    presumed = hand_over(position_of(SHORT, net_price="1.25"), ManualReason.GONE, "gone")

    confirmation = confirm(presumed, [fact(FactKind.ASSIGNMENT, SHORT)])

    position = confirmation.position
    assert (Status.ASSIGNED, Assignment.CONFIRMED, True) == (
        position.status,
        position.assignment,
        position.confirmed,
    )
    assert (None, 1) == (confirmation.difference, len(confirmation.moves))
    assert (Decimal("125.00"), True) == realized_pnl(position)


def test_presumed_assignment_expired() -> None:
    """What was refused expired worthless after all."""
    presumed = hand_over(position_of(SHORT), ManualReason.GONE, "gone")

    confirmation = confirm(presumed, [fact(FactKind.EXPIRATION, SHORT)])

    assert (Status.EXPIRED, None) == (
        confirmation.position.status,
        confirmation.position.assignment,
    )
    assert "the broker's records say -1 GOOG151224P00740000 expired" == confirmation.difference


@pytest.mark.parametrize(
    ("kind", "status", "has_difference"),
    [
        pytest.param(FactKind.ASSIGNMENT, Status.ASSIGNED, False, id="assigned, as presumed"),
        pytest.param(FactKind.EXPIRATION, Status.EXPIRED, True, id="expired after all"),
    ],
)
def test_missing_units_are_explained(
    kind: FactKind,
    status: Status,
    has_difference: bool,  # noqa: FBT001 - a table
) -> None:
    """Units that were gone at an unknown price get their end from the record."""
    position = end_unknown(position_of(SHORT, units=2, net_price="1.25"), 1, How.ASSIGNED, AT)
    position = expired(position)

    confirmation = confirm(
        position,
        [
            fact(kind, SHORT, record_id="r-2"),
            fact(FactKind.EXPIRATION, SHORT, record_id="r-1"),
        ],
    )

    assert (Decimal("250.00"), True) == realized_pnl(confirmation.position)
    assert (status, True) == (confirmation.position.status, confirmation.position.confirmed)
    assert has_difference == (confirmation.difference is not None)


def test_some_of_the_missing_units_are_explained() -> None:
    """A record of one unit says nothing of the other two."""
    position = end_unknown(position_of(SHORT, units=3), 3, How.ASSIGNED, AT)

    position = confirm(position, [fact(FactKind.ASSIGNMENT, SHORT)]).position

    assert {(2, None), (1, Decimal(0))} == {
        (each.units, each.net_price) for each in position.outcomes
    }
    assert not position.confirmed


@pytest.mark.parametrize(
    ("legs", "leg", "expected"),
    [
        pytest.param((HUNDRED, SHORT_CALL), SHORT_CALL, "760", id="called away"),
        pytest.param((HUNDRED, SHORT), SHORT, None, id="a put says nothing of the shares"),
    ],
)
def test_missing_package(legs: tuple[Leg, ...], leg: Leg, expected: str | None) -> None:
    """A covered call that is gone brought its strike, if the call was assigned."""
    position = end_unknown(position_of(*legs, net_price="-748.00"), 1, How.ASSIGNED, AT)

    position = confirm(position, [fact(FactKind.ASSIGNMENT, leg)]).position

    assert (None if expected is None else Decimal(expected)) == position.outcomes[0].net_price


def test_missing_units_of_a_spread_stay_unknown() -> None:
    """One leg's record does not tell what the whole unit brought."""
    position = end_unknown(position_of(LONG, SHORT), 1, How.ASSIGNED, AT)

    confirmation = confirm(position, [fact(FactKind.ASSIGNMENT, SHORT)])

    assert (Outcome(1, How.ASSIGNED, None, AT),) == confirmation.position.outcomes
    assert not confirmation.position.confirmed
    assert 1 == len(confirmation.moves)


def test_unresolved_is_told_by_the_record() -> None:
    """Physically settled, in the money, not closed: the record says that it was assigned."""
    confirmation = confirm(
        unresolved(position_of(SHORT, net_price="1.25")),
        [fact(FactKind.ASSIGNMENT, SHORT)],
    )

    position = confirmation.position
    assert (Status.ASSIGNED, True, MORNING) == (
        position.status,
        position.confirmed,
        position.closed_at,
    )
    assert "the broker's records say -1 GOOG151224P00740000 assigned" == confirmation.difference


def test_spread_in_the_money_on_both_sides() -> None:
    """
    The short is assigned at 740, the long exercised at 735: 1.25 less 5.00.

    The shares came and went at these strikes: none is left to be looked for elsewhere.
    """
    confirmation = confirm(
        unresolved(position_of(LONG, SHORT, net_price="1.25")),
        [
            fact(FactKind.ASSIGNMENT, SHORT, record_id="r-1"),
            fact(FactKind.EXERCISE, LONG, record_id="r-2"),
        ],
    )

    position = confirmation.position
    assert (Status.ASSIGNED, True) == (position.status, position.confirmed)
    assert () == confirmation.moves
    assert position.campaign is None
    assert (Decimal("-375.00"), True) == realized_pnl(position)
    assert Decimal("-375.00") == campaign_of([position], confirmation.moves).net_pnl


def test_spread_of_which_one_unit_was_closed_before_both_legs_were_delivered() -> None:
    """Only the unit that was delivered ends at the strikes' difference."""
    closed = apply_fill(
        position_of(LONG, SHORT, units=2, net_price="1.25"),
        (LONG, SHORT),
        1,
        Decimal("-4.00"),
        AT,
        ClosedBy.BOT,
    )

    confirmation = confirm(
        unresolved(closed),
        [
            fact(FactKind.ASSIGNMENT, SHORT, record_id="r-1"),
            fact(FactKind.EXERCISE, LONG, record_id="r-2"),
        ],
    )

    assert (Decimal("-650.00"), True) == realized_pnl(confirmation.position)
    assert () == confirmation.moves


def test_spread_gone_at_an_unknown_price_keeps_its_shares_in_the_campaign() -> None:
    """What the unit brought is not known, so the strikes alone make no price of it."""
    gone = end_unknown(position_of(LONG, SHORT, net_price="1.25"), 1, How.ASSIGNED, AT)

    confirmation = confirm(
        gone,
        [
            fact(FactKind.ASSIGNMENT, SHORT, record_id="r-1"),
            fact(FactKind.EXERCISE, LONG, record_id="r-2"),
        ],
    )

    assert (None, False) == realized_pnl(confirmation.position)


def test_long_option_exercised() -> None:
    """A long put exercised sells shares at its strike."""
    confirmation = confirm(unresolved(position_of(LONG)), [fact(FactKind.EXERCISE, LONG)])

    assert (Status.EXERCISED, None, True) == (
        confirmation.position.status,
        confirmation.position.assignment,
        confirmation.position.confirmed,
    )
    assert (ShareMove("GOOG", -100, Decimal(735), MORNING, "r-1"),) == confirmation.moves


def test_a_record_counts_once() -> None:
    """The same record, read again the next day, is old news."""
    assigned = [fact(FactKind.ASSIGNMENT, SHORT)]
    once = confirm(position_of(SHORT, units=3), assigned)

    twice = confirm(once.position, assigned)

    assert (once.position, False, (), ()) == (
        twice.position,
        twice.is_changed,
        twice.moves,
        twice.left,
    )


def test_positions_share_a_record() -> None:
    """Three contracts were assigned: two of the older position, one of the newer."""
    older, newer = position_of(SHORT, units=2), position_of(SHORT, units=2, id="newer")
    record = fact(FactKind.ASSIGNMENT, SHORT, 3)

    first = confirm(older, [record])
    second = confirm(newer, first.left)

    assert (replace(record, quantity=-1),) == first.left
    assert () == second.left
    assert (0, 1) == (first.position.units_open, second.position.units_open)

    first = confirm(first.position, [record])
    second = confirm(second.position, first.left)

    assert () == second.left
    assert 1 == second.position.units_open


@pytest.mark.parametrize(
    "record",
    [
        pytest.param(fact(FactKind.EXPIRATION, LONG), id="another contract"),
        pytest.param(
            fact(FactKind.EXPIRATION, Leg(SHORT.instrument, 1)),
            id="held with the other sign",
        ),
        pytest.param(fact(FactKind.CASH_SETTLEMENT, SHORT), id="a settlement without a value"),
        pytest.param(fact(FactKind.ASSIGNMENT, HUNDRED), id="shares do not end"),
    ],
)
def test_records_that_say_nothing_of_it(record: SettlementFact) -> None:
    """A record that does not fit is left for the next position."""
    position = unresolved(position_of(HUNDRED, SHORT))

    confirmation = confirm(position, [record])

    assert (False, (record,)) == (confirmation.is_changed, confirmation.left)


def test_part_of_a_unit_is_left() -> None:
    """One contract of a unit of two is no whole unit."""
    record = fact(FactKind.ASSIGNMENT, SHORT)

    assert (record,) == confirm(position_of(Leg(put("740"), -2)), [record]).left


def test_ended_position_without_anything_on_record() -> None:
    """A record of a leg that this position closed by order is somebody else's."""
    position = apply_fill(position_of(SHORT), (SHORT,), 1, Decimal("-0.45"), AT, ClosedBy.BOT)
    record = fact(FactKind.EXPIRATION, SHORT)

    assert (record,) == confirm(position, [record]).left


def test_shares_position_without_expiration() -> None:
    """A later call's record on shares whose own call has gone changes nothing of these."""
    position = end_legs(
        position_of(HUNDRED, SHORT_CALL),
        [SHORT_CALL.symbol],
        {},
        How.EXPIRED,
        AT,
    )
    later = Leg(call("770", expiration=date(2016, 1, 15)), -1)

    assert not confirm(position, [fact(FactKind.ASSIGNMENT, later)]).is_changed
