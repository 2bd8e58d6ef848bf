"""Shares that move, and hedges that are left, by the broker's records."""

from decimal import Decimal

import pytest

from botd.domain.after_close import AwaitDelivery, book
from botd.domain.campaign import ShareMove
from botd.domain.confirm import confirm
from botd.domain.contract import Leg
from botd.domain.lots import apply_fill
from botd.domain.override import hand_over
from botd.domain.pnl import realized_pnl
from botd.domain.position import (
    Assignment,
    ClosedBy,
    How,
    Lot,
    Management,
    ManualReason,
    Outcome,
    Status,
)
from botd.domain.settlement import FactKind
from tests.domain.book import position_of
from tests.domain.settling import (
    AT,
    HUNDRED,
    LATER_LONG,
    LONG,
    MORNING,
    SESSIONS,
    SHORT,
    SHORT_CALL,
    expired,
    fact,
    unresolved,
)


def test_covered_call_accepted_and_called_away() -> None:
    """The position's own shares leave at the strike: nothing is moved in the campaign."""
    position = position_of(HUNDRED, SHORT_CALL, net_price="-748.00")
    position = book(position, AwaitDelivery("accepted"), AT, SESSIONS)

    confirmation = confirm(position, [fact(FactKind.ASSIGNMENT, SHORT_CALL)])

    assert (Decimal("1200.00"), True) == realized_pnl(confirmation.position)
    assert (Status.ASSIGNED, True, None, ()) == (
        confirmation.position.status,
        confirmation.position.confirmed,
        confirmation.difference,
        confirmation.moves,
    )


def test_covered_call_booked_as_expired_was_called_away() -> None:
    """The shares that the expired call had left behind are gone after all."""
    position = expired(position_of(HUNDRED, SHORT_CALL, units=2, net_price="-748.00"))

    confirmation = confirm(position, [fact(FactKind.ASSIGNMENT, SHORT_CALL)])

    position = confirmation.position
    assert (Lot(1, (HUNDRED,)),) == position.lots
    assert (Outcome(1, How.ASSIGNED, Decimal(760), MORNING),) == position.outcomes
    assert ((), Status.OPEN) == (confirmation.moves, position.status)
    assert "the broker's records say -1 GOOG151224C00760000 assigned" == confirmation.difference


def test_covered_call_booked_as_expired_did_expire() -> None:
    """The shares stay, and the position stays open with them."""
    position = expired(position_of(HUNDRED, SHORT_CALL, net_price="-748.00"))

    confirmation = confirm(position, [fact(FactKind.EXPIRATION, SHORT_CALL)])

    assert (Lot(1, (HUNDRED,)),) == confirmation.position.lots
    assert (Status.OPEN, None) == (confirmation.position.status, confirmation.difference)


def test_protective_put_exercised() -> None:
    """A long put sells the position's own shares at its strike."""
    position = unresolved(position_of(HUNDRED, LONG, net_price="-752.00"))

    confirmation = confirm(position, [fact(FactKind.EXERCISE, LONG)])

    assert (Decimal("-1700.00"), True) == realized_pnl(confirmation.position)
    assert () == confirmation.moves


def test_put_of_a_covered_strangle_assigned() -> None:
    """A short put brings shares beside those that the position holds."""
    position = unresolved(position_of(HUNDRED, SHORT, net_price="-748.00"))

    confirmation = confirm(position, [fact(FactKind.ASSIGNMENT, SHORT)])

    assert (Lot(1, (HUNDRED,)),) == confirmation.position.lots
    assert (ShareMove("GOOG", 100, Decimal(740), MORNING, "r-1"),) == confirmation.moves
    assert Status.OPEN is confirmation.position.status


def test_early_assignment_of_some_units() -> None:
    """One of three short puts is assigned early; the rest stays the bot's."""
    confirmation = confirm(position_of(SHORT, units=3), [fact(FactKind.ASSIGNMENT, SHORT)])

    position = confirmation.position
    assert (Lot(2, (SHORT,)),) == position.lots
    assert (Status.OPEN, Management.BOT) == (position.status, position.managed_by)
    assert "the broker's records say -1 GOOG151224P00740000 assigned" == confirmation.difference


@pytest.mark.parametrize("long", [LONG, LATER_LONG], ids=["spread", "calendar"])
def test_hedge_without_its_short_is_a_persons(long: Leg) -> None:
    """The short is assigned early: the bot must not sell what hedges the shares."""
    confirmation = confirm(position_of(long, SHORT), [fact(FactKind.ASSIGNMENT, SHORT)])

    position = confirmation.position
    assert (Lot(1, (long,)),) == position.lots
    assert (Management.MANUAL, ManualReason.BROKEN_SPREAD) == (
        position.managed_by,
        position.manual_reason,
    )
    assert confirmation.difference == position.fact


def test_hedge_whose_loss_was_expected_is_a_persons() -> None:
    """Also where the assignment was accepted: what is left is told."""
    position = book(position_of(LATER_LONG, SHORT), AwaitDelivery("accepted"), AT, SESSIONS)

    position = confirm(position, [fact(FactKind.ASSIGNMENT, SHORT)]).position

    assert (ManualReason.BROKEN_SPREAD, "a leg was delivered") == (
        position.manual_reason,
        position.fact,
    )


def test_hedge_in_a_persons_hands_stays_there() -> None:
    """A presumed assignment of a calendar is certain; the later leg is still a person's."""
    presumed = hand_over(position_of(LATER_LONG, SHORT), ManualReason.GONE, "gone")

    position = confirm(presumed, [fact(FactKind.ASSIGNMENT, SHORT)]).position

    assert (Status.OPEN, Management.MANUAL, ManualReason.GONE) == (
        position.status,
        position.managed_by,
        position.manual_reason,
    )
    assert Assignment.CONFIRMED is position.assignment


def test_hedge_sold_after_a_confirmed_assignment() -> None:
    """The unit stays an assigned one, however its last leg ended."""
    position = confirm(position_of(LONG, SHORT), [fact(FactKind.ASSIGNMENT, SHORT)]).position

    position = apply_fill(position, (LONG,), 1, Decimal("4.00"), MORNING, ClosedBy.PERSON)

    assert (Status.ASSIGNED, Assignment.CONFIRMED) == (position.status, position.assignment)
