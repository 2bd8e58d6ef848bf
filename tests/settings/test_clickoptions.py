"""The `[brokers.NAME]` table of ClickOptions, with the two words that nobody documents."""

from pathlib import Path

import pytest

from botd.domain.bot import Mode
from botd.settings.load import load
from botd.settings.model import AccountEnvironment, ClickOptionsSettings
from tests.settings.folder import PAPER, faults, write

TABLE = """
[brokers.co]
kind = "clickoptions"
token = { env = "CLICK_TOKEN" }
"""
ON_PAPER = 'environment = "paper"\n'


@pytest.mark.parametrize(
    ("said", "environment", "mode", "url", "words"),
    [
        pytest.param(
            "",
            AccountEnvironment.LIVE,
            Mode.OBSERVE,
            "https://api.clickoptions.ai/api",
            ("Authorization", "Bearer"),
            id="it is live, and observes",
        ),
        pytest.param(
            ON_PAPER + 'url = "http://127.0.0.1:8080/api/"\n',
            AccountEnvironment.PAPER,
            Mode.ARMED,
            "http://127.0.0.1:8080/api",
            ("Authorization", "Bearer"),
            id="a test server of one's own",
        ),
        pytest.param(
            'auth_header = "X-API-Key"\nauth_scheme = ""\n',
            AccountEnvironment.LIVE,
            Mode.OBSERVE,
            "https://api.clickoptions.ai/api",
            ("X-API-Key", ""),
            id="a key that stands alone",
        ),
    ],
)
def test_a_clickoptions_table(
    tmp_path: Path,
    said: str,
    environment: AccountEnvironment,
    mode: Mode,
    url: str,
    words: tuple[str, str],
) -> None:
    """What is left out is real money that nobody has armed, and a bearer token."""
    settings = load(write(tmp_path, main=f"{PAPER}{TABLE}{said}"), {"CLICK_TOKEN": "t0ken"})
    broker = settings.brokers["co"]

    assert isinstance(broker, ClickOptionsSettings)
    assert (environment, mode, url) == (broker.environment, broker.mode, broker.url)
    assert words == (broker.auth_header, broker.auth_scheme)
    assert ["t0ken"] == [secret.reveal() for secret in settings.secrets()]


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        pytest.param(
            ON_PAPER, "environment: 'paper': ClickOptions has no paper accounts", id="paper"
        ),
        pytest.param(
            'auth_header = "X API"\n',
            "auth_header: 'X API'; allowed: the name of a header, as in Authorization",
            id="no header",
        ),
        pytest.param(
            'auth_scheme = "Bearer:"\n',
            "auth_scheme: 'Bearer:'; allowed: the name of a header, as in Authorization",
            id="no scheme",
        ),
        pytest.param('auth_header = ""\n', "auth_header: is empty", id="a header without a name"),
    ],
)
def test_faults_of_a_clickoptions_table(tmp_path: Path, said: str, expected: str) -> None:
    """Each row is a mistake, and the words for it."""
    [fault] = faults(tmp_path, main=f"{PAPER}{TABLE}{said}")

    assert fault.startswith(f"botd.toml: brokers.co.{expected}")
