"""A day on which a broker repeats our credentials again and again, and nothing keeps them."""

import io
import sys
from dataclasses import dataclass, field, replace
from pathlib import Path
from random import Random

import httpx
import pytest

from botd.brokers.port import Broker
from botd.brokers.transport.door import Carriers
from botd.calendar.load import load_sessions
from botd.cli.app import run
from botd.cli.options import World
from botd.clock import Clock
from botd.ledger import open_ledger
from botd.service.logging import LogStyle, logging_to
from botd.service.outbox import outbox_of
from botd.service.replay import Played, prepare
from botd.service.replay_result import document, report_day
from botd.web.report.page import render
from tests.brokers.canary import CAGES, SQUAWKS, Caged, Parrot, found_in
from tests.cli.conftest import FixedClock
from tests.engine.given import bot, position
from tests.engine.market import SESSIONS, instant, symbol
from tests.scenarios.served import Account, ServedDay

_OFTEN = 0.3  # of requests that are answered by a parrot
_COMMANDS = (
    *((), ("status",), ("positions", "list"), ("positions", "show", "1"), ("override", "list")),
    *(("history",), ("check",), ("ledger", "check"), ("calendar",), ("plan",)),
)


@dataclass
class Aviary:
    """An account at a broker that repeats what it hears, with everything that is kept of it."""

    cage: Caged
    folder: Path
    parrots: list[Parrot] = field(default_factory=list)
    words: set[str] = field(default_factory=set)
    logs: io.StringIO = field(default_factory=io.StringIO)
    kept: dict[str, str] = field(default_factory=dict)  # by where it stands

    def live(self) -> None:
        """Let the day pass, and gather what is left of it."""
        day = ServedDay("17:40")
        day.ledger.close()
        day.ledger = open_ledger(f"sqlite:///{self.ledger}", create=True, threaded=False)
        style = LogStyle(is_json=True, is_verbose=True, patience_seconds=20)
        try:
            with logging_to(self.logs, style, day.clock):
                account = self._open(day)
                day.play("18:01")
                day.kill()  # and once more, from the record
                day.play("18:05")
            self._gather(day, account)
        finally:
            day.shut()
        self.kept["log"] = self.logs.getvalue()
        for path in self.folder.rglob("botd.sqlite3*"):
            self.kept[path.name] = path.read_bytes().decode("utf-8", "replace")

    @property
    def ledger(self) -> Path:
        """The ledger's file, where the configuration has it."""
        return self.folder / "config" / "var" / "botd.sqlite3"

    def _open(self, day: ServedDay) -> Account:
        rng = Random(11)  # noqa: S311 - the same day each time
        names = sorted(SQUAWKS)

        def word(_: httpx.Request) -> str | None:
            if rng.random() > _OFTEN:
                return None
            self.words.add(found := rng.choice(names))
            return found

        def broker(carriers: Carriers, clock: Clock) -> Broker:
            assert carriers.orders is not None
            parrot = Parrot(carriers.orders, self.cage, word)
            self.parrots.append(parrot)
            return self.cage.broker(Carriers(parrot, parrot), clock, None)

        account = day.open("street", replace(self.cage.dialect, broker=broker), bot())
        day.hold(account, *(position(f"p{n}", "-1 750P") for n in range(4)))
        account.market = {symbol("750P"): ("2.00", "3.00"), "GOOG": ("748.00", "748.02")}
        return account

    def _gather(self, day: ServedDay, account: Account) -> None:
        played = Played(prepare(None, None, {}, SESSIONS), day.ledger)
        self.kept["report"] = render(report_day(played))
        self.kept["document"] = repr(document(played))
        due = day.loop.run_until_complete(outbox_of(day.ledger).due(instant("12-30 12:00")))
        self.kept["notifications"] = repr(due)
        self.kept["words"] = day.words()
        self.kept["engine"] = repr(account.engine)
        self.secrets = self.cage.secrets(account.gate.face)


@pytest.fixture(scope="module")
def sessions(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("calendar")
    load_sessions(folder, (), instant("17:40"))
    return folder / "sessions.json"


@pytest.mark.parametrize("name", CAGES)
def test_nothing_keeps_a_credential(
    name: str, tmp_path: Path, sessions: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Neither log nor ledger, report, notification, board nor any output tells one."""
    aviary = Aviary(CAGES[name], tmp_path)
    _configure(name, aviary, sessions)
    aviary.live()
    codes = _ask_everything(aviary, capsys)

    kept = {**aviary.kept, **_of_this_process()}
    assert {} == {place: found for place, text in kept.items() if (found := _in(text, aviary))}
    assert {0} == set(codes.values()), codes
    # It was repeated, and the words came as far as the record and the log.
    assert sum(len(parrot.heard) for parrot in aviary.parrots) > len(SQUAWKS)
    assert len(aviary.words) > len(SQUAWKS) // 2
    assert "[hidden]" in kept["log"] + kept["botd.sqlite3"]
    assert "p0" in kept["report"]


def _in(text: str, aviary: Aviary) -> list[str]:
    return found_in(text, aviary.secrets)


def _configure(name: str, aviary: Aviary, sessions: Path) -> None:
    """Write a configuration whose broker has the canaries for credentials."""
    keys = {
        "alpaca": ("key_id", "secret_key"),
        "tradier": ("token",),
        "tastytrade": ("client_secret", "refresh_token"),
    }[name]
    lines = [f'[brokers.street]\nkind = "{name}"']
    lines += [f'{key} = {{ env = "CANARY_{number}" }}' for number, key in enumerate(keys)]
    config = aviary.folder / "config"
    aviary.ledger.parent.mkdir(parents=True)
    (config / "bots").mkdir()
    (config / "botd.toml").write_text("\n".join(lines) + "\n")
    account = aviary.cage.dialect.account
    (config / "bots" / "wheel.toml").write_text(
        f'name = "wheel"\nbroker = "street"\naccount = "{account}"\n'
    )
    (aviary.ledger.parent / "sessions.json").write_bytes(sessions.read_bytes())


def _ask_everything(
    aviary: Aviary, capsys: pytest.CaptureFixture[str]
) -> dict[tuple[str, ...], int]:
    """Run the commands that tell something, for people and for machines."""
    secrets = {f"CANARY_{number}": value for number, value in enumerate(aviary.cage.canaries)}
    world = World(environ=secrets, cwd=aviary.folder, clock=FixedClock(instant("18:06")))
    codes = {}
    capsys.readouterr()
    for command in _COMMANDS:
        for more in ((), ("--json",)):
            codes[(*command, *more)] = run((*command, *more), world)
            told = capsys.readouterr()
            aviary.kept[" ".join(("botd", *command, *more))] = told.out + told.err
    return codes


def _of_this_process() -> dict[str, str]:
    """Give what other users of the host see of it."""
    found = {"arguments": repr(sys.argv)}
    cmdline = Path("/proc/self/cmdline")
    if cmdline.exists():
        found["cmdline"] = cmdline.read_bytes().decode("utf-8", "replace")
    return found
