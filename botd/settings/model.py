"""What the configuration folder says, as values."""

from dataclasses import dataclass
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
RUNNABLE_KINDS = (BrokerKind.PAPER,)


class AccountEnvironment(Enum):
    """Whose money it is."""

    PAPER = "paper"
    LIVE = "live"


class Align(Enum):
    """What a recorded day is moved to."""

    CLOSE = "close"  # the close of the current or next session


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
    key_id: Secret
    secret_key: Secret
    cutoff: time | None = None  # New York time on a full day; None: as the adapter's card says
    kind: BrokerKind = BrokerKind.ALPACA


BrokerSettings = PaperSettings | AlpacaSettings


@dataclass(frozen=True, slots=True)
class NotifySettings:
    """The `[notify]` table."""

    urls: tuple[Secret, ...] = ()
    heartbeat_url: Secret | None = None


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

    @property
    def state_dir(self) -> Path:
        """The folder of the ledger: everything that outlives the process."""
        return self.ledger_path.parent

    def secrets(self) -> tuple[Secret, ...]:
        """Every credential that the configuration names, revealed or not."""
        of_brokers = [
            secret
            for broker in self.brokers.values()
            if isinstance(broker, AlpacaSettings)
            for secret in (broker.key_id, broker.secret_key)
        ]
        heartbeat = () if self.notify.heartbeat_url is None else (self.notify.heartbeat_url,)
        return (*of_brokers, *self.notify.urls, *heartbeat)

    def secret_faults(self) -> tuple[str, ...]:
        """Say of each credential that cannot be had why; `check`, `doctor`, `run` ask."""
        faults = (secret.fault() for secret in self.secrets())
        return tuple(fault for fault in faults if fault is not None)
