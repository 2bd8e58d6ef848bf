"""The `[brokers.NAME]` tables of `config/botd.toml`."""

import re
from collections.abc import Callable
from datetime import time
from pathlib import Path

from botd.domain.bot import Mode
from botd.settings.addresses import (
    ALPACA_DATA,
    ALPACA_TRADING,
    CROSSTRADE,
    TASTYTRADE,
    TRADIER,
    clickoptions_url,
    intotes_url,
    stream_of,
    url_of,
    web_url,
)
from botd.settings.model import (
    RUNNABLE_KINDS,
    AccountEnvironment,
    Align,
    AlpacaSettings,
    BrokerKind,
    BrokerSettings,
    ClickOptionsSettings,
    CrosstradeSettings,
    CrosstradeTransport,
    IntotesSettings,
    PaperQuotes,
    PaperSettings,
    RemoteSettings,
    TastytradeSettings,
    TradierSettings,
)
from botd.settings.reader import Table
from botd.settings.secret import ALLOWED, Secret, SecretPlaces, parse_secret
from botd.settings.values import name, one_of, positive_money, shown, text, wall_time

_SAMPLE = "sample"
_HEADER_WORD = re.compile(r"[A-Za-z0-9-]{1,64}", re.ASCII)
_SAMPLE_QUOTES = PaperQuotes(align=Align.CLOSE)


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
    return _REAL[kind](table, broker, places)


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
    environment, mode, cutoff = _account(table)
    trading_url = url_of(table, "trading_url", ALPACA_TRADING, environment)
    data_url = table.get("data_url", web_url, ALPACA_DATA)
    stream_url = stream_of(table, trading_url, "/stream", ALPACA_TRADING)
    key_id = _credential(table, "key_id", places)
    secret_key = _credential(table, "secret_key", places)
    table.done()
    if key_id is None or secret_key is None:
        return None
    return AlpacaSettings(
        name=broker,
        environment=environment,
        mode=mode,
        trading_url=trading_url,
        data_url=data_url,
        stream_url=stream_url,
        key_id=key_id,
        secret_key=secret_key,
        cutoff=cutoff,
    )


def _tradier(table: Table, broker: str, places: SecretPlaces) -> TradierSettings | None:
    environment, mode, cutoff = _account(table)
    url = url_of(table, "url", TRADIER, environment)
    stream_url = stream_of(table, url, "/v1/accounts/events", TRADIER)
    token = _credential(table, "token", places)
    table.done()
    if token is None:
        return None
    return TradierSettings(broker, environment, mode, url, stream_url, token, cutoff)


def _tastytrade(table: Table, broker: str, places: SecretPlaces) -> TastytradeSettings | None:
    environment, mode, cutoff = _account(table)
    url = url_of(table, "url", TASTYTRADE, environment)
    stream_url = stream_of(table, url, "", TASTYTRADE)
    client_secret = _credential(table, "client_secret", places)
    refresh_token = _credential(table, "refresh_token", places)
    table.done()
    if client_secret is None or refresh_token is None:
        return None
    return TastytradeSettings(
        name=broker,
        environment=environment,
        mode=mode,
        url=url,
        stream_url=stream_url,
        client_secret=client_secret,
        refresh_token=refresh_token,
        cutoff=cutoff,
    )


def _crosstrade(table: Table, broker: str, places: SecretPlaces) -> CrosstradeSettings | None:
    environment, mode, cutoff = _account(table)
    url = table.get("url", web_url, CROSSTRADE)
    stream_url = stream_of(table, url, "/ws/stream", {})
    transport = table.get("transport", one_of(CrosstradeTransport), CrosstradeTransport.REST)
    token = _credential(table, "token", places)
    table.done()
    if token is None:
        return None
    return CrosstradeSettings(broker, environment, mode, url, stream_url, token, transport, cutoff)


def _intotes(table: Table, broker: str, places: SecretPlaces) -> IntotesSettings | None:
    environment, mode, cutoff = _account(table, AccountEnvironment.LIVE)
    url = intotes_url(table, environment)
    refresh_token = _credential(table, "refresh_token", places)
    table.done()
    if refresh_token is None:
        return None
    return IntotesSettings(broker, environment, mode, url, refresh_token, cutoff)


def _clickoptions(table: Table, broker: str, places: SecretPlaces) -> ClickOptionsSettings | None:
    environment, mode, cutoff = _account(table, AccountEnvironment.LIVE)
    url = clickoptions_url(table, environment)
    header = table.get("auth_header", _header_name, "Authorization")
    scheme = table.get("auth_scheme", _scheme, "Bearer")
    token = _credential(table, "token", places)
    table.done()
    if token is None:
        return None
    return ClickOptionsSettings(broker, environment, mode, url, token, header, scheme, cutoff)


def _header_name(found: object) -> str:
    """Read the name of an HTTP header (RFC 9110, as far as any is called)."""
    if not _HEADER_WORD.fullmatch(text(found)):
        raise ValueError(f"{shown(found)}; allowed: the name of a header, as in Authorization")
    return str(found)


def _scheme(found: object) -> str:
    """Read the word before a token; none is a choice."""
    return "" if found == "" else _header_name(found)


def _account(
    table: Table, left_out: AccountEnvironment = AccountEnvironment.PAPER
) -> tuple[AccountEnvironment, Mode, time | None]:
    """Read what every real account has: whose money, whether orders leave, the cut-off."""
    environment = table.get("environment", one_of(AccountEnvironment), left_out)
    # A live account starts by observing; only a person writes "armed".
    is_live = environment is AccountEnvironment.LIVE
    mode = table.get("mode", one_of(Mode), Mode.OBSERVE if is_live else Mode.ARMED)
    return environment, mode, table.get("cutoff", wall_time, None)


def _credential(table: Table, key: str, places: SecretPlaces) -> Secret | None:
    return table.need(key, secret_of(table, key, places), f"write {ALLOWED}")


_REAL: dict[BrokerKind, Callable[[Table, str, SecretPlaces], RemoteSettings | None]] = {
    BrokerKind.ALPACA: _alpaca,
    BrokerKind.TRADIER: _tradier,
    BrokerKind.TASTYTRADE: _tastytrade,
    BrokerKind.CROSSTRADE: _crosstrade,
    BrokerKind.INTOTES: _intotes,
    BrokerKind.CLICKOPTIONS: _clickoptions,
}
