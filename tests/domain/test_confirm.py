from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

from botd.domain.after_close import AwaitDelivery, Expire, SettleAt, Unresolved, book
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
    Lot,
    Management,
    ManualReason,
    Outcome,
    Position,
    Status,
)
from botd.domain.session import Session, Sessions
from botd.domain.settlement import FactKind, SettlementFact
from tests.domain.book import (
    CLOSES_AT,
    EXPIRATION,
    INDEX_AM,
    INDEX_PM,
    LATER_EXPIRATION,
    STOCK_SHARES,
    call,
    position_of,
    put,
)

AT = CLOSES_AT + timedelta(seconds=5)
MORNING = datetime(2015, 12, 28, 14, 35, tzinfo=UTC)
LONG = Leg(put("735"), 1)
SHORT = Leg(put("740"), -1)
SHORT_CALL = Leg(call("760"), -1)
LATER_LONG = Leg(put("740", expiration=LATER_EXPIRATION), 1)
HUNDRED = Leg(STOCK_SHARES, 100)
INDEX_SHORT = Leg(put("4720", INDEX_PM), -1)
INDEX_LONG = Leg(put("4700", INDEX_PM), 1)
SESSIONS = Sessions(
    [
        Session(
            EXPIRATION,
            datetime(2015, 12, 24, 14, 30, tzinfo=UTC),
            CLOSES_AT,
            early_close=True,
        ),
        Session(
            LATER_EXPIRATION,
            datetime(2016, 1, 15, 14, 30, tzinfo=UTC),
            datetime(2016, 1, 15, 21, 0, tzinfo=UTC),
            early_close=False,
        ),
    ],
)


def fact(
    kind: FactKind,
    leg: Leg,
    units: int = 1,
    *,
    price: str | None = None,
    record_id: str = "r-1",
) -> SettlementFact:
    return SettlementFact(
        record_id=record_id,
        kind=kind,
        symbol=leg.symbol,
        quantity=units * leg.quantity,
        price=None if price is None else Decimal(price),
        recorded_at=MORNING,
    )


def expired(position: Position) -> Position:
    """Book all options that expire first as worthless, as T did."""
    legs = tuple(leg for leg in position.legs if leg not in (HUNDRED, LATER_LONG))
    return book(position, Expire(legs), AT, SESSIONS)


def settled(*values: tuple[Leg, str], units: int = 1) -> Position:
    """Book an index position as settled at these values, as T did."""
    position = position_of(*(leg for leg, _ in values), units=units, net_price="2.00")
    told = {leg.symbol: Decimal(value) for leg, value in values}
    return book(position, SettleAt(told), AT, SESSIONS)


def unresolved(position: Position) -> Position:
    return book(position, Unresolved("ended in the money"), AT, SESSIONS)


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


def test_assignment_of_an_index_option_without_its_value() -> None:
    """What delivers cash has no strike to book shares at."""
    record = fact(FactKind.ASSIGNMENT, INDEX_SHORT)

    assert (record,) == confirm(position_of(INDEX_SHORT), [record]).left


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
