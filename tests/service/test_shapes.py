from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal

import pytest

from botd.domain.decision import LegMoneyness, Moneyness
from botd.domain.orders import OrderIntent, OrderStatus
from botd.domain.position import (
    Assignment,
    BrokerWords,
    ClosedBy,
    How,
    Management,
    ManualReason,
    Outcome,
    Policy,
    Status,
)
from botd.errors import Refusal, RefusalReason
from botd.ledger.attempts import Attempt
from botd.ledger.events import Event
from botd.ledger.orders import Order
from botd.ledger.positions import Page
from botd.service import shapes
from tests.engine.given import position
from tests.engine.market import instant, legs

# As INTERFACE has it; more may be added, none may go.
POSITION_KEYS = (
    "id bot broker account underlying strategy legs units units_open opened_at open_net_price "
    "expiration closes_at status managed_by manual_reason assignment confirmed broker_error policy "
    "outcomes closed_by close_net_price realized_pnl pnl_complete fees closed_at"
)
ATTEMPT_KEYS = "lead due_at started_at late_seconds decision reason moneyness orders outcome"
ORDER_KEYS = "client_order_id step net_price units filled_units status submitted_at"
DUE_AT = instant("17:50")


@pytest.mark.parametrize(
    ("amount", "expected"),
    [
        pytest.param("1.25", "1.25", id="cents"),
        pytest.param("-17.1", "-17.10", id="to the cent at least"),
        pytest.param("1.250", "1.25", id="no more places than it needs"),
        pytest.param("0.1250", "0.125", id="below a cent"),
        pytest.param("-0.0001", "-0.0001", id="a hundredth of a cent"),
        pytest.param("1E-7", "0.0000001", id="no exponent for the small"),
        pytest.param("1E+3", "1000.00", id="no exponent for the large"),
        pytest.param("0", "0.00", id="nothing"),
        pytest.param("-0.00", "0.00", id="nothing has no sign"),
        pytest.param("0E-10", "0.00", id="nothing, to many places"),
        pytest.param(
            "-123456789012345678901234567890.15",
            "-123456789012345678901234567890.15",
            id="never rounded",
        ),
    ],
)
def test_money_is_exact(amount: str, expected: str) -> None:
    """Dollars are written as a plain decimal, whatever way the number came about."""
    assert expected == shapes.money(Decimal(amount))


@pytest.mark.parametrize(
    ("at", "expected"),
    [
        pytest.param(datetime(2015, 12, 24, 17, 50, tzinfo=UTC), "2015-12-24T17:50:00Z", id="UTC"),
        pytest.param(
            datetime(2015, 12, 24, 12, 50, tzinfo=timezone(timedelta(hours=-5))),
            "2015-12-24T17:50:00Z",
            id="of another zone",
        ),
        pytest.param(
            datetime(2015, 12, 24, 17, 50, 0, 250_000, tzinfo=UTC),
            "2015-12-24T17:50:00.250000Z",
            id="with a fraction",
        ),
    ],
)
def test_instants_are_utc(at: datetime, expected: str) -> None:
    """An instant ends in Z, and has a fraction only where there is one."""
    assert expected == shapes.instant(at)


def test_what_is_not_known_is_null() -> None:
    """No instant and no amount are made up."""
    assert (None, None) == (shapes.instant(None), shapes.money(None))


def test_an_open_position() -> None:
    """It has every key of the contract, and null for what has not happened."""
    shape = shapes.position(position("condor", "+1 735P", "-1 740P", units=2))

    assert [] == [key for key in POSITION_KEYS.split() if key not in shape]
    assert [
        {"symbol": "GOOG151224P00735000", "quantity": 1},
        {"symbol": "GOOG151224P00740000", "quantity": -1},
    ] == shape["legs"]
    assert ("open", "bot", "2015-12-24", "2015-12-24T18:00:00Z") == (
        shape["status"],
        shape["managed_by"],
        shape["expiration"],
        shape["closes_at"],
    )
    unknown = (
        *("manual_reason", "assignment", "broker_error", "policy", "closed_by"),
        *("close_net_price", "realized_pnl", "fees", "closed_at"),
    )
    assert dict.fromkeys(unknown) == {key: shape[key] for key in unknown}
    assert ([], False) == (shape["outcomes"], shape["pnl_complete"])


def test_shares_never_expire() -> None:
    """A position without options has neither expiration nor close."""
    shape = shapes.position(position("shares", "+100 shares"))

    assert (None, None) == (shape["expiration"], shape["closes_at"])


def test_a_position_with_a_live_order_is_closing() -> None:
    """The status says so while an order works, unless the position has ended."""
    found = position("short", "-1 740P")
    ended = replace(found, status=Status.UNRESOLVED)

    assert "closing" == shapes.position(found, has_live_order=True)["status"]
    assert "unresolved" == shapes.position(ended, has_live_order=True)["status"]


def test_a_position_that_has_ended() -> None:
    """Words, outcomes and sums are told as they stand in the ledger."""
    words = BrokerWords("active assignment lock", "40310000", 403, DUE_AT)
    found = replace(
        position("short", "-1 740P", units=2),
        lots=(),
        status=Status.ASSIGNED,
        managed_by=Management.MANUAL,
        manual_reason=ManualReason.REFUSED,
        assignment=Assignment.PRESUMED,
        policy=Policy.CLOSE,
        broker_error=words,
        closed_by=ClosedBy.BOT,
        closed_at=DUE_AT,
        outcomes=(
            Outcome(1, How.CLOSED, Decimal("-0.5"), DUE_AT, Decimal("0.65")),
            Outcome(1, How.ASSIGNED, None, DUE_AT, None),
        ),
    )

    shape = shapes.position(found)

    assert {
        "http_status": 403,
        "code": "40310000",
        "message": "active assignment lock",
        "at": "2015-12-24T17:50:00Z",
    } == shape["broker_error"]
    assert [
        {"units": 1, "how": "closed", "net_price": "-0.50", "fees": "0.65"},
        {"units": 1, "how": "assigned", "net_price": None, "fees": None},
    ] == [{key: one[key] for key in one if key != "at"} for one in shape["outcomes"]]
    assert ("manual", "refused", "presumed", "close", "bot") == tuple(
        shape[key] for key in ("managed_by", "manual_reason", "assignment", "policy", "closed_by")
    )
    assert ("75.00", False) == (shape["realized_pnl"], shape["pnl_complete"])
    assert shape["fees"] is None, "one part's fees are not known"


def an_order(due_at: datetime, refusal: Refusal | None = None) -> Order:
    intent = OrderIntent(
        client_order_id="bd1-abcdefghijkl-12241750-01",
        position_id="short",
        account="paper",
        attempt_due_at=due_at,
        step=1,
        legs=legs("+1 740P"),
        units=2,
        net_price=Decimal("-0.725"),
        cap=Decimal(-5),
        give_up_at=due_at,
    )
    return Order(
        intent=intent,
        account_key=("paper", "paper"),
        status=OrderStatus.FILLED,
        broker_order_id="b-1",
        filled_units=2,
        average_net_price=Decimal("-0.7"),
        created_at=due_at,
        submitted_at=due_at,
        finished_at=due_at,
        reported_at=due_at,
        refusal=refusal,
    )


def an_attempt() -> Attempt:
    leg = LegMoneyness(
        "GOOG151224P00740000", Moneyness.OTM, Decimal(740), Decimal("749.62"), DUE_AT
    )
    return Attempt(
        position_id="short",
        due_at=DUE_AT,
        lead="T-10",
        started_at=DUE_AT + timedelta(seconds=2),
        late_seconds=2.0,
        owner="host:1",
        epoch=1,
        decision="close",
        reason="in the money",
        moneyness=(leg,),
        note="",
        outcome="filled",
        finished_at=DUE_AT,
    )


def test_an_attempt_has_its_own_orders() -> None:
    """It has every key of the contract, and the orders of no other attempt."""
    other = an_order(instant("17:55"))

    shape = shapes.attempt(an_attempt(), [an_order(DUE_AT), other])

    assert [] == [key for key in ATTEMPT_KEYS.split() if key not in shape]
    assert ["bd1-abcdefghijkl-12241750-01"] == [one["client_order_id"] for one in shape["orders"]]
    assert ("T-10", 2.0, "close", None) == tuple(
        shape[key] for key in ("lead", "late_seconds", "decision", "note")
    )
    assert [
        {
            "symbol": "GOOG151224P00740000",
            "state": "OTM",
            "strike": "740.00",
            "spot": "749.62",
            "spot_at": "2015-12-24T17:50:00Z",
            "note": None,
        }
    ] == shape["moneyness"]


def test_an_order() -> None:
    """It has every key of the contract; a price below a cent keeps its places."""
    refusal = Refusal(RefusalReason.OTHER, "no", "1", 422)

    shape = shapes.order(an_order(DUE_AT, refusal))

    assert [] == [key for key in ORDER_KEYS.split() if key not in shape]
    assert ("-0.725", "-5.00", "-0.70", "filled", "no") == tuple(
        shape[key] for key in ("net_price", "cap", "filled_net_price", "status", "refusal")
    )
    assert shapes.order(an_order(DUE_AT))["refusal"] is None


def test_an_event() -> None:
    """What happened to a position is told with its number, instant and author."""
    event = Event(3, "taken", DUE_AT, "trader", {"managed_by": "manual"}, {"reason": "mine"})

    assert {
        "number": 3,
        "kind": "taken",
        "at": "2015-12-24T17:50:00Z",
        "by": "trader",
        "changes": {"managed_by": "manual"},
        "data": {"reason": "mine"},
    } == shapes.event(event)


def test_a_page_of_a_list() -> None:
    """A list tells how many there are, and which of them these are."""
    found = Page(total=41, page=2, size=20, items=())

    assert {"total": 41, "page": 2, "size": 20, "items": [{"id": "a"}]} == shapes.page(
        found, [{"id": "a"}]
    )
