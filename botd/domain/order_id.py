"""
Client order ids: computed, never drawn.

    bd1-k3vq7m2zc4ya-12241750-03
    ^    ^           ^        ^ step: counts all orders of the position in that minute
    |    |           due instant, mmddHHMM UTC
    |    hash of account, position and expiration
    prefix: an order of ours

A restored ledger makes the same ids; a stray order is known by its prefix.
"""

import base64
import hashlib
import json
import re
from dataclasses import dataclass
from datetime import UTC, date, datetime

PREFIX = "bd1-"
LAST_STEP = 99  # two digits

_HASH_CHARACTERS = 12  # 60 bits
_PATTERN = re.compile(
    r"bd1-(?P<fingerprint>[a-z2-7]{12})"
    r"-(?P<minute>(?:0[1-9]|1[0-2])(?:0[1-9]|[12][0-9]|3[01])(?:[01][0-9]|2[0-3])[0-5][0-9])"
    r"-(?P<step>0[1-9]|[1-9][0-9])",
)


@dataclass(frozen=True, slots=True)
class ParsedOrderId:
    """What one of our ids tells of its order."""

    fingerprint: str  # of account, position and expiration
    minute: str  # mmddHHMM, UTC
    step: int  # from 1


def client_order_id(
    account: str,
    position_id: str,
    expiration: date,
    due_at: datetime,
    step: int,
) -> str:
    """
    Compute the id of one order: 28 characters of `[A-Za-z0-9-]`.

    Args:
        account: as the broker names it.
        position_id: as the ledger names it.
        expiration: of the position's first legs to expire.
        due_at: the attempt's instant; of a manual close, the minute of its command.
        step: 1 to 99, counted on over all orders of the position in that UTC minute.

    Raises:
        ValueError: *step* does not fit, or *due_at* is naive.
    """
    if not 1 <= step <= LAST_STEP:
        raise ValueError(f"step {step!r} must be 1 to {LAST_STEP}")
    if due_at.tzinfo is None:
        raise ValueError(f"due_at {due_at!r} must be an aware instant")
    minute = f"{due_at.astimezone(UTC):%m%d%H%M}"
    return f"{PREFIX}{fingerprint(account, position_id, expiration)}-{minute}-{step:02d}"


def fingerprint(account: str, position_id: str, expiration: date) -> str:
    """Hash what an order belongs to: 12 characters of `[a-z2-7]`, the same on every host."""
    # JSON keeps ("a", "bc") and ("ab", "c") apart.
    subject = json.dumps([account, position_id, expiration.isoformat()])
    digest = hashlib.sha256(subject.encode()).digest()
    return base64.b32encode(digest)[:_HASH_CHARACTERS].decode().lower()


def parse(text: str) -> ParsedOrderId | None:
    """Read one of our ids; None: it is not one."""
    found = _PATTERN.fullmatch(text)
    if found is None:
        return None
    return ParsedOrderId(found["fingerprint"], found["minute"], int(found["step"]))
