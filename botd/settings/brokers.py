"""The `[brokers.NAME]` tables of `config/botd.toml`."""

from collections.abc import Callable
from ipaddress import ip_address
from pathlib import Path
from urllib.parse import urlsplit

from botd.domain.bot import Mode
from botd.settings.model import (
    RUNNABLE_KINDS,
    AccountEnvironment,
    Align,
    AlpacaSettings,
    BrokerKind,
    BrokerSettings,
    PaperQuotes,
    PaperSettings,
)
from botd.settings.reader import Table
from botd.settings.secret import ALLOWED, Secret, SecretPlaces, parse_secret
from botd.settings.values import name, one_of, positive_money, text, wall_time

_SAMPLE = "sample"
_SAMPLE_QUOTES = PaperQuotes(align=Align.CLOSE)
# Published defaults of the two environments.
_ALPACA_TRADING = {
    AccountEnvironment.PAPER: "https://paper-api.alpaca.markets",
    AccountEnvironment.LIVE: "https://api.alpaca.markets",
}
_ALPACA_DATA = "https://data.alpaca.markets"


def read_broker(table: Table, broker: str, places: SecretPlaces) -> BrokerSettings | None:
    """Read one table; None after a fault that leaves no broker to speak of."""
    try:
        name(broker)
    except ValueError as error:
        table.fault("name", str(error))
    kinds = ", ".join(each.value for each in RUNNABLE_KINDS)
    kind = table.need("kind", one_of(BrokerKind), f"allowed: {kinds}")
    if kind is None:
        return None
    if kind is BrokerKind.PAPER:
        return _paper(table, broker, places.directory)
    if kind is BrokerKind.ALPACA:
        return _alpaca(table, broker, places)
    table.fault("kind", not_runnable(kind))
    return None


def not_runnable(kind: BrokerKind) -> str:
    """Say that this version lacks the adapter."""
    able = ", ".join(each.value for each in RUNNABLE_KINDS)
    return f"no adapter for kind '{kind.value}' in this version; it can run: {able}"


def secret_of(table: Table, key: str, places: SecretPlaces) -> Callable[[object], Secret]:
    """Make a parser of credentials that remembers which key of which file names it."""
    return lambda found: parse_secret(found, f"{table.file}: {table.where}{key}", places)


def _paper(table: Table, broker: str, directory: Path) -> PaperSettings:
    quotes = table.inner("quotes")
    settings = PaperSettings(
        name=broker,
        quotes=_quotes(quotes, directory) if table.has("quotes") else _SAMPLE_QUOTES,
        cash=table.get("cash", positive_money, None),
        mode=table.get("mode", one_of(Mode), Mode.ARMED),
        cutoff=table.get("cutoff", wall_time, None),
    )
    table.done()
    return settings


def _quotes(table: Table, directory: Path) -> PaperQuotes:
    if table.has("pack") == table.has("broker"):
        table.fault("pack", 'give either pack ("sample", or a folder) or broker')
    quotes = PaperQuotes(
        pack=table.get("pack", lambda found: _pack(found, directory), None),
        align=table.get("align", one_of(Align), None),
        broker=table.get("broker", name, None),
    )
    if quotes.broker is not None and quotes.align is not None:
        table.fault("align", "goes with pack only: a broker's quotes are of their own time")
    table.done()
    return quotes


def _pack(found: object, directory: Path) -> Path | None:
    if text(found) == _SAMPLE:
        return None
    folder = directory / Path(str(found)).expanduser()
    if not folder.is_dir():
        raise ValueError(f'no folder {folder}; allowed: "{_SAMPLE}", or the folder of a pack')
    return folder


def _alpaca(table: Table, broker: str, places: SecretPlaces) -> AlpacaSettings | None:
    environment = table.get("environment", one_of(AccountEnvironment), AccountEnvironment.PAPER)
    # A live account starts by observing; only a person writes "armed".
    is_live = environment is AccountEnvironment.LIVE
    mode = table.get("mode", one_of(Mode), Mode.OBSERVE if is_live else Mode.ARMED)
    trading_url = table.get("trading_url", _url, _ALPACA_TRADING[environment])
    if trading_url in _ALPACA_TRADING.values() and trading_url != _ALPACA_TRADING[environment]:
        table.fault("trading_url", f"{trading_url!r} is not of environment '{environment.value}'")
    data_url = table.get("data_url", _url, _ALPACA_DATA)
    cutoff = table.get("cutoff", wall_time, None)
    key_id = table.need("key_id", secret_of(table, "key_id", places), f"write {ALLOWED}")
    secret_key = table.need(
        "secret_key", secret_of(table, "secret_key", places), f"write {ALLOWED}"
    )
    table.done()
    if key_id is None or secret_key is None:
        return None
    return AlpacaSettings(
        broker,
        environment,
        mode,
        trading_url,
        data_url,
        key_id,
        secret_key,
        cutoff,
    )


def _url(found: object) -> str:
    """Read an address; without TLS only on this machine, where test servers run."""
    parts = urlsplit(text(found))
    host = parts.hostname or ""
    if "@" in parts.netloc:
        raise ValueError("names a user or password; no secret stands in a file")
    if parts.scheme == "https" and host:
        return str(found).rstrip("/")
    if parts.scheme == "http" and _is_loopback(host):
        return str(found).rstrip("/")
    raise ValueError(f"{found!r}; allowed: https://..., or http:// on this machine")


def _is_loopback(host: str) -> bool:
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False
