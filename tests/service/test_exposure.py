"""What will be exercised or assigned unless somebody acts."""

from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from botd.service import exposure
from botd.service.exposure import Exposure
from tests.cli.book import CLOSE, FIRST_ATTEMPT, NOW, Book, position


@pytest.fixture
def book(tmp_path: Path) -> Iterator[Book]:
    made = Book(tmp_path / "botd.sqlite3")
    yield made
    made.shut()


def exposed(book: Book) -> tuple[Exposure, ...]:
    return book.ledger.read_now(lambda tx: exposure.exposed(tx, NOW))


def test_in_the_money_by_the_newest_mark(book: Book) -> None:
    """A mark tells how far in the money, and how old that is."""
    book.add(position("spy", "-1 SPY151224P00205000"))
    book.mark("SPY", "204.10")

    (found,) = exposed(book)

    assert (Decimal("0.90"), Decimal("204.10"), NOW - timedelta(seconds=2), CLOSE) == (
        found.inside,
        found.spot,
        found.spot_at,
        found.closes_at,
    )


def test_a_quote_stands_in_for_a_trade(book: Book) -> None:
    """Without a last trade the mid of the quote counts."""
    book.add(position("spy", "-1 SPY151224P00205000"))
    book.mark("SPY", None, bid="204.00", ask="204.20")

    assert [Decimal("0.90")] == [one.inside for one in exposed(book)]


def test_the_last_attempt_stands_in_for_a_mark(book: Book) -> None:
    """Without marks the spot of the last attempt counts."""
    book.attempt(book.add(position("goog", "-1 GOOG151224P00750000")))

    assert [(Decimal(2), FIRST_ATTEMPT)] == [(one.inside, one.spot_at) for one in exposed(book)]


@pytest.mark.parametrize(
    "last",
    [
        pytest.param("205.00", id="at the strike"),
        pytest.param("205.01", id="out of the money"),
    ],
)
def test_out_of_the_money_is_no_exposure(book: Book, last: str) -> None:
    """What will expire is not told."""
    book.add(position("spy", "-1 SPY151224P00205000"))
    book.mark("SPY", last)

    assert () == exposed(book)


def test_unknown_comes_first_then_the_worst(book: Book) -> None:
    """Unknown is not out of the money; of the known the one furthest in comes first."""
    for name, symbol in (("spy", "SPY151224P00205000"), ("ko", "KO151224P00044000")):
        book.add(position(name, f"-1 {symbol}"))
    book.add(position("qqq", "-1 QQQ151224P00105000"))
    book.mark("SPY", "204.10")
    book.mark("KO", "40.00")

    assert ["qqq", "ko", "spy"] == [one.position.id for one in exposed(book)]


def test_only_the_next_close_is_told(book: Book) -> None:
    """What expires next month will not be assigned today."""
    book.add(position("spy", "-1 SPY151224P00205000"))
    book.add(position("later", "-1 SPY160115P00210000"))
    book.add(position("shares", "100 SPY"))
    book.mark("SPY", "204.10")

    assert ["spy"] == [one.position.id for one in exposed(book)]


def test_nothing_ahead_is_nothing(book: Book) -> None:
    """After the close, and with shares only, nothing is exposed."""
    book.add(position("shares", "100 SPY"))

    assert () == exposed(book)
