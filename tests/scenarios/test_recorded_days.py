"""Real recorded days, every contract of them, through the same engine."""

from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from botd.brokers.paper.pack_files import SAMPLE, load_pack
from botd.domain.orders import OrderStatus
from botd.domain.position import Position
from botd.domain.session import Sessions
from botd.ledger import attempts, orders
from botd.service import replay, replay_result
from botd.service.replay import Played
from tests.brokers.paper.day import SHARED
from tests.domain.trading_days import weekdays
from tests.engine.market import SESSIONS

T10 = datetime(2015, 12, 24, 17, 50, tzinfo=UTC)
SUMMER_2023 = weekdays(
    date(2023, 6, 1), date(2023, 7, 31), closed={date(2023, 6, 19), date(2023, 7, 4)}, utc_offset=-4
)
_SOON = timedelta(seconds=2)
_NEVER_SENT = {OrderStatus.WITHDRAWN, OrderStatus.INTENT}


def shared(name: str) -> Path:
    """Give a recorded day that is not packaged, or skip."""
    folder = SHARED / name
    if not folder.is_dir():
        pytest.skip(f"the recorded day {name} is not at hand")
    return folder


def play(folder: Path, into: Path, sessions: Sessions, opened_at: str) -> Played:
    """Play a day with one short unit of every contract of the pack."""
    entries = [
        f'[[position]]\nid = "{symbol}"\nbot = "shorts"\nopened_at = {opened_at}\nunits = 1\n'
        f'net_price = "1.00"\nlegs = [{{ symbol = "{symbol}", quantity = -1 }}]\n'
        for symbol in load_pack(folder).contracts
    ]
    file = into / "positions.toml"
    file.write_text("\n".join(entries))
    return replay.play(replay.prepare(folder, file, {}, sessions))


class Seen:
    """What became of one position."""

    def __init__(self, played: Played, position: Position) -> None:
        self.position = position
        read = played.ledger.read_now
        self.attempts = read(lambda tx: attempts.of_position(tx, position.id))
        placed = read(lambda tx: orders.of_position(tx, position.id))
        self.sent = tuple(one for one in placed if one.status not in _NEVER_SENT)


def seen(played: Played) -> Iterator[Seen]:
    for position in replay_result.all_positions(played):
        yield Seen(played, position)


def test_every_contract_of_the_half_day(tmp_path: Path) -> None:
    """Of 176 shorts the 88 in the money are attempted at 12:50:00, the other 88 are left."""
    played = play(SAMPLE, tmp_path, SESSIONS, "2015-12-18T15:00:00Z")

    with closing(played.ledger):
        found = list(seen(played))

        closing_ones = [one for one in found if one.attempts[0].decision == "close"]
        left = [one for one in found if one.attempts[0].decision == "leave"]
        assert (88, 88) == (len(closing_ones), len(left))
        assert {T10} == {one.attempts[0].started_at for one in closing_ones}
        assert all(one.sent[0].created_at - T10 <= _SOON for one in closing_ones)
        assert all(not one.sent for one in left)
        assert {"expired"} == {one.position.status.value for one in left}


def test_no_close_of_the_half_day_costs_more_than_its_cap(tmp_path: Path) -> None:
    """No limit is beyond what justified it, and no unit ends twice."""
    played = play(SAMPLE, tmp_path, SESSIONS, "2015-12-18T15:00:00Z")

    with closing(played.ledger):
        for one in seen(played):
            assert 1 == one.position.units_open + sum(p.units for p in one.position.outcomes)
            for order in one.sent:
                price, cap = order.intent.net_price, order.intent.cap
                assert price is not None
                assert cap is not None
                assert price >= cap


def test_day_on_which_nothing_expires(tmp_path: Path) -> None:
    """All contracts expire the next day: not one order, not one attempt."""
    played = play(shared("GOOG_2015-12-23"), tmp_path, SESSIONS, "2015-12-18T15:00:00Z")

    with closing(played.ledger):
        found = list(seen(played))

        assert 118 <= len(found)
        assert [] == [one.position.id for one in found if one.sent or one.attempts]


def test_stale_index_call_is_priced_from_intrinsic(tmp_path: Path) -> None:
    """Quoted four sessions ago: in the money it is priced from intrinsic value, marked so."""
    folder = shared("SPXW_2023-06-30")
    played = play(folder, tmp_path, SUMMER_2023, "2023-06-20T15:00:00Z")

    with closing(played.ledger):
        found = [one for one in seen(played) if one.attempts and one.sent]

        assert found
        for one in found:
            assert "priced from intrinsic value" in (one.attempts[0].note or "")
            assert all(
                order.intent.net_price is not None
                and order.intent.cap is not None
                and Decimal(0) > order.intent.net_price >= order.intent.cap
                for order in one.sent
            )
