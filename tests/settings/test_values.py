from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal

import pytest

from botd.settings import values

NEW_YORK = timezone(timedelta(hours=-5))


@pytest.mark.parametrize(
    ("written", "seconds"),
    [
        pytest.param("60s", 60, id="seconds"),
        pytest.param("10m", 600, id="minutes"),
        pytest.param("1h", 3600, id="an hour"),
        pytest.param("1h2m3s", 3723, id="all three"),
    ],
)
def test_durations(written: str, seconds: int) -> None:
    """Hours, minutes and seconds, in that order."""
    parse = values.duration(timedelta(0), timedelta(hours=3))

    assert timedelta(seconds=seconds) == parse(written)


@pytest.mark.parametrize("written", ["10", "m", "1m1h", "-5m", "1.5m", "10 m", "10M", "\u0663m"])
def test_no_durations(written: str) -> None:
    """A number needs its unit; signs, fractions and other digits are refused."""
    with pytest.raises(ValueError, match="is no duration"):
        values.duration(timedelta(0), timedelta(hours=3))(written)


@pytest.mark.parametrize(
    ("length", "expected"),
    [
        (timedelta(seconds=60), "60s"),
        (timedelta(seconds=90), "1m30s"),
        (timedelta(hours=1), "1h"),
        (timedelta(minutes=61), "1h1m"),
        (timedelta(0), "0s"),
    ],
    ids=str,
)
def test_durations_are_spelt_as_they_are_written(length: timedelta, expected: str) -> None:
    """A message repeats a duration in the form that a file takes."""
    assert expected == values.spell_duration(length)


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        pytest.param("1.25", "1.25", id="text"),
        pytest.param("-0.40", "-0.40", id="a debit"),
        pytest.param("+3", "3", id="a sign"),
        pytest.param(2, "2", id="a whole number"),
        pytest.param(Decimal("1.1"), "1.1", id="a number with a point, exactly"),
        pytest.param(Decimal(1000000000), "1000000000", id="the most"),
    ],
)
def test_money(found: object, expected: str) -> None:
    """Dollars come exactly as written."""
    assert Decimal(expected) == values.money(found)


@pytest.mark.parametrize(
    "found",
    [
        pytest.param("1,25", id="a comma"),
        pytest.param("$1", id="a currency"),
        pytest.param("1e3", id="an exponent"),
        pytest.param("", id="nothing"),
        pytest.param("1.1234567", id="seven decimals"),
        pytest.param(Decimal("1.1234567"), id="seven decimals of a number"),
        pytest.param(Decimal("NaN"), id="not a number"),
        pytest.param(Decimal("-Infinity"), id="infinity"),
        pytest.param(Decimal("1e999999"), id="a number without end"),
        pytest.param(1_000_000_001, id="a slip of the hand"),
        pytest.param(True, id="true"),
        pytest.param(None, id="null"),
        pytest.param([1], id="a list"),
    ],
)
def test_no_money(found: object) -> None:
    """What is no plain amount of dollars is refused, with an example of one."""
    with pytest.raises(ValueError, match=r'write it like "1\.25"'):
        values.money(found)


@pytest.mark.parametrize(
    "found",
    [
        pytest.param(datetime(2015, 12, 18, 10, 0, tzinfo=NEW_YORK), id="a TOML instant"),
        pytest.param("2015-12-18T15:00:00Z", id="text in UTC"),
        pytest.param("2015-12-18T10:00:00-05:00", id="text with an offset"),
    ],
)
def test_instants(found: object) -> None:
    """Whatever zone it names, the instant is UTC."""
    read = values.instant(found)

    assert datetime(2015, 12, 18, 15, 0, tzinfo=UTC) == read
    assert UTC is read.tzinfo


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        pytest.param(datetime(2015, 12, 18, 15, 0), "names no zone", id="naive"),  # noqa: DTZ001
        pytest.param("2015-12-18T15:00:00", "names no zone", id="naive text"),
        pytest.param("2015-12-18", "is no instant", id="a date"),
        pytest.param("2015-13-18T15:00:00Z", "is no instant", id="no such month"),
        pytest.param(1450450800, "is no instant", id="a number"),
        pytest.param("1989-12-31T15:00:00Z", "years 1990 to 2199", id="before options"),
        pytest.param("9999-12-31T23:59:59-05:00", "years 1990 to 2199", id="the end of time"),
    ],
)
def test_no_instants(found: object, expected: str) -> None:
    """An instant without a zone is a guess, and is refused."""
    with pytest.raises(ValueError, match=expected):
        values.instant(found)


@pytest.mark.parametrize(
    ("parse", "found", "expected"),
    [
        pytest.param(values.flag, 1, "1; allowed: true, false", id="one is not true"),
        pytest.param(values.text, "\ud800", "no text", id="half a character"),
        pytest.param(values.text, True, "true is not text", id="a flag as text"),
        pytest.param(values.name, "-x", "beginning with a letter or digit", id="an option as name"),
        pytest.param(
            values.name, "x" * 65, "...; allowed: up to 64", id="too long, cut in the message"
        ),
        pytest.param(values.day, 5, "is no date", id="a number as date"),
        pytest.param(values.wall_time, "1:00", "is no time of day", id="one digit"),
        pytest.param(values.amount, "-1%", 'allowed: "0%"', id="a negative percentage"),
    ],
)
def test_messages(parse: Callable[[object], object], found: object, expected: str) -> None:
    """A refused value is shown as a person wrote it, with what is allowed."""
    with pytest.raises(ValueError, match=r".+") as caught:
        parse(found)

    assert expected in str(caught.value)
