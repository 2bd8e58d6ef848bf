"""What the configuration folder says, as values."""

from dataclasses import dataclass, field
from datetime import time
from decimal import Decimal
from enum import Enum
from pathlib import Path

from botd.domain.bot import Bot, Mode
from botd.domain.calendar_override import CalendarOverride
from botd.settings.secret import Secret


class BrokerKind(Enum):
    """The kinds of broker that the project knows."""

    PAPER = "paper"
    ALPACA = "alpaca"
    TRADIER = "tradier"
    TASTYTRADE = "tastytrade"
    CROSSTRADE = "crosstrade"
    INTOTES = "intotes"
    CLICKOPTIONS = "clickoptions"


# The only list of what this version has an adapter for.
RUNNABLE_KINDS = (
    BrokerKind.PAPER,
    BrokerKind.ALPACA,
    BrokerKind.TRADIER,
    BrokerKind.TASTYTRADE,
    BrokerKind.CROSSTRADE,
    BrokerKind.INTOTES,
    BrokerKind.CLICKOPTIONS,
)


class AccountEnvironment(Enum):
    """Whose money it is."""

    PAPER = "paper"
    LIVE = "live"


class Align(Enum):
    """What a recorded day is moved to."""

    CLOSE = "close"  # the close of the current or next session


# Why another broker's quotes are refused, wherever they are asked for.
RECORDED_ONLY = (
    "the paper exchange of this version plays recorded days, not another broker's quotes; "
    'allowed: { pack = "sample" or a folder, align = "close" }'
)


@dataclass(frozen=True, slots=True)
class PaperQuotes:
    """Where a paper exchange takes its quotes from: a recorded day, or another broker."""

    pack: Path | None = None  # an absolute folder; None: the packaged sample
    align: Align | None = None  # None: at its recorded time
    broker: str | None = None  # the name of another broker's table, instead of a pack


@dataclass(frozen=True, slots=True)
class PaperSettings:
    """A `[brokers.NAME]` table of kind `paper`: an exchange of its own."""

    name: str
    quotes: PaperQuotes
    cash: Decimal | None = None  # dollars it opens with; None: the exchange's own default
    mode: Mode = Mode.ARMED
    cutoff: time | None = None  # New York time on a full day; None: none
    kind: BrokerKind = BrokerKind.PAPER
    environment: AccountEnvironment = AccountEnvironment.PAPER


@dataclass(frozen=True, slots=True)
class AlpacaSettings:
    """A `[brokers.NAME]` table of kind `alpaca`."""

    name: str
    environment: AccountEnvironment
    mode: Mode
    trading_url: str
    data_url: str
    stream_url: str  # of order updates
    key_id: Secret
    secret_key: Secret
    cutoff: time | None = None  # New York time on a full day; None: as the adapter's card says
    kind: BrokerKind = BrokerKind.ALPACA

    @property
    def credentials(self) -> tuple[Secret, ...]:
        """Give what opens the account."""
        return self.key_id, self.secret_key


@dataclass(frozen=True, slots=True)
class TradierSettings:
    """A `[brokers.NAME]` table of kind `tradier`; its paper environment is the sandbox."""

    name: str
    environment: AccountEnvironment
    mode: Mode
    url: str
    stream_url: str  # of order updates
    token: Secret
    cutoff: time | None = None  # New York time on a full day; None: as the adapter's card says
    kind: BrokerKind = BrokerKind.TRADIER

    @property
    def credentials(self) -> tuple[Secret, ...]:
        """Give what opens the account."""
        return (self.token,)


@dataclass(frozen=True, slots=True)
class TastytradeSettings:
    """A `[brokers.NAME]` table of kind `tastytrade`; its paper environment is the sandbox."""

    name: str
    environment: AccountEnvironment
    mode: Mode
    url: str
    stream_url: str  # of order updates
    client_secret: Secret
    refresh_token: Secret
    cutoff: time | None = None  # New York time on a full day; None: as the adapter's card says
    kind: BrokerKind = BrokerKind.TASTYTRADE

    @property
    def credentials(self) -> tuple[Secret, ...]:
        """Give what opens the account."""
        return self.client_secret, self.refresh_token


class CrosstradeTransport(Enum):
    """Over which of its two ways CrossTrade is asked."""

    REST = "rest"
    WEBSOCKET = "websocket"


@dataclass(frozen=True, slots=True)
class CrosstradeSettings:
    """A `[brokers.NAME]` table of kind `crosstrade`; paper is NinjaTrader's own simulator."""

    name: str
    environment: AccountEnvironment
    mode: Mode
    url: str
    stream_url: str  # of the WebSocket
    token: Secret
    transport: CrosstradeTransport = CrosstradeTransport.REST
    cutoff: time | None = None  # New York time on a full day; None: as the adapter's card says
    kind: BrokerKind = BrokerKind.CROSSTRADE

    @property
    def credentials(self) -> tuple[Secret, ...]:
        """Give what opens the account."""
        return (self.token,)


@dataclass(frozen=True, slots=True)
class IntotesSettings:
    """A `[brokers.NAME]` table of kind `intotes`; the vendor has no paper accounts."""

    name: str
    environment: AccountEnvironment
    mode: Mode
    url: str
    refresh_token: Secret
    cutoff: time | None = None  # New York time on a full day; None: as the adapter's card says
    kind: BrokerKind = BrokerKind.INTOTES

    @property
    def credentials(self) -> tuple[Secret, ...]:
        """Give what opens the account."""
        return (self.refresh_token,)


@dataclass(frozen=True, slots=True)
class ClickOptionsSettings:
    """A `[brokers.NAME]` table of kind `clickoptions`; the vendor has no paper accounts."""

    name: str
    environment: AccountEnvironment
    mode: Mode
    url: str
    token: Secret
    auth_header: str = "Authorization"  # how the token is sent is not documented: both words
    auth_scheme: str = "Bearer"  # are a guess; "": the token stands there alone
    cutoff: time | None = None  # New York time on a full day; None: as the adapter's card says
    kind: BrokerKind = BrokerKind.CLICKOPTIONS

    @property
    def credentials(self) -> tuple[Secret, ...]:
        """Give what opens the account."""
        return (self.token,)


RemoteSettings = (
    AlpacaSettings
    | TradierSettings
    | TastytradeSettings
    | CrosstradeSettings
    | IntotesSettings
    | ClickOptionsSettings
)
BrokerSettings = PaperSettings | RemoteSettings


@dataclass(frozen=True, slots=True)
class NotifySettings:
    """The `[notify]` table."""

    urls: tuple[Secret, ...] = ()
    heartbeat_url: Secret | None = None


@dataclass(frozen=True, slots=True)
class BotFile:
    """Where a bot stands, and what it leaves to the defaults that a person may have to say."""

    path: str  # as messages show it
    says_anchor: bool  # `anchor` is written, whichever it is


@dataclass(frozen=True, slots=True)
class Settings:
    """A configuration folder, whole and without faults."""

    directory: Path  # absolute
    ledger_url: str  # sqlite:////absolute/path
    ledger_path: Path
    brokers: dict[str, BrokerSettings]
    notify: NotifySettings
    bots: dict[str, Bot]
    overrides: tuple[CalendarOverride, ...]
    bot_files: dict[str, BotFile] = field(default_factory=dict)  # by the bot's name

    @property
    def state_dir(self) -> Path:
        """The folder of the ledger: everything that outlives the process."""
        return self.ledger_path.parent

    def secrets(self) -> tuple[Secret, ...]:
        """Every credential that the configuration names, revealed or not."""
        of_brokers = [
            secret
            for broker in self.brokers.values()
            if not isinstance(broker, PaperSettings)
            for secret in broker.credentials
        ]
        heartbeat = () if self.notify.heartbeat_url is None else (self.notify.heartbeat_url,)
        return (*of_brokers, *self.notify.urls, *heartbeat)

    def secret_faults(self) -> tuple[str, ...]:
        """Say of each credential that cannot be had why; `check`, `doctor`, `run` ask."""
        faults = (secret.fault() for secret in self.secrets())
        return tuple(fault for fault in faults if fault is not None)
