import asyncio
import json
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import pytest

from botd.clock import SystemClock
from botd.errors import ConfigError
from botd.notify.message import Delivery, Level, Message
from botd.notify.notifier import Notifier
from tests.notify.loopback import Receiver

REFUSED = Message("REFUSED, STILL HELD", "SPY 430P, 9 minutes left: botd close 3", Level.PAGE)


@dataclass(frozen=True, slots=True)
class Hidden:
    text: str = field(repr=False)

    def reveal(self) -> str:
        return self.text


def notifier(*urls: str, heartbeat: str | None = None, seconds: float = 15) -> Notifier:
    return Notifier(
        tuple(Hidden(url) for url in urls),
        None if heartbeat is None else Hidden(heartbeat),
        SystemClock(),
        patience=timedelta(seconds=seconds),
    )


async def test_delivered(http: Receiver) -> None:
    """A message that every channel took is delivered."""
    channels = notifier(http.url("/a"), http.url("/b"))

    assert Delivery(ok=True, taken=frozenset({0, 1})) == await channels.deliver(REFUSED)
    assert REFUSED.body == json.loads(http.bodies["/b"][0])["message"]


async def test_one_channel_of_two_refuses(http: Receiver) -> None:
    """The answer says which one, in words without its URL, and which one took it."""
    channels = notifier(http.url("/fine"), http.url("/refuse/s3cret"))

    delivery = await channels.deliver(REFUSED)

    assert (False, frozenset({0})) == (delivery.ok, delivery.taken)
    assert "channel 2 (json): " in (delivery.error or "")
    assert "s3cret" not in (delivery.error or "")


async def test_a_silent_channel_is_left_alone_in_time(http: Receiver) -> None:
    """A server that never answers costs the patience, and no other channel its message."""
    channels = notifier(http.url("/silent?rto=60"), http.url("/fine"), seconds=2.5)

    expected = Delivery(
        ok=False, error="channel 1 (json): no answer within 2.5 s", taken=frozenset({1})
    )

    assert expected == await channels.deliver(REFUSED)


async def test_channels_that_took_it_are_not_asked_again(http: Receiver) -> None:
    """What is skipped gets nothing; what is left decides."""
    channels = notifier(http.url("/first"), http.url("/second"))

    delivery = await channels.deliver(REFUSED, skip=frozenset({0}))

    assert Delivery(ok=True, taken=frozenset({1})) == delivery
    assert {"/second"} == set(http.bodies)


async def test_all_channels_skipped() -> None:
    """With nobody left to tell, it is delivered."""
    delivery = await notifier("json://h").deliver(REFUSED, skip=frozenset({0}))

    assert Delivery(ok=True) == delivery


class Missing:
    def reveal(self) -> str:
        raise ConfigError("BOTD_NOTIFY_URL is not set")


async def test_a_url_that_cannot_be_had(http: Receiver) -> None:
    """A credential that has gone missing is told; the other channels get the message."""
    channels = Notifier((Missing(), Hidden(http.url("/fine"))), Missing(), SystemClock())
    reason = "channel 1 has no URL: BOTD_NOTIFY_URL is not set"

    assert Delivery(ok=False, error=reason, taken=frozenset({1})) == await channels.deliver(REFUSED)
    assert Delivery(ok=False, error=reason) == await channels.ping()


async def test_no_channel() -> None:
    """Without a channel nobody was told: it isn't delivered."""
    expected = Delivery(ok=False, error="no notification channel is configured")

    assert expected == await notifier().deliver(REFUSED)


async def test_ping(http: Receiver) -> None:
    """The heartbeat URL is asked for; a server that refuses is told."""
    assert (
        Delivery(ok=True, taken=frozenset({0}))
        == await notifier(heartbeat=http.url("/beat", "http")).ping()
    )
    assert (
        "channel 1 (http): 500"
        == (await notifier(heartbeat=http.url("/refuse", "http")).ping()).error
    )


async def test_no_heartbeat() -> None:
    """Nothing to ping is no fault."""
    assert Delivery(ok=True) == await notifier().ping()


async def test_check() -> None:
    """A URL that the library can't read is found before it is needed."""
    delivery = await notifier("json://host/path", "nosuch://token").check()

    assert "channel 2 (nosuch): the notification library does not know this kind of URL" == (
        delivery.error
    )


async def test_a_python_that_does_not_start(tmp_path: Path) -> None:
    """When no process can be started, the caller gets an answer, not an exception."""
    channels = Notifier((Hidden("json://host"),), None, SystemClock(), python=str(tmp_path / "no"))

    delivery = await channels.deliver(REFUSED)

    assert (delivery.error or "").startswith("channel 1 (json): the child process does not start")


@pytest.mark.parametrize(
    ("expected", "program"),
    [
        pytest.param("the child ended with 1", "/bin/false", id="without a word"),
        pytest.param(
            "No module named 'x'", "#!/bin/sh\necho \"No module named 'x'\" >&2", id="with one"
        ),
    ],
)
async def test_a_child_that_dies(expected: str, program: str, tmp_path: Path) -> None:
    """When the child ends without an answer, the message counts as not taken."""
    if program.startswith("#!"):
        script = tmp_path / "python"
        script.write_text(program + "\n")
        script.chmod(0o755)
        program = str(script)
    channels = Notifier((Hidden("json://host"),), None, SystemClock(), python=program)

    delivery = await channels.deliver(REFUSED)

    assert f"channel 1 (json): {expected}" == delivery.error


async def until_arrived(http: Receiver, path: str) -> None:
    clock = SystemClock()
    give_up_at = clock.now() + timedelta(seconds=20)
    while path not in http.bodies and clock.now() < give_up_at:
        await clock.sleep_until(clock.now() + timedelta(milliseconds=10))


def descendants() -> set[str]:
    listings = Path("/proc/self/task").glob("*/children")
    return {pid for listing in listings for pid in listing.read_text().split()}


async def test_cancelled_in_the_middle(http: Receiver) -> None:
    """When the daemon stops, the child ends with the call."""
    task = asyncio.ensure_future(notifier(http.url("/silent")).deliver(REFUSED))
    await until_arrived(http, "/silent")

    task.cancel()

    with pytest.raises(asyncio.CancelledError):
        await task
    assert set() == descendants()


async def test_the_daemons_environment_stays_with_the_daemon(http: Receiver) -> None:
    """Neither a broker's key nor a channel's URL can be read off the child process."""
    environ = {"APCA_API_SECRET_KEY": "s3cret", "LANG": "C.UTF-8"}
    channels = Notifier((Hidden(http.url("/silent")),), None, SystemClock(), environ=environ)
    task = asyncio.ensure_future(channels.deliver(REFUSED))
    await until_arrived(http, "/silent")

    files = (Path("/proc") / pid / name for pid in descendants() for name in ("environ", "cmdline"))
    seen = b"".join(file.read_bytes() for file in files)
    task.cancel()

    assert b"botd.notify.child" in seen
    assert b"LANG=C.UTF-8" in seen
    assert b"s3cret" not in seen
    assert b"127.0.0.1" not in seen
    with pytest.raises(asyncio.CancelledError):
        await task
