import socket
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import time, timedelta
from pathlib import Path

import pytest

from botd.brokers.paper.card import PAPER_CARD
from botd.clock import VirtualClock, VirtualTimeLoop
from botd.domain.bot import Bot, Mode
from botd.errors import ConfigError
from botd.ledger import open_ledger
from botd.service import wiring
from botd.service.wiring import Surroundings
from botd.settings.model import (
    AccountEnvironment,
    Align,
    AlpacaSettings,
    NotifySettings,
    PaperQuotes,
    PaperSettings,
    Settings,
)
from botd.settings.secret import Secret, SecretPlaces, SecretSource
from tests.engine.given import position
from tests.engine.market import SESSIONS, instant
from tests.service.replaying import DAY

KEY = ("paper", "paper")
SECRET = Secret(SecretSource.ENV, "KEY", "botd.toml: key", SecretPlaces({}, Path("/")))
ALPACA = AlpacaSettings(
    "alpaca",
    AccountEnvironment.PAPER,
    Mode.ARMED,
    "https://a",
    "https://b",
    "wss://a",
    SECRET,
    SECRET,
)


@pytest.fixture
def around() -> Iterator[Surroundings]:
    loop = VirtualTimeLoop(instant("17:40"))
    with closing(loop), closing(open_ledger("sqlite://", create=True, threaded=False)) as ledger:
        yield Surroundings(ledger, VirtualClock(loop), SESSIONS, "test")


def settings(folder: Path, paper: PaperSettings | None = None) -> Settings:
    chosen = paper or PaperSettings("paper", PaperQuotes(pack=DAY.write(folder / "pack")))
    return Settings(
        directory=folder,
        ledger_url="sqlite://",
        ledger_path=folder / "botd.sqlite3",
        brokers={"paper": chosen},
        notify=NotifySettings(),
        bots={"wheel": Bot("wheel", *KEY)},
        overrides=(),
    )


def test_accounts_of_bots_and_of_positions(tmp_path: Path) -> None:
    """Each once; a held one counts as long as its broker is configured."""
    held = [KEY, ("paper", "other"), ("alpaca", "PA1")]

    assert (("paper", "other"), KEY) == wiring.accounts_of(settings(tmp_path), held)


def test_what_is_homeless(tmp_path: Path) -> None:
    """A position whose broker or bot is not configured is named, with what that means."""
    kept = position("kept", "-1 750P")
    foreign = replace(position("foreign", "-1 750P"), broker="alpaca", number=7)
    renamed = position("renamed", "-1 750P", bot="old")

    found = dict(wiring.homeless(settings(tmp_path), [kept, foreign, renamed]))

    assert ["bot old", "brokers.alpaca"] == sorted(found)
    assert "looked after by nobody" in found["brokers.alpaca"]
    assert "botd take 7" in found["brokers.alpaca"]
    assert "default rules" in found["bot old"]


def test_the_owner_is_host_and_process() -> None:
    """Two processes never claim under one name."""
    assert wiring.owner_name().startswith(f"{socket.gethostname()}:")


async def test_an_account_opened(tmp_path: Path, around: Surroundings) -> None:
    """Its exchange lies in the state directory, and its rules are the configuration's."""
    paper = PaperSettings(
        "paper",
        PaperQuotes(pack=DAY.write(tmp_path / "pack")),
        mode=Mode.OBSERVE,
        cutoff=time(15, 15),
    )

    engine = wiring.open_engine(settings(tmp_path, paper), KEY, around)

    desk = engine.desk
    assert (tmp_path / "paper-paper-paper.sqlite3").is_file()
    assert (KEY, Mode.OBSERVE, "test") == (desk.key, desk.mode, desk.owner)
    assert timedelta(minutes=45) == desk.cutoff_before_close
    assert {"wheel"} == desk.bots.keys()
    await engine.stop()


def test_a_card_s_cutoff_counts_where_nobody_corrects_it(
    tmp_path: Path, around: Surroundings
) -> None:
    """New York time of a full day becomes a distance from the close."""
    card = replace(PAPER_CARD, cutoff=time(15, 30), requests_per_minute=200)
    broker = wiring.open_paper(
        PaperSettings("paper", PaperQuotes(pack=DAY.write(tmp_path / "pack"))),
        "paper",
        None,
        around.clock,
        SESSIONS,
        card,
    )
    desk = wiring.make_desk(KEY, broker, around, [])

    wiring.apply_settings(settings(tmp_path), KEY, desk)

    assert timedelta(minutes=30) == desk.cutoff_before_close
    broker.close()


def test_a_broker_that_is_gone_keeps_its_mode(tmp_path: Path, around: Surroundings) -> None:
    """A reload without its table changes the bots and nothing else."""
    broker = wiring.open_paper(
        PaperSettings("paper", PaperQuotes(pack=DAY.write(tmp_path / "pack"))),
        "paper",
        None,
        around.clock,
        SESSIONS,
    )
    desk = wiring.make_desk(KEY, broker, around, [], mode=Mode.OBSERVE)

    wiring.apply_settings(replace(settings(tmp_path), brokers={}), KEY, desk)

    assert (Mode.OBSERVE, None) == (desk.mode, desk.cutoff_before_close)
    assert {"wheel"} == desk.bots.keys()
    broker.close()


async def test_a_broker_behind_a_network(around: Surroundings, tmp_path: Path) -> None:
    """Its adapter is opened; no credential is read, and nothing is sent, before it is asked."""
    broker = wiring.open_broker(ALPACA, "PA1", tmp_path, around)

    assert "alpaca" == broker.card.kind
    await broker.aclose()


def test_quotes_of_another_broker(around: Surroundings, tmp_path: Path) -> None:
    """There are none in this version, and the message says what is allowed."""
    live = PaperSettings("paper", PaperQuotes(broker="alpaca"))

    with pytest.raises(ConfigError, match=r"brokers\.paper\.quotes: .*allowed: "):
        wiring.open_broker(live, "paper", tmp_path, around)


def test_an_aligned_pack_is_moved(around: Surroundings, tmp_path: Path) -> None:
    """`align = "close"` shows the recorded day at each session's close."""
    paper = PaperSettings("paper", PaperQuotes(align=Align.CLOSE))
    broker = wiring.open_paper(paper, "paper", tmp_path, around.clock, SESSIONS)

    shown = broker.feed.at(instant("12-28 20:00"))

    assert instant("12-28 21:00") == shown.pack.closes_at
    broker.close()
