from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from botd.domain.allocation import allocate
from botd.domain.contract import Leg
from botd.domain.orders import Holding
from botd.domain.position import Management, Position
from tests.domain.book import OPENED_AT, call, position_of, put

SHORT = Leg(put("740"), -1)
LONG = Leg(put("740"), 1)
OTHER = Leg(call("760"), -1)
SYMBOL = SHORT.symbol


def position(name: str, units: int, *, age: int = 0, leg: Leg = SHORT) -> Position:
    return position_of(leg, units=units, id=name, opened_at=OPENED_AT - timedelta(days=age))


def manual(held: Position) -> Position:
    return replace(held, managed_by=Management.MANUAL)


@pytest.mark.parametrize(
    ("quantity", "dealt"),
    [
        pytest.param(-6, {"old": -2, "new": -3}, id="more than claimed: only ours"),
        pytest.param(-5, {"old": -2, "new": -3}, id="just enough"),
        pytest.param(-4, {"old": -2, "new": -2}, id="the oldest is served first"),
        pytest.param(-1, {"old": -1, "new": 0}, id="less than the oldest expects"),
        pytest.param(0, {"old": 0, "new": 0}, id="nothing"),
        pytest.param(2, {"old": 0, "new": 0}, id="the other sign is nobody's"),
    ],
)
def test_oldest_first(quantity: int, dealt: dict[str, int]) -> None:
    """What the account holds goes to the oldest first, and to each no more than its own."""
    allocation = allocate(
        [position("new", 3), position("old", 2, age=1)],
        [Holding(SYMBOL, quantity)],
    )

    assert dealt == {name: held[SYMBOL] for name, held in allocation.held.items()}


def test_a_persons_position_comes_before_older_ones() -> None:
    """A person may have orders of their own for it: they get what they expect."""
    allocation = allocate(
        [position("old", 2, age=9), manual(position("taken", 2))],
        [Holding(SYMBOL, -3)],
    )

    assert -2 == allocation.held["taken"][SYMBOL]
    assert {SYMBOL: -1} == allocation.missing("old")
    assert {} == allocation.missing("taken")


def test_opposite_signs_net() -> None:
    """One position short and another long of a contract: the account cannot tell them apart."""
    allocation = allocate(
        [position("short", 2), position("long", 1, leg=LONG)],
        [Holding(SYMBOL, -1)],
    )

    assert frozenset({SYMBOL}) == allocation.netted
    assert {"short": 0, "long": 0} == {name: held[SYMBOL] for name, held in allocation.held.items()}
    assert 0 == allocation.spare(SYMBOL)


@pytest.mark.parametrize(
    ("quantity", "is_contested"),
    [
        pytest.param(-2, False, id="enough for both"),
        pytest.param(-1, True, id="whose is the one?"),
        pytest.param(0, False, id="both have lost it"),
    ],
)
def test_contested(quantity: int, is_contested: bool) -> None:  # noqa: FBT001 - a table
    """A contract of two positions that holds out for one of them is contested."""
    allocation = allocate([position("a", 1), position("b", 1)], [Holding(SYMBOL, quantity)])

    assert is_contested == (SYMBOL in allocation.contested)


def test_one_position_contests_nothing() -> None:
    """What one position alone lacks, it has lost."""
    allocation = allocate([position("a", 2), position("b", 1, leg=OTHER)], [Holding(SYMBOL, -1)])

    assert frozenset() == allocation.contested


@pytest.mark.parametrize(
    ("quantity", "expected"),
    [pytest.param(1, True, id="long where we are short"), pytest.param(0, False, id="nothing")],
)
def test_opposite(quantity: int, expected: bool) -> None:  # noqa: FBT001 - a table
    """Nothing held is no other sign."""
    allocation = allocate([position("a", 1)], [Holding(SYMBOL, quantity)])

    assert expected == allocation.is_opposite(SYMBOL, -1)


def test_spare_is_what_the_ledger_does_not_know() -> None:
    """Holdings reported in two rows are added up."""
    allocation = allocate([position("a", 1)], [Holding(SYMBOL, -1), Holding(SYMBOL, -2)])

    assert (-2, 0) == (allocation.spare(SYMBOL), allocation.spare("SPY"))


LEGS = [SHORT, LONG, OTHER]


@given(
    book=st.lists(
        st.tuples(st.sampled_from(LEGS), st.integers(1, 5), st.integers(0, 3), st.booleans()),
        max_size=8,
    ),
    account=st.dictionaries(st.sampled_from([SYMBOL, OTHER.symbol]), st.integers(-12, 12)),
)
def test_nobody_gets_more_than_there_is(
    book: list[tuple[Leg, int, int, bool]],
    account: dict[str, int],
) -> None:
    """The parts never exceed what is held, nor what each expects, nor turn its sign."""
    positions = [
        position(f"p{number}", units, age=age, leg=leg)
        for number, (leg, units, age, _) in enumerate(book)
    ]
    positions = [
        manual(each) if is_manual else each
        for each, (*_, is_manual) in zip(positions, book, strict=True)
    ]

    allocation = allocate(positions, [Holding(s, count) for s, count in account.items()])

    for symbol in {SYMBOL, OTHER.symbol}:
        parts = [held.get(symbol, 0) for held in allocation.held.values()]
        assert sum(abs(part) for part in parts) <= abs(account.get(symbol, 0))
    for name, wanted in allocation.expected.items():
        for symbol, count in wanted.items():
            part = allocation.held[name][symbol]
            assert min(0, count) <= part <= max(0, count)
