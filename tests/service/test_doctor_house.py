"""What stands on this host, looked at."""

from collections.abc import Awaitable, Callable
from contextlib import closing
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from botd.calendar.load import CalendarLoad
from botd.clock import VirtualClock, VirtualTimeLoop
from botd.ledger import open_ledger
from botd.notify.message import Delivery, Message
from botd.service import doctor_house as house
from botd.service.doctor import Cause, Finding, Grade
from botd.service.doctor_house import Channels
from botd.service.inspection import Standing
from botd.service.lock import Holder
from botd.settings.model import NotifySettings, Settings
from tests.domain.trading_days import weekdays
from tests.service.test_anchors import EXCHANGE, KEY, LIVE, settings

NOW = datetime(2015, 12, 24, 17, 0, tzinfo=UTC)
MIB = 1024 * 1024


def shown(found: Finding) -> tuple[str, str]:
    return found.grade.value, found.found


def at(folder: Path, notify: NotifySettings | None = None) -> Settings:
    path = folder / "botd.sqlite3"
    return replace(
        settings(EXCHANGE),
        ledger_url=f"sqlite:///{path}",
        ledger_path=path,
        notify=notify or NotifySettings(),
    )


def test_credentials_that_can_be_had() -> None:
    """They are counted; their values are shown nowhere."""
    assert ("ok", "2 can be read") == shown(house.of_settings(settings(LIVE)))
    assert ("ok", "none are needed") == shown(house.of_settings(settings(EXCHANGE)))


def test_a_credential_that_cannot_be_had() -> None:
    """Where it was looked for is told, and that a person must hand it over."""
    gone = replace(KEY, name="NOWHERE")
    found = house.of_settings(settings(replace(LIVE, key_id=gone)))

    assert (Grade.FAULT, Cause.CONFIG) == (found.grade, found.cause)
    assert "environment variable NOWHERE is not set" in found.found


def test_a_ledger_that_is_whole(tmp_path: Path) -> None:
    """Its path and what it holds are told."""
    open_ledger(at(tmp_path).ledger_url, create=True, threaded=False).close()

    found = house.of_ledger(at(tmp_path))

    assert ("ok", f"{tmp_path}/botd.sqlite3: 0 positions, 0 orders") == shown(found)


def test_a_ledger_that_is_not_there_yet(tmp_path: Path) -> None:
    """A first look comes before the first start."""
    found = house.of_ledger(at(tmp_path))

    assert (Grade.WARN, "botd run") == (found.grade, found.help)
    assert [] == list(tmp_path.iterdir())


def test_a_ledger_that_is_damaged(tmp_path: Path) -> None:
    """What the ledger's own check says is told."""
    (tmp_path / "botd.sqlite3").write_text("no ledger, " * 100)

    found = house.of_ledger(at(tmp_path))

    assert (Grade.FAULT, "botd ledger check") == (found.grade, found.help)


def test_what_waits_for_a_person() -> None:
    """Alerts that reached nobody."""
    nothing = Standing(None, {}, 0, 0, (), 0)

    assert () == house.of_standing(nothing)

    [found] = house.of_standing(replace(nothing, undelivered_alerts=3))

    assert ("warn", "3 not delivered") == shown(found)


@pytest.mark.parametrize(
    ("mode", "grade", "help_"),
    [
        pytest.param(0o700, Grade.OK, "", id="the owner's alone"),
        pytest.param(0o750, Grade.OK, "", id="its group may look"),
        pytest.param(0o755, Grade.WARN, "chmod 700 {}", id="everybody may look"),
        pytest.param(0o770, Grade.WARN, "chmod 700 {}", id="its group may write"),
    ],
)
def test_who_may_enter_the_state_directory(
    tmp_path: Path, mode: int, grade: Grade, help_: str
) -> None:
    """Whoever can write there can send orders with our name on them."""
    tmp_path.chmod(mode)

    found = house.of_state_dir(tmp_path)

    assert (grade, help_.format(tmp_path)) == (found.grade, found.help)


def test_a_state_directory_that_is_not_there(tmp_path: Path) -> None:
    """The first start makes it; a file in its way is a fault."""
    place = tmp_path / "file"
    place.touch()

    assert Grade.WARN is house.of_state_dir(tmp_path / "none").grade
    assert Grade.FAULT is house.of_state_dir(place / "inside").grade


@pytest.mark.parametrize(
    ("free", "grade", "words"),
    [
        pytest.param(1024 * MIB, Grade.OK, "1.0 GiB free", id="a gibibyte"),
        pytest.param(1024 * MIB - 1, Grade.WARN, "1.0 GiB free", id="less"),
        pytest.param(100 * MIB, Grade.WARN, "0.1 GiB free", id="a hundred mebibytes"),
        pytest.param(100 * MIB - 1, Grade.FAULT, "99 MiB free", id="less than that"),
    ],
)
def test_how_much_room_there_is(tmp_path: Path, free: int, grade: Grade, words: str) -> None:
    """Where the state directory will be made, if it is not there yet."""
    asked: list[Path] = []

    def measure(place: Path) -> int:
        asked.append(place)
        return free

    found = house.of_disk(tmp_path / "later" / "var", measure)

    assert (grade, words) == (found.grade, found.found)
    assert [tmp_path] == asked


@pytest.mark.parametrize(
    ("last_day", "fault", "grade"),
    [
        pytest.param(date(2016, 2, 29), None, Grade.OK, id="far enough"),
        pytest.param(date(2016, 2, 21), None, Grade.WARN, id="less than two months"),
        pytest.param(date(2016, 2, 29), "it could not be renewed", Grade.WARN, id="not renewed"),
    ],
)
def test_how_far_the_sessions_reach(last_day: date, fault: str | None, grade: Grade) -> None:
    """Where they come from is told with it."""
    known = weekdays(date(2015, 12, 1), last_day)
    loop = VirtualTimeLoop(NOW)
    with closing(loop):
        found = house.of_calendar(CalendarLoad(known, "cal 1", fault), VirtualClock(loop))

    assert grade is found.grade
    assert found.found.startswith(f"cal 1, to {last_day}")


class Post:
    """Channels that take everything, unless they are told not to."""

    def __init__(self, error: str | None = None) -> None:
        self.done: list[str] = []
        self.told = Delivery(ok=error is None, error=error)

    def channels(self) -> Channels:
        return Channels(self._do("check"), self._deliver, self._do("ping"))

    def _do(self, what: str) -> Callable[[], Awaitable[Delivery]]:
        async def work() -> Delivery:
            self.done.append(what)
            return self.told

        return work

    async def _deliver(self, message: Message) -> Delivery:
        self.done.append(message.title)
        return self.told


TOLD = NotifySettings(urls=(KEY, KEY), heartbeat_url=KEY)


async def test_channels_are_read_and_left_alone(tmp_path: Path) -> None:
    """Without a person's word nothing is sent."""
    post = Post()
    found = await house.of_channels(at(tmp_path, TOLD), post.channels(), is_sending=False)

    assert ["check"] == post.done
    assert [
        ("ok", "2 can be read, nothing was sent"),
        ("ok", "configured, not pinged"),
    ] == [shown(one) for one in found]


async def test_a_test_message_is_really_sent(tmp_path: Path) -> None:
    """On every channel, and the heartbeat is pinged."""
    post = Post()
    found = await house.of_channels(at(tmp_path, TOLD), post.channels(), is_sending=True)

    assert ["botd: a test", "ping"] == post.done
    assert [("ok", "2 took a test message"), ("ok", "pinged")] == [shown(one) for one in found]


async def test_a_channel_that_takes_nothing(tmp_path: Path) -> None:
    """What it said is told, with the key that names it."""
    post = Post("channel 2 (slack): no such token")
    found = await house.of_channels(at(tmp_path, TOLD), post.channels(), is_sending=True)

    assert [
        ("fault", "channel 2 (slack): no such token"),
        ("fault", "channel 2 (slack): no such token"),
    ] == [shown(one) for one in found]
    assert ["botd.toml: notify.urls", "botd.toml: notify.heartbeat_url"] == [
        one.help for one in found
    ]


async def test_nobody_is_told_anything(tmp_path: Path) -> None:
    """No channel, and no heartbeat: nothing fails, and nobody would know."""
    post = Post()
    found = await house.of_channels(at(tmp_path), post.channels(), is_sending=True)

    assert [] == post.done
    assert [Grade.WARN, Grade.WARN] == [one.grade for one in found]


@pytest.mark.parametrize(
    ("holder", "grade", "words"),
    [
        pytest.param(None, Grade.WARN, "not running: nobody closes anything", id="none"),
        pytest.param(Holder(None, None, ""), Grade.OK, "starting", id="just begun"),
        pytest.param(
            Holder(7, NOW, "run"),
            Grade.OK,
            "running, process 7 since 12:00:00 New York",
            id="the daemon",
        ),
        pytest.param(
            Holder(7, NOW - timedelta(seconds=5), "close"),
            Grade.WARN,
            "not running; botd close is at work, process 7 since 11:59:55 New York",
            id="a command",
        ),
    ],
)
def test_who_holds_the_ledger(holder: Holder | None, grade: Grade, words: str) -> None:
    """Only the daemon looks after positions by itself."""
    found = house.of_daemon(holder)

    assert (grade, words) == (found.grade, found.found)
