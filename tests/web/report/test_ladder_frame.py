"""A ladder's picture shows what matters, and says what it leaves out."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from botd.domain.orders import OrderStatus
from botd.web.report.data import PackagePoint, ReportPosition
from botd.web.report.ladder_frame import price_range, window_of
from tests.web.report import demo

LEGS = (demo.option("750P", -1),)
HELD = demo.position(1, LEGS, strategy="short put")


def walk(*prices: str, cap: str | None = None) -> ReportPosition:
    """Make a position whose T-10 walked through some prices."""
    steps = [
        demo.order(demo.T10, step, price, OrderStatus.SUPERSEDED, after=10 * step - 9, cap=cap)
        for step, price in enumerate(prices, start=1)
    ]
    tried = demo.attempt("T-10", "close", "unfilled", *steps)
    return ReportPosition(HELD, None, pnl_complete=False, attempts=(tried,))


def quoted(entry: ReportPosition, *sides: tuple[str, str]) -> ReportPosition:
    """Add quotes, ten seconds apart from the attempt's instant."""
    points = tuple(
        PackagePoint(demo.T10 + timedelta(seconds=10 * index), Decimal(bid), Decimal(ask))
        for index, (bid, ask) in enumerate(sides)
    )
    return replace(entry, market=points)


def shown(entry: ReportPosition) -> tuple[Decimal, Decimal]:
    """Give the prices shown, and fail where there are none."""
    prices = price_range(entry)
    assert prices is not None
    return prices.low, prices.high


def test_without_any_price_there_is_no_picture() -> None:
    """A market order that was not filled, and no quote: nothing to draw."""
    order = demo.order(demo.T10, 1, None, OrderStatus.CANCELED, after=1, cap=None)
    tried = demo.attempt("T-10", "close", "unfilled", order)

    assert None is price_range(ReportPosition(HELD, None, pnl_complete=False, attempts=(tried,)))


def test_own_prices_and_market_are_shown() -> None:
    """The whole ladder and the quotes around it are inside."""
    low, high = shown(quoted(walk("-0.70", "-0.90"), ("-0.95", "-0.45")))

    assert low < Decimal("-0.95")
    assert high > Decimal("-0.45")


@pytest.mark.parametrize(
    ("sides", "is_inside"),
    [
        pytest.param(("-0.95", "-0.10"), True, id="three ladder heights away"),
        pytest.param(("-0.95", "-0.09"), False, id="a cent more"),
    ],
)
def test_one_absurd_quote_does_not_press_the_ladder_flat(
    sides: tuple[str, str], *, is_inside: bool
) -> None:
    """Quotes far beyond the ladder stay outside."""
    _, high = shown(quoted(walk("-0.70", "-0.90"), ("-0.85", "-0.75"), sides))

    assert is_inside is (high >= Decimal(sides[1]))


@pytest.mark.parametrize(
    ("cap", "is_inside"),
    [
        pytest.param("-1.50", True, id="near"),
        pytest.param("-9.00", False, id="far"),
    ],
)
def test_a_far_cap_stays_outside(cap: str, *, is_inside: bool) -> None:
    """A cap far away would press the ladder flat."""
    low, _ = shown(walk("-0.70", "-0.90", cap=cap))

    assert is_inside is (low < Decimal(cap))


def test_quotes_alone_make_a_picture() -> None:
    """A market order is drawn against the quotes of its time, not of another hour."""
    order = demo.order(demo.T10, 1, None, OrderStatus.FILLED, after=1, cap=None)
    tried = demo.attempt("T-10", "close", "filled", order)
    entry = quoted(
        ReportPosition(HELD, None, pnl_complete=False, attempts=(tried,)), ("-0.9", "-0.6")
    )
    later = PackagePoint(demo.T10 + timedelta(minutes=4), Decimal(-7), None)

    low, high = shown(replace(entry, market=(*entry.market, later)))

    assert Decimal(-1) < low < Decimal("-0.9")
    assert Decimal("-0.6") < high < Decimal("-0.5")


def test_the_window_reaches_from_the_attempt_to_the_last_end() -> None:
    """At least a minute; a fill counts; what still works goes on to the bell."""
    short = demo.closed_at_second_step()
    still = demo.capped()

    first, last = window_of(short.attempts[0], short), window_of(still.attempts[-1], still)

    assert first.start < demo.T10
    assert timedelta(seconds=60) < first.end - first.start < timedelta(seconds=70)
    assert demo.CLOSES_AT < last.end < demo.CLOSES_AT + timedelta(seconds=10)


def test_an_order_without_end_of_a_calendar() -> None:
    """What is left of a calendar ends weeks later; its picture does not reach so far."""
    entry = demo.unknown_fate()
    later = demo.CLOSES_AT + timedelta(days=14)
    calendar = replace(entry, position=replace(entry.position, closes_at=later))

    window = window_of(calendar.attempts[0], calendar)

    assert timedelta(minutes=30) < window.end - window.start < timedelta(minutes=35)


def test_an_order_without_end_and_without_bell() -> None:
    """Where no close is known the window is that of what is known."""
    entry = demo.unknown_fate()
    endless = replace(entry, position=replace(entry.position, closes_at=None))

    window = window_of(endless.attempts[0], endless)

    assert window.end - window.start < timedelta(seconds=70)
