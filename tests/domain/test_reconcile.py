from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from botd.domain.contract import Leg
from botd.domain.evidence import OwnOrder
from botd.domain.lots import apply_fill, end_legs
from botd.domain.orders import Fill, Holding, OrderReport, ReportState
from botd.domain.position import ClosedBy, How, Lot, Management, Outcome, Position
from botd.domain.reconcile import (
    Finding,
    FindingKind,
    reconcile,
    resting_exits,
    unmanaged,
)
from tests.domain.book import INDEX_PM, OPENED_AT, STOCK_SHARES, call, position_of, put

AT = datetime(2015, 12, 24, 17, 50, tzinfo=UTC)
LONG = Leg(put("735"), 1)
SHORT = Leg(put("740"), -1)
SHORT_CALL = Leg(call("760"), -1)
LONG_CALL = Leg(call("765"), 1)
CONDOR = (LONG, SHORT, SHORT_CALL, LONG_CALL)
HUNDRED = Leg(STOCK_SHARES, 100)
OWN = {"bd1-AAAA-12241750-01": OwnOrder("goog-1", 0)}


def held(*parts: tuple[Leg, int]) -> list[Holding]:
    return [Holding(leg.symbol, quantity) for leg, quantity in parts]


def order(
    *legs: Leg,
    units: int = 1,
    net_price: str = "-0.45",
    client_order_id: str | None = "theirs",
    filled_at: datetime = AT,
    number: str = "o-1",
) -> OrderReport:
    """An order of *legs* as held, sent to close them and filled."""
    return OrderReport(
        broker_order_id=number,
        client_order_id=client_order_id,
        state=ReportState.FILLED,
        legs=tuple(Leg(leg.instrument, -leg.quantity) for leg in legs),
        units=units,
        filled_units=units,
        net_price=Decimal(net_price),
        submitted_at=filled_at,
        as_of=filled_at,
        fills=(Fill(f"{number}-1", units, Decimal(net_price), filled_at),),
    )


def find(
    position: Position,
    holdings: Iterable[Holding],
    *orders: OrderReport,
    own: dict[str, OwnOrder] | None = None,
) -> Finding:
    return reconcile([position], holdings, orders, own or {})[position.id]


@pytest.mark.parametrize(
    ("holdings", "kind", "units_held", "missing"),
    [
        pytest.param(held((SHORT, -3)), FindingKind.HELD, 3, 0, id="as the ledger says"),
        pytest.param(held((SHORT, -5)), FindingKind.HELD, 3, 0, id="larger: only ours"),
        pytest.param(held((SHORT, -2)), FindingKind.SMALLER, 2, 1, id="a unit is missing"),
        pytest.param(held(), FindingKind.GONE, 0, 3, id="all of it is missing"),
        pytest.param(held((SHORT, 1)), FindingKind.OPPOSITE, 0, 0, id="the other sign"),
    ],
)
def test_single_leg(
    holdings: list[Holding],
    kind: FindingKind,
    units_held: int,
    missing: int,
) -> None:
    """Each row is one way in which an account may stand beside the ledger."""
    finding = find(position_of(SHORT, units=3), holdings)

    assert (kind, units_held, missing) == (
        finding.kind,
        finding.units_held,
        finding.missing_units,
    )


@pytest.mark.parametrize(
    ("holdings", "fact"),
    [
        pytest.param(held((SHORT, -3)), "held", id="held"),
        pytest.param(
            held((SHORT, -2)),
            "1 of 3 units: no longer held and nothing explains it, presumed assigned",
            id="smaller",
        ),
        pytest.param(
            [*held(), Holding("GOOG", 300)],
            "no longer held and nothing explains it, presumed assigned; and +300 shares of GOOG",
            id="gone, and the shares are there",
        ),
        pytest.param(
            [*held(), Holding("GOOG", -300)],
            "no longer held and nothing explains it, presumed assigned",
            id="a put cannot have left the account short of shares",
        ),
        pytest.param(
            [*held(), Holding("GOOG", 99)],
            "no longer held and nothing explains it, presumed assigned",
            id="a contract brings a hundred",
        ),
        pytest.param(
            held((SHORT, 1)),
            "the account holds GOOG 740P +1, we expect -3",
            id="other sign",
        ),
    ],
)
def test_facts_in_plain_words(holdings: list[Holding], fact: str) -> None:
    """What a person reads who has minutes left."""
    assert fact == find(position_of(SHORT, units=3), holdings).fact


def test_a_call_assigned_takes_shares_away() -> None:
    """The short call's shares are gone from the account: it is short of them."""
    finding = find(position_of(SHORT_CALL), [Holding("GOOG", -100)])

    assert finding.fact.endswith("; and -100 shares of GOOG")


def test_index_options_make_no_shares() -> None:
    """What settles in cash never explains shares."""
    finding = find(position_of(Leg(put("4700", INDEX_PM), -1)), [Holding("SPX", 100)])

    assert FindingKind.GONE is finding.kind
    assert "shares" not in finding.fact


@pytest.mark.parametrize(
    ("client_order_id", "closed_by"),
    [
        pytest.param("my-own-order", ClosedBy.OTHER, id="a person's order has an id"),
        pytest.param(None, ClosedBy.BROKER, id="the broker's own has none"),
    ],
)
def test_gone_by_somebody_elses_order(client_order_id: str | None, closed_by: ClosedBy) -> None:
    """An order that is not ours has closed it: closed, never assigned."""
    report = order(LONG, SHORT, units=2, client_order_id=client_order_id)

    finding = find(position_of(LONG, SHORT, units=2), [], report)

    assert FindingKind.GONE_BY_OTHER_ORDER is finding.kind
    assert (report, closed_by, Decimal("-0.45")) == (
        finding.other_order,
        finding.closed_by,
        finding.net_price,
    )
    assert "closed at -0.45 by order o-1 (not ours)" == finding.fact


def test_smaller_by_somebody_elses_order() -> None:
    """A person closed one unit by hand; the rest stays managed."""
    finding = find(
        position_of(LONG, SHORT, units=3),
        held((LONG, 2), (SHORT, -2)),
        order(LONG, SHORT, units=1),
    )

    assert (FindingKind.SMALLER_BY_OTHER_ORDER, 2, 1) == (
        finding.kind,
        finding.units_held,
        finding.missing_units,
    )
    assert "1 of 3 units: closed at -0.45 by order o-1 (not ours)" == finding.fact


def test_several_orders_leave_the_price_open() -> None:
    """Two orders closed it leg by leg: closed, at a price that nobody has quoted."""
    finding = find(
        position_of(LONG, SHORT),
        [],
        order(LONG, number="o-2", filled_at=AT + timedelta(seconds=1)),
        order(SHORT),
    )

    assert FindingKind.GONE_BY_OTHER_ORDER is finding.kind
    assert finding.net_price is None
    assert "closed by order o-1, order o-2 (not ours)" == finding.fact


@pytest.mark.parametrize(
    "report",
    [
        pytest.param(order(SHORT, filled_at=OPENED_AT - timedelta(1)), id="before it was opened"),
        pytest.param(order(Leg(SHORT.instrument, 1)), id="an order that opens more"),
        pytest.param(order(LONG), id="another contract"),
        pytest.param(replace(order(SHORT), filled_units=0, fills=()), id="nothing filled"),
    ],
)
def test_what_explains_nothing(report: OrderReport) -> None:
    """Only fills that reduce what we held, after we held it, explain its end."""
    assert FindingKind.GONE is find(position_of(SHORT), [], report).kind


def test_an_order_explains_once() -> None:
    """Two units are gone and one fill is there: the ledger does not call both closed."""
    finding = find(position_of(SHORT, units=2), [], order(SHORT))

    assert FindingKind.GONE is finding.kind


def test_an_order_that_was_booked_explains_nothing_more() -> None:
    """At noon a person closed one of two units; what goes missing later has another cause."""
    before = apply_fill(
        position_of(SHORT, units=2),
        (SHORT,),
        1,
        Decimal("-0.45"),
        AT,
        ClosedBy.OTHER,
    )

    assert FindingKind.GONE is find(before, [], order(SHORT)).kind


def test_our_fills_that_are_booked_do_not_hide_theirs() -> None:
    """One unit closed by us and booked, one by a person just now: both are closed."""
    own = {"bd1-AAAA-12241750-01": OwnOrder("goog-1", 1)}
    before = apply_fill(
        position_of(SHORT, units=2),
        (SHORT,),
        1,
        Decimal("-0.45"),
        AT,
        ClosedBy.BOT,
    )
    ours = order(SHORT, client_order_id="bd1-AAAA-12241750-01", number="o-1")

    finding = find(before, [], ours, order(SHORT, number="o-2"), own=own)

    assert FindingKind.GONE_BY_OTHER_ORDER is finding.kind


def test_two_positions_share_no_order() -> None:
    """One fill ends one of two positions that have lost the same contract, the older."""
    older = position_of(SHORT, id="older", opened_at=OPENED_AT - timedelta(1))
    newer = position_of(SHORT, id="newer")

    findings = reconcile([newer, older], [], [order(SHORT)], {})

    assert FindingKind.GONE_BY_OTHER_ORDER is findings["older"].kind
    assert FindingKind.GONE is findings["newer"].kind


@pytest.mark.parametrize(
    ("applied", "position_id", "kind"),
    [
        pytest.param(0, "goog-1", FindingKind.GONE_BY_OWN_FILL, id="a fill the ledger lacks"),
        pytest.param(1, "goog-1", FindingKind.GONE, id="booked before: it explains nothing"),
        pytest.param(0, "goog-2", FindingKind.GONE, id="another position's fill"),
    ],
)
def test_gone_by_our_own_fill(applied: int, position_id: str, kind: FindingKind) -> None:
    """Our own fills come first: nothing is assigned that we have closed ourselves."""
    ours = order(LONG, SHORT, client_order_id="bd1-AAAA-12241750-01")
    own = {"bd1-AAAA-12241750-01": OwnOrder(position_id, applied)}

    assert kind is find(position_of(LONG, SHORT), [], ours, own=own).kind


def test_our_own_fill_of_some_units_or_legs() -> None:
    """A fill that the ledger lacks is named, also where it is not of whole units."""
    ours = order(SHORT, client_order_id="bd1-AAAA-12241750-01")

    legs = find(position_of(LONG, SHORT), held((LONG, 1)), ours, own=OWN)
    units = find(position_of(SHORT, units=2), held((SHORT, -1)), ours, own=OWN)

    assert FindingKind.SMALLER_BY_OWN_FILL is legs.kind
    assert "some legs: our own order filled and is not booked yet" == legs.fact
    assert (FindingKind.SMALLER_BY_OWN_FILL, 1) == (units.kind, units.missing_units)


def test_only_shorts_left_are_bought_back() -> None:
    """The broker sold both long legs: the shorts are closed, up to what is held."""
    finding = find(
        position_of(*CONDOR, units=3),
        held((SHORT, -3), (SHORT_CALL, -2)),
    )

    assert FindingKind.SHORTS_ONLY is finding.kind
    assert Lot(2, (SHORT, SHORT_CALL)) == replace(
        finding.to_close or Lot(0, ()),
        legs=(SHORT, SHORT_CALL),
    )
    assert {SHORT.symbol, SHORT_CALL.symbol} == {
        leg.symbol for leg in (finding.to_close or Lot(0, ())).legs
    }
    assert 2 == finding.units_held
    assert (
        "spread has lost a leg: the account holds GOOG 760C -2 (of -3), GOOG 765C +0 (of +3), "
        "GOOG 735P +0 (of +3), GOOG 740P -3 (of -3); buying the short back"
    ) == finding.fact


@pytest.mark.parametrize(
    ("holdings", "shares"),
    [
        pytest.param(held((LONG, 1)), "", id="the hedge is left: selling it would bare nothing"),
        pytest.param(
            [*held((LONG, 1)), Holding("GOOG", 100)],
            "; and +100 shares of GOOG",
            id="assigned overnight: shares are there",
        ),
        pytest.param(
            [*held((SHORT, -1)), Holding("GOOG", -100)],
            "; and -100 shares of GOOG",
            id="the long put was exercised: shares went away",
        ),
    ],
)
def test_broken_spread_is_a_persons(holdings: list[Holding], shares: str) -> None:
    """Where a long leg or shares are left, no order is safe."""
    finding = find(position_of(LONG, SHORT), holdings)

    assert FindingKind.BROKEN_SPREAD is finding.kind
    assert finding.fact.startswith("spread has lost a leg: the account holds GOOG 735P")
    assert finding.fact.endswith(shares)
    assert (0, None) == (finding.units_held, finding.to_close)
    assert set(finding.legs_held) <= {LONG, SHORT}


def test_broken_spread_names_who_broke_it() -> None:
    """A side that somebody closed by hand is named with the order."""
    finding = find(
        position_of(*CONDOR),
        held((SHORT_CALL, -1), (LONG_CALL, 1)),
        order(LONG, SHORT),
    )

    assert FindingKind.BROKEN_SPREAD is finding.kind
    assert finding.fact.endswith(", closed by order o-1 (not ours)")


def test_part_of_a_unit_is_a_persons() -> None:
    """One contract of a unit of two cannot be closed as a unit."""
    finding = find(position_of(Leg(put("740"), -2)), held((SHORT, -1)))

    assert FindingKind.BROKEN_SPREAD is finding.kind


def test_opposite_signs_net() -> None:
    """The broker holds neither: both positions go to a person."""
    long = position_of(Leg(put("740"), 1), id="long")

    findings = reconcile([position_of(SHORT), long], [], [], {})

    assert {"goog-1": FindingKind.NETTED, "long": FindingKind.NETTED} == {
        name: finding.kind for name, finding in findings.items()
    }
    assert findings["long"].fact.startswith("GOOG 740P is long in one position and short in")


def test_the_second_claimant_is_a_mismatch() -> None:
    """One contract is left of two; the person's position gets it, the bot's is a mismatch."""
    taken = replace(position_of(SHORT, id="taken"), managed_by=Management.MANUAL)

    findings = reconcile([position_of(SHORT), taken], held((SHORT, -1)), [], {})

    assert FindingKind.HELD is findings["taken"].kind
    assert (FindingKind.MISMATCH, 0) == (findings["goog-1"].kind, findings["goog-1"].units_held)
    assert (
        "several positions hold GOOG 740P: the account has -1 of -2, "
        "which of them lost it is not known"
    ) == findings["goog-1"].fact


@pytest.mark.parametrize(
    ("shares", "missing", "fact"),
    [
        pytest.param(100, 0, "held", id="covered"),
        pytest.param(500, 0, "held", id="more shares are nobody's business"),
        pytest.param(
            40,
            60,
            "held, but 60 shares of GOOG are not: it is uncovered",
            id="partly uncovered",
        ),
    ],
)
def test_shares_of_a_covered_call(shares: int, missing: int, fact: str) -> None:
    """Missing shares are told, and are never a reason to do anything with the call."""
    finding = find(
        position_of(HUNDRED, SHORT_CALL),
        [*held((SHORT_CALL, -1)), Holding("GOOG", shares)],
    )

    assert (FindingKind.HELD, missing, fact) == (
        finding.kind,
        finding.shares_missing,
        finding.fact,
    )


def test_a_covered_call_that_was_called_away() -> None:
    """The call and its shares are gone: presumed assigned, nothing appeared."""
    finding = find(position_of(HUNDRED, SHORT_CALL), [])

    assert (FindingKind.GONE, 100) == (finding.kind, finding.shares_missing)


def after_expiry() -> Position:
    """A covered call after its call expired: a hundred shares."""
    return end_legs(
        position_of(HUNDRED, SHORT_CALL),
        [SHORT_CALL.symbol],
        {},
        How.EXPIRED,
        AT,
    )


def test_shares_alone_are_the_position() -> None:
    """Once the call is gone the shares are what is looked for."""
    assert FindingKind.HELD is find(after_expiry(), [Holding("GOOG", 100)]).kind
    assert FindingKind.GONE is find(after_expiry(), []).kind


def test_shares_that_somebody_sold() -> None:
    """A hundred shares sold one by one end a unit at their price."""
    finding = find(after_expiry(), [], order(Leg(STOCK_SHARES, 1), units=100, net_price="751.20"))

    assert FindingKind.GONE_BY_OTHER_ORDER is finding.kind
    assert Decimal("751.20") == finding.net_price


def test_shares_that_two_positions_share() -> None:
    """Shares are dealt out like contracts, and named as what they are."""
    older = replace(after_expiry(), id="older", opened_at=OPENED_AT - timedelta(1))

    findings = reconcile([after_expiry(), older], [Holding("GOOG", 100)], [], {})

    assert FindingKind.HELD is findings["older"].kind
    assert findings["goog-1"].fact.startswith("several positions hold GOOG shares: the account has")


def test_lots_are_taken_whole() -> None:
    """One short was bought back before; a long alone that is missing is that unit's."""
    before = apply_fill(
        position_of(LONG, SHORT, units=2),
        (SHORT,),
        1,
        Decimal("-0.70"),
        AT,
        ClosedBy.BOT,
    )

    finding = find(before, held((LONG, 1), (SHORT, -1)))

    assert (FindingKind.SMALLER, 1, 1) == (
        finding.kind,
        finding.units_held,
        finding.missing_units,
    )


def test_a_lot_of_shares_hides_no_missing_call() -> None:
    """One of two calls was bought back and its shares are held; the other call is missing."""
    before = apply_fill(
        position_of(HUNDRED, SHORT_CALL, units=2),
        (SHORT_CALL,),
        1,
        Decimal("-0.20"),
        AT,
        ClosedBy.BOT,
    )

    finding = find(before, [Holding("GOOG", 200)])

    assert (FindingKind.GONE, 1) == (finding.kind, finding.missing_units)


def test_positions_that_hold_nothing_are_left_out() -> None:
    """What has ended is not compared any more."""
    ended = apply_fill(position_of(SHORT), (SHORT,), 1, Decimal(-1), AT, ClosedBy.BOT)

    assert {} == reconcile([ended], [], [], {})


def test_resting_exits() -> None:
    """Only live closing orders of somebody else's hold our quantity."""
    resting = replace(order(LONG, SHORT), state=ReportState.WORKING, filled_units=0, fills=())
    opening = replace(resting, legs=(LONG, SHORT))
    ours = replace(resting, client_order_id="bd1-AAAA-12241750-01")
    stranger = replace(resting, legs=(Leg(STOCK_SHARES, -100),))
    position = position_of(HUNDRED, LONG, SHORT)

    found = resting_exits(position, [resting, opening, ours, stranger, order(SHORT)], OWN)

    assert (resting,) == found


def test_unmanaged_holdings() -> None:
    """What the account holds beyond the ledger is named; what it lacks is not."""
    holdings = [*held((SHORT, -3), (LONG, 1), (SHORT_CALL, -2)), Holding("GOOG", 7)]

    found = unmanaged(
        [position_of(LONG, SHORT, units=2)],
        holdings,
        lambda symbol: symbol != "GOOG",
    )

    assert (Holding(SHORT_CALL.symbol, -2), Holding(SHORT.symbol, -1)) == found


def test_a_booked_end_before_the_days_orders_hides_nothing() -> None:
    """A unit closed last week has nothing to do with today's order."""
    before = replace(
        position_of(SHORT),
        units=2,
        outcomes=(Outcome(1, How.CLOSED, Decimal(-1), AT - timedelta(7)),),
    )

    assert FindingKind.GONE_BY_OTHER_ORDER is find(before, [], order(SHORT)).kind


@given(
    units=st.integers(1, 4),
    account=st.fixed_dictionaries(
        {leg.symbol: st.integers(-6, 6) for leg in CONDOR} | {"GOOG": st.integers(-400, 400)},
    ),
)
def test_nothing_is_closed_that_is_not_held(units: int, account: dict[str, int]) -> None:
    """Whatever an account holds: what may be closed is held, with the ledger's sign."""
    position = position_of(*CONDOR, units=units)

    finding = find(position, [Holding(symbol, count) for symbol, count in account.items()])

    assert 0 <= finding.units_held <= units
    assert finding.missing_units <= units
    legs: tuple[Leg, ...] = ()
    if finding.kind in {FindingKind.HELD, FindingKind.SMALLER}:
        legs = CONDOR
    elif finding.to_close:
        legs = finding.to_close.legs
    for leg in legs:
        closed = finding.units_held * leg.quantity
        assert abs(closed) <= abs(account[leg.symbol])
        assert closed * account[leg.symbol] >= 0
    if finding.to_close:
        assert all(leg.quantity < 0 for leg in finding.to_close.legs)
