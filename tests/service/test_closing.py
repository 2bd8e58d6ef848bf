"""Closing and expiring by hand, each to its end, on the packaged day."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from botd.domain import occ
from botd.domain.orders import OrderStatus
from botd.domain.position import How, Lot, ManualReason, Status
from botd.errors import BrokerUnavailable, NotFoundError, StateError
from botd.ledger import commands, positions
from botd.ledger.commands import CommandState
from botd.ledger.orders import Order
from botd.service import closing, paper_accounts
from botd.service.closing import Closed, Expired, NextCall, Size
from botd.service.lock import hold
from tests.cli.book import spread
from tests.service.house import PUT_740, PUT_752, VERTICAL, House, T, entry

COVERED = ("100 GOOG", "-1 GOOG151224C00760000")
NEXT = NextCall(occ.parse("GOOG160115C00760000"), Decimal("2.35"))
ALL = Size()


def silent(_: Order) -> None:
    """Say nothing."""


def close(
    house: House, *names: str, size: Size = ALL, pricing: str | None = None
) -> tuple[Closed, ...]:
    return closing.close(house.site(), names, size, pricing=pricing, by="ann", tell=silent)


@pytest.mark.parametrize(
    ("size", "held", "expected"),
    [
        pytest.param(Size(), 5, 5, id="all of it"),
        pytest.param(Size(units=2), 5, 2, id="some units"),
        pytest.param(Size(units=9), 5, 5, id="no more than are held"),
        pytest.param(Size(percent=Decimal(50)), 5, 3, id="a half, rounded up"),
        pytest.param(Size(percent=Decimal(40)), 5, 2, id="even parts stay even"),
        pytest.param(Size(percent=Decimal("0.5")), 5, 1, id="never nothing"),
        pytest.param(Size(percent=Decimal(100)), 5, 5, id="a hundred"),
        pytest.param(Size(units=1, percent=Decimal(100)), 5, 1, id="units win"),
    ],
)
def test_how_much_is_closed(size: Size, held: int, expected: int) -> None:
    """Each row is one rule for quantity and percent."""
    position = spread(units=held)

    assert expected == size.of(position)


def test_a_part_of_what_is_left() -> None:
    """Percent counts what is left, not what was opened."""
    position = replace(spread(units=10), lots=(Lot(3, spread().legs),))

    assert 2 == Size(percent=Decimal(50)).of(position)


def test_a_close_is_filled_and_told(house: House) -> None:
    """Price, units and the position's end are told."""
    house.take_in(entry("a", *VERTICAL, units=2))

    (found,) = close(house, "a")

    assert (True, False, 2, 2) == (
        found.is_done,
        found.is_unknown,
        found.wanted_units,
        found.filled_units,
    )
    assert found.net_price is not None
    assert found.net_price < 0
    assert Status.CLOSED is found.position.status
    assert {} == house.held()


def test_a_part_is_closed_and_no_more(house: House) -> None:
    """What was asked for is filled once, whatever is left of the position."""
    house.take_in(entry("a", PUT_752, units=3))

    (found,) = close(house, "a", size=Size(units=1))

    assert (1, 1, 2) == (found.wanted_units, found.filled_units, found.position.units_open)
    house.pass_until(house.clock.now() + timedelta(minutes=3))
    assert {"GOOG151224P00752500": -2} == house.held()


def test_a_mode_of_pricing_is_the_persons(house: House) -> None:
    """A market order is one order."""
    house.take_in(entry("a", PUT_752))

    (found,) = close(house, "a", pricing="market")

    assert [None] == [order.intent.net_price for order in found.orders]
    assert found.is_done


def test_several_are_closed_side_by_side(house: House) -> None:
    """An underlying stands for all its positions."""
    house.take_in(entry("a", PUT_752), entry("b", PUT_740))

    found = close(house, "GOOG")

    assert {"a": True, "b": True} == {one.position.id: one.is_done for one in found}


def test_a_refusal_is_told_in_the_brokers_words(house: House) -> None:
    """The order was refused: what was filled is nothing, and the words are kept."""
    house.take_in(entry("a", PUT_752))
    house.plan("refuse", "a", message="active assignment lock on your account", times=3)

    (found,) = close(house, "a")

    assert (False, False, 0) == (found.is_done, found.is_unknown, found.filled_units)
    assert "active assignment lock on your account" in found.message
    assert ManualReason.REFUSED is found.position.manual_reason


def test_a_broker_that_is_away_is_told(house: House) -> None:
    """Nothing was sent, and nobody can tell how the account stands."""
    house.take_in(entry("a", PUT_752))
    house.plan("unavailable", "", late=timedelta(minutes=5))

    (found,) = close(house, "a")

    assert (False, True, ()) == (found.is_done, found.is_unknown, found.orders)


def test_a_second_close_waits_for_the_first(house: House) -> None:
    """Two closes of one position at once would not know whose part is whose."""
    house.take_in(entry("a", PUT_752), entry("b", PUT_740))
    house.start_daemon()
    site = house.site()
    site.ledger.write_now(
        lambda tx: commands.add(
            tx, kind="close", by="ben", at=site.clock.now(), position_id="a", args={"units": 1}
        )
    )

    with pytest.raises(StateError, match=r"position 1 \(a\) is being closed already, as ben asked"):
        close(house, "a")
    assert close(house, "b")[0].is_done


def test_an_unknown_name_closes_nothing(house: House) -> None:
    """One slip of the hand, and none of the others is sent either."""
    house.take_in(entry("a", PUT_752))

    with pytest.raises(NotFoundError):
        close(house, "a", "nix")

    assert () == house.read(commands.unfinished)


def test_a_close_that_the_daemon_still_works_on_is_not_known(house: House) -> None:
    """After three minutes the person is told that nobody knows yet."""
    house.take_in(entry("a", PUT_752))
    site = house.site()

    with hold(site.lock, now=house.clock.now(), purpose="run"):  # a daemon that hangs
        (found,) = close(house, "a")

    assert (False, True) == (found.is_done, found.is_unknown)
    assert "the daemon still works on it" == found.message
    (left,) = house.read(commands.unfinished)
    assert CommandState.PENDING is left.state


def test_ctrl_c_leaves_no_command_to_a_later_daemon(house: House) -> None:
    """Where no daemon runs, what was given up is over."""
    house.take_in(entry("a", PUT_752))

    def interrupt(_: Order) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        closing.close(house.site(), ["a"], ALL, pricing=None, by="ann", tell=interrupt)

    assert () == house.read(commands.unfinished)


def expire(house: House, name: str, following: NextCall | None = None) -> Expired:
    settings, sessions = house.settings(), house.sessions()
    with paper_accounts.opened(settings, house.clock, sessions) as accounts:
        return closing.expire(
            house.site(), name, following, sessions=sessions, book=accounts.book, by="ann"
        )


def test_an_expired_put_ends_its_position(house: House) -> None:
    """Nothing is left, and the premium is kept."""
    house.take_in(entry("a", PUT_740))
    house.pass_until(T)

    found = expire(house, "a")

    assert (Status.EXPIRED, None) == (found.position.status, found.following)


def test_an_expired_call_takes_the_next_one(house: House) -> None:
    """The shares stay, the campaign is open, and the next call stands in ledger and account."""
    house.take_in(entry("cc", *COVERED, units=2, price="-740"))
    house.pass_until(T)

    found = expire(house, "cc", NEXT)

    after = found.following
    assert after is not None
    assert (Status.OPEN, "cc", 2) == (found.position.status, after.campaign, after.units)
    assert [(2, How.EXPIRED)] != [(one.units, one.how) for one in found.position.outcomes]
    assert 200 == house.held()["GOOG"]
    assert -2 == house.held()["GOOG160115C00760000"]
    assert after == house.position(after.id)


def test_a_campaign_begins_with_the_next_call(house: House) -> None:
    """Shares whose position belongs to no campaign yet get one."""
    house.take_in(entry("cc", *COVERED))
    house.ledger().write_now(
        lambda tx: positions.change(
            tx,
            "cc",
            "x",
            lambda one: replace(one, campaign=None),
            at=house.clock.now(),
            by="test",
        )
    )
    house.pass_until(T)

    found = expire(house, "cc", NEXT)

    assert "cc" == found.position.campaign == house.position("cc").campaign
    assert found.following is not None
    assert "cc" == found.following.campaign


def test_a_call_on_nothing_has_no_next(house: House) -> None:
    """Without shares a next call would be naked; nothing is booked, not even the expiry."""
    house.take_in(entry("a", "-1 GOOG151224C00760000"))
    house.pass_until(T)

    with pytest.raises(StateError, match="holds 0 shares of GOOG"):
        expire(house, "a", NEXT)

    assert Status.OPEN is house.position("a").status


def test_a_next_call_that_cannot_be_booked_undoes_everything(house: House) -> None:
    """The account could not be written: nothing has expired, and it may be repeated."""
    house.take_in(entry("cc", *COVERED))
    house.pass_until(T)

    def fail(_: object) -> None:
        raise BrokerUnavailable("disk full")

    with pytest.raises(BrokerUnavailable):
        closing.expire(house.site(), "cc", NEXT, sessions=house.sessions(), book=fail, by="ann")

    assert 2 == len(house.position("cc").lots[0].legs)
    assert expire(house, "cc", NEXT).following is not None


def test_what_works_at_the_bell_is_not_expired(house: House) -> None:
    """An order that may have filled at the bell goes before a person's word."""
    house.take_in(entry("a", PUT_752, units=3))
    house.pass_until(T - timedelta(minutes=11))
    house.start_daemon()
    house.pass_until(T - timedelta(minutes=9, seconds=58))
    house.kill_daemon()
    house.pass_until(T)
    assert OrderStatus.WORKING is house.orders("a")[-1].status

    with pytest.raises(StateError, match="end it first with: botd take 1"):
        expire(house, "a")
