"""The everyday names of sets of legs."""

from datetime import date
from decimal import Decimal

import pytest

from botd.domain.contract import Instrument, Leg, OptionContract, Right, Shares
from botd.domain.occ import parse_instrument
from botd.domain.roots import spec_of
from botd.domain.strategy import name

NEAR = date(2026, 11, 27)
LATER = date(2026, 12, 18)


def instrument(text: str, root: str = "SPY") -> Instrument:
    """Read `430P`, `430P later`, or a ticker."""
    if text.isalpha():
        return parse_instrument(text)
    strike, right = Decimal(text[:3]), Right.CALL if text[3] == "C" else Right.PUT
    expiration = LATER if text.endswith("later") else NEAR
    return OptionContract(spec_of(root), expiration, right, strike)


def legs(**quantities: int) -> tuple[Leg, ...]:
    """Make legs from `C430=1`, `P430_later=-1` and `SPY=100`."""
    made = []
    for text, quantity in quantities.items():
        body, _, later = text.partition("_")
        written = text if body.isalpha() else f"{body[1:]}{body[0]} {later}".strip()
        made.append(Leg(instrument(written), quantity))
    return tuple(made)


@pytest.mark.parametrize(
    ("held", "expected"),
    [
        pytest.param(legs(C430=1), "long call"),
        pytest.param(legs(C430=-2), "short call"),
        pytest.param(legs(P430=1), "long put"),
        pytest.param(legs(P430=-1), "short put"),
        pytest.param(legs(SPY=100), "shares"),
        pytest.param(legs(SPY=-7), "shares", id="short shares"),
        pytest.param(legs(P430=-1, P425=1), "vertical", id="put vertical"),
        pytest.param(legs(C430=1, C435=-1), "vertical", id="call vertical"),
        pytest.param(legs(C430=3, C435=-3), "vertical", id="vertical, three a unit"),
        pytest.param(legs(P430=-2, P425=1), "ratio spread"),
        pytest.param(legs(P430=1, P425=-3), "ratio spread", id="backspread"),
        pytest.param(legs(C430=-1, C430_later=1), "calendar"),
        pytest.param(legs(C430=-1, C430_later=2), "calendar", id="calendar, two to one"),
        pytest.param(legs(C430=-1, C440_later=1), "diagonal"),
        pytest.param(legs(C430=1, P430=1), "straddle", id="long straddle"),
        pytest.param(legs(C430=-1, P430=-1), "straddle", id="short straddle"),
        pytest.param(legs(C440=-1, P420=-1), "strangle"),
        pytest.param(legs(C420=-1, P440=-1), "strangle", id="strangle in the money"),
        pytest.param(legs(C420=1, C430=-2, C440=1), "butterfly"),
        pytest.param(legs(P440=-2, P420=-2, P430=4), "butterfly", id="short butterfly"),
        pytest.param(legs(C420=1, C430=-2, C450=1), "butterfly", id="broken wing"),
        pytest.param(legs(P410=1, P420=-1, P430=-1, P440=1), "condor"),
        pytest.param(legs(C410=-1, C420=1, C430=1, C440=-1), "condor", id="short condor"),
        pytest.param(legs(P410=1, P420=-1, C440=-1, C450=1), "iron condor"),
        pytest.param(legs(C450=-1, C440=1, P420=1, P410=-1), "iron condor", id="reverse"),
        pytest.param(legs(P410=1, P430=-1, C430=-1, C450=1), "iron butterfly"),
        pytest.param(legs(C430=1, C440=-1, P430=-1, P440=1), "box", id="long box"),
        pytest.param(legs(C430=-1, C440=1, P430=1, P440=-1), "box", id="short box"),
        pytest.param(legs(SPY=100, C440=-1), "covered call"),
        pytest.param(legs(SPY=300, C440=-1), "covered call", id="more shares than the call needs"),
        pytest.param(legs(SPY=100, P420=1), "protective put"),
        pytest.param(legs(SPY=100, P420=1, C440=-1), "collar"),
        pytest.param(legs(SPY=200, P420=2, C440_later=-2), "collar", id="collar over two days"),
    ],
)
def test_names(held: tuple[Leg, ...], expected: str) -> None:
    """Legs are called what traders call them."""
    assert expected == name(held)


@pytest.mark.parametrize(
    "held",
    [
        pytest.param((), id="no legs"),
        pytest.param(legs(C430=1) + legs(C430=-1), id="legs that cancel out"),
        pytest.param(legs(SPY=100, QQQ=100), id="two underlyings"),
        pytest.param(legs(SPY=99, C440=-1), id="a share short of covering the call"),
        pytest.param(legs(SPY=100, C440=-2), id="a call too many"),
        pytest.param(legs(SPY=-100, P420=-1), id="shares sold short, with a put"),
        pytest.param(legs(SPY=100, C440=1), id="shares and a long call"),
        pytest.param(legs(SPY=200, P420=1, C440=-2), id="an uneven collar"),
        pytest.param(legs(C430=1, C435=1), id="two long calls"),
        pytest.param(legs(C430=1, P430=-1), id="a synthetic share"),
        pytest.param(legs(C430=2, P430=1), id="an uneven straddle"),
        pytest.param(legs(C430=-1, P430_later=-1), id="a straddle over two days"),
        pytest.param(legs(C420=1, C430=-3, C440=2), id="an uneven butterfly"),
        pytest.param(legs(C420=1, C430=-1, C440=-1), id="a ladder"),
        pytest.param(legs(C410=1, C420=-1, C430=-1, C440=2), id="an uneven condor"),
        pytest.param(legs(C410=1, C420=-1, C430=1, C440=-1), id="two verticals"),
        pytest.param(legs(C420=1, C430=-2, C440_later=1), id="a butterfly over two days"),
        pytest.param(legs(P410=1, P420=-1, C440=-1), id="a condor without a wing"),
        pytest.param(legs(P410=1, P420=-1, C440=-2, C450=2), id="an uneven iron condor"),
        pytest.param(legs(P410=1, P420=-1, C440=1, C450=-1), id="two verticals upward"),
        pytest.param(legs(P410=1, P440=-1, C420=-1, C450=1), id="an inverted iron condor"),
        pytest.param(legs(C420=1, P430=-1, C440=-1, P450=1), id="nearly a box"),
        pytest.param(legs(P420=1, C420=-1, P430=-1, C440=1), id="a box with a bent side"),
        pytest.param(legs(C410=1, C420=-1, C430=1, C440=-1, C450=1), id="five legs"),
    ],
)
def test_what_has_no_name_is_custom(held: tuple[Leg, ...]) -> None:
    """Anything else is told by its legs, not by a name that half fits."""
    assert "custom" == name(held)


def test_the_same_leg_twice_counts_once() -> None:
    """Two entries of one contract are one leg of the sum."""
    assert "vertical" == name(legs(P430=-1, P425=2) + legs(P430=-1))


def test_roots_of_one_index_are_told_apart() -> None:
    """SPX settles in the morning and SPXW at the close of one date: that is no vertical."""
    held = (Leg(instrument("430P", "SPX"), -1), Leg(instrument("425P", "SPXW"), 1))

    assert "diagonal" == name(held)


def test_shares_do_not_cover_an_adjusted_call() -> None:
    """An adjusted call delivers something else than a hundred shares."""
    held = (Leg(Shares("AAPL"), 100), Leg(instrument("440C", "AAPL1"), -1))

    assert "custom" == name(held)


def test_shares_of_another_name_cover_nothing() -> None:
    """A call is covered by shares of its own underlying only."""
    held = (Leg(Shares("QQQ"), 100), Leg(instrument("440C"), -1))

    assert "custom" == name(held)
