"""The small recorded day that most tests of the exchange stand on."""

from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from botd.brokers.paper.pack import Pack
from tests.brokers.paper.day import CALL_745, CALL_750, PUT_745, PUT_750, Day, Days, Recorded

_QUOTES = [
    # time, symbol, bid, ask, bid size, ask size
    ("17:45", CALL_745, "4.10", "4.50", "5", "5"),
    ("17:45", CALL_750, "0.20", "0.40", "5", "2"),
    ("17:45", PUT_745, "0.05", "0.10", "5", "5"),
    ("17:45", PUT_750, "0.70", "1.00", "5", "3"),
    ("17:51", PUT_750, "0.60", "0.90", "5", "1"),
    ("17:52", PUT_750, "0.55", "0.85", "5", "4"),
    ("17:52", PUT_745, "0.05", "0.15", "5", "5"),
    ("18:00", PUT_750, "0.40", "0.70", "9", "9"),
    ("18:01", PUT_750, "0.10", "0.20", "9", "9"),
]
_BARS = [("17:49", "749.80"), ("17:50", "749.62"), ("18:00", "748.35"), ("18:02", "760.00")]


@pytest.fixture
def recorded() -> Recorded:
    return Recorded(quotes=list(_QUOTES), bars=list(_BARS), meta={"official_close": "748.40"})


@pytest.fixture
def pack(tmp_path: Path, recorded: Recorded) -> Pack:
    return recorded.load(tmp_path / "GOOG")


@pytest.fixture
def open_day() -> Iterator[Days]:
    with closing(Days()) as days:
        yield days


@pytest.fixture
def day(open_day: Days, pack: Pack) -> Day:
    return open_day(pack)


@pytest.fixture
def day_of(open_day: Days, tmp_path: Path) -> Callable[[Recorded], Day]:
    return lambda recorded: open_day(recorded.load(tmp_path / "made"))
