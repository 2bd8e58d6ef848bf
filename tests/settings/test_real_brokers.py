from datetime import time
from pathlib import Path

import pytest

from botd.domain.bot import Mode
from botd.settings.load import load
from botd.settings.model import (
    AccountEnvironment,
    AlpacaSettings,
    TastytradeSettings,
    TradierSettings,
)
from tests.settings.folder import ALPACA, PAPER, REFERENCES, faults, main, write

M = "botd.toml: "
TRADIER = """
[brokers.tradier]
kind = "tradier"
token = { env = "TRADIER_TOKEN" }
"""
TASTYTRADE = """
[brokers.tastytrade]
kind = "tastytrade"
client_secret = { env = "TASTY_SECRET" }
refresh_token = { env = "TASTY_REFRESH" }
"""
LIVE = 'environment = "live"\n'


@pytest.mark.parametrize(
    ("said", "url", "stream_url"),
    [
        pytest.param(
            "",
            "https://sandbox.tradier.com/v1",
            "wss://sandbox-ws.tradier.com/v1/accounts/events",
            id="paper is the sandbox",
        ),
        pytest.param(
            LIVE,
            "https://api.tradier.com/v1",
            "wss://ws.tradier.com/v1/accounts/events",
            id="live",
        ),
        pytest.param(
            'url = "http://127.0.0.1:8080/v1/"',
            "http://127.0.0.1:8080/v1",
            "ws://127.0.0.1:8080/v1/accounts/events",
            id="a server on this machine",
        ),
        pytest.param(
            'url = "https://gate.example/tradier"\nstream_url = "wss://gate.example/events"',
            "https://gate.example/tradier",
            "wss://gate.example/events",
            id="a gateway of somebody's own",
        ),
    ],
)
def test_a_tradier_table(tmp_path: Path, said: str, url: str, stream_url: str) -> None:
    """The environment gives the addresses; both may be said."""
    settings = load(write(tmp_path, main=f"{PAPER}{TRADIER}{said}\n"), {"TRADIER_TOKEN": "t0ken"})
    broker = settings.brokers["tradier"]

    assert isinstance(broker, TradierSettings)
    assert (url, stream_url) == (broker.url, broker.stream_url)
    assert "t0ken" == broker.token.reveal()
    assert (broker.token,) == settings.secrets()


@pytest.mark.parametrize(
    ("said", "url", "stream_url"),
    [
        pytest.param(
            "",
            "https://api.cert.tastyworks.com",
            "wss://streamer.cert.tastyworks.com",
            id="paper is the sandbox",
        ),
        pytest.param(
            LIVE, "https://api.tastyworks.com", "wss://streamer.tastyworks.com", id="live"
        ),
        pytest.param(
            'url = "http://[::1]:8080"', "http://[::1]:8080", "ws://[::1]:8080", id="this machine"
        ),
    ],
)
def test_a_tastytrade_table(tmp_path: Path, said: str, url: str, stream_url: str) -> None:
    """The environment gives the addresses; both credentials are told from one another."""
    environ = {"TASTY_SECRET": "s3cret", "TASTY_REFRESH": "r3fresh"}
    settings = load(write(tmp_path, main=f"{PAPER}{TASTYTRADE}{said}\n"), environ)
    broker = settings.brokers["tastytrade"]

    assert isinstance(broker, TastytradeSettings)
    assert (url, stream_url) == (broker.url, broker.stream_url)
    assert ["s3cret", "r3fresh"] == [secret.reveal() for secret in settings.secrets()]


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        pytest.param("", "wss://paper-api.alpaca.markets/stream", id="paper"),
        pytest.param(LIVE, "wss://api.alpaca.markets/stream", id="live"),
        pytest.param(
            'trading_url = "http://localhost:81"', "ws://localhost:81/stream", id="this machine"
        ),
    ],
)
def test_where_alpaca_s_stream_is(tmp_path: Path, said: str, expected: str) -> None:
    """It stands where the calls go to."""
    broker = load(write(tmp_path, main=f"{PAPER}{ALPACA}{said}\n"), {}).brokers["alpaca"]

    assert isinstance(broker, AlpacaSettings)
    assert expected == broker.stream_url


@pytest.mark.parametrize(
    "table", [pytest.param(each, id=each.split("]")[0][11:]) for each in (TRADIER, TASTYTRADE)]
)
@pytest.mark.parametrize(
    ("said", "environment", "mode"),
    [
        pytest.param("", AccountEnvironment.PAPER, Mode.ARMED, id="paper is armed"),
        pytest.param(LIVE, AccountEnvironment.LIVE, Mode.OBSERVE, id="live observes"),
        pytest.param(
            f'{LIVE}mode = "armed"', AccountEnvironment.LIVE, Mode.ARMED, id="a person arms it"
        ),
    ],
)
def test_a_live_account_starts_by_observing(
    tmp_path: Path, table: str, said: str, environment: AccountEnvironment, mode: Mode
) -> None:
    """Only a person's own word lets orders leave for real money."""
    words = f'{PAPER}{table}cutoff = "15:20"\n{said}\n'
    [broker] = [
        each
        for each in load(write(tmp_path, main=words), {}).brokers.values()
        if each.name != "paper"
    ]

    assert (environment, mode) == (broker.environment, broker.mode)
    assert time(15, 20) == broker.cutoff


def other_side(table: str, key: str, found: str, environment: str, left_out: str) -> str:
    """Write the fault of an address of the other environment."""
    other = {"paper": "live", "live": "paper"}[environment]
    return (
        f"{M}brokers.{table}.{key}: '{found}' is of environment '{other}', "
        f"and environment is '{environment}'; left out: {left_out}"
    )


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        pytest.param(
            main(f'{TRADIER}url = "https://api.tradier.com/v1"'),
            [
                other_side(
                    "tradier",
                    "url",
                    "https://api.tradier.com/v1",
                    "paper",
                    "https://sandbox.tradier.com/v1",
                )
            ],
            id="real money behind the word paper",
        ),
        pytest.param(
            main(f'{TASTYTRADE}{LIVE}url = "https://api.cert.tastyworks.com/"'),
            [
                other_side(
                    "tastytrade",
                    "url",
                    "https://api.cert.tastyworks.com",
                    "live",
                    "https://api.tastyworks.com",
                )
            ],
            id="a sandbox behind the word live",
        ),
        pytest.param(
            main(f'{ALPACA}{LIVE}trading_url = "https://PAPER-api.alpaca.markets/v2"'),
            [
                other_side(
                    "alpaca",
                    "trading_url",
                    "https://PAPER-api.alpaca.markets/v2",
                    "live",
                    "https://api.alpaca.markets",
                )
            ],
            id="however it is spelt",
        ),
        pytest.param(
            main(f'{TRADIER}stream_url = "wss://ws.tradier.com/v1/accounts/events"'),
            [
                (
                    f"{M}brokers.tradier.stream_url: 'wss://ws.tradier.com/v1/accounts/events' is "
                    "of another environment than 'https://sandbox.tradier.com/v1'; "
                    "left out: wss://sandbox-ws.tradier.com/v1/accounts/events"
                )
            ],
            id="a stream of the other environment",
        ),
        pytest.param(
            main(f'{TRADIER}url = "https://x.example:99999"\nstream_url = "https://x.example"'),
            [
                (
                    f"{M}brokers.tradier.url: 'https://x.example:99999'; "
                    "allowed: https://..., or http:// on this machine"
                ),
                (
                    f"{M}brokers.tradier.stream_url: 'https://x.example'; "
                    "allowed: wss://..., or ws:// on this machine"
                ),
            ],
            id="no port, and no stream",
        ),
        pytest.param(
            main(f'{TASTYTRADE}url = "https://x.example/?token=abc"'),
            [
                (
                    f"{M}brokers.tastytrade.url: has a part behind '?' or '#'; "
                    "allowed: https://HOST[/PATH]"
                ),
            ],
            id="an address with a question, which may hold a key",
        ),
        pytest.param(
            main('[brokers.t]\nkind = "tradier"\ntokn = "t0ken"\naccount = "VA1"'),
            [
                f"{M}brokers.t.token: missing; write {REFERENCES}",
                f"{M}brokers.t.tokn: unknown key; did you mean token?",
                (
                    f"{M}brokers.t.account: unknown key; allowed: kind, environment, mode, cutoff, "
                    "url, stream_url, token"
                ),
            ],
            id="a misspelt token, and an account that belongs into the bot's file",
        ),
        pytest.param(
            main('[brokers.t]\nkind = "tastytrade"\nclient_secret = "s3cret"'),
            [
                f"{M}brokers.t.client_secret: no secret stands in a file; write {REFERENCES}",
                f"{M}brokers.t.refresh_token: missing; write {REFERENCES}",
            ],
            id="a secret in the file is refused, and not repeated",
        ),
        pytest.param(
            main(f'{TRADIER}environment = "sandbox"'),
            [f"{M}brokers.tradier.environment: 'sandbox'; allowed: paper, live"],
            id="the sandbox goes by the name of paper",
        ),
    ],
)
def test_faults(tmp_path: Path, files: dict[str, str | bytes], expected: list[str]) -> None:
    """Each fault names file, key, what was found and what is allowed, all of them in one run."""
    assert expected == faults(tmp_path, **files)
