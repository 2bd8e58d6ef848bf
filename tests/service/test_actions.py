"""Take, release, resolve, policy and halt, each to its end, with real orders at work."""

from collections.abc import Sequence
from datetime import timedelta
from decimal import Decimal

import pytest

from botd.domain.orders import OrderStatus
from botd.domain.position import How, Management, Policy, Status
from botd.errors import NotFoundError, StateError
from botd.ledger import attempts, halts
from botd.ledger.orders import Order
from botd.service import actions
from botd.service.actions import Released, Takeover
from botd.service.lock import hold
from tests.service.house import BOT, PUT_740, PUT_752, VERTICAL, House, T, entry

WORKING = T - timedelta(minutes=10) + timedelta(seconds=2)  # the first attempt's order works
NAMES_BROKEN = 'name = "condors"\nbroker = "paper"\nspeed = 3\n'


def take(house: House, *names: str, is_all: bool = False) -> Takeover:
    site = house.site("override take")
    return actions.take(site, names, is_all=is_all, reason="earnings", by="ann")


def silent(_: Order) -> None:
    """Say nothing."""


def release(house: House, *names: str, try_now: bool = False) -> tuple[Released, ...]:
    site = house.site("override release")
    return actions.release(site, names, try_now=try_now, by="ann", tell=silent)


def at_work(house: House, *more: str) -> None:
    """Let a daemon work on the first attempt of a position of three units."""
    house.take_in(entry("a", PUT_752, units=3), *more)
    house.pass_until(T - timedelta(minutes=11))
    house.start_daemon()
    house.pass_until(WORKING)
    assert OrderStatus.WORKING is house.orders("a")[-1].status


def statuses(found: Takeover) -> list[OrderStatus]:
    return [order.status for one in found.taken for order in one.orders]


def test_a_quiet_position_is_taken_at_once(house: House) -> None:
    """Where nothing of ours lives nobody is asked, and no time passes."""
    house.take_in(entry("a", PUT_752))
    before = house.clock.now()

    found = take(house, "a")

    assert ([], False, None) == (statuses(found), found.may_live, found.trouble)
    assert before == house.clock.now()
    assert Management.MANUAL is house.position("a").managed_by


def test_an_order_at_work_is_cancelled_by_the_daemon(house: House) -> None:
    """From the take on the daemon sends nothing more, also at the later attempts."""
    at_work(house)

    found = take(house, "a")

    assert ([OrderStatus.CANCELED], False) == (statuses(found), found.may_live)
    house.pass_until(T + timedelta(minutes=1))
    assert 1 == len(house.orders("a"))


def test_an_order_is_cancelled_while_the_daemon_is_dead(house: House) -> None:
    """A person who takes over after a crash gets the same certainty."""
    at_work(house)
    house.kill_daemon()

    assert [OrderStatus.CANCELED] == statuses(take(house, "a"))


def test_what_filled_across_the_cancel_is_told(house: House) -> None:
    """The fate of an order is what the broker says, not what was asked for."""
    at_work(house)
    house.plan("fill_across_cancel", "a", units=1)

    found = take(house, "a")

    (order,) = found.taken[0].orders
    assert (OrderStatus.PARTIALLY_FILLED, 1) == (order.status, order.filled_units)
    assert 2 == found.taken[0].position.units_open


def test_an_order_may_live_while_the_broker_is_away(house: House) -> None:
    """The take holds, the doubt is told, and a second take ends it."""
    at_work(house)
    house.kill_daemon()
    house.plan("unavailable", "", late=timedelta(minutes=2))

    found = take(house, "a")

    assert found.may_live
    assert Management.MANUAL is house.position("a").managed_by
    house.pass_until(house.clock.now() + timedelta(minutes=2))
    again = take(house, "a")
    assert ([OrderStatus.CANCELED], ()) == (statuses(again), again.refused)


def test_a_broken_configuration_keeps_nobody_from_taking(house: House) -> None:
    """The take is committed; only the cancel needs the configuration, and says so."""
    at_work(house)
    house.kill_daemon()
    house.write("config/bots/condors.toml", NAMES_BROKEN)

    found = take(house, "a")

    assert found.may_live
    assert found.trouble is not None
    assert "speed" in found.trouble
    house.write("config/bots/condors.toml", BOT)
    assert [OrderStatus.CANCELED] == statuses(take(house, "a"))


def test_a_daemon_that_hangs_is_told(house: House) -> None:
    """After forty seconds the person hears who holds the ledger."""
    at_work(house)
    house.kill_daemon()
    site = house.site()

    with hold(site.lock, now=house.clock.now(), purpose="run"):
        found = take(house, "a")

    assert found.may_live
    assert "no answer within 40 s; the ledger is held by process" in (found.trouble or "")


def test_one_that_cannot_be_taken_keeps_none_from_it(house: House) -> None:
    """In a hurry everything that can be taken is; the rest is told."""
    house.take_in(entry("a", PUT_752), entry("b", PUT_740))
    take(house, "b")

    found = take(house, "nix", "b", "a")

    assert ["a"] == [one.position.id for one in found.taken]
    assert [NotFoundError, StateError] == [type(error) for error in found.refused]


@pytest.mark.parametrize(
    ("names", "is_all"),
    [
        pytest.param(("GOOG",), False, id="an underlying"),
        pytest.param((), True, id="all"),
        pytest.param(("1", "GOOG", "a"), False, id="one named three times"),
    ],
)
def test_a_group_is_what_bots_manage(house: House, names: Sequence[str], is_all: bool) -> None:  # noqa: FBT001 - a row
    """Of a group only those are taken that a person does not have already."""
    house.take_in(entry("a", PUT_752), entry("b", PUT_740), entry("c", *VERTICAL))
    take(house, "b")

    found = take(house, *names, is_all=is_all)

    assert ({"a", "c"}, ()) == ({one.position.id for one in found.taken}, found.refused)


def test_a_group_in_a_persons_hands_is_asked_again_for_what_lives(house: House) -> None:
    """A second `take --all` repeats the cancels that are not confirmed."""
    at_work(house, entry("b", PUT_740))
    house.kill_daemon()
    house.plan("unavailable", "", late=timedelta(minutes=1))
    take(house, is_all=True)
    house.pass_until(house.clock.now() + timedelta(minutes=1))

    found = take(house, is_all=True)

    assert ["a"] == [one.position.id for one in found.taken]
    assert [OrderStatus.CANCELED] == statuses(found)


def test_all_of_nothing_is_nothing(house: House) -> None:
    """Where no bot manages anything there is nothing to take, and no fault."""
    house.take_in(entry("a", PUT_752))
    take(house, "a")

    assert ((), ()) == ((found := take(house, is_all=True)).taken, found.refused)


def test_what_is_held_is_given_back(house: House) -> None:
    """After a reconcile the bot has it again."""
    house.take_in(entry("a", PUT_752))
    take(house, "a")

    (found,) = release(house, "a")

    assert (True, None, False, None) == (
        found.is_released,
        found.message,
        found.is_unreachable,
        found.outcome,
    )
    assert Management.BOT is house.position("a").managed_by


def test_what_is_gone_is_not_given_back(house: House) -> None:
    """A bot must not look after what the account does not hold."""
    house.take_in(entry("a", PUT_752))
    take(house, "a")
    house.broker().book({"GOOG151224P00752500": 1})

    (found,) = release(house, "a")

    assert (False, False) == (found.is_released, found.is_unreachable)
    assert (found.message or "").startswith("not given back: no longer held")
    assert Management.MANUAL is house.position("a").managed_by


def test_nothing_is_given_back_unseen(house: House) -> None:
    """Where the broker does not answer, nobody knows whether it is held."""
    house.take_in(entry("a", PUT_752))
    take(house, "a")
    house.plan("unavailable", "", late=timedelta(minutes=2))

    (found,) = release(house, "a")

    assert (False, True) == (found.is_released, found.is_unreachable)
    assert Management.MANUAL is house.position("a").managed_by


def test_given_back_and_tried_at_once(house: House) -> None:
    """The extra attempt goes by the bot's own rules, and its outcome is told."""
    house.take_in(entry("a", PUT_752))
    house.pass_until(T - timedelta(minutes=4))
    take(house, "a")

    (found,) = release(house, "a", try_now=True)

    assert (True, "filled") == (found.is_released, found.outcome)
    assert Status.CLOSED is house.position("a").status
    assert ["now"] == [one.lead for one in house.read(lambda tx: attempts.of_position(tx, "a"))]


def test_of_a_group_only_what_a_person_has_is_given_back(house: House) -> None:
    """What a bot has stays with it; if it has all, that is told."""
    house.take_in(entry("a", PUT_752), entry("b", PUT_740))
    take(house, "b")

    assert ["b"] == [one.position.id for one in release(house, "GOOG")]
    with pytest.raises(StateError, match="managed by its bot"):
        release(house, "GOOG")


def test_a_release_that_nobody_carries_out_does_not_wait_for_a_daemon(house: House) -> None:
    """A fault of the configuration ends the command, so that none finds it tomorrow."""
    house.take_in(entry("a", PUT_752))
    take(house, "a")
    house.write("config/bots/condors.toml", NAMES_BROKEN)

    with pytest.raises(Exception, match="speed"):
        release(house, "a")

    house.write("config/bots/condors.toml", BOT)
    house.start_daemon()
    house.pass_until(house.clock.now() + timedelta(seconds=3))
    assert Management.MANUAL is house.position("a").managed_by


def test_a_person_tells_how_it_ended(house: House) -> None:
    """The P/L follows from the price that the person gives."""
    house.take_in(entry("a", PUT_752))
    take(house, "a")

    found = actions.resolve(
        house.site(), "1", how=How.CLOSED, net_price=Decimal("-0.45"), note="", by="ann"
    )

    assert (Status.CLOSED, [Decimal("-0.45")]) == (
        found.status,
        [one.net_price for one in found.outcomes],
    )


def test_several_positions_are_not_resolved_at_once(house: House) -> None:
    """One end belongs to one position."""
    house.take_in(entry("a", PUT_752), entry("b", PUT_740))

    with pytest.raises(NotFoundError, match=r"'GOOG' means 2 positions: 1 \(a\), 2 \(b\)"):
        actions.resolve(house.site(), "GOOG", how=How.CLOSED, net_price=None, note="", by="ann")


def test_a_policy_goes_to_every_position_named(house: House) -> None:
    """An underlying stands for all that is open on it."""
    house.take_in(entry("a", PUT_752), entry("b", PUT_740))

    found = actions.set_policy(house.site(), ["GOOG"], Policy.HAND_OVER, by="ann")

    assert [Policy.HAND_OVER] * 2 == [one.policy for one in found]


def halt(house: House, *, keep_working: bool = False) -> actions.Halted:
    return actions.halt(house.site("halt"), reason="odd", keep_working=keep_working, by="ann")


def test_a_halt_of_a_quiet_house(house: House) -> None:
    """Nothing lives: nobody is asked, and the halt is in force."""
    house.take_in(entry("a", PUT_752))

    found = halt(house)

    assert (False, (), False, None) == (
        found.was_in_force,
        found.orders,
        found.may_live,
        found.trouble,
    )
    assert 1 == len(house.read(halts.current))


@pytest.mark.parametrize("is_alive", [True, False])
def test_a_halt_ends_what_works(house: House, is_alive: bool) -> None:  # noqa: FBT001 - a row of two
    """By the daemon, or while it is dead: every working order is cancelled, its fate told."""
    at_work(house)
    if not is_alive:
        house.kill_daemon()

    found = halt(house)

    assert ([OrderStatus.CANCELED], False) == (
        [order.status for order in found.orders],
        found.may_live,
    )
    house.pass_until(T - timedelta(seconds=1))
    assert 1 == len(house.orders("a"))


def test_a_halt_may_leave_what_works(house: House) -> None:
    """With --keep-working the order works on; nothing new follows it."""
    at_work(house)

    found = halt(house, keep_working=True)

    assert ([OrderStatus.WORKING], False) == (
        [order.status for order in found.orders],
        found.may_live,
    )


def test_a_halt_tells_what_may_live(house: House) -> None:
    """Where the broker is away the halt holds, and the doubt is told."""
    at_work(house)
    house.kill_daemon()
    house.plan("unavailable", "", late=timedelta(minutes=2))

    assert halt(house).may_live


def test_a_second_halt_cancels_what_the_first_left(house: House) -> None:
    """The halt in force stands; its working orders are ended after all."""
    at_work(house)
    halt(house, keep_working=True)
    house.pass_until(house.clock.now() + timedelta(seconds=1))

    found = halt(house)

    assert (True, [OrderStatus.CANCELED]) == (
        found.was_in_force,
        [order.status for order in found.orders],
    )


def test_resume_lets_orders_leave_again(house: House) -> None:
    """After a person's word the next attempt goes on."""
    at_work(house)
    halt(house)

    (ended,) = actions.resume(house.site(), by="ann")

    assert "odd" == ended.reason
    house.pass_until(T - timedelta(minutes=4))
    assert Status.CLOSED is house.position("a").status
