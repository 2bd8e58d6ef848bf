"""
What an answer as a whole means, whichever way it came.

    success true, no error          done
    either envelope of an error     a refusal, or out of one, by its words
    the older one with a success    nobody knows: it is documented with a 400, and nothing in
                                    it says that nothing was done
    anything else                   nobody knows: also a 4xx without an envelope, since every
                                    call passes through others on its way to NinjaTrader

A read is only good with success true.
"""

from dataclasses import dataclass
from datetime import datetime

from botd.brokers.crosstrade.words import Sense, Verdict, classify
from botd.brokers.transport.fields import Fields, storable
from botd.errors import BrokerUnavailable, OutcomeUnknown, Refusal

_OK = range(200, 300)


@dataclass(frozen=True, slots=True)
class Told:
    """An answer before anybody has understood it."""

    body: object  # JSON; None: it was none
    words: str  # as far as a person reads it
    status: int | None = None  # HTTP's; None: it came over the socket
    at: datetime | None = None  # by the broker's clock, to the second; None: untold


def taken(told: Told) -> Fields | Refusal:
    """
    Read the answer to a close.

    Raises:
        OutcomeUnknown: it says nothing definite.
        BrokerUnavailable: it was not taken, for a reason that is not its own.
    """
    verdict = verdict_of(told)
    if verdict is None or _contradicts_itself(told):
        return _success(told)
    if verdict.sense is Sense.REFUSAL:
        return verdict.refusal
    raise _error(told, verdict)


def readable(told: Told) -> Fields:
    """
    Give the body of a read.

    Raises:
        OutcomeUnknown: it is none.
        BrokerUnavailable: it was not let through.
    """
    verdict = verdict_of(told)
    if verdict is not None:
        raise _error(told, verdict)
    return _success(told)


def verdict_of(told: Told) -> Verdict | None:
    """Read either envelope of an error; None: it is neither."""
    if not isinstance(told.body, dict) or told.body.get("success") not in (None, False):
        return None
    error, detail = told.body.get("error"), told.body.get("detail")
    if not isinstance(error, str) or not error.strip():
        return None
    words = detail if isinstance(detail, str) and detail.strip() else None
    return classify(storable(error), None if words is None else storable(words), told.status)


def _contradicts_itself(told: Told) -> bool:
    """Tell whether an error comes with a success, and does not itself say that it is none."""
    is_told = isinstance(told.body, dict) and told.body.get("success") is False
    return told.status in _OK and not is_told


def _success(told: Told) -> Fields:
    is_done = told.status is None or told.status in _OK
    if is_done and isinstance(told.body, dict) and told.body.get("success") is True:
        error = told.body.get("error")
        if error in (None, ""):
            return Fields(told.body)
    raise OutcomeUnknown(f"{told.status or 'rpc'}: neither done nor refused: {told.words[:200]!r}")


def _error(told: Told, verdict: Verdict) -> OutcomeUnknown | BrokerUnavailable:
    said = f"{told.status or 'rpc'}: {verdict.refusal.message[:200]}"
    if verdict.sense is Sense.TOO_MANY:
        return BrokerUnavailable(said)
    if verdict.sense is Sense.AUTH:
        return BrokerUnavailable(said, is_auth=True)
    if verdict.sense is Sense.AWAY:
        return OutcomeUnknown(f"{said}: is NinjaTrader 8 running, with its add-on connected?")
    return OutcomeUnknown(said)
