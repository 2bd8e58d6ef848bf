"""The `[brokers.NAME]` table of CrossTrade, with its two ways."""

from pathlib import Path

import pytest

from botd.domain.bot import Mode
from botd.settings.load import load
from botd.settings.model import AccountEnvironment, CrosstradeSettings, CrosstradeTransport
from tests.settings.folder import PAPER, faults, write

TABLE = """
[brokers.nt]
kind = "crosstrade"
token = { env = "CROSSTRADE_TOKEN" }
"""
ENVIRON = {"CROSSTRADE_TOKEN": "t0ken-value"}


@pytest.mark.parametrize(
    ("said", "environment", "mode", "urls", "transport"),
    [
        pytest.param(
            "",
            AccountEnvironment.PAPER,
            Mode.ARMED,
            ("https://app.crosstrade.io", "wss://app.crosstrade.io/ws/stream"),
            CrosstradeTransport.REST,
            id="what is left out",
        ),
        pytest.param(
            'environment = "live"\ntransport = "websocket"\nurl = "http://127.0.0.1:8080/"\n',
            AccountEnvironment.LIVE,
            Mode.OBSERVE,
            ("http://127.0.0.1:8080", "ws://127.0.0.1:8080/ws/stream"),
            CrosstradeTransport.WEBSOCKET,
            id="live observes, and the socket follows the address",
        ),
        pytest.param(
            'stream_url = "wss://gate.example/ws"\nmode = "observe"\n',
            AccountEnvironment.PAPER,
            Mode.OBSERVE,
            ("https://app.crosstrade.io", "wss://gate.example/ws"),
            CrosstradeTransport.REST,
            id="a socket elsewhere",
        ),
    ],
)
def test_a_crosstrade_table(
    tmp_path: Path,
    said: str,
    environment: AccountEnvironment,
    mode: Mode,
    urls: tuple[str, str],
    transport: CrosstradeTransport,
) -> None:
    """Each row is a table, and what it comes to."""
    settings = load(write(tmp_path, main=f"{PAPER}{TABLE}{said}"), ENVIRON)
    broker = settings.brokers["nt"]

    assert isinstance(broker, CrosstradeSettings)
    assert (environment, mode, urls) == (
        broker.environment,
        broker.mode,
        (broker.url, broker.stream_url),
    )
    assert transport is broker.transport
    assert ["t0ken-value"] == [secret.reveal() for secret in settings.secrets()]


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        pytest.param('transport = "rpc"\n', "transport: 'rpc'; allowed: rest, websocket", id="way"),
        pytest.param('account = "Sim101"\n', "account: unknown key", id="the account is a bot's"),
    ],
)
def test_faults_of_a_crosstrade_table(tmp_path: Path, said: str, expected: str) -> None:
    """Each row is a mistake, and the words for it."""
    [fault] = faults(tmp_path, main=f"{PAPER}{TABLE}{said}")

    assert fault.startswith(f"botd.toml: brokers.nt.{expected}")
