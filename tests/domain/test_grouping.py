from collections import Counter
from collections.abc import Iterable
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from botd.domain.contract import Instrument, Leg, OptionContract, Right, Shares, option_legs
from botd.domain.grouping import Group, Grouping, group
from botd.domain.label import short as named
from botd.domain.payoff import worst_at_expiration
from tests.domain.given import ADJUSTED, GOOG, SPX, SPXW, legs, option

HELD_BY_ROOT = (GOOG, SPXW, SPX, ADJUSTED)


def grouped(*names: str) -> Grouping:
    return group((leg.instrument, leg.quantity) for leg in legs(*names))


def told(found: Grouping) -> list[str]:
    """Write groups as `iron condor x2: +1 735P -1 740P -1 760C +1 765C`."""
    return [
        f"{one.strategy} x{one.units}: {' '.join(_told(leg) for leg in one.legs)}"
        for one in found.groups
    ]


def _told(leg: Leg) -> str:
    name = named(leg.instrument) if isinstance(leg.instrument, OptionContract) else "shares"
    return f"{leg.quantity:+d} {name}"


@pytest.mark.parametrize(
    ("held", "expected"),
    [
        pytest.param([], [], id="nothing"),
        pytest.param(["-3 750P"], ["short put x3: -1 750P"], id="a single leg"),
        pytest.param(
            ["+2 745P", "-2 750P"], ["vertical x2: +1 745P -1 750P"], id="a put credit spread"
        ),
        pytest.param(
            ["-1 760C", "+1 765C"], ["vertical x1: -1 760C +1 765C"], id="a call credit spread"
        ),
        pytest.param(
            ["+2 735P", "-2 740P", "-2 760C", "+2 765C"],
            ["iron condor x2: +1 735P -1 740P -1 760C +1 765C"],
            id="an iron condor, not two verticals",
        ),
        pytest.param(
            ["-1 735P", "+1 740P", "+1 760C", "-1 765C"],
            ["iron condor x1: -1 735P +1 740P +1 760C -1 765C"],
            id="a long iron condor",
        ),
        pytest.param(
            ["+1 740P", "-1 750P", "-1 750C", "+1 760C"],
            ["iron butterfly x1: +1 740P -1 750P -1 750C +1 760C"],
            id="an iron butterfly, not a straddle",
        ),
        pytest.param(
            ["+1 740C", "-2 745C", "+1 750C"],
            ["butterfly x1: +1 740C -2 745C +1 750C"],
            id="a butterfly",
        ),
        pytest.param(
            ["-1 740P", "+2 745P", "-1 755P"],
            ["butterfly x1: -1 740P +2 745P -1 755P"],
            id="a short butterfly with a broken wing",
        ),
        pytest.param(
            ["+1 740C", "-1 745C", "-1 750C", "+1 755C"],
            ["condor x1: +1 740C -1 745C -1 750C +1 755C"],
            id="a condor",
        ),
        pytest.param(
            ["+1 740C", "-1 750C", "-1 740P", "+1 750P"],
            ["box x1: -1 740P +1 740C +1 750P -1 750C"],
            id="a box",
        ),
        pytest.param(
            ["-1 750P", "-1 750C"], ["straddle x1: -1 750P -1 750C"], id="a short straddle"
        ),
        pytest.param(
            ["+1 740P", "+1 760C"], ["strangle x1: +1 740P +1 760C"], id="a long strangle"
        ),
        pytest.param(
            ["-1 760P", "-1 740C"],
            ["short call x1: -1 740C", "short put x1: -1 760P"],
            id="the put above the call is no strangle",
        ),
        pytest.param(
            ["-1 740P", "+1 760C"],
            ["short put x1: -1 740P", "long call x1: +1 760C"],
            id="a put and a call on different sides",
        ),
        pytest.param(
            ["-1 750P", "+1 750P 160115"], ["calendar x1: -1 750P +1 750P"], id="a calendar"
        ),
        pytest.param(
            ["-1 760C", "+1 740C 160115"], ["diagonal x1: -1 760C +1 740C"], id="a diagonal"
        ),
        pytest.param(
            ["+1 750P", "-1 750P 160115"],
            ["long put x1: +1 750P", "short put x1: -1 750P"],
            id="a long that ends first covers nothing",
        ),
        pytest.param(
            ["+200 shares", "-2 760C"], ["covered call x2: +100 shares -1 760C"], id="covered"
        ),
    ],
)
def test_strategies(held: list[str], expected: list[str]) -> None:
    """Each row is one strategy as a trader would name it."""
    assert expected == told(grouped(*held))


@pytest.mark.parametrize(
    ("held", "expected"),
    [
        pytest.param(
            ["+3 735P", "-3 740P", "-2 760C", "+2 765C"],
            [
                "vertical x1: +1 735P -1 740P",
                "iron condor x2: +1 735P -1 740P -1 760C +1 765C",
            ],
            id="an iron condor, and the vertical that is left",
        ),
        pytest.param(
            ["+1 745P", "-3 750P"],
            ["vertical x1: +1 745P -1 750P", "short put x2: -1 750P"],
            id="a ratio spread is a vertical and what is naked",
        ),
        pytest.param(
            ["-1 750P", "+1 745P", "+1 730P"],
            ["long put x1: +1 730P", "vertical x1: +1 745P -1 750P"],
            id="the nearest long covers",
        ),
        pytest.param(
            ["-1 750C", "+1 745C", "+1 755C"],
            ["vertical x1: +1 745C -1 750C", "long call x1: +1 755C"],
            id="as near, the one that loses nothing",
        ),
        pytest.param(
            ["-1 750C", "+1 760C", "-1 755C", "+1 765C"],
            ["vertical x1: -1 750C +1 760C", "vertical x1: -1 755C +1 765C"],
            id="equal widths, not five and fifteen",
        ),
        pytest.param(
            ["+1 700P", "-1 710P", "+1 735P", "-1 740P", "-1 760C", "+1 765C"],
            [
                "vertical x1: +1 700P -1 710P",
                "iron condor x1: +1 735P -1 740P -1 760C +1 765C",
            ],
            id="wings of one width make the condor",
        ),
        pytest.param(
            ["+100 shares", "-1 760C", "+1 765C", "-1 740C 160115"],
            ["vertical x1: -1 760C +1 765C", "covered call x1: +100 shares -1 740C"],
            id="options cover before shares do",
        ),
        pytest.param(
            ["+100 shares", "-1 760C 160115", "-1 770C"],
            ["covered call x1: +100 shares -1 770C", "short call x1: -1 760C"],
            id="shares cover the first call to end",
        ),
        pytest.param(
            ["+100 shares", "-1 760C", "+1 760C 160115"],
            ["covered call x1: +100 shares -1 760C", "long call x1: +1 760C"],
            id="shares cover before a later long does",
        ),
        pytest.param(
            ["-1 750P", "+1 750P 160115", "-1 750C", "+1 750C 160115"],
            ["calendar x1: -1 750P +1 750P", "calendar x1: -1 750C +1 750C"],
            id="two calendars, not two straddles",
        ),
        pytest.param(
            ["-1 750P", "+1 745P 160115", "+1 750P 160219"],
            ["calendar x1: -1 750P +1 750P", "long put x1: +1 745P"],
            id="the same strike before the nearer date",
        ),
        pytest.param(
            ["-1 735C", "+1 740C", "+1 760P", "-1 765P"],
            ["vertical x1: -1 735C +1 740C", "vertical x1: +1 760P -1 765P"],
            id="calls below puts are no iron condor",
        ),
        pytest.param(
            ["-2 750P", "-1 750C", "-1 760C"],
            ["straddle x1: -1 750P -1 750C", "strangle x1: -1 750P -1 760C"],
            id="a straddle before a strangle",
        ),
        pytest.param(
            ["-1 SPX 4440P", "+1 SPXW 4435P"],
            ["short put x1: -1 4440P", "long put x1: +1 4435P"],
            id="roots never meet",
        ),
        pytest.param(
            ["-1 GOOG1 760C", "+1 GOOG1 765C", "+100 shares"],
            ["short call x1: -1 760C", "long call x1: +1 765C"],
            id="an adjusted contract stays alone",
        ),
        pytest.param(
            ["-1 745P", "-1 740P", "+1 740P"], ["short put x1: -1 745P"], id="what nets out is gone"
        ),
    ],
)
def test_what_goes_first(held: list[str], expected: list[str]) -> None:
    """Each row could be grouped in another way."""
    assert expected == told(grouped(*held))


@pytest.mark.parametrize(
    ("held", "bare"),
    [
        pytest.param(["+250 shares", "-2 760C"], {"GOOG": 50}, id="fewer than a contract's"),
        pytest.param(["+99 shares", "-1 760C"], {"GOOG": 99}, id="one too few"),
        pytest.param(["-100 shares", "-1 760C"], {"GOOG": -100}, id="sold short"),
        pytest.param(["+100 shares", "-1 740P"], {"GOOG": 100}, id="a put needs none"),
        pytest.param(["+100 shares", "-1 GOOG1 760C"], {"GOOG": 100}, id="an adjusted call"),
        pytest.param(["+100 shares", "-1 760C"], {}, id="just enough"),
    ],
)
def test_bare_shares(held: list[str], bare: dict[str, int]) -> None:
    """Shares that cover no call belong to no group."""
    assert bare == grouped(*held).bare_shares


@pytest.mark.parametrize(
    ("held", "worst"),
    [
        pytest.param(["+2 745P", "-2 750P"], "-1000", id="two five wide"),
        pytest.param(["+1 735P", "-1 740P", "-1 760C", "+1 765C"], "-500", id="one side of two"),
        pytest.param(["-1 740C", "+1 750C", "+1 740P", "-1 750P"], "-1000", id="a short box"),
        pytest.param(["+1 740C", "-1 745C", "-1 750C", "+1 755C"], "0", id="a condor bought"),
        pytest.param(["-1 750P"], "-75000", id="a short put"),
        pytest.param(["-1 750C"], None, id="a naked call has no bound"),
    ],
)
def test_worst_case(held: list[str], worst: str | None) -> None:
    """As one package, the least that it is worth in dollars: no leg counts twice."""
    (only,) = grouped(*held).groups

    assert (None if worst is None else Decimal(worst)) == only.worst_case


_QUANTITIES = st.integers(-4, 4)
_OPTIONS: st.SearchStrategy[Instrument] = st.builds(
    lambda strike, right, day, spec: option(f"{strike}{right} {day}", spec),
    st.sampled_from([740, 745, 750, 755, 765]),
    st.sampled_from("CP"),
    st.sampled_from(["151224", "160115"]),
    st.sampled_from(HELD_BY_ROOT),
)
_HOLDINGS = st.tuples(
    st.dictionaries(_OPTIONS, _QUANTITIES, max_size=12), st.integers(-150, 450)
).map(lambda drawn: {**drawn[0], Shares("GOOG"): drawn[1]})


def total(found: Grouping) -> dict[Instrument, int]:
    """Add up what groups and bare shares hold."""
    sums: Counter[Instrument] = Counter()
    for one in found.groups:
        for leg in one.legs:
            sums[leg.instrument] += leg.quantity * one.units
    for ticker, quantity in found.bare_shares.items():
        sums[Shares(ticker)] += quantity
    return {instrument: quantity for instrument, quantity in sums.items() if quantity}


@given(held=_HOLDINGS)
def test_groups_hold_what_was_held(held: dict[Instrument, int]) -> None:
    """Nothing is lost, nothing is invented, and no group holds nothing."""
    found = group(held.items())

    assert {one: quantity for one, quantity in held.items() if quantity} == total(found)
    assert all(one.units > 0 and one.legs for one in found.groups)


@given(held=_HOLDINGS, data=st.data())
def test_the_order_does_not_matter(held: dict[Instrument, int], data: st.DataObject) -> None:
    """A broker lists its positions in any order; the groups are the same."""
    shuffled = data.draw(st.permutations(list(held.items())))

    assert group(held.items()) == group(shuffled)


@given(held=_HOLDINGS)
def test_groups_are_strategies(held: dict[Instrument, int]) -> None:
    """Each has a name, legs of one root, and no more than four of them."""
    for one in group(held.items()).groups:
        roots = {contract.spec for contract, _ in option_legs(one.legs)}

        assert 1 == len(roots)
        assert len(one.legs) <= 4
        assert "custom" != one.strategy


@given(held=_HOLDINGS)
def test_shorts_are_covered_where_they_can_be(held: dict[Instrument, int]) -> None:
    """No short of an expiration stays naked while a long of its right and root is alone."""
    alone = [one for one in group(held.items()).groups if _is_alone(one)]
    sides: dict[tuple[object, ...], set[bool]] = {}
    for leg in (leg for one in alone for leg in one.legs):
        contract = leg.instrument
        assert isinstance(contract, OptionContract)
        if not contract.spec.is_adjusted:
            series = (contract.spec, contract.expiration, contract.right)
            sides.setdefault(series, set()).add(leg.quantity > 0)

    assert [] == [series for series, both in sides.items() if len(both) > 1]


@given(held=_HOLDINGS)
def test_packages_are_no_worse_than_their_verticals(held: dict[Instrument, int]) -> None:
    """Two verticals in one package lose no more together than they would apart."""
    for one in group(held.items()).groups:
        if len(one.legs) < 3:
            continue
        apart = [worst_at_expiration(side) for side in _verticals_of(one)]
        together = worst_at_expiration(one.legs)

        assert together is not None
        assert together >= sum((worst for worst in apart if worst is not None), Decimal(0))


def _is_alone(one: Group) -> bool:
    """Whether no leg of it covers another: a single leg, a straddle, a strangle."""
    return len({leg.quantity > 0 for leg in one.legs}) == 1


def _verticals_of(one: Group) -> Iterable[tuple[Leg, ...]]:
    """Part a package into its verticals again."""
    contracts = [
        (leg.instrument, leg.quantity // abs(leg.quantity))
        for leg in one.legs
        for _ in range(abs(leg.quantity))
        if isinstance(leg.instrument, OptionContract)
    ]
    rights = {contract.right for contract, _ in contracts}
    by_right = [[each for each in contracts if each[0].right is right] for right in Right]
    sides = by_right if len(rights) > 1 else [contracts[:2], contracts[2:]]
    return [tuple(Leg(contract, quantity) for contract, quantity in side) for side in sides]
