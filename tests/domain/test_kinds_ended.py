"""How futures, event contracts and crypto options end, and what that brought."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from botd.domain.after_close import (
    PATIENCE,
    AwaitSettlement,
    ClosePrice,
    Expire,
    Judgement,
    SettleAt,
    Unresolved,
    Wait,
    book,
    judge,
)
from botd.domain.confirm import confirm
from botd.domain.contract import Leg
from botd.domain.lots import apply_fill, end_unknown
from botd.domain.orders import Holding
from botd.domain.override import resolve, take
from botd.domain.pnl import close_net_price, opening_dollars, realized_pnl
from botd.domain.position import (
    ClosedBy,
    How,
    Management,
    ManualReason,
    Outcome,
    Policy,
    Position,
    Status,
)
from botd.domain.reconcile import FindingKind, reconcile
from botd.domain.settlement import FactKind, SettlementFact
from botd.errors import StateError
from tests.domain.kinds import BTC_CALL, CL, ES, NO, NOW, SESSIONS, YES, T, held, leg

SOON = T + timedelta(seconds=5)
DEADLINE = T + PATIENCE


def judged(position: Position, close: str | None = None, *, is_late: bool = False) -> Judgement:
    closes = {}
    if close is not None:
        told = ClosePrice(Decimal(close), "official close", is_official=True)
        closes[position.underlying] = told
    return judge(
        position,
        closes=closes,
        closes_at=T,
        now=DEADLINE if is_late else SOON,
        sessions=SESSIONS,
        last_states={},
        has_live_order=False,
        policy=position.policy or Policy.CLOSE,
    )


def record(one: Leg, units: int, price: str | None) -> SettlementFact:
    return SettlementFact(
        "r-1",
        FactKind.EXPIRATION if price is None else FactKind.CASH_SETTLEMENT,
        one.symbol,
        units * one.quantity,
        None if price is None else Decimal(price),
        SOON,
    )


@pytest.mark.parametrize("symbol", [YES, NO])
@pytest.mark.parametrize("close", [None, "62", "100", "0"])
def test_an_event_awaits_its_outcome(symbol: str, close: str | None) -> None:
    """Nothing of it is booked at T, whatever its market says."""
    position = held(leg(symbol, 5))

    assert AwaitSettlement(position.legs) == judged(position, close)


@pytest.mark.parametrize(
    ("symbol", "policy", "name"),
    [
        pytest.param(ES, None, "ES 12-26", id="an index"),
        pytest.param(ES, Policy.SETTLE, "ES 12-26", id="an index that was left to settle"),
        pytest.param(CL, None, "CL 12-26", id="oil"),
    ],
)
def test_a_future_that_was_not_closed_is_a_persons(
    symbol: str, policy: Policy | None, name: str
) -> None:
    """At what it settled, or what it delivers, nobody here knows."""
    fact = f"{name} was not closed before its last trading day ended"

    assert Unresolved(fact) == judged(held(leg(symbol), policy=policy), "5797")


@pytest.mark.parametrize(
    ("close", "is_late", "expected"),
    [
        pytest.param("90000", False, Expire((leg(BTC_CALL, 3),)), id="at the strike"),
        pytest.param("89000", False, Expire((leg(BTC_CALL, 3),)), id="out of the money"),
        pytest.param("91500", False, SettleAt({BTC_CALL: Decimal(1500)}), id="in the money"),
        pytest.param(None, False, Wait(DEADLINE), id="no settlement price yet"),
        pytest.param(None, True, Unresolved("no closing price of BTC is known"), id="none in time"),
    ],
)
def test_a_crypto_option_is_judged_by_its_settlement_price(
    close: str | None,
    is_late: bool,  # noqa: FBT001 - a row's own
    expected: Judgement,
) -> None:
    """In cash, at once, with no shares and no exercise after hours."""
    assert expected == judged(held(leg(BTC_CALL, 3)), close, is_late=is_late)


@pytest.mark.parametrize(
    ("symbol", "paid", "how", "pnl"),
    [
        pytest.param(YES, "100", How.SETTLED, "380", id="won: 38 dollars a share"),
        pytest.param(YES, "0", How.SETTLED, "-620", id="lost: all that was paid"),
        pytest.param(NO, "100", How.SETTLED, "380", id="NO, won"),
    ],
)
def test_the_brokers_record_ends_an_event(symbol: str, paid: str, how: How, pnl: str) -> None:
    """A hundred dollars or nothing, for every share of every unit."""
    position = held(leg(symbol, 5), units=2, net_price="-310")
    waiting = book(position, judged(position), SOON, SESSIONS)
    settled = confirm(waiting, [record(position.legs[0], 2, paid)])

    after = settled.position

    assert Status.AWAITING_SETTLEMENT is waiting.status
    assert () == waiting.outcomes
    assert (Status.SETTLED, True, None) == (after.status, after.confirmed, settled.difference)
    assert (Outcome(2, how, 5 * Decimal(paid), SOON),) == after.outcomes
    assert (Decimal(pnl), True) == realized_pnl(after)


def test_an_event_that_expired_worthless_by_record() -> None:
    """The broker may call the losing side expired."""
    position = held(leg(YES))
    waiting = book(position, judged(position), SOON, SESSIONS)

    after = confirm(waiting, [record(position.legs[0], 1, None)]).position

    assert (Status.EXPIRED, Decimal(-62)) == (after.status, realized_pnl(after)[0])


def test_settled_and_confirmed_bitcoin() -> None:
    """Dollars are points times the part of a coin that a contract is about."""
    position = held(leg(BTC_CALL, 3), units=2, net_price="-3600")
    settled = book(position, judged(position, "91500"), SOON, SESSIONS)

    confirmed = confirm(settled, [record(position.legs[0], 2, "1500")])
    corrected = confirm(settled, [record(position.legs[0], 2, "1512.50")])

    assert (Decimal(4500), Decimal("18.00")) == (
        close_net_price(settled),
        realized_pnl(settled)[0],
    )
    assert (True, None) == (confirmed.position.confirmed, confirmed.difference)
    assert Decimal("18.75") == realized_pnl(corrected.position)[0]
    assert "settled at 1512.50" in str(corrected.difference)


@pytest.mark.parametrize(
    ("one", "opened", "closed", "pnl"),
    [
        pytest.param(leg(ES, 4), "-23119.25", "23188", "3437.50", id="long four of the S&P"),
        pytest.param(leg(CL, -1), "70.12", "-70.62", "-500.00", id="short oil, half a dollar up"),
        pytest.param(
            leg("future:MYM 12-26", 1), "-44000", "44010", "5.00", id="a micro of the Dow"
        ),
        pytest.param(leg(YES, 10), "-620", "580", "-40.00", id="YES bought at 62, sold at 58"),
        pytest.param(leg(BTC_CALL, 1), "-1200", "1350.5", "1.505", id="a hundredth of a bitcoin"),
    ],
)
def test_profit_in_dollars(one: Leg, opened: str, closed: str, pnl: str) -> None:
    """Points, dollars a share and USDT a coin become dollars by the contract's size."""
    position = held(one, net_price=opened)

    after = apply_fill(position, position.lots[0].legs, 1, Decimal(closed), SOON, ClosedBy.BOT)

    assert (Decimal(pnl), True) == realized_pnl(after)
    assert Decimal(opened) * one.instrument.dollars_per_point == opening_dollars(position)


def test_a_close_at_an_unknown_price_is_no_zero() -> None:
    """Where a broker tells no price, nobody invents one."""
    after = end_unknown(held(leg(ES), units=2), 2, How.CLOSED, SOON)

    assert (None, False) == realized_pnl(after)
    assert (None, Status.CLOSED) == (close_net_price(after), after.status)


@pytest.mark.parametrize(
    ("there", "expected"),
    [
        pytest.param(4, FindingKind.HELD, id="as many"),
        pytest.param(6, FindingKind.HELD, id="more"),
        pytest.param(2, FindingKind.SMALLER, id="fewer"),
        pytest.param(0, FindingKind.GONE, id="none"),
        pytest.param(-4, FindingKind.OPPOSITE, id="the other sign"),
    ],
)
@pytest.mark.parametrize("symbol", [ES, YES, BTC_CALL])
def test_what_the_account_holds(symbol: str, there: int, expected: FindingKind) -> None:
    """They are looked for like any leg, and a missing future is no missing share."""
    position = held(leg(symbol, 2), units=2)

    found = reconcile([position], [Holding(symbol, there)], [], {})["kind-1"]

    assert expected is found.kind
    assert 0 == found.shares_missing


def test_a_part_of_a_future_that_is_gone_leaves_the_rest_as_it_is() -> None:
    """It is not taken for shares that wait for their next call."""
    closing = replace(held(leg(ES), units=3), status=Status.ASSIGNED)

    after = apply_fill(closing, closing.lots[0].legs, 1, Decimal(5797), SOON, ClosedBy.OTHER)

    assert (Status.ASSIGNED, 2) == (after.status, after.units_open)


def test_a_future_does_not_expire() -> None:
    """A person's word cannot make it worthless."""
    taken = take(held(leg(ES)), NOW)

    with pytest.raises(StateError, match="holds a future; none expires"):
        resolve(taken, How.EXPIRED, None, SOON)

    after = resolve(taken, How.SETTLED, Decimal(5800), SOON)

    assert (Status.SETTLED, Management.MANUAL) == (after.status, after.managed_by)


def test_what_a_person_has_to_resolve() -> None:
    """An open future at T is handed over, with its fact."""
    position = held(leg(ES))

    after = book(position, judged(position), SOON, SESSIONS)

    assert (Status.UNRESOLVED, ManualReason.UNRESOLVED) == (after.status, after.manual_reason)
    assert 1 == after.units_open
