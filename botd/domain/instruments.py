"""
Everything that can be held, by the symbol that files and the ledger give it.

    GOOG                           shares
    GOOG151224P00740000            a listed option: OCC, compact or padded
    crypto:BTC-27NOV26-90000-C     a crypto option, which ends at 08:00 UTC
    event:100:YES                  one side of an event contract, by the market's id
    future:ES 12-25                a future
"""

import re
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import lru_cache

from botd.domain import futures, occ
from botd.domain.contract import MONTHS, Future, Instrument, OptionContract, Right
from botd.domain.roots import CRYPTO_ASSETS, EVENT_STRIKE, crypto_spec, event_spec

_CRYPTO = re.compile(
    r"(?P<asset>[A-Z]{2,6})-(?P<day>\d{1,2})(?P<month>[A-Z]{3})(?P<year>\d{2})"
    r"-(?P<strike>\d{1,9}(\.\d{1,4})?)-(?P<right>[CP])"
)
_EVENT = re.compile(r"(?P<market>[A-Za-z0-9][A-Za-z0-9-]{0,63}):(?P<side>YES|NO)")
_NOT_TOLD = date.max  # of an event whose end nobody told


def parse_instrument(text: str) -> Instrument:
    """
    Read the symbol of anything that can be held.

    Raises:
        ValueError: it is none; the message says what is wrong with which part.
    """
    return _parsed(text)


def ending(instrument: Instrument, ends_at: datetime | None) -> Instrument:
    """
    Tell an event contract, or a future, when its trading ends (aware UTC).

    What has a rule of its own keeps it.
    """
    if ends_at is None:
        return instrument
    ends_at = ends_at.astimezone(UTC)
    match instrument:
        case OptionContract(spec=spec) if spec.payout is not None:
            return OptionContract(
                spec, ends_at.date(), instrument.right, instrument.strike, ends_at
            )
        case Future():
            return Future(
                instrument.root,
                instrument.month,
                instrument.dollars_per_point,
                instrument.ends_on_third_friday,
                ends_at,
            )
        case _:
            return instrument


@lru_cache(maxsize=16_384)
def _parsed(text: str) -> Instrument:
    kind, colon, name = text.partition(":")
    match kind if colon else "":
        case "crypto":
            return _crypto(text, name)
        case "event":
            return _event(text, name)
        case "future":
            return futures.parse(name)
        case "":
            return occ.parse_instrument(text)
        case _:
            raise ValueError(f"{text!r}: unknown kind {kind!r}; allowed: crypto, event, future")


def _crypto(text: str, name: str) -> OptionContract:
    found = _CRYPTO.fullmatch(name)
    if found is None or found["month"] not in MONTHS:
        raise ValueError(f"{text!r}: write it as crypto:BTC-27NOV26-90000-C")
    if found["asset"] not in CRYPTO_ASSETS:
        raise ValueError(f"{text!r}: asset {found['asset']!r} is not one of BTC, ETH")
    strike = Decimal(found["strike"])
    if not strike:
        raise ValueError(f"{text!r}: the strike must be above zero")
    try:
        day = date(2000 + int(found["year"]), MONTHS.index(found["month"]) + 1, int(found["day"]))
    except ValueError as fault:
        raise ValueError(f"{text!r}: no such date: {fault}") from fault
    right = Right.CALL if found["right"] == "C" else Right.PUT
    return OptionContract(crypto_spec(found["asset"]), day, right, strike.normalize())


def _event(text: str, name: str) -> OptionContract:
    found = _EVENT.fullmatch(name)
    if found is None:
        raise ValueError(f"{text!r}: write it as event:100:YES, with the market's id")
    right = Right.CALL if found["side"] == "YES" else Right.PUT
    return OptionContract(event_spec(found["market"]), _NOT_TOLD, right, EVENT_STRIKE)
