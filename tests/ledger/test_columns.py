from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import Column, Integer, MetaData, Table, create_engine, insert, select

from botd.ledger.columns import Money, UtcInstant, instant_text, money_text, read_instant

_TABLE = Table(
    "values",
    MetaData(),
    Column("id", Integer, primary_key=True),
    Column("at", UtcInstant),
    Column("money", Money),
)

INSTANTS = st.datetimes(
    min_value=datetime(1970, 1, 1),  # noqa: DTZ001 - Hypothesis adds the zone
    max_value=datetime(9999, 12, 30),  # noqa: DTZ001
    timezones=st.sampled_from((UTC, timezone(timedelta(hours=-5)), timezone(timedelta(hours=14)))),
)
MONEY = st.decimals(allow_nan=False, allow_infinity=False)


@given(INSTANTS)
def test_instant_survives_as_text(instant: datetime) -> None:
    """Every aware instant comes back equal, and in UTC."""
    read = read_instant(instant_text(instant))

    assert instant == read
    assert UTC is read.tzinfo


@given(INSTANTS, INSTANTS)
def test_text_sorts_as_time(one: datetime, other: datetime) -> None:
    """Columns of instants can be compared as text."""
    assert (one < other) is (instant_text(one) < instant_text(other))


def test_instant_is_written_in_full() -> None:
    """A person who opens the file reads the instant, to the microsecond."""
    assert "2015-12-24T17:50:00.000000Z" == instant_text(datetime(2015, 12, 24, 17, 50, tzinfo=UTC))


def test_naive_instant_is_refused() -> None:
    """A datetime without a zone is no instant, and never reaches the file."""
    with pytest.raises(ValueError, match="naive"):
        instant_text(datetime(2015, 12, 24, 17, 50))  # noqa: DTZ001 - the subject


@given(MONEY)
def test_money_survives_as_text(money: Decimal) -> None:
    """Every digit of an amount comes back, trailing zeros too."""
    assert money.as_tuple() == Decimal(money_text(money)).as_tuple()


@pytest.mark.parametrize(
    ("value", "error"),
    [
        pytest.param(1.25, TypeError, id="a float has lost its cents"),
        pytest.param(1, TypeError, id="an integer is no amount"),
        pytest.param(Decimal("NaN"), ValueError, id="not a number"),
        pytest.param(Decimal("Infinity"), ValueError, id="infinite"),
    ],
)
def test_what_is_no_money_is_refused(value: Decimal, error: type[Exception]) -> None:
    """Only finite decimals reach the file."""
    with pytest.raises(error):
        money_text(value)


@settings(max_examples=50)
@given(st.none() | INSTANTS, st.none() | MONEY)
def test_columns_keep_values(at: datetime | None, money: Decimal | None) -> None:
    """A real database gives back what was put in, absence too."""
    engine = create_engine("sqlite://")
    with engine.begin() as connection:
        _TABLE.create(connection)
        connection.execute(insert(_TABLE), {"at": at, "money": money})
        row = connection.execute(select(_TABLE.c.at, _TABLE.c.money)).one()
    engine.dispose()

    assert (at, money) == tuple(row)
