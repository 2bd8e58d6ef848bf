from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from botd.domain.contract import Leg, OptionContract, Right
from botd.domain.payoff import best_at_expiration, ends_first, has_width, worst_at_expiration
from tests.domain.given import GOOG, SESSION, legs, option

OPTIONS = st.builds(
    OptionContract,
    spec=st.just(GOOG),
    expiration=st.just(SESSION.day),
    right=st.sampled_from(Right),
    strike=st.decimals(min_value=1, max_value=900, places=1),
)
LEGS = st.lists(
    st.builds(Leg, OPTIONS, st.integers(-3, 3).filter(bool)), min_size=1, max_size=4
).map(tuple)


def money(text: str | None) -> Decimal | None:
    return None if text is None else Decimal(text)


@pytest.mark.parametrize(
    ("held", "worst", "best"),
    [
        pytest.param(("-1 750P", "+1 745P"), "-5", "0", id="short vertical: its width"),
        pytest.param(("+1 750P", "-1 745P"), "0", "5", id="long vertical: nothing to lose"),
        pytest.param(("-1 750C", "+1 755C"), "-5", "0", id="short call vertical"),
        pytest.param(
            ("+1 735P", "-1 740P", "-1 760C", "+1 770C"), "-10", "0", id="iron condor: wider wing"
        ),
        pytest.param(("+1 740C", "-2 750C", "+1 760C"), "0", "10", id="butterfly"),
        pytest.param(("-1 740C", "+2 750C", "-1 760C"), "-10", "0", id="short butterfly"),
        pytest.param(
            ("+1 740C", "-1 750C", "+1 750P", "-1 740P"), "10", "10", id="box: what it is worth"
        ),
        pytest.param(("+1 740C", "-2 750C", "+1 765C"), "-5", "10", id="broken-wing butterfly"),
        pytest.param(("+2 745P", "-1 750P"), "-5", "740", id="put backspread"),
        pytest.param(("+1 745P", "-2 750P"), "-755", "0", id="put ratio: down to zero"),
        pytest.param(("+1 740C", "-2 750C"), None, "10", id="call ratio: no bound above"),
        pytest.param(("-1 750C",), None, "0", id="naked call"),
        pytest.param(("+1 750C",), "0", None, id="long call"),
        pytest.param(("-1 750P",), "-750", "0", id="naked put: the strike"),
        pytest.param(("-1 740P", "-1 760C"), None, "0", id="strangle"),
        pytest.param(("+100 shares", "-1 750C"), "0", "750", id="covered call"),
        pytest.param(("-100 shares",), None, "0", id="short shares"),
        pytest.param((), "0", "0", id="nothing"),
    ],
)
def test_extremes(held: tuple[str, ...], worst: str | None, best: str | None) -> None:
    """The worst and the best case lie at zero, at a strike, or nowhere."""
    assert money(worst) == worst_at_expiration(legs(*held))
    assert money(best) == best_at_expiration(legs(*held))


@pytest.mark.parametrize(
    ("held", "worst", "best"),
    [
        pytest.param(("-1 750C", "+1 750C 160115"), "0", None, id="calendar"),
        pytest.param(("-1 750C", "+1 755C 160115"), "-5", None, id="diagonal"),
        pytest.param(("+1 750C", "-1 750C 160115"), None, "0", id="a short that lives on"),
        pytest.param(
            ("-1 SPXW 4445P 230630", "+1 SPXW 4445P 230731"),
            "-4445",
            None,
            id="a European long is sure of nothing",
        ),
        pytest.param(
            ("-1 SPX 4445C 230630", "+1 SPXW 4445C 230630"),
            None,
            None,
            id="AM ends before PM of the same date",
        ),
    ],
)
def test_extremes_of_mixed_expirations(
    held: tuple[str, ...], worst: str | None, best: str | None
) -> None:
    """Only what is certain when the first leg ends is told."""
    assert money(worst) == worst_at_expiration(legs(*held))
    assert money(best) == best_at_expiration(legs(*held))


@given(held=LEGS, spot=st.decimals(min_value=0, max_value=5000, places=2))
def test_no_spot_beats_the_extremes(held: tuple[Leg, ...], spot: Decimal) -> None:
    """Whatever the spot, the value lies between worst and best."""
    value = sum(
        leg.quantity * leg.instrument.intrinsic(spot)
        for leg in held
        if isinstance(leg.instrument, OptionContract)
    )
    worst, best = worst_at_expiration(held), best_at_expiration(held)

    assert worst is None or worst <= value
    assert best is None or value <= best


@given(held=LEGS)
def test_no_bound_means_a_slope(held: tuple[Leg, ...]) -> None:
    """Only calls that are short on balance have no worst case."""
    calls = sum(
        leg.quantity
        for leg in held
        if isinstance(leg.instrument, OptionContract) and leg.instrument.right is Right.CALL
    )

    assert (calls < 0) is (worst_at_expiration(held) is None)
    assert (calls > 0) is (best_at_expiration(held) is None)


@pytest.mark.parametrize(
    ("held", "expected"),
    [
        pytest.param(("-1 750P", "+1 745P"), True, id="short vertical"),
        pytest.param(("+1 750P", "-1 745P"), True, id="long vertical"),
        pytest.param(("+1 735P", "-1 740P", "-1 760C", "+1 770C"), True, id="iron condor"),
        pytest.param(("+2 745P", "-1 750P"), True, id="backspread"),
        pytest.param(("-1 750C", "+1 755C 160115"), True, id="diagonal of American options"),
        pytest.param(("-1 SPXW 4445C", "+1 SPXW 4445C 160115"), False, id="European calendar"),
        pytest.param(("+1 745P", "-2 750P"), False, id="put ratio"),
        pytest.param(("+1 740C", "-1 740P"), False, id="synthetic shares"),
        pytest.param(("-1 740P", "-1 760C"), False, id="short strangle"),
        pytest.param(("+1 740P", "+1 760C"), False, id="long strangle"),
        pytest.param(("-1 750P",), False, id="single leg"),
    ],
)
def test_width(held: tuple[str, ...], *, expected: bool) -> None:
    """A spread has a width where longs stand against shorts and no right is short."""
    assert expected is has_width(legs(*held))


def test_ends_first() -> None:
    """Of two dates the earlier ends first, of one date the AM-settled."""
    held = legs("+1 SPXW 4445C 230630", "-1 SPX 4445C 230630", "+1 SPX 4450C 230731")

    assert (option("SPX 4445C 230630"),) == ends_first(held)
    assert () == ends_first(legs("+100 shares"))
