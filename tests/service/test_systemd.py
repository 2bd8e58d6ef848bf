import os
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest

from botd.service.systemd import Systemd, from_environment


def bound(address: str) -> socket.socket:
    manager = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    manager.bind(address)
    manager.setblocking(False)  # noqa: FBT003 - the library's own shape
    return manager


@pytest.fixture
def manager(tmp_path: Path) -> Iterator[tuple[str, socket.socket]]:
    address = str(tmp_path / "notify")
    with closing(bound(address)) as listening:
        yield address, listening


@pytest.mark.parametrize(
    ("expected", "say"),
    [
        pytest.param(
            "READY=1\nSTATUS=next T-10 at 17:50:00 UTC",
            lambda systemd: systemd.ready("next T-10\nat  17:50:00 UTC"),
            id="ready, with a status of one line",
        ),
        pytest.param("STATUS=x", lambda systemd: systemd.status("x"), id="status"),
        pytest.param("WATCHDOG=1", lambda systemd: systemd.alive(), id="alive"),
        pytest.param("STOPPING=1\nSTATUS=bye", lambda systemd: systemd.stopping("bye"), id="stop"),
    ],
)
def test_words(
    manager: tuple[str, socket.socket], expected: str, say: Callable[[Systemd], bool]
) -> None:
    """Each word arrives as one datagram."""
    address, listening = manager

    assert say(Systemd(address))

    assert expected == listening.recv(4096).decode()


def test_reloading(manager: tuple[str, socket.socket]) -> None:
    """A reload carries its instant on the manager's own clock, in microseconds."""
    address, listening = manager
    before = time.monotonic_ns() // 1000

    Systemd(address).reloading()

    word, instant = listening.recv(4096).decode().split("\n")
    assert "RELOADING=1" == word
    assert before <= int(instant.removeprefix("MONOTONIC_USEC=")) <= time.monotonic_ns() // 1000


def test_an_abstract_address() -> None:
    """An address that starts with @ lives outside the file system."""
    name = f"botd-test-{os.getpid()}"
    with closing(bound(f"\0{name}")) as listening:
        assert Systemd(f"@{name}").alive()

        assert b"WATCHDOG=1" == listening.recv(4096)


def test_a_long_status_is_cut(manager: tuple[str, socket.socket]) -> None:
    """A status is one line of 300 characters at most."""
    address, listening = manager

    Systemd(address).status("x" * 1000)

    assert len("STATUS=") + 300 == len(listening.recv(4096))


@pytest.mark.parametrize(
    "address",
    [
        pytest.param(None, id="no manager"),
        pytest.param("/nowhere/notify", id="nobody there"),
        pytest.param("vsock:2:1", id="an address of another kind"),
    ],
)
def test_nobody_listens(address: str | None) -> None:
    """Without somebody to tell, nothing happens."""
    assert not Systemd(address).alive()


def test_a_manager_that_does_not_read(manager: tuple[str, socket.socket]) -> None:
    """A full queue drops the word; the daemon doesn't wait."""
    address, _ = manager

    answers = {Systemd(address).alive() for _ in range(10_000)}

    assert {True, False} == answers


@pytest.mark.parametrize(
    ("expected", "environ"),
    [
        pytest.param(None, {}, id="no watchdog"),
        pytest.param(timedelta(seconds=15), {"WATCHDOG_USEC": "30000000"}, id="half of 30 s"),
        pytest.param(
            timedelta(seconds=15), {"WATCHDOG_USEC": "30000000", "WATCHDOG_PID": "7"}, id="ours"
        ),
        pytest.param(None, {"WATCHDOG_USEC": "30000000", "WATCHDOG_PID": "8"}, id="another's"),
        pytest.param(None, {"WATCHDOG_USEC": "0"}, id="switched off"),
        pytest.param(None, {"WATCHDOG_USEC": "soon"}, id="no number"),
    ],
)
def test_watchdog(expected: timedelta | None, environ: dict[str, str]) -> None:
    """Each row is one environment; the daemon speaks twice as often as it must."""
    systemd = Systemd.from_environment({"NOTIFY_SOCKET": "/run/notify", **environ}, 7)

    assert Systemd("/run/notify", expected) == systemd


def test_outside_of_systemd() -> None:
    """In a shell there is nobody to tell, and no watchdog to feed."""
    assert Systemd(None) == Systemd.from_environment({"WATCHDOG_USEC": "1"}, 7)
    assert os.environ.get("NOTIFY_SOCKET") == from_environment().address
