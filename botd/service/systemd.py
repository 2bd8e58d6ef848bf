"""
What the daemon tells systemd, as sd_notify(3) describes it: one datagram per word.

    READY=1       it is at work (also after a reload)
    STATUS=       one line for `systemctl status`
    WATCHDOG=1    loop and ledger are well; silence for WatchdogSec= ends the process
    RELOADING=1   a reload has begun (with the instant, as Type=notify-reload wants it)
    STOPPING=1    it is on its way out

Outside systemd (no NOTIFY_SOCKET) nothing is said. A word that can't be delivered is
dropped: systemd's troubles are no reason to miss an attempt.
"""

import os
import socket
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Self

_LONGEST = 300  # characters of a status


@dataclass(frozen=True, slots=True)
class Systemd:
    """
    The service manager that started this process, if one did.

    *watchdog_every* is how often to say `alive`: half of what systemd waits for. None:
    it doesn't wait for it.
    """

    address: str | None
    watchdog_every: timedelta | None = None

    @classmethod
    def from_environment(cls, environ: Mapping[str, str], pid: int) -> Self:
        """Read NOTIFY_SOCKET, WATCHDOG_USEC and WATCHDOG_PID, for the process *pid*."""
        address = environ.get("NOTIFY_SOCKET") or None
        limit = environ.get("WATCHDOG_USEC", "")
        is_meant = environ.get("WATCHDOG_PID", str(pid)) == str(pid)
        if address is None or not is_meant or not limit.isdecimal() or int(limit) == 0:
            return cls(address)
        return cls(address, timedelta(microseconds=int(limit) / 2))

    def ready(self, status: str) -> bool:
        """Say that the daemon, or a reload, is done starting."""
        return self._say("READY=1", _status(status))

    def status(self, status: str) -> bool:
        """Say in one line what goes on."""
        return self._say(_status(status))

    def alive(self) -> bool:
        """Feed the watchdog. Only for who knows that loop and ledger are well."""
        return self._say("WATCHDOG=1")

    def reloading(self) -> bool:
        """Say that a reload has begun; `ready` ends it, whether it worked or not."""
        microseconds = time.clock_gettime_ns(time.CLOCK_MONOTONIC) // 1000
        return self._say("RELOADING=1", f"MONOTONIC_USEC={microseconds}")

    def stopping(self, status: str) -> bool:
        """Say that the daemon is on its way out."""
        return self._say("STOPPING=1", _status(status))

    def _say(self, *words: str) -> bool:
        if self.address is None or self.address[0] not in "/@":
            return False
        # "@" stands for the zero byte of an abstract address.
        address = "\0" + self.address[1:] if self.address[0] == "@" else self.address
        kind = socket.SOCK_DGRAM | socket.SOCK_CLOEXEC | socket.SOCK_NONBLOCK
        try:
            with socket.socket(socket.AF_UNIX, kind) as talk:
                talk.sendto("\n".join(words).encode(), address)
        except OSError:
            return False
        return True


def from_environment() -> Systemd:
    """Give the service manager of this very process."""
    return Systemd.from_environment(os.environ, os.getpid())


def _status(text: str) -> str:
    return f"STATUS={' '.join(text.split())[:_LONGEST]}"
