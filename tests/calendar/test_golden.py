"""Every row of the published sessions and expirations, where the folder with them is at hand."""

import csv
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pytest

import botd
from botd.calendar.new_york import to_wall
from botd.domain.bot import Expiration
from botd.domain.contract import (
    Delivery,
    ExerciseStyle,
    OptionContract,
    Right,
    RootSpec,
    Settlement,
)
from botd.domain.moments import MomentKind, moments_of
from botd.domain.roots import crypto_spec, spec_of
from botd.domain.schedule import (
    attempt_times,
    last_trading_day,
    stops_trading_at,
)
from botd.domain.session import Sessions

FOLDER = Path(botd.__file__).parents[2] / "shared" / "calendar"
Row = dict[str, str]


def rows_of(name: str, *columns: str) -> list[object]:
    """Give each row under its own id; one skipped row where the file is missing."""
    if not (FOLDER / name).is_file():
        missing = pytest.mark.skip(reason=f"{name} is not at hand in {FOLDER}")
        return [pytest.param({}, marks=missing, id="missing")]
    with (FOLDER / name).open(newline="", encoding="utf-8") as file:
        return [
            pytest.param(row, id=" ".join(row[column] for column in columns))
            for row in csv.DictReader(file)
        ]


def instant(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)


def attempts(close: datetime) -> list[datetime]:
    return [each.due_at for each in attempt_times((close,), Expiration(), None)]


def expected_attempts(row: Row) -> list[datetime]:
    return [instant(row[column]) for column in ("t10_utc", "t5_utc", "t1_utc")]


@pytest.mark.parametrize("row", rows_of("us_equity_options_closes.csv", "date", "kind"))
def test_session(row: Row, sessions: Sessions) -> None:
    """A published day is full, half or closed, with its close, attempts and exercise cut-off."""
    session = sessions.on(date.fromisoformat(row["date"]))
    if session is None:
        assert "closed" == row["kind"]
        return

    assert ("half" if session.early_close else "full") == row["kind"]
    assert instant(row["close_utc"]) == session.closes_at
    assert row["close_local"] == f"{to_wall(session.closes_at):%H:%M}"
    assert expected_attempts(row) == attempts(session.closes_at)
    if row["exercise_cutoff_local"]:
        told = {each.kind: each.at for each in moments_of(session, session.closes_at)}
        cutoff = to_wall(told[MomentKind.EXERCISE_CUTOFF])

        assert row["exercise_cutoff_local"] == f"{cutoff:%H:%M}"


def spec(row: Row) -> RootSpec:
    is_crypto = row["symbol_class"] == "deribit"
    return crypto_spec(row["root"]) if is_crypto else spec_of(row["root"])


@pytest.mark.parametrize("row", rows_of("expirations.csv", "expiration_date", "root"))
def test_expiration(row: Row, sessions: Sessions) -> None:
    """A published expiration has its last trading day, its T, its attempts and its rules."""
    rules = spec(row)
    contract = OptionContract(
        rules,
        date.fromisoformat(row["expiration_date"]),
        Right.PUT,
        Decimal(100),
    )

    assert date.fromisoformat(row["last_trade_date"]) == last_trading_day(contract, sessions)
    assert instant(row["anchor_close_utc"]) == stops_trading_at(contract, sessions)
    assert expected_attempts(row) == attempts(stops_trading_at(contract, sessions))
    assert ExerciseStyle(row["exercise_style"]) is rules.exercise_style
    assert (row["delivery"] == "cash") is (rules.delivery is Delivery.CASH)
    assert (row["settlement"] == "AM") is (rules.settlement is Settlement.AM)
