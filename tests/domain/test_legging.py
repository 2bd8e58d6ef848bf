from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from botd.domain.contract import Leg, OptionContract
from botd.domain.decision import Moneyness
from botd.domain.legging import has_bid, shorts_alone, without_worthless
from botd.domain.quote import Quote
from tests.domain.given import SESSION, by_symbol, legs, quote

ITM, ATM, OTM, UNKNOWN = Moneyness.ITM, Moneyness.ATM, Moneyness.OTM, Moneyness.UNKNOWN


def states(held: tuple[Leg, ...], *given: Moneyness) -> dict[Leg, Moneyness]:
    """Pair legs with their states; a leg beyond the given states lives on."""
    return dict(zip(held, given, strict=False))


@pytest.mark.parametrize(
    ("held", "given", "quotes", "kept"),
    [
        pytest.param(
            legs("-1 750P", "+1 745P"),
            (ITM, OTM),
            (quote("745P", None, "0.10"),),
            legs("-1 750P"),
            id="a worthless long is left out",
        ),
        pytest.param(
            legs("-1 750P", "+1 745P"),
            (ITM, OTM),
            (quote("745P", "0.05", "0.10"),),
            legs("-1 750P", "+1 745P"),
            id="a bid keeps it",
        ),
        pytest.param(
            legs("-1 750P", "+1 755P"),
            (ITM, ITM),
            (),
            legs("-1 750P", "+1 755P"),
            id="a long in the money stays",
        ),
        pytest.param(
            legs("-1 750P", "+1 745P"),
            (ITM, UNKNOWN),
            (),
            legs("-1 750P", "+1 745P"),
            id="unknown is not out of the money",
        ),
        pytest.param(
            legs("-1 750P", "+1 749.62P"),
            (ITM, ATM),
            (),
            legs("-1 750P", "+1 749.62P"),
            id="at the strike is not out of the money",
        ),
        pytest.param(
            legs("-1 750P", "-1 745P"),
            (ITM, OTM),
            (),
            legs("-1 750P", "-1 745P"),
            id="a short is never left out",
        ),
        pytest.param(
            legs("-1 750P", "+1 745P 160115"),
            (ITM,),
            (),
            legs("-1 750P", "+1 745P 160115"),
            id="a long that lives on stays",
        ),
    ],
)
def test_worthless_longs_are_left_out(
    held: tuple[Leg, ...],
    given: tuple[Moneyness, ...],
    quotes: tuple[Quote, ...],
    kept: tuple[Leg, ...],
) -> None:
    """Only long legs that end worthless, and that nobody bids for, stay behind."""
    assert kept == without_worthless(held, states(held, *given).get, by_symbol(*quotes), SESSION)


@pytest.mark.parametrize(
    ("held", "given", "expected"),
    [
        pytest.param(
            legs("-1 750P", "+1 745P"), (ITM, OTM), legs("-1 750P"), id="the short of a vertical"
        ),
        pytest.param(
            legs("+1 735P", "-1 740P", "-1 745C", "+1 760C"),
            (OTM, OTM, ITM, OTM),
            legs("-1 745C"),
            id="the threatened short of a condor",
        ),
        pytest.param(legs("-1 750P", "+1 755P"), (ITM, ITM), (), id="a long in the money hedges"),
        pytest.param(legs("-1 750P", "+1 745P"), (ITM, UNKNOWN), (), id="a long that may be"),
        pytest.param(legs("-1 750P", "+1 745P"), (OTM, OTM), (), id="nothing threatens"),
        pytest.param(legs("-1 750P"), (ITM,), (), id="nothing would be left out"),
        pytest.param(legs("-1 750P", "-1 740C"), (ITM, ITM), (), id="both shorts are the package"),
        pytest.param(
            legs("-1 750P", "+1 750P 160115"), (ITM,), legs("-1 750P"), id="a long that lives on"
        ),
    ],
)
def test_shorts_alone(
    held: tuple[Leg, ...], given: tuple[Moneyness, ...], expected: tuple[Leg, ...]
) -> None:
    """Shorts go alone only where no long that ends now may be in the money."""
    found = shorts_alone(held, states(held, *given).get, {ITM, UNKNOWN}.__contains__)

    assert expected == found
    assert all(isinstance(leg.instrument, OptionContract) and leg.quantity < 0 for leg in found)


@pytest.mark.parametrize(
    ("seen", "expected"),
    [
        pytest.param(quote("745P", "0.01", "0.05"), True, id="a penny"),
        pytest.param(quote("745P", "0.01", "0.05", age=3600), True, id="an hour ago"),
        pytest.param(quote("745P", "0", "0.05"), False, id="zero is no bid"),
        pytest.param(quote("745P", None, "0.05"), False, id="no bid"),
        pytest.param(None, False, id="no quote"),
    ],
)
def test_bid(seen: Quote | None, *, expected: bool) -> None:
    """A bid is somebody's offer to pay, in this session."""
    assert expected is has_bid(seen, SESSION)


@pytest.mark.parametrize(
    ("bid_at", "expected"),
    [
        pytest.param(SESSION.opens_at, True, id="at the opening"),
        pytest.param(SESSION.opens_at - timedelta(seconds=1), False, id="before it"),
        pytest.param(SESSION.closes_at, True, id="at the close"),
        pytest.param(SESSION.closes_at + timedelta(seconds=1), False, id="after it"),
    ],
)
def test_bid_is_of_this_session(bid_at: datetime, *, expected: bool) -> None:
    """A bid that was carried over from another session is none."""
    assert expected is has_bid(replace(quote("745P", "1", "2"), bid_at=bid_at), SESSION)
