"""What people ask for, on a real ledger: rows that stop orders by themselves."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal

import pytest

from botd.domain import override
from botd.domain.orders import OrderIntent, OrderStatus
from botd.domain.position import (
    Assignment,
    ClosedBy,
    How,
    Management,
    ManualReason,
    Policy,
    Position,
    Status,
)
from botd.errors import StateError
from botd.ledger import (
    Ledger,
    Tx,
    commands,
    halts,
    marks,
    open_ledger,
    orders,
    overrides,
    positions,
)
from botd.ledger.halts import HaltKind
from botd.ledger.marks import Mark
from botd.ledger.orders import Block
from botd.service import requests
from tests.cli.book import CLOSE, KEY, NOW, intent, position, spread
from tests.service.house import House

LATER = NOW + timedelta(seconds=1)
EVEN_LATER = NOW + timedelta(seconds=2)


@pytest.fixture
def ledger() -> Iterator[Ledger]:
    opened = open_ledger("sqlite://", create=True, threaded=False)
    opened.write_now(lambda tx: positions.add(tx, spread(units=3), NOW))
    yield opened
    opened.close()


def get(ledger: Ledger, name: str = "goog-1") -> Position:
    return ledger.read_now(lambda tx: positions.get(tx, name))


def order(
    ledger: Ledger, status: OrderStatus, step: int = 1, *, is_extra: bool = False
) -> OrderIntent:
    """Write an order of the position and let it come to *status*."""
    made = replace(intent(get(ledger), step, is_extra=is_extra), units=1)

    def work(tx: Tx) -> None:
        assert orders.add_intent(tx, made, NOW) is None
        if status is not OrderStatus.INTENT:
            assert orders.start_sending(tx, made.client_order_id, NOW) is None
            orders.set_status(tx, made.client_order_id, status, NOW)

    ledger.write_now(work)
    return made


def take(ledger: Ledger, name: str = "goog-1") -> requests.Taken:
    return ledger.write_now(
        lambda tx: requests.take(tx, name, by="ann", reason="earnings", at=LATER)
    )


def status_of(ledger: Ledger, made: OrderIntent) -> OrderStatus:
    return ledger.read_now(lambda tx: orders.get(tx, made.client_order_id)).status


def change(ledger: Ledger, apply: Callable[[Position], Position]) -> None:
    ledger.write_now(lambda tx: positions.change(tx, "goog-1", "x", apply, at=NOW, by="bot"))


def test_take_is_remembered(ledger: Ledger) -> None:
    """The position is the person's, with reason and hour, and nobody needs to do anything."""
    taken = take(ledger)

    assert (Management.MANUAL, ManualReason.PERSON) == (
        taken.position.managed_by,
        taken.position.manual_reason,
    )
    assert ((), None) == (taken.orders, taken.command)
    (row,) = ledger.read_now(overrides.current)
    assert ("ann", "earnings", LATER) == (row.by, row.reason, row.at)
    assert () == ledger.read_now(commands.pending)


def test_take_withdraws_an_order_that_has_not_left(ledger: Ledger) -> None:
    """An intent never leaves after a take, and no cancel is needed for it."""
    made = order(ledger, OrderStatus.INTENT)

    taken = take(ledger)

    assert OrderStatus.WITHDRAWN is status_of(ledger, made)
    assert ((made.client_order_id,), None) == (taken.orders, taken.command)


@pytest.mark.parametrize("status", [OrderStatus.SENDING, OrderStatus.WORKING, OrderStatus.UNKNOWN])
def test_take_asks_for_the_end_of_what_lives(ledger: Ledger, status: OrderStatus) -> None:
    """What may fill is named, and its cancel is asked for."""
    made = order(ledger, status)

    taken = take(ledger)

    assert (made.client_order_id,) == taken.orders
    assert taken.command is not None
    assert ("cancel", "goog-1", "ann") == (
        taken.command.kind,
        taken.command.position_id,
        taken.command.by,
    )


@pytest.mark.parametrize("is_extra", [False, True])
def test_take_stops_every_later_order(ledger: Ledger, is_extra: bool) -> None:  # noqa: FBT001 - a row of two
    """No order leaves after a take: neither the protocol's nor that of a close begun before."""
    first = replace(intent(get(ledger), 1, is_extra=is_extra), units=1)
    second = replace(intent(get(ledger), 2, is_extra=is_extra), units=1)
    ledger.write_now(lambda tx: orders.add_intent(tx, first, NOW))
    ledger.write_now(
        lambda tx: orders.set_status(tx, first.client_order_id, OrderStatus.WITHDRAWN, NOW)
    )

    take(ledger)

    assert Block.MANUAL is ledger.write_now(lambda tx: orders.add_intent(tx, second, LATER))


def test_take_catches_a_close_between_its_intent_and_its_bytes(ledger: Ledger) -> None:
    """The second look, just before the bytes leave, sees the take as well."""
    made = order(ledger, OrderStatus.INTENT, is_extra=True)
    change(ledger, lambda one: override.take(one, LATER))
    ledger.write_now(lambda tx: overrides.begin(tx, "goog-1", at=LATER, by="ann", reason="stop"))

    block = ledger.write_now(lambda tx: orders.start_sending(tx, made.client_order_id, LATER))

    assert Block.MANUAL is block
    assert OrderStatus.WITHDRAWN is status_of(ledger, made)


def test_close_after_a_take_may_send(ledger: Ledger) -> None:
    """A person who has a position closes it when they want to."""
    take(ledger)
    made = replace(intent(get(ledger), 1, is_extra=True), units=1, attempt_due_at=EVEN_LATER)

    assert ledger.write_now(lambda tx: orders.add_intent(tx, made, EVEN_LATER)) is None


def test_take_again_with_nothing_alive_is_refused(ledger: Ledger) -> None:
    """Who has it already is told so."""
    take(ledger)

    with pytest.raises(StateError, match="under manual override already: person; taken over by"):
        take(ledger)


def test_take_again_asks_again_for_what_still_lives(ledger: Ledger) -> None:
    """While the broker has not confirmed a cancel, a take may be repeated."""
    made = order(ledger, OrderStatus.UNKNOWN)
    take(ledger)

    again = take(ledger)

    assert (made.client_order_id,) == again.orders
    assert again.command is not None


def test_take_of_an_ended_position_is_refused(ledger: Ledger) -> None:
    """What is over cannot be taken."""
    take(ledger)
    ledger.write_now(lambda tx: resolve(tx, How.CLOSED, "-0.45"))

    with pytest.raises(StateError, match=r"already resolved as closed at -0\.45"):
        take(ledger)


def resolve(tx: Tx, how: How, net_price: str | None = None) -> Position:
    price = None if net_price is None else Decimal(net_price)
    return requests.resolve(
        tx, "goog-1", how=how, net_price=price, by="ann", at=LATER, note="by phone"
    )


def test_resolve_ends_the_override(ledger: Ledger) -> None:
    """The history tells who resolved it, and with which note."""
    take(ledger)

    found = ledger.write_now(lambda tx: resolve(tx, How.CLOSED, "-0.45"))

    assert Status.CLOSED is found.status
    assert () == ledger.read_now(overrides.current)
    assert {"note": "by phone"} == ledger.read_now(lambda tx: positions.events(tx, "goog-1"))[
        -1
    ].data


def test_resolve_waits_for_a_living_order(ledger: Ledger) -> None:
    """A fill that comes after the person's word would find nothing to close."""
    order(ledger, OrderStatus.WORKING)
    take(ledger)

    with pytest.raises(StateError, match="may still fill; end it first with: botd take 1"):
        ledger.write_now(lambda tx: resolve(tx, How.CLOSED))


def test_resolve_of_a_bots_position_is_refused(ledger: Ledger) -> None:
    """Only what a person looks after is resolved by a person."""
    with pytest.raises(StateError, match="take it first with: botd take 1"):
        ledger.write_now(lambda tx: resolve(tx, How.CLOSED))


def test_release_is_asked_for(ledger: Ledger) -> None:
    """A release waits for the broker's word; the row carries whether to try at once."""
    take(ledger)

    asked = ledger.write_now(
        lambda tx: requests.release(tx, "goog-1", by="ann", at=LATER, try_now=True)
    )

    assert ("release", {"now": True}) == (asked.kind, asked.args)
    assert Management.MANUAL is get(ledger).managed_by


def test_release_of_a_bots_position_is_refused(ledger: Ledger) -> None:
    """What a bot has cannot be given back to it."""
    with pytest.raises(StateError, match="managed by its bot 'condors' already"):
        ledger.write_now(
            lambda tx: requests.release(tx, "goog-1", by="ann", at=LATER, try_now=False)
        )


def close(tx: Tx) -> commands.Command:
    return requests.close(tx, "goog-1", by="ann", at=LATER, args={"units": 1})


def test_close_is_asked_for(ledger: Ledger) -> None:
    """The row carries what is to be closed."""
    assert ("close", {"units": 1}) == (
        (asked := ledger.write_now(close)).kind,
        asked.args,
    )


@pytest.mark.parametrize("kind", [HaltKind.PERSON, HaltKind.GUARD])
def test_close_under_a_halt_is_refused(ledger: Ledger, kind: HaltKind) -> None:
    """No new order leaves anywhere: the person is told at once what to do."""
    ledger.write_now(
        lambda tx: halts.begin(tx, scope="all", kind=kind, reason="odd", by="ben", at=NOW)
    )

    with pytest.raises(StateError, match="halted by ben: odd; go on with: botd resume"):
        ledger.write_now(close)


def test_close_under_a_stop_is_left_to_the_broker(ledger: Ledger) -> None:
    """A stop after refusals is lifted by a read that succeeds, so the close may try."""
    ledger.write_now(
        lambda tx: halts.begin(
            tx, scope="/".join(KEY), kind=HaltKind.STOP, reason="blocked", by="botd", at=NOW
        )
    )

    assert ledger.write_now(close).kind == "close"


def test_close_and_policy_of_an_ended_position_are_refused(ledger: Ledger) -> None:
    """What is over is named with its end."""
    take(ledger)
    ledger.write_now(lambda tx: resolve(tx, How.CLOSED, "-0.45"))

    with pytest.raises(StateError, match=r"position 1 is closed at -0\.45 on"):
        ledger.write_now(close)
    with pytest.raises(StateError, match=r"position 1 is closed at -0\.45 on"):
        ledger.write_now(
            lambda tx: requests.set_policy(tx, "goog-1", Policy.ACCEPT, by="ann", at=LATER)
        )


def test_policy_is_set(ledger: Ledger) -> None:
    """A position's own policy goes before its bot's."""
    found = ledger.write_now(
        lambda tx: requests.set_policy(tx, "goog-1", Policy.ACCEPT, by="ann", at=LATER)
    )

    assert Policy.ACCEPT is found.policy


def test_halt_withdraws_and_asks_each_account(ledger: Ledger) -> None:
    """What has not left never does; what works is asked about, account by account."""
    made = order(ledger, OrderStatus.INTENT)

    stop, asked = ledger.write_now(
        lambda tx: requests.halt(tx, [KEY], reason="odd", by="ann", at=LATER, keep_working=False)
    )

    assert OrderStatus.WITHDRAWN is status_of(ledger, made)
    assert ("all", HaltKind.PERSON) == (stop.scope, stop.kind)
    assert [{"account": "paper/paper", "keep_working": False}] == [one.args for one in asked]


def test_resume_ends_every_stop(ledger: Ledger) -> None:
    """A person's word ends the halt and the stops of accounts."""
    ledger.write_now(
        lambda tx: requests.halt(tx, [], reason="odd", by="ann", at=NOW, keep_working=True)
    )
    ledger.write_now(
        lambda tx: halts.begin(
            tx, scope="/".join(KEY), kind=HaltKind.GUARD, reason="bug", by="botd", at=NOW
        )
    )

    ended = ledger.write_now(lambda tx: requests.resume(tx, by="ann", at=LATER))

    assert [HaltKind.PERSON, HaltKind.GUARD] == [one.kind for one in ended]
    assert () == ledger.read_now(halts.current)


def expire(ledger: Ledger, house: House, name: str = "goog-1") -> Position:
    return ledger.write_now(
        lambda tx: requests.expire(tx, name, by="ann", at=CLOSE, sessions=house.sessions())
    )


def test_expire_ends_a_position_of_a_bot(ledger: Ledger, house: House) -> None:
    """Nobody has to take a position over to say that it has expired."""
    found = expire(ledger, house)

    assert (Status.EXPIRED, False, CLOSE) == (found.status, found.confirmed, found.closed_at)
    assert [(3, How.EXPIRED, Decimal(0))] == [
        (one.units, one.how, one.net_price) for one in found.outcomes
    ]


def test_expire_before_the_close_is_refused(ledger: Ledger, house: House) -> None:
    """What still trades has not expired."""
    with pytest.raises(StateError, match="trades until 2015-12-24 13:00 New York"):
        ledger.write_now(
            lambda tx: requests.expire(tx, "goog-1", by="ann", at=NOW, sessions=house.sessions())
        )


def test_expire_leaves_the_shares(ledger: Ledger, house: House) -> None:
    """An expired call on shares leaves the position open with these, under its bot."""
    covered = position("ko-cc", "+100 KO", "-1 KO151224C00042000", price="-41.50")
    ledger.write_now(lambda tx: positions.add(tx, covered, NOW))

    found = expire(ledger, house, "ko-cc")

    assert (Status.OPEN, Management.BOT, None) == (
        found.status,
        found.managed_by,
        found.closes_at,
    )
    assert [["KO"]] == [[leg.symbol for leg in lot.legs] for lot in found.lots]
    with pytest.raises(StateError, match="holds shares only"):
        expire(ledger, house, "ko-cc")


def test_expire_corrects_a_presumed_assignment(ledger: Ledger, house: House) -> None:
    """A person who knows better than a refusal says so, and the assignment is gone."""
    change(ledger, lambda one: override.hand_over(one, ManualReason.REFUSED, "refused"))

    found = expire(ledger, house)

    assert (Status.EXPIRED, None) == (found.status, found.assignment)


def test_expire_tells_an_unknown_end_anew(ledger: Ledger, house: House) -> None:
    """Units gone at an unknown price are booked as expired, on the person's word."""
    change(
        ledger,
        lambda one: replace(
            override.book_gone(override.take(one, NOW), How.ASSIGNED, ClosedBy.OTHER, NOW),
            assignment=Assignment.PRESUMED,
        ),
    )

    found = expire(ledger, house)

    assert (Status.EXPIRED, [Decimal(0)]) == (
        found.status,
        [one.net_price for one in found.outcomes],
    )


def test_expire_waits_for_a_living_order(ledger: Ledger, house: House) -> None:
    """What an order may still have closed is not booked as worthless."""
    order(ledger, OrderStatus.UNKNOWN)

    with pytest.raises(StateError, match="may still fill"):
        expire(ledger, house)


def seen(ledger: Ledger, price: str, at: datetime, *, is_traded: bool = True) -> None:
    """Write down a spot of the underlying, as a last trade or as two sides."""
    sides = None if is_traded else Decimal(price)
    mark = Mark(KEY, "GOOG", sides, sides, Decimal(price) if is_traded else None, at)
    ledger.write_now(lambda tx: marks.put(tx, [mark]))


def contradiction(ledger: Ledger) -> str | None:
    return ledger.read_now(lambda tx: requests.contradiction(tx, "goog-1"))


@pytest.mark.parametrize(
    ("price", "at", "is_traded", "is_told"),
    [
        pytest.param("749", CLOSE, True, True, id="in the money at the close"),
        pytest.param("749", CLOSE, False, True, id="by the middle of both sides"),
        pytest.param("750", CLOSE, True, False, id="at the strike"),
        pytest.param("749", CLOSE - timedelta(minutes=15), True, True, id="15 minutes before"),
        pytest.param("749", CLOSE - timedelta(minutes=16), True, False, id="too long before"),
        pytest.param("749", CLOSE + timedelta(minutes=16), True, False, id="after hours"),
    ],
)
def test_expire_against_the_last_spot_is_on_record(
    ledger: Ledger,
    house: House,
    price: str,
    at: datetime,
    *,
    is_traded: bool,
    is_told: bool,
) -> None:
    """It is booked all the same; the event keeps what spoke against it."""
    seen(ledger, price, at, is_traded=is_traded)

    found = expire(ledger, house)

    words = "GOOG 750P was in the money by 1 at the last known spot 749" if is_told else None
    assert (Status.EXPIRED, words) == (found.status, contradiction(ledger))
    *_, last = ledger.read_now(lambda tx: positions.events(tx, "goog-1"))
    assert {"by": "hand", **({"contradicts": words} if words else {})} == last.data


def test_resolve_against_a_judgement_is_on_record(ledger: Ledger) -> None:
    """What was judged in the money is booked as expired on a person's word, with a mark."""
    fact = "GOOG 750P ended in the money by 2 (official close 748), and not closed"
    change(ledger, lambda one: override.hand_over(one, ManualReason.UNRESOLVED, fact))
    assert None is contradiction(ledger)

    ledger.write_now(lambda tx: resolve(tx, How.EXPIRED))

    assert fact == contradiction(ledger)


def test_resolve_as_closed_contradicts_nothing(ledger: Ledger) -> None:
    """Only an expiry says that it was worth nothing; a wrong sign is refused before."""
    take(ledger)
    seen(ledger, "749", LATER)

    ledger.write_now(lambda tx: resolve(tx, How.CLOSED, "-1"))

    assert None is contradiction(ledger)
