from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

from botd.domain.after_close import (
    PATIENCE,
    AwaitDelivery,
    AwaitSettlement,
    ClosePrice,
    Expire,
    Judgement,
    SettleAt,
    Unresolved,
    Wait,
    awaits_delivery,
    book,
    crossed_after_hours,
    judge,
)
from botd.domain.booked import booked_of
from botd.domain.contract import Leg
from botd.domain.decision import Moneyness
from botd.domain.lots import apply_fill
from botd.domain.position import (
    ClosedBy,
    How,
    Lot,
    Management,
    ManualReason,
    Outcome,
    Policy,
    Position,
    Status,
)
from botd.domain.session import Session, Sessions
from botd.errors import StateError
from tests.domain.book import (
    ADJUSTED,
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

DEADLINE = CLOSES_AT + PATIENCE
SOON = CLOSES_AT + timedelta(seconds=5)
LATER_CLOSE = datetime(2016, 1, 15, 21, 0, tzinfo=UTC)
SESSIONS = Sessions(
    [
        Session(
            date(2015, 12, 23),
            datetime(2015, 12, 23, 14, 30, tzinfo=UTC),
            datetime(2015, 12, 23, 21, 0, tzinfo=UTC),
            early_close=False,
        ),
        Session(
            EXPIRATION,
            datetime(2015, 12, 24, 14, 30, tzinfo=UTC),
            CLOSES_AT,
            early_close=True,
        ),
        Session(
            LATER_EXPIRATION,
            datetime(2016, 1, 15, 14, 30, tzinfo=UTC),
            LATER_CLOSE,
            early_close=False,
        ),
    ],
)

LONG = Leg(put("735"), 1)
SHORT = Leg(put("740"), -1)
SHORT_CALL = Leg(call("760"), -1)
HUNDRED = Leg(STOCK_SHARES, 100)
LATER_LONG = Leg(put("740", expiration=LATER_EXPIRATION), 1)
INDEX_SHORT = Leg(put("4720", INDEX_PM), -1)
INDEX_LONG = Leg(put("4700", INDEX_PM), 1)


def official(price: str, underlying: str = "GOOG") -> dict[str, ClosePrice]:
    return {underlying: ClosePrice(Decimal(price), "official close", is_official=True)}


def last_trade(price: str, underlying: str = "GOOG") -> dict[str, ClosePrice]:
    return {underlying: ClosePrice(Decimal(price), "last trade", is_official=False)}


def judged(
    position: Position,
    closes: dict[str, ClosePrice],
    now: datetime = SOON,
    *,
    policy: Policy = Policy.CLOSE,
    state: Moneyness = Moneyness.ITM,
    has_live_order: bool = False,
) -> Judgement:
    return judge(
        position,
        closes=closes,
        closes_at=CLOSES_AT,
        now=now,
        sessions=SESSIONS,
        last_states={leg.symbol: state for leg in position.legs},
        has_live_order=has_live_order,
        policy=policy,
    )


def index(*legs: Leg) -> Position:
    return replace(position_of(*legs, net_price="2.00"), underlying="SPX")


def test_out_of_the_money_expires() -> None:
    """A spread that ended out of the money is worth nothing, the official close says."""
    assert Expire((LONG, SHORT)) == judged(position_of(LONG, SHORT), official("740.01"))


def test_exactly_at_the_strike_expires_with_a_warning() -> None:
    """At the strike it is not in the money, but holders may still exercise."""
    judgement = judged(position_of(LONG, SHORT), official("740.00"))

    assert (
        Expire(
            (LONG, SHORT),
            "GOOG 740P ended exactly at the strike: "
            "holders may exercise until 90 minutes after the close",
        )
        == judgement
    )


@pytest.mark.parametrize(
    ("position", "closes"),
    [
        pytest.param(position_of(LONG), official("735"), id="a long leg is ours to exercise"),
        pytest.param(index(INDEX_SHORT), official("4720", "SPX"), id="cash cannot be delivered"),
    ],
)
def test_at_the_strike_without_risk(position: Position, closes: dict[str, ClosePrice]) -> None:
    """Only short physical legs are in danger after hours."""
    assert Expire(position.legs) == judged(position, closes)


def test_in_the_money_is_never_booked_as_worthless() -> None:
    """What was not closed and is physically settled goes to a person."""
    assert Unresolved(
        "GOOG 740P ended in the money by 0.01 (official close 739.99), and not closed: "
        "exercise or assignment is to be expected",
    ) == judged(position_of(LONG, SHORT), official("739.99"))


def test_crossed_in_the_last_minute() -> None:
    """Out of the money at the last attempt, in the money at the close: it says so."""
    judgement = judged(position_of(SHORT), official("739.00"), state=Moneyness.OTM)

    assert isinstance(judgement, Unresolved)
    assert "(official close 739.00), out of the money at the last attempt" in judgement.fact


def test_accepted_assignment_awaits_the_record() -> None:
    """By policy `accept` nothing is amiss: the next morning will confirm it."""
    judgement = judged(
        position_of(HUNDRED, SHORT_CALL),
        official("761.00"),
        policy=Policy.ACCEPT,
    )

    assert (
        AwaitDelivery(
            "GOOG 760C ended in the money by 1.00 (official close 761.00): accepted, "
            "the broker's records will confirm it",
        )
        == judgement
    )


def test_cash_settles_at_intrinsic_value() -> None:
    """Both legs of an index spread settle: one at its intrinsic value, one at nothing."""
    judgement = judged(index(INDEX_LONG, INDEX_SHORT), official("4717.50", "SPX"))

    assert (
        SettleAt(
            {INDEX_LONG.symbol: Decimal(0), INDEX_SHORT.symbol: Decimal("2.50")},
        )
        == judgement
    )


def test_cash_out_of_the_money_expires() -> None:
    """An index spread that ended out of the money has expired, not settled."""
    judgement = judged(index(INDEX_LONG, INDEX_SHORT), official("4720.01", "SPX"))

    assert Expire((INDEX_LONG, INDEX_SHORT)) == judgement


def test_morning_settlement_is_awaited() -> None:
    """An AM-settled series stopped the session before: its value is not known at T."""
    leg = Leg(put("4700", INDEX_AM, date(2015, 12, 25)), -1)

    assert AwaitSettlement((leg,)) == judged(index(leg), official("4600", "SPX"))


def test_adjusted_contract_is_a_persons() -> None:
    """What an adjusted contract delivers cannot be read off the spot."""
    judgement = judged(position_of(Leg(put("740", ADJUSTED), -1)), official("900"))

    assert (
        Unresolved("GOOG1151224P00740000 is adjusted: its deliverable is not the spot's")
        == judgement
    )


@pytest.mark.parametrize(
    ("closes", "now", "expected"),
    [
        pytest.param(
            official("900"),
            CLOSES_AT - timedelta(seconds=1),
            Wait(CLOSES_AT),
            id="before T",
        ),
        pytest.param(official("900"), CLOSES_AT, Expire((SHORT,)), id="at T, close known"),
        pytest.param({}, CLOSES_AT, Wait(DEADLINE), id="no close yet"),
        pytest.param(
            last_trade("900"),
            DEADLINE - timedelta(seconds=1),
            Wait(DEADLINE),
            id="the last trade does not stand in yet",
        ),
        pytest.param(last_trade("900"), DEADLINE, Expire((SHORT,)), id="now it does"),
        pytest.param(
            {},
            DEADLINE,
            Unresolved("no closing price of GOOG is known"),
            id="nothing is known 20 minutes after T",
        ),
    ],
)
def test_patience(closes: dict[str, ClosePrice], now: datetime, expected: Judgement) -> None:
    """The official close is waited for, but not for ever."""
    assert expected == judged(position_of(SHORT), closes, now)


@pytest.mark.parametrize(
    ("price", "is_resolved"),
    [
        pytest.param("743.71", True, id="just beyond half a percent"),
        pytest.param("743.70", False, id="half a percent of the strike away"),
        pytest.param("740.00", False, id="at the strike"),
    ],
)
def test_last_trade_near_a_strike(price: str, is_resolved: bool) -> None:  # noqa: FBT001
    """A last trade is no proof within half a percent of a physical strike."""
    judgement = judged(position_of(SHORT), last_trade(price), DEADLINE)

    assert is_resolved == isinstance(judgement, Expire)
    if isinstance(judgement, Unresolved):
        assert judgement.fact == (
            f"GOOG 740P ended out of the money (last trade {price}): "
            "too near its strike to be judged without the official close"
        )


def test_last_trade_near_a_strike_that_settles_in_cash() -> None:
    """Cash is corrected by the record; an estimate does no harm."""
    judgement = judged(index(INDEX_SHORT), last_trade("4719.00", "SPX"), DEADLINE)

    assert SettleAt({INDEX_SHORT.symbol: Decimal("1.00")}) == judgement


@pytest.mark.parametrize(
    ("now", "expected"),
    [
        pytest.param(SOON, Wait(DEADLINE), id="its fate may still be learnt"),
        pytest.param(
            DEADLINE,
            Unresolved("an order of it may still have filled, its fate is not known"),
            id="it was not learnt in time",
        ),
    ],
)
def test_live_order(now: datetime, expected: Judgement) -> None:
    """A position whose order may have filled is not judged by price."""
    assert expected == judged(
        position_of(SHORT),
        official("900"),
        now,
        has_live_order=True,
    )


def test_only_expired_legs_are_judged() -> None:
    """Of a calendar the near leg is judged; the later one is another day's."""
    assert Expire((SHORT,)) == judged(position_of(SHORT, LATER_LONG), official("741"))


def test_nothing_to_judge() -> None:
    """A position whose legs all live on was asked for by mistake."""
    with pytest.raises(ValueError, match="'goog-1' has no leg that stopped trading"):
        judged(position_of(LATER_LONG), official("741"))


def test_booked_expiry_of_a_calendar() -> None:
    """The near leg leaves; the position stays open with the later one and its T."""
    calendar = replace(position_of(SHORT, LATER_LONG), tags={"account": "growth"})

    position = book(calendar, Expire((SHORT,)), SOON, SESSIONS)

    assert (Lot(1, (LATER_LONG,)),) == position.lots
    assert (Status.OPEN, LATER_EXPIRATION, LATER_CLOSE) == (
        position.status,
        position.expiration,
        position.closes_at,
    )
    assert {SHORT.symbol: (-1, Decimal(0))} == booked_of(position)


def test_booked_expiry_of_a_covered_call() -> None:
    """Only shares are left: they have no T."""
    position = book(position_of(HUNDRED, SHORT_CALL), Expire((SHORT_CALL,)), SOON, SESSIONS)

    assert (Status.OPEN, None, None) == (
        position.status,
        position.expiration,
        position.closes_at,
    )


def test_booked_expiry_is_an_estimate() -> None:
    """A whole position expires; it is not confirmed, and keeps what it was told of it."""
    opened = position_of(LONG, SHORT, units=2)

    position = book(opened, Expire((LONG, SHORT), "at the strike"), SOON, SESSIONS)

    assert (Outcome(2, How.EXPIRED, Decimal(0), SOON),) == position.outcomes
    assert (Status.EXPIRED, False, "at the strike") == (
        position.status,
        position.confirmed,
        position.fact,
    )
    assert (EXPIRATION, CLOSES_AT) == (position.expiration, position.closes_at)


def test_booked_settlement() -> None:
    """Each leg's value is booked as held, and kept for the record to correct."""
    values = {INDEX_LONG.symbol: Decimal(0), INDEX_SHORT.symbol: Decimal("2.50")}

    position = book(index(INDEX_LONG, INDEX_SHORT), SettleAt(values), SOON, SESSIONS)

    assert (Outcome(1, How.SETTLED, Decimal("-2.50"), SOON),) == position.outcomes
    assert {
        INDEX_LONG.symbol: (1, Decimal(0)),
        INDEX_SHORT.symbol: (-1, Decimal("2.50")),
    } == booked_of(position)


def test_booked_after_a_short_was_bought_back() -> None:
    """Units of different history are judged together: the long leg of both expires."""
    position = apply_fill(
        position_of(LONG, SHORT, units=2),
        (SHORT,),
        1,
        Decimal("-0.70"),
        SOON,
        ClosedBy.BOT,
    )

    position = book(position, Expire((LONG, SHORT)), SOON, SESSIONS)

    assert {Decimal(0), Decimal("-0.70")} == {each.net_price for each in position.outcomes}
    assert {LONG.symbol: (2, Decimal(0)), SHORT.symbol: (-1, Decimal(0))} == booked_of(position)


def test_booked_after_a_leg_has_gone_meanwhile() -> None:
    """A fill came in between the judgement and its booking: only what is held is booked."""
    position = apply_fill(
        position_of(LONG, SHORT), (SHORT,), 1, Decimal("-0.70"), SOON, ClosedBy.BOT
    )

    position = book(position, Expire((LONG, SHORT)), SOON, SESSIONS)

    assert {LONG.symbol: (1, Decimal(0))} == booked_of(position)
    assert (Outcome(1, How.EXPIRED, Decimal("-0.70"), SOON),) == position.outcomes


def test_booked_after_all_has_gone_meanwhile() -> None:
    """What has ended is not ended again."""
    position = apply_fill(position_of(SHORT), (SHORT,), 1, Decimal("-0.70"), SOON, ClosedBy.BOT)

    with pytest.raises(StateError):
        book(position, Expire((SHORT,)), SOON, SESSIONS)


def test_booked_wait_changes_nothing() -> None:
    """It is too early: the position is as it was."""
    position = position_of(SHORT)

    assert position == book(position, Wait(DEADLINE), SOON, SESSIONS)


def test_booked_await_settlement() -> None:
    """Nothing has ended, nothing is booked."""
    position = book(position_of(SHORT), AwaitSettlement((SHORT,)), SOON, SESSIONS)

    assert (Status.AWAITING_SETTLEMENT, 1, ()) == (
        position.status,
        position.units_open,
        position.outcomes,
    )
    assert Management.BOT is position.managed_by


def test_booked_delivery_is_awaited_once() -> None:
    """It stays open and managed, and is known as judged for this T alone."""
    opened = position_of(HUNDRED, SHORT_CALL)

    position = book(opened, AwaitDelivery("accepted"), SOON, SESSIONS)

    assert (Status.OPEN, Management.BOT, "accepted") == (
        position.status,
        position.managed_by,
        position.fact,
    )
    assert awaits_delivery(position)
    assert not awaits_delivery(opened)
    assert not awaits_delivery(replace(position, closes_at=LATER_CLOSE))
    assert not awaits_delivery(replace(position, closes_at=None))


def test_booked_unresolved() -> None:
    """A person is to tell what happened."""
    position = book(position_of(SHORT), Unresolved("ended in the money"), SOON, SESSIONS)

    assert (Status.UNRESOLVED, Management.MANUAL, ManualReason.UNRESOLVED) == (
        position.status,
        position.managed_by,
        position.manual_reason,
    )
    assert (1, "ended in the money") == (position.units_open, position.fact)


@pytest.mark.parametrize(
    ("leg", "close", "spot", "is_named"),
    [
        pytest.param(SHORT, "740.00", "739.99", True, id="a cent after the close"),
        pytest.param(SHORT, "741.00", "740.00", False, id="at the strike is not across"),
        pytest.param(SHORT, "739.00", "738.00", False, id="it was in the money before"),
        pytest.param(LONG, "740.00", "730.00", False, id="a long leg is ours"),
        pytest.param(INDEX_SHORT, "4721", "4700", False, id="cash settles at the close"),
        pytest.param(HUNDRED, "740.00", "700.00", False, id="shares have no strike"),
    ],
)
def test_crossed_after_hours(leg: Leg, close: str, spot: str, is_named: bool) -> None:  # noqa: FBT001
    """Short physical legs that crossed after the close may still be assigned."""
    crossed = crossed_after_hours((leg,), Decimal(close), Decimal(spot))

    assert ((leg,) if is_named else ()) == crossed
