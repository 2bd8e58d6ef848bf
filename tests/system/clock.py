"""The moved clock of the processes under test: libfaketime, preloaded."""

import os
import shutil
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TypeVar

_Found = TypeVar("_Found")

MISSING = "faketime is not installed (apt-get install faketime)"
_PAUSE = 0.01  # seconds between two looks
_BEFORE = timedelta(minutes=1)


_SHARED = Path("/dev/shm")  # noqa: S108 - where libfaketime keeps it
_TRIES = 20


def is_installed() -> bool:
    """Whether clocks can be moved here."""
    return shutil.which("faketime") is not None


def forget_the_dead() -> None:
    """
    Remove what processes that were killed left of their moved clocks.

    A process that is given the id of one would not start: "shm_open failed: File exists".
    """
    for left in _SHARED.glob("*faketime_s?m_*"):
        owner = left.name.rsplit("_", 1)[1]
        if owner.isdigit() and not Path("/proc", owner).exists():
            left.unlink(missing_ok=True)


def library() -> str:
    """
    Give what the `faketime` command preloads; it knows where the library lies.

    It names its shared memory after its process id, and fails where a killed one of the
    same id has left its own: another id does.
    """
    for _ in range(_TRIES):
        answer = subprocess.run(
            ["faketime", "-f", "+0", "printenv", "LD_PRELOAD"],  # noqa: S607 - found by `is_installed`
            capture_output=True,
            check=False,
            text=True,
        )
        if answer.returncode == 0:
            return answer.stdout.strip()
    raise RuntimeError(f"faketime does not start: {answer.stderr!r}")


@dataclass(slots=True)
class MovedClock:
    """
    A clock that shows *start* when it begins, and then goes *rate* times as fast as time.

    It begins with the first daemon: what prepares a test takes none of its time, and is
    done a minute before. Every process gets the clock as it stands when that starts.
    """

    library: str
    start: datetime
    rate: int
    begun_at: float | None = None  # of the host's own time

    def begin(self) -> None:
        """Let it go on from its start, once."""
        self.begun_at = self.begun_at or real_time()

    def now(self) -> datetime:
        """Tell what the clock shows."""
        if self.begun_at is None:
            return self.start - _BEFORE
        return self.start + timedelta(seconds=(real_time() - self.begun_at) * self.rate)

    def environment(self) -> dict[str, str]:
        """Give the variables that move the clock of a process started now."""
        shown = f"@{self.now():%Y-%m-%d %H:%M:%S.%f} x{self.rate}"
        if self.begun_at is None or self.rate == 1:
            shown = f"{self.now().timestamp() - real_time():+.3f}"  # the same in every process
        return {"LD_PRELOAD": self.library, "TZ": "UTC", "FAKETIME": shown}


@dataclass(frozen=True, slots=True)
class SteppedClock:
    """A clock that goes as time does, and jumps when it is told to."""

    library: str
    file: Path

    def now(self) -> datetime:
        """Tell what the clock shows."""
        offset = float(self.file.read_text().rstrip("s\n"))
        return datetime.fromtimestamp(real_time() + offset, UTC)

    def set(self, shown: datetime) -> None:
        """Let the clock show another instant from now on."""
        offset = shown.timestamp() - real_time()
        fresh = self.file.with_suffix(".new")
        fresh.write_text(f"{offset:+.3f}s\n")
        fresh.replace(self.file)

    def environment(self) -> dict[str, str]:
        """Give the variables that bind the clock of a process to the file."""
        return {
            "LD_PRELOAD": self.library,
            "TZ": "UTC",
            "FAKETIME_TIMESTAMP_FILE": str(self.file),
            "FAKETIME_NO_CACHE": "1",
            "FAKETIME_DONT_FAKE_MONOTONIC": "1",
        }


def eventually(look: Callable[[], _Found | None], seconds: float, what: str) -> _Found:
    """Look until there is something to see, for at most *seconds* of real time."""
    deadline = time.monotonic() + seconds
    while True:
        found = look()
        if found:
            return found
        if time.monotonic() > deadline:
            raise AssertionError(f"not within {seconds:.0f} s: {what}")
        pause(_PAUSE)


def pause(seconds: float) -> None:
    """Let real time pass."""
    time.sleep(seconds)  # noqa: TID251 - the test's own time; processes have theirs


def real_time() -> float:
    """Tell the host's own time."""
    return time.time()  # noqa: TID251 - moved clocks are counted from it


def environment() -> dict[str, str]:
    """Give this process's environment, without what could speak to a service manager."""
    return {name: value for name, value in os.environ.items() if name != "NOTIFY_SOCKET"}
