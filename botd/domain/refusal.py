"""
What a broker's "no" to a close means for the position, and what is probably true.

    kind               the broker's reason                          what follows
    FINAL              of this close, or matched by nothing         presumed assigned, a person
    ACCOUNT            of the account or the session                the account stops, one page
    RETRY_PRICE        price off the tick or outside a band         one corrected step
    BLOCKED_BY_ORDER   wash trade, quantity held by another order   cancel that, go on
    DUPLICATE          the client order id exists                   look it up, adopt it
"""

import re
from datetime import datetime, timedelta
from enum import Enum

from botd.domain.position import Position
from botd.domain.reconcile import Finding, FindingKind
from botd.errors import Refusal, RefusalReason


class RefusalKind(Enum):
    """What a refusal is about, and so what is done next."""

    FINAL = "final"
    ACCOUNT = "account"
    RETRY_PRICE = "retry_price"
    BLOCKED_BY_ORDER = "blocked_by_order"
    DUPLICATE = "duplicate"


_KINDS = {
    RefusalReason.POSITION_GONE: RefusalKind.FINAL,
    RefusalReason.POSITION_SMALLER: RefusalKind.FINAL,
    RefusalReason.INTENT_MISMATCH: RefusalKind.FINAL,
    RefusalReason.ASSIGNMENT_LOCK: RefusalKind.FINAL,
    RefusalReason.NOT_TRADABLE: RefusalKind.FINAL,
    RefusalReason.CONTRACT_EXPIRED: RefusalKind.FINAL,
    RefusalReason.FUNDS: RefusalKind.FINAL,
    RefusalReason.MALFORMED: RefusalKind.FINAL,
    RefusalReason.OTHER: RefusalKind.FINAL,
    RefusalReason.ACCOUNT_BLOCKED: RefusalKind.ACCOUNT,
    RefusalReason.MARKET_CLOSED: RefusalKind.ACCOUNT,
    RefusalReason.HELD_BY_OTHER_ORDER: RefusalKind.BLOCKED_BY_ORDER,
    RefusalReason.WASH_TRADE: RefusalKind.BLOCKED_BY_ORDER,
    RefusalReason.DUPLICATE_CLIENT_ID: RefusalKind.DUPLICATE,
    RefusalReason.PRICE_TICK: RefusalKind.RETRY_PRICE,
    RefusalReason.PRICE_BAND: RefusalKind.RETRY_PRICE,
}

# What the reconcile right after the refusal has found, for a trader in a hurry.
_STANDING = {
    FindingKind.HELD: "STILL HELD",
    FindingKind.GONE: "NO LONGER HELD",
    FindingKind.GONE_BY_OWN_FILL: "CLOSED BY OUR OWN ORDER",
    FindingKind.GONE_BY_OTHER_ORDER: "CLOSED BY AN ORDER THAT IS NOT OURS",
    FindingKind.SMALLER: "PARTLY HELD",
    FindingKind.SMALLER_BY_OWN_FILL: "PARTLY HELD",
    FindingKind.SMALLER_BY_OTHER_ORDER: "PARTLY HELD",
    FindingKind.SHORTS_ONLY: "SHORT LEGS STILL HELD",
    FindingKind.BROKEN_SPREAD: "SPREAD HAS LOST A LEG",
    FindingKind.OPPOSITE: "ACCOUNT HOLDS THE OPPOSITE",
    FindingKind.NETTED: "NETS AGAINST ANOTHER POSITION",
    FindingKind.MISMATCH: "ACCOUNT AND LEDGER DISAGREE",
}
_OF_THEN = re.compile(
    r"(, (\d+ minutes? left|less than a minute left|trading has stopped))?: botd .*$"
)
_CLOSABLE = frozenset(
    {
        FindingKind.HELD,
        FindingKind.SMALLER,
        FindingKind.SMALLER_BY_OWN_FILL,
        FindingKind.SMALLER_BY_OTHER_ORDER,
        FindingKind.SHORTS_ONLY,
    },
)


def kind_of(refusal: Refusal) -> RefusalKind:
    """Say what *refusal* is about. What adapters could not place is final."""
    return _KINDS[refusal.reason]


def probable_truth(
    position: Position,
    finding: Finding | None,
    refusal: Refusal,
    minutes_left: int,
) -> str:
    """
    Say in plain words what a refusal probably means, and the command that helps.

    *finding* is of the reconcile right after the refusal; None: the account could not
    be read. *minutes_left* counts to T, rounded down: "REFUSED, STILL HELD, 9 minutes left:
    botd close 3".
    """
    if refusal.reason is RefusalReason.ASSIGNMENT_LOCK:
        standing = "ASSIGNMENT UNDER WAY"
        if finding is not None and finding.kind in _CLOSABLE:
            standing += ", " + _STANDING[finding.kind]
    else:
        standing = "HOLDING UNKNOWN" if finding is None else _STANDING[finding.kind]
    detail = ""
    if finding is not None and finding.kind not in {FindingKind.HELD, FindingKind.GONE}:
        detail = f" ({finding.fact})"
    return f"REFUSED, {standing}{detail}{_way_out(position, finding, minutes_left)}"


def without_moment(fact: str) -> str:
    """
    Give a fact without what was true at its instant only: the time left, the command of then.

    A list shows it hours later, when "9 minutes left: botd close 3" is no help any more.
    """
    return _OF_THEN.sub("", fact)


def fact_now(position: Position, now: datetime) -> str:
    """Give a position's fact with the time that is left now; without it after T."""
    fact, closes_at = position.fact or "", position.closes_at
    lasting = without_moment(fact)
    if lasting == fact or "botd close" not in fact:
        return fact
    if closes_at is None or now >= closes_at:
        return lasting
    return lasting + _way_out(position, None, int((closes_at - now) / timedelta(minutes=1)))


def _way_out(position: Position, finding: Finding | None, minutes_left: int) -> str:
    number = position.number
    if finding is not None and finding.kind not in _CLOSABLE:
        return f": botd override resolve {number}"
    if minutes_left < 1:
        left = "less than a minute left" if minutes_left == 0 else "trading has stopped"
        command = "close" if minutes_left == 0 else "override resolve"
        return f", {left}: botd {command} {number}"
    unit = "minute" if minutes_left == 1 else "minutes"
    return f", {minutes_left} {unit} left: botd close {number}"
