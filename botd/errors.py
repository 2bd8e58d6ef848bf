"""
What can go wrong, named by what the caller must do.

    ConfigError          stop: a person must change the file
    LedgerError          stop: without a record nothing may be sent
    CalendarError        stop: without sessions nothing can be scheduled
    NotFoundError        no such position, bot, broker, file
    StateError           the state forbids it
    BrokerError
      OrderRefused       final: the broker said no (its words, code, status)
      OutcomeUnknown     ask: the order may exist; look it up, never resend blindly
      BrokerUnavailable  wait: nothing was sent; the same call may be repeated
"""

from dataclasses import dataclass
from enum import Enum


class RefusalReason(Enum):
    """
    What a broker's "no" speaks of.

    Adapters choose it from status, code and fields; a table of known messages may
    only move a reply *out of* refusal. What matches nothing is `OTHER`, a refusal.
    """

    POSITION_GONE = "position_gone"
    POSITION_SMALLER = "position_smaller"
    INTENT_MISMATCH = "intent_mismatch"
    ASSIGNMENT_LOCK = "assignment_lock"
    NOT_TRADABLE = "not_tradable"
    CONTRACT_EXPIRED = "contract_expired"
    FUNDS = "funds"
    MALFORMED = "malformed"
    OTHER = "other"
    # Of the account or the session, not of this close:
    ACCOUNT_BLOCKED = "account_blocked"
    MARKET_CLOSED = "market_closed"
    # Answers that are no refusal of the close (DESIGN 1.3):
    HELD_BY_OTHER_ORDER = "held_by_other_order"
    WASH_TRADE = "wash_trade"
    DUPLICATE_CLIENT_ID = "duplicate_client_id"
    PRICE_TICK = "price_tick"
    PRICE_BAND = "price_band"


@dataclass(frozen=True, slots=True)
class Refusal:
    """A broker's definite answer to one order, in the broker's own words."""

    reason: RefusalReason
    message: str  # verbatim, at most 2,000 characters
    code: str | None = None
    http_status: int | None = None


class BotdError(Exception):
    """Anything botd raises on purpose."""


class ConfigError(BotdError):
    """A configuration that a person must change; *faults* holds every one found."""

    def __init__(self, *faults: str) -> None:
        super().__init__("\n".join(faults))
        self.faults = faults


class LedgerError(BotdError):
    """The ledger cannot be read or written; nothing may be sent."""


class CalendarError(BotdError):
    """No trading sessions are known; nothing can be scheduled."""


class NotFoundError(BotdError):
    """No such position, bot, broker or file."""


class StateError(BotdError):
    """What was asked for is real, but its state forbids it."""


class BrokerError(BotdError):
    """A broker call that did not do what was asked."""


class OrderRefused(BrokerError):  # noqa: N818 - a broker's answer, not a fault of ours
    """Final: the broker answered that it does not take this order."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(refusal.message)
        self.refusal = refusal


class OutcomeUnknown(BrokerError):  # noqa: N818 - a state of knowledge, not a fault
    """The request may have arrived: look it up, never send another blindly."""


class BrokerUnavailable(BrokerError):  # noqa: N818 - a state of the world
    """Nothing was sent or taken: the same call may be repeated."""

    def __init__(self, message: str, *, is_auth: bool = False) -> None:
        super().__init__(message)
        self.is_auth = is_auth  # 401 after one refresh: stop the account and page
