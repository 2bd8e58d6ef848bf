"""Which wheel a position belongs to, from its import on."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from botd.domain import occ
from botd.domain.position import Position
from botd.errors import StateError
from botd.ledger import campaigns
from botd.service import wheel
from botd.service.closing import NextCall
from tests.service.house import PUT_740, VERTICAL, House, T, entry

WHEEL = 'bot = "wheel"'
COVERED = ("100 GOOG", "-1 GOOG151224C00760000")
NEXT = "GOOG160115C00760000"


def campaign(house: House, name: str) -> str | None:
    return house.position(name).campaign


@pytest.mark.parametrize(
    ("held", "more", "expected"),
    [
        pytest.param((PUT_740,), WHEEL, "a", id="a put whose assignment is accepted"),
        pytest.param((PUT_740,), 'policy = "accept"', "a", id="accepted by its own policy"),
        pytest.param((PUT_740,), "", None, id="a put that will be closed"),
        pytest.param(COVERED, "", "a", id="a covered call"),
        pytest.param(("100 GOOG",), "", "a", id="shares"),
        pytest.param(("-1 GOOG151224C00760000",), WHEEL, None, id="a call on nothing"),
        pytest.param(VERTICAL, WHEEL, None, id="a spread"),
    ],
)
def test_what_starts_a_campaign(
    house: House, held: tuple[str, ...], more: str, expected: str | None
) -> None:
    """Each row is one rule of the table in the module."""
    house.take_in(entry("a", *held, more=more))

    assert expected == campaign(house, "a")


@pytest.mark.parametrize(
    ("held", "more", "expected"),
    [
        pytest.param(("-1 GOOG160115C00760000",), "", "first", id="a call on its shares"),
        pytest.param(("-1 GOOG160115P00700000",), "", "first", id="a put of the same bot"),
        pytest.param(("-1 GOOG160115P00700000",), WHEEL, "b", id="another bot's put"),
        pytest.param(("-1 KO160115P00040000",), 'policy = "accept"', "b", id="another underlying"),
        pytest.param(("1 GOOG160115P00700000",), "", None, id="a long put"),
    ],
)
def test_what_joins_an_open_campaign(
    house: House, held: tuple[str, ...], more: str, expected: str | None
) -> None:
    """Same bot, account and underlying, and an option of a wheel."""
    house.take_in(entry("first", *COVERED))

    house.take_in(entry("b", *held, more=more))

    assert expected == campaign(house, "b")


def test_an_ended_campaign_is_not_joined(house: House) -> None:
    """Once nothing is held any more the next put starts anew."""
    house.take_in(entry("first", PUT_740, more=WHEEL))
    house.run("take", "first")
    house.run("override", "resolve", "first", "--as", "closed", "--net-price", "-0.05")

    house.take_in(entry("b", "-1 GOOG160115P00700000", more=WHEEL))

    assert "b" == campaign(house, "b")


def test_delivered_shares_keep_a_campaign_open(house: House) -> None:
    """After an assignment the shares are in the campaign, and no position holds them."""
    house.take_in(entry("first", PUT_740, more=WHEEL))
    house.run("take", "first")
    house.run("override", "resolve", "first", "--as", "closed", "--net-price", "0")
    house.ledger().write_now(
        lambda tx: campaigns.add(
            tx,
            campaigns.Entry(
                "first",
                "record-1",
                "shares",
                T,
                symbol="GOOG",
                quantity=100,
                net_price=Decimal(740),
            ),
        )
    )

    house.take_in(entry("b", "-1 GOOG160115C00760000", more=WHEEL))

    assert "first" == campaign(house, "b")
    assert 100 == house.read(lambda tx: wheel.read(tx, "first")).shares


def follow(house: House, symbol: str = NEXT, price: str = "2.35") -> Position:
    before = house.position("cc")
    following = NextCall(occ.parse(symbol), Decimal(price))
    return wheel.next_call(
        before, following.contract, following.net_price, house.clock.now(), house.sessions()
    )


@pytest.mark.parametrize(
    ("symbol", "price", "expected"),
    [
        pytest.param("GOOG160115P00760000", "2.35", "is no call on GOOG", id="a put"),
        pytest.param("KO160115C00042000", "2.35", "is no call on GOOG", id="another underlying"),
        pytest.param(NEXT, "0", "0 is no credit", id="nothing"),
        pytest.param(NEXT, "-2.35", "-2.35 is no credit", id="a debit"),
        pytest.param("GOOG151218C00760000", "2.35", "stopped trading already", id="an old one"),
    ],
)
def test_a_next_call_must_follow(house: House, symbol: str, price: str, expected: str) -> None:
    """What cannot have been sold on these shares is refused."""
    house.take_in(entry("cc", *COVERED))

    with pytest.raises(ValueError, match=expected):
        follow(house, symbol, price)


def test_a_next_call_has_the_size_of_the_first(house: House) -> None:
    """Units, policy and campaign go on; the shares stay where they are."""
    house.take_in(entry("cc", *COVERED, units=3, more='policy = "hand_over"'))

    after = follow(house)

    assert (3, [(NEXT, -1)], "short call", "cc", house.position("cc").policy) == (
        after.units,
        [(leg.symbol, leg.quantity) for leg in after.legs],
        after.strategy,
        after.campaign,
        after.policy,
    )


def test_a_next_call_needs_a_call_before(house: House) -> None:
    """On a put nothing follows."""
    house.take_in(entry("cc", PUT_740))

    with pytest.raises(StateError, match="holds no short call"):
        follow(house)


def test_shares_cover_each_call_once(house: House) -> None:
    """A hundred shares are under one call only."""
    house.take_in(entry("cc", *COVERED))
    after = follow(house)

    with pytest.raises(StateError, match="holds 100 shares of GOOG, 100 of them under calls"):
        house.ledger().read_now(lambda tx: wheel.refuse_uncovered(tx, "cc", after))

    house.pass_until(T + timedelta(minutes=1))
    assert 0 == house.run("expire", "cc").code
    house.ledger().read_now(lambda tx: wheel.refuse_uncovered(tx, "cc", after))
    two = replace(after, lots=tuple(replace(lot, units=2) for lot in after.lots))
    with pytest.raises(StateError, match=f"200 are needed under {NEXT}"):
        house.ledger().read_now(lambda tx: wheel.refuse_uncovered(tx, "cc", two))
