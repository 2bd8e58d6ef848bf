from datetime import timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from botd.domain.budget import (
    Capacity,
    capacity,
    danger,
    orders_per_minute,
    poll_every,
    reads_per_minute,
    requests_for_steps,
    steps_allowed,
)
from botd.domain.contract import option_legs
from tests.domain.given import judged, legs

FIVE_MINUTES = timedelta(minutes=5)


@pytest.mark.parametrize(
    ("rate", "reads", "orders", "poll_seconds"),
    [
        pytest.param(1000, 70, 315, 1, id="a second is often enough"),
        pytest.param(200, 70, 35, 1, id="two hundred leave room for thirty-five"),
        pytest.param(120, 42, 21, Decimal(60) / 36, id="every other second or so"),
        pytest.param(60, 21, 10, Decimal(60) / 18, id="a slow broker is asked less often"),
        pytest.param(10, 3, 2, 30, id="ten a minute"),
        pytest.param(1, 1, 1, 60, id="never less than one of each"),
        pytest.param(0, 1, 1, 60, id="nor from nothing"),
    ],
)
def test_a_minute(rate: int, reads: int, orders: int, poll_seconds: Decimal) -> None:
    """Reads take a third of the rate at most, and each order may need its cancel."""
    expected = timedelta(seconds=float(poll_seconds))

    assert (reads, orders) == (reads_per_minute(rate), orders_per_minute(rate))
    assert abs(expected - poll_every(rate)) < timedelta(milliseconds=1)


def test_broker_without_a_limit_is_polled_each_second() -> None:
    """A second is as often as anybody is asked."""
    assert timedelta(seconds=1) == poll_every(None)


@pytest.mark.parametrize(
    ("rate", "available", "expected"),
    [
        pytest.param(200, FIVE_MINUTES, 350, id="70 percent less polls and quotes"),
        pytest.param(200, timedelta(seconds=30), 35, id="half a minute"),
        pytest.param(1, FIVE_MINUTES, 0, id="reads take more than all"),
        pytest.param(200, timedelta(seconds=-1), 0, id="no time"),
        pytest.param(123, timedelta(seconds=7), 5, id="rounded down"),
    ],
)
def test_requests(rate: int, available: timedelta, expected: int) -> None:
    """Steps may spend 70 percent of the rate, less polls and reads."""
    assert expected == requests_for_steps(rate, available)


@pytest.mark.parametrize(
    ("positions", "rate", "expected"),
    [
        pytest.param(1, 200, 4, id="at most the mode's"),
        pytest.param(43, 200, 4, id="just enough for all four"),
        pytest.param(44, 200, 3, id="one position more"),
        pytest.param(87, 200, 2, id="two each"),
        pytest.param(500, 200, 1, id="at least the final price"),
        pytest.param(500, None, 4, id="no limit"),
        pytest.param(0, 200, 4, id="no position"),
    ],
)
def test_steps(positions: int, rate: int | None, expected: int) -> None:
    """The budget of five minutes at 200 a minute is 350 requests, two to a step."""
    assert expected == steps_allowed(4, rate, FIVE_MINUTES, positions)


@pytest.mark.parametrize(
    ("positions", "rate", "expected", "fits"),
    [
        pytest.param(43, 200, Capacity(43, 43, 4), True, id="all four steps"),
        pytest.param(175, 200, Capacity(175, 175, 1), True, id="the final price for each"),
        pytest.param(176, 200, Capacity(176, 175, 1), False, id="one too many"),
        pytest.param(201, None, Capacity(201, 201, 4), True, id="no limit"),
        pytest.param(0, 200, Capacity(0, 0, 4), True, id="nothing to do"),
    ],
)
def test_capacity(positions: int, rate: int | None, expected: Capacity, *, fits: bool) -> None:
    """The budget says how many positions get at least their final price."""
    found = capacity(positions, 4, rate, FIVE_MINUTES)

    assert expected == found
    assert fits is found.fits


@given(
    mode_steps=st.integers(1, 5),
    rate=st.integers(0, 1000),
    seconds=st.integers(0, 600),
    positions=st.integers(1, 500),
)
def test_budget_is_kept(mode_steps: int, rate: int, seconds: int, positions: int) -> None:
    """Who is served costs no more requests than there are, and gets one step at the least."""
    available = timedelta(seconds=seconds)
    budget = requests_for_steps(rate, available)
    found = capacity(positions, mode_steps, rate, available)

    assert 1 <= found.steps <= mode_steps
    assert 2 * found.served * found.steps <= budget


@pytest.mark.parametrize(
    ("held", "states", "units", "expected"),
    [
        pytest.param(("-1 750P",), "ITM", 2, (0, "-150000"), id="short in the money"),
        pytest.param(("-1 750P", "+1 755P"), "ITM ITM", 1, (0, "-75000"), id="its hedge aside"),
        pytest.param(("-1 750P", "-2 740C"), "ITM ITM", 1, (0, "-223000"), id="two shorts"),
        pytest.param(("-1 750P",), "ATM", 1, (1, "-75000"), id="short at the strike"),
        pytest.param(("-1 750P",), "UNKNOWN", 1, (1, "-75000"), id="short unknown"),
        pytest.param(("+1 750P",), "ITM", 1, (2, "-75000"), id="long in the money"),
        pytest.param(("-1 750P",), "OTM", 1, (3, "0"), id="out of the money"),
        pytest.param(("-1 SPXW 740C",), "ITM", 1, (0, "-1000"), id="cash: what it settles at"),
    ],
)
def test_danger(held: tuple[str, ...], states: str, units: int, expected: tuple[int, str]) -> None:
    """Danger is what an assignment would move; the most dangerous sorts first."""
    seen = tuple(
        judged(leg, state, spot="750")
        for leg, state in zip(legs(*held), states.split(), strict=True)
    )

    assert (expected[0], Decimal(expected[1])) == danger(legs(*held), units, seen)


def test_cash_of_unknown_worth_counts_as_shares() -> None:
    """Without a spot a cash-settled short is ranked by its strike."""
    held = legs("-1 SPXW 740C")

    assert (1, Decimal(-74000)) == danger(held, 1, (judged(held[0], "UNKNOWN"),))


def test_legs_that_live_on_are_no_danger() -> None:
    """Only judged legs count: the later leg of a calendar does not end today."""
    held = legs("-1 750P 160115", "+1 750P")
    assert 2 == len(option_legs(held))

    assert (3, Decimal(0)) == danger(held, 1, (judged(held[1], "OTM"),))


def test_most_dangerous_first() -> None:
    """Sorted by danger, the largest short in the money leads."""
    small, large, unknown = legs("-1 20P"), legs("-1 750P"), legs("-1 900P")
    ranked = sorted(
        [
            ("unknown", danger(unknown, 1, (judged(unknown[0], "UNKNOWN"),))),
            ("small", danger(small, 1, (judged(small[0], "ITM"),))),
            ("large", danger(large, 1, (judged(large[0], "ITM"),))),
        ],
        key=lambda one: one[1],
    )

    assert ["large", "small", "unknown"] == [name for name, _ in ranked]
