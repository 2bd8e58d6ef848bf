from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from botd.domain.contract import Leg
from botd.domain.lots import apply_fill, end_legs, end_unknown
from botd.domain.override import (
    book_gone,
    describe_end,
    hand_over,
    mark_refused,
    release,
    resolve,
    take,
)
from botd.domain.position import (
    Assignment,
    BrokerWords,
    ClosedBy,
    How,
    Lot,
    Management,
    ManualReason,
    Outcome,
    Position,
    Status,
)
from botd.errors import StateError
from tests.domain.book import CLOSES_AT, STOCK_SHARES, call, position_of, put

AT = datetime(2015, 12, 24, 17, 50, tzinfo=UTC)
SHORT = Leg(put("740"), -1)
LONG = Leg(put("735"), 1)
SHORT_CALL = Leg(call("760"), -1)
HUNDRED = Leg(STOCK_SHARES, 100)
WORDS = BrokerWords("active assignment lock on GOOG", "40310000", 403, AT)


def manual(position: Position) -> Position:
    return take(position, AT, "ada")


def closed() -> Position:
    return apply_fill(position_of(SHORT), (SHORT,), 1, Decimal("0.45"), AT, ClosedBy.BOT)


def test_taking_names_the_person() -> None:
    """A taken position is a person's, and says whose and since when."""
    position = take(position_of(SHORT), AT, "ada")

    assert Management.MANUAL is position.managed_by
    assert ManualReason.PERSON is position.manual_reason
    assert "taken over by ada at 2015-12-24T17:50:00Z" == position.fact
    assert (Status.OPEN, 1) == (position.status, position.epoch)


def test_second_taker_learns_of_the_first() -> None:
    """Two people act; the second sees who was first, and when."""
    with pytest.raises(StateError, match=r"position 1 \(goog-1\).*person; taken over by ada at"):
        take(manual(position_of(SHORT)), AT, "bob")


def test_taking_what_the_protocol_gave_away() -> None:
    """A position under override without a told fact still names its reason."""
    given = replace(
        position_of(SHORT),
        managed_by=Management.MANUAL,
        manual_reason=ManualReason.POLICY,
    )

    with pytest.raises(StateError, match=r"already: policy$"):
        take(given, AT)


def test_taking_without_any_reason_told() -> None:
    """An override of unknown reason is still an override."""
    with pytest.raises(StateError, match=r"already: no reason told$"):
        take(replace(position_of(SHORT), managed_by=Management.MANUAL), AT)


def test_what_has_ended_cannot_be_taken() -> None:
    """The message tells how and when it ended."""
    with pytest.raises(
        StateError,
        match=r"already resolved as closed at 0.45 on 2015-12-24T17:50:00Z",
    ):
        take(closed(), AT)


def test_release_gives_back_and_clears_the_assignment() -> None:
    """Held after all: open, the bot's, no longer assigned; the broker's words stay readable."""
    refused = mark_refused(position_of(SHORT), WORDS, "REFUSED, STILL HELD")

    position = release(refused, AT)

    assert (Status.OPEN, Management.BOT) == (position.status, position.managed_by)
    assert (None, None, None) == (position.manual_reason, position.assignment, position.fact)
    assert WORDS == position.broker_error
    assert 2 == position.epoch


def test_release_of_a_bots_position() -> None:
    """There is nothing to give back."""
    with pytest.raises(StateError, match="managed by its bot 'iron-condors' already"):
        release(position_of(SHORT), AT)


def test_release_of_an_ended_position() -> None:
    """What has ended stays ended."""
    with pytest.raises(StateError, match="already resolved"):
        release(closed(), AT)


@pytest.mark.parametrize(
    ("status", "at", "allowed"),
    [
        pytest.param(Status.OPEN, CLOSES_AT - timedelta(seconds=1), True, id="a second before T"),
        pytest.param(Status.OPEN, CLOSES_AT, False, id="at T nothing can be closed any more"),
        pytest.param(Status.UNRESOLVED, AT, False, id="unresolved needs a person's word"),
        pytest.param(Status.AWAITING_SETTLEMENT, AT, False, id="settlement is not an attempt"),
    ],
)
def test_release_ends_with_trading(status: Status, at: datetime, allowed: bool) -> None:  # noqa: FBT001
    """A release after T would leave a position that no attempt looks at."""
    position = replace(manual(position_of(SHORT)), status=status)

    if allowed:
        assert Management.BOT is release(position, at).managed_by
    else:
        with pytest.raises(StateError, match="botd override resolve 1"):
            release(position, at)


def test_release_without_an_instant() -> None:
    """A caller that has looked at T itself need not tell the time."""
    assert Management.BOT is release(manual(position_of(SHORT))).managed_by


def test_book_gone() -> None:
    """What is known to be closed, but not at which price, ends without a price."""
    refused = mark_refused(position_of(SHORT), WORDS, "REFUSED")

    position = book_gone(refused, How.CLOSED, ClosedBy.BOT, AT)

    assert (Outcome(1, How.CLOSED, None, AT),) == position.outcomes
    assert (Status.CLOSED, None, ClosedBy.BOT) == (
        position.status,
        position.assignment,
        position.closed_by,
    )


def test_release_of_what_never_stops_trading() -> None:
    """Shares have no T."""
    position = replace(manual(position_of(HUNDRED)), closes_at=None)

    assert Management.BOT is release(position, AT).managed_by


@pytest.mark.parametrize(
    ("reason", "status", "assignment"),
    [
        pytest.param(ManualReason.POLICY, Status.OPEN, None, id="by policy it stays open"),
        pytest.param(ManualReason.MISMATCH, Status.OPEN, None, id="a mismatch concludes nothing"),
        pytest.param(
            ManualReason.GONE,
            Status.ASSIGNED,
            Assignment.PRESUMED,
            id="gone is presumed assigned",
        ),
        pytest.param(ManualReason.UNRESOLVED, Status.UNRESOLVED, None, id="unresolved is a status"),
    ],
)
def test_hand_over(
    reason: ManualReason,
    status: Status,
    assignment: Assignment | None,
) -> None:
    """The protocol gives a position to a person, with the fact in plain words."""
    position = hand_over(position_of(SHORT), reason, "in plain words")

    assert (status, assignment) == (position.status, position.assignment)
    assert (Management.MANUAL, reason) == (position.managed_by, position.manual_reason)
    assert ("in plain words", 1) == (position.fact, position.epoch)


def test_hand_over_of_a_persons_position_changes_no_hands() -> None:
    """The epoch counts changes of hands, not news."""
    position = hand_over(manual(position_of(SHORT)), ManualReason.UNRESOLVED, "ITM at the close")

    assert (Status.UNRESOLVED, 1) == (position.status, position.epoch)


def test_refusal_presumes_assignment_and_keeps_the_words() -> None:
    """The broker's words are kept verbatim, and nothing is ended: it may still be held."""
    position = mark_refused(position_of(SHORT), WORDS, "REFUSED, STILL HELD")

    assert (Status.ASSIGNED, Assignment.PRESUMED) == (position.status, position.assignment)
    assert (Management.MANUAL, ManualReason.REFUSED) == (
        position.managed_by,
        position.manual_reason,
    )
    assert (WORDS, "REFUSED, STILL HELD") == (position.broker_error, position.fact)
    assert (1, ()) == (position.units_open, position.outcomes)


def test_refusal_of_what_has_ended() -> None:
    """If fills explain it, it is closed, not assigned."""
    with pytest.raises(StateError, match="already resolved"):
        mark_refused(closed(), WORDS, "")


@pytest.mark.parametrize(
    ("how", "net_price", "status", "expected"),
    [
        pytest.param(How.CLOSED, "-0.45", Status.CLOSED, "-0.45", id="closed at a price"),
        pytest.param(How.CLOSED, None, Status.CLOSED, None, id="closed at an unknown price"),
        pytest.param(How.EXPIRED, None, Status.EXPIRED, "0", id="expired is worth nothing"),
        pytest.param(How.EXPIRED, "0", Status.EXPIRED, "0", id="expired at 0, in so many words"),
        pytest.param(How.SETTLED, "-2.10", Status.SETTLED, "-2.10", id="settled at a value"),
        pytest.param(How.ASSIGNED, None, Status.ASSIGNED, None, id="assigned, P/L unknown"),
        pytest.param(How.ASSIGNED, "-3.00", Status.ASSIGNED, "-3.00", id="assigned, P/L told"),
        pytest.param(How.EXERCISED, None, Status.EXERCISED, None, id="exercised, P/L unknown"),
    ],
)
def test_resolve(how: How, net_price: str | None, status: Status, expected: str | None) -> None:
    """A person's word ends everything that is left."""
    price = None if net_price is None else Decimal(net_price)
    known = None if expected is None else Decimal(expected)

    position = resolve(manual(position_of(SHORT, units=2)), how, price, AT)

    assert (Outcome(2, how, known, AT),) == position.outcomes
    assert (status, AT, None) == (position.status, position.closed_at, position.fact)
    assert (ClosedBy.PERSON if how is How.CLOSED else None) == position.closed_by
    assert (Assignment.PRESUMED if how is How.ASSIGNED else None) == position.assignment
    assert not position.confirmed


def test_resolve_adds_what_earlier_legs_brought() -> None:
    """A unit's price is that of all its legs, the short bought back before included."""
    position = apply_fill(
        position_of(LONG, SHORT),
        (SHORT,),
        1,
        Decimal("-0.70"),
        AT,
        ClosedBy.BOT,
    )

    resolved = resolve(manual(position), How.CLOSED, Decimal("0.10"), AT)

    assert (Outcome(1, How.CLOSED, Decimal("-0.60"), AT),) == resolved.outcomes


def test_expired_has_no_price() -> None:
    """A price for something that expired is a slip of the hand."""
    with pytest.raises(ValueError, match=r"not Decimal\('0.45'\)"):
        resolve(manual(position_of(SHORT)), How.EXPIRED, Decimal("0.45"), AT)


def test_resolve_tells_an_unknown_part() -> None:
    """Units that went missing get their end told; what is known does not change."""
    position = end_unknown(position_of(SHORT, units=3), 1, How.ASSIGNED, AT)
    position = apply_fill(position, (SHORT,), 2, Decimal("-0.45"), AT, ClosedBy.BOT)

    resolved = resolve(position, How.CLOSED, Decimal("-0.50"), AT)

    assert (
        Outcome(1, How.CLOSED, Decimal("-0.50"), AT),
        Outcome(2, How.CLOSED, Decimal("-0.45"), AT),
    ) == resolved.outcomes
    assert (Status.CLOSED, None) == (resolved.status, resolved.assignment)


def test_unknown_part_expired() -> None:
    """Missing units that expired after all were worth nothing."""
    position = end_unknown(position_of(SHORT), 1, How.ASSIGNED, AT)

    resolved = resolve(position, How.EXPIRED, None, AT)

    assert (Outcome(1, How.EXPIRED, Decimal(0), AT),) == resolved.outcomes
    assert (Status.EXPIRED, None) == (resolved.status, resolved.assignment)


def test_resolve_twice() -> None:
    """The second person is told what the first one said."""
    position = resolve(manual(position_of(SHORT)), How.CLOSED, Decimal("0.45"), AT)

    with pytest.raises(
        StateError,
        match=r"1 \(goog-1\) is already resolved as closed at 0.45 on 2015-12-24T17:50:00Z",
    ):
        resolve(position, How.EXPIRED, None, AT)


def test_price_can_be_told_later() -> None:
    """An end without a price may be resolved again, with one."""
    position = resolve(manual(position_of(SHORT)), How.ASSIGNED, None, AT)

    assert "assigned at an unknown price on 2015-12-24T17:50:00Z" == describe_end(position)

    position = resolve(position, How.ASSIGNED, Decimal("-3.00"), AT)

    assert (Outcome(1, How.ASSIGNED, Decimal("-3.00"), AT),) == position.outcomes


def test_a_bots_position_is_taken_before_it_is_resolved() -> None:
    """While the bot may still send an order a person's word would be too early."""
    with pytest.raises(StateError, match="botd take 1"):
        resolve(position_of(SHORT), How.EXPIRED, None, AT)


def test_awaited_settlement_is_told_by_a_person() -> None:
    """Nothing can be sent for it any more, so that nobody must take it first."""
    position = replace(position_of(SHORT), status=Status.AWAITING_SETTLEMENT)

    assert Status.SETTLED is resolve(position, How.SETTLED, Decimal("-2.10"), AT).status


def test_expired_call_leaves_the_shares() -> None:
    """The covered call's shares stay, and so does the position."""
    position = resolve(manual(position_of(HUNDRED, SHORT_CALL)), How.EXPIRED, None, AT)

    assert (Lot(1, (HUNDRED,)),) == position.lots
    assert (Status.OPEN, None, None) == (position.status, position.closed_at, position.fact)


def test_shares_do_not_expire() -> None:
    """A position that holds shares only has nothing left that could expire."""
    position = end_legs(
        position_of(HUNDRED, SHORT_CALL),
        [SHORT_CALL.symbol],
        {},
        How.EXPIRED,
        AT,
    )

    with pytest.raises(StateError, match="holds shares only"):
        resolve(manual(position), How.EXPIRED, None, AT)


@pytest.mark.parametrize(
    ("legs", "campaign", "how", "expected"),
    [
        pytest.param((SHORT,), "goog-wheel", How.ASSIGNED, "0", id="the campaign has the shares"),
        pytest.param((SHORT,), None, How.ASSIGNED, None, id="nobody has the shares"),
        pytest.param((LONG, SHORT), "goog-wheel", How.ASSIGNED, None, id="which leg is not told"),
        pytest.param((HUNDRED, SHORT_CALL), None, How.ASSIGNED, "760", id="called away"),
        pytest.param((HUNDRED, SHORT), None, How.ASSIGNED, None, id="a put brings more shares"),
        pytest.param(
            (HUNDRED, Leg(call("760"), 1)),
            None,
            How.EXERCISED,
            None,
            id="so does an own call",
        ),
    ],
)
def test_delivery_without_a_price(
    legs: tuple[Leg, ...],
    campaign: str | None,
    how: How,
    expected: str | None,
) -> None:
    """Where the shares are booked the option itself ends at 0; elsewhere nothing is known."""
    position = manual(replace(position_of(*legs), campaign=campaign))

    outcome = resolve(position, how, None, AT).outcomes[0]

    assert (None if expected is None else Decimal(expected)) == outcome.net_price


def test_end_without_parts_is_told_by_its_status() -> None:
    """A position that ended before outcomes were kept still says how."""
    assert "open" == describe_end(position_of(SHORT))
