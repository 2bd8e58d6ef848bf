"""The `[brokers.NAME]` table of Intotes, whose accounts are all of real money."""

from pathlib import Path

import pytest

from botd.domain.bot import Mode
from botd.settings.load import load
from botd.settings.model import AccountEnvironment, IntotesSettings
from tests.settings.folder import PAPER, faults, write

TABLE = """
[brokers.intotes]
kind = "intotes"
refresh_token = { env = "INTOTES_REFRESH" }
"""
SERVER = 'url = "http://127.0.0.1:8080/"\n'
ON_PAPER = 'environment = "paper"\n'


@pytest.mark.parametrize(
    ("said", "environment", "mode", "url"),
    [
        pytest.param(
            "",
            AccountEnvironment.LIVE,
            Mode.OBSERVE,
            "https://api.intotes.com",
            id="it is live, and observes",
        ),
        pytest.param(
            'url = "https://intotes.com"\nmode = "armed"\n',
            AccountEnvironment.LIVE,
            Mode.ARMED,
            "https://intotes.com",
            id="the host of the API reference, armed by a person",
        ),
        pytest.param(
            ON_PAPER + SERVER,
            AccountEnvironment.PAPER,
            Mode.ARMED,
            "http://127.0.0.1:8080",
            id="a test server of one's own",
        ),
    ],
)
def test_an_intotes_table(
    tmp_path: Path, said: str, environment: AccountEnvironment, mode: Mode, url: str
) -> None:
    """What is left out is real money that nobody has armed."""
    settings = load(write(tmp_path, main=f"{PAPER}{TABLE}{said}"), {"INTOTES_REFRESH": "r3fresh"})
    broker = settings.brokers["intotes"]

    assert isinstance(broker, IntotesSettings)
    assert (environment, mode, url) == (broker.environment, broker.mode, broker.url)
    assert ["r3fresh"] == [secret.reveal() for secret in settings.secrets()]


@pytest.mark.parametrize("host", ["api.intotes.com", "intotes.com"])
def test_there_is_no_paper_at_intotes(tmp_path: Path, host: str) -> None:
    """An account that armed itself as paper would trade real money."""
    words = f'{PAPER}{TABLE}{ON_PAPER}url = "https://{host}"\n'
    [fault] = faults(tmp_path, main=words)

    assert fault.startswith(
        "botd.toml: brokers.intotes.environment: 'paper': Intotes has no paper accounts"
    )
