"""
Where the brokers are: addresses by kind and environment, and what a file may say instead.

    paper   Alpaca's paper accounts, Tradier's and tastytrade's sandboxes
    live    real money

The address of an order stream follows from that of the calls. An address of the other
environment is refused: whose money it is, is said by `environment` and nothing else.

Sources: docs.alpaca.markets, documentation.tradier.com, developer.tastytrade.com,
docs.intotes.com, docs.clickoptions.ai.
"""

from ipaddress import ip_address
from urllib.parse import SplitResult, urlsplit

from botd.settings.model import AccountEnvironment
from botd.settings.reader import Table
from botd.settings.values import text

ByEnvironment = dict[AccountEnvironment, str]

ALPACA_TRADING: ByEnvironment = {
    AccountEnvironment.PAPER: "https://paper-api.alpaca.markets",
    AccountEnvironment.LIVE: "https://api.alpaca.markets",
}
ALPACA_DATA = "https://data.alpaca.markets"
TRADIER: ByEnvironment = {
    AccountEnvironment.PAPER: "https://sandbox.tradier.com/v1",
    AccountEnvironment.LIVE: "https://api.tradier.com/v1",
}
TASTYTRADE: ByEnvironment = {
    AccountEnvironment.PAPER: "https://api.cert.tastyworks.com",
    AccountEnvironment.LIVE: "https://api.tastyworks.com",
}
CROSSTRADE = "https://app.crosstrade.io"  # of all accounts, whosever money it is
INTOTES = "https://api.intotes.com"
INTOTES_HOSTS = frozenset({"api.intotes.com", "intotes.com"})  # its pages name both
CLICKOPTIONS = "https://api.clickoptions.ai/api"
CLICKOPTIONS_HOSTS = frozenset({"api.clickoptions.ai"})
# Hosts whose order stream stands on another one; elsewhere it is on the same.
_STREAM_HOSTS = {
    "sandbox.tradier.com": "sandbox-ws.tradier.com",
    "api.tradier.com": "ws.tradier.com",
    "api.cert.tastyworks.com": "streamer.cert.tastyworks.com",
    "api.tastyworks.com": "streamer.tastyworks.com",
}
_STREAM_SCHEMES = {"https": "wss", "http": "ws"}


def url_of(table: Table, key: str, known: ByEnvironment, environment: AccountEnvironment) -> str:
    """Read an address whose default follows from the environment; the other's is a fault."""
    found = table.get(key, web_url, known[environment])
    for other, url in known.items():
        if other is not environment and _host(found) == _host(url):
            table.fault(
                key,
                f"{found!r} is of environment '{other.value}', "
                f"and environment is '{environment.value}'; left out: {known[environment]}",
            )
    return found


def intotes_url(table: Table, environment: AccountEnvironment) -> str:
    """Read the address of Intotes; at its own hosts there is nothing but real money."""
    return _live_url(table, environment, "Intotes", (INTOTES, INTOTES_HOSTS))


def clickoptions_url(table: Table, environment: AccountEnvironment) -> str:
    """Read the address of ClickOptions; at its own host there is nothing but real money."""
    return _live_url(table, environment, "ClickOptions", (CLICKOPTIONS, CLICKOPTIONS_HOSTS))


def _live_url(
    table: Table, environment: AccountEnvironment, vendor: str, known: tuple[str, frozenset[str]]
) -> str:
    usual, hosts = known
    found = table.get("url", web_url, usual)
    if environment is AccountEnvironment.PAPER and _host(found) in hosts:
        table.fault(
            "environment",
            f"'paper': {vendor} has no paper accounts, and {found} is real money; "
            'write environment = "live", or the url of a test server of your own',
        )
    return found


def stream_of(table: Table, url: str, path: str, known: ByEnvironment) -> str:
    """Read the address of an order stream; left out, it follows from that of the calls."""
    parts = urlsplit(url)
    host = _STREAM_HOSTS.get(parts.hostname or "", parts.netloc)
    derived = f"{_STREAM_SCHEMES[parts.scheme]}://{host}{path}"
    found = table.get("stream_url", stream_url, derived)
    if _other_environment(found, derived, known):
        table.fault(
            "stream_url", f"{found!r} is of another environment than {url!r}; left out: {derived}"
        )
    return found


def web_url(found: object) -> str:
    """Read an address of calls; without TLS only on this machine, where test servers run."""
    return _address(found, "https", "http")


def stream_url(found: object) -> str:
    """Read an address of a stream; without TLS only on this machine."""
    return _address(found, "wss", "ws")


def _address(found: object, safe: str, plain: str) -> str:
    parts = urlsplit(text(found))
    if "@" in parts.netloc:
        raise ValueError("names a user or password; no secret stands in a file")
    if parts.query or parts.fragment:
        raise ValueError(f"has a part behind '?' or '#'; allowed: {safe}://HOST[/PATH]")
    is_safe = parts.scheme == safe and bool(parts.hostname)
    is_here = parts.scheme == plain and _is_loopback(parts.hostname or "")
    if (is_safe or is_here) and _has_sound_port(parts):
        return str(found).rstrip("/")
    raise ValueError(f"{found!r}; allowed: {safe}://..., or {plain}:// on this machine")


def _has_sound_port(parts: SplitResult) -> bool:
    """Whether the port is one, or left out; the library looks when it is read."""
    try:
        return parts.port is None or parts.port > 0
    except ValueError:
        return False


def _is_loopback(host: str) -> bool:
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False


def _host(url: str) -> str:
    return urlsplit(url).hostname or ""


def _other_environment(found: str, derived: str, known: ByEnvironment) -> bool:
    """Whether a known stream host is named that is not the one that follows."""
    hosts = {_STREAM_HOSTS.get(_host(url), _host(url)) for url in known.values()}
    return _host(found) in hosts and _host(found) != _host(derived)
