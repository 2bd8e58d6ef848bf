from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal

import pytest
from sqlalchemy import text

from botd.domain.orders import OrderIntent, OrderStatus, ReportState
from botd.domain.position import Status
from botd.errors import LedgerError, NotFoundError, Refusal, RefusalReason, StateError
from botd.ledger import Ledger, Tx, halts, open_ledger, orders, positions
from botd.ledger.halts import HaltKind
from botd.ledger.orders import Block
from tests.ledger.given import (
    ACCOUNT,
    DUE,
    T,
    a_position,
    a_report,
    an_intent,
    end,
    hear,
    hold,
    intend,
    send,
    take,
)

INTENT = an_intent()
EXTRA = replace(INTENT, is_extra=True)


def halt(ledger: Ledger, scope: str = "all", kind: HaltKind = HaltKind.PERSON) -> halts.Halt:
    return ledger.write_now(
        lambda tx: halts.begin(tx, scope=scope, kind=kind, reason="no", by="ann", at=DUE),
    )


def status(ledger: Ledger, intent: OrderIntent = INTENT) -> OrderStatus:
    return ledger.read_now(lambda tx: orders.get(tx, intent.client_order_id)).status


def become(ledger: Ledger, new: OrderStatus, refusal: Refusal | None = None) -> orders.Order:
    return ledger.write_now(
        lambda tx: orders.set_status(tx, INTENT.client_order_id, new, T, refusal),
    )


def test_intent_is_written_as_it_is(ledger: Ledger) -> None:
    """Every field of it comes back, and nothing has become of it yet."""
    hold(ledger)

    assert None is intend(ledger, INTENT)

    order = ledger.read_now(lambda tx: orders.get(tx, INTENT.client_order_id))

    assert INTENT == order.intent
    assert (ACCOUNT, OrderStatus.INTENT, 0, None, 2) == (
        order.account_key,
        order.status,
        order.filled_units,
        order.average_net_price,
        order.remaining_units,
    )
    assert INTENT.body_hash() == ledger.read_now(
        lambda tx: orders.committed_hash(tx, INTENT.client_order_id),
    )


def test_market_order_without_cap_is_written(ledger: Ledger) -> None:
    """A price that is not set is absent, not zero."""
    hold(ledger)
    intend(ledger, replace(INTENT, net_price=None, cap=None))
    order = ledger.read_now(lambda tx: orders.get(tx, INTENT.client_order_id))

    assert (None, None) == (order.intent.net_price, order.intent.cap)


@pytest.mark.parametrize(
    ("status", "left", "is_manual", "expected"),
    [
        pytest.param(Status.OPEN, 2, False, (None, None), id="open"),
        pytest.param(Status.CLOSING, 2, False, (None, None), id="closing"),
        pytest.param(Status.OPEN, 2, True, (Block.MANUAL, None), id="a person's"),
        pytest.param(Status.ASSIGNED, 2, True, (Block.MANUAL, None), id="refused, still held"),
        pytest.param(Status.ASSIGNED, 2, False, (Block.ENDED, None), id="refused, the bot's"),
        pytest.param(Status.UNRESOLVED, 2, True, (Block.MANUAL, None), id="unresolved"),
        pytest.param(Status.OPEN, 1, False, (Block.ENDED, Block.ENDED), id="less left than asked"),
        pytest.param(Status.CLOSED, 0, False, (Block.ENDED, Block.ENDED), id="closed"),
        pytest.param(Status.CLOSED, 0, True, (Block.MANUAL, Block.ENDED), id="closed by a person"),
        pytest.param(Status.EXPIRED, 2, False, (Block.ENDED, Block.ENDED), id="expired"),
        pytest.param(Status.SETTLED, 2, False, (Block.ENDED, Block.ENDED), id="settled"),
        pytest.param(Status.EXERCISED, 2, False, (Block.ENDED, Block.ENDED), id="exercised"),
    ],
)
def test_position_must_allow_the_intent(
    ledger: Ledger,
    status: Status,
    left: int,
    expected: tuple[Block | None, Block | None],
    *,
    is_manual: bool,
) -> None:
    """A protocol attempt needs the bot's management; a person's close needs something left."""
    hold(ledger)
    if is_manual:
        take(ledger)
    end(ledger, status, left=left)

    protocol = intend(ledger, INTENT)
    ledger.write_now(lambda tx: orders.withdraw(tx, "goog-1", DUE))
    extra = intend(ledger, an_intent(step=2, is_extra=True))

    assert expected == (protocol, extra)


@pytest.mark.parametrize(
    ("scope", "kind", "expected"),
    [
        pytest.param("all", HaltKind.PERSON, Block.HALTED, id="a person's halt"),
        pytest.param("all", HaltKind.STOP, Block.STOPPED, id="the daemon's own"),
        pytest.param("paper/PA1", HaltKind.STOP, Block.STOPPED, id="this account's"),
        pytest.param("paper/PA2", HaltKind.STOP, None, id="another account's"),
        pytest.param("alpaca/PA1", HaltKind.PERSON, None, id="another broker's"),
    ],
)
def test_halt_forbids_every_intent(
    ledger: Ledger,
    scope: str,
    kind: HaltKind,
    expected: Block | None,
) -> None:
    """A person's close as well: whoever halts must resume first."""
    hold(ledger, a_position(), a_position("goog-2"))
    halt(ledger, scope, kind)

    assert expected is intend(ledger, INTENT)
    assert expected is intend(ledger, an_intent("goog-2", is_extra=True))


def test_person_counts_more_than_the_daemons_stop(ledger: Ledger) -> None:
    """Where both hold, the person's is named."""
    hold(ledger)
    halt(ledger, "paper/PA1", HaltKind.STOP)
    halt(ledger)

    assert Block.HALTED is intend(ledger, INTENT)


def test_ended_halt_allows_again(ledger: Ledger) -> None:
    """Only what is in force counts."""
    hold(ledger)
    begun = halt(ledger)
    ledger.write_now(lambda tx: halts.end(tx, begun.id, by="ann", at=T))

    assert None is intend(ledger, INTENT)


def test_second_order_waits_for_the_first(ledger: Ledger) -> None:
    """The database allows one live order of a position; the others of a batch go on."""
    hold(ledger, a_position(), a_position("goog-2"))
    batch = [INTENT, an_intent(step=2), an_intent("goog-2")]

    found = ledger.write_now(lambda tx: [orders.add_intent(tx, each, DUE) for each in batch])

    assert [None, Block.LIVE_ORDER, None] == found


@pytest.mark.parametrize("live", sorted(orders.UNSETTLED_STATUSES, key=str))
def test_database_itself_refuses_a_second_live_order(ledger: Ledger, live: OrderStatus) -> None:
    """Whatever the code does: a superseded one alone gives its place away."""
    hold(ledger)
    intend(ledger, INTENT)
    statement = text("UPDATE orders SET status = :status")
    ledger.write_now(lambda tx: tx.execute(statement, {"status": live.value}))
    copy = text(
        "INSERT INTO orders SELECT 'other', broker, account, position_id, attempt_due_at, 2, "
        "legs, units, net_price, cap, give_up_at, is_extra, body_hash, created_at, 'intent', "
        "NULL, 0, 0, '0', NULL, NULL, NULL, NULL FROM orders",
    )
    if live is OrderStatus.SUPERSEDED:
        ledger.write_now(lambda tx: tx.execute(copy))
        return

    with pytest.raises(LedgerError, match="SQLITE_CONSTRAINT_UNIQUE"):
        ledger.write_now(lambda tx: tx.execute(copy))


def test_two_processes_do_not_both_intend(url: str) -> None:
    """The rule is held by the file."""
    one = open_ledger(url, create=True, threaded=False)
    other = open_ledger(url, threaded=False)
    hold(one)

    assert [None, Block.LIVE_ORDER] == [intend(one, INTENT), intend(other, an_intent(step=2))]

    one.close()
    other.close()


def test_intent_never_changes(ledger: Ledger) -> None:
    """One id is one body: the database refuses another."""
    hold(ledger)
    intend(ledger, INTENT)

    with pytest.raises(LedgerError, match="an intent is final"):
        ledger.write_now(lambda tx: tx.execute(text("UPDATE orders SET net_price = '-4'")))


def test_id_is_not_used_again(ledger: Ledger) -> None:
    """Even where its first order is long withdrawn."""
    hold(ledger)
    intend(ledger, INTENT)
    ledger.write_now(lambda tx: orders.withdraw(tx, "goog-1", DUE))

    with pytest.raises(StateError, match="used before"):
        intend(ledger, replace(INTENT, net_price=Decimal("-2.20")))


@pytest.mark.parametrize(
    "intent",
    [
        pytest.param(an_intent("none"), id="unknown position"),
        pytest.param(replace(INTENT, account="PA2"), id="another account's position"),
    ],
)
def test_intent_needs_its_position(ledger: Ledger, intent: OrderIntent) -> None:
    """An order closes something that the ledger holds there."""
    hold(ledger)

    with pytest.raises(NotFoundError):
        intend(ledger, intent)


def test_sending_is_recorded_before_bytes_leave(ledger: Ledger) -> None:
    """Once, and with its instant; a second time is an order that may exist already."""
    hold(ledger)

    assert None is send(ledger, INTENT)

    order = ledger.read_now(lambda tx: orders.get(tx, INTENT.client_order_id))

    assert (OrderStatus.SENDING, DUE) == (order.status, order.submitted_at)
    assert Block.LIVE_ORDER is ledger.write_now(
        lambda tx: orders.start_sending(tx, INTENT.client_order_id, T),
    )
    assert order == ledger.read_now(lambda tx: orders.get(tx, INTENT.client_order_id))


@pytest.mark.parametrize(
    ("intent", "happens", "expected"),
    [
        pytest.param(INTENT, "take", Block.MANUAL, id="a person took it"),
        pytest.param(EXTRA, "take", None, id="but a person's close goes on"),
        pytest.param(INTENT, "halt", Block.HALTED, id="halted"),
        pytest.param(EXTRA, "halt", Block.HALTED, id="halted, a person's close too"),
        pytest.param(INTENT, "stop", Block.STOPPED, id="account stopped"),
        pytest.param(INTENT, "end", Block.ENDED, id="ended"),
        pytest.param(EXTRA, "end", Block.ENDED, id="ended, a person's close too"),
    ],
)
def test_what_happened_since_the_intent_stops_the_sending(
    ledger: Ledger,
    intent: OrderIntent,
    happens: str,
    expected: Block | None,
) -> None:
    """Management and halts are looked at again; what may not leave is withdrawn."""
    hold(ledger)
    intend(ledger, intent)
    match happens:
        case "take":
            take(ledger)
        case "halt":
            halt(ledger)
        case "stop":
            halt(ledger, "paper/PA1", HaltKind.STOP)
        case _:
            end(ledger, Status.CLOSED)

    assert expected is ledger.read_now(
        lambda tx: orders.still_blocked(tx, intent.client_order_id),
    )
    assert expected is ledger.write_now(
        lambda tx: orders.start_sending(tx, intent.client_order_id, DUE),
    )

    wanted = OrderStatus.SENDING if expected is None else OrderStatus.WITHDRAWN

    assert wanted is status(ledger)


def test_withdrawn_intent_is_not_sent(ledger: Ledger) -> None:
    """Whoever took the position withdrew it; the answer says why where it can."""
    hold(ledger)
    intend(ledger, INTENT)
    withdrawn = ledger.write_now(lambda tx: orders.withdraw(tx, "goog-1", DUE))
    sending = ledger.write_now(lambda tx: orders.start_sending(tx, INTENT.client_order_id, DUE))

    assert (INTENT.client_order_id,) == withdrawn
    assert Block.ENDED is sending

    take(ledger)

    assert Block.MANUAL is ledger.write_now(
        lambda tx: orders.start_sending(tx, INTENT.client_order_id, DUE),
    )


def test_only_what_is_not_leaving_is_withdrawn(ledger: Ledger) -> None:
    """A live order has to be cancelled at the broker."""
    hold(ledger)
    send(ledger, INTENT)

    assert () == ledger.write_now(lambda tx: orders.withdraw(tx, "goog-1", DUE))
    assert OrderStatus.SENDING is status(ledger)


def test_unknown_order_cannot_be_sent(ledger: Ledger) -> None:
    """What is not written down does not leave."""
    with pytest.raises(NotFoundError):
        ledger.write_now(lambda tx: orders.start_sending(tx, "none", DUE))


def test_status_follows_what_is_known(ledger: Ledger) -> None:
    """Unknown, then absent: final, with its instant."""
    hold(ledger)
    send(ledger, INTENT)

    assert OrderStatus.UNKNOWN is become(ledger, OrderStatus.UNKNOWN).status

    absent = become(ledger, OrderStatus.ABSENT)

    assert (OrderStatus.ABSENT, T, True) == (absent.status, absent.finished_at, absent.is_final)


def test_refusal_is_kept_verbatim(ledger: Ledger) -> None:
    """With code and status, for every surface to show."""
    refusal = Refusal(RefusalReason.ASSIGNMENT_LOCK, "active assignment lock on …", "4031", 422)
    hold(ledger)
    send(ledger, INTENT)

    assert refusal == become(ledger, OrderStatus.REFUSED, refusal).refusal


def test_final_order_stays_final(ledger: Ledger) -> None:
    """Time and code don't bring it back; the same word twice is no harm."""
    hold(ledger)
    send(ledger, INTENT)
    become(ledger, OrderStatus.ABSENT)

    assert OrderStatus.ABSENT is become(ledger, OrderStatus.ABSENT).status
    with pytest.raises(StateError, match="absent, which is final"):
        become(ledger, OrderStatus.WORKING)


def test_next_price_takes_the_old_ones_place(ledger: Ledger) -> None:
    """In one transaction the old row is superseded and the next step written."""
    hold(ledger)
    send(ledger, INTENT)
    hear(ledger, a_report(INTENT))

    assert None is ledger.write_now(
        lambda tx: orders.replace(tx, INTENT.client_order_id, an_intent(step=2), T),
    )
    assert OrderStatus.SUPERSEDED is status(ledger)
    assert [an_intent(step=2)] == [order.intent for order in ledger.read_now(orders.live)]
    assert 2 == len(ledger.read_now(orders.unsettled))


def test_next_price_that_is_blocked_leaves_the_old_working(ledger: Ledger) -> None:
    """Nothing changes, and the caller is told why."""
    hold(ledger)
    send(ledger, INTENT)
    hear(ledger, a_report(INTENT))
    take(ledger)

    assert Block.MANUAL is ledger.write_now(
        lambda tx: orders.replace(tx, INTENT.client_order_id, an_intent(step=2), T),
    )
    assert OrderStatus.WORKING is status(ledger)


def test_superseded_order_comes_back_only_where_none_lives(ledger: Ledger) -> None:
    """A replace that the broker refused leaves the first working, once the second is gone."""
    hold(ledger)
    send(ledger, INTENT)
    ledger.write_now(lambda tx: orders.replace(tx, INTENT.client_order_id, an_intent(step=2), T))

    with pytest.raises(StateError, match="another order of the position lives"):
        become(ledger, OrderStatus.WORKING)

    ledger.write_now(lambda tx: orders.withdraw(tx, "goog-1", T))

    assert OrderStatus.WORKING is become(ledger, OrderStatus.WORKING).status


def test_orders_are_found_by_account_and_position(ledger: Ledger) -> None:
    """Live ones, unsettled ones, and all of a position in their order."""
    hold(ledger, a_position(), a_position("goog-2", account="PA2"))
    send(ledger, INTENT)
    hear(ledger, a_report(INTENT, ReportState.CANCELED))
    intend(ledger, an_intent(step=2))
    intend(ledger, an_intent("goog-2", account="PA2"))

    def steps(found: tuple[orders.Order, ...]) -> list[tuple[str, int]]:
        return [(order.intent.position_id, order.intent.step) for order in found]

    def live(tx: Tx) -> list[tuple[str, int]]:
        return steps(orders.live(tx, ("paper", "PA1")))

    assert [("goog-1", 2)] == ledger.read_now(live)
    assert [("goog-2", 1)] == steps(
        ledger.read_now(lambda tx: orders.unsettled(tx, ("paper", "PA2"))),
    )
    assert 2 == len(ledger.read_now(orders.live))
    assert [("goog-1", 1), ("goog-1", 2)] == steps(
        ledger.read_now(lambda tx: orders.of_position(tx, "goog-1")),
    )


@pytest.mark.parametrize(
    ("minute", "expected"),
    [
        pytest.param(DUE, 3, id="the minute of the attempt"),
        pytest.param(DUE + timedelta(seconds=59), 3, id="anywhere within it"),
        pytest.param(DUE + timedelta(minutes=1), 1, id="the next minute"),
        pytest.param(DUE - timedelta(microseconds=1), 1, id="the minute before"),
    ],
)
def test_steps_count_on_within_a_minute(
    ledger: Ledger,
    minute: datetime,
    expected: int,
) -> None:
    """Whatever became of the earlier ones, so that no two orders share an id."""
    hold(ledger)
    intend(ledger, an_intent(attempt_due_at=DUE + timedelta(seconds=30)))
    ledger.write_now(lambda tx: orders.withdraw(tx, "goog-1", DUE))
    intend(ledger, an_intent(step=2))

    assert expected == ledger.read_now(lambda tx: orders.next_step(tx, "goog-1", minute))


def test_unknown_order_is_not_found(ledger: Ledger) -> None:
    """The caller is told that there is none."""
    with pytest.raises(NotFoundError, match="no order 'none'"):
        ledger.read_now(lambda tx: orders.get(tx, "none"))


def test_take_and_send_do_not_both_win(url: str) -> None:
    """Whichever commits first counts: after a take nothing leaves, in any process."""
    daemon = open_ledger(url, create=True, threaded=False)
    cli = open_ledger(url, threaded=False)
    hold(daemon)
    intend(daemon, INTENT)
    take(cli)

    assert Block.MANUAL is daemon.write_now(
        lambda tx: orders.start_sending(tx, INTENT.client_order_id, DUE),
    )
    assert Block.MANUAL is intend(daemon, an_intent(step=2))
    assert "manual" == daemon.read_now(lambda tx: positions.get(tx, "goog-1")).managed_by.value

    daemon.close()
    cli.close()


def test_orders_since_an_instant(ledger: Ledger) -> None:
    """What a recovery compares with the broker's orders of the day."""
    hold(ledger)
    intend(ledger, INTENT)

    def since(instant: datetime) -> list[str]:
        found = ledger.read_now(lambda tx: orders.since(tx, ACCOUNT, instant))
        return [order.client_order_id for order in found]

    assert [[INTENT.client_order_id], []] == [since(DUE), since(T)]


def test_hash_of_an_unknown_order_is_not_found(ledger: Ledger) -> None:
    """Nothing was committed that could be compared."""
    with pytest.raises(NotFoundError, match="no order 'none'"):
        ledger.read_now(lambda tx: orders.committed_hash(tx, "none"))
