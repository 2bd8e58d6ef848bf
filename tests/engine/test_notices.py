"""What people are told, in the words of a trader."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from botd.domain.position import Management, Policy, Status
from botd.domain.quote import LastTrade, MarketView, Quote
from botd.engine import notices
from botd.engine.overnight import newest_price
from tests.engine.given import position
from tests.engine.market import instant

NOW = instant("17:50")
PUT = position("p", "-1 750P", units=2)


def view(
    trade: str | None = None, bid: str | None = None, ask: str | None = None, newer: str = "quote"
) -> MarketView:
    """Show GOOG's last trade, and its quote, one a minute older than the other."""
    trade_at = NOW if newer == "trade" else NOW - timedelta(minutes=1)
    quote_at = NOW - timedelta(minutes=1) if newer == "trade" else NOW
    trades = {} if trade is None else {"GOOG": LastTrade("GOOG", Decimal(trade), trade_at)}
    sides = [None if side is None else Decimal(side) for side in (bid, ask)]
    is_quoted = bid is not None or ask is not None
    quotes = {"GOOG": Quote("GOOG", sides[0], sides[1], quote_at)} if is_quoted else {}
    return MarketView(NOW, {}, quotes, trades)


@pytest.mark.parametrize(
    ("shown", "spot", "newest"),
    [
        pytest.param(view("748"), "748", "748", id="a trade"),
        pytest.param(view(None, "747", "749"), "748", "748", id="a quote's mid"),
        pytest.param(view("740", "747", "749"), "740", "748", id="the newer one after hours"),
        pytest.param(view("740", "747", "749", "trade"), "740", "740", id="a newer trade"),
        pytest.param(view(None, "747", None), None, None, id="half a quote"),
        pytest.param(view(), None, None, id="nothing"),
    ],
)
def test_spot(shown: MarketView, spot: str | None, newest: str | None) -> None:
    """By day the trade, after hours what is newer."""
    assert (spot and Decimal(spot)) == notices.spot_of(shown, "GOOG")
    assert (newest and Decimal(newest)) == newest_price(shown, "GOOG")


def test_no_view_has_no_spot() -> None:
    """Nothing was read yet."""
    assert notices.spot_of(None, "GOOG") is None


@pytest.mark.parametrize(
    ("held", "spot", "expected"),
    [
        pytest.param("-1 750P", "748.90", "ITM 1.10 at 748.90", id="in the money"),
        pytest.param("-1 750P", "757.5", "1.0 % away at 757.5", id="out of it"),
        pytest.param("-1 750P", None, "spot unknown", id="unknown"),
        pytest.param("+100 shares", "748", "spot 748", id="shares alone"),
    ],
)
def test_standing(held: str, spot: str | None, expected: str) -> None:
    """How far the nearest leg is."""
    found = position("p", held)

    assert expected == notices.standing(found, None if spot is None else Decimal(spot))


@pytest.mark.parametrize(
    ("seconds", "expected"),
    [
        pytest.param(59, "59 s", id="under a minute"),
        pytest.param(60, "1 min", id="a minute"),
        pytest.param(599, "9 min", id="rounded down"),
    ],
)
def test_minutes_left(seconds: int, expected: str) -> None:
    """As a person says it."""
    assert expected == notices.minutes_left(timedelta(seconds=seconds))


def test_line_names_account_time_and_command() -> None:
    """After T no time is left to name."""
    number = replace(PUT, number=3)

    before = notices.line(number, Decimal(748), NOW, "botd take 3")
    after = notices.line(number, Decimal(748), instant("18:00"), "botd take 3")

    assert before.endswith("ITM 2.00 at 748, 10 min left: botd take 3")
    assert after.endswith("ITM 2.00 at 748: botd take 3")
    assert before.startswith("3  ")


def test_command_until_the_bell_and_after() -> None:
    """A close while it trades, a look afterwards, and nothing where nothing is held."""
    number = replace(PUT, number=3)

    assert "botd close 3" == notices.command_of(number, instant("17:59"))
    assert "botd positions show 3" == notices.command_of(number, instant("18:00"))
    assert "" == notices.command_of(replace(number, lots=()), NOW)
    assert "botd close 3" == notices.command_of(replace(number, closes_at=None), NOW)


def test_a_line_without_a_command() -> None:
    """Where nothing is to be typed, nothing is."""
    told = notices.line(replace(PUT, lots=()), Decimal(748), instant("18:00"), "")

    assert told.endswith("spot 748")


@pytest.mark.parametrize(
    ("held", "spot", "expected"),
    [
        pytest.param(("-1 750P",), "748", "+200 GOOG, 150,000 dollars", id="short puts bring"),
        pytest.param(("-1 750C",), "752", "-200 GOOG, 150,000 dollars", id="short calls take"),
        pytest.param(("+1 750C",), "752", "+200 GOOG, 150,000 dollars", id="long calls bring"),
        pytest.param(("-1 750P",), "752", "+0 GOOG, 0 dollars", id="out of the money moves none"),
        pytest.param(("-1 750P",), None, "+200 GOOG, 150,000 dollars", id="unknown counts"),
        pytest.param(("-1 SPXW 2050C",), None, "settles in cash", id="an index"),
        pytest.param(
            ("+1 745P", "-1 750P"), "740", "+0 GOOG, pays 1,000 dollars", id="a short spread, whole"
        ),
        pytest.param(
            ("-1 745P", "+1 750P"), "740", "+0 GOOG, gets 1,000 dollars", id="a long spread, whole"
        ),
        pytest.param(
            ("+1 745P", "-1 750P"), "748", "+200 GOOG, 150,000 dollars", id="between the strikes"
        ),
        pytest.param(
            ("+1 745P", "-2 750P"), "740", "+200 GOOG, 151,000 dollars", id="a ratio, net"
        ),
    ],
)
def test_exposure(held: tuple[str, ...], spot: str | None, expected: str) -> None:
    """What an assignment or exercise would move."""
    found = position("p", *held, units=2)

    assert expected == notices.exposure(found, None if spot is None else Decimal(spot))


@pytest.mark.parametrize(
    ("held", "expected"),
    [
        pytest.param("-1 750P", "if assigned: 150,000 dollars", id="a short put"),
        pytest.param("-1 750C", "if assigned: 200 shares", id="a short call"),
        pytest.param("+1 750C", "close: botd plan", id="a long needs nothing"),
        pytest.param("-1 SPXW 2050C", "close: botd plan", id="an index needs nothing"),
    ],
)
def test_evening_before(held: str, expected: str) -> None:
    """Tomorrow's positions, their policies, and what they would need."""
    found = position("p", held, units=2)

    told = notices.evening_before((found,), {"p": Policy.CLOSE})

    assert expected in told.lines[0]
    assert "Tomorrow 1 expire" == told.title


@pytest.mark.parametrize(
    ("spot", "is_told"),
    [
        pytest.param("751.875", True, id="a quarter of a percent"),
        pytest.param("751.88", False, id="a little more"),
        pytest.param(None, False, id="unknown"),
    ],
)
def test_near_strike(spot: str | None, *, is_told: bool) -> None:
    """Shorts within a quarter of a percent of the strike."""
    told = notices.near_strike((PUT,), view(spot), NOW)

    assert is_told is (told is not None)


@pytest.mark.parametrize(
    ("spot", "is_told"),
    [
        pytest.param("748", True, id="in the money"),
        pytest.param("752", False, id="out of it"),
        pytest.param(None, True, id="unknown is not out of it"),
    ],
)
def test_still_open(spot: str | None, *, is_told: bool) -> None:
    """What is open at the bell, with its exposure."""
    told = notices.still_open((PUT,), view(spot), NOW)

    assert is_told is (told is not None)


def test_summary_puts_first_what_needs_a_person() -> None:
    """And pages for it."""
    ended = replace(position("a", "-1 750P"), number=1, status=Status.EXPIRED, lots=())
    odd = replace(
        position("b", "-1 750P"),
        number=2,
        status=Status.UNRESOLVED,
        managed_by=Management.MANUAL,
        fact="nobody knows",
    )

    told = notices.summary((ended, odd))

    assert ("page", "2 outcomes, 1 need a person") == (told.level, told.title)
    assert told.lines[0].startswith("2  ")
    assert "- nobody knows" in told.lines[0]
    assert "info" == notices.summary((ended,)).level


def test_summary_names_no_close_that_is_too_late() -> None:
    """What a refusal said minutes before the bell is told without its time and its command."""
    fact = "REFUSED, STILL HELD, 9 minutes left: botd close 3"
    held = replace(PUT, number=3, status=Status.ASSIGNED, managed_by=Management.MANUAL, fact=fact)

    told = notices.outcome_line(held)

    assert told.endswith("- REFUSED, STILL HELD : botd override resolve 3 --as ...")
