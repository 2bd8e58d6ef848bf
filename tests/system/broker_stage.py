"""A broker's server and the whole daemon, as processes on one clock that goes fast and jumps."""

import json
import shutil
import subprocess
import sys
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import httpx

from tests.servers.alpaca import KEY_ID, SECRET_KEY
from tests.servers.tradier import TOKEN
from tests.system import clock
from tests.system.clock import MovedClock, eventually
from tests.system.stage import HOUSE, Stage

Command = dict[str, Any]

ACCOUNT = "BOTD1"
_LIMIT_SECONDS = "170"  # real ones, of a server
_LIFETIME = "1000000"  # seconds of its own clock, which jumps over days
_PRIVATE = 0o600
_BOT = f"""\
name = "shorts"
broker = "street"
account = "{ACCOUNT}"
"""


@dataclass(slots=True)
class JumpingClock(MovedClock):
    """
    A clock that goes *rate* times as fast as time and can be set forward.

    A server follows at once: it reads a file, whose new content counts from the moment in
    which it is seen. libfaketime sees it anew in every thread, so that a daemon, which has
    several, is ended before the clock jumps and started again after it.
    """

    file: Path = field(default_factory=Path)

    def environment_of_server(self) -> dict[str, str]:
        """Give the variables that bind the clock of a process with one thread to the file."""
        self.begin()
        self._write()
        return {
            "LD_PRELOAD": self.library,
            "TZ": "UTC",
            "FAKETIME_TIMESTAMP_FILE": str(self.file),
            "FAKETIME_NO_CACHE": "1",
        }

    def jump(self, shown: datetime) -> None:
        """Let the server, and what is started from now on, see another instant."""
        self.begin()
        self.start += shown - self.now()
        self._write()

    def _write(self) -> None:
        fresh = self.file.with_suffix(".new")
        fresh.write_text(f"@{self.now():%Y-%m-%d %H:%M:%S.%f} x{self.rate}\n")
        fresh.replace(self.file)


@dataclass(slots=True)
class ServedBroker:
    """One dialect's server, a process of its own, and its control."""

    process: subprocess.Popen[str]  # `timeout`, whose child is the server
    port: int
    control: str

    @classmethod
    def start(cls, dialect: str, book: Path, moved: JumpingClock) -> "ServedBroker":
        """Start it on a clock, with a book of commands; it ends with this process at the latest."""
        variables = moved.environment_of_server()
        process = subprocess.Popen(
            [
                *("timeout", "--kill-after=5", _LIMIT_SECONDS, "env"),
                *(f"{name}={value}" for name, value in variables.items()),
                *(sys.executable, "-m", "tests.servers", dialect, "--account", ACCOUNT),
                *("--seconds", _LIFETIME, "--book", str(book)),
            ],
            cwd=HOUSE,
            env=clock.environment(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            text=True,
        )
        if process.stdout is None:
            raise RuntimeError("the server has no standard output")
        port, control = (process.stdout.readline().strip() for _ in range(2))
        return cls(process, int(port), f"http://127.0.0.1:{control}/_control")

    def do(self, *commands: Command) -> None:
        """Tell commands."""
        reply = httpx.post(f"{self.control}/do", json=list(commands), trust_env=False)
        if reply.is_error:
            raise AssertionError(reply.text)

    def state(self) -> dict[str, Any]:
        """Read what the exchange holds, and held."""
        return self._read("state")  # type: ignore[no-any-return]

    def visits(self) -> list[dict[str, Any]]:
        """Read every request that came."""
        return self._read("visits")  # type: ignore[no-any-return]

    def end(self) -> None:
        """End it, and collect what is left of it."""
        self.process.terminate()
        self.process.communicate(timeout=20)

    def _read(self, name: str) -> Any:  # noqa: ANN401 - JSON
        return httpx.get(f"{self.control}/{name}", trust_env=False, timeout=20).json()


@dataclass(slots=True)
class BrokerStage(Stage):
    """A stage whose only broker is a served dialect."""

    dialect: str = "alpaca"

    def set_up(self, port: int, calendar: Path) -> None:
        """Write the configuration for a server that listens on *port*."""
        self.state.mkdir(mode=0o700)
        shutil.copy(calendar, self.state / calendar.name)
        (self.config / "bots").mkdir(parents=True)
        ledger = f'[ledger]\nurl = "sqlite:///{self.ledger}"\n\n'
        lines = [f'{key} = "{value}"' for key, value in _addresses(self.dialect, port).items()]
        for key, value in _credentials(self.dialect).items():
            file = self.config / key
            file.touch(_PRIVATE)
            file.write_text(value)
            lines.append(f'{key} = {{ file = "{key}" }}')
        table = f'[brokers.street]\nkind = "{self.dialect}"\n' + "\n".join(lines) + "\n"
        (self.config / "botd.toml").write_text(ledger + table)
        (self.config / "bots" / "shorts.toml").write_text(_BOT)

    def ask(self, *commands: str) -> list[Any]:
        """Run commands that print JSON, side by side, and read what they print."""
        begun = [self.begin(*command.split(), "--json") for command in commands]
        try:
            told = [process.communicate(timeout=30) for process in begun]
        finally:
            for process in begun:
                process.kill()
        faults = [
            errors for process, (_, errors) in zip(begun, told, strict=True) if process.returncode
        ]
        if faults:
            raise AssertionError(faults)
        return [json.loads(output) for output, _ in told]

    def wait_until(self, instant: datetime) -> None:
        """Wait until the clock shows an instant."""
        eventually(lambda: self.clock.now() >= instant, 90, f"the clock shows {instant}")


def _addresses(dialect: str, port: int) -> dict[str, str]:
    """Say where a dialect is served; its order stream follows from it."""
    base = f"http://127.0.0.1:{port}"
    if dialect == "alpaca":
        return {"trading_url": base, "data_url": base}
    return {"url": f"{base}/v1"}


def _credentials(dialect: str) -> dict[str, str]:
    if dialect == "alpaca":
        return {"key_id": KEY_ID, "secret_key": SECRET_KEY}
    return {"token": TOKEN}
