import stat
from datetime import time
from decimal import Decimal
from pathlib import Path

import pytest

from botd.domain.bot import Mode
from botd.settings.load import load
from botd.settings.model import AlpacaSettings, PaperQuotes, PaperSettings
from botd.settings.secret import ALLOWED
from tests.settings.folder import ALPACA, PAPER, REFERENCES, faults, main, write

M = "botd.toml: "


def test_a_paper_broker_with_everything_said(tmp_path: Path) -> None:
    """Pack, cash, mode and cut-off of an exchange of its own; a pack's path starts here."""
    (tmp_path / "packs" / "spx").mkdir(parents=True)
    words = PAPER + 'quotes = { pack = "packs/spx" }\ncash = "25000.00"\nmode = "observe"\n'
    settings = load(write(tmp_path, main=words + 'cutoff = "15:15"\n'), {})

    assert (
        PaperSettings(
            name="paper",
            quotes=PaperQuotes(pack=tmp_path / "packs" / "spx"),
            cash=Decimal("25000.00"),
            mode=Mode.OBSERVE,
            cutoff=time(15, 15),
        )
        == settings.brokers["paper"]
    )


@pytest.mark.parametrize(
    ("said", "mode", "trading_url"),
    [
        pytest.param("", Mode.ARMED, "https://paper-api.alpaca.markets", id="paper by default"),
        pytest.param(
            'environment = "live"',
            Mode.OBSERVE,
            "https://api.alpaca.markets",
            id="live observes",
        ),
        pytest.param(
            'environment = "live"\nmode = "armed"',
            Mode.ARMED,
            "https://api.alpaca.markets",
            id="a person arms it",
        ),
        pytest.param(
            'trading_url = "http://127.0.0.1:8080/"',
            Mode.ARMED,
            "http://127.0.0.1:8080",
            id="a server on this machine",
        ),
    ],
)
def test_an_alpaca_table(tmp_path: Path, said: str, mode: Mode, trading_url: str) -> None:
    """The environment gives the addresses, and what a live account begins with."""
    settings = load(write(tmp_path, main=f"{PAPER}{ALPACA}{said}\n"), {"APCA_API_KEY_ID": "AK1"})
    broker = settings.brokers["alpaca"]

    assert isinstance(broker, AlpacaSettings)
    assert (mode, trading_url) == (broker.mode, broker.trading_url)
    assert "https://data.alpaca.markets" == broker.data_url
    assert "AK1" == broker.key_id.reveal()
    assert 1 == len(settings.secret_faults())


def test_a_secret_file_open_to_others_is_refused_at_once(tmp_path: Path) -> None:
    """A key that everybody can read is a fault of the configuration, before anything starts."""
    key = tmp_path / "key"
    key.write_text("AK1")
    key.chmod(0o644)
    table = ALPACA.replace('{ env = "APCA_API_KEY_ID" }', '{ file = "key" }')

    assert [
        f"{M}brokers.alpaca.key_id: {tmp_path}/key is open to others (mode 644); "
        f"run: chmod 600 {tmp_path}/key".replace(f"{tmp_path}/", ""),
    ] == faults(tmp_path, main=PAPER + table)
    assert stat.S_IROTH & key.stat().st_mode


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        pytest.param(
            {"main": "[brokers.paper]"},
            [
                (
                    f"{M}brokers.paper.kind: missing; allowed: paper, alpaca, tradier, tastytrade, "
                    "crosstrade, intotes, clickoptions"
                )
            ],
            id="no kind",
        ),
        pytest.param(
            main('[brokers.x]\nkind = "alpacca"'),
            [
                (
                    f"{M}brokers.x.kind: 'alpacca'; allowed: paper, alpaca, tradier, tastytrade, "
                    "crosstrade, intotes, clickoptions; did you mean alpaca?"
                ),
            ],
            id="an unknown kind",
        ),
        pytest.param(
            main('[brokers."a b"]\nkind = "paper"'),
            [
                (
                    f"{M}brokers.a b.name: 'a b'; allowed: up to 64 letters, digits, '.', '_' "
                    "and '-', beginning with a letter or digit"
                ),
            ],
            id="a broker's name with a space",
        ),
        pytest.param(
            main('quotes = { pack = "nowhere" }'),
            [
                (
                    f"""{M}brokers.paper.quotes.pack: no folder nowhere; """
                    'allowed: "sample", or the folder of a pack'
                ),
            ],
            id="a pack that is not there",
        ),
        pytest.param(
            main('quotes = { align = "open" }'),
            [
                (
                    f"""{M}brokers.paper.quotes.pack: give either pack ("sample", or a folder) """
                    "or broker"
                ),
                f"{M}brokers.paper.quotes.align: 'open'; allowed: close",
            ],
            id="neither pack nor broker",
        ),
        pytest.param(
            main('quotes = { pack = "sample", broker = "ghost", align = "close" }'),
            [
                (
                    f"""{M}brokers.paper.quotes.pack: give either pack ("sample", or a folder) """
                    "or broker"
                ),
                (
                    f"{M}brokers.paper.quotes.align: goes with pack only: a broker's quotes are of "
                    "their own time"
                ),
                (
                    f"{M}brokers.paper.quotes.broker: 'ghost' is no [brokers.NAME] of botd.toml; "
                    "in botd.toml: paper"
                ),
            ],
            id="pack and broker",
        ),
        pytest.param(
            main('quotes = { broker = "paper" }'),
            [
                (
                    f"{M}brokers.paper.quotes.broker: 'paper' is a paper broker, "
                    "and has no quotes of its own"
                ),
            ],
            id="quotes of itself",
        ),
        pytest.param(
            main('quotes = { broker = "alpaca" }' + ALPACA),
            [
                (
                    f"{M}brokers.paper.quotes.broker: the paper exchange of this version plays "
                    "recorded days, not another broker's quotes; "
                    'allowed: { pack = "sample" or a folder, align = "close" }'
                ),
            ],
            id="quotes of another broker",
        ),
        pytest.param(
            main('quotes = { broker = "x" }\n[brokers.x]\nkind = "intotes"'),
            [f"{M}brokers.x.refresh_token: missing; write {ALLOWED}"],
            id="quotes of a broker at fault are no second fault",
        ),
        pytest.param(
            main('cash = "-1"\ncutoff = "25:00"\nmode = "live"'),
            [
                f"{M}brokers.paper.cash: '-1'; allowed: 0 or more",
                f"{M}brokers.paper.mode: 'live'; allowed: observe, armed",
                (
                    f"""{M}brokers.paper.cutoff: '25:00' is no time of day; """
                    'write New York time like "13:00"'
                ),
            ],
            id="cash, mode and cut-off",
        ),
        pytest.param(
            main('[brokers.alpaca]\nkind = "alpaca"\nkey_id = "AKSECRET"'),
            [
                f"{M}brokers.alpaca.key_id: no secret stands in a file; write {REFERENCES}",
                (
                    f"{M}brokers.alpaca.secret_key: missing; "
                    'write { env = "NAME" }, { file = "PATH" } or { credential = "NAME" }'
                ),
            ],
            id="a secret in the file is refused, and not repeated",
        ),
        pytest.param(
            main(ALPACA + 'trading_url = "https://api.alpaca.markets"'),
            [
                (
                    f"{M}brokers.alpaca.trading_url: 'https://api.alpaca.markets' is of "
                    "environment 'live', and environment is 'paper'; "
                    "left out: https://paper-api.alpaca.markets"
                ),
            ],
            id="the live address in a paper environment",
        ),
        pytest.param(
            main(ALPACA + 'trading_url = "http://example.com"\ndata_url = "https://u:p@x.com"'),
            [
                (
                    f"{M}brokers.alpaca.trading_url: 'http://example.com'; allowed: https://..., "
                    "or http:// on this machine"
                ),
                f"{M}brokers.alpaca.data_url: names a user or password; no secret stands in a file",
            ],
            id="addresses without TLS, and with a password",
        ),
        pytest.param(
            main(ALPACA + 'trading_url = "http://10.0.0.1"\ndata_url = "https://"'),
            [
                (
                    f"{M}brokers.alpaca.trading_url: 'http://10.0.0.1'; allowed: https://..., "
                    "or http:// on this machine"
                ),
                (
                    f"{M}brokers.alpaca.data_url: 'https://'; allowed: https://..., "
                    "or http:// on this machine"
                ),
            ],
            id="an address of another machine, and none",
        ),
    ],
)
def test_faults(tmp_path: Path, files: dict[str, str | bytes], expected: list[str]) -> None:
    """Each fault names file, key, what was found and what is allowed, all of them in one run."""
    assert expected == faults(tmp_path, **files)
