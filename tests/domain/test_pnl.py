from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal

import pytest

from botd.domain.contract import Leg
from botd.domain.lots import apply_fill, end_legs, end_unknown
from botd.domain.pnl import (
    close_net_price,
    fees,
    leaves_shares_out,
    opening_dollars,
    price_beside_shares,
    realized_pnl,
)
from botd.domain.position import ClosedBy, How, Outcome, Position, Status
from tests.domain.book import STOCK_SHARES, call, position_of, put

AT = datetime(2015, 12, 24, 17, 51, tzinfo=UTC)
SHORT = Leg(put("740"), -1)
LONG = Leg(put("735"), 1)


def position(*outcomes: tuple[int, str | None], units: int = 1, left: int = 0) -> Position:
    """A short put opened for a credit of 1.25 with these parts; *left* units are open."""
    opened = position_of(SHORT, units=units, net_price="1.25")
    lots = tuple(replace(lot, units=left) for lot in opened.lots if left)
    return replace(
        opened,
        lots=lots,
        outcomes=tuple(
            Outcome(count, How.CLOSED, None if price is None else Decimal(price), AT)
            for count, price in outcomes
        ),
    )


@pytest.mark.parametrize(
    ("held", "dollars", "is_complete"),
    [
        pytest.param(position(left=1), None, False, id="open: nothing is realized"),
        pytest.param(position((1, "-0.45")), "80.00", True, id="1.25 taken, 0.45 paid"),
        pytest.param(position((1, "-2.10")), "-85.00", True, id="closed at a loss"),
        pytest.param(position((1, "0")), "125.00", True, id="expired: the premium is kept"),
        pytest.param(position((1, None)), None, False, id="unknown is not 0"),
        pytest.param(
            replace(position((1, "-0.45")), open_net_price=None),
            None,
            False,
            id="opened at a price that nobody knows",
        ),
        pytest.param(
            position((7, "-0.45"), (3, None), units=10),
            "560.00",
            False,
            id="the known parts",
        ),
        pytest.param(
            position((7, "-0.45"), units=10, left=3),
            "560.00",
            False,
            id="a part is open",
        ),
        pytest.param(
            position((7, "-0.45"), (3, "-1.25"), units=10),
            "560.00",
            True,
            id="ended two ways",
        ),
    ],
)
def test_realized_pnl(held: Position, dollars: str | None, is_complete: bool) -> None:  # noqa: FBT001
    """Only what is known counts, and it is said whether that is all."""
    expected = None if dollars is None else Decimal(dollars)

    assert (expected, is_complete) == realized_pnl(held)


def test_a_long_option_that_expires_loses_its_premium() -> None:
    """A debit of 0.80 for two units, expired, costs 160 dollars."""
    held = end_legs(
        position_of(LONG, units=2, net_price="-0.80"),
        [LONG.symbol],
        {},
        How.EXPIRED,
        AT,
    )

    assert (Decimal("-160.00"), True) == realized_pnl(held)


def test_legs_closed_one_after_the_other() -> None:
    """1.25 taken, the short bought for 0.70, the long sold for 0.10: 65 dollars."""
    held = position_of(LONG, SHORT, net_price="1.25")
    held = apply_fill(held, (SHORT,), 1, Decimal("-0.70"), AT, ClosedBy.BOT)

    assert (None, False) == realized_pnl(held)

    held = apply_fill(held, (LONG,), 1, Decimal("0.10"), AT, ClosedBy.BOT)

    assert (Decimal("65.00"), True) == realized_pnl(held)


def test_covered_call_called_away() -> None:
    """Shares at 750 less a call of 2.00, called away at 760: 1,200 dollars."""
    shares, short = Leg(STOCK_SHARES, 100), Leg(call("760"), -1)
    held = position_of(shares, short, net_price="-748.00")
    held = end_legs(
        held,
        [shares.symbol, short.symbol],
        {shares.symbol: Decimal(760)},
        How.ASSIGNED,
        AT,
    )

    assert (Decimal("1200.00"), True) == realized_pnl(held)


def test_presumed_assignment_has_no_pnl() -> None:
    """A position that is gone without explanation has brought nobody knows what."""
    held = end_unknown(position_of(SHORT), 1, How.ASSIGNED, AT)

    assert (None, False) == realized_pnl(held)
    assert close_net_price(held) is None


@pytest.mark.parametrize(
    ("held", "expected"),
    [
        pytest.param(position((3, "-0.40"), (1, "-0.80"), units=4), "-0.50", id="even"),
        pytest.param(position((2, "-0.40"), (1, "-0.45"), units=3), "-0.4167", id="rounded"),
        pytest.param(position((1, "-0.40"), (1, None), units=2), "-0.40", id="the known part"),
    ],
)
def test_close_net_price(held: Position, expected: str) -> None:
    """The closing price is the average of the known parts."""
    assert Decimal(expected) == close_net_price(held)


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        pytest.param([], None, id="no part"),
        pytest.param(["0.65", None], None, id="a part is not known"),
        pytest.param(["0.65", "1.30"], "1.95", id="all parts"),
    ],
)
def test_fees(told: list[str | None], expected: str | None) -> None:
    """Fees are known once every part's are."""
    parts = tuple(
        Outcome(1, How.CLOSED, Decimal(0), AT, None if fee is None else Decimal(fee))
        for fee in told
    )

    assert (None if expected is None else Decimal(expected)) == fees(
        replace(position_of(SHORT), outcomes=parts),
    )


def test_opening_dollars() -> None:
    """A credit of 1.25 on three units is 375 dollars."""
    sold = position_of(SHORT, units=3, net_price="1.25")

    assert Decimal("375.00") == opening_dollars(sold)
    assert opening_dollars(replace(sold, open_net_price=None)) is None


@pytest.mark.parametrize(
    ("legs", "status", "campaign", "expected"),
    [
        pytest.param((SHORT,), Status.ASSIGNED, "wheel", True, id="a put of a campaign"),
        pytest.param((LONG,), Status.EXERCISED, "wheel", True, id="exercised"),
        pytest.param((SHORT, LONG), Status.ASSIGNED, None, False, id="a spread, whole"),
        pytest.param((SHORT,), Status.EXPIRED, "wheel", False, id="nothing was delivered"),
        pytest.param(
            (Leg(STOCK_SHARES, 100), Leg(call("740"), -1)),
            Status.ASSIGNED,
            "wheel",
            False,
            id="its own shares",
        ),
    ],
)
def test_shares_outside_of_the_price(
    legs: tuple[Leg, ...],
    status: Status,
    campaign: str | None,
    expected: bool,  # noqa: FBT001
) -> None:
    """Delivered shares are left out where a campaign counts them, and only there."""
    held = replace(position_of(*legs), status=status, campaign=campaign)

    assert expected is leaves_shares_out(held)


def test_what_the_call_brought_beside_its_shares() -> None:
    """Shares that remain remember what their options cost, averaged over the units."""
    sold = Leg(call("740"), -1)
    held = position_of(Leg(STOCK_SHARES, 100), sold, units=3)
    two = apply_fill(held, (sold,), 2, Decimal("-0.40"), AT, ClosedBy.BOT)
    all_three = apply_fill(two, (sold,), 1, Decimal("-0.45"), AT, ClosedBy.BOT)

    assert price_beside_shares(two) is None
    assert Decimal("-0.4167") == price_beside_shares(all_three)
    even = replace(all_three, lots=all_three.lots[:1])
    assert Decimal("-0.40") == price_beside_shares(even)


def test_no_option_was_ever_there() -> None:
    """Shares alone, and what holds nothing any more, have no such price."""
    assert price_beside_shares(position_of(Leg(STOCK_SHARES, 100))) is None
    assert price_beside_shares(position((1, "0"))) is None
