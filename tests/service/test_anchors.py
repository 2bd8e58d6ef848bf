from dataclasses import replace
from datetime import time, timedelta
from pathlib import Path

import pytest

from botd.domain.bot import Anchor, Bot, Expiration, Mode
from botd.errors import ConfigError
from botd.service import anchors, daemon
from botd.service.reloading import refuse_unfit
from botd.settings.model import (
    AccountEnvironment,
    AlpacaSettings,
    BotFile,
    BrokerSettings,
    NotifySettings,
    PaperQuotes,
    PaperSettings,
    Settings,
)
from botd.settings.secret import Secret, SecretPlaces, SecretSource

KEY = Secret(SecretSource.ENV, "KEY", "botd.toml: key", SecretPlaces({"KEY": "k"}, Path("/")))
LIVE = AlpacaSettings(
    name="broker",
    environment=AccountEnvironment.LIVE,
    mode=Mode.OBSERVE,
    trading_url="https://a",
    data_url="https://b",
    stream_url="wss://a",
    key_id=KEY,
    secret_key=KEY,
)
PAPER = replace(LIVE, environment=AccountEnvironment.PAPER)
EXCHANGE = PaperSettings("broker", PaperQuotes())
BOT = Bot("condors", "broker", "PA1")


def settings(broker: BrokerSettings, *, says_anchor: bool = False, bot: Bot = BOT) -> Settings:
    return Settings(
        directory=Path("/nowhere"),
        ledger_url="sqlite:////nowhere/botd.sqlite3",
        ledger_path=Path("/nowhere/botd.sqlite3"),
        brokers={broker.name: broker},
        notify=NotifySettings(),
        bots={bot.name: bot},
        overrides=(),
        bot_files={bot.name: BotFile("bots/condors.toml", says_anchor)},
    )


def test_what_a_person_is_asked_to_write() -> None:
    """File, key, both times, what each choice means, and where the cut-off is known from."""
    [fault] = anchors.faults(settings(LIVE))

    assert fault.startswith(
        "bots/condors.toml: expiration.anchor: missing; [brokers.broker] is a live account "
        "whose broker may act from 15:15 New York on (alpaca.markets/support: "
    )
    assert fault.endswith(
        ", before the close at 16:00. Write which counts: "
        '"close" tries at 15:50, 15:55, 15:59, when the broker may already have acted; '
        '"cutoff" tries at 15:05, 15:10, 15:14, and what is out of the money then is left alone; '
        '"both" tries at 15:05, 15:10, 15:14, 15:50, 15:55, 15:59'
    )


def test_a_corrected_cut_off_is_a_person_s_own_word() -> None:
    """The card's source is not named for it; leads of seconds are told to the second."""
    bot = replace(BOT, expiration=Expiration(attempts=(timedelta(seconds=90),)))
    [fault] = anchors.faults(settings(replace(LIVE, cutoff=time(15, 30)), bot=bot))

    assert "may act from 15:30 New York on, before the close" in fault
    assert '"cutoff" tries at 15:28:30,' in fault


@pytest.mark.parametrize(
    "found",
    [
        pytest.param(settings(LIVE, says_anchor=True), id="the default in words"),
        pytest.param(
            settings(
                LIVE,
                says_anchor=True,
                bot=replace(BOT, expiration=Expiration(anchor=Anchor.BOTH)),
            ),
            id="both",
        ),
        pytest.param(settings(replace(LIVE, cutoff=time(16, 0))), id="no cut-off after all"),
        pytest.param(settings(EXCHANGE), id="a broker without a cut-off"),
        pytest.param(replace(settings(LIVE), brokers={}), id="a broker that is not there"),
    ],
)
def test_nothing_to_ask(found: Settings) -> None:
    """A person has chosen, or there is nothing to choose."""
    assert () == anchors.differences(found)


def test_on_paper_the_difference_is_told() -> None:
    """`close` is the default there, and no fault."""
    found = settings(PAPER)

    assert () == anchors.faults(found)
    assert [
        (
            "bots/condors.toml: attempts at 15:50, 15:55, 15:59 New York; [brokers.broker] may "
            'act from 15:15 on: anchor = "cutoff" would try at 15:05, 15:10, 15:14, "both" at both'
        )
    ] == [one.brief() for one in anchors.differences(found)]


def test_a_daemon_does_not_start_without_that_word() -> None:
    """Before it makes a folder, takes a lock, or opens an account."""
    with pytest.raises(ConfigError, match=r"bots/condors\.toml: expiration\.anchor: missing"):
        daemon.run(lambda: settings(LIVE))


def test_a_running_daemon_does_not_take_over_a_configuration_without_it() -> None:
    """A reload is no way around it."""
    with pytest.raises(ConfigError, match=r"expiration\.anchor: missing"):
        refuse_unfit(settings(PAPER), settings(LIVE))
