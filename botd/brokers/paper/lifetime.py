"""How long a contract trades, and when its end is booked."""

from datetime import UTC, datetime, time, timedelta

from botd.domain.contract import Instrument, OptionContract, Settlement
from botd.domain.schedule import stops_trading_at
from botd.domain.session import Sessions

# 06:00 New York in winter: brokers' overnight files are in by then.
_BOOKED_AT_UTC = time(11, 0)
_BEHIND_UTC = timedelta(hours=5)


def ends_at(instrument: Instrument, sessions: Sessions) -> datetime | None:
    """Tell when an instrument stops trading; None: never, or beyond the calendar."""
    if not isinstance(instrument, OptionContract):
        return None
    try:
        return stops_trading_at(instrument, sessions)
    except LookupError:
        return None


def booked_at(contract: OptionContract, ends: datetime) -> datetime:
    """Tell when the account shows how a contract ended: 11:00 UTC of the next morning."""
    day = (ends - _BEHIND_UTC).date()
    if contract.spec.settlement is Settlement.AM:
        day = max(day, contract.expiration)
    return datetime.combine(day + timedelta(days=1), _BOOKED_AT_UTC, UTC)
