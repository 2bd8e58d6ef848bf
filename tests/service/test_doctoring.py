"""The whole of what the doctor looks at."""

from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from botd.brokers.port import Broker, Environment
from botd.calendar.load import CalendarLoad
from botd.clock import VirtualClock, VirtualTimeLoop
from botd.domain.bot import Bot, Mode
from botd.errors import BrokerUnavailable, ConfigError
from botd.ledger import open_ledger, positions
from botd.service import wiring
from botd.service.doctor import Cause, Finding, Grade, Report
from botd.service.doctoring import Connect, Visit, look
from botd.settings.model import AlpacaSettings, BotFile, NotifySettings, Settings
from tests.engine.given import position
from tests.engine.market import SESSIONS, instant
from tests.service.sickbed import SickBroker
from tests.service.test_anchors import EXCHANGE, KEY, LIVE, PAPER
from tests.service.test_doctor_house import Post

NAMES = ("first", "second")


@dataclass
class Ward:
    """Two accounts at two brokers, and a ledger."""

    folder: Path
    brokers: dict[str, AlpacaSettings] = field(
        default_factory=lambda: {name: replace(PAPER, name=name) for name in NAMES}
    )
    files: dict[str, BotFile] = field(
        default_factory=lambda: {
            name: BotFile(f"bots/{name}.toml", says_anchor=True) for name in NAMES
        }
    )

    def __post_init__(self) -> None:
        self.loop = VirtualTimeLoop(instant("17:00"))
        self.clock = VirtualClock(self.loop)
        self.sick = {name: SickBroker(self.clock, SESSIONS) for name in NAMES}
        self.post = Post()
        self.folder.chmod(0o700)

    @property
    def settings(self) -> Settings:
        path = self.folder / "botd.sqlite3"
        return Settings(
            directory=self.folder,
            ledger_url=f"sqlite:///{path}",
            ledger_path=path,
            brokers=dict(self.brokers),
            notify=NotifySettings((KEY,), KEY),
            bots={name: Bot(name, name, "PA1") for name in NAMES},
            overrides=(),
            bot_files=self.files,
        )

    def connect(self, chosen: Any, *_: object) -> Broker:  # noqa: ANN401 - a table
        return self.sick[chosen.name]

    def look(self, settings: Settings | None = None, connect: Connect | None = None) -> Report:
        visit = Visit(
            settings=settings or self.settings,
            calendar=CalendarLoad(SESSIONS, "a calendar"),
            clock=self.clock,
            holder=None,
            channels=self.post.channels(),
            connect=connect or self.connect,
        )
        return self.loop.run_until_complete(look(visit))


@pytest.fixture
def ward(tmp_path: Path) -> Iterator[Ward]:
    made = Ward(tmp_path)
    with closing(made.loop):
        yield made


def of(found: Report, about: str, check: str) -> Finding:
    [one] = [one for one in found.findings if (one.about, one.check) == (about, check)]
    return one


def test_everything_is_looked_at(ward: Ward) -> None:
    """What is nearest to the positions comes first."""
    found = ward.look()

    assert [
        "daemon",
        "configuration",
        "first/PA1",
        "second/PA1",
        "calendar",
        "ledger",
        "state directory",
        "notifications",
    ] == list(dict.fromkeys(one.about for one in found.findings))
    assert frozenset() == found.causes
    assert ["check"] == ward.post.done
    assert all(broker.is_closed for broker in ward.sick.values())


def test_the_ledger_is_only_read(ward: Ward) -> None:
    """Where there is none, none is made; where there is one, not a byte of it changes."""
    ward.look()
    assert [] == list(ward.folder.iterdir())

    open_ledger(ward.settings.ledger_url, create=True, threaded=False).close()
    before = ward.settings.ledger_path.read_bytes()
    ward.look()

    assert before == ward.settings.ledger_path.read_bytes()


def test_what_is_held_is_known_from_the_ledger(ward: Ward) -> None:
    """A spread needs a level that trades it."""
    ward.sick["first"].options_level = 2
    with closing(open_ledger(ward.settings.ledger_url, create=True, threaded=False)) as ledger:
        held = replace(position("spread", "+1 745P", "-1 750P"), broker="first", account="PA1")
        ledger.write_now(lambda tx: positions.add(tx, held, ward.clock.now()))

    assert Grade.FAULT is of(ward.look(), "first/PA1", "trading").grade


def test_brokers_are_asked_side_by_side(ward: Ward) -> None:
    """Two that hang take no longer than one."""
    for broker in ward.sick.values():
        broker.takes = {"account": timedelta(hours=1)}

    found = ward.look()

    assert instant("17:00:10") == ward.clock.now()
    assert {Cause.AWAY} == found.causes
    assert ["first/PA1", "second/PA1"] == found.shape()["unreachable"]


def test_one_that_is_away_hides_no_other(ward: Ward) -> None:
    """The other is looked at as always."""
    ward.sick["first"].fails = {"account": BrokerUnavailable("no route")}

    found = ward.look()

    assert Grade.FAULT is of(found, "first/PA1", "answer").grade
    assert Grade.OK is of(found, "second/PA1", "quotes").grade


def test_a_credential_that_is_missing(ward: Ward) -> None:
    """Its broker is not asked; the others are."""
    gone = replace(KEY, name="NOWHERE")
    ward.brokers["first"] = replace(ward.brokers["first"], key_id=gone)

    found = ward.look()

    one = of(found, "first/PA1", "answer")
    assert (Grade.FAULT, Cause.CONFIG) == (one.grade, one.cause)
    assert "not asked" in one.found
    assert [] == ward.sick["first"].asked
    assert ward.sick["second"].asked


def test_a_live_account_whose_bot_says_no_anchor(ward: Ward) -> None:
    """The daemon would not start: file, key and both times are told."""
    ward.brokers["first"] = replace(LIVE, name="first")
    ward.files = {**ward.files, "first": BotFile("bots/first.toml", says_anchor=False)}
    ward.sick["first"].environment = Environment.LIVE

    one = of(ward.look(), "first/PA1", "cut-off")

    assert (Grade.FAULT, Cause.CONFIG) == (one.grade, one.cause)
    assert "bots/first.toml: expiration.anchor" == one.help
    assert "from 15:15 New York" in one.found


def test_a_paper_account_whose_bot_says_no_anchor(ward: Ward) -> None:
    """The default stands; that it comes late is told."""
    ward.files = {}

    one = of(ward.look(), "second/PA1", "cut-off")

    assert (Grade.WARN, "no file: expiration.anchor") == (one.grade, one.help)


def test_a_cut_off_that_the_bots_know(ward: Ward) -> None:
    """There is nothing to do about it."""
    one = of(ward.look(), "second/PA1", "cut-off")

    assert (Grade.OK, "it may act from 15:15 New York on, as the bots know") == (
        one.grade,
        one.found,
    )


def test_a_broker_that_cannot_be_set_up(ward: Ward) -> None:
    """A recorded day that is gone is a fault of the configuration."""

    def refuse(*_: object) -> Broker:
        raise ConfigError("no pack")

    found = ward.look(connect=refuse)

    assert {Cause.CONFIG} == found.causes
    assert "no pack" == of(found, "first/PA1", "answer").found


def test_a_paper_account_that_was_never_opened(ward: Ward) -> None:
    """Looking makes no exchange; its first start does."""
    settings = replace(
        ward.settings,
        brokers={"first": replace(EXCHANGE, name="first")},
        bots={"first": Bot("first", "first", "PA1")},
    )

    found = ward.look(settings, connect=wiring.connect)

    assert "a paper account that its first start makes" == of(found, "first/PA1", "answer").found
    assert [] == list(ward.folder.iterdir())


def test_an_account_that_observes_is_shown_so(ward: Ward) -> None:
    """Whoever looks sees whether orders may leave."""
    ward.brokers["first"] = replace(ward.brokers["first"], mode=Mode.ARMED)

    found = ward.look()

    assert "PA1, paper, armed" == of(found, "first/PA1", "account").found
    assert "PA1, paper, observe" == of(found, "second/PA1", "account").found
