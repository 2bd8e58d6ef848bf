from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from botd.domain.campaign import (
    Campaign,
    Entry,
    EntryKind,
    ShareMove,
    add_up,
    campaign_of,
    deliver,
    entries_of,
    share_move,
)
from botd.domain.contract import Leg, OptionContract
from botd.domain.lots import apply_fill, end_legs, end_unknown
from botd.domain.pnl import realized_pnl
from botd.domain.position import ClosedBy, How, Lot, Outcome, Position, Status
from tests.domain.book import INDEX_PM, OPENED_AT, STOCK_SHARES, call, position_of, put

HUNDRED = Leg(STOCK_SHARES, 100)


def day(number: int) -> datetime:
    return OPENED_AT + timedelta(days=number)


def sold(contract: OptionContract, net_price: str, on: int, units: int = 1) -> Position:
    name = f"{contract.symbol}-{on}"
    leg = Leg(contract, -1)
    return position_of(leg, units=units, net_price=net_price, id=name, opened_at=day(on))


def expired(position: Position, on: int) -> Position:
    symbols = [leg.symbol for leg in position.legs if leg != HUNDRED]
    return end_legs(position, symbols, {}, How.EXPIRED, day(on))


def assigned(position: Position, on: int) -> tuple[Position, ShareMove]:
    leg = position.legs[-1]
    assert isinstance(leg.instrument, OptionContract)
    move = share_move(leg.instrument, leg.quantity * position.units, day(on))
    assert move is not None
    return end_legs(position, [leg.symbol], {}, How.ASSIGNED, day(on)), move


def bought_back(position: Position, net_price: str, on: int) -> Position:
    return apply_fill(
        position,
        position.legs,
        position.units,
        Decimal(net_price),
        day(on),
        ClosedBy.BOT,
    )


def test_whole_wheel() -> None:
    """
    Put, assigned; call, expired; call, bought back; call, assigned.

    150 + 80 + 70 - 20 + 90 of premium, and a hundred shares bought at 740 and sold at
    755: 370 + 1,500 = 1,870 dollars.
    """
    put_, bought = assigned(sold(put("740"), "1.50", 0), 6)
    first = expired(sold(call("760"), "0.80", 7), 13)
    second = bought_back(sold(call("757.5"), "0.70", 14), "-0.20", 17)
    third, called = assigned(sold(call("755"), "0.90", 18), 20)

    campaign = campaign_of([put_, first, second, third], [bought, called])

    assert (
        Campaign(
            premiums=Decimal(370),
            shares=0,
            share_cost=Decimal(0),
            share_gain=Decimal(1500),
            is_open=False,
            is_complete=True,
        )
        == campaign
    )
    assert Decimal(1870) == campaign.net_pnl
    assert campaign.adjusted_basis is None


def test_an_expired_put_ends_the_wheel() -> None:
    """Nothing is held: the premium is what it brought."""
    campaign = campaign_of([expired(sold(put("740"), "1.50", 0), 6)], [])

    assert (Decimal(150), False, True) == (
        campaign.net_pnl,
        campaign.is_open,
        campaign.is_complete,
    )


def test_an_expired_call_leaves_it_open_for_the_next() -> None:
    """The shares are still held, at a basis that the premiums have lowered."""
    put_, bought = assigned(sold(put("740"), "1.50", 0), 6)
    first = expired(sold(call("760"), "0.80", 7), 13)

    campaign = campaign_of([put_, first], [bought])

    assert campaign.is_open
    assert (100, Decimal(74000), Decimal(230)) == (
        campaign.shares,
        campaign.share_cost,
        campaign.net_pnl,
    )
    assert Decimal("737.7000") == campaign.adjusted_basis


def test_an_open_put_keeps_it_open() -> None:
    """A wheel is open while any of its options is."""
    assert campaign_of([sold(put("740"), "1.50", 0)], []).is_open


def test_covered_call_as_a_package() -> None:
    """
    A package bought at 748.00, its call expired, another sold, the shares called away.

    -748.00 + 755.00 of the shares and 1.10 of the second call: 810 dollars. The shares
    leave the position that holds them, so that the campaign does not count them again.
    """
    package = position_of(HUNDRED, Leg(call("760"), -1), net_price="-748.00", id="package")
    package = expired(package, 6)
    second, called = assigned(sold(call("755"), "1.10", 7), 13)

    held = campaign_of([package, expired(sold(call("755"), "1.10", 7), 13)], [])
    package, rest = deliver(package, called)
    campaign = campaign_of([package, second], [])

    assert (100, Decimal(74800), Decimal(110)) == (held.shares, held.share_cost, held.net_pnl)
    assert rest is None
    assert (Decimal(810), 0, False) == (campaign.net_pnl, campaign.shares, campaign.is_open)
    assert (Decimal(700), True) == realized_pnl(package)
    assert Status.ASSIGNED is package.status


def test_package_whose_call_was_bought_back() -> None:
    """What the call cost is counted while the shares are held, and once when they are gone."""
    package = position_of(HUNDRED, Leg(call("760"), -1), net_price="-748.00")
    package = apply_fill(
        package,
        package.legs[1:],
        1,
        Decimal("-0.30"),
        day(3),
        ClosedBy.BOT,
    )

    assert Decimal(-30) == campaign_of([package], []).net_pnl

    sale = ShareMove("GOOG", -100, Decimal("751.00"), day(4))
    package, rest = deliver(package, sale, How.CLOSED)

    assert rest is None
    assert Decimal(270) == campaign_of([package], []).net_pnl
    assert (Decimal("270.00"), True) == realized_pnl(package)


def test_delivery_takes_only_bare_shares() -> None:
    """Of three hundred shares one hundred is still under a call: two hundred may go."""
    package = position_of(HUNDRED, Leg(call("760"), -1), units=3, net_price="-748.00")
    package = end_legs(package, [call("760").symbol], {}, How.EXPIRED, day(6), units=2)

    package, rest = deliver(package, ShareMove("GOOG", -500, Decimal(755), day(7)))

    assert (Lot(1, (HUNDRED, Leg(call("760"), -1))),) == package.lots
    assert (Outcome(2, How.ASSIGNED, Decimal(755), day(7)),) == package.outcomes
    assert ShareMove("GOOG", -300, Decimal(755), day(7)) == rest


@pytest.mark.parametrize(
    "move",
    [
        pytest.param(ShareMove("GOOG", 100, Decimal(740), day(7)), id="shares that come in"),
        pytest.param(ShareMove("KO", -100, Decimal(60), day(7)), id="other shares"),
        pytest.param(ShareMove("GOOG", -99, Decimal(755), day(7)), id="less than a unit"),
    ],
)
def test_deliveries_that_take_nothing(move: ShareMove) -> None:
    """What a holder cannot give stays for the campaign."""
    package = expired(position_of(HUNDRED, Leg(call("760"), -1), net_price="-748.00"), 6)

    assert (package, move) == deliver(package, move)


@pytest.mark.parametrize(
    ("contract", "quantity", "shares", "price"),
    [
        pytest.param(put("740"), -1, 100, "740", id="a short put assigned buys"),
        pytest.param(call("760"), -2, -200, "760", id="a short call assigned sells"),
        pytest.param(call("760"), 1, 100, "760", id="a long call exercised buys"),
        pytest.param(put("740"), 1, -100, "740", id="a long put exercised sells"),
    ],
)
def test_share_move(contract: OptionContract, quantity: int, shares: int, price: str) -> None:
    """Shares change hands at the strike."""
    assert ShareMove("GOOG", shares, Decimal(price), day(6)) == share_move(
        contract,
        quantity,
        day(6),
    )


def test_cash_settlement_moves_no_shares() -> None:
    """An index has no shares."""
    assert share_move(put("4700", INDEX_PM), -1, day(6)) is None


def test_a_spread_assigned_and_exercised() -> None:
    """
    The 740/735 put spread ends in the money on both sides: bought at 740, sold at 735.

    1.25 of premium less the width of 5.00: a loss of 375 dollars.
    """
    long, short = Leg(put("735"), 1), Leg(put("740"), -1)
    spread = position_of(long, short, net_price="1.25")
    spread = end_legs(spread, [long.symbol], {}, How.EXERCISED, day(6))
    spread = end_legs(spread, [short.symbol], {}, How.ASSIGNED, day(6))
    moves = [share_move(put("740"), -1, day(6)), share_move(put("735"), 1, day(6))]

    campaign = campaign_of([spread], [move for move in moves if move])

    assert (Decimal(-375), False) == (campaign.net_pnl, campaign.is_open)


def test_shares_sold_before_they_were_bought() -> None:
    """A bare call assigned at 760 and covered at 750 gains a thousand dollars."""
    campaign = add_up(
        [
            Entry(EntryKind.SHARES, day(2), None, Decimal(0), 100, Decimal(750)),
            Entry(EntryKind.SHARES, day(1), None, Decimal(0), -100, Decimal(760)),
        ],
    )

    assert (Decimal(1000), 0) == (campaign.share_gain, campaign.shares)


def test_first_in_first_out() -> None:
    """150 of 200 shares are sold: the hundred bought first, and half of the second."""
    campaign = add_up(
        [
            Entry(EntryKind.SHARES, day(1), None, Decimal(0), 100, Decimal(740)),
            Entry(EntryKind.SHARES, day(2), None, Decimal(0), 100, Decimal(745)),
            Entry(EntryKind.SHARES, day(3), None, Decimal(0), -150, Decimal(750)),
        ],
    )

    assert (Decimal(1250), 50, Decimal(37250)) == (
        campaign.share_gain,
        campaign.shares,
        campaign.share_cost,
    )


def test_short_shares_stay_open() -> None:
    """A bare call's shares are owed, and have no basis to lower."""
    call_, called = assigned(sold(call("760"), "0.90", 0), 6)

    campaign = campaign_of([call_], [called])

    assert (-100, True, None) == (campaign.shares, campaign.is_open, campaign.adjusted_basis)


@pytest.mark.parametrize(
    "position",
    [
        pytest.param(
            end_unknown(sold(put("740"), "1.50", 0), 1, How.ASSIGNED, day(6)),
            id="a put that is gone",
        ),
        pytest.param(
            end_unknown(
                position_of(HUNDRED, Leg(call("760"), -1), net_price="-748.00"),
                1,
                How.ASSIGNED,
                day(6),
            ),
            id="a package that is gone",
        ),
        pytest.param(
            replace(expired(sold(put("740"), "1.50", 0), 6), open_net_price=None),
            id="a put opened at an unknown price",
        ),
        pytest.param(
            bought_back(
                replace(
                    position_of(HUNDRED, Leg(call("760"), -1), net_price="-748.00"),
                    open_net_price=None,
                ),
                "755.00",
                6,
            ),
            id="a package opened at an unknown price",
        ),
    ],
)
def test_what_is_unknown_is_not_counted(position: Position) -> None:
    """An opening or an end at an unknown price makes the account incomplete, not wrong."""
    campaign = campaign_of([position], [])

    assert not campaign.is_complete
    assert Decimal(0) == campaign.share_gain
    assert 0 == campaign.shares


def test_shares_of_unknown_price() -> None:
    """Shares that came at an unknown price gain nothing that anybody knows."""
    campaign = add_up(
        [
            Entry(EntryKind.SHARES, day(1), None, Decimal(0), 100, None),
            Entry(EntryKind.SHARES, day(2), None, Decimal(0), -50, Decimal(750)),
        ],
    )

    assert (Decimal(0), 50, Decimal(0), False) == (
        campaign.share_gain,
        campaign.shares,
        campaign.share_cost,
        campaign.is_complete,
    )


def test_entries_name_what_happened() -> None:
    """Each line says what it stands for, and whose it is."""
    position = replace(sold(put("740"), "1.50", 0, units=2), id="wheel-put")
    position = apply_fill(position, position.legs, 1, Decimal("-0.20"), day(3), ClosedBy.BOT)
    position = expired(position, 6)

    assert (
        Entry(EntryKind.OPENED, day(0), "wheel-put", Decimal(300)),
        Entry(EntryKind.CLOSED, day(3), "wheel-put", Decimal(-20)),
        Entry(EntryKind.EXPIRED, day(6), "wheel-put", Decimal(0)),
    ) == entries_of(position)


@given(
    st.lists(
        st.tuples(st.integers(-300, 300), st.decimals(min_value=1, max_value=900, places=2)),
        max_size=12,
    ),
)
def test_shares_conserve_money(trades: list[tuple[int, Decimal]]) -> None:
    """What is held at its price, less what all shares cost, is what the others gained."""
    campaign = add_up(
        Entry(EntryKind.SHARES, day(number), None, Decimal(0), shares, price)
        for number, (shares, price) in enumerate(trades)
    )

    paid = sum((shares * price for shares, price in trades), Decimal(0))
    assert campaign.share_gain == campaign.share_cost - paid
    assert campaign.shares == sum(shares for shares, _ in trades)
