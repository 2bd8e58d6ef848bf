"""Who carries a command out: a daemon, another command, or this one with an engine of its own."""

import asyncio
from datetime import timedelta

import pytest

from botd.clock import SystemClock
from botd.domain.orders import LIVE_ORDER_STATUSES, OrderStatus
from botd.domain.position import Management, Status
from botd.errors import ConfigError, LedgerError
from botd.ledger import attempts, commands
from botd.ledger.commands import Command, CommandState
from botd.ledger.orders import Order
from botd.service import oneshot, requests
from botd.service.inspection import lock_path
from botd.service.lock import hold
from botd.service.oneshot import CANCEL_PATIENCE, CLOSE_PATIENCE, Follower, Site
from tests.service.house import PUT_740, PUT_752, House, T, entry

WORKING = T - timedelta(minutes=10) + timedelta(seconds=2)  # the first attempt's order works


def ask_close(site: Site, name: str = "a", units: int | None = None) -> Command:
    at = site.clock.now()
    args = {"units": units, "pricing": None}
    return site.ledger.write_now(lambda tx: requests.close(tx, name, by="ann", at=at, args=args))


def ask_take(site: Site, name: str = "a") -> Command:
    at = site.clock.now()
    taken = site.ledger.write_now(lambda tx: requests.take(tx, name, by="ann", reason="", at=at))
    assert taken.command is not None
    return taken.command


def follow(site: Site, asked: Command, patience: timedelta = CLOSE_PATIENCE) -> Command:
    (done,) = oneshot.run(site.clock, Follower(site, [asked.id], patience).run())
    return done


def leave_working(house: House) -> None:
    """Let a daemon send the first attempt's order, and die."""
    house.take_in(entry("a", PUT_752, units=3))
    house.pass_until(T - timedelta(minutes=11))
    house.start_daemon()
    house.pass_until(WORKING)
    house.kill_daemon()
    assert OrderStatus.WORKING is house.orders("a")[-1].status


def test_alone_the_command_is_carried_out_here(house: House) -> None:
    """With no daemon the close is sent, followed and told; nothing holds the ledger after it."""
    house.take_in(entry("a", PUT_752))
    site = house.site()

    done = follow(site, ask_close(site))

    assert (CommandState.DONE, True, 1) == (
        done.state,
        (done.result or {})["done"],
        (done.result or {})["filled_units"],
    )
    assert Status.CLOSED is house.position("a").status
    assert site.holder() is None


def test_alone_no_attempt_is_made(house: House) -> None:
    """A command that stands in for the daemon does what was asked, and nothing that is due."""
    house.take_in(entry("a", PUT_752), entry("b", PUT_740))
    house.pass_until(WORKING)
    site = house.site()

    follow(site, ask_close(site, "a"))

    assert () == house.read(lambda tx: attempts.of_position(tx, "a"))
    assert () == house.read(lambda tx: attempts.of_position(tx, "b"))


def test_alone_a_dead_daemons_order_is_ended(house: House) -> None:
    """The order that a killed daemon left working is found at the broker, and cancelled."""
    leave_working(house)
    site = house.site("override take")

    done = follow(site, ask_take(site), CANCEL_PATIENCE)

    assert CommandState.DONE is done.state
    assert OrderStatus.CANCELED is house.orders("a")[-1].status


def test_a_daemon_carries_it_out(house: House) -> None:
    """The row is all that the daemon needs; the lock stays with it."""
    house.take_in(entry("a", PUT_752))
    house.start_daemon()
    site = house.site()

    done = follow(site, ask_close(site))

    assert True is (done.result or {})["done"]
    holder = site.holder()
    assert holder is not None
    assert "run" == holder.purpose


def test_orders_are_told_as_they_change(house: House) -> None:
    """Somebody who waits sees each price, and what is filled."""
    house.take_in(entry("a", PUT_752))
    site, told = house.site(), list[Order]()

    asked = ask_close(site)
    oneshot.run(site.clock, Follower(site, [asked.id], CLOSE_PATIENCE, told.append).run())

    assert [1, 2, 3, 4] == sorted({one.intent.step for one in told})
    assert OrderStatus.FILLED is told[-1].status


def test_orders_of_before_are_not_told(house: House) -> None:
    """What happened before the command is no news."""
    leave_working(house)
    house.run("take", "a")
    site, told = house.site(), list[Order]()

    asked = ask_close(site)
    oneshot.run(site.clock, Follower(site, [asked.id], CLOSE_PATIENCE, told.append).run())

    assert all(one.intent.is_extra for one in told)


def test_a_daemon_that_does_not_answer_is_not_waited_for_for_ever(house: House) -> None:
    """The wait is bounded, and the command stays where it is."""
    house.take_in(entry("a", PUT_752))
    site = house.site()
    asked, before = ask_close(site), site.clock.now()

    with hold(site.lock, now=before, purpose="run"):
        done = follow(site, asked)

    assert CommandState.PENDING is done.state
    assert CLOSE_PATIENCE <= site.clock.now() - before < CLOSE_PATIENCE + timedelta(seconds=1)


def test_who_stands_in_serves_everybody(house: House) -> None:
    """A take is carried out by the close that holds the ledger, and stops that very close."""
    house.take_in(entry("a", PUT_752, units=3))
    site = house.site()
    asked = ask_close(site)
    closing = house.loop.create_task(Follower(site, [asked.id], CLOSE_PATIENCE).run())
    house.pass_until(site.clock.now() + timedelta(seconds=3))
    assert 1 == len(house.orders("a"))

    answer = house.run("take", "a")

    assert 0 == answer.code
    assert "cancelled, nothing filled" in answer.out
    house.loop.run_until_complete(closing)
    assert [OrderStatus.CANCELED] == [one.status for one in house.orders("a")]
    (done,) = closing.result()
    assert done.result is not None
    assert not done.result["done"]
    assert done.result["message"].endswith("blocked: manual")


def test_who_stands_in_closes_nothing_for_others(house: House) -> None:
    """Somebody else's close waits for the ledger, so that its orders are looked after."""
    house.take_in(entry("a", PUT_752), entry("b", PUT_740))
    site = house.site()
    first, second = ask_close(site, "a"), ask_close(site, "b")
    one = house.loop.create_task(Follower(site, [first.id], CLOSE_PATIENCE).run())
    house.pass_until(site.clock.now() + timedelta(seconds=1))

    done = follow(site, second)

    assert one.done()
    assert True is (done.result or {})["done"]
    ended_at = house.orders("a")[-1].finished_at
    assert ended_at is not None
    assert ended_at < house.orders("b")[0].created_at


def test_who_waits_for_a_dead_command_takes_its_place(house: House) -> None:
    """When the holder of the ledger dies, the next one carries the command out."""
    house.take_in(entry("a", PUT_752))
    site = house.site()
    asked = ask_close(site)

    async def both() -> tuple[Command, ...]:
        with hold(site.lock, now=site.clock.now(), purpose="close"):
            waiting = asyncio.ensure_future(Follower(site, [asked.id], CLOSE_PATIENCE).run())
            await site.clock.sleep_until(site.clock.now() + timedelta(seconds=5))
            assert () == house.orders("a")
        return await waiting

    (done,) = oneshot.run(site.clock, both())

    assert True is (done.result or {})["done"]


def begin(site: Site, asked: Command) -> None:
    """Mark a command as begun by a process that is dead now."""
    at = site.clock.now()
    assert site.ledger.write_now(lambda tx: commands.begin(tx, asked.id, at))


def test_a_cancel_that_a_dead_daemon_began_is_carried_out_again(house: House) -> None:
    """A cancel may be repeated freely, so nobody has to know how far it came."""
    leave_working(house)
    site = house.site("override take")
    asked = ask_take(site)
    begin(site, asked)

    done = follow(site, asked, CANCEL_PATIENCE)

    assert CommandState.DONE is done.state
    assert OrderStatus.CANCELED is house.orders("a")[-1].status


def test_a_close_that_a_dead_daemon_began_is_not_sent_again(house: House) -> None:
    """How far it came is not known, so the person decides anew."""
    house.take_in(entry("a", PUT_752))
    site = house.site()
    asked = ask_close(site)
    begin(site, asked)

    done = follow(site, asked)

    assert "the process that worked on it ended before it did" == (done.result or {})["message"]
    assert () == house.orders("a")


def test_a_close_of_long_ago_is_not_sent(house: House) -> None:
    """A daemon that starts an hour later does not surprise anybody."""
    house.take_in(entry("a", PUT_752))
    site = house.site()
    asked = ask_close(site)
    house.pass_until(site.clock.now() + timedelta(minutes=6))

    done = follow(site, asked)

    assert (
        "nobody took it up for 6 minutes: nothing was done, ask again"
        == ((done.result or {})["message"])
    )
    assert () == house.orders("a")


def test_ctrl_c_ends_the_order_that_nobody_else_looks_after(house: House) -> None:
    """Who stops waiting leaves no order of a close behind that only they carried out."""
    house.take_in(entry("a", PUT_752))
    site = house.site()
    asked = ask_close(site)
    closing = house.loop.create_task(Follower(site, [asked.id], CLOSE_PATIENCE).run())
    house.pass_until(site.clock.now() + timedelta(seconds=3))

    closing.cancel()
    with pytest.raises(asyncio.CancelledError):
        house.loop.run_until_complete(closing)

    assert [OrderStatus.CANCELED] == [one.status for one in house.orders("a")]
    done = house.read(lambda tx: commands.get(tx, asked.id))
    assert {"done": False, "unreachable": False, "message": "given up before it was done"} == (
        done.result
    )
    assert site.holder() is None


def test_ctrl_c_leaves_a_daemons_close_alone(house: House) -> None:
    """The daemon goes on with what it has begun."""
    house.take_in(entry("a", PUT_752))
    house.start_daemon()
    site = house.site()
    asked = ask_close(site)
    waiting = house.loop.create_task(Follower(site, [asked.id], CLOSE_PATIENCE).run())
    house.pass_until(site.clock.now() + timedelta(seconds=3))

    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        house.loop.run_until_complete(waiting)

    house.pass_until(site.clock.now() + timedelta(minutes=2))
    assert Status.CLOSED is house.position("a").status


def test_an_unreachable_broker_is_told(house: House) -> None:
    """The row says what the engine found, and the order still counts as living."""
    leave_working(house)
    house.plan("unavailable", "", late=timedelta(minutes=5))
    site = house.site("override take")
    asked = ask_take(site)

    done = follow(site, asked, CANCEL_PATIENCE)

    assert CommandState.DONE is done.state
    assert house.orders("a")[-1].status in LIVE_ORDER_STATUSES
    assert Management.MANUAL is house.position("a").managed_by


def test_a_broker_that_is_no_longer_configured_is_named(house: House) -> None:
    """What keeps the account from being opened is a fault of the configuration."""
    house.take_in(entry("a", PUT_752))
    site = house.site()
    asked = ask_close(site)
    settings = house.settings()
    settings.brokers.clear()
    lost = Site(site.ledger, site.lock, site.clock, lambda: (settings, house.sessions()), "close")

    with pytest.raises(ConfigError, match=r"no \[brokers.paper\] in the configuration any more"):
        follow(lost, asked)

    assert lost.holder() is None


def test_a_lock_that_cannot_be_had_is_told(house: House) -> None:
    """Without the lock nobody may send; waiting would not help."""
    house.take_in(entry("a", PUT_752))
    site = house.site()
    asked = ask_close(site)
    nowhere = lock_path(house.folder / "missing" / "botd.sqlite3")
    lost = Site(site.ledger, nowhere, site.clock, site.load, "close")

    with pytest.raises(LedgerError, match="can't be opened"):
        follow(lost, asked)


def test_a_ledger_that_fails_is_told(house: House) -> None:
    """An engine that cannot write its record sends nothing, and the command says so."""
    house.take_in(entry("a", PUT_752))
    site = house.site()
    asked = ask_close(site)
    follower = Follower(site, [asked.id], CLOSE_PATIENCE)
    closing = house.loop.create_task(follower.run())
    house.pass_until(site.clock.now() + timedelta(seconds=1))

    (engine,) = follower.engines.values()
    engine.fault = "ledger: disk full"

    with pytest.raises(LedgerError, match="disk full"):
        house.loop.run_until_complete(closing)


def test_real_time_has_a_loop_of_its_own() -> None:
    """On the host's clock a command makes the loop that it waits in."""

    async def now() -> bool:
        return asyncio.get_running_loop().is_running()

    assert oneshot.run(SystemClock(), now())
