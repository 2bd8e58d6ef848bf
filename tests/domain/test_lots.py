from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from botd.domain.contract import Leg
from botd.domain.lots import (
    apply_fill,
    end_legs,
    end_unknown,
    merge_lots,
    merge_outcomes,
    open_position,
    quantities,
    remaining_legs,
)
from botd.domain.position import (
    Assignment,
    ClosedBy,
    How,
    Lot,
    Outcome,
    Position,
    Status,
)
from botd.errors import StateError
from tests.domain.book import INDEX_PM, STOCK_SHARES, call, position_of, put

AT = datetime(2015, 12, 24, 17, 51, tzinfo=UTC)
LATER = datetime(2015, 12, 24, 17, 56, tzinfo=UTC)

LONG = Leg(put("735"), 1)
SHORT = Leg(put("740"), -1)
LONG_CALL = Leg(call("765"), 1)
SHORT_CALL = Leg(call("760"), -1)
CONDOR = (LONG, SHORT, SHORT_CALL, LONG_CALL)
HUNDRED = Leg(STOCK_SHARES, 100)


def closed(units: int, net_price: str, at: datetime = AT) -> Outcome:
    return Outcome(units, How.CLOSED, Decimal(net_price), at)


def money(position: Position) -> Decimal:
    """Add up what all parts brought so far, per share."""
    ended = sum((o.units * (o.net_price or 0) for o in position.outcomes), Decimal(0))
    return ended + sum((lot.units * lot.accrued for lot in position.lots), Decimal(0))


def test_position_opens_as_one_lot() -> None:
    """All units of a new position hold the same legs."""
    assert (Lot(3, (LONG, SHORT)),) == position_of(LONG, SHORT, units=3).lots


def test_position_opens_once() -> None:
    """Opening again would double what is held."""
    with pytest.raises(ValueError, match="'goog-1' has been opened before"):
        open_position(position_of(LONG))


@pytest.mark.parametrize(
    ("legs", "units"),
    [pytest.param((), 1, id="no legs"), pytest.param((LONG,), 0, id="no units")],
)
def test_nothing_is_not_a_position(legs: tuple[Leg, ...], units: int) -> None:
    """A position holds at least one unit of at least one leg."""
    with pytest.raises(ValueError, match="holds nothing"):
        position_of(*legs, units=units)


def test_fill_of_all_legs_closes() -> None:
    """The whole position as one order, filled: closed, by whom and when."""
    position = apply_fill(
        position_of(*CONDOR),
        CONDOR,
        1,
        Decimal("-0.45"),
        AT,
        ClosedBy.BOT,
    )

    assert () == position.lots
    assert (closed(1, "-0.45"),) == position.outcomes
    assert Status.CLOSED is position.status
    assert ClosedBy.BOT is position.closed_by
    assert AT == position.closed_at


def test_partial_fill_leaves_the_rest_open() -> None:
    """Two of five units fill; three are left, and the position keeps its status."""
    before = replace(position_of(LONG, SHORT, units=5), status=Status.CLOSING)

    position = apply_fill(before, (LONG, SHORT), 2, Decimal("-0.45"), AT, ClosedBy.BOT)

    assert (Lot(3, (LONG, SHORT)),) == position.lots
    assert (closed(2, "-0.45"),) == position.outcomes
    assert Status.CLOSING is position.status
    assert position.closed_at is None


def test_equal_fills_are_one_outcome() -> None:
    """Entries that differ in their units alone are one part; another price is another."""
    position = position_of(LONG, SHORT, units=4)
    for units, price in ((1, "-0.45"), (2, "-0.45"), (1, "-0.50")):
        position = apply_fill(position, (LONG, SHORT), units, Decimal(price), AT, ClosedBy.BOT)

    assert (closed(3, "-0.45"), closed(1, "-0.50")) == position.outcomes
    assert Status.CLOSED is position.status


def test_short_leg_alone_splits_a_lot() -> None:
    """A bought-back short is remembered until its long leg is gone, too."""
    position = position_of(LONG, SHORT, units=3)

    position = apply_fill(position, (SHORT,), 2, Decimal("-0.70"), AT, ClosedBy.BOT)

    assert (Lot(1, (LONG, SHORT)), Lot(2, (LONG,), Decimal("-0.70"))) == position.lots
    assert () == position.outcomes

    position = apply_fill(position, (LONG,), 2, Decimal("0.10"), LATER, ClosedBy.BOT)

    assert (Lot(1, (LONG, SHORT)),) == position.lots
    assert (closed(2, "-0.60", LATER),) == position.outcomes


def test_fill_takes_first_what_holds_just_these_legs() -> None:
    """A sale of long legs ends the units that hold nothing else, not a hedge."""
    position = position_of(LONG, SHORT, units=2)
    position = apply_fill(position, (SHORT,), 1, Decimal("-0.70"), AT, ClosedBy.BOT)

    position = apply_fill(position, (LONG,), 1, Decimal("0.10"), LATER, ClosedBy.BOT)

    assert (Lot(1, (LONG, SHORT)),) == position.lots


def test_fill_across_two_lots_remembers_each_price() -> None:
    """One order over lots of different history gives each unit its own whole price."""
    position = position_of(LONG, SHORT, units=2)
    position = apply_fill(position, (SHORT,), 1, Decimal("-0.70"), AT, ClosedBy.BOT)
    position = apply_fill(position, (SHORT,), 1, Decimal("-0.90"), AT, ClosedBy.BOT)

    position = apply_fill(position, (LONG,), 2, Decimal("0.10"), LATER, ClosedBy.PERSON)

    assert (closed(1, "-0.60", LATER), closed(1, "-0.80", LATER)) == position.outcomes
    assert ClosedBy.PERSON is position.closed_by


@pytest.mark.parametrize(
    ("legs", "units"),
    [
        pytest.param((LONG, SHORT), 3, id="one unit too many"),
        pytest.param((LONG, SHORT), 0, id="no unit"),
        pytest.param((SHORT_CALL,), 1, id="a leg it does not hold"),
        pytest.param((), 1, id="no leg at all"),
        pytest.param((Leg(SHORT.instrument, 1),), 1, id="a leg of the other sign"),
    ],
)
def test_fill_beyond_the_ledger_is_loud(legs: tuple[Leg, ...], units: int) -> None:
    """More executions than units mean that something is closed twice."""
    with pytest.raises(StateError, match="hold these legs"):
        apply_fill(
            position_of(LONG, SHORT, units=2),
            legs,
            units,
            Decimal(0),
            AT,
            ClosedBy.BOT,
        )


def test_fill_of_a_presumed_assignment_closes_it() -> None:
    """A refused position that was still held and is closed by hand was never assigned."""
    refused = replace(
        position_of(SHORT),
        status=Status.ASSIGNED,
        assignment=Assignment.PRESUMED,
    )

    position = apply_fill(refused, (SHORT,), 1, Decimal("-0.70"), AT, ClosedBy.PERSON)

    assert (Status.CLOSED, None) == (position.status, position.assignment)


@pytest.mark.parametrize(
    ("closing", "status"),
    [
        pytest.param("order", Status.OPEN, id="bought back"),
        pytest.param("expiry", Status.OPEN, id="expired"),
    ],
)
def test_covered_call_stays_open_with_its_shares(closing: str, status: Status) -> None:
    """When the call is gone the shares wait for the next one, and are never sold."""
    before = replace(
        position_of(HUNDRED, SHORT_CALL, net_price="-748.00"),
        status=Status.CLOSING,
        assignment=Assignment.PRESUMED,
    )

    if closing == "order":
        position = apply_fill(before, (SHORT_CALL,), 1, Decimal("-0.20"), AT, ClosedBy.BOT)
        accrued = Decimal("-0.20")
    else:
        position = end_legs(before, [SHORT_CALL.symbol], {}, How.EXPIRED, AT)
        accrued = Decimal(0)

    assert (Lot(1, (HUNDRED,), accrued),) == position.lots
    assert (status, None, None) == (position.status, position.assignment, position.closed_at)
    assert () == position.outcomes


def test_all_legs_expire_worthless() -> None:
    """A condor out of the money ends at 0, whatever was paid or taken for it."""
    position = end_legs(
        position_of(*CONDOR, units=2),
        {leg.symbol for leg in CONDOR},
        {},
        How.EXPIRED,
        AT,
    )

    assert (Outcome(2, How.EXPIRED, Decimal(0), AT),) == position.outcomes
    assert (Status.EXPIRED, None, AT) == (position.status, position.closed_by, position.closed_at)


def test_settled_legs_bring_their_value_as_held() -> None:
    """A short leg costs its settlement value, a long leg brings it."""
    long, short = Leg(put("4700", INDEX_PM), 1), Leg(put("4720", INDEX_PM), -2)
    value = {long.symbol: Decimal("3.00"), short.symbol: Decimal("23.00")}

    position = end_legs(position_of(long, short), value.keys(), value, How.SETTLED, AT)

    assert (Outcome(1, How.SETTLED, Decimal("-43.00"), AT),) == position.outcomes
    assert Status.SETTLED is position.status


def test_settlement_without_a_value_is_refused() -> None:
    """What is not known is never taken for 0."""
    with pytest.raises(ValueError, match="settlement value of GOOG151224P00740000 is missing"):
        end_legs(position_of(SHORT), [SHORT.symbol], {}, How.SETTLED, AT)


def test_shares_are_worth_their_price_per_share_of_the_unit() -> None:
    """A hundred shares called away at 760 bring 760 per share of the unit."""
    before = position_of(HUNDRED, SHORT_CALL, net_price="-748.00")
    value = {HUNDRED.symbol: Decimal(760)}

    position = end_legs(before, [HUNDRED.symbol, SHORT_CALL.symbol], value, How.ASSIGNED, AT)

    assert (Outcome(1, How.ASSIGNED, Decimal(760), AT),) == position.outcomes
    assert (Status.ASSIGNED, Assignment.PRESUMED) == (position.status, position.assignment)


def test_some_units_lose_their_legs() -> None:
    """One of three short puts is assigned early; two are left."""
    position = end_legs(position_of(SHORT, units=3), [SHORT.symbol], {}, How.ASSIGNED, AT, units=1)

    assert (Lot(2, (SHORT,)),) == position.lots
    assert (Outcome(1, How.ASSIGNED, Decimal(0), AT),) == position.outcomes
    assert Status.OPEN is position.status


def test_position_is_named_after_its_gravest_outcome() -> None:
    """Nine units closed and one assigned is an assigned position."""
    position = end_legs(position_of(SHORT, units=10), [SHORT.symbol], {}, How.ASSIGNED, AT, units=1)

    position = apply_fill(position, (SHORT,), 9, Decimal("-0.45"), LATER, ClosedBy.BOT)

    assert Status.ASSIGNED is position.status


def test_missing_units_end_at_an_unknown_price() -> None:
    """Units that are gone without explanation are presumed assigned, P/L unknown."""
    position = end_unknown(position_of(SHORT, units=3), 1, How.ASSIGNED, AT)

    assert (Lot(2, (SHORT,)),) == position.lots
    assert (Outcome(1, How.ASSIGNED, None, AT),) == position.outcomes
    assert Status.OPEN is position.status


def test_all_units_missing_end_the_position() -> None:
    """A confirmed assignment stays confirmed when the last unit goes."""
    before = replace(position_of(SHORT, units=3), assignment=Assignment.CONFIRMED)

    position = end_unknown(before, 3, How.ASSIGNED, AT)

    assert (Status.ASSIGNED, Assignment.CONFIRMED) == (position.status, position.assignment)


def test_no_more_units_go_missing_than_there_are() -> None:
    """The ledger cannot lose what it does not have."""
    with pytest.raises(StateError, match="4 units end, 3 hold"):
        end_unknown(position_of(SHORT, units=3), 4, How.ASSIGNED, AT)


def test_remaining_legs_name_each_once() -> None:
    """What is left over all lots, for schedule and display."""
    position = apply_fill(
        position_of(LONG, SHORT, units=2),
        (SHORT,),
        1,
        Decimal("-0.70"),
        AT,
        ClosedBy.BOT,
    )

    assert (LONG, SHORT) == remaining_legs(position)
    assert {LONG.symbol: 2, SHORT.symbol: -1} == quantities(position)


def test_outcomes_with_fees_stay_apart() -> None:
    """Fees belong to their own part."""
    paid = replace(closed(1, "-0.45"), fees=Decimal("0.65"))

    assert (closed(2, "-0.45"), paid, paid) == merge_outcomes(
        [closed(1, "-0.45"), closed(1, "-0.45"), paid, paid],
    )


def test_lots_alike_are_one() -> None:
    """Lots that cannot be told apart are one; empty ones are none."""
    assert (Lot(3, (LONG,)), Lot(1, (LONG,), Decimal(1))) == merge_lots(
        [Lot(1, (LONG,)), Lot(0, (SHORT,)), Lot(1, (LONG,), Decimal(1)), Lot(2, (LONG,))],
    )


LEG_SETS = st.sampled_from(
    [
        CONDOR,
        (LONG, SHORT),
        (SHORT_CALL, LONG_CALL),
        (SHORT,),
        (SHORT_CALL,),
        (LONG,),
        (LONG_CALL,),
    ],
)
PRICES = st.decimals(min_value=-20, max_value=20, places=2)


@given(
    units=st.integers(1, 12),
    fills=st.lists(st.tuples(LEG_SETS, st.integers(1, 12), PRICES), max_size=12),
)
def test_units_and_money_are_conserved(
    units: int,
    fills: list[tuple[tuple[Leg, ...], int, Decimal]],
) -> None:
    """Whatever fills in whatever order: no unit, leg or cent appears or is lost."""
    position = position_of(*CONDOR, units=units)
    brought = Decimal(0)
    held = quantities(position)
    for legs, count, price in fills:
        try:
            position = apply_fill(position, legs, count, price, AT, ClosedBy.BOT)
        except StateError:
            continue
        brought += count * price
        for leg in legs:
            held[leg.symbol] -= count * leg.quantity

    assert brought == money(position)
    assert units == position.units_open + sum(outcome.units for outcome in position.outcomes)
    assert {symbol: count for symbol, count in held.items() if count} == quantities(position)
    assert (position.status is Status.CLOSED) == (not position.lots)
