from dataclasses import replace
from datetime import time
from pathlib import Path

import pytest

from botd.domain.bot import Mode
from botd.errors import ConfigError
from botd.service.reloading import refuse_unfit, waits_for_restart
from botd.settings.model import (
    AccountEnvironment,
    AlpacaSettings,
    BrokerSettings,
    NotifySettings,
    PaperQuotes,
    PaperSettings,
    Settings,
)
from botd.settings.secret import Secret, SecretPlaces, SecretSource

PLACES = SecretPlaces({"KEY": "k"}, Path("/"))
KEY = Secret(SecretSource.ENV, "KEY", "botd.toml: brokers.alpaca.key_id", PLACES)
MISSING = Secret(SecretSource.ENV, "NOWHERE", "botd.toml: notify.urls", PLACES)
PAPER = PaperSettings("paper", PaperQuotes())
ALPACA = AlpacaSettings(
    "alpaca", AccountEnvironment.PAPER, Mode.ARMED, "https://a", "https://b", "wss://a", KEY, KEY
)


def settings(
    *brokers: BrokerSettings, ledger: str = "a", urls: tuple[Secret, ...] = ()
) -> Settings:
    return Settings(
        directory=Path("/"),
        ledger_url=f"sqlite:////{ledger}",
        ledger_path=Path(f"/{ledger}"),
        brokers={broker.name: broker for broker in brokers},
        notify=NotifySettings(urls=urls),
        bots={},
        overrides=(),
    )


def test_what_a_running_daemon_takes() -> None:
    """The same ledger and credentials that can be had are no fault."""
    refuse_unfit(settings(PAPER), settings(ALPACA))


def test_every_fault_is_told() -> None:
    """A credential that cannot be had, and a ledger that cannot be changed."""
    with pytest.raises(ConfigError) as raised:
        refuse_unfit(settings(), settings(ledger="b", urls=(MISSING,)))

    credential, ledger = raised.value.faults
    assert "NOWHERE" in credential
    assert ledger.startswith("ledger.url: 'sqlite:////b'; a running daemon keeps its ledger")


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        pytest.param(PAPER, replace(PAPER, mode=Mode.OBSERVE), (), id="a mode"),
        pytest.param(PAPER, replace(PAPER, cutoff=time(15, 15)), (), id="a cut-off"),
        pytest.param(
            PAPER,
            replace(PAPER, quotes=PaperQuotes(broker="alpaca")),
            ("brokers.paper",),
            id="where quotes come from",
        ),
        pytest.param(
            ALPACA,
            replace(ALPACA, trading_url="https://c"),
            ("brokers.alpaca",),
            id="an address",
        ),
        pytest.param(
            PAPER, replace(ALPACA, name="paper"), ("brokers.paper",), id="another kind of broker"
        ),
    ],
)
def test_what_waits_for_a_restart(
    before: BrokerSettings, after: BrokerSettings, expected: tuple[str, ...]
) -> None:
    """A connection stays as it was opened; everything else is taken at once."""
    assert expected == waits_for_restart(settings(before), settings(after))


def test_a_broker_that_is_gone_waits_for_nothing() -> None:
    """Neither does one that is new."""
    assert () == waits_for_restart(settings(PAPER), settings(ALPACA))
