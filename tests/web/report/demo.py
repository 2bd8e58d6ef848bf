"""A demo day on recorded GOOG minutes, with a position for every way to end."""

import csv
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

from botd.brokers.port import Environment
from botd.domain.contract import Leg, OptionContract, Right, RootSpec, Shares
from botd.domain.decision import LegMoneyness, Moneyness
from botd.domain.orders import Fill, OrderStatus
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
from botd.domain.session import Session
from botd.errors import Refusal, RefusalReason
from botd.web.report.data import (
    PackagePoint,
    ReportAttempt,
    ReportDay,
    ReportEvent,
    ReportOrder,
    ReportPosition,
    SpotSeries,
)

DAY = date(2015, 12, 24)
GOOG = RootSpec("GOOG", "GOOG", "equity")
OPENS_AT = datetime(2015, 12, 24, 14, 30, tzinfo=UTC)
CLOSES_AT = datetime(2015, 12, 24, 18, 0, tzinfo=UTC)
SESSION = Session(DAY, OPENS_AT, CLOSES_AT, early_close=True)
T10, T5, T1 = (CLOSES_AT - timedelta(minutes=minutes) for minutes in (10, 5, 1))
LOCK = "order rejected: active assignment lock on GOOG151224P00750000"

Rows = dict[str, list[tuple[datetime, Decimal, Decimal]]]


def read_rows() -> Rows:
    """Read the recorded minutes: by symbol, rows of instant, bid and ask."""
    rows: Rows = {}
    with (Path(__file__).parent / "goog_2015_12_24.csv").open() as file:
        for row in csv.DictReader(line for line in file if not line.startswith("#")):
            at = datetime.fromisoformat(f"2015-12-24T{row['at']}:00+00:00")
            sides = (Decimal(row["bid"] or "0"), Decimal(row["ask"] or "0"))
            rows.setdefault(row["symbol"], []).append((at, *sides))
    return rows


ROWS = read_rows()


def option(text: str, quantity: int, *, expiration: date = DAY) -> Leg:
    """Make a leg: `option("750P", -1)`."""
    right = Right.PUT if text.endswith("P") else Right.CALL
    return Leg(OptionContract(GOOG, expiration, right, Decimal(text[:-1])), quantity)


def package(legs: tuple[Leg, ...]) -> tuple[PackagePoint, ...]:
    """Tell what closing the legs would bring, minute by minute."""
    known = [ROWS[leg.symbol[10:]] for leg in legs]
    minutes = sorted({at for rows in known for at, _, _ in rows})
    points = []
    for at in minutes:
        last = [next((r for r in reversed(rows) if r[0] <= at), None) for rows in known]
        if any(row is None for row in last):
            continue
        sides = [
            (row[1] * leg.quantity, row[2] * leg.quantity)
            for row, leg in zip(last, legs, strict=True)
            if row is not None
        ]
        points.append(
            PackagePoint(at, sum(map(min, sides), Decimal(0)), sum(map(max, sides), Decimal(0)))
        )
    return tuple(points)


def position(
    number: int,
    legs: tuple[Leg, ...],
    *,
    name: str = "",
    strategy: str = "vertical",
    units: int = 1,
    opened: str = "1.25",
    status: Status = Status.OPEN,
    outcomes: tuple[Outcome, ...] = (),
    units_open: int = 0,
) -> Position:
    """Make a position of the demo day."""
    return Position(
        id=name or f"goog-{number:02d}",
        number=number,
        bot="iron-condors",
        broker="paper",
        account="paper",
        underlying="GOOG",
        strategy=strategy,
        legs=legs,
        units=units,
        opened_at=datetime(2015, 12, 18, 15, tzinfo=UTC),
        open_net_price=Decimal(opened),
        expiration=DAY,
        closes_at=CLOSES_AT,
        status=status,
        outcomes=outcomes,
        lots=(Lot(units_open, legs),) if units_open else (),
    )


def ended(how: How, net_price: str | None, *, units: int = 1, at: datetime = T10) -> Outcome:
    """Make an outcome."""
    return Outcome(units, how, None if net_price is None else Decimal(net_price), at)


def order(
    due_at: datetime,
    step: int,
    net_price: str | None,
    status: OrderStatus,
    *,
    after: int,
    lasts: int | None = 10,
    units: int = 1,
    filled: int = 0,
    cap: str | None = "-5.00",
) -> ReportOrder:
    """Make an order sent *after* seconds into its attempt, standing for *lasts* seconds."""
    sent = due_at + timedelta(seconds=after)
    end = None if lasts is None else sent + timedelta(seconds=lasts)
    price = None if net_price is None else Decimal(net_price)
    average = price if filled else None
    fills: tuple[Fill, ...] = ()
    if filled and price is not None and end is not None:
        fills = (Fill(f"x-{due_at:%H%M}-{step}", filled, price, end),)
    return ReportOrder(
        client_order_id=f"bd1-abcdefghijkl-{due_at:%m%d%H%M}-{step:02d}",
        step=step,
        net_price=price,
        units=units,
        filled_units=filled,
        average_net_price=average,
        status=status,
        submitted_at=sent,
        finished_at=end,
        cap=None if cap is None else Decimal(cap),
        fills=fills,
    )


def attempt(
    lead: str,
    decision: str,
    outcome: str,
    *orders: ReportOrder,
    reason: str = "in the money",
    strike: str = "750",
) -> ReportAttempt:
    """Make an attempt of the demo day."""
    due_at = {"T-10": T10, "T-5": T5, "T-1": T1}[lead]
    spot = next(row[1] for row in reversed(ROWS["GOOG"]) if row[0] <= due_at)
    state = Moneyness.OTM if decision == "leave" else Moneyness.ITM
    return ReportAttempt(
        lead=lead,
        due_at=due_at,
        decision=decision,
        reason=reason,
        outcome=outcome,
        orders=orders,
        moneyness=(LegMoneyness(strike, state, Decimal(strike), spot, due_at),),
    )


def left(strike: str = "740") -> tuple[ReportAttempt, ...]:
    """Make the three attempts of a position that was left alone."""
    return tuple(
        attempt(lead, "leave", "none", reason="out of the money", strike=strike)
        for lead in ("T-10", "T-5", "T-1")
    )


def entry(
    held: Position,
    *attempts: ReportAttempt,
    pnl: str | None = None,
    complete: bool = True,
    closed: str | None = None,
    has_quotes: bool = True,
) -> ReportPosition:
    """Make a position's entry in the report."""
    return ReportPosition(
        position=held,
        realized_pnl=None if pnl is None else Decimal(pnl),
        pnl_complete=complete,
        close_net_price=None if closed is None else Decimal(closed),
        attempts=attempts,
        market=package(held.legs) if has_quotes else (),
        events=(
            ReportEvent(held.opened_at, "imported", "person"),
            ReportEvent(T10, "attempt T-10 claimed", "daemon"),
        ),
    )


def closed_at_second_step(number: int = 1) -> ReportPosition:
    """A vertical that filled at its second price."""
    legs = (option("755P", -1), option("750P", 1))
    held = position(number, legs, status=Status.CLOSED, outcomes=(ended(How.CLOSED, "-4.85"),))
    return entry(
        replace(held, closed_by=ClosedBy.BOT, closed_at=T10 + timedelta(seconds=16)),
        attempt(
            "T-10",
            "close",
            "filled",
            order(T10, 1, "-4.40", OrderStatus.SUPERSEDED, after=1),
            order(T10, 2, "-4.85", OrderStatus.FILLED, after=11, lasts=5, filled=1),
        ),
        pnl="-360.00",
        closed="-4.85",
    )


def closed_in_parts(number: int = 2) -> ReportPosition:
    """Three units that were filled over two attempts."""
    legs = (option("752.5P", -1),)
    outcomes = (ended(How.CLOSED, "-3.40", units=2), ended(How.CLOSED, "-3.75", at=T5))
    held = position(
        number, legs, strategy="short put", units=3, status=Status.CLOSED, outcomes=outcomes
    )
    first = [
        order(T10, 1, "-3.05", OrderStatus.SUPERSEDED, after=1, units=3, cap="-6.50"),
        order(T10, 2, "-3.20", OrderStatus.SUPERSEDED, after=11, units=3, cap="-6.50"),
        order(T10, 3, "-3.35", OrderStatus.SUPERSEDED, after=21, units=3, cap="-6.50"),
    ]
    last = order(
        T10, 4, "-3.40", OrderStatus.PARTIALLY_FILLED, after=31, lasts=264, units=3, filled=2,
        cap="-6.50",
    )  # fmt: skip
    part = Fill("x-1", 2, Decimal("-3.40"), T10 + timedelta(seconds=95))
    late = order(T5, 2, "-3.75", OrderStatus.FILLED, after=12, lasts=21, filled=1, cap="-6.50")
    return entry(
        replace(held, closed_by=ClosedBy.BOT),
        attempt("T-10", "close", "partial", *first, replace(last, fills=(part,)), strike="752.5"),
        attempt(
            "T-5",
            "close",
            "filled",
            order(T5, 1, "-3.25", OrderStatus.SUPERSEDED, after=1, cap="-6.50"),
            late,
            strike="752.5",
        ),
        pnl="-680.00",
        closed="-3.516666666666666666666666667",
    )


def refused(number: int = 3) -> ReportPosition:
    """A short put whose close the broker refused."""
    legs = (option("750P", -1),)
    words = BrokerWords(LOCK, "42210000", 422, T10 + timedelta(seconds=1))
    held = replace(
        position(number, legs, strategy="short put", status=Status.ASSIGNED, units_open=1),
        managed_by=Management.MANUAL,
        manual_reason=ManualReason.REFUSED,
        assignment=Assignment.PRESUMED,
        broker_error=words,
        fact=f"REFUSED, STILL HELD, 9 minutes left: botd close {number}",
    )
    sent = order(T10, 1, "-0.70", OrderStatus.REFUSED, after=1, lasts=0, cap="-3.10")
    said = Refusal(RefusalReason.ASSIGNMENT_LOCK, LOCK, "42210000", 422)
    return entry(
        held,
        attempt("T-10", "close", "refused", replace(sent, refusal=said)),
        complete=False,
    )


def capped(number: int = 4) -> ReportPosition:
    """A vertical whose mid is above its width: it rests at the cap to the bell."""
    legs = (option("760P", -1), option("755P", 1))
    held = replace(
        position(number, legs, status=Status.UNRESOLVED, units_open=1),
        managed_by=Management.MANUAL,
        manual_reason=ManualReason.UNRESOLVED,
        fact="in the money at the close, not closed",
    )
    resting = [
        replace(
            order(due, step, "-5.00", status, after=1, lasts=lasts),
            notes=("capped at the width", "rests"),
        )
        for due, step, status, lasts in (
            (T10, 1, OrderStatus.CANCELED, 294),
            (T5, 1, OrderStatus.CANCELED, 234),
            (T1, 1, OrderStatus.EXPIRED, None),
        )
    ]
    return entry(
        held,
        attempt("T-10", "close", "unfilled", resting[0], strike="760"),
        attempt("T-5", "close", "unfilled", resting[1], strike="760"),
        attempt("T-1", "close", "unfilled", resting[2], strike="760"),
        complete=False,
    )


def long_call_sold(number: int = 5) -> ReportPosition:
    """A long call sold at T-1 after two attempts that did not fill."""
    legs = (option("745C", 1),)
    held = position(
        number,
        legs,
        strategy="long call",
        opened="-2.10",
        status=Status.CLOSED,
        outcomes=(ended(How.CLOSED, "2.55"),),
    )
    walks = []
    for due, prices, last in ((T10, "4.70 4.57 4.43 4.30", 264), (T5, "4.25 4.10 3.95 3.80", 204)):
        steps = [
            order(
                due,
                step,
                price,
                OrderStatus.SUPERSEDED if step < 4 else OrderStatus.CANCELED,
                after=10 * step - 9,
                lasts=10 if step < 4 else last,
                cap="2.00",
            )
            for step, price in enumerate(prices.split(), start=1)
        ]
        walks.append(steps)
    final = [
        order(T1, 1, "2.95", OrderStatus.SUPERSEDED, after=1, cap="2.00"),
        order(T1, 2, "2.75", OrderStatus.SUPERSEDED, after=11, cap="2.00"),
        order(T1, 3, "2.55", OrderStatus.FILLED, after=21, lasts=4, filled=1, cap="2.00"),
    ]
    return entry(
        replace(held, closed_by=ClosedBy.BOT),
        attempt("T-10", "close", "unfilled", *walks[0], strike="745"),
        attempt("T-5", "close", "unfilled", *walks[1], strike="745"),
        attempt("T-1", "close", "filled", *final, strike="745"),
        pnl="45.00",
        closed="2.55",
    )


def unknown_fate(number: int = 6) -> ReportPosition:
    """An order whose answer was lost, found at last as filled; decided on implied data."""
    legs = (option("747.5C", 2), option("752.5C", -2))
    held = position(
        number,
        legs,
        name="a-very-long-position-name-that-some-bot-has-made-up-2015-12-24-0001",
        units=2,
        opened="-0.80",
        status=Status.UNRESOLVED,
        units_open=2,
    )
    lost = replace(
        order(T10, 1, "3.60", OrderStatus.UNKNOWN, after=2, lasts=None, units=2, cap="2.10"),
        notes=("the answer was lost; looked up 3 times",),
    )
    sent = replace(
        attempt("T-10", "close", "unknown", lost, strike="747.5"),
        is_flagged=True,
        note="spot implied by the options, 4 min old",
        late=timedelta(seconds=4),
    )
    skip = attempt("T-5", "skip", "none", reason="an order of unknown fate lives", strike="747.5")
    return entry(
        replace(held, fact="an order of unknown fate may have closed it"),
        sent,
        skip,
        complete=False,
    )


def partly_left(number: int = 7) -> ReportPosition:
    """Ten units that ended three ways."""
    legs = (option("750P", -1), option("745P", 1))
    outcomes = (
        ended(How.CLOSED, "-0.85", units=6),
        ended(How.ASSIGNED, None, units=3),
        ended(How.EXPIRED, "0", units=1),
    )
    held = replace(
        position(number, legs, units=10, status=Status.ASSIGNED, outcomes=outcomes),
        assignment=Assignment.PRESUMED,
        managed_by=Management.MANUAL,
        manual_reason=ManualReason.GONE,
        fact="3 units are gone and no order explains it",
    )
    sent = order(T10, 1, "-0.85", OrderStatus.PARTIALLY_FILLED, after=1, units=10, filled=6)
    return entry(
        held,
        attempt("T-10", "close", "partial", sent),
        pnl="240.00",
        complete=False,
        closed="-0.85",
    )


def handed_over(number: int = 8) -> ReportPosition:
    """A calendar handed to a person by its policy."""
    later = date(2016, 1, 8)
    legs = (option("750P", -1), option("750P", 1, expiration=later))
    held = replace(
        position(number, legs, strategy="calendar", opened="-4.10", units_open=1),
        managed_by=Management.MANUAL,
        manual_reason=ManualReason.POLICY,
        closes_at=datetime(2016, 1, 8, 21, tzinfo=UTC),
    )
    return entry(
        held,
        attempt("T-10", "hand_over", "none", reason="by policy"),
        complete=False,
        has_quotes=False,
    )


def accepted(number: int = 9) -> ReportPosition:
    """A covered call that takes its assignment on purpose."""
    legs = (Leg(Shares("GOOG"), 100), option("740C", -1))
    held = position(number, legs, strategy="covered call", opened="-738.10", units_open=1)
    tries = [
        replace(attempt(lead, "accept", "none", reason="by policy", strike="740"))
        for lead in ("T-10", "T-5", "T-1")
    ]
    return entry(held, *tries, complete=False, has_quotes=False)


def no_quote(number: int = 10) -> ReportPosition:
    """A position whose legs nobody quotes, priced from intrinsic value."""
    legs = (option("757.5P", -1),)
    held = replace(
        position(
            number,
            legs,
            strategy="short put",
            status=Status.CLOSED,
            outcomes=(ended(How.CLOSED, "-8.20"),),
        ),
        closed_by=ClosedBy.BROKER,
    )
    sent = replace(
        order(T10, 1, "-8.20", OrderStatus.CANCELED, after=1, lasts=290, cap="-9.80"),
        notes=("priced from intrinsic",),
    )
    return entry(
        held,
        attempt("T-10", "close", "unfilled", sent, strike="757.5"),
        attempt("T-5", "skip", "none", reason="closed by somebody else's order", strike="757.5"),
        pnl="-695.00",
        closed="-8.20",
        has_quotes=False,
    )


def by_market(number: int = 11) -> ReportPosition:
    """A long put sold at market."""
    legs = (option("752.5P", 1),)
    held = replace(
        position(
            number,
            legs,
            strategy="long put",
            opened="-1.90",
            status=Status.CLOSED,
            outcomes=(ended(How.CLOSED, "2.60"),),
        ),
        closed_by=ClosedBy.BOT,
    )
    sent = order(T10, 1, None, OrderStatus.FILLED, after=1, lasts=1, filled=1, cap=None)
    fill = Fill("x-2", 1, Decimal("2.60"), T10 + timedelta(seconds=2))
    filled = replace(sent, fills=(fill,), average_net_price=Decimal("2.60"))
    return entry(
        held, attempt("T-10", "close", "filled", filled, strike="752.5"), pnl="70.00", closed="2.60"
    )


def quiet(number: int, status: Status = Status.EXPIRED) -> ReportPosition:
    """A position left alone: it expired, or waits for its settlement value."""
    legs = (option("745P", -1), option("740P", 1))
    outcomes = (ended(How.EXPIRED, "0", at=CLOSES_AT),) if status is Status.EXPIRED else ()
    held = position(number, legs, status=status, outcomes=outcomes)
    pnl = "125.00" if status is Status.EXPIRED else None
    return entry(held, *left(), pnl=pnl, complete=pnl is not None)


def settled(number: int = 15) -> ReportPosition:
    """A cash-settled position, estimated."""
    held = position(
        number,
        (option("750C", 1),),
        strategy="long call",
        opened="-0.40",
        status=Status.SETTLED,
        outcomes=(ended(How.SETTLED, "0.35", at=CLOSES_AT),),
    )
    tries = [attempt(lead, "settle", "none", reason="by policy") for lead in ("T-10", "T-5", "T-1")]
    return entry(held, *tries, pnl="-5.00", closed="0.35")


def positions() -> Iterator[ReportPosition]:
    """Make one position for every way to end."""
    yield closed_at_second_step()
    yield closed_in_parts()
    yield refused()
    yield capped()
    yield long_call_sold()
    yield unknown_fate()
    yield partly_left()
    yield handed_over()
    yield accepted()
    yield no_quote()
    yield by_market()
    yield quiet(12)
    yield quiet(13, Status.AWAITING_SETTLEMENT)
    yield quiet(14)
    yield settled()


def spot_series(strikes: tuple[str, ...] = ()) -> SpotSeries:
    """Make GOOG's path of the day."""
    levels = strikes or ("740", "742.5", "745", "747.5", "750", "752.5", "755", "757.5", "760")
    return SpotSeries(
        "GOOG",
        tuple((at, bid) for at, bid, _ in ROWS["GOOG"]),
        tuple(Decimal(level) for level in levels),
        official_close=Decimal("748.40"),
    )


def demo_day(*entries: ReportPosition) -> ReportDay:
    """Make the demo day, with the given positions or one of each kind."""
    return ReportDay(
        session=SESSION,
        source="GOOG_2015-12-24",
        account="paper",
        environment=Environment.PAPER,
        underlyings=(spot_series(),),
        positions=entries or tuple(positions()),
    )
