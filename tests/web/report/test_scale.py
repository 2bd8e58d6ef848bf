"""Scales are honest, and labels keep apart."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from botd.web.report.scale import PriceScale, TimeScale, keep_apart, round_step, rows_of

NOON = datetime(2015, 12, 24, 17, 0, tzinfo=UTC)


def test_prices_stand_in_proportion() -> None:
    """The ends are at the ends, the middle in the middle; up is less on a screen."""
    scale = PriceScale(Decimal(10), Decimal(20), 100, 0)

    assert [100, 50, 0] == [scale.at(Decimal(price)) for price in (10, 15, 20)]
    assert [False, True, True, False] == [
        scale.holds(Decimal(price)) for price in ("9.99", "10", "20", "20.01")
    ]


@pytest.mark.parametrize(
    ("low", "high", "about", "expected"),
    [
        pytest.param("0", "10", 5, "0 2 4 6 8 10", id="both ends are round"),
        pytest.param("0.11", "0.29", 5, "0.15 0.20 0.25", id="nickels"),
        pytest.param("-0.91", "-0.59", 4, "-0.9 -0.8 -0.7 -0.6", id="debits"),
        pytest.param("-0.03", "0.03", 3, "-0.02 0.00 0.02", id="across zero"),
        pytest.param("744.4", "753.1", 6, "746 748 750 752", id="a stock"),
    ],
)
def test_price_ticks(low: str, high: str, about: int, expected: str) -> None:
    """Ticks are round prices inside the picture."""
    scale = PriceScale(Decimal(low), Decimal(high), 100, 0)

    assert [Decimal(text) for text in expected.split()] == list(scale.ticks(about))


@pytest.mark.parametrize(
    ("at_least", "expected"),
    [
        pytest.param("0.01", "0.01", id="a round one stays"),
        pytest.param("0.011", "0.02", id="a little more is the next"),
        pytest.param("3", "5", id="fives"),
        pytest.param("5.1", "10", id="the next power"),
    ],
)
def test_round_step(at_least: str, expected: str) -> None:
    """Steps are one, two or five times a power of ten."""
    assert Decimal(expected) == round_step(Decimal(at_least))


@pytest.mark.parametrize(
    ("start", "seconds", "expected"),
    [
        pytest.param("17:00:00", 60, "17:00:00 17:00:15 17:00:30 17:00:45 17:01:00", id="ends too"),
        pytest.param("16:59:58.5", 64, "17:00:00 17:00:30 17:01:00", id="whole seconds"),
        pytest.param("16:59:00", 330, "17:00:00 17:02:00 17:04:00", id="minutes"),
    ],
)
def test_time_ticks(start: str, seconds: int, expected: str) -> None:
    """Ticks are round instants inside the picture."""
    begin = datetime.fromisoformat(f"2015-12-24T{start}+00:00")
    scale = TimeScale(begin, begin + timedelta(seconds=seconds), 0, 100)

    assert expected.split() == [f"{at:%H:%M:%S}" for at in scale.ticks(4)]


def test_more_than_the_longest_step() -> None:
    """A picture of many days still gets ticks."""
    assert 12 == len(TimeScale(NOON, NOON + timedelta(days=2), 0, 1).ticks(4))


def test_instants_stand_in_proportion() -> None:
    """The picture's ends belong to it."""
    scale = TimeScale(NOON, NOON + timedelta(minutes=10), 0, 200)

    assert 100 == scale.at(NOON + timedelta(minutes=5))
    assert scale.holds(NOON)
    assert scale.holds(NOON + timedelta(minutes=10))
    assert not scale.holds(NOON + timedelta(minutes=10, microseconds=1))


@given(st.lists(st.floats(0, 300), max_size=20).map(sorted))
def test_labels_keep_apart(wanted: list[float]) -> None:
    """Labels stay in order, at least a gap apart, and inside while there is room."""
    placed = keep_apart(wanted, 15, 0, 300)

    assert len(wanted) == len(placed)
    assert all(after - before >= 15 - 1e-6 for before, after in pairwise(placed))
    assert all(-1e-6 <= y <= 300 for y in placed)


def test_labels_with_room_stay() -> None:
    """What is apart is not moved."""
    assert (10, 40, 80) == keep_apart([10, 40, 80], 15, 0, 100)


@given(st.lists(st.tuples(st.floats(0, 300), st.floats(1, 90)), max_size=12))
def test_rows_keep_labels_off_stems(spans: list[tuple[float, float]]) -> None:
    """A label lies below every earlier one that reaches its stem."""
    placed = sorted((left, left + width) for left, width in spans)
    rows = rows_of(placed)

    for later in range(len(placed)):
        for earlier in range(later):
            if placed[earlier][1] > placed[later][0]:
                assert rows[earlier] < rows[later]
