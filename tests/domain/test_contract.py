"""Contracts, shares and legs: symbols, values, multipliers."""

from datetime import date
from decimal import Decimal

import pytest

from botd.domain.contract import (
    Leg,
    OptionContract,
    Right,
    RootSpec,
    Shares,
    multiplier_of,
    option_legs,
)

GOOG = RootSpec("GOOG", "GOOG", "equity")
PUT = OptionContract(GOOG, date(2015, 12, 24), Right.PUT, Decimal(740))
CALL = OptionContract(GOOG, date(2015, 12, 24), Right.CALL, Decimal(740))


@pytest.mark.parametrize(
    ("spec", "right", "strike", "compact", "padded"),
    [
        pytest.param(
            GOOG,
            Right.PUT,
            "740",
            "GOOG151224P00740000",
            "GOOG  151224P00740000",
            id="a stock's put",
        ),
        pytest.param(
            RootSpec("SPXW", "SPX", "index_pm"),
            Right.CALL,
            "3742.5",
            "SPXW151224C03742500",
            "SPXW  151224C03742500",
            id="an index call, half a point",
        ),
        pytest.param(
            RootSpec("F", "F", "equity"),
            Right.CALL,
            "0.001",
            "F151224C00000001",
            "F     151224C00000001",
            id="the smallest strike",
        ),
        pytest.param(
            RootSpec("ABCDEF", "ABCDEF", "equity"),
            Right.PUT,
            "99999.999",
            "ABCDEF151224P99999999",
            "ABCDEF151224P99999999",
            id="the largest strike, a root that fills its field",
        ),
    ],
)
def test_symbols(spec: RootSpec, right: Right, strike: str, compact: str, padded: str) -> None:
    """A contract has a compact symbol, and one of 21 characters."""
    contract = OptionContract(spec, date(2015, 12, 24), right, Decimal(strike))

    assert (compact, padded) == (contract.symbol, contract.occ_symbol)


def test_a_contract_follows_its_root() -> None:
    """Root, underlying and multiplier come from the root's rules."""
    mini = RootSpec("AMZN7", "AMZN", "equity", multiplier=10)
    contract = OptionContract(mini, date(2014, 12, 19), Right.CALL, Decimal(300))

    assert ("AMZN7", "AMZN", 10) == (contract.root, contract.underlying, contract.multiplier)


@pytest.mark.parametrize(
    ("contract", "spot", "expected"),
    [
        pytest.param(CALL, "740.01", "0.01", id="call, a cent in the money"),
        pytest.param(CALL, "740", "0", id="call, at the strike"),
        pytest.param(CALL, "739.99", "0", id="call, a cent out of the money"),
        pytest.param(PUT, "739.99", "0.01", id="put, a cent in the money"),
        pytest.param(PUT, "740", "0", id="put, at the strike"),
        pytest.param(PUT, "740.01", "0", id="put, a cent out of the money"),
        pytest.param(PUT, "0", "740", id="put on a worthless share"),
    ],
)
def test_intrinsic_value(contract: OptionContract, spot: str, expected: str) -> None:
    """What a contract is worth at expiration is never negative."""
    assert Decimal(expected) == contract.intrinsic(Decimal(spot))


def test_shares_count_one_dollar_a_point() -> None:
    """Shares are named by their ticker."""
    shares = Shares("BRK.B")

    assert ("BRK.B", Decimal(1)) == (shares.symbol, shares.dollars_per_point)


def test_legs_are_named_by_their_instrument() -> None:
    """A leg's symbol is the compact one, or the ticker."""
    assert "GOOG151224P00740000" == Leg(PUT, -1).symbol
    assert "GOOG" == Leg(Shares("GOOG"), 100).symbol


def test_option_legs_leave_shares_out() -> None:
    """Options come with their signed quantities, in order."""
    legs = (Leg(Shares("GOOG"), 100), Leg(CALL, -1), Leg(PUT, 1))

    assert ((CALL, -1), (PUT, 1)) == option_legs(legs)


@pytest.mark.parametrize(
    ("legs", "expected"),
    [
        pytest.param((Leg(PUT, 1),), 100, id="an option"),
        pytest.param((Leg(Shares("GOOG"), 100), Leg(CALL, -1)), 100, id="a covered call"),
        pytest.param((Leg(Shares("GOOG"), 100),), 1, id="shares alone"),
        pytest.param((), 1, id="nothing"),
    ],
)
def test_dollars_per_point(legs: tuple[Leg, ...], expected: int) -> None:
    """An option's multiplier counts, also beside shares."""
    assert expected == multiplier_of(legs)
